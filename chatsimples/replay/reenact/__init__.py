"""A recorded chat said again to a live server, and the two records compared."""
