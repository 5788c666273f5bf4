"""The line at the bottom during playback: the time of the recording, and how much of it has been played."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wcwidth import wcswidth

from chatsimples.i18n import Translate
from chatsimples.replay.narration.times import local_moment
from chatsimples.replay.play.player import PlaybackState

_WIDEST_BAR = 30
_NARROWEST_BAR = 5
_HUNDRED = 100
_TIMES = "\N{MULTIPLICATION SIGN}"


def progress_line(state: PlaybackState, columns: int, dated: bool, translate: Translate) -> str:
    """Return the progress line, narrower than the columns.

    Parts for which there is no room are left out: first the hint, then the bar, the speed, the seq, the date.

    Args:
        state: of the playback.
        columns: the terminal's.
        dated: put the date in front of the time.
        translate: the language.
    """
    # A terminal draws some symbols wider than others do.
    room = columns - 2
    for line in _lines(state, room, dated, translate):
        if _width(line) <= room:
            return line
    return ""


def _lines(state: PlaybackState, room: int, dated: bool, translate: Translate) -> Iterator[str]:
    """Yield the line in ever shorter forms."""
    _ = translate
    sign = "⏸" if state.paused else "▶"
    moment = local_moment(state.at)
    time = f"{sign} {moment:%H:%M:%S}"
    full = f"{sign} {moment:%Y-%m-%d %H:%M:%S}" if dated else time
    seq = _("{seq} of {last}").format(seq=max(state.seq, state.first - 1), last=state.last)
    speed = f"{_TIMES}{state.speed:g}"
    percent = f"{int(_HUNDRED * _share(state))} %"
    hint = _("? keys")
    for tail in (f"  {hint}", ""):
        yield from _with_bar(f"{full}  {seq}  ", f" {percent}  {speed}{tail}", room, _share(state))
    yield f"{full}  {seq}  {percent}  {speed}"
    yield f"{full}  {seq}  {percent}"
    yield f"{full}  {percent}"
    yield f"{time}  {percent}"
    yield time
    yield sign


def _with_bar(before: str, after: str, room: int, share: float) -> Iterator[str]:
    bar = min(_WIDEST_BAR, room - _width(before) - _width(after))
    if bar >= _NARROWEST_BAR:
        done = int(bar * share)
        yield f"{before}{'█' * done}{'░' * (bar - done)}{after}"


def _share(state: PlaybackState) -> float:
    whole = state.last - state.first + 1
    return min(1.0, max(0.0, (state.seq - state.first + 1) / whole)) if whole > 0 else 1.0


_width: Callable[[str], int] = wcswidth
