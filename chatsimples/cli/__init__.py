"""The command line: one file a program, and how options become settings."""
