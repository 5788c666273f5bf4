"""What is typed, asked of the server."""
