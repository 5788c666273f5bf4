"""Commands keep their order until they are answered, and no more are in flight than the window allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.outbox import Outbox


def outbox(count: int, window: int = 2, kind: str = "message") -> Outbox:
    made = Outbox(window)
    for number in range(count):
        made.add(Command(kind, f"{number}", text="x" * number))
    return made


def ids(commands: object) -> list[str]:
    return [command.id for command in commands]  # type: ignore[attr-defined] # any iterable of commands


def test_as_many_are_sent_as_the_window_allows() -> None:
    made = outbox(5)
    assert ["0", "1"] == ids(made.send_waiting())
    assert [] == ids(made.send_waiting())
    assert (5, ["0", "1"]) == (len(made), ids(made.in_flight))
    assert ["0", "1", "2", "3", "4"] == ids(made)


def test_an_answer_makes_room_for_the_next() -> None:
    made = outbox(4)
    ids(made.send_waiting())
    answered = made.answered("1")
    assert answered is not None
    assert "1" == answered.id
    assert ["2"] == ids(made.send_waiting())
    assert ["0", "2", "3"] == ids(made)


def test_only_a_command_in_flight_is_answered() -> None:
    made = outbox(3)
    ids(made.send_waiting())
    assert (True, False) == ("0" in made, "2" in made)
    assert [None, None, None] == [made.answered(each) for each in ("2", "none", "")]
    assert 3 == len(made)


def test_the_oldest_of_a_type_and_the_longest_can_be_found() -> None:
    made = outbox(2)
    made.add(Command("who", "w", room="geral"))
    assert ("", "") == (made.oldest("message"), made.longest())
    ids(made.send_waiting())
    assert ("0", "", "1") == (made.oldest("message"), made.oldest("who"), made.longest())


@given(st.lists(st.sampled_from(["add", "send", "answer"]), max_size=60), st.integers(1, 5))
def test_commands_are_sent_in_the_order_in_which_they_were_given(calls: list[str], window: int) -> None:
    made = Outbox(window)
    given_ids: list[str] = []
    sent: list[str] = []
    for call in calls:
        if call == "add":
            given_ids.append(f"{len(given_ids)}")
            made.add(Command("message", given_ids[-1]))
        elif call == "send":
            sent += ids(made.send_waiting())
        elif made.in_flight:
            made.answered(made.in_flight[0].id)
        assert len(made.in_flight) <= window
    assert given_ids[: len(sent)] == sent
