"""Accounts: who they are, how they prove it, and which addresses may come."""
