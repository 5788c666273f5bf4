"""The acceptor's side of the hashing processes: a hasher that has its work done there."""

from __future__ import annotations

import socket

from chatsimples.accounts.passwords import MOST_CHARACTERS, is_outdated
from chatsimples.accounts.preparation import prepared
from chatsimples.accounts.room_keys import shortened
from chatsimples.accounts.scram import Keys
from chatsimples.errors import Refusal
from chatsimples.server.hashing.exchange import Question, Reply, ask, receive
from chatsimples.server.hashing.roads import Roads

PATIENCE = 60.0
"""Seconds in which an answer has to come, on a machine that has other things to do."""

_TRIES = 3
_PROOF = 0.25
"""What the proof of a room's key costs, as a part of a password."""


class RemoteHasher:
    """Has passwords hashed; from one thread.

    Args:
        roads: the channels to the processes.
        patience: seconds in which an answer has to come.
    """

    def __init__(self, roads: Roads, patience: float = PATIENCE) -> None:
        self._roads = roads
        self._calm = _patient(roads.calm, patience)
        self._crowded = _patient(roads.crowded, patience)
        self._patience = patience

    def hash(self, password: str) -> str:
        """Hash a password, with a salt of its own.

        Raises:
            Refusal: ``login_busy``: it could not be done.
        """
        return self._ask(Question(prepared(password), makes=True)).hashed

    def matches(self, hashed: str, password: str) -> bool:
        """Tell whether a password is the one; takes as long where there is no hash at all ("").

        Raises:
            Refusal: ``login_busy``: it could not be found out.
        """
        password = prepared(password)
        if len(password) > MOST_CHARACTERS:
            # There is none so long. The work is done all the same.
            hashed, password = "", password[:MOST_CHARACTERS]
        return self._ask(Question(password, hashed)).matches

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other parameters than are used now."""
        return is_outdated(hashed)

    def scram_keys(self, password: str) -> Keys:
        """Make what is kept of a password for SCRAM, with a salt of its own.

        Raises:
            Refusal: ``login_busy``: it could not be done.
        """
        keys = self._ask(Question(password, makes_keys=True)).keys
        if keys is None:
            raise Refusal("login_busy")
        return keys

    def proof(self, room: str, key: str) -> str:
        """Return the proof of a room's key.

        Raises:
            Refusal: ``login_busy``: it could not be made.
        """
        return self._ask(Question(shortened(key), room=room), _PROOF).hashed

    def _ask(self, question: Question, cost: float = 1.0) -> Reply:
        asking = self._crowded if self._roads.is_crowded(cost) else self._calm
        for _ in range(_TRIES):
            try:
                with ask(asking, question) as replied:
                    replied.settimeout(self._patience)
                    reply = receive(replied)
            except OSError:
                break
            # It has died over it, or over another's: the next process is asked.
            if reply is not None:
                return reply
        raise Refusal("login_busy")


def _patient(asking: socket.socket, patience: float) -> socket.socket:
    """Return a socket of this thread's own: what one waits for is not the others' business."""
    own = asking.dup()
    own.settimeout(patience)
    return own
