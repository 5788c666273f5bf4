"""The mark of a request: what was asked, as the answer has to name it."""

from __future__ import annotations

import msgspec


class Mark(msgspec.Struct, array_like=True, omit_defaults=True, frozen=True):
    """What an IRC client has asked.

    Attributes:
        command: of the line, in upper case.
        params: as they were typed.
        label: of labeled-response; empty for none.
        fault: why it was not understood, one of `chatsimples.irc.faults`; empty if it was.
    """

    command: str
    params: tuple[str, ...] = ()
    label: str = ""
    fault: str = ""


pack = msgspec.msgpack.Encoder().encode
"""Write a mark as bytes."""

unpack = msgspec.msgpack.Decoder(Mark).decode
"""Read it back."""
