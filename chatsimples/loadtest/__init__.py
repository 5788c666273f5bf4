"""The load test: measures a chat server, checks what it delivers, and compares it with others."""
