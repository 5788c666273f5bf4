"""IRC in its styles."""

from __future__ import annotations

import gc
from weakref import ref

from dialects.wire import DIALECTS, LIMITS

from chatsimples.chat.records import Record
from chatsimples.dialects.irc import IrcDialect
from chatsimples.irc.capabilities import ECHO_MESSAGE, MESSAGE_TAGS
from chatsimples.irc.server import Server

MESSAGE = Record(12, "2026-11-22T15:00:00.123456Z", "message", 7, "ana", room="x", text="oi")


def test_a_style_is_one_dialect_as_long_as_somebody_has_it() -> None:
    dialect = IrcDialect(Server(), LIMITS, str, lambda: "s" * 16)
    kept = dialect.styled(MESSAGE_TAGS)
    assert kept is dialect.styled(MESSAGE_TAGS) is kept.styled(MESSAGE_TAGS)
    assert dialect is dialect.styled(0) is kept.styled(0)
    gone = ref(dialect.styled(ECHO_MESSAGE))
    gc.collect()
    assert gone() is None


def test_a_style_tells_whether_one_hears_oneself() -> None:
    dialect = DIALECTS["irc"]
    assert not dialect.styled(0).echoes
    assert dialect.styled(ECHO_MESSAGE).echoes


def test_each_style_writes_in_its_own_way() -> None:
    dialect = DIALECTS["irc"]
    assert b":ana!u@c7 PRIVMSG #x :oi\r\n" == dialect.styled(0).render(MESSAGE, b"")
    assert b"@msgid=/12 :ana!u@c7 PRIVMSG #x :oi\r\n" == dialect.styled(MESSAGE_TAGS).render(MESSAGE, b"")


def test_the_last_line_is_an_error_unless_the_client_has_gone() -> None:
    dialect = DIALECTS["irc"]
    assert b"ERROR :Closing link (quit)\r\n" == dialect.goodbye("quit")
    assert b"" == dialect.goodbye("closed")
