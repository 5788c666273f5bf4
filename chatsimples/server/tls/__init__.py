"""The TLS process: ends TLS, and hands the plain side of each connection to the acceptor."""
