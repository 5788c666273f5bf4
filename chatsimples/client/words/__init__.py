"""The words between a person and the client: commands, and what a server says in its own language."""
