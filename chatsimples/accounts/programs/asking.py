"""How a password comes in: typed unseen, or as the first line of standard input. Never as an argument."""

from __future__ import annotations

import getpass
import sys

from chatsimples.accounts.passwords import check_password
from chatsimples.errors import ChatSimplesError, Refusal, explain
from chatsimples.i18n import N_, Translate

_LONGEST_LINE = 4_096


def ask_password(name: str, translate: Translate) -> str:
    """Ask for a new password of an account; on a terminal twice.

    Raises:
        ChatSimplesError: there is none, it can't be one, or it was not typed the same again.
    """
    _ = translate
    if sys.stdin.isatty():
        password = getpass.getpass(_(N_("Password of {name}: ")).format(name=name))
        if password != getpass.getpass(_(N_("Again: "))):
            raise ChatSimplesError(_(N_("these were two different passwords; nothing was changed")))
    else:
        line = sys.stdin.buffer.readline(_LONGEST_LINE)
        try:
            password = line.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise ChatSimplesError(_(N_("the password on standard input is not UTF-8 text"))) from None
        if not password:
            raise ChatSimplesError(_(N_("there is no password on the first line of standard input")))
    try:
        return check_password(password, name)
    except Refusal as refusal:
        raise ChatSimplesError(explain(refusal.code, refusal.detail, translate)) from None
