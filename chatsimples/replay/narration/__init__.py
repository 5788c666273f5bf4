"""Records in words, times and lines for people."""
