"""The ledger counts as a slow and obvious one does, whatever comes, and in whatever pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effort import LONG

from chatsimples.loadtest.checking.ledger import Ledger
from chatsimples.loadtest.wire.texts import NUMBERS, text

Text = tuple[bytes, int, int]
"""Sender, number without modulo, and when it was due."""

NAMES = (b"00", b"01", b"zy")


def head(said: Text) -> bytes:
    return text(*said, size=16)


def heads(said: Sequence[Text]) -> list[bytes]:
    return [head(each) for each in said]


class Obvious:
    """Knows the numbers themselves, and each that it has seen."""

    def __init__(self, begin: dict[bytes, int]) -> None:
        self.expected = dict(begin)
        self.missing: set[tuple[bytes, int]] = set()
        self.duplicated = self.reordered = 0

    def take(self, said: Sequence[Text]) -> None:
        for sender, number, _ in said:
            expected = self.expected.setdefault(sender, 0)
            if number >= expected:
                self.missing |= {(sender, between) for between in range(expected, number)}
                self.expected[sender] = number + 1
            elif (sender, number) in self.missing:
                self.missing.remove((sender, number))
                self.reordered += 1
            else:
                self.duplicated += 1

    @property
    def counts(self) -> tuple[int, int, int]:
        return len(self.missing), self.duplicated, self.reordered


def counts(ledger: Ledger) -> tuple[int, int, int]:
    return ledger.lost, ledger.duplicated, ledger.reordered


BEGINNINGS = st.sampled_from([0, 1, NUMBERS - 3, NUMBERS - 1, NUMBERS, 5 * NUMBERS - 20, 7 * NUMBERS + 12])


@st.composite
def clean_loads(draw: st.DrawFn) -> tuple[dict[bytes, int], list[Text]]:
    """Draw what several senders say, in pieces that are woven into each other, and where each begins."""
    begin = {name: draw(BEGINNINGS) for name in draw(st.permutations(NAMES))[: draw(st.integers(1, 3))]}
    following = dict(begin)
    said: list[Text] = []
    due = draw(st.integers(0, 999_999_999))
    for _ in range(draw(st.integers(0, 12))):
        sender = draw(st.sampled_from(sorted(begin)))
        count = draw(st.integers(1, 9))
        due += draw(st.integers(0, 1))
        said += [(sender, following[sender] + each, due) for each in range(count)]
        following[sender] += count
    return begin, said


@st.composite
def faulty_loads(draw: st.DrawFn) -> tuple[dict[bytes, int], list[Text], list[Text]]:
    """Draw a clean load, and what arrives of it: some lost, doubled, moved."""
    begin, said = draw(clean_loads())
    came = list(said)
    for _ in range(draw(st.integers(0, 6))):
        if not came:
            break
        at = draw(st.integers(0, len(came) - 1))
        match draw(st.sampled_from(["lose", "double", "swap", "move", "again"])):
            case "lose":
                del came[at : at + draw(st.integers(1, 4))]
            case "double":
                came.insert(at, came[at])
            case "swap" if at + 1 < len(came):
                came[at], came[at + 1] = came[at + 1], came[at]
            case "move":
                came.insert(draw(st.integers(0, len(came) - 1)), came.pop(at))
            case "again":
                came += came[at : at + 3]
    return begin, said, came


def in_pieces(data: st.DataObject, said: Sequence[Text]) -> list[list[Text]]:
    cuts = data.draw(st.lists(st.integers(0, len(said)), max_size=5).map(sorted), "cuts")
    return [list(said[one:two]) for one, two in zip([0, *cuts], [*cuts, len(said)], strict=True)]


def sent_of(begin: dict[bytes, int], said: Sequence[Text]) -> dict[bytes, int]:
    more = Counter(sender for sender, _, _ in said)
    return {sender: number + more[sender] for sender, number in begin.items()}


@given(clean_loads(), st.data())
def test_a_clean_load_is_never_blamed(load: tuple[dict[bytes, int], list[Text]], data: st.DataObject) -> None:
    begin, said = load
    ledger = Ledger(begin)
    for piece in in_pieces(data, said):
        ledger.take(heads(piece))
    ledger.miss(sent_of(begin, said))
    assert (0, 0, 0) == counts(ledger)
    assert (0, 0, "") == (ledger.faults, ledger.departures, ledger.first_fault)
    assert sent_of(begin, said) == ledger.received


@given(faulty_loads(), st.data())
def test_what_comes_otherwise_is_counted_as_it_is(
    load: tuple[dict[bytes, int], list[Text], list[Text]], data: st.DataObject
) -> None:
    begin, said, came = load
    ledger, obvious = Ledger(begin), Obvious(begin)
    for piece in in_pieces(data, came):
        ledger.take(heads(piece))
        obvious.take(piece)
        assert obvious.counts == counts(ledger)
    sent = sent_of(begin, said)
    ledger.miss(sent)
    obvious.missing |= {
        (sender, number) for sender in sent for number in range(obvious.expected[sender], sent[sender])
    }
    assert obvious.counts == counts(ledger)
    per_sender = all(
        [each for each in said if each[0] == name] == [each for each in came if each[0] == name]
        for name in begin
    )
    assert per_sender == (not ledger.faults) == (not ledger.first_fault)


@given(faulty_loads(), st.data())
def test_every_text_is_timed_by_when_it_was_due(
    load: tuple[dict[bytes, int], list[Text], list[Text]], data: st.DataObject
) -> None:
    ledger = Ledger(load[0])
    for piece in in_pieces(data, load[2]):
        timed: Counter[int] = Counter()
        for due, texts in ledger.take(heads(piece)):
            timed[due] += texts
        assert Counter(due % 1_000_000_000 for _, _, due in piece) == timed


def test_a_swapped_pair_is_one_reordered_and_nothing_else() -> None:
    ledger = Ledger()
    ledger.take(heads([(b"00", number, 5) for number in (0, 1, 3, 2, 4)]))
    assert (0, 0, 1) == counts(ledger)
    assert "sender 00: 3 came where 2 was due" == ledger.first_fault


def test_a_swap_is_known_across_the_wrap_of_the_numbers() -> None:
    ledger = Ledger({b"00": NUMBERS - 1})
    ledger.take(heads([(b"00", number, 5) for number in (NUMBERS, NUMBERS - 1, NUMBERS + 1)]))
    assert (0, 0, 1) == counts(ledger)


LOSSES = [1, NUMBERS // 2, NUMBERS, 250_000]
if LONG:
    LOSSES += [NUMBERS // 2 - 1, 60_000, NUMBERS - 1, NUMBERS + 1]


@pytest.mark.parametrize("lost", LOSSES)
def test_a_loss_of_any_length_is_a_loss(lost: int) -> None:
    ledger = Ledger()
    ledger.take(heads([(b"00", 0, 5)]))
    for begin in range(1 + lost, 1 + lost + 3 * NUMBERS, NUMBERS // 2):
        ledger.take(heads([(b"00", number, 5) for number in range(begin, begin + NUMBERS // 2)]))
    ledger.miss({b"00": 1 + lost + 3 * NUMBERS})
    assert lost <= ledger.lost
    assert ledger.first_fault


def test_more_texts_than_there_are_numbers_are_one_clean_run() -> None:
    ledger = Ledger()
    dues = ledger.take(heads([(b"00", number, 5) for number in range(2 * NUMBERS + 17)]))
    assert {b"00": 2 * NUMBERS + 17} == ledger.received
    assert 2 * NUMBERS + 17 == sum(texts for _, texts in dues)
    assert 0 == ledger.departures


@given(clean_loads(), st.integers(0, 60))
def test_a_ledger_that_begins_midway_takes_the_first_text_as_it_comes(
    load: tuple[dict[bytes, int], list[Text]], skipped: int
) -> None:
    ledger = Ledger(midway=True)
    ledger.take(heads(load[1][skipped:]))
    assert (0, 0, 0) == counts(ledger)
    ledger.miss({b"never": 12})
    assert (0, 0, 0) == counts(ledger)


def test_a_ledger_that_begins_midway_counts_from_there() -> None:
    ledger = Ledger(midway=True)
    ledger.take(heads([(b"00", number, 5) for number in (812, 813, 815, 815, 816)]))
    assert (1, 1, 0) == counts(ledger)


def test_what_never_came_is_missed_once() -> None:
    ledger = Ledger()
    ledger.take(heads([(b"00", 0, 5)]))
    ledger.miss({b"00": 3, b"01": 2})
    ledger.miss({b"00": 3, b"01": 2})
    assert (4, 0, 0) == counts(ledger)
    ledger.miss({b"00": 4, b"01": 2})
    assert (5, 0, 0) == counts(ledger)


def test_what_comes_before_a_senders_first_text_came_again() -> None:
    ledger = Ledger()
    ledger.take(heads([(b"00", NUMBERS - 1, 5)]))
    assert (0, 1, 0) == counts(ledger)


@given(faulty_loads(), st.data())
def test_a_ledger_can_go_back_to_any_text(
    load: tuple[dict[bytes, int], list[Text], list[Text]], data: st.DataObject
) -> None:
    begin, _, came = load
    ledger = Ledger(begin, rewinds=True)
    settled = taken = 0
    for piece in in_pieces(data, came):
        ledger.take(heads(piece))
        taken += len(piece)
        until = data.draw(st.integers(settled, taken), "settled")
        ledger.settle(heads(came[settled:until]), taken - until)
        settled = until
        at = data.draw(st.integers(settled, taken), "back to")
        then = Ledger(begin)
        then.take(heads(came[:at]))
        back = ledger.before(heads(came[settled:taken]), taken - at)
        assert counts(then) == counts(back)
        assert (at, then.departures) == (back.taken, back.departures)
        assert {**begin, **then.received} == {**begin, **back.received}
        # It goes on from there as if it had never known what came after.
        then.take(heads(came[at:]))
        back.take(heads(came[at:]))
        assert counts(then) == counts(back)


def test_texts_that_were_due_together_are_told_together() -> None:
    said = [(b"00", number, number // 4) for number in range(10)]
    expected = [(due, len(list(texts))) for due, texts in groupby(each[2] for each in said)]
    assert expected == Ledger().take(heads(said))


def test_who_has_nothing_to_say_here_is_a_stranger() -> None:
    ledger = Ledger()
    ledger.take([b"00" + b"%05d" % number + b"000000000" for number in range(3)])
    assert 0 == ledger.strangers({b"00": 3})
    assert "" == ledger.first_fault
    assert 3 == ledger.strangers({b"01": 3})
    assert "another room" in ledger.first_fault


def test_only_what_was_sent_has_come() -> None:
    ledger = Ledger({b"00": 5, b"01": 7})
    assert 3 + 0 == ledger.come({b"00": 3, b"02": 9})
    assert 5 == ledger.come({b"00": 9})
