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
from chatsimples.replay.narration.descriptions import is_conversation
from chatsimples.replay.narration.line_renderer import LineRenderer
from chatsimples.replay.narration.times import local_time
from chatsimples.replay.play.excerpt import Excerpt
from chatsimples.replay.play.player import PlaybackState, Player, PlayerAction
from chatsimples.replay.play.terminal_input import TerminalInput, keys_of
from chatsimples.replay.play.terminal_view import TerminalView
from chatsimples.replay.recording.selection import Selection, selection
from chatsimples.replay.recording.source import lines, opened
from chatsimples.screen.colours import background, colour_depth
from chatsimples.screen.escape_sequences import EscapeSequences

_LINES_AT_ONCE = 500
_SIGNALLED = 128


def play(path: str, settings: PlaySettings, translate: Translate) -> int:
    """Play a recorded chat, and return the exit code.

    Raises:
        ChatSimplesError: there is none, it can't be read, or a setting can't be.
        KeyboardInterrupt: Ctrl-C.
    """
    chosen = selection(settings.begin, settings.end, settings.room, settings.nick, translate)
    output = sys.stdout
    if isinstance(output, TextIOWrapper):
        # A terminal of another encoding shows a character that it does not have as an escape.
        output.reconfigure(errors="backslashreplace")
    with opened(path, translate) as found:
        if not output.isatty():
            return _print(found, chosen, settings, output, translate)
        with keys_of(path) as keys:
            return _play_on_terminal(Excerpt(found, chosen), keys, settings, output, translate)


def run_player(
    player: Player,
    draw: Callable[[PlaybackState], None],
    wait: Callable[[float | None], Iterable[PlayerAction]],
) -> None:
    """Show what is due, draw, wait for it or for a key, and so on to the end.

    Args:
        player: shows what is due.
        draw: draws the state.
        wait: waits so many seconds at most, and returns the actions of keys.
    """
    while not player.over:
        seconds = player.advance()
        draw(player.state)
        for action in wait(seconds):
            player.perform(action)


def _print(
    found: Path, chosen: Selection, settings: PlaySettings, output: TextIO, translate: Translate
) -> int:
    rooms = Excerpt(found, chosen).rooms()
    renderer = LineRenderer(translate, _escapes(settings, terminal=False), settings.times, rooms, dated=True)
    records = (record for record, _line in chosen.select(lines(found, chosen.after)))
    shown = filter(is_conversation, records)
    printed = (f"{line}\n" for record in shown for line in renderer.record(record))
    while block := "".join(islice(printed, _LINES_AT_ONCE)):
        output.write(block)
    output.flush()
    return 0


def _play_on_terminal(
    excerpt: Excerpt, keys: int | None, settings: PlaySettings, output: TextIO, translate: Translate
) -> int:
    if excerpt.is_empty:
        output.write(translate(N_("nothing of it is selected")) + "\n")
        return 0
    begins, ends = local_time(excerpt.begins), local_time(excerpt.ends)
    view = TerminalView(
        output,
        LineRenderer(translate, _escapes(settings, terminal=True), settings.times, excerpt.rooms()),
        translate,
        dated=begins is None or ends is None or begins.date() != ends.date(),
        has_escapes=os.environ.get("TERM", "") not in ("", "dumb"),
    )
    player = Player(
        excerpt,
        view,
        clock=time.monotonic,
        speed=settings.speed,
        max_idle=settings.max_idle,
        loop=settings.loop,
        translate=translate,
    )
    with TerminalInput(keys, view.leave) as terminal:
        try:
            run_player(player, view.draw, terminal.wait)
        finally:
            # The terminal may be gone.
            with suppress(OSError):
                view.leave()
    return _SIGNALLED + terminal.ended_by if terminal.ended_by else 0


def _escapes(settings: PlaySettings, *, terminal: bool) -> EscapeSequences:
    depth = colour_depth(settings.colors, os.environ, terminal=terminal)
    return EscapeSequences(depth, background("auto", os.environ))
