"""A recorded chat: played, done again, proved, exported."""
