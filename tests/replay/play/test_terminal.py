"""The terminal is held, watched and given back: real terminals, real signals."""

from __future__ import annotations

import os
import pty
import signal
import sys
import termios

import pytest

from chatsimples.replay.play.terminal import Terminal, keys_of


@pytest.fixture
def ends():
    """Give both ends of a terminal: the person's and the program's."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_keys_come_one_by_one_and_unseen_and_then_all_is_as_before(ends):
    person, program = ends
    before = termios.tcgetattr(program)
    with Terminal(program, lambda: None) as terminal:
        held = termios.tcgetattr(program)[3]
        assert 0 == held & (termios.ICANON | termios.ECHO)
        assert held & termios.ISIG
        os.write(person, b" \x1b[C")
        assert ["pause", "on"] == terminal.wait(10)
        assert [] == terminal.wait(0)
    assert before == termios.tcgetattr(program)


def test_it_is_given_back_after_an_error(ends):
    before = termios.tcgetattr(ends[1])
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGWINCH)]
    with pytest.raises(ZeroDivisionError), Terminal(ends[1], lambda: None):
        raise ZeroDivisionError
    assert before == termios.tcgetattr(ends[1])
    assert handlers == [
        signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGWINCH)
    ]


def test_ctrl_c_is_an_interrupt_where_it_is_waited_for(ends):
    with Terminal(ends[1], lambda: None) as terminal:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            terminal.wait(10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_it_is_told(number):
    with Terminal(None, lambda: None) as terminal:
        os.kill(os.getpid(), number)
        assert ["quit"] == terminal.wait(10)
        assert number == terminal.ended_by


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGWINCH, []), (signal.SIGCONT, ["continued"])])
def test_after_a_resize_and_a_stop_it_is_drawn_anew(ends, number, expected):
    left = []
    with Terminal(ends[1], lambda: left.append(True)) as terminal:
        os.kill(os.getpid(), number)
        assert expected == terminal.wait(10)
    assert [True] == left


def test_a_terminal_that_is_gone_has_no_keys_and_nobody_waits_busily():
    person, program = pty.openpty()
    with Terminal(program, lambda: None) as terminal:
        os.close(person)
        assert [] == terminal.wait(10)
        assert [] == terminal.wait(0.01)
    os.close(program)


def test_keys_come_from_standard_input_unless_that_is_what_is_played(ends, monkeypatch):
    monkeypatch.setattr(sys, "stdin", os.fdopen(os.dup(ends[1])))
    with keys_of("logs") as keys:
        assert sys.stdin.fileno() == keys
    with keys_of("-") as keys:
        assert sys.stdin.fileno() != keys
    sys.stdin.close()
