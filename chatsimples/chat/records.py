"""What happened: the records of the chat. A record's line is the transcript's line and a JSON client's line.

================  ======================================================================================
type              fields besides ``seq``, ``at`` and ``type``
================  ======================================================================================
``start``         server limits
``stop``
``hello``         conn nick dialect [identity] [account role] [user] [realname]
``login``         conn nick account role [id] [identity]
``bye``           conn nick reason [text], and of a removal [id] by [by_conn] [by_account]
``join``          conn nick room [id] [quiet]
``leave``         conn nick room reason [text] [id] [quiet], and of a removal by [by_conn] [by_account]
``nick``          conn nick new [room] [id] [reason] [quiet]
``away``          conn nick [room] [text] [id] [quiet]
``setname``       conn nick [room] [id] [quiet] realname
``message``       conn nick text [id] [kind] [tags], room or (to to_conn [identity] [to_identity]); and
                  one of several lines part parts [joined], perhaps without a text
``tags``          conn nick [id] tags, room or (to to_conn [identity] [to_identity])
``topic``         room [text] [id] by [by_conn] [by_account]
``set``           room settings [id] [quiet] by [by_conn] [by_account]
``role``          [conn nick] [room] [reason] [account] role [id] by [by_conn] [by_account]
``invite``        conn nick room [account] [id] quiet by [by_conn] [by_account]
``ban``           [conn] [nick] [account] [room] [text] [until] [id] by [by_conn] [by_account]
``unban``         [conn] [nick] [account] [room] [id] by [by_conn] [by_account]
``mute``          [conn] nick [account] [room] [text] [until] [reason] [id] by [by_conn] [by_account]
``exempt``        [conn] [nick] [account] room [reason] [id] by [by_conn] [by_account]
``admit``         the same
``announcement``  text [id] by [by_conn] [by_account]
``redaction``     reason seqs old_log old_head new_head
================  ======================================================================================

A connection is there from its ``hello`` to its ``bye``. ``identity`` is a hash of a session secret (see
`chatsimples.chat.identities`): it tells which connections are one and the same person, and in a private
message whose it is, whatever connection they have when they ask for it. ``quiet`` marks a record that was
delivered to nobody but the connections that it names: a join, leave or nick because the room was too large
to be told, an invitation, and the proof of a room's key. An ``away`` without a text ends what the one before
told. A ``redaction`` tells of a log that is a copy of another one, but for the texts of some messages (see
`chatsimples.transcript.redaction`).

From ``topic`` to ``mute``, and where somebody was removed, ``conn`` and ``nick`` are those whom it happens
to; ``by``, ``by_conn`` and ``by_account`` are those who did it: `BY_OPERATOR` for the server's operator, who
has no connection. With ``room`` it is about that room and goes to its members; without, it is about the
server, and goes to these two. A ``role`` without ``account`` is a guest's, as long as they are in the room.
An ``announcement`` goes to everybody.

That is version 2. Version 1 has no ``hello``, ``bye`` and ``limits``: there ``dialect`` and ``identity``
stand in the first ``join``, ``nick`` or ``message`` of a connection, and its last ``leave`` is its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from chatsimples.chat.limits import Limits
from chatsimples.chat.room_settings import SettingsChange

BY_OPERATOR = "*"
"""Who did it, if it was the server's operator: no nick can be this."""


class Record(msgspec.Struct, omit_defaults=True, frozen=True, gc=False):
    """One thing that happened. A field that its type does not have keeps its default and is not written.

    Attributes:
        seq: its place in the one order, dense, from 1.
        at: when it was decided, UTC, RFC 3339 with six decimals; says nothing about order.
        conn: the connection that did it, a number never used twice in a log.
        nick: the name of that connection then.
        new: the name from now on.
        to_conn: the connection that the private message went to; ``to`` is its nick.
        id: the client's own mark, by which it knows its record.
        identity: of the connection's session; in a private message its author's.
        to_identity: of the session that the private message went to.
        limits: the bounds that the rules have from this ``start`` on.
        seqs: of the messages whose text was taken out, such as ``12,40-43``.
        old_log, old_head: the log in which they stood, and its head.
        new_head: the head of this log before the redaction.
        account: as which the connection is logged in, or which account it is about.
        role: of the account, on the server or in the room; ``none`` for one that is taken away.
        by: the nick of whoever did it.
        by_conn: their connection; 0 for the server's operator.
        by_account: as which they are logged in.
        until: when it ends; empty for never.
        settings: what is another setting of the room from now on.
        kind: of a message that is not just said: ``action`` or ``notice``.
        tags: those that a client gave it, see `chatsimples.chat.tags`.
        part, parts: the how manieth line of a message of how many; they are neighbours.
        joined: no newline stands before this part.
        user, realname: what a person tells of themself beside the nick.

    Nothing that it holds can hold it, so the garbage collector need not look at the many there are.
    """

    seq: int
    at: str
    type: str
    conn: int = 0
    nick: str = ""
    new: str = ""
    room: str = ""
    to: str = ""
    to_conn: int = 0
    text: str = ""
    id: str = ""
    reason: str = ""
    quiet: bool = False
    dialect: str = ""
    identity: str = ""
    to_identity: str = ""
    server: str = ""
    limits: Limits | None = None
    seqs: str = ""
    old_log: str = ""
    old_head: str = ""
    new_head: str = ""
    account: str = ""
    role: str = ""
    by: str = ""
    by_conn: int = 0
    by_account: str = ""
    until: str = ""
    settings: SettingsChange | None = None
    kind: str = ""
    tags: dict[str, str] | None = None
    part: int = 0
    parts: int = 0
    joined: bool = False
    user: str = ""
    realname: str = ""


_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder(Record).decode


def to_line(record: Record) -> bytes:
    """Write a record as its line, newline included. The same record makes the same bytes, always."""
    return _encode(record) + b"\n"


def to_lines(records: Sequence[Record]) -> bytes:
    """Write records as their lines, one after the other: the same bytes as `to_line` of each."""
    return _encode_lines(records)


def signal_line(record: Record) -> bytes:
    """Write what is on no record as a line like a record's, but without a ``seq``, which it has not."""
    line = _encode(record)
    return b"{" + line[line.index(b",") + 1 :] + b"\n"


def from_line(line: bytes) -> Record:
    r"""Read a record from its line, with or without the newline.

    Raises:
        ValueError: it is no record (`msgspec.DecodeError`, `UnicodeDecodeError` and RecursionError
            are all told as this).
    """
    try:
        return _decode(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def timestamp(microseconds: int) -> str:
    """Write a time, in microseconds since 1970, the way records do: ``2026-11-22T15:00:00.123456Z``."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_to_the_second(seconds)}.{rest:06d}Z"


@lru_cache(maxsize=16)
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def microseconds(at: str) -> int:
    """Read a time that `timestamp` wrote.

    Raises:
        ValueError: it is no such time.
    """
    seconds = datetime.fromisoformat(f"{at[:19]}+00:00").timestamp()
    return int(seconds) * 1_000_000 + int(at[20:26])
