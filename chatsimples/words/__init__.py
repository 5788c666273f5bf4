"""What people type to govern a room, and what they are told of it: the same in every dialect and program."""
