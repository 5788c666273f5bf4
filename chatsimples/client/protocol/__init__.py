"""The protocol without a screen: bytes become events, commands become bytes; and the connection beneath."""
