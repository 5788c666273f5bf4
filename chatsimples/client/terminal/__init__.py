"""The client on a terminal: the screen, the keys, the draft and the rows at the bottom."""
