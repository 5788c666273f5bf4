"""``replay check``: the recorded commands through the rules again, and every seal."""

from __future__ import annotations

import re
from pathlib import Path

import click
import msgspec

from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.config.replay import CheckSettings
from chatsimples.errors import ChatSimplesError, SettingError, TranscriptDamagedError
from chatsimples.i18n import N_, Translate
from chatsimples.replay.progress import Progress
from chatsimples.replay.proof.inference import Inference
from chatsimples.replay.proof.verdict import UnruledError
from chatsimples.replay.recording.source import opened
from chatsimples.transcript.checkpoints import load_checkpoint
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.scanner import Scanner
from chatsimples.transcript.segments import Header, segments

_HEAD = re.compile(r"[0-9a-f]{64}")


class Checked(msgspec.Struct, frozen=True):
    """What was found right.

    Attributes:
        records: how many.
        head: the ``sha256`` of the last seal.
        unsealed: records after it.
        since: records after the seal that was expected; -1 if none was.
        begins_at: the first record's seq, if what was known before it was taken from a checkpoint; else 0.
    """

    records: int
    head: str
    unsealed: int
    since: int
    begins_at: int


def check(path: str, settings: CheckSettings, translate: Translate) -> int:
    """Check a transcript and say that it is right.

    Raises:
        TranscriptDamagedError: with the place of the first fault.
        ChatSimplesError: there is no transcript, it can't be read, its end is torn, or the expected head is
            not in it.
        SettingError: what is expected is no head.
    """
    _ = translate
    expected = settings.expect.lower()
    if expected and not _HEAD.fullmatch(expected):
        raise SettingError(_("a head is 64 digits and letters from a to f, as check and verify print it"))
    with (
        opened(path, translate) as found,
        Progress(_("{count} records checked, {rate} a second")) as progress,
    ):
        checked = check_transcript(found, expected, progress, translate)
    text = _("ok, {records} records, head {head}")
    click.echo(text.format(records=checked.records, head=checked.head))
    if checked.unsealed:
        click.echo(
            _("records at the end that no seal proves yet: {unsealed}").format(unsealed=checked.unsealed)
        )
    if checked.since > 0:
        click.echo(_("records since the head that was expected: {since}").format(since=checked.since))
    if checked.begins_at:
        text = _("what was before record {seq} is not there; who was where then, a checkpoint says")
        click.echo(text.format(seq=checked.begins_at))
    return 0


def check_transcript(path: Path, expected: str, progress: Progress, translate: Translate) -> Checked:
    """Check a transcript, or a part of one that begins at its beginning or beside its checkpoint.

    Args:
        path: a folder or a file.
        expected: the head that some seal must be; empty if any will do.
        progress: is told of the records.
        translate: for what is said of the whole.

    Raises:
        TranscriptDamagedError, ChatSimplesError: as `check`.
    """
    paths = segments(path)
    state = _state_before(paths[0], translate)
    begins_at = state.seq + 1
    inference = Inference(state)
    scanner = Scanner(expected)

    def take(records: list[Record]) -> None:
        for _ in inference.feed(records):
            pass
        progress.add(len(records))

    try:
        for _segment in scanner.scan_each(paths, take):
            pass
        for _ in inference.finish():
            pass
    except UnruledError as error:
        raise _fault(path, error) from None
    if not scanner.segments:
        raise ChatSimplesError(translate(N_("there is no transcript in {path}")).format(path=path))
    if scanner.torn:
        text = translate(N_("{path}: the last {torn} bytes are an incomplete line, a torn write"))
        raise ChatSimplesError(text.format(path=scanner.path, torn=scanner.torn))
    if expected and scanner.sought_seq < 0:
        text = translate(N_("{path}: no seal has the head {head}: its end was cut off, or it is another log"))
        raise ChatSimplesError(text.format(path=path, head=expected))
    return Checked(
        records=scanner.records,
        head=scanner.chain.head,
        unsealed=scanner.unsealed,
        since=scanner.last_seq - scanner.sought_seq if expected else -1,
        begins_at=begins_at if begins_at > 1 else 0,
    )


def _fault(path: Path, error: UnruledError) -> TranscriptDamagedError:
    """Tell where a fault of the rules is, and which lines are not as they were sealed, if it is among these.

    A record that was changed may well be one that the rules could have made, and only a later one is not.
    """
    segment, line, offset = TranscriptReader(path).place(error.seq)
    reason = error.reason
    scanner = Scanner()
    try:
        # As if it were the last: whether it ends as it should has nothing to do with this place.
        scanner.scan(segment, last=True)
    except TranscriptDamagedError as damage:
        if scanner.sealed_lines < line <= damage.line:
            reason += f"; and after it, in line {damage.line}: {damage.reason}"
    return TranscriptDamagedError(segment, line, offset, reason)


def _state_before(path: Path, translate: Translate) -> State:
    """Return what was known at the beginning of a segment: nothing, or what its checkpoint says."""
    state = State()
    try:
        header = Header.read(path)
        if header.first_seq > 1:
            saved = load_checkpoint(path.parent, header)
            if saved is None:
                text = translate(
                    N_("{path} begins with record {seq}; check needs the log from its first record on")
                )
                raise ChatSimplesError(text.format(path=path, seq=header.first_seq))
            state.restore(saved)
    except ValueError:
        # The scan tells what is wrong with it, and where.
        return State()
    return state
