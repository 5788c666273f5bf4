"""A recorded chat in the terminal as it went."""
