"""What the acceptor asks the hashing process, and how the answer comes back.

Each question brings a socket of its own for its answer. So no answer can be taken for that of another
question, whoever was started anew meanwhile; and that the process has died, whoever waits for it sees as the
end of that socket. Questions that nobody has taken yet wait on the channel for the next process.
"""

from __future__ import annotations

import os
import socket

import msgspec

from chatsimples.accounts.scram import Keys

LONGEST = 16_384
"""Bytes of a question at most."""

_MOST_AT_ONCE = 4


class Question(msgspec.Struct, frozen=True):
    """What is to be hashed. What is printed of it has no secret.

    Attributes:
        password: as it was typed.
        hashed: the hash that it is compared with; empty if there is none, which takes as long.
        makes: whether a new hash is wanted, and not a comparison.
        makes_keys: whether what SCRAM needs is wanted.
        room: of which the password is the key, whose proof is wanted; empty for an account's.
    """

    password: str
    hashed: str = ""
    makes: bool = False
    makes_keys: bool = False
    room: str = ""

    def __repr__(self) -> str:
        """Tell what kind of question it is."""
        return f"Question(makes={self.makes})"


class Reply(msgspec.Struct, frozen=True):
    """What came of it: whether the password is the one, its hash, or what SCRAM needs."""

    matches: bool = False
    hashed: str = ""
    keys: Keys | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode_question = msgspec.msgpack.Decoder(Question).decode
_decode_reply = msgspec.msgpack.Decoder(Reply).decode


def lanes() -> int:
    """Tell how many passwords are hashed at the same time: by half of the processors at most."""
    return max(1, min(_MOST_AT_ONCE, (os.cpu_count() or 1) // 2))


def ask(asking: socket.socket, question: Question) -> socket.socket:
    """Ask; return the socket on which the answer will come.

    Raises:
        OSError: it can't be asked within the time of the socket.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with theirs:
            socket.send_fds(asking, [_encode(question)], [theirs.fileno()])
    except OSError:
        ours.close()
        raise
    return ours


def take(asked: socket.socket) -> tuple[Question, socket.socket] | None:
    """Wait for a question; return it with the socket for its answer, or None if that one was lost.

    Raises:
        OSError: the channel is no more.
    """
    data, descriptors, _, _ = socket.recv_fds(asked, LONGEST, 1)
    if not descriptors:
        # No descriptor was free for it: whoever asks sees the end of it.
        return None
    return _decode_question(data), socket.socket(fileno=descriptors[0])


def answer(replying: socket.socket, reply: Reply) -> None:
    """Give an answer; nothing happens if nobody waits for it any more.

    Raises:
        OSError: it can't be given for another reason.
    """
    try:
        replying.sendall(_encode(reply))
    except (BrokenPipeError, ConnectionResetError):
        return


def is_awaited(replying: socket.socket) -> bool:
    """Tell whether somebody still waits for an answer."""
    try:
        return replying.recv(1, socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def receive(replied: socket.socket) -> Reply | None:
    """Wait for an answer; None if whoever was to give it has died.

    Raises:
        OSError: it does not come within the time of the socket.
    """
    data = b""
    try:
        while part := replied.recv(LONGEST):
            data += part
    except ConnectionResetError:
        return None
    try:
        return _decode_reply(data)
    except msgspec.DecodeError:
        return None
