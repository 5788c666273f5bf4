"""What is played when, and what keys change in it: with a clock that a test moves on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.playing import at, chat, record_chat, said
from support.effort import examples

from chatsimples.chat.records import Record, microseconds
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.play.excerpt import Excerpt
from chatsimples.replay.play.player import (
    BETWEEN_ROUNDS,
    LINES_AT_ONCE,
    TICK,
    PlaybackState,
    Player,
    PlayerAction,
)
from chatsimples.replay.play.program import run_player
from chatsimples.replay.recording.selection import Selection, selection


class FakeView:
    """A view whose clock goes on only when somebody waits.

    Args:
        late: seconds that each wait takes too long.
    """

    def __init__(self, late: float = 0.0) -> None:
        self.rows = 5
        self.now = 1000.0
        self.late = late
        self.waits = 0
        self.shown: list[tuple[float, int]] = []
        self.told: list[object] = []
        self.drawn: list[PlaybackState] = []

    def show_records(self, records: list[Record]) -> None:
        self.shown += [(self.now - 1000.0, record.seq) for record in records]
        self.told += [record.seq for record in records]

    def show_jump_back(self, at: int) -> None:
        self.told.append(("back", at))

    def show_jump_on(self, at: int, skipped: int) -> None:
        self.told.append(("on", at, skipped))

    def show_restart(self) -> None:
        self.told.append("again")

    def show_keys(self) -> None:
        self.told.append("keys")

    def wait(self, seconds: float | None) -> list[PlayerAction]:
        """Nobody presses a key; where only a key would help, q is pressed."""
        self.waits += 1
        if seconds is None:
            return ["quit"]
        self.now += seconds + (self.late if seconds else 0)
        return []


def player_of(
    folder: Path,
    view: FakeView,
    chosen: Selection | None = None,
    *,
    speed: float = 1.0,
    max_idle: float = 0.0,
    loop: bool = False,
) -> Player:
    excerpt = Excerpt(folder, chosen or selection("", "", "", "", str))
    return Player(excerpt, view, clock=lambda: view.now, speed=speed, max_idle=max_idle, loop=loop)


def run(player: Player, view: FakeView) -> None:
    run_player(player, view.drawn.append, view.wait)


def play_all(folder: Path, late: float = 0.0, *, speed: float = 1.0, max_idle: float = 0.0) -> FakeView:
    view = FakeView(late)
    run(player_of(folder, view, speed=speed, max_idle=max_idle), view)
    return view


def settle(player: Player) -> None:
    """Let everything happen that needs no time."""
    while player.advance() == 0.0 and not player.over:
        pass


def moment(seconds: float) -> int:
    return microseconds(at(seconds))


@given(
    st.lists(st.integers(0, 2_000_000), min_size=1, max_size=30),
    st.floats(0, 0.4),
    st.sampled_from([0.5, 1, 3]),
)
@settings(max_examples=examples(40))
def test_the_rhythm_is_kept_however_late_each_wait_ends(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], late: float, speed: float
) -> None:
    moments = [sum(gaps[: number + 1]) / 1e6 for number in range(len(gaps))]
    folder = record_chat(tmp_path_factory.mktemp("rhythm") / "chat", chat(moments))
    view = play_all(folder, late, speed=speed)
    assert list(range(1, len(moments) + 1)) == [seq for _, seq in view.shown]
    for (shown, _), expected in zip(view.shown, moments, strict=True):
        due = (expected - moments[0]) / speed
        # Late by one wait at most, be it the first record or the last.
        assert due - 1e-5 <= shown <= due + late + 1e-5


def test_nothing_is_done_more_often_than_the_progress_line_needs(tmp_path: Path) -> None:
    view = play_all(record_chat(tmp_path / "chat", chat([0, 10])))
    assert view.waits <= 10 / TICK + 5


def test_silences_are_cut(tmp_path: Path) -> None:
    view = play_all(record_chat(tmp_path / "chat", chat([0, 1, 3600, 3601])), max_idle=2.0)
    assert [(0, 1), (1, 2), (3, 3), (4, 4)] == [(round(when, 6), seq) for when, seq in view.shown]


def test_keys_are_looked_at_however_much_is_due_at_once(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([0] * (3 * LINES_AT_ONCE)))
    view = FakeView()
    player = player_of(folder, view)
    assert 0.0 == player.advance()
    assert LINES_AT_ONCE == len(view.shown)
    player.perform("quit")
    run(player, view)
    assert LINES_AT_ONCE == len(view.shown)


def test_keys_are_looked_at_while_selected_records_are_searched(tmp_path: Path) -> None:
    records = [said(seq, seq, "x" * 1000) for seq in range(1, 1001)]
    records[-1] = said(1001, 1001, "here", "rui")
    view = FakeView()
    player = player_of(record_chat(tmp_path / "chat", records), view, selection("", "", "", "rui", str))
    turns = 0
    while not view.shown:
        assert 0.0 == player.advance()
        turns += 1
    assert turns > 2
    assert [1001] == view.told


class TestKeys:
    @pytest.fixture
    def view(self) -> FakeView:
        return FakeView()

    @pytest.fixture
    def player(self, tmp_path: Path, view: FakeView) -> Player:
        folder = record_chat(tmp_path / "chat", chat([0, 1, 2, 30, 31, 200, 200.5, 201, 4000, 4001]))
        made = player_of(folder, view)
        settle(made)
        return made

    def test_pause_and_go_on(self, player: Player, view: FakeView) -> None:
        view.now += 0.4
        player.perform("pause")
        settle(player)
        assert None is player.advance()
        assert player.state.paused
        view.now += 1000
        player.perform("pause")
        assert pytest.approx(min(TICK, 0.6)) == player.advance()
        view.now += 0.6
        settle(player)
        assert [1, 2] == view.told

    def test_a_step_pauses_first_and_then_shows_one_record_each(self, player: Player, view: FakeView) -> None:
        player.perform("step")
        settle(player)
        assert ([1], True) == (view.told, player.state.paused)
        for expected in ([1, 2], [1, 2, 3], [1, 2, 3, 4]):
            player.perform("step")
            settle(player)
            assert expected == view.told
        assert (4, moment(30)) == (player.state.seq, player.state.at)
        # The silence after it is as long as it was.
        player.perform("pause")
        view.now += 0.99
        settle(player)
        assert [1, 2, 3, 4] == view.told
        view.now += 0.02
        settle(player)
        assert [1, 2, 3, 4, 5] == view.told

    def test_faster_and_slower(self, player: Player, view: FakeView) -> None:
        view.now += 0.5
        player.perform("faster")
        player.perform("faster")
        assert 4.0 == player.state.speed
        assert pytest.approx(0.125) == player.advance()
        for _ in range(4):
            player.perform("slower")
        assert 0.25 == player.state.speed
        view.now += 1.9
        settle(player)
        assert [1] == view.told
        view.now += 0.2
        settle(player)
        assert [1, 2] == view.told

    def test_back_shows_records_again_and_at_least_one(self, player: Player, view: FakeView) -> None:
        for _ in range(3):
            view.now += 1
            settle(player)
        view.now += 26
        settle(player)
        player.perform("back")
        settle(player)
        assert [1, 2, 3, ("back", moment(2)), 3] == view.told
        player.perform("back")
        settle(player)
        # Ten seconds before the beginning is the beginning.
        assert [("back", moment(0)), 1] == view.told[5:]
        player.perform("back")
        settle(player)
        assert [("back", moment(0)), 1] == view.told[7:]

    def test_after_a_jump_back_into_a_silence_the_next_record_waits(
        self, player: Player, view: FakeView
    ) -> None:
        player.perform("pause")
        player.perform("end")
        settle(player)
        player.perform("far back")
        player.perform("pause")
        settle(player)
        at_end = len(view.told)
        assert ("back", moment(3941)) == view.told[-1]
        view.now += 58.9
        settle(player)
        assert at_end == len(view.told)
        view.now += 0.2
        settle(player)
        assert [9] == view.told[-1:]

    def test_on_leaves_nothing_out_that_fits_the_screen(self, player: Player, view: FakeView) -> None:
        player.perform("on")
        settle(player)
        assert [1, 2, 3] == view.told
        # Nothing within ten seconds: the next record then, which is shown at once.
        player.perform("on")
        settle(player)
        assert [1, 2, 3, 4] == view.told

    def test_a_jump_over_more_than_fits_says_how_many_are_left_out(
        self, player: Player, view: FakeView
    ) -> None:
        player.perform("end")
        settle(player)
        assert [1, ("on", moment(4001), 4), 6, 7, 8, 9, 10] == view.told
        assert (True, 10, moment(4001)) == (
            player.state.paused, player.state.seq, player.state.at
        )  # fmt: skip

    def test_a_jump_to_the_end_pauses_there(self, player: Player, view: FakeView) -> None:
        player.perform("end")
        settle(player)
        player.perform("end")
        player.perform("on")
        player.perform("step")
        settle(player)
        assert not player.over
        player.perform("pause")
        settle(player)
        assert player.over

    def test_a_jump_to_the_beginning_begins_again(self, player: Player, view: FakeView) -> None:
        player.perform("end")
        player.perform("begin")
        player.perform("step")
        settle(player)
        assert [("back", moment(0)), 1] == view.told[-2:]

    def test_one_can_go_everywhere_from_everywhere(self, player: Player, view: FakeView) -> None:
        for action in (
            "far on",
            "back",
            "far on",
            "on",
            "far back",
            "on",
            "end",
            "back",
            "begin",
            "far on",
        ) * 3:
            player.perform(action)
            settle(player)
            assert 0 <= player.state.seq <= 10
            assert moment(0) <= player.state.at <= moment(4001)

    def test_the_keys_are_shown_when_asked_for(self, player: Player, view: FakeView) -> None:
        player.perform("keys")
        assert [1, "keys"] == view.told

    def test_time_during_which_the_process_was_stopped_does_not_count(
        self, player: Player, view: FakeView
    ) -> None:
        view.now += 0.4
        settle(player)
        view.now += 5000
        player.perform("continued")
        settle(player)
        assert [1] == view.told
        view.now += 0.61
        settle(player)
        assert [1, 2] == view.told

    def test_the_time_moves_between_records(self, player: Player, view: FakeView) -> None:
        view.now += 0.25
        assert moment(0.25) == player.state.at


def test_a_jump_in_a_filtered_excerpt_does_not_count_what_is_left_out(tmp_path: Path) -> None:
    records = [said(seq, seq, "x", "ana" if seq % 2 else "bia") for seq in range(1, 100)]
    view = FakeView()
    player = player_of(record_chat(tmp_path / "chat", records), view, selection("", "", "", "bia", str))
    settle(player)
    player.perform("end")
    assert [2, ("on", moment(99), 0), 90, 92, 94, 96, 98] == view.told


def test_arrivals_and_ends_of_connections_are_not_shown(tmp_path: Path) -> None:
    kinds = ["hello", "join", "message", "leave", "bye", "hello", "message", "bye"]
    records = [Record(seq, at(seq), kind, 1, "ana", room="x") for seq, kind in enumerate(kinds, 1)]
    view = FakeView()
    player = player_of(record_chat(tmp_path / "chat", records), view)
    player.perform("step")
    for expected in ([2], [2, 3], [2, 3, 4], [2, 3, 4, 7]):
        player.perform("step")
        settle(player)
        assert expected == view.told
    # What is not shown is played all the same: nothing seems to be missing at the end.
    assert 8 == player.state.seq
    view.rows = 2
    player.perform("begin")
    player.perform("end")
    assert ("on", moment(8), 3) in view.told
    assert [4, 7] == view.told[-2:]


def test_in_a_loop_it_begins_again_after_a_moment(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 0.5]))
    view = FakeView()
    player = player_of(folder, view, loop=True)

    def wait(seconds: float | None) -> list[PlayerAction]:
        view.wait(seconds)
        return ["quit"] if view.told.count("again") == 3 else []

    run_player(player, view.drawn.append, wait)
    assert [1, 2, "again", 1, 2, "again", 1, 2, "again"] == view.told[:9]
    assert [0, 0.5, 1.5, 2, 3, 3.5] == [round(when, 6) for when, _ in view.shown[:6]]
    assert 1 == BETWEEN_ROUNDS


def test_a_loop_over_nothing_ends(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 0.5]))
    view = FakeView()
    run(player_of(folder, view, selection("", "", "", "nobody", str), loop=True), view)
    assert [] == view.told


def test_a_clock_that_was_set_back_stops_nothing(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([100, 101, 3, 4, 102, 103]))
    assert [1, 2, 3, 4, 5, 6] == play_all(folder).told
    view = FakeView()
    player = player_of(folder, view)
    player.perform("pause")
    settle(player)
    for action in (
        "on",
        "far on",
        "back",
        "step",
        "far back",
        "on",
        "step",
        "begin",
        "end",
        "back",
        "step",
    ) * 3:
        player.perform(action)
        settle(player)
        assert 0 <= player.state.seq <= 6


@pytest.mark.parametrize(
    "when", ["", "\x1b[2J", "1969-12-31T23:59:59.000000Z", "9999-12-31T23:59:59.999999Z"]
)
def test_a_time_that_is_none_is_an_error_that_names_the_record(tmp_path: Path, when: str) -> None:
    records = [said(1, 0, "a"), Record(2, when, "message", 1, "ana", room="geral", text="b"), said(3, 2, "c")]
    view = FakeView()
    player = player_of(record_chat(tmp_path / "chat", records), view)
    with pytest.raises(ChatSimplesError, match=r"record 2: .* is no time") as caught:
        run(player, view)
    assert str(caught.value).isprintable()
