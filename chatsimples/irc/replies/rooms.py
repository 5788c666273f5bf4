"""What is told of rooms: who is in them, and what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatsimples.chat.effects import About, Answer, Error, Members, ReadMarker
from chatsimples.chat.moderation import IS_IN
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.irc import capabilities, past
from chatsimples.irc import numerics as n
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.past import read_up_to
from chatsimples.irc.replies.people import prefixes
from chatsimples.irc.replies.refusals import tell_refusal
from chatsimples.irc.replies.writer import NOBODY, Writer
from chatsimples.irc.sources import source_of


def joined(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell of rooms that were entered what each is about and who is there, and why others were not."""
    entered: set[str] = set()
    for part in parts:
        match part:
            case Record(type="join"):
                entered.add(name_key(part.room))
                writer.record(part)
            case Record():
                writer.record(part)
            case About():
                about(writer, part.room, part.topic)
            case Members() if name_key(part.room) in entered:
                members(writer, part)
            case ReadMarker() if name_key(part.room) in entered:
                read_up_to(writer, part)
            case Error(id=past.PLAYBACK):
                # Whoever is not in the room is told so already.
                continue
            case Error(code="already_in_room"):
                # As other servers have it.
                continue
            case Error():
                tell_refusal(writer, part, mark)


def about(writer: Writer, room: str, topic: str) -> None:
    """Tell what a room is about."""
    if topic:
        writer.numeric(n.RPL_TOPIC, f"{CHANNEL}{room}", text=topic)
    else:
        writer.numeric(n.RPL_NOTOPIC, f"{CHANNEL}{room}", text="No topic is set")


def members(writer: Writer, answer: Members) -> None:
    """Tell who is in a room."""
    secret = answer.settings is not None and answer.settings.secret
    channel = f"{CHANNEL}{answer.room}"
    words = _named(answer, writer.style)
    writer.numeric_lists(n.RPL_NAMREPLY, "@" if secret else "=", channel, words=words)
    told = len(answer.members)
    rest = f" ({told} of {answer.count})" if told < answer.count else ""
    writer.numeric(n.RPL_ENDOFNAMES, channel, text=f"End of /NAMES list{rest}")


def named(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell who is in rooms; of those that are closed or none, that the list is at its end."""
    told = set()
    for part in parts:
        if isinstance(part, Members):
            told.add(name_key(part.room))
            members(writer, part)
    asked = mark.params[0].split(",") if mark.params else [NOBODY]
    for channel in asked:
        if name_key(channel.removeprefix(CHANNEL)) not in told and channel and " " not in channel:
            writer.numeric(n.RPL_ENDOFNAMES, channel, text="End of /NAMES list")


def topic(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell what a room is about, or that it is about something else now."""
    for part in parts:
        match part:
            case Record():
                writer.record(part)
            case Members(count=0):
                writer.numeric(n.ERR_NOSUCHCHANNEL, f"{CHANNEL}{part.room}", text="No such channel")
            case Members():
                about(writer, part.room, part.topic)
            case Error():
                tell_refusal(writer, part, mark)


def invited(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell that somebody was invited."""
    for part in parts:
        match part:
            case Record(type="invite"):
                writer.numeric(n.RPL_INVITING, part.nick, f"{CHANNEL}{part.room}")
            case Error(code="not_permitted", detail={"why": why, "nick": nick, "room": room}) if why == IS_IN:
                text = writer.explained(part.code, part.detail)
                writer.numeric(n.ERR_USERONCHANNEL, nick, f"{CHANNEL}{room}", text=text)
            case Error():
                tell_refusal(writer, part, mark)


def _named(answer: Members, style: int) -> Iterator[str]:
    marks = (prefixes(answer.roles.get(nick, ""), style) for nick in answer.members)
    if style & capabilities.USERHOST_IN_NAMES and answer.conns:
        sources = map(source_of, answer.members, answer.conns)
        return (prefix + source for prefix, source in zip(marks, sources, strict=True))
    return (prefix + nick for prefix, nick in zip(marks, answer.members, strict=True))
