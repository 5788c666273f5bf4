"""The status line: the connection, then the conversations, as far as the columns reach."""

from __future__ import annotations

import msgspec

from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.protocol.link import Connected, LinkState, Waiting
from chatsimples.i18n import Translate
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine, cut, width

_WIDEST_NAME = 16
_LAG_SHOWN = 3.0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What the status line shows.

    Attributes:
        link: the state of the connection.
        now: the time by the clock of ``link``.
        address: where the server is.
        leaving: the person leaves.
        nick_wanted: there is no nick yet.
        behind: records that may still come before the live ones.
        lag: seconds by which records come late; 0 if none come.
        unprinted: lines that wait to be printed.
        unconfirmed: own texts that are not on record yet.
    """

    link: LinkState
    now: float
    address: str
    leaving: bool = False
    nick_wanted: bool = False
    behind: int = 0
    lag: float = 0.0
    unprinted: int = 0
    unconfirmed: int = 0


def status_line(
    status: Status, conversations: Conversations, columns: int, translate: Translate
) -> StyledLine:
    """Return the status line, no wider than the columns."""
    _ = translate
    style, text = _connection(status, translate)
    line: StyledLine = [(style, f" {text} ")]
    if status.unconfirmed:
        waiting = _("not sent yet: {number}").format(number=status.unconfirmed)
        line.append(("class:status.unread", f"· {waiting}  "))
    if not (status.leaving or status.nick_wanted):
        room = columns - width(line) - 1
        line += _conversations(conversations, room)
    return _fitted(line, columns)


def completions_line(labels: list[str], chosen: int, columns: int) -> StyledLine:
    """Return the completions that Tab offers, with the chosen one in view."""
    if not labels:
        return []
    # Only as many as fit are measured: in a large room there are thousands.
    first = chosen
    room = columns - width([("", _label(labels[first]))])
    while first > 0 and (room := room - width([("", _label(labels[first - 1]))])) >= 0:
        first -= 1
    shown: StyledLine = [
        ("class:completion.current" if number == chosen else "class:completion", _label(label))
        for number, label in enumerate(labels[first : first + max(1, columns)], first)
    ]
    return _fitted(shown, columns)


def _label(label: str) -> str:
    return f" {cut(sanitize(label), _WIDEST_NAME * 2)} "


def _connection(status: Status, translate: Translate) -> tuple[str, str]:
    _ = translate
    link = status.link
    if status.leaving:
        return "class:status", _("leaving…")
    if status.nick_wanted:
        return "class:status", _("/sair leaves")
    if isinstance(link, Waiting):
        seconds = max(1, round(link.until - status.now))
        return "class:status.problem", _("offline: reconnecting in {seconds} s").format(seconds=seconds)
    if not isinstance(link, Connected):
        return "class:status.problem", _("connecting to {address}…").format(address=status.address)
    if status.behind:
        return "class:status.unread", _("catching up: {number} to come").format(number=status.behind)
    if status.lag >= _LAG_SHOWN:
        return "class:status.unread", _("{seconds} s behind").format(seconds=round(status.lag))
    if status.unprinted:
        return "class:status.unread", _("{number} lines behind").format(number=status.unprinted)
    return "class:status", _("connected")


def _conversations(conversations: Conversations, columns: int) -> StyledLine:
    """Return the conversations in order; without room for all, those without unread messages are left out."""
    every = [(number, each) for number, each in enumerate(conversations, 1)]
    pieces = {number: _piece(number, each, conversations.current is each) for number, each in every}
    by_priority = sorted(every, key=lambda pair: _priority(pair[1], conversations), reverse=True)
    shown: set[int] = set()
    for number, _each in by_priority:
        columns -= width(pieces[number])
        if columns < 0 and shown:
            break
        shown.add(number)
    line: StyledLine = []
    for number, _each in every:
        if number in shown:
            line += pieces[number]
    if len(shown) < len(every):
        line.append(("class:status.dim", "…"))
    return line


def _priority(conversation: Conversation, conversations: Conversations) -> int:
    if conversation is conversations.current:
        return 3
    return 2 if conversation.mentions else 1 if conversation.unread else 0


def _piece(number: int, conversation: Conversation, current: bool) -> StyledLine:
    title = cut(sanitize(conversation.title), _WIDEST_NAME)
    if current:
        return [("class:status.current", f" {number}:{title} "), ("class:status", " ")]
    if conversation.mentions:
        return [("class:status.mention", f"{number}:{title} {conversation.unread}!"), ("class:status", "  ")]
    if conversation.unread:
        return [("class:status.unread", f"{number}:{title} {conversation.unread}"), ("class:status", "  ")]
    return [("class:status.dim", f"{number}:{title}"), ("class:status", "  ")]


def _fitted(line: StyledLine, columns: int) -> StyledLine:
    fitted: StyledLine = []
    for style, text in line:
        left = columns - width(fitted)
        if left <= 0:
            break
        fitted.append((style, cut(text, left)))
    return fitted
