"""What version 1 of the transcript has of records of today's version."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chatsimples.chat.records import Record

_UNTOLD = frozenset({"hello", "bye"})

_replace = msgspec.structs.replace


class Version1:
    """Tells records as version 1 does: without ``hello`` and ``bye``, which its first records stand for."""

    def __init__(self) -> None:
        self._hellos: dict[int, Record] = {}

    def is_hidden(self, conn: int) -> bool:
        """Tell whether a connection is there of which version 1 has told nothing yet."""
        return conn in self._hellos

    def tell(self, records: Sequence[Record], last_seq: int) -> list[Record]:
        """Return what version 1 has of records.

        Args:
            records: what the rules have made of one command.
            last_seq: of version 1's last record.
        """
        told: list[Record] = []
        for record in records:
            match record.type:
                case "hello":
                    self._hellos[record.conn] = record
                case "bye":
                    self._hellos.pop(record.conn, None)
                case _:
                    told.append(self._tell(record, last_seq + len(told) + 1))
        return told

    def made_of(self, told: Sequence[Record], records: Sequence[Record]) -> list[Record]:
        """Return, of records of which version 1 tells only the first ones, those up to the last of these."""
        made: list[Record] = []
        left = len(told)
        for record in records:
            if not left:
                break
            made.append(record)
            left -= record.type not in _UNTOLD
        return made

    def _tell(self, record: Record, seq: int) -> Record:
        hello = self._hellos.pop(record.conn, None)
        if hello is not None:
            return _replace(record, seq=seq, dialect=hello.dialect, identity=hello.identity, to_identity="")
        if record.to or record.limits:
            return _replace(record, seq=seq, identity="", to_identity="", limits=None)
        return record if record.seq == seq else _replace(record, seq=seq)


def numbered(records: Sequence[Record], last_seq: int) -> list[Record]:
    """Give records the seqs under which version 1 tells them.

    A ``hello`` gets that of the record behind it, a ``bye`` that of the one before it, as it has none.
    """
    seq = last_seq
    given: list[Record] = []
    for record in records:
        seq += record.type not in _UNTOLD
        given.append(_replace(record, seq=seq + (record.type == "hello")))
    return given
