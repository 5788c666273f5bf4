"""A recorded chat: where it comes from, which part of it is wanted, and its rhythm."""
