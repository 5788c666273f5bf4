"""What the client keeps between runs."""
