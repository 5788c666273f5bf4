"""What goes over the wire: messages, how each kind of server is spoken to, and many sockets at once."""
