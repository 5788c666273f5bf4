"""What is told of the past."""

from __future__ import annotations

import pytest
from irc.writers import AT, lines, record, writer

from chatsimples.chat.effects import Conversation, ConversationList, Error, HistoryEnd, ReadMarker
from chatsimples.irc.capabilities import BATCH, READ_MARKER, SERVER_TIME
from chatsimples.irc.marks import Mark
from chatsimples.irc.past import PLAYBACK
from chatsimples.irc.replies.past import marked, refused, told

ASKED = Mark("CHATHISTORY", ("LATEST", "#x", "*", "5"))


def test_history_is_a_batch_for_those_who_know_batches() -> None:
    found = [record("message", text="oi"), record("topic", by="eva", by_conn=9, text="of it")]
    written = [":bia!u@c7 PRIVMSG #x :oi", ":eva!u@c9 TOPIC #x :of it"]
    for style, first, tag, last in (
        (0, [], "", []),
        (BATCH, ["BATCH +within chathistory #x"], "@batch=within ", ["BATCH -within"]),
    ):
        to = writer(style=style)
        told(to, ASKED, found, HistoryEnd("x", complete=True))
        assert [*first, *[tag + line for line in written], *last] == lines(to)


def test_conversations_are_lines_of_their_own() -> None:
    to = writer(style=BATCH)
    end = ConversationList([Conversation(AT, room="x"), Conversation(AT, to="bia")], complete=True)
    told(to, Mark("CHATHISTORY", ("TARGETS",)), [], end)
    assert [
        "BATCH +within draft/chathistory-targets",
        "@batch=within :irc.test CHATHISTORY TARGETS #x 2026-11-22T15:00:00.123Z",
        "@batch=within :irc.test CHATHISTORY TARGETS bia 2026-11-22T15:00:00.123Z",
        "BATCH -within",
    ] == lines(to)


def test_a_message_of_another_log_is_no_place_in_this_one() -> None:
    asked = Mark("CHATHISTORY", ("BETWEEN", "#x", "msgid=LOG/7", "msgid=OTHER/9", "5"), label="l1")
    now, later = writer(), writer(style=BATCH)
    refused(now, asked, [])
    told(later, asked, [record("message", text="oi")], HistoryEnd("x", complete=True))
    assert "FAIL CHATHISTORY INVALID_MSGREFTYPE BETWEEN #x :It is a msgid of another log" == lines(now)[0]
    assert b"" == later.labelled(asked)


def test_what_is_answered_later_is_answered_nothing_now() -> None:
    to = writer()
    asked = Mark("CHATHISTORY", ("LATEST", "#x", "*", "5"), label="l1")
    refused(to, asked, [])
    assert b"" == to.labelled(asked)
    later = writer(style=BATCH)
    told(later, asked, [], HistoryEnd("x", complete=True))
    assert b"@label=l1 :irc.test BATCH +within chathistory #x" == later.labelled(asked).split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("mark", "parts", "line"),
    [
        (
            ASKED, [Error("not_in_room", {"room": "x"})],
            "INVALID_TARGET LATEST #x :Messages could not be retrieved",
        ),
        (
            Mark("CHATHISTORY", ("LATEST", "#x", "*", "0"), fault="INVALID_PARAMS"), [],
            "INVALID_PARAMS LATEST #x :These parameters mean nothing",
        ),
        (
            Mark("CHATHISTORY", ("LATEST", ":x y"), fault="NEED_MORE_PARAMS"), [],
            "NEED_MORE_PARAMS LATEST :Missing parameters",
        ),
    ],
)  # fmt: skip
def test_why_nothing_is_told_is_a_standard_reply(mark: Mark, parts: list[Error], line: str) -> None:
    to = writer()
    refused(to, mark, parts)
    assert [f"FAIL CHATHISTORY {line}"] == lines(to)


def test_a_marker_is_told_to_those_who_want_it() -> None:
    asked = Mark("MARKREAD", ("#x",))
    for style, expected in (
        (READ_MARKER, ["MARKREAD #x timestamp=2026-11-22T15:00:00.123Z", "MARKREAD bia *"]),
        (0, []),
    ):
        to = writer(style=style)
        marked(to, asked, [ReadMarker("x", "", AT), ReadMarker("", "bia", "")])
        assert expected == lines(to)
    to = writer()
    marked(to, Mark("MARKREAD", ("#x", "*"), fault="INVALID_PARAMS"), [])
    assert ["FAIL MARKREAD INVALID_PARAMS #x :These parameters mean nothing"] == lines(to)


def test_what_is_played_back_is_marked_as_what_it_is() -> None:
    asked, found = Mark(PLAYBACK, ("", "#x")), [record("message", text="oi")]
    for style, expected in (
        (
            0,
            [
                "NOTICE #x :1 messages from before", ":bia!u@c7 PRIVMSG #x :[2026-11-22 15:00:00Z] oi",
                "NOTICE #x :that was before",
            ],
        ),
        (
            BATCH | SERVER_TIME,
            [
                "BATCH +within chathistory #x",
                "@batch=within;time=2026-11-22T15:00:00.123Z :bia!u@c7 PRIVMSG #x :oi", "BATCH -within",
            ],
        ),
    ):  # fmt: skip
        to = writer(style=style)
        told(to, asked, found, HistoryEnd("x", complete=False))
        assert expected == lines(to)
        to = writer(style=style)
        told(to, asked, [], HistoryEnd("x", complete=True))
        assert [] == lines(to)
