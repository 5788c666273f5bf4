"""What is played when, and what keys do to it: with a clock that a test turns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.playing import at, chat, record_chat, said

from chatsimples.chat.records import Record, microseconds
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.play.player import BETWEEN_ROUNDS, LINES_AT_ONCE, TICK, Player
from chatsimples.replay.play.program import perform
from chatsimples.replay.play.seeking import Tape
from chatsimples.replay.recording.selection import selection


class Theatre:
    """A stage, and a screen, whose clock goes on only when somebody waits.

    Args:
        late: seconds that each wait takes too long.
    """

    rows = 5

    def __init__(self, late=0.0):
        self.now = 1000.0
        self.late = late
        self.waits = 0
        self.shown = []
        self.told = []
        self.drawn = []

    def records(self, records):
        self.shown += [(self.now - 1000.0, record.seq) for record in records]
        self.told += [record.seq for record in records]

    def went_back(self, at):
        self.told.append(("back", at))

    def went_on(self, at, skipped):
        self.told.append(("on", at, skipped))

    def again(self):
        self.told.append("again")

    def keys(self):
        self.told.append("keys")

    def draw(self, progress):
        self.drawn.append(progress)

    def wait(self, seconds):
        """Nobody presses a key; where only a key would help, q is pressed."""
        self.waits += 1
        if seconds is None:
            return ["quit"]
        self.now += seconds + (self.late if seconds else 0)
        return []


def player_of(folder, theatre, chosen=None, **options):
    tape = Tape(folder, chosen or selection("", "", "", "", str))
    return Player(tape, theatre, clock=lambda: theatre.now, **options)


def play_all(folder, late=0.0, **options):
    theatre = Theatre(late)
    perform(player_of(folder, theatre, **options), theatre, theatre.wait)
    return theatre


def settle(player):
    """Let everything happen that needs no time."""
    while player.advance() == 0.0 and not player.over:
        pass


def moment(seconds):
    return microseconds(at(seconds))


@given(
    st.lists(st.integers(0, 2_000_000), min_size=1, max_size=30),
    st.floats(0, 0.4),
    st.sampled_from([0.5, 1, 3]),
)
@settings(max_examples=40, deadline=None)
def test_the_rhythm_is_kept_however_late_each_wait_ends(tmp_path_factory, gaps, late, speed):
    moments = [sum(gaps[: number + 1]) / 1e6 for number in range(len(gaps))]
    folder = record_chat(tmp_path_factory.mktemp("rhythm") / "chat", chat(moments))
    theatre = play_all(folder, late, speed=speed)
    assert list(range(1, len(moments) + 1)) == [seq for _, seq in theatre.shown]
    for (shown, _), expected in zip(theatre.shown, moments, strict=True):
        due = (expected - moments[0]) / speed
        # Late by one wait at most, be it the first record or the last.
        assert due - 1e-5 <= shown <= due + late + 1e-5


def test_nothing_is_done_without_need(tmp_path):
    theatre = play_all(record_chat(tmp_path / "chat", chat([0, 10])))
    assert theatre.waits <= 10 / TICK + 5


def test_silences_are_cut(tmp_path):
    theatre = play_all(record_chat(tmp_path / "chat", chat([0, 1, 3600, 3601])), max_idle=2.0)
    assert [(0, 1), (1, 2), (3, 3), (4, 4)] == [(round(when, 6), seq) for when, seq in theatre.shown]


def test_keys_are_looked_at_however_much_is_due_at_once(tmp_path):
    folder = record_chat(tmp_path / "chat", chat([0] * (3 * LINES_AT_ONCE)))
    theatre = Theatre()
    player = player_of(folder, theatre)
    assert 0.0 == player.advance()
    assert LINES_AT_ONCE == len(theatre.shown)
    player.act("quit")
    perform(player, theatre, theatre.wait)
    assert LINES_AT_ONCE == len(theatre.shown)


def test_keys_are_looked_at_while_what_is_wanted_is_still_searched(tmp_path):
    records = [said(seq, seq, "x" * 1000) for seq in range(1, 1001)]
    records[-1] = said(1001, 1001, "here", "rui")
    theatre = Theatre()
    player = player_of(record_chat(tmp_path / "chat", records), theatre, selection("", "", "", "rui", str))
    turns = 0
    while not theatre.shown:
        assert 0.0 == player.advance()
        turns += 1
    assert turns > 2
    assert [1001] == theatre.told


class TestKeys:
    @pytest.fixture
    def theatre(self):
        return Theatre()

    @pytest.fixture
    def player(self, tmp_path, theatre):
        folder = record_chat(tmp_path / "chat", chat([0, 1, 2, 30, 31, 200, 200.5, 201, 4000, 4001]))
        made = player_of(folder, theatre)
        settle(made)
        return made

    def test_pause_and_go_on(self, player, theatre):
        theatre.now += 0.4
        player.act("pause")
        settle(player)
        assert None is player.advance()
        assert player.progress.paused
        theatre.now += 1000
        player.act("pause")
        assert pytest.approx(min(TICK, 0.6)) == player.advance()
        theatre.now += 0.6
        settle(player)
        assert [1, 2] == theatre.told

    def test_a_step_pauses_first_and_then_shows_one_record_each(self, player, theatre):
        player.act("step")
        settle(player)
        assert ([1], True) == (theatre.told, player.progress.paused)
        for expected in ([1, 2], [1, 2, 3], [1, 2, 3, 4]):
            player.act("step")
            settle(player)
            assert expected == theatre.told
        assert (4, moment(30)) == (player.progress.seq, player.progress.at)
        # The silence after it is as long as it was.
        player.act("pause")
        theatre.now += 0.99
        settle(player)
        assert [1, 2, 3, 4] == theatre.told
        theatre.now += 0.02
        settle(player)
        assert [1, 2, 3, 4, 5] == theatre.told

    def test_faster_and_slower(self, player, theatre):
        theatre.now += 0.5
        player.act("faster")
        player.act("faster")
        assert 4.0 == player.progress.speed
        assert pytest.approx(0.125) == player.advance()
        for _ in range(4):
            player.act("slower")
        assert 0.25 == player.progress.speed
        theatre.now += 1.9
        settle(player)
        assert [1] == theatre.told
        theatre.now += 0.2
        settle(player)
        assert [1, 2] == theatre.told

    def test_back_shows_again_what_was_and_at_least_a_record(self, player, theatre):
        for _ in range(3):
            theatre.now += 1
            settle(player)
        theatre.now += 26
        settle(player)
        player.act("back")
        settle(player)
        assert [1, 2, 3, ("back", moment(2)), 3] == theatre.told
        player.act("back")
        settle(player)
        # Ten seconds before the beginning is the beginning.
        assert [("back", moment(0)), 1] == theatre.told[5:]
        player.act("back")
        settle(player)
        assert [("back", moment(0)), 1] == theatre.told[7:]

    def test_what_follows_a_jump_back_into_a_silence_waits_for_its_time(self, player, theatre):
        player.act("pause")
        player.act("end")
        settle(player)
        player.act("far back")
        player.act("pause")
        settle(player)
        at_end = len(theatre.told)
        assert ("back", moment(3941)) == theatre.told[-1]
        theatre.now += 58.9
        settle(player)
        assert at_end == len(theatre.told)
        theatre.now += 0.2
        settle(player)
        assert 9 == theatre.told[-1]

    def test_on_leaves_nothing_out_that_fits_the_screen(self, player, theatre):
        player.act("on")
        settle(player)
        assert [1, 2, 3] == theatre.told
        # Nothing within ten seconds: the next record then, which is shown at once.
        player.act("on")
        settle(player)
        assert [1, 2, 3, 4] == theatre.told

    def test_a_jump_over_more_than_fits_tells_how_many_are_left_out(self, player, theatre):
        player.act("end")
        settle(player)
        assert [1, ("on", moment(4001), 4), 6, 7, 8, 9, 10] == theatre.told
        assert (True, 10, moment(4001)) == (
            player.progress.paused, player.progress.seq, player.progress.at
        )  # fmt: skip

    def test_the_end_pauses_there_and_going_on_from_there_ends(self, player, theatre):
        player.act("end")
        settle(player)
        player.act("end")
        player.act("on")
        player.act("step")
        settle(player)
        assert not player.over
        player.act("pause")
        settle(player)
        assert player.over

    def test_the_beginning(self, player, theatre):
        player.act("end")
        player.act("begin")
        player.act("step")
        settle(player)
        assert [("back", moment(0)), 1] == theatre.told[-2:]

    def test_one_can_go_everywhere_from_everywhere(self, player, theatre):
        for act in ("far on", "back", "far on", "on", "far back", "on", "end", "back", "begin", "far on") * 3:
            player.act(act)
            settle(player)
            assert 0 <= player.progress.seq <= 10
            assert moment(0) <= player.progress.at <= moment(4001)

    def test_the_keys_are_shown_when_asked_for(self, player, theatre):
        player.act("keys")
        assert [1, "keys"] == theatre.told

    def test_time_in_which_the_process_was_stopped_does_not_count(self, player, theatre):
        theatre.now += 0.4
        settle(player)
        theatre.now += 5000
        player.act("continued")
        settle(player)
        assert [1] == theatre.told
        theatre.now += 0.61
        settle(player)
        assert [1, 2] == theatre.told

    def test_the_time_moves_between_records(self, player, theatre):
        theatre.now += 0.25
        assert moment(0.25) == player.progress.at


def test_a_jump_in_what_is_filtered_does_not_count_what_is_left_out(tmp_path):
    records = [said(seq, seq, "x", "ana" if seq % 2 else "bia") for seq in range(1, 100)]
    theatre = Theatre()
    player = player_of(record_chat(tmp_path / "chat", records), theatre, selection("", "", "", "bia", str))
    settle(player)
    player.act("end")
    assert [2, ("on", moment(99), 0), 90, 92, 94, 96, 98] == theatre.told


def test_in_a_loop_it_begins_again_after_a_moment(tmp_path):
    folder = record_chat(tmp_path / "chat", chat([0, 0.5]))
    theatre = Theatre()
    player = player_of(folder, theatre, loop=True)

    def wait(seconds):
        theatre.wait(seconds)
        return ["quit"] if theatre.told.count("again") == 3 else []

    perform(player, theatre, wait)
    assert [1, 2, "again", 1, 2, "again", 1, 2, "again"] == theatre.told[:9]
    assert [0, 0.5, 1.5, 2, 3, 3.5] == [round(when, 6) for when, _ in theatre.shown[:6]]
    assert 1 == BETWEEN_ROUNDS


def test_a_loop_over_nothing_ends(tmp_path):
    folder = record_chat(tmp_path / "chat", chat([0, 0.5]))
    theatre = Theatre()
    perform(
        player_of(folder, theatre, selection("", "", "", "nobody", str), loop=True), theatre, theatre.wait
    )
    assert [] == theatre.told


def test_a_clock_that_was_set_back_stops_nothing(tmp_path):
    folder = record_chat(tmp_path / "chat", chat([100, 101, 3, 4, 102, 103]))
    assert [1, 2, 3, 4, 5, 6] == play_all(folder).told
    theatre = Theatre()
    player = player_of(folder, theatre)
    player.act("pause")
    settle(player)
    for act in ("on", "far on", "back", "step", "far back", "on", "step", "begin", "end", "back", "step") * 3:
        player.act(act)
        settle(player)
        assert 0 <= player.progress.seq <= 6


@pytest.mark.parametrize(
    "when", ["", "\x1b[2J", "1969-12-31T23:59:59.000000Z", "9999-12-31T23:59:59.999999Z"]
)
def test_what_is_no_time_is_told_with_its_place(tmp_path, when):
    records = [said(1, 0, "a"), Record(2, when, "message", 1, "ana", room="geral", text="b"), said(3, 2, "c")]
    theatre = Theatre()
    player = player_of(record_chat(tmp_path / "chat", records), theatre)
    with pytest.raises(ChatSimplesError, match=r"record 2: .* is no time") as caught:
        perform(player, theatre, theatre.wait)
    assert str(caught.value).isprintable()
