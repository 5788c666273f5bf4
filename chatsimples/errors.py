"""The project's errors: every one that leaves the package that raises it, each defined once.

* A *program error* (`ChatSimplesError`) that nobody handles ends the command: one line on stderr and an exit
  code. A package may handle another's, as the server does when the disk is full.
* The errors of redaction carry facts instead of a text; the command makes the text, in the user's language.
* What is wrong with a request of HTTP carries the status that says so.
* A *refusal* answers one client's command. It has a code that programs can rely on and a text for people. The
  connection stays open, except after the few that say goodbye.

An error that is raised and handled within one package stands beside the code that raises it, and is no
`ChatSimplesError`. `tests/test_errors.py` holds all of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from chatsimples.i18n import N_, Translate


class ChatSimplesError(Exception):
    """An error that a person can act on: its text says what was wrong and what to do."""

    exit_code = 1


class SettingError(ChatSimplesError):
    """A setting has a value that it can't have."""

    exit_code = 2


class StartError(ChatSimplesError):
    """The server can't start: the port is taken, a folder can't be written, another server is there."""


class LinkError(ChatSimplesError):
    """The client has no connection to the server and will not get one."""


class LoadTestError(ChatSimplesError):
    """The load test can't be carried out."""


class TargetError(ChatSimplesError):
    """A server that is to be load-tested is not installed, or does not run."""


class WorkloadError(ChatSimplesError):
    """A transcript gives the load test nothing to send."""


class StorageError(ChatSimplesError):
    """The disk has failed in a way after which no promise can be kept (a failed ``fsync``)."""


class StorageFullError(ChatSimplesError):
    """The disk takes no more for now: nothing was written, and the same call can be made again."""


class UnreadableError(ChatSimplesError):
    """A transcript can't be read now: a file is missing, or no file descriptor is free."""


class TranscriptDamagedError(ChatSimplesError):
    """A transcript is damaged elsewhere than in its torn tail.

    Args:
        path: the segment.
        line: its line, counted from 1.
        offset: the line's first byte, counted from 0.
        reason: what is wrong there.
    """

    def __init__(self, path: Path, line: int, offset: int, reason: str) -> None:
        super().__init__(path, line, offset, reason)
        self.path = path
        self.line = line
        self.offset = offset
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: line {self.line} (byte {self.offset}): {self.reason}"


class AccountsError(ChatSimplesError):
    """The store of accounts can't be read or written, or is none."""


class UnknownAccountError(Exception):
    """There is no account of a name.

    Args:
        name: the name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class BadNetworkError(Exception):
    """A text is neither an address nor a network (CIDR).

    Args:
        text: the text.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class UnfitSeqError(Exception):
    """A seq that is to be redacted is not that of a message.

    Args:
        seq: the seq.
        kind: type of the record with this seq; empty if there is none.
        first, last: if there is none, the first and the last seq of the log.
    """

    def __init__(self, seq: int, kind: str = "", first: int = 0, last: int = 0) -> None:
        super().__init__(seq, kind, first, last)
        self.seq = seq
        self.kind = kind
        self.first = first
        self.last = last


class TornEndError(Exception):
    """The log that is to be redacted ends in an incomplete line.

    Args:
        path: the segment.
        size: bytes in that line.
    """

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path, size)
        self.path = path
        self.size = size


class UnwritableError(Exception):
    """The redacted log can't be written; the text says why."""


_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)

REFUSALS = {
    "already_in_room": N_("you are in {room} already"),
    "already_registered": N_("this connection has said hello already"),
    "bad_frame": N_("these bytes are no WebSocket frame that can be taken ({why}): goodbye"),
    "bad_json": N_("this line is not a JSON object: {why}"),
    "bad_key": N_("{room} has a key, and this is not it"),
    "bad_nick": N_("the nick {name} can't be used: {why}"),
    "bad_request": N_("this command is not complete or not right: {why}"),
    "bad_room": N_("the room name {name} can't be used: {why}"),
    "bad_tags": N_("these tags can't be passed on: {why}"),
    "bad_text": N_("the text can't be sent: {why}"),
    "bad_utf8": N_("this line is not UTF-8 text"),
    "banned": N_("you can't come in: {why}"),
    "flood": N_("too many commands for too long ({rate} a second are allowed): goodbye"),
    "insecure": N_("this would travel in the clear, which this server does not allow"),
    "kicked": N_("you were removed from the chat"),
    "line_too_long": N_("a line has at most {limit} bytes: goodbye"),
    "list_full": N_("this list is full: it holds at most {limit}"),
    "login_busy": N_("too many are logging in just now; try again in a moment"),
    "login_failed": N_("the account or what proves it is not right"),
    "login_required": N_("this is for those who are logged in"),
    "muted": N_("you can't speak: {why}"),
    "nick_confusable": N_("the nick {nick} looks like that of somebody who has an account"),
    "nick_in_use": N_("the nick {nick} is taken"),
    "nick_registered": N_("the nick {nick} is an account's: log in as that account to have it"),
    "nick_unchanged": N_("you are called {nick} already"),
    "no_account": N_("{nick} has no account, and only accounts have roles"),
    "no_such_nick": N_("nobody here is called {nick}"),
    "not_away": N_("you are not away"),
    "not_banned": N_("{name} is not banned"),
    "no_such_room": N_("there is no room {room}"),
    "too_many_watched": N_("at most {limit} nicks can be watched: {name}"),
    "not_a_member": N_("{nick} is not in {room}"),
    "bad_mode": N_("{given} is nothing for the mode {mode}: {why}"),
    "not_exempt": N_("{name} is not excepted"),
    "not_in_room": N_("you are not in {room}"),
    "not_muted": N_("{nick} is not muted"),
    "not_permitted": N_("you may not do this: {why}"),
    "not_registered": N_("say hello first"),
    "not_text": N_("only text messages are understood: goodbye"),
    "read_only": N_("this is a recorded chat: nothing can be said here"),
    "registration_closed": N_("this server lets nobody make an account"),
    "registration_timeout": N_("no hello within {seconds} seconds: goodbye"),
    "replaced": N_("you have connected again elsewhere: goodbye"),
    "room_closed": N_("you may not enter {room}: {why}"),
    "room_full": N_("{room} has room for {limit}, and they are there"),
    "sent_in_clear": N_("your password came in the clear: whoever was on the way could read it; use TLS"),
    "server_full": N_("the server has no room for more connections; try again later"),
    "session_ended": N_("the sessions of your account have ended: log in again; goodbye"),
    "storage_failed": N_("the server's disk has failed: what was not acked may be lost; goodbye"),
    "storage_full": N_("the server's disk takes no more; your messages wait until there is room"),
    "text_too_long": N_("a text has at most {limit} bytes; this one has {size}"),
    "timeout": N_("no sign of life for {seconds} seconds: goodbye"),
    "too_many_connections": N_("too many connections from your address (at most {limit})"),
    "too_many_own_rooms": N_("an account can have made at most {limit} rooms; give one up first"),
    "too_many_rooms": N_("you can be in at most {limit} rooms"),
    "unknown_command": N_("there is no command {name}; /ajuda shows what there is"),
    "unknown_type": N_("there is no command of this type: {name}"),
}
"""Code of each refusal and its text for people (English; the catalogs translate it)."""


class UntrustedError(Exception):
    """Whoever answers by TLS is not whom a client trusts; the text says why, for people."""


class HeadError(Exception):
    """The head of an HTTP request can't be taken.

    Args:
        status: what HTTP says to it.
        why: the same, for people.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Refusal(Exception):  # noqa: N818 - an answer to a client, not a fault of the program
    """A command that can't be carried out: raised where it is found, sent as an error reply.

    Args:
        code: one of `REFUSALS`.
        detail: what the text's placeholders stand for; must be printable.
    """

    def __init__(self, code: str, **detail: str | int) -> None:
        if code not in REFUSALS:
            raise ValueError(f"no such refusal code: {code}")
        super().__init__(code)
        self.code = code
        self.detail = {name: str(value) for name, value in detail.items()}


def explain(code: str, detail: Mapping[str, str], translate: Translate) -> str:
    """Tell a person what a refusal means; a ``why`` among the details is translated too.

    A time ``until`` which something holds is told to the minute, unless it is told in words already.
    """
    detail = {name: _to_the_minute(value) if name == "until" else value for name, value in detail.items()}
    values = dict(detail)
    if "why" in values:
        values["why"] = translate(values["why"]).format_map(detail)
    return translate(REFUSALS[code]).format_map(values)


def _to_the_minute(at: str) -> str:
    """Return a record's time for people who read UTC; anything else as it is."""
    return f"{at[:10]} {at[11:16]} UTC" if _AT.fullmatch(at) else at
