"""``chatsimples replay play``: on a terminal as it went, with keys; anywhere else plainly and at once."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from chatsimples.config.replay import PlaySettings
from chatsimples.i18n import N_, Translate
from chatsimples.replay.narration.lines import Lines
from chatsimples.replay.narration.looks import Looks, colour_bits
from chatsimples.replay.narration.visible import local
from chatsimples.replay.play.player import Act, Player
from chatsimples.replay.play.screen import Screen
from chatsimples.replay.play.seeking import Tape
from chatsimples.replay.play.terminal import Terminal, keys_of
from chatsimples.replay.recording.selection import Selection, selection
from chatsimples.replay.recording.source import lines, opened

_LINES_AT_ONCE = 500
_SIGNALLED = 128


def play(path: str, settings: PlaySettings, translate: Translate) -> int:
    """Play a recorded chat, and give the exit code.

    Raises:
        ChatSimplesError: there is none, it can't be read, or a setting can't be.
        KeyboardInterrupt: Ctrl-C.
    """
    chosen = selection(settings.begin, settings.end, settings.room, settings.nick, translate)
    target = sys.stdout
    if isinstance(target, TextIOWrapper):
        # A terminal of another encoding shows what it does not know as an escape.
        target.reconfigure(errors="backslashreplace")
    with opened(path, translate) as found:
        if not target.isatty():
            return _print(found, chosen, settings, target, translate)
        with keys_of(path) as keys:
            return _perform(Tape(found, chosen), keys, settings, target, translate)


def perform(player: Player, screen: Screen, wait: Callable[[float | None], Iterable[Act]]) -> None:
    """Show what is due, draw, wait for it or for a key, and so on to the end.

    Args:
        player: tells what is due.
        screen: the player's stage.
        wait: waits so many seconds at most, and gives what keys ask for.
    """
    while not player.over:
        seconds = player.advance()
        screen.draw(player.progress)
        for act in wait(seconds):
            player.act(act)


def _print(
    found: Path, chosen: Selection, settings: PlaySettings, target: TextIO, translate: Translate
) -> int:
    rooms = Tape(found, chosen).rooms()
    looks = Looks(colour_bits(settings.colors, os.environ, terminal=False))
    made = Lines(translate, looks, settings.times, rooms, dated=True)
    records = (record for record, _line in chosen.select(lines(found, chosen.after)))
    shown = (f"{line}\n" for record in records for line in made.record(record))
    while block := "".join(islice(shown, _LINES_AT_ONCE)):
        target.write(block)
    target.flush()
    return 0


def _perform(
    tape: Tape, keys: int | None, settings: PlaySettings, target: TextIO, translate: Translate
) -> int:
    if tape.is_empty:
        target.write(translate(N_("nothing of it is selected")) + "\n")
        return 0
    looks = Looks(colour_bits(settings.colors, os.environ, terminal=True))
    begins, ends = local(tape.begins), local(tape.ends)
    screen = Screen(
        target,
        Lines(translate, looks, settings.times, tape.rooms()),
        translate,
        dated=begins is None or ends is None or begins.date() != ends.date(),
        obeys=os.environ.get("TERM", "") not in ("", "dumb"),
    )
    player = Player(
        tape,
        screen,
        clock=time.monotonic,
        speed=settings.speed,
        max_idle=settings.max_idle,
        loop=settings.loop,
        translate=translate,
    )
    with Terminal(keys, screen.leave) as terminal:
        try:
            perform(player, screen, terminal.wait)
        finally:
            # The terminal may be gone.
            with suppress(OSError):
                screen.leave()
    return _SIGNALLED + terminal.ended_by if terminal.ended_by else 0
