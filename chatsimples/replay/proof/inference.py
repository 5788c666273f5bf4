"""The commands behind the records of a transcript, of whatever version its segments are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.verdict import Taken
from chatsimples.replay.proof.version1.inference import Version1Inference
from chatsimples.replay.proof.version2 import Version2Inference


class Inference:
    """Takes the records of a transcript from its beginning, or from where a state is known.

    A log goes on in version 2 with a ``start``. What the server knew then is what the records of version 1
    add up to, without what was guessed.

    Args:
        state: what the records before add up to; empty at the beginning of a log.
        identities: in version 1, those of connections before their first records, as far as they are known.
        hidden: in version 1, let connections come that no record tells of, where a live server would else
            do otherwise.
    """

    def __init__(
        self, state: State, identities: Mapping[int, str] | None = None, *, hidden: bool = False
    ) -> None:
        self._version2: Version2Inference | None = None
        self._version1: Version1Inference | None = None
        self._recorded = State()
        if state.server:
            self._version2 = Version2Inference(state)
        else:
            self._recorded.restore(state.snapshot())
            self._version1 = Version1Inference(state, identities, hidden=hidden)

    @property
    def state(self) -> State:
        """What the records up to now add up to; in version 1 with what had to be guessed."""
        if self._version1 is not None:
            return self._version1.state
        return self._version2.state if self._version2 is not None else self._recorded

    def feed(self, records: Sequence[Record]) -> Iterator[Taken]:
        """Take the next records; yield each command with its records, when the rules have made them again.

        A command whose records may not all be there yet is kept for the next call.

        Raises:
            UnruledError: at the first record that the rules do not make.
        """
        if self._version1 is not None:
            older, records = _parted(records)
            yield from self._version1.feed(older)
            for record in older:
                self._recorded.evolve(record)
            if not records:
                return
            yield from self._version1.finish()
            self._version1 = None
            self._version2 = Version2Inference(self._recorded)
        if self._version2 is not None:
            yield from self._version2.feed(records)

    def finish(self) -> Iterator[Taken]:
        """Take what is left at the end of the transcript.

        Raises:
            UnruledError: as `feed`.
        """
        last = self._version1 or self._version2
        if last is not None:
            yield from last.finish()


def _parted(records: Sequence[Record]) -> tuple[Sequence[Record], Sequence[Record]]:
    """Part records of version 1 from those of version 2, whose first one is a ``start`` with limits."""
    for index, record in enumerate(records):
        if record.limits is not None:
            return records[:index], records[index:]
    return records, ()
