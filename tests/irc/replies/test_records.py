"""Records as lines of IRC."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from irc.writers import AT, SERVER, record

from chatsimples.chat.names import check_text
from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.irc import capabilities as caps
from chatsimples.irc.capabilities import MESSAGE_TAGS, SERVER_TIME
from chatsimples.irc.people import People
from chatsimples.irc.replies.records import RecordWriter, merged
from chatsimples.irc.replies.writer import join
from chatsimples.irc.sources import source_of


def written(of: Record, style: int = 0, people: People | None = None) -> str:
    return join(RecordWriter(SERVER, style, people or People()).write(of)).decode()


@pytest.mark.parametrize(
    ("kind", "fields", "line"),
    [
        ("message", {"text": "olá"}, ":bia!u@c7 PRIVMSG #x :olá"),
        ("message", {"room": "", "to": "rui", "text": ":)"}, ":bia!u@c7 PRIVMSG rui ::)"),
        ("message", {"text": "oi", "kind": "notice"}, ":bia!u@c7 NOTICE #x :oi"),
        ("message", {"text": "dances", "kind": "action"}, ":bia!u@c7 PRIVMSG #x :\x01ACTION dances\x01"),
        ("leave", {"reason": "left", "text": "tchau"}, ":bia!u@c7 PART #x :tchau"),
        ("join", {}, ":bia!u@c7 JOIN #x"),
        ("leave", {"reason": "left"}, ":bia!u@c7 PART #x"),
        ("leave", {"reason": "quit", "text": "tchau"}, ":bia!u@c7 QUIT :tchau"),
        ("leave", {"reason": "timeout"}, ":bia!u@c7 QUIT :timeout"),
        ("leave", {"reason": "kicked", "by": "ana", "by_conn": 3}, ":ana!u@c3 KICK #x bia :ana"),
        (
            "leave", {"reason": "kicked", "text": "off", "by": "ana", "by_conn": 3},
            ":ana!u@c3 KICK #x bia :off",
        ),
        ("leave", {"reason": "banned", "by": BY_OPERATOR}, ":irc.test KICK #x bia :banned"),
        ("nick", {"new": "bea"}, ":bia!u@c7 NICK bea"),
        ("topic", {"text": "of it", "by": "ana", "by_conn": 3}, ":ana!u@c3 TOPIC #x :of it"),
        ("invite", {"by": "ana", "by_conn": 3}, ":ana!u@c3 INVITE bia #x"),
        (
            "announcement", {"room": "", "text": "já volto", "by": "ana", "by_conn": 3},
            ":ana!u@c3 WALLOPS :já volto",
        ),
        ("announcement", {"room": "", "text": "oi", "by": BY_OPERATOR}, ":irc.test NOTICE $* :oi"),
    ],
)  # fmt: skip
def test_a_record_is_a_line(kind: str, fields: dict[str, Any], line: str) -> None:
    assert f"{line}\r\n" == written(record(kind, **fields))


@pytest.mark.parametrize(
    "style", [0, SERVER_TIME, MESSAGE_TAGS, SERVER_TIME | MESSAGE_TAGS, caps.ACCOUNT_TAG]
)
@pytest.mark.parametrize("fields", [{}, {"account": "Bia"}, {"tags": {"+x": "y"}}, {"text": "\u00e9" * 240}])
def test_the_short_way_of_a_message_writes_what_the_long_one_does(style: int, fields: dict[str, Any]) -> None:
    people = People()
    people.observe(record("hello", account=fields.get("account", "")))
    message = record("message", **{"text": "ol\u00e1", **fields})
    plain = RecordWriter(SERVER, style, people).plain(message)
    assert plain.decode() == written(message, style, people)


@pytest.mark.parametrize(
    "fields",
    [{"kind": "action"}, {"kind": "notice"}, {"room": "", "to": "rui"}, {"text": ""}, {"text": "x" * 600}],
)
def test_the_short_way_is_for_messages_of_one_line_in_a_room(fields: dict[str, Any]) -> None:
    message = record("message", **{"text": "oi", **fields})
    assert b"" == RecordWriter(SERVER, 0, People()).plain(message)


def test_what_has_no_meaning_in_irc_is_not_told() -> None:
    assert "" == written(record("hello", room="", dialect="irc"))
    assert "" == written(record("bye", room="", reason="quit"))


def test_time_and_id_are_told_to_those_who_asked_for_them() -> None:
    message = record("message", text="oi")
    assert "@time=2026-11-22T15:00:00.123Z;msgid=LOG/12 " == written(message, SERVER_TIME | MESSAGE_TAGS)[:44]
    assert written(message, MESSAGE_TAGS).startswith("@msgid=LOG/12 :bia")
    assert written(message, SERVER_TIME).startswith("@time=2026-11-22T15:00:00.123Z :bia")


def test_what_clients_add_is_told_to_those_who_know_tags() -> None:
    reaction = record("tags", tags={"+draft/react": "a b"})
    assert "@msgid=LOG/12;+draft/react=a\\sb :bia!u@c7 TAGMSG #x\r\n" == written(reaction, MESSAGE_TAGS)
    assert "@+typing=active :bia!u@c7 TAGMSG #x\r\n" == written(
        record("signal", tags={"+typing": "active"}), MESSAGE_TAGS
    )
    assert "" == written(reaction)
    assert ":bia!u@c7 PRIVMSG #x :oi\r\n" == written(record("message", text="oi", tags={"+x": "y"}))


def test_what_records_do_not_tell_of_somebody_is_told_to_those_who_asked() -> None:
    people = People()
    people.observe(record("hello", account="Bia", realname="Bia B"))
    people.observe(record("away", text="lunch"))
    for kind, fields, style, line in (
        ("message", {"text": "oi"}, caps.ACCOUNT_TAG, "@account=Bia :bia!u@c7 PRIVMSG #x :oi"),
        ("join", {}, caps.EXTENDED_JOIN, ":bia!u@c7 JOIN #x Bia :Bia B"),
        ("join", {}, caps.AWAY_NOTIFY, ":bia!u@c7 JOIN #x\r\n:bia!u@c7 AWAY :lunch"),
        ("away", {"text": "lunch"}, caps.AWAY_NOTIFY, ":bia!u@c7 AWAY :lunch"),
        ("away", {}, caps.AWAY_NOTIFY, ":bia!u@c7 AWAY"),
        ("setname", {"realname": "B"}, caps.SETNAME, ":bia!u@c7 SETNAME :B"),
    ):
        of = record(kind, **fields)
        assert f"{line}\r\n" == written(of, style, people)
    assert "" == written(record("away", text="x")) == written(record("setname", realname="x"))
    assert ":bia!u@c7 JOIN #x * :bia\r\n" == written(record("join"), caps.EXTENDED_JOIN)


@given(text=st.text(min_size=1, max_size=1_500))
def test_no_line_is_longer_than_irc_allows_and_none_is_forged(text: str) -> None:
    text = "".join(each for each in text if each.isprintable()) or "x"
    assert text.isspace() or text == check_text(text, 0)
    lines = written(record("message", text=text)).split("\r\n")[:-1]
    head = ":bia!u@c7 PRIVMSG #x :"
    assert all(line.startswith(head) and len(line.encode()) <= 510 for line in lines)
    told = "".join(line.removeprefix(head) for line in lines)
    assert text.replace(" ", "") == told.replace(" ", "")


def test_what_several_rooms_hear_of_one_command_is_equal() -> None:
    nicks = [record("nick", new="bea", room=room) for room in "xyz"]
    quits = [record("leave", reason="quit", room=room) for room in "xyz"]
    names = [record("setname", realname="B", room=room) for room in "xyz"]
    for those in (nicks, quits, names):
        assert 1 == len({merged(each) for each in those})
    assert len({merged(nicks[0]), merged(quits[0]), merged(record("nick", new="b2"))}) == 3


def test_what_one_room_hears_is_by_itself() -> None:
    kicked = record("leave", reason="kicked", by="ana")
    for each in (record("leave", reason="left"), kicked, record("join"), record("message", text="x")):
        assert merged(each) is None


def test_who_it_is_from_needs_the_record_alone() -> None:
    assert "ana!u@c3" == source_of("ana", 3)
    assert AT == record("join").at


MULTILINE = caps.MULTILINE | caps.BATCH | MESSAGE_TAGS


def parts(*texts: str, joined: int = -1, **fields: object) -> list[Record]:
    """Return the records of a message of several lines, of which one goes on in the line before it."""
    return [
        Record(
            20 + part, AT, "message", 7, "bia", room="x", text=text, part=part, parts=len(texts),
            joined=part - 1 == joined, tags={"+t": "v"} if part == 1 else None,
        )
        for part, text in enumerate(texts, 1)
    ]  # fmt: skip


def told(records: list[Record], style: int) -> list[str]:
    writer = RecordWriter(SERVER, style, People())
    return join([line for each in records for line in writer.write(each)]).decode().split("\r\n")[:-1]


def test_a_message_of_several_lines_is_a_batch() -> None:
    assert [
        "@msgid=LOG/21;+t=v :bia!u@c7 BATCH +21 draft/multiline #x",
        "@batch=21 :bia!u@c7 PRIVMSG #x :",
        "@batch=21 :bia!u@c7 PRIVMSG #x :a",
        "@batch=21;draft/multiline-concat :bia!u@c7 PRIVMSG #x :b",
        ":bia!u@c7 BATCH -21",
    ] == told(parts("", "a", "b", joined=2), MULTILINE)


def test_to_others_each_line_is_a_message_and_the_first_one_has_the_id() -> None:
    records = parts("", "a", "b")
    lines = ["@msgid=LOG/21;+t=v :bia!u@c7 PRIVMSG #x :a", "@+t=v :bia!u@c7 PRIVMSG #x :b"]
    assert lines == told(records, MESSAGE_TAGS)
    assert lines * 2 == told(records * 2, MESSAGE_TAGS)
    assert [":bia!u@c7 PRIVMSG #x :a", ":bia!u@c7 PRIVMSG #x :b"] == told(records, caps.MULTILINE)


def test_a_text_too_long_for_a_line_is_joined_by_those_who_can() -> None:
    lines = told([record("message", text="x" * 600)], MULTILINE)
    assert "@msgid=LOG/12 :bia!u@c7 BATCH +12 draft/multiline #x" == lines[0]
    assert "x" * 600 == "".join(line.partition(" :")[2].partition(" :")[2] for line in lines[1:-1])
    assert [False, True] == [line.startswith("@batch=12;draft/multiline-concat ") for line in lines[1:-1]]
    assert ":bia!u@c7 BATCH -12" == lines[-1]


def test_a_line_whose_message_is_not_all_told_is_one_by_itself() -> None:
    _, second = parts("a", "b")
    assert ["@msgid=LOG/22 :bia!u@c7 PRIVMSG #x :b"] == [
        f"@{tags} {text}"
        for text, tags in RecordWriter(SERVER, MULTILINE, People()).write(second, alone=True)
    ]
    assert [":bia!u@c7 PRIVMSG #x :b"] == told([second], 0)


def test_wallops_can_be_turned_off_but_not_what_the_operator_tells() -> None:
    told = record("announcement", room="", text="oi", by="ana", by_conn=3)
    assert "" == written(told, caps.NO_WALLOPS)
    by_operator = record("announcement", room="", text="oi", by=BY_OPERATOR)
    assert ":irc.test NOTICE $* :oi\r\n" == written(by_operator, caps.NO_WALLOPS)
