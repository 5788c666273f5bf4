"""What is told of logins: SASL, the registration of accounts, and operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatsimples.chat.effects import Answer, Error
from chatsimples.chat.records import Record
from chatsimples.irc import numerics as n
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.refusals import tell_refusal
from chatsimples.irc.replies.writer import Writer
from chatsimples.irc.sasl import MECHANISMS

Parts = Sequence[Record | Answer]

_NOT_REGISTERED: Final = {
    "nick_registered": ("ACCOUNT_EXISTS", "There is an account of that name"),
    "nick_confusable": ("ACCOUNT_EXISTS", "There is an account whose name looks like that"),
    "bad_nick": ("BAD_ACCOUNT_NAME", "No account can be called so"),
    "bad_request": ("UNACCEPTABLE_PASSWORD", "It can't be a password"),
}
_TEMPORARILY: Final = ("TEMPORARILY_UNAVAILABLE", "Accounts can't be registered now")


def authenticated(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell how SASL goes on, or has ended."""
    word, account = _told(mark)
    match word:
        case "challenge":
            for piece in mark.params[1:]:
                writer.say(f"AUTHENTICATE {piece}")
        case "success":
            if not _refusals(writer, mark, parts):
                logged_in(writer, account)
                writer.numeric(n.RPL_SASLSUCCESS, text="SASL authentication successful")
        case "unknown":
            writer.numeric(n.RPL_SASLMECHS, ",".join(MECHANISMS), text="are available SASL mechanisms")
            writer.numeric(n.ERR_SASLFAIL, text="SASL authentication failed")
        case "too_long":
            writer.numeric(n.ERR_SASLTOOLONG, text="SASL message too long")
        case "aborted":
            writer.numeric(n.ERR_SASLABORTED, text="SASL authentication aborted")
        case _:
            writer.numeric(n.ERR_SASLFAIL, text="SASL authentication failed")


def registered(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell whether an account was made."""
    word, what = _told(mark)
    if word == "success":
        writer.say(f"REGISTER SUCCESS {what} :Account registered")
        if not _refusals(writer, mark, parts):
            logged_in(writer, what)
    elif what == "no_nick":
        writer.refuse("REGISTER", "NEED_NICK", "*", text="A nick, or an account's name, is needed")
    else:
        code, text = _NOT_REGISTERED.get(what, _TEMPORARILY)
        writer.refuse("REGISTER", code, "*", text=text)


def operates(writer: Writer, mark: Mark, parts: Parts) -> None:
    """Tell whether somebody is an operator now."""
    word, what = _told(mark)
    if word != "success":
        if what == "not_permitted":
            writer.numeric(n.ERR_NOOPERHOST, text="This account has no role on the server")
        else:
            writer.numeric(n.ERR_PASSWDMISMATCH, text="Password incorrect")
    elif not _refusals(writer, mark, parts):
        writer.say(f"MODE {writer.nick} +o")
        writer.numeric(n.RPL_YOUREOPER, text="You are now an IRC operator")


def logged_in(writer: Writer, account: str) -> None:
    """Tell as which account somebody is logged in."""
    writer.numeric(n.RPL_LOGGEDIN, f"{writer.nick}!u@*", account, text=f"You are now logged in as {account}")


def _told(mark: Mark) -> tuple[str, str]:
    """Return what was found out, and of which account or why not."""
    word, what, *_ = (*mark.params, "", "")
    return word, what


def _refusals(writer: Writer, mark: Mark, parts: Parts) -> bool:
    """Tell what was refused by the chat, and whether anything was; before a hello nothing is asked."""
    found = [part for part in parts if isinstance(part, Error) and part.code != "not_registered"]
    for part in found:
        tell_refusal(writer, part, mark)
    return bool(found)
