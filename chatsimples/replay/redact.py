"""``redact``: a new log without what some messages and other records say, and a record that says so."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from chatsimples.chat.names import check_text
from chatsimples.config.replay import RedactSettings
from chatsimples.errors import (
    ChatSimplesError,
    Refusal,
    SettingError,
    TornEndError,
    UnfitSeqError,
    UnwritableError,
    explain,
)
from chatsimples.i18n import N_, Translate
from chatsimples.replay.progress import Progress
from chatsimples.replay.recording.source import STANDARD_INPUT, opened
from chatsimples.transcript.disk import open_folder, sync
from chatsimples.transcript.folder_lock import LOCK_NAME
from chatsimples.transcript.recovery import new_log_id
from chatsimples.transcript.redaction import Redacted, parse_seqs
from chatsimples.transcript.redaction import redact as write_redacted
from chatsimples.transcript.segments import segments

LONGEST_REASON = 1_024


def redact(path: Path, settings: RedactSettings, translate: Translate) -> int:
    """Write the new log, and say where it begins to be another one.

    Raises:
        SettingError: what is to be redacted, why, or where to is missing or can't be.
        TranscriptDamagedError: the old log is damaged; with the place.
        ChatSimplesError: it can't be read or is being written, one of the seqs is not that of a text, or
            the new log can't be written.
    """
    _ = translate
    seqs = _seqs(settings.seq, translate)
    reason = _reason(settings.reason, translate)
    if not settings.output:
        raise SettingError(_("--output is missing: a new folder for the new log"))
    output = Path(settings.output)
    with (
        opened(str(path), translate) as source,
        _at_rest(source, translate),
        _new_folder(output, path, translate) as folder,
    ):
        done = _write(source, folder, seqs, reason, translate)
    text = _("ok: {messages} messages redacted, {records} records, new log {log}, head {head}")
    click.echo(text.format(messages=done.messages, records=done.records, log=done.log, head=done.head))
    return 0


def _seqs(text: str, translate: Translate) -> list[range]:
    if not text.strip():
        raise SettingError(translate(N_("--seq is missing: the messages whose text goes, such as 12,40-43")))
    try:
        return parse_seqs(text)
    except ValueError as error:
        shown = translate(N_("--seq: {part} is neither a seq nor a range of them, such as 12,40-43"))
        raise SettingError(shown.format(part=repr(str(error)))) from None


def _reason(text: str, translate: Translate) -> str:
    if not text.strip():
        raise SettingError(translate(N_("--reason is missing: it stands in the new log")))
    try:
        return check_text(text, LONGEST_REASON)
    except Refusal as refusal:
        why = refusal.detail.get("why")
        told = (
            translate(why).format_map(refusal.detail)
            if why
            else explain(refusal.code, refusal.detail, translate)
        )
        raise SettingError(translate(N_("--reason can't be used: {why}")).format(why=told)) from None


def _write(source: Path, folder: Path, seqs: list[range], reason: str, translate: Translate) -> Redacted:
    _ = translate
    now = time.time_ns() // 1_000
    try:
        with Progress(_("{count} records copied, {rate} a second")) as progress:
            return write_redacted(
                segments(source),
                folder,
                seqs,
                reason=reason,
                log=new_log_id(now // 1_000, os.urandom(10)),
                now=now,
                copied=progress.add,
            )
    except UnfitSeqError as error:
        raise ChatSimplesError(_why_unfit(error, translate)) from None
    except TornEndError as error:
        text = _("{path}: the last {torn} bytes are an incomplete line, a torn write")
        raise ChatSimplesError(text.format(path=error.path, torn=error.size)) from None
    except OSError as error:
        text = _("{file} can't be read: {why}")
        raise ChatSimplesError(text.format(file=error.filename or source, why=error.strerror)) from None


def _why_unfit(error: UnfitSeqError, translate: Translate) -> str:
    _ = translate
    if error.kind:
        text = _("record {seq} has no text that could be taken out: its type is {kind}")
    elif error.last:
        text = _("there is no record {seq}: the transcript holds {first} to {last}")
    else:
        text = _("there is no record {seq}: the transcript begins with {first}")
    return text.format(seq=error.seq, kind=error.kind, first=error.first, last=error.last)


@contextmanager
def _at_rest(source: Path, translate: Translate) -> Iterator[None]:
    """Keep servers from writing in a folder; what is said meanwhile would be missing in the new log."""
    try:
        fd = os.open(source / LOCK_NAME, os.O_RDONLY)
    except OSError:
        # No server has written here, or it is a file alone: nothing needs to be made for a reader.
        yield
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = translate(N_("a server is writing in {path}: stop it first"))
            raise ChatSimplesError(text.format(path=source)) from None
        yield
    finally:
        os.close(fd)


@contextmanager
def _new_folder(output: Path, source: Path, translate: Translate) -> Iterator[Path]:
    """Give a folder beside ``output`` that takes its place at the end, if nothing was raised until then."""
    _ = translate
    try:
        output = output.resolve()
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise ChatSimplesError(
                _("{path} is there already, and not as an empty folder").format(path=output)
            )
        if str(source) != STANDARD_INPUT and source.resolve() in (output, *output.parents):
            raise ChatSimplesError(_("the new log can't be inside the old one's folder"))
        with tempfile.TemporaryDirectory(prefix=".chatsimples-", dir=output.parent) as place:
            # Not this one itself: it is for its owner's eyes only.
            folder = Path(place) / output.name
            folder.mkdir()
            yield folder
            folder.rename(output)
            _sync(output.parent)
    except (OSError, UnwritableError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ChatSimplesError(_("{file} can't be written: {why}").format(file=output, why=why)) from None


def _sync(folder: Path) -> None:
    fd = open_folder(folder)
    try:
        sync(fd)
    finally:
        os.close(fd)
