"""The server: supervisor, acceptor with its workers, and broadcaster."""
