"""The commands of IRC: what each needs, and what it asks of the chat.

What is understood of a line becomes the commands of one request; what is not, a `Fault` among them, so that
the answer comes in its place. Names and texts are checked here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Fault
from chatsimples.chat.names import check_nick, check_room, check_text, printable
from chatsimples.chat.profiles import AWAY_SIZE, check_away, check_realname
from chatsimples.chat.tags import check_tags, is_passing
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.irc import texts
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.server import MOST_ROOMS, MOST_TARGETS, Bounds

Params = Sequence[str]

_NO_CHANNEL = N_("the name of a channel begins with #")
_NO_CTCP = N_("it is a CTCP, of a program to another one, which is not passed on")


class Asker(NamedTuple):
    """Whoever asks: the connection, what names and texts may hold, and the tags of the line."""

    conn: int
    bounds: Bounds
    tags: Mapping[str, str] = {}

    def client_tags(self) -> dict[str, str]:
        """Return those of the line's tags that are for other clients."""
        return {name: value for name, value in self.tags.items() if name.startswith("+")}

    def target(self, name: str) -> tuple[str, str]:
        """Return the room or, else, the nick that something is for.

        Raises:
            Refusal: ``bad_room``, ``no_such_nick``.
        """
        return ("", self.nick(name)) if name[:1] != CHANNEL else (self.room(name), "")

    def fault_for(self, refusal: Refusal, target: str) -> Fault:
        """Give what was refused of something that was for a target."""
        return Fault(self.conn, refusal.code, {**refusal.detail, "target": printable(target, 64)})

    def fault(self, refusal: Refusal) -> Fault:
        """Give what was refused as a command."""
        return Fault(self.conn, refusal.code, refusal.detail)

    def room(self, channel: str) -> str:
        """Return the name of the room that a channel is.

        Raises:
            Refusal: ``bad_room``.
        """
        if not channel.startswith(CHANNEL):
            raise Refusal("bad_room", name=printable(channel, 32), why=_NO_CHANNEL)
        return check_room(channel, self.bounds.max_name)

    def nick(self, name: str) -> str:
        """Return a nick.

        Raises:
            Refusal: ``no_such_nick``, as nobody can be called so.
        """
        try:
            return check_nick(name, self.bounds.max_name)
        except Refusal:
            raise Refusal("no_such_nick", nick=printable(name, 32)) from None

    def text(self, typed: Params) -> str:
        """Return the text that may stand at the end of a line; empty if there is none.

        Raises:
            Refusal: ``bad_text``, ``text_too_long``.
        """
        text = texts.plain(typed[0]) if typed else ""
        return text and check_text(text, self.bounds.max_text)

    def word(self, typed: Params) -> str:
        """Return the text with which somebody goes; empty if it may not be said: nobody is kept by that."""
        try:
            return self.text(typed)
        except Refusal:
            return ""


Asks = Callable[[Asker, Params], Iterator[Command]]


class Spec(NamedTuple):
    """A command.

    Attributes:
        usage: its parameters.
        least: how many of them it needs.
        meaning: in a line.
        asks: gives what it asks of the chat; None if the chat need not be asked.
        early: whether it may be given before registration.
    """

    usage: str
    least: int
    meaning: str
    asks: Asks | None = None
    early: bool = False


def join(asker: Asker, params: Params) -> Iterator[Command]:
    """Enter rooms, with their keys."""
    keys = iter(params[1].split(",") if len(params) > 1 else ())
    for channel in _listed(params[0], MOST_ROOMS):
        key = next(keys, "")
        try:
            room = asker.room(channel)
        except Refusal as refusal:
            yield asker.fault(refusal)
        else:
            yield commands.Join(asker.conn, room, key=key)
            yield commands.Who(asker.conn, room, numbered=True, entering=True)


def part(asker: Asker, params: Params) -> Iterator[Command]:
    """Leave rooms."""
    for channel in _listed(params[0], MOST_ROOMS):
        try:
            yield commands.Leave(asker.conn, asker.room(channel), text=asker.word(params[1:]))
        except Refusal as refusal:
            yield asker.fault(refusal)


def names(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask who is in rooms."""
    for channel in _listed(params[0] if params else "", 1):
        try:
            yield commands.Who(asker.conn, asker.room(channel), numbered=True)
        except Refusal:
            # Nobody is there.
            continue


def topic(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask what a room is about, or say so."""
    try:
        room = asker.room(params[0])
        if params[1:]:
            yield commands.Topic(asker.conn, room, asker.text(params[1:]))
        else:
            yield commands.Who(asker.conn, room, limit=1)
    except Refusal as refusal:
        yield asker.fault(refusal)


def kick(asker: Asker, params: Params) -> Iterator[Command]:
    """Remove somebody from a room."""
    names = [name for name in params[1].split(",") if name]
    channels = params[0].split(",")
    # As many channels as nicks are pairs.
    pairs = zip(channels if len(channels) > 1 else channels * len(names), names, strict=False)
    for channel, name in dict.fromkeys(pairs):
        try:
            room, nick = asker.room(channel), asker.nick(name)
            yield commands.Kick(asker.conn, nick, room, asker.text(params[2:]))
        except Refusal as refusal:
            yield asker.fault(refusal)


def invite(asker: Asker, params: Params) -> Iterator[Command]:
    """Invite somebody into a room."""
    try:
        yield commands.Invite(asker.conn, asker.room(params[1]), asker.nick(params[0]))
    except Refusal as refusal:
        yield asker.fault(refusal)


def say(asker: Asker, params: Params) -> Iterator[Command]:
    """Say something in rooms, and to people."""
    for target in _listed(params[0], MOST_TARGETS):
        yield said(asker, target, params[1])


def notify(asker: Asker, params: Params) -> Iterator[Command]:
    """Say something that no program answers."""
    for target in _listed(params[0], MOST_TARGETS):
        yield said(asker, target, params[1], kind="notice")


def tag(asker: Asker, params: Params) -> Iterator[Command]:
    """Tell tags alone: what is true for a moment, or a reaction that goes on record."""
    given = asker.client_tags()
    if not given:
        return
    for target in _listed(params[0], MOST_TARGETS):
        try:
            room, to = asker.target(target)
            tags = check_tags(given)
        except Refusal as refusal:
            yield asker.fault_for(refusal, target)
            continue
        if is_passing(tags):
            yield commands.Signal(asker.conn, tags, room, to)
        else:
            yield commands.Say(asker.conn, "", room, to, tags=tags)


def away(asker: Asker, params: Params) -> Iterator[Command]:
    """Be away, or back."""
    try:
        yield commands.Away(asker.conn, check_away(texts.shortened(asker.text(params), AWAY_SIZE)))
    except Refusal as refusal:
        yield asker.fault(refusal)


def set_name(asker: Asker, params: Params) -> Iterator[Command]:
    """Tell another real name."""
    try:
        yield commands.SetName(asker.conn, check_realname(texts.plain(params[0])))
    except Refusal as refusal:
        yield asker.fault(refusal)


def said(asker: Asker, target: str, typed: str, kind: str = "") -> Command:
    """Give what is said to one target."""
    try:
        room, to = asker.target(target)
        given = asker.client_tags() if asker.tags else None
        tags = check_tags(given) if given else None
        text, action, ctcp = texts.read_text(typed)
        text = "" if ctcp else check_text(text, asker.bounds.max_text)
    except Refusal as refusal:
        return asker.fault_for(refusal, target)
    if ctcp:
        return asker.fault_for(Refusal("bad_text", why=_NO_CTCP), target)
    return commands.Say(asker.conn, text, room, to, kind="action" if action else kind, tags=tags)


def has_too_many_targets(name: str, params: Params) -> bool:
    """Tell whether a command names more targets at once than it may."""
    place, most = _TARGETS.get(name, (0, 0))
    if not most or params[place].count(",") < most:
        return False
    return len(_listed(params[place], most + 1)) > most


def leave_for_good(asker: Asker, params: Params) -> Iterator[Command]:
    """Go."""
    yield commands.Bye(asker.conn, asker.word(params))


def _listed(typed: str, most: int) -> list[str]:
    """Return what stands in a list, each once and at most so many."""
    return [*dict.fromkeys(each for each in typed.split(",") if each)][:most]


TALKING = frozenset({"NOTICE", "PRIVMSG"})
"""The commands that say a text."""

SPEAKING = TALKING | {"TAGMSG"}
"""The commands that tell others something."""

_TARGETS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "JOIN": (0, MOST_ROOMS),
        "KICK": (1, MOST_TARGETS),
        "NOTICE": (0, MOST_TARGETS),
        "PART": (0, MOST_ROOMS),
        "PRIVMSG": (0, MOST_TARGETS),
        "TAGMSG": (0, MOST_TARGETS),
    }
)
"""Of each command that names several targets in which parameter it does, and how many there can be."""

COMMANDS: Mapping[str, Spec] = MappingProxyType(
    {
        "ADMIN": Spec("", 0, "who runs the server"),
        "AUTHENTICATE": Spec("mechanism|data|*", 1, "log in by SASL", early=True),
        "AWAY": Spec("[text]", 0, "be away, or back", away),
        "BATCH": Spec(
            "+reference draft/multiline target|-reference", 1, "say the lines in between as one message"
        ),
        "CAP": Spec("LS|LIST|REQ|END", 1, "what else the server and the client can do", early=True),
        "CHATHISTORY": Spec(
            "LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS target reference limit", 0, "what was said"
        ),
        "HELP": Spec("[subject]", 0, "these commands"),
        "HELPOP": Spec("[subject]", 0, "these commands"),
        "INFO": Spec("", 0, "what runs here"),
        "INVITE": Spec("nick #room", 2, "invite somebody into a room", invite),
        "JOIN": Spec("#room,… [key,…]", 1, "enter rooms", join),
        "KICK": Spec("#room nick,… [reason]", 2, "remove somebody from a room", kick),
        "LINKS": Spec("", 0, "which other servers there are: none"),
        "MARKREAD": Spec("target [timestamp=…]", 0, "up to where one has read"),
        "MOTD": Spec("", 0, "what whoever comes is told"),
        "NAMES": Spec("#room,…", 0, "who is in rooms", names),
        "NICK": Spec("nick", 1, "how one is called", early=True),
        "NOTICE": Spec("target,… text", 2, "say something that no program answers", notify),
        "OPER": Spec("account password", 2, "log in as somebody with a role on the server"),
        "PART": Spec("#room,… [reason]", 1, "leave rooms", part),
        "PASS": Spec("password", 1, "the server's password, or account:password", early=True),
        "PING": Spec("token", 1, "ask for a sign of life", early=True),
        "PONG": Spec("token", 0, "give one", early=True),
        "PRIVMSG": Spec("target,… text", 2, "say something in rooms, and to people", say),
        "QUIT": Spec("[reason]", 0, "go", leave_for_good, early=True),
        "REGISTER": Spec("account|* * password", 3, "make an account", early=True),
        "SETNAME": Spec(":name", 1, "tell another real name", set_name),
        "STATS": Spec("[letter]", 0, "nothing: figures are for those who run the server"),
        "TAGMSG": Spec("target,…", 1, "react, or tell that one types: with tags alone", tag),
        "TIME": Spec("", 0, "what time it is here"),
        "TOPIC": Spec("#room [text]", 1, "what a room is about", topic),
        "USER": Spec("user 0 * :name", 4, "who one is", early=True),
        "VERSION": Spec("", 0, "what runs here, and what it can do"),
    }
)
"""All that is understood, by name."""
