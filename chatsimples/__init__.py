"""ChatSimples: a chat server whose transcript is the chat."""

__version__ = "0.1.0"
