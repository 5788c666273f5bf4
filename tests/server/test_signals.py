"""Signals are noted, and ask for what they mean; a closed terminal means the end only where there is one."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest
from support.waiting import DEADLINE

# Raises each signal that it is told, and prints what they ask for.
NOTES = """
import os, select, signal, sys
from chatsimples.server.signals import Signals
PREPARE
signals = Signals()
signals.note()
for name in sys.argv[1:]:
    os.kill(os.getpid(), signal.Signals[name])
    select.select([signals.readable], [], [], 10)
    print(name, *sorted(wish.name for wish in signals.take()))
print(*signals.take(), "end")
"""

MEANINGS = {"SIGTERM": "STOP", "SIGINT": "STOP", "SIGUSR1": "FOLLOW_LOG", "SIGCHLD": ""}
NOHUP = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"


def asked_for(*names: str, prepare: str = "", stdin: int = subprocess.DEVNULL) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", NOTES.replace("PREPARE", prepare), *names],
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=DEADLINE,
        start_new_session=True,
    ).stdout.splitlines()


def test_each_signal_asks_for_what_it_means_and_ends_nothing() -> None:
    expected = [f"{name} {wish}".strip() for name, wish in MEANINGS.items()]
    assert [*expected, "end"] == asked_for(*MEANINGS)


def test_without_a_terminal_a_hang_up_asks_for_a_reload() -> None:
    assert ["SIGHUP RELOAD", "end"] == asked_for("SIGHUP")


@pytest.mark.parametrize(("prepare", "wish"), [("", "STOP"), (NOHUP, "RELOAD")], ids=["plain", "nohup"])
def test_with_a_terminal_a_hang_up_asks_for_a_stop_unless_nohup_is_there(prepare: str, wish: str) -> None:
    master, slave = pty.openpty()
    try:
        asked = asked_for("SIGHUP", prepare=f"{TAKE_TERMINAL}\n{prepare}", stdin=slave)
    finally:
        os.close(slave)
        os.close(master)
    assert [f"SIGHUP {wish}", "end"] == asked


def test_several_at_once_are_all_taken() -> None:
    program = NOTES.replace("PREPARE", "").partition("for name")[0]
    program += """
for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGUSR1):
    os.kill(os.getpid(), number)
print(*sorted(wish.name for wish in signals.take()))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "FOLLOW_LOG STOP\n" == told.stdout


@pytest.mark.parametrize("number", [signal.SIGTTIN, signal.SIGTTOU])
def test_in_the_background_of_a_terminal_nothing_stops_it(number: int) -> None:
    program = NOTES.replace("PREPARE", "").partition("for name")[0]
    program += f"os.kill(os.getpid(), {number:d})\nprint('goes on')"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=DEADLINE
    )
    assert "goes on\n" == told.stdout
