"""A recorded chat as a server to listen to."""
