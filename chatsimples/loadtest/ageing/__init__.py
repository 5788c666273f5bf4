"""The life of a chat in fast motion: what people ask for in years, and the log that it leaves."""
