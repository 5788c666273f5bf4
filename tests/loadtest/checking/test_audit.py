"""What all readers have received is held against what was sent."""

from __future__ import annotations

from loadtest.served import protocol, unit

from chatsimples.loadtest.checking.audit import Audit
from chatsimples.loadtest.checking.stream import RoomStream
from chatsimples.loadtest.checking.stream_reader import StreamReader
from chatsimples.loadtest.results import Checks
from chatsimples.loadtest.wire.texts import text

SPOKEN = protocol("text")


def texts(*numbers: int) -> bytes:
    return b"".join(unit(SPOKEN, text(b"00", number, 0, 20)) for number in numbers)


class Hall:
    """A room with two readers, and another with one."""

    def __init__(self) -> None:
        streams = {number: RoomStream(number, SPOKEN, lambda _stream, _piece: None) for number in range(2)}
        self.audit = Audit(streams)
        self.places = [StreamReader(streams[room]) for room in (0, 0, 1)]

    def receive(self, reader: int, *numbers: int) -> None:
        self.places[reader].receive(memoryview(texts(*numbers)), 0)

    def progress(self, first: int, second: int) -> tuple[int, bool]:
        return self.audit.progress(self.places, [{b"00": first}, {b"00": second}])


def test_it_is_everything_when_all_readers_of_all_rooms_have_it() -> None:
    hall = Hall()
    hall.receive(0, 0, 1)
    hall.receive(2, 0)
    assert not hall.progress(2, 1)[1]
    hall.receive(1, 0, 1)
    assert hall.progress(2, 1)[1]
    assert not hall.progress(3, 1)[1]


def test_it_grows_with_all_that_was_sent_and_with_nothing_else() -> None:
    hall = Hall()
    seen = [hall.progress(3, 1)[0]]
    for reader, numbers in ((0, (0, 1)), (1, (0,)), (1, (1, 2)), (0, (2,)), (2, (0,))):
        hall.receive(reader, *numbers)
        seen.append(hall.progress(3, 1)[0])
    assert sorted(set(seen)) == seen
    hall.receive(2, 0)
    hall.receive(2, 7)
    assert seen[-1] == hall.progress(3, 1)[0], "what came twice, and what nobody sent"


def test_a_text_that_is_lost_to_one_is_not_everything() -> None:
    hall = Hall()
    hall.receive(0, 0, 1, 2)
    hall.receive(1, 0, 2)
    hall.receive(2, 0)
    assert not hall.progress(3, 1)[1]


def test_the_checks_are_of_all_readers_together() -> None:
    hall = Hall()
    hall.receive(0, 0, 1, 2)
    hall.receive(1, 0, 2)
    hall.receive(2, 0, 0)
    checks = hall.audit.finish(hall.places, [{b"00": 3}, {b"00": 1}])
    assert Checks(7, 6, lost=1, duplicated=1, first=checks.first) == checks
    assert "sender 00: 2 came where 1 was due" == checks.first


def test_texts_of_another_room_are_damage() -> None:
    hall = Hall()
    hall.receive(2, 0)
    checks = hall.audit.finish(hall.places, [{}, {}])
    assert (1, "texts came that were said in another room") == (checks.damaged, checks.first)
