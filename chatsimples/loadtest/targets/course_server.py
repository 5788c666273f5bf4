"""A chat server as a networking course writes it: the baseline that the others are measured against.

It is plain on purpose. Each client has a thread that repeats what it reads to all the others, one after the
other, while a lock keeps everybody else from the list. So every byte is delivered as it came, and everyone
sees the same order; but all wait for the slowest, and a reader that stops reading freezes everybody as soon
as the system's buffers for it are full. Nothing is tuned, as the course tunes nothing.
"""

from __future__ import annotations

import argparse
import socket
import threading

_CHUNK = 4096

_clients: list[socket.socket] = []
_lock = threading.Lock()


def serve(port: int) -> None:
    """Serve on a port of loopback, for ever; 0 takes a free one. Prints where it listens."""
    with socket.create_server(("127.0.0.1", port), backlog=socket.SOMAXCONN) as listener:
        host, port = listener.getsockname()
        print(f"listening on {host}:{port}", flush=True)  # noqa: T201 - whoever started it reads this
        while True:
            client, _ = listener.accept()
            with _lock:
                _clients.append(client)
            threading.Thread(target=_read, args=(client,), daemon=True).start()


def _read(client: socket.socket) -> None:
    try:
        while data := client.recv(_CHUNK):
            _repeat(data, client)
    except OSError:
        # It is gone without a goodbye, which is as good as with one.
        pass
    finally:
        with _lock:
            _clients.remove(client)
        client.close()


def _repeat(data: bytes, sender: socket.socket) -> None:
    with _lock:
        for client in _clients:
            if client is sender:
                continue
            try:
                client.sendall(data)
            except OSError:
                # Its own thread sees that too, and takes it from the list.
                continue


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A chat server as a networking course writes it.")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    serve(parser.parse_args().port)
