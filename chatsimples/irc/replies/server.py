"""What the server tells of itself: the welcome, the message of the day, and what else is asked about it."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.effects import Welcome
from chatsimples.irc import capabilities, isupport, modes
from chatsimples.irc import numerics as n
from chatsimples.irc.commands import COMMANDS
from chatsimples.irc.faults import UNKNOWN
from chatsimples.irc.marks import Mark
from chatsimples.irc.offer import VALUES_SINCE, version_of
from chatsimples.irc.replies.writer import Writer
from chatsimples.irc.server import NETWORK
from chatsimples.irc.texts import LONGEST_LINE, filled


def welcome(writer: Writer, answer: Welcome) -> None:
    """Tell whoever is registered where they are."""
    server = writer.server
    writer.nick = answer.nick
    writer.numeric(n.RPL_WELCOME, text=f"Welcome to {NETWORK}, {answer.nick}")
    writer.numeric(n.RPL_YOURHOST, text=f"Your host is {server.name}, running {server.version}")
    writer.numeric(n.RPL_CREATED, text=f"All that is said here is in the log {answer.log}")
    of_channels = "".join(sorted({*modes.FLAGS, *modes.ROLES, *modes.LISTS, modes.KEY, modes.LIMIT}))
    of_users = "".join(modes.OF_USERS)
    writer.numeric(n.RPL_MYINFO, server.name, server.version.replace(" ", "-"), of_users, of_channels)
    support(writer)
    message_of_the_day(writer)


def support(writer: Writer) -> None:
    """Tell what the server supports, and its bounds."""
    for tokens in isupport.token_lines(writer.server.bounds):
        writer.numeric(n.RPL_ISUPPORT, *tokens, text="are supported by this server")


def message_of_the_day(writer: Writer) -> None:
    """Tell what whoever comes is to know."""
    server = writer.server
    writer.numeric(n.RPL_MOTDSTART, text=f"- {server.name} Message of the day - ")
    writer.numeric(n.RPL_MOTD, text=f"- {writer.translate(server.notice)}")
    writer.numeric(n.RPL_ENDOFMOTD, text="End of /MOTD command.")


def version(writer: Writer) -> None:
    """Tell what runs here."""
    server = writer.server
    writer.numeric(n.RPL_VERSION, server.version.replace(" ", "-"), server.name, text=f"log {server.log}")
    support(writer)


def time_of_day(writer: Writer) -> None:
    """Tell what time it is here."""
    writer.numeric(n.RPL_TIME, writer.server.name, text=writer.server.now())


def links(writer: Writer) -> None:
    """Tell which servers there are beside this one: none."""
    writer.numeric(n.RPL_ENDOFLINKS, "*", text="End of /LINKS list")


def administration(writer: Writer) -> None:
    """Tell who runs the server: whoever wants to be known says so in the message of the day."""
    writer.numeric(n.RPL_ADMINME, writer.server.name, text="Administrative info")
    writer.numeric(n.RPL_ADMINLOC1, text=NETWORK)
    writer.numeric(n.RPL_ADMINEMAIL, text=f"the operator of {writer.server.name}")


def info(writer: Writer) -> None:
    """Tell what the program is."""
    writer.numeric(n.RPL_INFO, text=writer.server.version)
    writer.numeric(n.RPL_INFO, text=writer.translate(writer.server.notice))
    writer.numeric(n.RPL_ENDOFINFO, text="End of /INFO list")


def help_on(writer: Writer, mark: Mark) -> None:
    """Tell which commands there are, or how one is written."""
    subject = mark.params[0].upper() if mark.params else "*"
    told = (
        COMMANDS if subject in {"*", "INDEX"} else {subject: COMMANDS[subject]} if subject in COMMANDS else {}
    )
    shown = mark.params[0][:64] if mark.params and " " not in mark.params[0] else "*"
    if not told:
        writer.numeric(n.ERR_HELPNOTFOUND, shown, text="No help on this")
        return
    writer.numeric(n.RPL_HELPSTART, shown, text="Commands")
    for name, spec in told.items():
        writer.numeric(n.RPL_HELPTXT, shown, text=f"{name} {spec.usage}".strip() + f": {spec.meaning}")
    writer.numeric(n.RPL_ENDOFHELP, shown, text="End of /HELP")


def stats(writer: Writer, mark: Mark) -> None:
    """Tell no figures: they are for those who run the server."""
    letter = mark.params[0][:1] if mark.params else ""
    writer.numeric(n.RPL_ENDOFSTATS, letter if letter.isalnum() else "*", text="End of /STATS report")


def pong(writer: Writer, mark: Mark) -> None:
    """Give a sign of life."""
    writer.say(f"PONG {writer.server.name} :{mark.params[0]}")


def talk_about_capabilities(writer: Writer, mark: Mark) -> None:
    """Tell what can be asked for, what is granted, and what was."""
    asked = mark.params[0].upper()
    match asked:
        case "LS":
            # The parser has put what is offered to this client behind the version that it knows.
            _list(writer, "LS", mark.params[2:], in_one=version_of(mark.params[1:]) < VALUES_SINCE)
        case "LIST":
            _list(writer, "LIST", capabilities.names_of(writer.style), in_one=True)
        case "REQ":
            word = "NAK" if mark.fault == UNKNOWN else "ACK"
            writer.say(f"CAP {writer.nick} {word} :{' '.join(mark.params[1:])}")
        case _:
            writer.numeric(n.ERR_INVALIDCAPCMD, asked[:32], text="Invalid CAP command")


def _list(writer: Writer, word: str, names: Sequence[str], *, in_one: bool) -> None:
    """Tell capabilities: in one line, as far as they fit, to those who do not know lists of several."""
    head = f"CAP {writer.nick} {word} "
    room = LONGEST_LINE - len(f":{writer.server.name} {head}* :\r\n".encode())
    lines = list(filled(names, room)) or [""]
    for line in [] if in_one else lines[:-1]:
        writer.say(f"{head}* :{line}")
    writer.say(f"{head}:{lines[0] if in_one else lines[-1]}")
