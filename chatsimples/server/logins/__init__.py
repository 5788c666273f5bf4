"""Logins: who somebody is, found out beside the workers, so that nobody waits for it who does not log in."""
