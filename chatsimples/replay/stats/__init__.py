"""Who said how much, where and when."""
