"""What is said to a server and heard from it: bytes to events, without a screen."""
