"""The acceptor process: accepts connections and hands each to a worker thread and to the broadcaster."""
