"""The newest records of a room."""

from __future__ import annotations

import asyncio

from chatsimples.server.web.api.recent import Recent, event


def _with(*seqs: int, most: int = 100) -> Recent:
    recent = Recent("geral", 0, most)
    recent.followers = 1
    for seq in seqs:
        recent.add(seq, b"%d," % seq)
    return recent


def test_an_event_is_a_record_and_its_position() -> None:
    assert b'id: LOG/7\ndata: {"seq":7}\n\n' == event("LOG", 7, b'{"seq":7}')


def test_each_reader_gets_what_is_after_its_position_in_parts() -> None:
    recent = _with(2, 5, 9)
    assert (9, b"2,5,9,") == recent.after(0, 100)
    assert (9, b"5,9,") == recent.after(2, 100)
    assert (5, b"5,") == recent.after(3, 2)
    assert (5, b"5,") == recent.after(3, 1)
    assert (9, b"") == recent.after(9, 100)


def test_what_is_too_much_goes_and_the_start_moves_on() -> None:
    recent = _with(*range(1, 10), most=8)
    assert 0 < recent.start < 9
    last, told = recent.after(recent.start, 100)
    assert 9 == last
    assert told == b"".join(b"%d," % seq for seq in range(recent.start + 1, 10))
    recent.add(10, 100 * b"x")
    assert (10, 100 * b"x") == recent.after(recent.start, 1)


def test_what_was_looked_up_is_put_before_if_there_is_room() -> None:
    recent = Recent("geral", 5, 10)
    recent.followers = 1
    recent.add(7, b"7,")
    recent.put_before(2, [(3, b"3,"), (5, b"5,")])
    assert (2, (7, b"3,5,7,")) == (recent.start, recent.after(2, 100))
    recent.put_before(1, [(2, 10 * b"x")])
    recent.put_before(3, [(4, b"4,")])
    assert (2, (7, b"3,5,7,")) == (recent.start, recent.after(2, 100))


def test_whoever_waits_hears_of_news_and_of_the_end() -> None:
    async def run() -> list[str | None]:
        recent = _with()
        told = []
        for is_last in (False, True):
            waiting = [asyncio.create_task(recent.change()) for _ in range(3)]
            await asyncio.sleep(0)
            if is_last:
                recent.end("kicked")
            else:
                recent.add(1, b"1")
            await asyncio.gather(*waiting)
            told.append(recent.why_ended)
        return told

    assert [None, "kicked"] == asyncio.run(run())


def test_nothing_is_held_while_nobody_follows() -> None:
    recent = _with(2, 5)
    recent.followers = 0
    recent.add(7, b"7,")
    assert (7, (7, b"")) == (recent.start, recent.after(7, 100))
    recent.followers = 1
    recent.add(8, b"8,")
    assert (8, b"8,") == recent.after(7, 100)
