"""JSON lines: what a program's bytes mean, and what it is sent."""

from __future__ import annotations

import json

import msgspec
import pytest
from dialects.wire import DIALECTS, LIMITS, cases, feed, paused, understood, whole

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record, to_line
from chatsimples.dialects.jsonl import JsonDialect
from chatsimples.errors import REFUSALS

CASES = cases("jsonl")


def reply(answer: effects.Answer) -> dict[str, object]:
    line = DIALECTS["json"].reply(answer)
    assert line.endswith(b"\n")
    told: dict[str, object] = json.loads(line)
    return told


def test_a_depth_of_100_000_is_refused() -> None:
    parser = JsonDialect(msgspec.structs.replace(LIMITS, max_line=0), str, lambda: "x" * 16).parser(1)
    for opening in (b"[", b'{"a":', b'{"type":"message","x":[', b'{"type":['):
        (fault,) = feed(parser, [opening * 100_000 + b"\n"])
        assert isinstance(fault, commands.Fault)
        assert "bad_json" == fault.code


@pytest.mark.parametrize("number", ["9" * 19, "1" * 25, "-" + "1" * 25, "1" * 5_000, "1e400", "-0"])
@pytest.mark.parametrize(
    "line",
    [
        '{"type":"history","before":%s}', '{"type":"history","limit":%s}', '{"type":"rooms","id":%s}', "%s",
        '{"type":"history","after":%s}',
        '{"type":"hello","nick":"ana","since":{"log":"x","seq":%s}}', '{"type":"rooms","x":%s}',
        '{"type":%s}',
    ],
)  # fmt: skip
def test_a_number_of_any_size_makes_a_command_that_can_travel(line: str, number: str) -> None:
    parser = JsonDialect(msgspec.structs.replace(LIMITS, max_line=0), str, lambda: "x" * 16).parser(1)
    given = feed(parser, [line.replace("%s", number).encode() + b"\n"])
    assert 1 == len(given)
    assert given == commands.unpack(commands.pack(given))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", {}),
        ('"before":9', {"before": 9}),
        ('"after":0', {"after": 0}),
        ('"after":-7', {"after": 0}),
        ('"before":0,"after":9,"all":true', {"after": 9, "all": True}),
        ('"at":"2026-11-29T12:00:00-03:00"', {"at": "2026-11-29T15:00:00.000000Z"}),
        ('"at":null,"after":null,"before":9', {"before": 9}),
    ],
)
def test_history_is_asked_for_before_or_after_a_seq_or_from_a_time_on(
    fields: str, expected: dict[str, object]
) -> None:
    line = '{"type":"history",%s"limit":7}' % (fields and f"{fields},")
    asked = msgspec.structs.replace(commands.History(1, "geral", 0, 7), **expected)
    assert [asked] == feed(DIALECTS["json"].parser(1), [line.encode() + b"\n"])


@pytest.mark.parametrize(
    "fields",
    [
        '"before":9,"after":0',
        '"after":0,"at":"2026-11-29T15:00:00Z"',
        '"at":"2026-11-29T15:00:00Z","before":1',
    ],
)
def test_history_goes_in_one_direction_only(fields: str) -> None:
    (fault,) = feed(DIALECTS["json"].parser(1), [f'{{"type":"history",{fields},"id":"h"}}\n'.encode()])
    assert isinstance(fault, commands.Fault)
    assert ("bad_request", "h") == (fault.code, fault.id)
    assert "before, after and at" in fault.detail["why"]


@pytest.mark.parametrize("time", ["", "2026-11-29", "ontem", "2026-11-29T15:00:00"])
def test_a_time_that_is_none_is_refused_with_an_example(time: str) -> None:
    (fault,) = feed(DIALECTS["json"].parser(1), [f'{{"type":"history","at":"{time}"}}\n'.encode()])
    assert isinstance(fault, commands.Fault)
    assert "2026-11-29T15:00:00Z" in fault.detail["why"]


def test_an_empty_pause_means_nothing() -> None:
    parser = DIALECTS["json"].parser(1)
    parser.feed(b'{"type":"by')
    assert not parser.awaits_pause
    assert [] == paused(parser)
    assert [commands.Bye(1)] == feed(parser, [b'e"}\n'])


def test_every_reason_is_told_in_words() -> None:
    for case in CASES:
        for command in understood("json", whole(case.data), end=case.end):
            if isinstance(command, commands.Fault):
                told = reply(effects.Error(command.code, command.detail, command.id))
                assert command.code == told["code"]
                assert "{" not in str(told["text"])


def test_a_record_is_sent_as_its_line_in_the_transcript() -> None:
    record = Record(121, "2026-11-22T15:00:00.123456Z", "message", 7, "ana", room="geral", text="só", id="a1")
    line = to_line(record)
    assert line is DIALECTS["json"].render(record, line)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            effects.Members("geral", ["ana"], 1),
            {"type": "members", "room": "geral", "members": ["ana"], "count": 1},
        ),
        (
            effects.Members("x", ["ana"], 2, "ana", "7"),
            {"type": "members", "room": "x", "members": ["ana"], "count": 2, "next": "ana", "id": "7"},
        ),
        (
            effects.RoomList([effects.RoomSize("geral", 3)], 2, "geral"),
            {
                "type": "rooms",
                "rooms": [{"room": "geral", "members": 3}],
                "count": 2,
                "next": "geral",
            },
        ),
        (
            effects.HistoryEnd("geral", complete=True),
            {"type": "history_end", "room": "geral", "complete": True},
        ),
        (
            effects.HistoryEnd("geral", complete=False, before=7),
            {"type": "history_end", "room": "geral", "complete": False, "before": 7},
        ),
        (effects.Ping(9), {"type": "ping", "seq": 9}),
        (effects.Pong(), {"type": "pong"}),
        (effects.Pong("7"), {"type": "pong", "id": "7"}),
        (effects.Duplicate("a1", 9), {"type": "duplicate", "id": "a1", "seq": 9}),
        (
            effects.Error("nick_in_use", {"nick": "ana"}, "a1"),
            {
                "type": "error",
                "code": "nick_in_use",
                "text": "the nick ana is taken",
                "id": "a1",
                "detail": {"nick": "ana"},
            },
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_replies(answer: effects.Answer, told: dict[str, object]) -> None:
    assert told == reply(answer)


def test_a_welcome_tells_the_position_the_secret_and_that_all_is_recorded() -> None:
    welcome = reply(
        effects.Welcome("ana", "01J", 120, "secret", resumed=True, head=130, server="chatsimples 1")
    )
    assert {
        "type": "welcome", "nick": "ana", "log": "01J", "seq": 120, "session": "secret", "resumed": True,
        "head": 130, "server": "chatsimples 1",
    }.items() <= welcome.items()  # fmt: skip
    assert "recorded" in str(welcome["notice"])


def test_rooms_of_a_hello_are_counted_before_any_is_looked_at() -> None:
    limits = msgspec.structs.replace(LIMITS, max_rooms=3, max_line=0)
    parser = JsonDialect(limits, str, lambda: "x" * 16).parser(1)
    rooms = ["no name"] * 20_000
    parser.feed(json.dumps({"type": "hello", "nick": "ana", "rooms": rooms}).encode() + b"\n")
    assert [commands.Fault(1, "too_many_rooms", {"limit": "3"})] == parser.take(1)
    parser.feed(json.dumps({"type": "hello", "nick": "ana", "rooms": ["a", "b", "c"]}).encode() + b"\n")
    (hello,) = parser.take(1)
    assert isinstance(hello, commands.Hello)
    assert ("a", "b", "c") == hello.rooms


def test_the_welcome_tells_what_a_line_may_hold() -> None:
    welcome = reply(effects.Welcome("ana", "01J", 120, "secret", resumed=False, head=130, server="c"))
    assert {"max_line": 300, "max_text": 60, "max_name": 10, "max_rooms": 0} == welcome["limits"]


def test_a_hello_tells_the_dialect() -> None:
    (hello,) = understood("json", whole(b'{"type":"hello","nick":"ana"}\n'))
    assert isinstance(hello, commands.Hello)
    assert DIALECTS["json"].name == hello.dialect


def test_the_commands_of_plain_text_are_no_reply_here() -> None:
    for answer in (effects.CommandList(), effects.About("geral", "a prova")):
        assert b"" == DIALECTS["json"].reply(answer)


def test_the_words_are_in_the_dialects_language() -> None:
    shouting = JsonDialect(LIMITS, str.upper, lambda: "x" * 16)
    told = json.loads(shouting.reply(effects.Error("kicked", {})))
    assert REFUSALS["kicked"].upper() == told["text"]
    assert "kicked" == told["code"]


@pytest.mark.parametrize("asked", ["who", "rooms"])
def test_a_question_for_a_page_says_where_it_begins_and_how_long_it_is(asked: str) -> None:
    (command,) = understood("json", [b'{"type":"%b","after":"Ana","limit":7}\n' % asked.encode()])
    assert isinstance(command, commands.Who | commands.Rooms)
    assert ("Ana", 7) == (command.after, command.limit)
    for limit in (-1, 1_001):
        (fault,) = understood("json", [b'{"type":"%b","limit":%d}\n' % (asked.encode(), limit)])
        assert isinstance(fault, commands.Fault)
        assert "bad_request" == fault.code


def asked_of_the_past(line: str) -> commands.Command:
    (command,) = feed(DIALECTS["json"].parser(1), [line.encode() + b"\n"])
    return command


def test_history_is_also_that_with_one_person_and_up_to_a_time() -> None:
    time, shown = "2026-11-29T12:00:00-03:00", "2026-11-29T15:00:00.000000Z"
    asked = asked_of_the_past(f'{{"type":"history","to":"Bia","until":"{time}","limit":7}}')
    assert commands.History(1, "", 0, 7, until=shown, to="Bia") == asked
    both = asked_of_the_past('{"type":"history","to":"bia","room":"geral"}')
    assert isinstance(both, commands.Fault)
    assert "bad_request" == both.code
    of_no_room = asked_of_the_past('{"type":"history","room":""}')
    assert isinstance(of_no_room, commands.Fault)


def test_conversations_are_asked_for_within_a_time() -> None:
    first, last = "2026-11-29T15:00:00Z", "2026-11-30T15:00:00Z"
    asked = asked_of_the_past(f'{{"type":"conversations","at":"{first}","until":"{last}","id":"c"}}')
    shown = "2026-11-29T15:00:00.000000Z", "2026-11-30T15:00:00.000000Z"
    assert commands.Conversations(1, *shown, 50, "c") == asked
    for wrong in ('"at":"x","until":"y"', '"at":"2026-11-29T15:00:00Z"'):
        refused = asked_of_the_past(f'{{"type":"conversations",{wrong}}}')
        assert isinstance(refused, commands.Fault)
        assert "bad_request" == refused.code


def test_conversations_are_told_as_a_list() -> None:
    told = effects.ConversationList(
        [effects.Conversation("t1", room="x"), effects.Conversation("t2", to="bia")], complete=True
    )
    expected = {
        "type": "conversations",
        "conversations": [{"at": "t1", "room": "x"}, {"at": "t2", "to": "bia"}],
        "complete": True,
    }
    assert expected == json.loads(DIALECTS["json"].reply(told))
