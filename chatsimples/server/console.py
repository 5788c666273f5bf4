"""The server's own terminal: what the operator types on its stdin."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from contextlib import suppress

from msgspec.structs import replace

from chatsimples.chat import commands
from chatsimples.i18n import N_
from chatsimples.words.governing import (
    COMMANDS,
    NameLimits,
    governing_name,
    governing_usage,
    read_governing,
)

HELP = (
    ("/quem, /who", N_("who is there")),
    *((governing_usage(name), command.help) for name, command in COMMANDS.items()),
    ("/ajuda, /help", N_("these commands")),
    ("/sair, /quit", N_("stop the server")),
)

NOTE = N_("#ROOM stands in front: /topico #geral TEXT. Without it NICK is removed, banned, muted everywhere.")
"""What the operator has to know beside the commands, who is in no room."""

_COMMANDS = {
    "quem": "who", "who": "who",
    "ajuda": "help", "help": "help",
    "sair": "quit", "quit": "quit",
}  # fmt: skip

_RETRY_SECONDS = 1.0
_LONGEST_LINE = 4_096
_LINES_HELD = 1_000
_STDIN = 0


def understand(line: str) -> tuple[str, str]:
    """Tell what an operator's line means: ``who``, ``help``, ``quit``, a name of `COMMANDS`, or nothing ("").

    The second part is what follows the command.
    """
    word, _, rest = line.strip().partition(" ")
    if not word.startswith("/"):
        return "", line.strip()
    word = word[1:].lower()
    return _COMMANDS.get(word) or governing_name(word), rest.strip()


def order(name: str, rest: str, limits: NameLimits) -> bytes:
    """Write what the operator orders as an item of the Queue.

    Args:
        name: of `COMMANDS`.
        rest: what is typed after it; a room, or nothing for the whole server, stands in front.
        limits: what names and texts may hold.

    Raises:
        Refusal: it is not complete, or a name or text can't be used.
    """
    command = read_governing(name, rest, limits, here="")
    if isinstance(command, commands.Set) and isinstance(key := command.settings.key, str) and key:
        # It is rarely needed, and brings a library with it.
        from chatsimples.accounts.room_keys import proof  # noqa: PLC0415

        command = replace(command, settings=replace(command.settings, key=proof(command.room, key)))
    return commands.pack([command])


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
