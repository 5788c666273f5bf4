"""The client on a terminal: keys, the input line, the lines at the bottom."""
