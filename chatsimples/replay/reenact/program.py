"""``replay reenact``: a live server hears all of it again, and the new record is compared with the old."""

from __future__ import annotations

import math
import time
from collections.abc import Container, Iterable
from itertools import takewhile
from pathlib import Path
from secrets import token_hex

import click

from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, to_line
from chatsimples.config.replay import ReenactSettings
from chatsimples.errors import SettingError, TranscriptDamagedError
from chatsimples.i18n import N_, Translate
from chatsimples.net.addresses import Address, read_server
from chatsimples.net.open_files import raise_open_files_limit
from chatsimples.net.trust import Tls
from chatsimples.replay.progress import Progress
from chatsimples.replay.proof.verdict import UnruledError
from chatsimples.replay.recording.rhythm import limit_idle, speed_up
from chatsimples.replay.recording.source import lines, opened
from chatsimples.replay.reenact.comparison import Comparison, DifferenceError
from chatsimples.replay.reenact.live_chat import LiveChat
from chatsimples.replay.reenact.reenactment import Reenactment, Secrets, as_if_crashed
from chatsimples.standard_output import printing_a_result
from chatsimples.transcript.reader import TranscriptReader

MAX_SPEED = "max"

OBSERVER = "reenact"
"""What the one is called who looks on, with a number; he is in no room."""

_CONTEXT = 3
_LINE_SHOWN = 2_000
_SLOWEST, _FASTEST = 0.001, 1_000_000.0


def reenact(path: str, settings: ReenactSettings, translate: Translate) -> int:
    """Do a recorded chat again, compare, and say whether it is the same.

    Returns:
        The exit code: 0 the same, 1 not the same.

    Raises:
        SettingError: the speed or the server's address can't be, or a file of issuers can't be read.
        ChatSimplesError: there is no transcript, or no server, or the recording is not what the rules make.
    """
    speed = _speed(settings.speed, translate)
    raise_open_files_limit()
    with opened(path, translate) as recorded:
        try:
            return _reenact(recorded, speed, settings, translate)
        except UnruledError as error:
            raise TranscriptDamagedError(*TranscriptReader(recorded).place(error.seq), error.reason) from None


def _reenact(recorded: Path, speed: float, settings: ReenactSettings, translate: Translate) -> int:
    _ = translate
    secrets = Secrets()
    comparison = Comparison(secrets.identity)
    where = _server(settings, translate)
    tls = Tls(settings.ca, settings.fingerprint, translate=translate) if where.by_tls else None
    live = LiveChat(where.host, where.port, settings.patience, comparison, translate, tls=tls)
    reenactment = Reenactment(recorded, live, secrets)
    try:
        before = comparison.last_seq = live.open_observer(f"{OBSERVER}-{token_hex(4)}", secrets.of(""))
        with Progress(_("{count} records done again, {rate} a second")) as progress:
            began = time.monotonic()

            def wait(due: float) -> None:
                if speed:
                    live.idle(began + due)
                live.keep_alive()
                progress.add(comparison.same - progress.count)

            reenactment.run(lambda items: speed_up(limit_idle(items, settings.max_idle), speed or 1.0), wait)
            progress.add(comparison.same - progress.count)
        if settings.logs:
            again = Comparison(secrets.identity)
            again.last_seq = before
            again.outside = comparison.outside
            compare_transcripts(
                reenactment.recorded(), Path(settings.logs), again, reenactment.cut, translate
            )
    except DifferenceError as difference:
        with printing_a_result():
            _tell(difference, recorded, comparison.same, translate)
        return 1
    finally:
        live.close()
    text = _("the same: {records} records, {rate} a second")
    if comparison.otherwise:
        text = _(
            "the same: {records} records, {rate} a second; {otherwise} connections ended as no client can "
            "end again (removed, crash, shutdown, timeout), and are closed"
        )
    click.echo(
        text.format(records=comparison.same, rate=f"{progress.rate:.0f}", otherwise=comparison.otherwise)
    )
    if reenactment.otherwise:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(reenactment.otherwise.items()))
        click.echo(_("spoke JSON instead of what they spoke: {kinds}").format(kinds=kinds))
    if reenactment.guests:
        text = _("came as guests, as no record holds what proves an account: {number} connections")
        click.echo(text.format(number=reenactment.guests))
    if reenactment.gave_way:
        text = _("changed by themselves a nick that an account took from them: {number} connections")
        click.echo(text.format(number=reenactment.gave_way))
    if reenactment.left_out:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(reenactment.left_out.items()))
        text = _("left out, as it takes an account, a role or the server's operator: {kinds}")
        click.echo(text.format(kinds=kinds))
    return 0


def compare_transcripts(
    old: Iterable[Record], new: Path, comparison: Comparison, cut: Container[int], translate: Translate
) -> None:
    """Compare the recorded conversation with the records that came after the comparison's last one.

    Args:
        old: the recorded conversation.
        new: the server's transcript.
        comparison: of which ``last_seq`` is that of the record before.
        cut: seqs of recorded endings that are compared as if the server had crashed.
        translate: for the errors.

    Raises:
        DifferenceError: at the first difference.
        ChatSimplesError: one of them can't be read.
    """
    with opened(str(new), translate) as found:
        written = (record for record, _ in lines(found, comparison.last_seq))
        for record in old:
            again = next((each for each in written if not comparison.passes_over(each)), None)
            due = as_if_crashed(record) if record.reason and record.seq in cut else record
            if again is None:
                raise DifferenceError(due, "", "the new transcript ends before it")
            comparison.compare(due, again)


def _tell(difference: DifferenceError, recorded: Path, same: int, translate: Translate) -> None:
    """Print the first difference in its context, and the reason as an error."""
    _ = translate
    click.echo(_("the same up to here ({count} records):").format(count=same))
    old = difference.old
    if old is not None:
        nearby = lines(recorded, max(0, old.seq - 1 - _CONTEXT))
        for record in takewhile(lambda each: each.seq < old.seq, (record for record, _line in nearby)):
            click.echo(f"  {_shown(record)}")
        click.echo(_("recorded: {line}").format(line=_shown(old)))
        click.echo(_("now:      {line}").format(line=difference.new or _("nothing")))
    text = _("not the same: {reason}")
    if old is not None:
        text = _("not the same: record {seq}: {reason}")
    reason = text.format(seq=old.seq if old else 0, reason=difference.reason)
    click.echo(f"chatsimples: {reason}", err=True)


def _shown(record: Record) -> str:
    return printable(to_line(record).decode().rstrip("\n"), _LINE_SHOWN)


def _server(settings: ReenactSettings, translate: Translate) -> Address:
    """Return where the server is; one of which it is said whom to trust is spoken to by TLS."""
    by_tls = settings.tls or bool(settings.ca or settings.fingerprint)
    if settings.server:
        return read_server(settings.server, translate, by_tls=by_tls)
    return Address(settings.host, settings.port, by_tls=by_tls)


def _speed(text: str, translate: Translate) -> float:
    """Read a speed; ``max`` is 0."""
    if text == MAX_SPEED:
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not _SLOWEST <= speed <= _FASTEST:
        shown = translate(N_("the speed {text} is neither a number from {low} to {high} nor {max}"))
        raise SettingError(shown.format(text=repr(text), low=_SLOWEST, high=int(_FASTEST), max=MAX_SPEED))
    return speed
