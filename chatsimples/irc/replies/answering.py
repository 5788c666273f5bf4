"""The answers to requests, and to what comes without one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType

from chatsimples.chat.effects import About, Answer, Error, IsAway, Members, Ping, ReadMarker, Seen, Welcome
from chatsimples.chat.records import Record
from chatsimples.irc import faults
from chatsimples.irc import numerics as n
from chatsimples.irc.commands import COMMANDS
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies import past, people, presence, proofs, rooms, server, settings
from chatsimples.irc.replies.records import merged
from chatsimples.irc.replies.refusals import tell_fault, tell_refusal
from chatsimples.irc.replies.writer import NOBODY, Writer

Parts = Sequence[Record | Answer]

_OF_SERVER: Mapping[str, Callable[[Writer], None]] = MappingProxyType(
    {
        "ADMIN": server.administration,
        "INFO": server.info,
        "LINKS": server.links,
        "MOTD": server.message_of_the_day,
        "TIME": server.time_of_day,
        "VERSION": server.version,
    }
)
_OF_MARK: Mapping[str, Callable[[Writer, Mark], None]] = MappingProxyType(
    {
        "CAP": server.talk_about_capabilities,
        "HELP": server.help_on,
        "HELPOP": server.help_on,
        "PING": server.pong,
        "STATS": server.stats,
    }
)
_OF_PROOFS: Mapping[str, Callable[[Writer, Mark, Parts], None]] = MappingProxyType(
    {
        "AUTHENTICATE": proofs.authenticated,
        "REGISTER": proofs.registered,
        "OPER": proofs.operates,
    }
)
_OF_PAST: Mapping[str, Callable[[Writer, Mark, Parts], None]] = MappingProxyType(
    {"CHATHISTORY": past.refused, "MARKREAD": past.marked}
)
_OF_PARTS: Mapping[str, Callable[[Writer, Mark, Parts], None]] = MappingProxyType(
    {
        "AWAY": presence.away,
        "INVITE": rooms.invited,
        "ISON": people.is_on,
        "LIST": settings.rooms,
        "LUSERS": people.counts,
        "MODE": settings.mode,
        "MONITOR": people.monitored,
        "USERHOST": people.userhosts,
        "WHO": people.who,
        "WHOIS": people.whois,
        "WHOWAS": people.whowas,
        "JOIN": rooms.joined,
        "NAMES": rooms.named,
        "TOPIC": rooms.topic,
    }
)


_OF_LINES = frozenset({faults.TOO_LONG, faults.TOO_MANY})
"""Faults of a line itself, whatever it was to say."""


def respond(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Answer a request."""
    spec = COMMANDS.get(mark.command)
    if writer.nick == NOBODY and spec is not None and not spec.early:
        writer.numeric(n.ERR_NOTREGISTERED, text="You have not registered")
    elif mark.command == "NOTICE" and mark.fault not in _OF_LINES:
        # Nothing answers a notice, not even an error: so no two programs can answer one another for ever.
        for part in parts:
            if isinstance(part, Record):
                writer.record(part)
    elif mark.command in _OF_PAST:
        _OF_PAST[mark.command](writer, mark, parts)
    elif mark.command in _OF_PROOFS and not mark.fault:
        _OF_PROOFS[mark.command](writer, mark, parts)
    elif mark.command == "CAP" and len(mark.params) > 0:
        server.talk_about_capabilities(writer, mark)
    elif mark.fault:
        tell_fault(writer, mark)
    elif mark.command in _OF_SERVER:
        _OF_SERVER[mark.command](writer)
    elif mark.command in _OF_MARK:
        _OF_MARK[mark.command](writer, mark)
    elif mark.command in _OF_PARTS:
        _OF_PARTS[mark.command](writer, mark, parts)
    else:
        each_part(writer, mark, parts)


def each_part(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell the records and replies of a request one after the other; of those that are heard as one, one."""
    last: Hashable | None = None
    for part in parts:
        key = merged(part) if isinstance(part, Record) else None
        if not isinstance(part, Record):
            reply(writer, part, mark)
        elif mark.command != "QUIT" and (key is None or key != last):
            # Whoever goes is told so by the end of the connection.
            writer.record(part)
        last = key


def reply(writer: Writer, answer: Answer, mark: Mark | None = None) -> None:
    """Tell what is answered by itself."""
    match answer:
        case Error():
            tell_refusal(writer, answer, mark)
        case Welcome():
            server.welcome(writer, answer)
        case Ping():
            writer.say(f"PING :{answer.seq}")
        case IsAway():
            writer.numeric(n.RPL_AWAY, answer.nick, text=answer.text)
        case ReadMarker():
            past.read_up_to(writer, answer)
        case About():
            rooms.about(writer, answer.room, answer.topic)
        case Members():
            rooms.members(writer, answer)
        case Seen():
            people.seen(writer, answer)
