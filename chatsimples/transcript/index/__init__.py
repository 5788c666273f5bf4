"""What keeps a look for a room or a person from reading the whole transcript: a cache beside the segments."""
