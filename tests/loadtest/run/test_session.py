"""What a load test finds at servers that are right, and at servers that do one thing wrong."""

from __future__ import annotations

import pytest
from loadtest.faulty import HARMLESS, faulty
from loadtest.loads import (
    CLOSED,
    PATIENT,
    SENT,
    STEADY,
    Case,
    Outcome,
    measure,
    measure_faults,
)
from support.effort import LONG
from support.server import Server

from chatsimples.errors import LoadTestError
from chatsimples.loadtest.run.shape import Load, Patience

SERVER_OPTIONS = ("--message-rate", "0", "--connections-per-address", "0")
FOUND = {
    "lose for one": {"lost": 1},
    "lose for all": {"lost": 3},
    "lose the last for one": {"lost": 1},
    "lose the last for all": {"lost": 3},
    "double for one": {"duplicated": 1},
    "double for all": {"duplicated": 3},
    "swap for one": {"reordered": 1},
    "swap for all": {"reordered": 3},
    "flip a filler for one": {"lost": 1, "damaged": 1},
    "foreign line for one": {"damaged": 1},
    "cut in a line": {"lost": SENT - 39, "ended": 1},
    "cut between lines": {"lost": SENT - 40, "ended": 1},
    "starve one": {"lost": SENT - 39},
    "starve all": {"lost": 3 * (SENT - 39)},
    "deaf": {"lost": 3 * (SENT - 40)},
}
"""What is to be found at a fault, of three readers together."""

UNNAMED = ("flip a number for one", "flip a filler for all", "repeat for ever")
"""Faults of which it is not fixed what they count as."""

FAULTS = [*FOUND][:: 1 if LONG else 2]
"""Those that are tried: in the suite every second, mostly those of one reader; in the long form each."""

IN_JSON = ("double for one", "lose for one", "swap for all", "flip a filler for one")[:: 1 if LONG else 2]

GIVEN_UP = {
    "mute": "a sender could not go on: 1 senders were not in their rooms in time",
    "errors": "a sender could not go on: 1 senders were not in their rooms in time",
    "close on connect": "a sender could not go on: the server ended its connection",
    "swallow everything": "some readers do not hear what is said in their room",
    "forget the last mark": "some readers do not hear what is said in their room",
    "reset senders": "a sender could not go on: the server ended its connection",
}

RIGHT = [*((each, "text") for each in HARMLESS if each != "pings"), ("noise", "json"), ("pings", "json")]

HASTY = Patience(join=60.0, marks=60.0, still=4.0, silence=60.0)
"""With a server that goes on after its fault without something that is waited for."""

UNANSWERED = Patience(join=8.0, marks=1.0, still=4.0, silence=60.0)
"""With a server that never answers."""

UNHEARD = Patience(join=60.0, marks=1.0, still=4.0, silence=60.0)
"""With a server that lets everybody in and does not deliver."""

PATIENCE = {
    **dict.fromkeys((*FOUND, *UNNAMED), HASTY),
    **dict.fromkeys(GIVEN_UP, PATIENT),
    **dict.fromkeys(("mute", "errors"), UNANSWERED),
    **dict.fromkeys(("swallow everything", "forget the last mark"), UNHEARD),
}
"""How long is waited for what does not come. What comes is waited for as long as it takes."""

Found = dict[Case, Outcome | LoadTestError]


@pytest.fixture(scope="module")
def found() -> Found:
    """Give what comes out at each of the servers that do something wrong, and at those that do not."""
    text = [(each, "text") for each in (*FAULTS, *UNNAMED, *GIVEN_UP)]
    cases = [*RIGHT, *text, *((each, "json") for each in IN_JSON)]
    # Those that are never answered come last: by then all others have begun.
    cases.sort(key=lambda case: PATIENCE.get(case[0]) is UNANSWERED)
    return measure_faults([(case, PATIENCE.get(case[0], PATIENT)) for case in cases])


def outcome_of(found: Found, fault: str, protocol: str = "text") -> Outcome:
    outcome = found[fault, protocol]
    assert isinstance(outcome, Outcome), outcome
    return outcome


@pytest.mark.parametrize(("harmless", "protocol"), RIGHT)
def test_a_server_that_is_right_is_never_blamed(found: Found, harmless: str, protocol: str) -> None:
    outcome = outcome_of(found, harmless, protocol)
    assert {} == outcome.faults
    assert "" == outcome.checks.first
    assert 3 * SENT == outcome.checks.expected == outcome.checks.exact
    assert SENT == outcome.phases[0].sent
    assert 3 * SENT == outcome.phases[0].latency.count


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_only_who_had_it_is_blamed(found: Found, fault: str) -> None:
    outcome, faults = outcome_of(found, fault), FOUND[fault]
    assert faults == outcome.faults
    assert outcome.checks.first
    assert not outcome.checks.ok
    wrong = faults.get("lost", 0) + faults.get("reordered", 0)
    assert 3 * SENT == outcome.checks.expected
    assert 3 * SENT - wrong == outcome.checks.exact


@pytest.mark.parametrize("fault", ["flip a number for one", "flip a filler for all"])
def test_a_flipped_byte_is_found(found: Found, fault: str) -> None:
    outcome = outcome_of(found, fault)
    assert outcome.faults
    assert outcome.checks.exact < outcome.checks.expected


@pytest.mark.parametrize("fault", IN_JSON)
def test_faults_in_json_lines_are_found_too(found: Found, fault: str) -> None:
    assert FOUND[fault] == outcome_of(found, fault, "json").faults


def test_a_server_that_repeats_itself_for_ever_is_not_listened_to_for_ever(found: Found) -> None:
    assert 0 < outcome_of(found, "repeat for ever").faults["duplicated"]


@pytest.mark.parametrize("fault", GIVEN_UP)
def test_a_server_with_which_nothing_goes_is_told_so(found: Found, fault: str) -> None:
    error = found[fault, "text"]
    assert isinstance(error, LoadTestError)
    assert str(error).startswith(GIVEN_UP[fault])


def test_a_server_that_takes_and_delivers_nothing_has_achieved_little_and_not_much() -> None:
    with faulty("deaf") as server:
        outcome = measure(server.port, CLOSED, size=400, patience=HASTY)
    assert outcome.checks.lost
    phase = outcome.phases[0]
    # It delivered 40 at once, and then nothing for the rest of the time.
    assert 40 == pytest.approx(phase.achieved * phase.seconds)
    assert CLOSED.seconds <= phase.seconds


def test_a_closed_loop_goes_on_without_a_reader_whose_connection_has_ended() -> None:
    for seconds in (0.3, 1.0, 10.0):
        with faulty("cut between lines") as server:
            outcome = measure(server.port, Load(rate=0, window=64, seconds=seconds), patience=HASTY)
        assert 1 == outcome.checks.ended
        # Of the first window, readers have 40 and then one is gone; a load that stood still would end there,
        # however long it lasted. One that goes on does not come further in a moment if the machine is busy.
        if outcome.phases[0].sent > 2 * 64:
            return
    pytest.fail("it stood still")


@pytest.mark.parametrize("load", [STEADY, CLOSED])
@pytest.mark.parametrize("protocol", ["text", "json"])
def test_all_is_counted_once_over_rooms_senders_and_processes(
    server: Server, protocol: str, load: Load
) -> None:
    outcome = measure(
        server.port, load, protocol=protocol, clients=7, senders=5, rooms=3, processes=2, tag="-all"
    )
    phase = outcome.phases[0]
    assert {} == outcome.faults
    assert outcome.checks.expected == outcome.checks.exact == phase.latency.count > 0
    # Of the rooms, one has three readers, the others two.
    assert 2 * phase.sent <= outcome.checks.expected <= 3 * phase.sent
    assert 7 == outcome.connecting.connections == phase.connections
    assert phase.sent == pytest.approx(phase.achieved * phase.seconds)
    assert {"senders", "readers"} == {each.name for each in phase.generator.processes}


@pytest.mark.parametrize("size", [16, 4_096])
def test_texts_of_any_size_are_carried(server: Server, size: int) -> None:
    outcome = measure(server.port, CLOSED, size=size, tag=f"-{size}")
    assert {} == outcome.faults
    phase = outcome.phases[0]
    assert phase.deliveries * size < phase.bytes < phase.deliveries * (size + 40)


def test_phases_follow_each_other_and_are_checked_together(server: Server) -> None:
    outcome = measure(server.port, STEADY, CLOSED, STEADY, tag="-phases", processes=2)
    assert {} == outcome.faults
    assert [SENT, SENT] == [outcome.phases[0].sent, outcome.phases[2].sent]
    assert 3 * sum(phase.sent for phase in outcome.phases) == outcome.checks.expected
    assert [3 * phase.sent for phase in outcome.phases] == [phase.latency.count for phase in outcome.phases]


def test_moments_add_up_and_are_shown_as_they_come(server: Server) -> None:
    long = Load(rate=100, window=0, seconds=2.2)
    outcome = measure(server.port, long, tag="-moments")
    moments = outcome.phases[0].moments
    lives = [(live.moment.at, live.moment.delivered) for live in outcome.lives]
    # A short last stretch belongs to the moment before, which was shown without it.
    assert [(each.at, each.delivered) for each in moments[:-1]] == lives[: len(moments) - 1]
    assert len(moments) >= 2
    ends = [0.0, *(each.at for each in moments)]
    delivered = sum(
        moment.delivered * (end - begin)
        for moment, begin, end in zip(moments, ends[:-1], ends[1:], strict=True)
    )
    assert 3 * 220 == pytest.approx(delivered)
    assert 0.0 <= outcome.lives[-1].left <= outcome.lives[0].left <= 1.3


def test_texts_that_were_cut_short_are_none_of_those_sent() -> None:
    with faulty("cut short for all") as server:
        outcome = measure(server.port, STEADY, size=100, patience=HASTY)
    assert 3 * 120 == outcome.checks.lost
    assert outcome.checks.damaged
    assert 0 == outcome.checks.exact


def test_what_was_said_in_another_room_does_not_belong_here() -> None:
    with faulty("tell every room") as server:
        outcome = measure(server.port, Load(rate=400, window=0, seconds=0.3), clients=4, rooms=2)
    # Each of four readers got the 60 texts of the other room, too.
    assert {"damaged": 4 * 60} == outcome.faults
    assert "another room" in outcome.checks.first
