"""The server's own terminal: what the operator types on its stdin."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from contextlib import suppress

from chatsimples.i18n import N_

HELP = (
    ("/quem, /who", N_("who is there")),
    ("/expulsar NICK, /kick NICK", N_("remove somebody")),
    ("/ajuda, /help", N_("these commands")),
    ("/sair, /quit", N_("stop the server")),
)

_COMMANDS = {
    "quem": "who", "who": "who",
    "expulsar": "kick", "kick": "kick",
    "ajuda": "help", "help": "help",
    "sair": "quit", "quit": "quit",
}  # fmt: skip

_RETRY_SECONDS = 1.0
_LONGEST_LINE = 4_096
_LINES_HELD = 1_000
_STDIN = 0


def understand(line: str) -> tuple[str, str]:
    """Tell what an operator's line means: ``who``, ``kick``, ``help``, ``quit``, or "" for nothing known.

    The second part is what follows the command.
    """
    word, _, rest = line.strip().partition(" ")
    if not word.startswith("/"):
        return "", line.strip()
    return _COMMANDS.get(word[1:].lower(), ""), rest.strip()


class Console(threading.Thread):
    """Reads lines from stdin and makes ``wakeful`` readable for each; the end of stdin means nothing.

    It reads the descriptor and not `sys.stdin`, whose lock a thread that waits for input would hold for ever.
    """

    def __init__(self) -> None:
        super().__init__(name="console", daemon=True)
        self.wakeful, self._wake = socket.socketpair()
        self.wakeful.setblocking(False)
        self._lines: deque[str] = deque()

    def run(self) -> None:
        """Read until the end of stdin."""
        rest = b""
        while True:
            try:
                data = os.read(_STDIN, 4096)
            except OSError:
                # A server in the background of a terminal may not read from it; it may come to the front.
                if not _is_terminal():
                    return
                time.sleep(_RETRY_SECONDS)
                continue
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            # The beginning tells what a line is: the end of an endless one must not pass for a command.
            rest = rest[:_LONGEST_LINE]
            for line in lines:
                self._lines.append(line[:_LONGEST_LINE].decode(errors="replace"))
            with suppress(OSError):
                self._wake.send(b"\0")
            while len(self._lines) > _LINES_HELD:
                time.sleep(_RETRY_SECONDS / 20)

    def lines(self) -> list[str]:
        """Take the lines that have come."""
        with suppress(BlockingIOError):
            self.wakeful.recv(4096)
        taken = []
        while self._lines:
            taken.append(self._lines.popleft())
        return taken


def _is_terminal() -> bool:
    try:
        return os.isatty(_STDIN)
    except OSError:
        return False
