"""The line at the bottom: the connection first, then the conversations, as far as the columns reach."""

from __future__ import annotations

import msgspec

from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.protocol.link import Connected, LinkState, Waiting
from chatsimples.i18n import Translate
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine, cut, width

_WIDEST_NAME = 16
_LAG_SHOWN = 3.0


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What the status line tells of.

    Attributes:
        link: the state of the connection.
        now: the time by the clock of ``link``.
        address: where the server is.
        leaving: the person leaves.
        nick_wanted: there is no nick yet.
        missing: records that are still to come before what is live.
        lag: seconds that what comes is late; 0 if nothing comes.
        unprinted: lines that wait to be printed.
        unsaid: texts that are not on record yet.
    """

    link: LinkState
    now: float
    address: str
    leaving: bool = False
    nick_wanted: bool = False
    missing: int = 0
    lag: float = 0.0
    unprinted: int = 0
    unsaid: int = 0


def status_line(
    condition: Condition, conversations: Conversations, columns: int, translate: Translate
) -> StyledLine:
    """Make the status line, no wider than the columns."""
    _ = translate
    look, text = _connection(condition, translate)
    line: StyledLine = [(look, f" {text} ")]
    if condition.unsaid:
        unsaid = _("not sent yet: {number}").format(number=condition.unsaid)
        line.append(("class:status.unread", f"· {unsaid}  "))
    if not (condition.leaving or condition.nick_wanted):
        room = columns - width(line) - 1
        line += _conversations(conversations, room)
    return _fitted(line, columns)


def offers(labels: list[str], chosen: int, columns: int) -> StyledLine:
    """Show what Tab offers, the chosen one in view."""
    if not labels:
        return []
    # Only what can be in view is looked at: in a large room there are thousands.
    first = chosen
    room = columns - width([("", _offer(labels[first]))])
    while first > 0 and (room := room - width([("", _offer(labels[first - 1]))])) >= 0:
        first -= 1
    shown: StyledLine = [
        ("class:completion.current" if place == chosen else "class:completion", _offer(label))
        for place, label in enumerate(labels[first : first + max(1, columns)], first)
    ]
    return _fitted(shown, columns)


def _offer(label: str) -> str:
    return f" {cut(sanitize(label), _WIDEST_NAME * 2)} "


def _connection(condition: Condition, translate: Translate) -> tuple[str, str]:
    _ = translate
    link = condition.link
    if condition.leaving:
        return "class:status", _("leaving…")
    if condition.nick_wanted:
        return "class:status", _("/sair leaves")
    if isinstance(link, Waiting):
        seconds = max(1, round(link.until - condition.now))
        return "class:status.problem", _("offline: reconnecting in {seconds} s").format(seconds=seconds)
    if not isinstance(link, Connected):
        return "class:status.problem", _("connecting to {address}…").format(address=condition.address)
    if condition.missing:
        return "class:status.unread", _("catching up: {number} to come").format(number=condition.missing)
    if condition.lag >= _LAG_SHOWN:
        return "class:status.unread", _("{seconds} s behind").format(seconds=round(condition.lag))
    if condition.unprinted:
        return "class:status.unread", _("{number} lines behind").format(number=condition.unprinted)
    return "class:status", _("connected")


def _conversations(conversations: Conversations, columns: int) -> StyledLine:
    """Show the conversations in order; if there is no room for all, those without news give way first."""
    every = [(place, each) for place, each in enumerate(conversations, 1)]
    pieces = {place: _piece(place, each, conversations.current is each) for place, each in every}
    by_weight = sorted(every, key=lambda pair: _weight(pair[1], conversations), reverse=True)
    shown: set[int] = set()
    for place, _each in by_weight:
        columns -= width(pieces[place])
        if columns < 0 and shown:
            break
        shown.add(place)
    line: StyledLine = []
    for place, _each in every:
        if place in shown:
            line += pieces[place]
    if len(shown) < len(every):
        line.append(("class:status.dim", "…"))
    return line


def _weight(conversation: Conversation, conversations: Conversations) -> int:
    if conversation is conversations.current:
        return 3
    return 2 if conversation.mentions else 1 if conversation.unread else 0


def _piece(place: int, conversation: Conversation, current: bool) -> StyledLine:
    title = cut(sanitize(conversation.title), _WIDEST_NAME)
    if current:
        return [("class:status.current", f" {place}:{title} "), ("class:status", " ")]
    if conversation.mentions:
        return [("class:status.mention", f"{place}:{title} {conversation.unread}!"), ("class:status", "  ")]
    if conversation.unread:
        return [("class:status.unread", f"{place}:{title} {conversation.unread}"), ("class:status", "  ")]
    return [("class:status.dim", f"{place}:{title}"), ("class:status", "  ")]


def _fitted(line: StyledLine, columns: int) -> StyledLine:
    fitted: StyledLine = []
    for look, text in line:
        left = columns - width(fitted)
        if left <= 0:
            break
        fitted.append((look, cut(text, left)))
    return fitted
