"""The commands of IRC: what each needs, and what it asks of the chat.

What is understood of a line becomes the commands of one request; what is not, a `Fault` among them, so that
the answer comes in its place. Names and texts are checked here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from chatsimples.chat import commands
from chatsimples.chat.commands import Command
from chatsimples.chat.names import check_text
from chatsimples.chat.profiles import AWAY_SIZE, check_away, check_realname
from chatsimples.chat.tags import check_tags, is_passing
from chatsimples.errors import Refusal
from chatsimples.i18n import N_
from chatsimples.irc import asking_of_people as people
from chatsimples.irc import texts
from chatsimples.irc.asking import Asker, Params, Spec, listed
from chatsimples.irc.server import MOST_ROOMS, MOST_TARGETS
from chatsimples.irc.setting import mode

_NO_CTCP = N_("it is a CTCP, of a program to another one, which is not passed on")


def join(asker: Asker, params: Params) -> Iterator[Command]:
    """Enter rooms, with their keys."""
    keys = iter(params[1].split(",") if len(params) > 1 else ())
    for channel in listed(params[0], MOST_ROOMS):
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
    for channel in listed(params[0], MOST_ROOMS):
        try:
            yield commands.Leave(asker.conn, asker.room(channel), text=asker.word(params[1:]))
        except Refusal as refusal:
            yield asker.fault(refusal)


def names(asker: Asker, params: Params) -> Iterator[Command]:
    """Ask who is in rooms."""
    for channel in listed(params[0] if params else "", 1):
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
    for target in listed(params[0], MOST_TARGETS):
        yield said(asker, target, params[1])


def notify(asker: Asker, params: Params) -> Iterator[Command]:
    """Say something that no program answers."""
    for target in listed(params[0], MOST_TARGETS):
        yield said(asker, target, params[1], kind="notice")


def tag(asker: Asker, params: Params) -> Iterator[Command]:
    """Tell tags alone: what is true for a moment, or a reaction that goes on record."""
    given = asker.client_tags()
    if not given:
        return
    for target in listed(params[0], MOST_TARGETS):
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
        yield commands.Away(asker.conn, check_away(texts.fit(asker.text(params), AWAY_SIZE)))
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
    return len(listed(params[place], most + 1)) > most


def leave_for_good(asker: Asker, params: Params) -> Iterator[Command]:
    """Go."""
    yield commands.Bye(asker.conn, asker.word(params))


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
        "ISON": Spec("nick …", 1, "who of these is there", people.presence),
        "JOIN": Spec("#room,… [key,…]", 1, "enter rooms", join),
        "KICK": Spec("#room nick,… [reason]", 2, "remove somebody from a room", kick),
        "KILL": Spec("nick [reason]", 1, "remove somebody from the server", people.kill),
        "LINKS": Spec("", 0, "which other servers there are: none"),
        "LIST": Spec("[condition,…]", 0, "which rooms there are", people.rooms),
        "LUSERS": Spec("", 0, "how many people there are", people.count),
        "MARKREAD": Spec("target [timestamp=…]", 0, "up to where one has read"),
        "MODE": Spec("#room|nick [modes]", 1, "how a room or a user is set", mode),
        "MONITOR": Spec("+|-|C|L|S [nick,…]", 1, "be told when these come and go", people.monitor),
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
        "USERHOST": Spec("nick …", 1, "who of these is there, and where from", people.presence),
        "VERSION": Spec("", 0, "what runs here, and what it can do"),
        "WALLOPS": Spec("text", 1, "tell everybody something", people.wallops),
        "WHO": Spec("#room|mask [o|%fields]", 0, "who is there", people.who),
        "WHOIS": Spec("[server] nick", 1, "who somebody is", people.whois),
        "WHOWAS": Spec("nick [count]", 1, "who had a nick", people.whowas),
    }
)
"""All that is understood, by name."""
