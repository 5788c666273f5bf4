"""A terminal's keys and signals are noted, and its settings restored: real terminals, real signals."""

from __future__ import annotations

import os
import pty
import signal
import sys
import termios
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE

from chatsimples.replay.play.player import PlayerAction
from chatsimples.replay.play.terminal_input import TerminalInput, keys_of


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """Give both ends of a terminal: the person's and the program's."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_keys_come_one_by_one_without_echo_and_the_settings_are_restored(ends: tuple[int, int]) -> None:
    person, program = ends
    before = termios.tcgetattr(program)
    with TerminalInput(program, lambda: None) as terminal:
        held = termios.tcgetattr(program)[3]
        assert 0 == held & (termios.ICANON | termios.ECHO)
        assert held & termios.ISIG
        os.write(person, b" \x1b[C")
        assert ["pause", "on"] == terminal.wait(DEADLINE)
        assert [] == terminal.wait(0)
    assert before == termios.tcgetattr(program)


def test_settings_and_handlers_are_restored_after_an_error(ends: tuple[int, int]) -> None:
    before = termios.tcgetattr(ends[1])
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGWINCH)]
    with pytest.raises(ZeroDivisionError), TerminalInput(ends[1], lambda: None):
        raise ZeroDivisionError
    assert before == termios.tcgetattr(ends[1])
    assert handlers == [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGWINCH)
    ]


def test_ctrl_c_raises_where_keys_are_waited_for(ends: tuple[int, int]) -> None:
    with TerminalInput(ends[1], lambda: None) as terminal:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            terminal.wait(DEADLINE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_playback_is_noted(number: signal.Signals) -> None:
    with TerminalInput(None, lambda: None) as terminal:
        os.kill(os.getpid(), number)
        assert ["quit"] == terminal.wait(DEADLINE)
        assert number == terminal.ended_by


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGWINCH, []), (signal.SIGCONT, ["continued"])])
def test_after_a_resize_and_a_stop_the_screen_is_drawn_anew(
    ends: tuple[int, int], number: signal.Signals, expected: list[PlayerAction]
) -> None:
    left = []
    with TerminalInput(ends[1], lambda: left.append(True)) as terminal:
        os.kill(os.getpid(), number)
        assert expected == terminal.wait(DEADLINE)
    assert [True] == left


def test_a_terminal_that_is_gone_has_no_keys_and_costs_no_time() -> None:
    person, program = pty.openpty()
    with TerminalInput(program, lambda: None) as terminal:
        os.close(person)
        assert [] == terminal.wait(DEADLINE)
        assert [] == terminal.wait(0.01)
    os.close(program)


def test_keys_come_from_standard_input_unless_it_is_the_transcript(
    ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", os.fdopen(os.dup(ends[1])))
    with keys_of("logs") as keys:
        assert sys.stdin.fileno() == keys
    with keys_of("-") as keys:
        assert sys.stdin.fileno() != keys
    sys.stdin.close()
