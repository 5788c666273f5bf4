"""Records, replies and refusals as lines for people."""
