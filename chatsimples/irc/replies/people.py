"""What is told of people: WHO, WHOIS, WHOWAS, MONITOR and the like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chatsimples.chat.effects import (
    Answer,
    Counts,
    Error,
    Gone,
    People,
    Seen,
    Someone,
    Watched,
    Whois,
    Whowas,
)
from chatsimples.chat.records import Record
from chatsimples.irc import capabilities
from chatsimples.irc import numerics as n
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark
from chatsimples.irc.modes import PREFIXES
from chatsimples.irc.replies.refusals import tell_refusal
from chatsimples.irc.replies.writer import Writer
from chatsimples.irc.sources import USER

Parts = Sequence[Record | Answer]

_FIELDS = "tcuihsnfdlaor"
"""The fields of WHOX, in the order in which they are told."""

_LONGEST_TOKEN = 3


def prefixes(role: str, style: int) -> str:
    """Return what stands in front of a member's nick: with multi-prefix also what the role includes."""
    if role not in PREFIXES:
        return ""
    marks = "".join(PREFIXES.values())
    return marks[marks.index(PREFIXES[role]) :] if style & capabilities.MULTI_PREFIX else PREFIXES[role]


def host_of(conn: int) -> str:
    """Return what stands where a host does; no address of a person is told."""
    return f"c{conn}"


def who(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell of people, in the fields that were asked for."""
    asked = mark.params[0] if mark.params else "*"
    fields = mark.params[1] if len(mark.params) > 1 else ""
    for part in parts:
        if isinstance(part, People):
            for person in part.people:
                if fields.startswith("%"):
                    _tell_fields(writer, part.room, person, fields)
                else:
                    _tell_of(writer, part.room, person)
    writer.numeric(n.RPL_ENDOFWHO, _word(asked), text="End of /WHO list")


def _tell_of(writer: Writer, room: str, person: Someone) -> None:
    values = _values(writer, room, person)
    told = [values[field] for field in "cuhsnf"]
    writer.numeric(n.RPL_WHOREPLY, *told, text=f"0 {person.realname or person.nick}")


def _tell_fields(writer: Writer, room: str, person: Someone, fields: str) -> None:
    letters, _, token = fields[1:].partition(",")
    values = _values(writer, room, person)
    values["t"] = token if token.isascii() and token.isdigit() and len(token) <= _LONGEST_TOKEN else "0"
    told = [values[field] for field in _FIELDS if field in letters and field != "r"]
    text = (person.realname or person.nick) if "r" in letters else None
    writer.numeric(n.RPL_WHOSPCRPL, *told, text=text)


def _values(writer: Writer, room: str, person: Someone) -> dict[str, str]:
    away = "G" if person.away else "H"
    star = "*" if person.role else ""
    return {
        "c": f"{CHANNEL}{room}" if room else "*",
        "u": person.user or USER,
        # What an address would tell: nothing.
        "i": "255.255.255.255",
        "h": host_of(person.conn),
        "s": writer.server.name,
        "n": person.nick,
        "f": away + star + prefixes(person.room_role, writer.style),
        "d": "0",
        "l": "0",
        "a": person.account or "0",
        "o": "n/a",
    }


def whois(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell who somebody is."""
    asked = mark.params[-1].split(",")[0]
    for part in parts:
        match part:
            case Whois():
                asked = part.person.nick
                _tell_whois(writer, part)
            case Error():
                tell_refusal(writer, part, mark)
    writer.numeric(n.RPL_ENDOFWHOIS, _word(asked), text="End of /WHOIS list")


def _tell_whois(writer: Writer, answer: Whois) -> None:
    person = answer.person
    nick = person.nick
    user = person.user or USER
    writer.numeric(n.RPL_WHOISUSER, nick, user, host_of(person.conn), "*", text=person.realname or nick)
    if answer.rooms:
        words = (f"{prefixes(role, writer.style)}{CHANNEL}{room}" for room, role in answer.rooms.items())
        writer.numeric_lists(n.RPL_WHOISCHANNELS, nick, words=words)
    writer.numeric(n.RPL_WHOISSERVER, nick, writer.server.name, text=writer.server.version)
    if person.away:
        writer.numeric(n.RPL_AWAY, nick, text=person.away)
    if person.role:
        writer.numeric(n.RPL_WHOISOPERATOR, nick, text="is an IRC operator")
    if person.account:
        writer.numeric(n.RPL_WHOISACCOUNT, nick, person.account, text="is logged in as")


def whowas(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell who had a nick."""
    asked = _word(mark.params[0])
    gone: list[Gone] = [each for part in parts if isinstance(part, Whowas) for each in part.people]
    if not gone:
        writer.numeric(n.ERR_WASNOSUCHNICK, asked, text="There was no such nickname")
    for each in gone:
        user, host = each.user or USER, host_of(each.conn)
        writer.numeric(n.RPL_WHOWASUSER, each.nick, user, host, "*", text=each.realname or each.nick)
        when = datetime.fromisoformat(each.at).strftime("%a %b %d %H:%M:%S %Y")
        writer.numeric(n.RPL_WHOISSERVER, each.nick, writer.server.name, text=when)
    writer.numeric(n.RPL_ENDOFWHOWAS, asked, text="End of WHOWAS")


def monitored(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell which nicks are watched, and who of them is there."""
    for part in parts:
        match part:
            case Seen():
                seen(writer, part)
            case Watched():
                writer.numeric_lists(n.RPL_MONLIST, words=part.nicks, between=",")
                writer.numeric(n.RPL_ENDOFMONLIST, text="End of MONITOR list")
            case Error(code="too_many_watched", detail=detail):
                writer.numeric(
                    n.ERR_MONLISTFULL, detail["limit"], detail["names"], text="Monitor list is full."
                )
            case Error():
                tell_refusal(writer, part, mark)


def seen(writer: Writer, answer: Seen) -> None:
    """Tell who has come and who has gone."""
    online = (f"{each.nick}!{each.user or USER}@{host_of(each.conn)}" for each in answer.online)
    writer.numeric_lists(n.RPL_MONONLINE, words=online, between=",")
    writer.numeric_lists(n.RPL_MONOFFLINE, words=answer.offline, between=",")


def is_on(writer: Writer, _: Mark, parts: Parts) -> None:
    """Tell who of several is there."""
    _tell_there(writer, n.RPL_ISON, parts, lambda each: each.nick)


def userhosts(writer: Writer, _: Mark, parts: Parts) -> None:
    """Tell who of several is there, and where they come from."""

    def told(each: Someone) -> str:
        star, sign = "*" if each.role else "", "-" if each.away else "+"
        return f"{each.nick}{star}={sign}{each.user or USER}@{host_of(each.conn)}"

    _tell_there(writer, n.RPL_USERHOST, parts, told)


def _tell_there(writer: Writer, number: str, parts: Parts, told: Callable[[Someone], str]) -> None:
    words = [told(each) for part in parts if isinstance(part, Seen) for each in part.online]
    writer.numeric(number, text=" ".join(words))


def counts(writer: Writer, _: Mark, parts: Parts) -> None:
    """Tell how many there are."""
    for part in parts:
        if isinstance(part, Counts):
            tell_counts(writer, part)


def tell_counts(writer: Writer, answer: Counts) -> None:
    """Tell how many there are."""
    people, most = str(answer.people), str(answer.most)
    writer.numeric(n.RPL_LUSERCLIENT, text=f"There are {people} users and 0 invisible on 1 servers")
    writer.numeric(n.RPL_LUSEROP, str(answer.moderators), text="operator(s) online")
    writer.numeric(n.RPL_LUSERUNKNOWN, "0", text="unknown connection(s)")
    writer.numeric(n.RPL_LUSERCHANNELS, str(answer.rooms), text="channels formed")
    writer.numeric(n.RPL_LUSERME, text=f"I have {people} clients and 0 servers")
    writer.numeric(n.RPL_LOCALUSERS, people, most, text=f"Current local users {people}, max {most}")
    writer.numeric(n.RPL_GLOBALUSERS, people, most, text=f"Current global users {people}, max {most}")


def _word(typed: str) -> str:
    """Return what was typed as a parameter in the middle of a line."""
    return typed if typed and " " not in typed and not typed.startswith(":") else "*"
