"""The line at the bottom while something is played: where it is, and how far."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wcwidth import wcswidth

from chatsimples.i18n import Translate
from chatsimples.replay.narration.visible import local_moment
from chatsimples.replay.play.player import Progress

_WIDEST_BAR = 30
_NARROWEST_BAR = 5
_HUNDRED = 100
_TIMES = "\N{MULTIPLICATION SIGN}"


def progress_line(progress: Progress, columns: int, dated: bool, translate: Translate) -> str:
    """Make the progress line, narrower than the columns.

    What there is no room for is left out: first the hint, then the bar, the speed, the seq, the date.

    Args:
        progress: how far it has come.
        columns: the terminal's.
        dated: put the date in front of the time.
        translate: the words' language.
    """
    # A terminal draws some symbols wider than others do.
    room = columns - 2
    for line in _lines(progress, room, dated, translate):
        if _width(line) <= room:
            return line
    return ""


def _lines(progress: Progress, room: int, dated: bool, translate: Translate) -> Iterator[str]:
    """Give the line in ever shorter forms."""
    _ = translate
    state = "⏸" if progress.paused else "▶"
    moment = local_moment(progress.at)
    time = f"{state} {moment:%H:%M:%S}"
    full = f"{state} {moment:%Y-%m-%d %H:%M:%S}" if dated else time
    seq = _("{seq} of {last}").format(seq=max(progress.seq, progress.first - 1), last=progress.last)
    speed = f"{_TIMES}{progress.speed:g}"
    percent = f"{int(_HUNDRED * _share(progress))} %"
    hint = _("? keys")
    for tail in (f"  {hint}", ""):
        yield from _with_bar(f"{full}  {seq}  ", f" {percent}  {speed}{tail}", room, _share(progress))
    yield f"{full}  {seq}  {percent}  {speed}"
    yield f"{full}  {seq}  {percent}"
    yield f"{full}  {percent}"
    yield f"{time}  {percent}"
    yield time
    yield state


def _with_bar(before: str, after: str, room: int, share: float) -> Iterator[str]:
    bar = min(_WIDEST_BAR, room - _width(before) - _width(after))
    if bar >= _NARROWEST_BAR:
        done = int(bar * share)
        yield f"{before}{'█' * done}{'░' * (bar - done)}{after}"


def _share(progress: Progress) -> float:
    whole = progress.last - progress.first + 1
    return min(1.0, max(0.0, (progress.seq - progress.first + 1) / whole)) if whole > 0 else 1.0


_width: Callable[[str], int] = wcswidth
