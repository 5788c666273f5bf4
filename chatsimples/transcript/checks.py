"""What the lines of records must be, to the byte.

A record is written in one way only. So whole blocks of lines are checked at once: read, written again, and
compared. What the bytes then still leave open is checked by field.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import chain, combinations

import msgspec

from chatsimples.chat.commands import KINDS
from chatsimples.chat.levels import ROOM_ROLES
from chatsimples.chat.names import check_text
from chatsimples.chat.records import Record
from chatsimples.chat.tags import check_tags
from chatsimples.errors import Refusal

_decode_lines = msgspec.json.Decoder(Record).decode_lines
_encode_lines = msgspec.json.Encoder().encode_lines

# The ends of lines, and all of ASCII that a text may hold.
_HARMLESS = b"\n" + bytes(range(0x20, 0x7F))
_SAID = frozenset({"message", "tags"})
_REDACTION = b'"type":"redaction"'
_SEQS = re.compile(r"[1-9][0-9]*(?:-[1-9][0-9]*)?(?:,[1-9][0-9]*(?:-[1-9][0-9]*)?)*")
_LOG = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_HEAD = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}\.[0-9]{6}Z")

_FIELDS = (
    "conn", "nick", "new", "room", "to", "to_conn", "text", "id", "reason", "quiet", "dialect", "identity",
    "to_identity", "server", "limits", "seqs", "old_log", "old_head", "new_head",
    "account", "role", "by", "by_conn", "by_account", "until", "settings",
    "kind", "tags", "part", "parts", "joined", "user", "realname",
)  # fmt: skip

# Type, the fields that it has, the fields that it may have. A field is there if it is not its default.
_ALWAYS = (
    ("stop", "", ""),
    ("join", "conn nick room", "id quiet"),
    ("leave", "conn nick room reason", "id quiet"),
    ("nick", "conn nick new", "room id reason quiet"),
    ("message", "conn nick room text", "id"),
    ("redaction", "reason seqs old_log old_head new_head", ""),
)
_WHO = "by_conn by_account"
_PERSON = "user realname"
_PRIVATE = "id identity to_identity"
_HOW_LONG = f"room text until id {_WHO}"
_SHAPES = {
    1: (
        *_ALWAYS,
        ("start", "server", ""),
        ("join", "conn nick room dialect", "id quiet identity"),
        ("nick", "conn nick new dialect", "room id reason quiet identity"),
        ("message", "conn nick room text dialect", "id identity"),
        ("message", "conn nick to to_conn text", "id"),
        ("message", "conn nick to to_conn text dialect", "id identity"),
    ),
    2: (
        *_ALWAYS,
        ("start", "server limits", ""),
        ("hello", "conn nick dialect", f"identity {_PERSON}"),
        ("hello", "conn nick dialect identity account role", _PERSON),
        ("away", "conn nick", "room text id quiet"),
        ("setname", "conn nick realname", "room id quiet"),
        ("announcement", "text by", f"id {_WHO}"),
        ("bye", "conn nick reason", "text"),
        ("leave", "conn nick room reason text", "id quiet"),
        ("bye", "conn nick reason by", f"text id {_WHO}"),
        ("leave", "conn nick room reason by", f"text id quiet {_WHO}"),
        ("login", "conn nick account role", "id identity"),
        ("topic", "room by", f"text id {_WHO}"),
        ("set", "room settings by", f"id quiet {_WHO}"),
        ("role", "account role by", f"room id {_WHO}"),
        ("role", "conn nick account role by", f"room id {_WHO}"),
        ("role", "conn nick room reason account role by by_conn by_account", ""),
        ("role", "conn nick room role by", f"id {_WHO}"),
        ("role", "conn nick room reason role by by_conn", ""),
        ("invite", "conn nick room quiet by", f"account id {_WHO}"),
        ("ban", "nick by", f"conn account {_HOW_LONG}"),
        ("ban", "account by", _HOW_LONG),
        ("unban", "nick by", f"conn room id {_WHO}"),
        ("unban", "account by", f"room id {_WHO}"),
        ("mute", "conn nick by", f"account {_HOW_LONG}"),
        ("mute", "nick reason by", f"conn room id {_WHO}"),
        ("message", "conn nick to to_conn text", f"kind tags {_PRIVATE}"),
        ("message", "conn nick room text", "id kind tags"),
        ("message", "conn nick to to_conn part parts", f"text kind tags joined {_PRIVATE}"),
        ("message", "conn nick room part parts", "text id kind tags joined"),
        ("tags", "conn nick to to_conn tags", _PRIVATE),
        ("tags", "conn nick room tags", "id"),
        ("mute", "nick room by", f"text until id {_WHO}"),
        *((kind, "nick room by", f"conn reason id {_WHO}") for kind in ("exempt", "admit")),
        *((kind, "account room by", f"reason id {_WHO}") for kind in ("exempt", "admit")),
    ),
}


def read_records(lines: bytes, first_seq: int, version: int) -> list[Record]:
    """Read complete lines, each of which must be a record as it should be.

    Args:
        lines: one or more whole lines.
        first_seq: the seq that the first of them must have; the others follow without a gap.
        version: of their segment.

    Raises:
        ValueError: what is wrong with them; with a single line, exactly what is wrong with it.
    """
    try:
        records = _decode_lines(lines)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _encode_lines(records) != lines:
        raise ValueError("not written in the one way that records are written")
    _check_characters(lines)
    at = day = ""
    allowed = _ALLOWED[version]
    for seq, record in enumerate(records, first_seq):
        if record.seq != seq:
            raise ValueError(f"it has seq {record.seq} where {seq} was due")
        if record.at != at:
            at = record.at
            day = _check_time(at, day)
        if not _is_said_in_a_room(record):
            if _shape(record) not in allowed:
                raise ValueError("it does not have the fields that its type should have")
            if record.type in _SAID:
                _check_said(record)
        if record.by:
            _check_governing(record)
    if _REDACTION in lines:
        _check_redactions(records)
    return records


def _is_said_in_a_room(record: Record) -> bool:
    """Tell whether it has the fields of what is said in a room: nearly all records are of this kind.

    In every version these are allowed; it only saves the making of a `_shape`.
    """
    return (
        record.type == "message"
        and record.conn > 0
        and bool(record.nick and record.room and record.text)
        and not (
            record.new or record.to or record.to_conn or record.reason or record.quiet or record.dialect
            or record.identity or record.to_identity or record.server or record.limits is not None
            or record.seqs or record.old_log or record.old_head or record.new_head or record.account
            or record.role or record.by or record.by_conn or record.by_account or record.until
            or record.settings is not None or record.kind or record.tags is not None or record.part
            or record.parts or record.joined or record.user or record.realname
        )
    )  # fmt: skip


def _shape(record: Record) -> tuple[object, ...]:
    # Numbers by their sign, as none may be negative.
    return (
        record.type,
        (record.conn > 0) - (record.conn < 0),
        record.nick != "",
        record.new != "",
        record.room != "",
        record.to != "",
        (record.to_conn > 0) - (record.to_conn < 0),
        record.text != "",
        record.id != "",
        record.reason != "",
        record.quiet,
        record.dialect != "",
        record.identity != "",
        record.to_identity != "",
        record.server != "",
        record.limits is not None,
        record.seqs != "",
        record.old_log != "",
        record.old_head != "",
        record.new_head != "",
        record.account != "",
        record.role != "",
        record.by != "",
        (record.by_conn > 0) - (record.by_conn < 0),
        record.by_account != "",
        record.until != "",
        record.settings is not None,
        record.kind != "",
        record.tags is not None,
        (record.part > 0) - (record.part < 0),
        (record.parts > 0) - (record.parts < 0),
        record.joined,
        record.user != "",
        record.realname != "",
    )


def _allowed_shapes(version: int) -> frozenset[tuple[object, ...]]:
    shapes: set[tuple[object, ...]] = set()
    for kind, required, optional in _SHAPES[version]:
        may = optional.split()
        for chosen in chain.from_iterable(combinations(may, count) for count in range(len(may) + 1)):
            present = {*required.split(), *chosen}
            shapes.add((kind, *(field in present for field in _FIELDS)))
    return frozenset(shapes)


_ALLOWED = {version: _allowed_shapes(version) for version in _SHAPES}


def _check_characters(lines: bytes) -> None:
    # JSON hides control characters behind escapes; the only ones that a text can need are these two.
    if b"\\" in lines and b"\\" in lines.replace(b"\\\\", b"").replace(b'\\"', b""):
        raise ValueError("it holds a control character")
    # What is not ASCII is a small part, and by itself it is looked at several times quicker.
    if lines.translate(None, _HARMLESS).decode().isprintable():
        return
    try:
        check_text(lines.decode().replace("\n", " "), 0)
    except Refusal as refusal:
        why = refusal.detail["why"].format_map(refusal.detail)
        raise ValueError(f"it holds a forbidden character: {why}") from None


def _check_said(record: Record) -> None:
    if record.kind not in KINDS:
        raise ValueError("there is no such kind of message")
    if record.tags is not None:
        try:
            check_tags(record.tags)
        except Refusal:
            raise ValueError("its tags are none that the server passes on") from None
    if record.part > record.parts or (record.joined and record.part == 1):
        raise ValueError("it is no part of a message of several lines")


def _check_governing(record: Record) -> None:
    if record.type == "role" and record.room and record.role not in ROOM_ROLES:
        raise ValueError("there is no such role in a room")
    if record.until:
        _check_time(record.until, "")


def _check_redactions(records: list[Record]) -> None:
    for record in records:
        if record.type == "redaction" and not (
            _SEQS.fullmatch(record.seqs)
            and _LOG.fullmatch(record.old_log)
            and _HEAD.fullmatch(record.old_head)
            and _HEAD.fullmatch(record.new_head)
        ):
            raise ValueError("it does not tell what was redacted the way a redaction does")


def _check_time(at: str, day: str) -> str:
    if not _AT.fullmatch(at):
        raise ValueError("its time is not written in the one way that times are written")
    if at[:10] != day:
        date.fromisoformat(at[:10])
    return at[:10]
