"""The core's promises, and each rule that they rest on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
import pytest
from client.simulation import BOUNDS, LOG, SimulatedServer
from dialects.wire import DEFAULT_LIMITS
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import effects
from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import Record
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Position
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.replies import MAX_LINE, ServerLimits
from chatsimples.dialects.text import TextDialect
from chatsimples.i18n import translator

Event = TypeVar("Event", bound=events.Event)


def counting(nick: str = "ana") -> Callable[[], str]:
    """Make ids that a test can know, and that differ from other people's."""
    numbers = itertools.count(1)
    return lambda: f"{nick}{next(numbers)}"


class Line:
    """A core and a server, and a wire between them that a test controls."""

    def __init__(self, nick: str = "ana", server: SimulatedServer | None = None, **options: Any) -> None:
        self.server = server or SimulatedServer()
        self.core = Core(nick, new_id=counting(nick), **options)
        self.up = bytearray()
        self.conn = 0
        self.conns: set[int] = set()
        self.told: list[events.Event] = []

    def connect(self) -> None:
        self.conn = self.server.connect()
        self.conns.add(self.conn)
        self.core.connection_made()

    def cut(self, *, noticed: bool = True) -> None:
        """Break the connection: what is on the wire is gone. The server may not notice."""
        if noticed:
            self.server.close(self.conn)
        self.conn = 0
        self.up.clear()
        self.core.connection_lost()

    def send(self, most: int = 1 << 30) -> None:
        """Carry at most so many bytes to the server."""
        self.up += self.core.data_to_send()
        if self.conn:
            self.server.receive(self.conn, bytes(self.up[:most]))
            del self.up[:most]

    def deliver(self, most: int = 1 << 30) -> None:
        """Carry at most so many bytes to the client."""
        if self.conn:
            self.told += self.core.receive_data(self.server.take(self.conn, most))

    def settle(self) -> None:
        """Carry everything, both ways, until nothing more comes of it."""
        if not self.conn:
            self.connect()
        while True:
            self.send()
            data = self.server.take(self.conn)
            if not data:
                return
            self.told += self.core.receive_data(data)

    def heard(self, kind: type[events.Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def live(self) -> list[Record]:
        return [event.record for event in self.heard(events.RecordReceived) if not event.past]


@pytest.fixture
def line() -> Line:
    made = Line()
    made.connect()
    made.settle()
    return made


def only(told: list[events.Event], kind: type[Event]) -> Event:
    """Return the only event, which must be of a type."""
    (event,) = told
    assert isinstance(event, kind)
    return event


def sent_by(core: Core) -> list[dict[str, Any]]:
    return [json.loads(each) for each in core.data_to_send().splitlines()]


# The promises.

OPERATIONS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(["geral", "b", "bia"])),
    st.tuples(st.just("join"), st.sampled_from(["b", "c"])),
    st.tuples(st.just("leave"), st.sampled_from(["b", "c"])),
    st.tuples(st.just("ask"), st.sampled_from(["who", "rooms", "geral", "d"])),
    st.tuples(st.just("bia says"), st.sampled_from(["geral", "b", "d", "ana"])),
    st.tuples(st.just("ping"), st.just("")),
    st.tuples(st.just("send"), st.integers(1, 400)),
    st.tuples(st.just("deliver"), st.integers(1, 400)),
    st.tuples(st.just("settle"), st.just("")),
    st.tuples(st.just("cut"), st.booleans()),
    st.tuples(st.just("connect"), st.just("")),
)


class Run:
    """Carries out operations, and keeps what the client was given to say and what bia said."""

    def __init__(self) -> None:
        self.line = Line(window=3)
        self.bia = Line("bia", self.line.server, rooms=["geral", "b", "d"])
        self.bia.settle()
        self.texts = (f"text {number}" for number in itertools.count(1))
        self.said: list[str] = []

    def do(self, what: str, how: Any) -> None:
        getattr(self, what.replace(" ", "_"))(how)

    def say(self, where: str) -> None:
        self.said.append(self._say(self.line, where))

    def bia_says(self, where: str) -> None:
        self._say(self.bia, where)
        self.bia.settle()

    def join(self, room: str) -> None:
        self.line.core.join(room)

    def leave(self, room: str) -> None:
        self.line.core.leave(room)

    def ask(self, what: str) -> None:
        core = self.line.core
        match what:
            case "who":
                core.who("geral")
            case "rooms":
                core.list_rooms()
            case room:
                core.history(room, 5)

    def ping(self, _: str) -> None:
        if self.line.conn:
            self.line.server.ping(self.line.conn)

    def send(self, most: int) -> None:
        self.line.send(most)

    def deliver(self, most: int) -> None:
        self.line.deliver(most)

    def settle(self, _: str) -> None:
        if self.line.conn:
            self.line.settle()

    def cut(self, noticed: bool) -> None:
        if self.line.conn:
            self.line.cut(noticed=noticed)

    def connect(self, _: str) -> None:
        if not self.line.conn:
            self.line.connect()

    def _say(self, line: Line, where: str) -> str:
        text = next(self.texts)
        if where in ("ana", "bia"):
            line.core.say(text, to=where)
        else:
            line.core.say(text, room=where)
        return text


def heard_throughout(source: SimulatedServer | Line, began: int) -> list[Record]:
    """Give the records of where ana is throughout: of geral, and private ones from and to her."""
    records = source.records if isinstance(source, SimulatedServer) else source.live
    return [
        each
        for each in records
        if each.seq > began and (each.room == "geral" or (each.to and "ana" in (each.nick, each.to)))
    ]


@given(st.lists(OPERATIONS, min_size=30, max_size=90))
def test_each_text_is_said_once_and_each_record_received_once(
    operations: list[tuple[str, Any]],
) -> None:
    run = Run()
    for what, how in operations:
        run.do(what, how)
    line = run.line
    line.settle()
    assert 0 == line.core.unanswered

    refused = [event.command.text for event in line.heard(events.Refused) if event.command is not None]
    assert [text for text in run.said if text not in refused] == line.server.said(line.conns)
    assert set() == set(refused) & set(line.server.said())
    # Only what went to a room that the client was not in, or to somebody who was not there, was refused.
    assert {"not_in_room"} >= {event.code for event in line.heard(events.Refused) if event.command.text}

    assert [] == [event for event in line.heard(events.Welcomed) if event.gap]
    began = line.heard(events.Welcomed)[0].welcome.seq
    seqs = [record.seq for record in line.live]
    assert sorted(set(seqs)) == seqs
    assert heard_throughout(line.server, began) == heard_throughout(line, began)


@given(st.lists(OPERATIONS, min_size=5, max_size=25), st.data())
def test_bytes_have_the_same_events_however_they_are_cut(
    operations: list[tuple[str, Any]], data: st.DataObject
) -> None:
    run = Run()
    run.line.connect()
    for what, how in operations:
        if what in ("say", "join", "leave", "ask", "bia says"):
            run.do(what, how)
    run.line.send()
    stream = run.line.server.take(run.line.conn)
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))

    whole, pieces = (Core("ana", new_id=counting()) for _ in range(2))
    for core in (whole, pieces):
        core.session = run.line.core.session
        core.connection_made()
    expected = whole.receive_data(stream)
    cut = [stream[a:b] for a, b in itertools.pairwise([0, *places, len(stream)])]
    assert expected == [event for piece in cut for event in pieces.receive_data(piece)]
    assert whole.position == pieces.position


# What the first promise rests on.


def test_every_hello_has_the_same_secret_of_the_clients_own(line: Line) -> None:
    line.cut()
    line.core.connection_made()
    first = sent_by(Core("ana"))
    (again,) = sent_by(line.core)
    assert [] == first
    assert line.core.session == again["session"]
    assert 16 <= len(again["session"]) <= 128
    other = Core("ana")
    assert line.core.session != other.session


def test_a_text_said_while_there_is_no_connection_is_sent_after_the_welcome() -> None:
    line = Line()
    line.core.say("cedo", room="geral")
    line.connect()
    line.up += line.core.data_to_send()
    assert ["hello"] == [json.loads(each)["type"] for each in line.up.splitlines()]
    line.settle()
    assert ["cedo"] == line.server.said()


def test_a_text_whose_ack_was_lost_is_not_said_twice(line: Line) -> None:
    line.core.say("uma vez", room="geral")
    line.send()
    line.cut()
    assert 1 == line.core.unanswered
    line.settle()
    assert ["uma vez"] == line.server.said()
    assert 0 == line.core.unanswered


def test_a_text_said_just_before_a_cut_without_position_is_said_once() -> None:
    # The welcome itself is lost: only the client's own secret ties the two connections together.
    line = Line()
    line.connect()
    line.send()
    line.cut(noticed=False)
    line.core.say("olá", room="geral")
    line.settle()
    assert ["olá"] == line.server.said()
    assert "ana" == line.core.nick


def test_no_more_than_the_window_is_in_flight(line: Line) -> None:
    core = Core("ana", window=2)
    core.connection_made()
    core.data_to_send()
    core.receive_data(welcome())
    for number in range(5):
        core.say(f"{number}", room="geral")
    assert ["0", "1"] == [each["text"] for each in sent_by(core)]
    assert core.full
    assert 5 == core.unanswered


def test_the_next_is_sent_when_one_is_answered(line: Line) -> None:
    small = Line("bia", line.server, window=2)
    small.settle()
    for number in range(5):
        small.core.say(f"{number}", room="geral")
    assert small.core.full
    small.settle()
    assert ["0", "1", "2", "3", "4"] == line.server.said()
    assert not small.core.full


def test_another_persons_record_with_a_known_text_is_no_ack(line: Line) -> None:
    command = line.core.say("meu", room="geral")
    line.send()
    forged = {**record(7, conn=99, text="meu"), "id": "other"}
    event = only(line.core.receive_data(dump(forged)), events.RecordReceived)
    assert None is event.command
    assert 1 == line.core.unanswered
    assert "ana1" == command.id


def test_an_error_with_its_id_answers_a_command(line: Line) -> None:
    command = line.core.say("oi", room="fora")
    line.settle()
    (refused,) = line.heard(events.Refused)
    assert ("not_in_room", command) == (refused.code, refused.command)
    assert 0 == line.core.unanswered


def test_a_full_disk_is_an_event_but_refuses_nothing(line: Line) -> None:
    command = line.core.say("oi", room="geral")
    (told,) = line.core.receive_data(
        dump({"type": "error", "code": "storage_full", "text": "…", "id": command.id})
    )
    assert events.Refused("storage_full", "…") == told
    assert 1 == line.core.unanswered


def test_a_second_answer_to_the_same_command_is_no_event(line: Line) -> None:
    command = line.core.say("oi", room="fora")
    refusal = dump({"type": "error", "code": "not_in_room", "text": "…", "id": command.id})
    assert 1 == len(line.core.receive_data(refusal))
    assert [] == line.core.receive_data(refusal)
    assert [] == line.core.receive_data(dump({"type": "duplicate", "id": command.id, "seq": 3}))


def test_the_longest_line_is_the_one_that_is_too_long(line: Line) -> None:
    line.core.say("curta", room="geral")
    long = line.core.say("longa" * 100, room="geral")
    line.core.say("curta", room="geral")
    told = only(
        line.core.receive_data(dump({"type": "error", "code": "line_too_long", "text": "…"})), events.Refused
    )
    assert long == told.command
    assert 2 == line.core.unanswered


def test_a_line_too_long_with_nothing_in_flight_names_no_command(line: Line) -> None:
    told = only(
        line.core.receive_data(dump({"type": "error", "code": "line_too_long", "text": "…"})), events.Refused
    )
    assert events.Refused("line_too_long", "…") == told


def test_a_text_is_unseen_only_where_its_record_does_not_come(line: Line) -> None:
    line.core.join("b")
    line.core.say("em b", room="b")
    line.send()
    line.core.say("em geral", room="geral")
    line.send()
    line.cut()
    line.settle()
    # The record in geral came with what was missed; room b is entered anew, so its record did not.
    assert [("em b", True)] == [
        (each.command.text, each.unseen) for each in line.heard(events.AlreadyRecorded)
    ]
    assert ["em geral"] == [each.text for each in line.live if each.type == "message"]


def test_duplicate_before_its_record_is_not_unseen(line: Line) -> None:
    command = line.core.say("oi", room="geral")
    line.core.connection_lost()
    line.core.connection_made()
    line.core.receive_data(welcome(seq=line.core.position.seq if line.core.position else 0, resumed=True))
    (told,) = line.core.receive_data(dump({"type": "duplicate", "id": command.id, "seq": 9}))
    assert events.AlreadyRecorded(command, 9, unseen=False) == told


# What the second promise rests on.


def welcome(**fields: Any) -> bytes:
    return dump({"type": "welcome", "nick": "ana", "log": LOG, "seq": 10, "head": 10, **fields})


def record(seq: int, **fields: Any) -> dict[str, Any]:
    base = {"seq": seq, "at": "2026-11-22T15:00:00.000000Z", "type": "message", "conn": 5, "nick": "bia"}
    return {**base, "room": "geral", "text": "oi", **fields}


def own_join(core: Core, seq: int, conn: int = 7, room: str = "geral") -> dict[str, Any]:
    fields = {
        "type": "join",
        "conn": conn,
        "nick": "ana",
        "room": room,
        "identity": identity_of(core.session),
    }
    return {**record(seq), **fields}


def dump(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@pytest.fixture
def core() -> Core:
    """A core that is connected, at position 11, its own join."""
    made = Core("ana", new_id=counting())
    made.connection_made()
    made.receive_data(welcome() + dump(own_join(made, 11)))
    made.data_to_send()
    return made


def test_the_position_is_the_last_live_record(core: Core) -> None:
    assert Position(LOG, 11) == core.position
    core.receive_data(dump(record(15)))
    assert Position(LOG, 15) == core.position


def test_the_next_hello_asks_for_what_follows_the_position(core: Core) -> None:
    core.connection_lost()
    core.connection_made()
    (hello,) = sent_by(core)
    assert {"log": LOG, "seq": 11} == hello["since"]


def test_a_first_hello_has_no_position() -> None:
    core = Core("ana", ["b"])
    core.connection_made()
    (hello,) = sent_by(core)
    assert {"type": "hello", "nick": "ana", "rooms": ["b"], "session": core.session} == hello


def test_a_welcome_that_resumes_does_not_move_the_position(core: Core) -> None:
    core.connection_lost()
    core.connection_made()
    told = only(core.receive_data(welcome(seq=30, head=30, resumed=True)), events.Welcomed)
    assert Position(LOG, 11) == core.position
    assert told.again
    assert not told.gap


def test_a_welcome_that_begins_anew_does_and_there_is_a_gap(core: Core) -> None:
    core.connection_lost()
    core.connection_made()
    told = only(core.receive_data(welcome(log="another", seq=3, head=3)), events.Welcomed)
    assert Position("another", 3) == core.position
    assert told.gap


def test_history_is_past_and_moves_nothing(core: Core) -> None:
    core.history("geral", 2)
    old = only(core.receive_data(dump(record(4))), events.RecordReceived)
    assert old.past
    # Of a room that it is not in, even something newer than the position is no part of the stream.
    foreign = only(core.receive_data(dump(record(40, room="longe"))), events.RecordReceived)
    assert foreign.past
    assert Position(LOG, 11) == core.position


def test_history_of_all_that_happened_is_past_and_moves_nothing(core: Core) -> None:
    core.history("longe", 9, all_records=True)
    for kind, fields in (
        ("join", {}),
        ("leave", {"reason": "left"}),
        ("topic", {"by": "caio", "by_conn": 3, "text": "a prova"}),
        ("leave", {"by": "caio", "by_conn": 3, "reason": "kicked"}),
    ):
        line = dump({**record(40, room="longe"), "type": kind, "text": "", **fields})
        assert only(core.receive_data(line), events.RecordReceived).past
    assert (Position(LOG, 11), ["geral"]) == (core.position, core.rooms)


def test_history_is_asked_for_in_either_direction_and_from_a_time_on(core: Core) -> None:
    core.data_to_send()
    core.history("geral", 5)
    core.history("geral", 5, 9)
    core.history("geral", after=0)
    core.history("geral", at="2026-11-29T15:00:00Z", all_records=True)
    asked = [json.loads(line) for line in core.data_to_send().splitlines()]
    fields = [{name: each[name] for name in each if name not in {"type", "id", "room"}} for each in asked]
    assert [
        {"limit": 5},
        {"limit": 5, "before": 9},
        {"limit": 50, "after": 0},
        {"limit": 50, "at": "2026-11-29T15:00:00Z", "all": True},
    ] == fields


def test_a_private_record_is_live(core: Core) -> None:
    private = record(12, to="ana", to_conn=7)
    del private["room"]
    told = only(core.receive_data(dump(private)), events.RecordReceived)
    assert not told.past
    assert Position(LOG, 12) == core.position


def test_a_ping_moves_the_position_once_the_stream_is_live(core: Core) -> None:
    core.receive_data(dump({"type": "ping", "seq": 50}))
    assert Position(LOG, 50) == core.position
    assert [{"type": "pong"}] == sent_by(core)
    core.receive_data(dump({"type": "ping", "seq": 20}))
    assert Position(LOG, 50) == core.position


def test_a_ping_among_missed_records_moves_nothing(core: Core) -> None:
    core.connection_lost()
    core.connection_made()
    core.receive_data(welcome(seq=11, head=30, resumed=True))
    # An earlier connection of the same person is part of what was missed, so it does not mean live.
    core.receive_data(dump(own_join(core, 20, conn=8)) + dump({"type": "ping", "seq": 99}))
    assert Position(LOG, 20) == core.position
    core.receive_data(dump(own_join(core, 31, conn=9)) + dump({"type": "ping", "seq": 99}))
    assert Position(LOG, 99) == core.position


def test_a_record_before_any_welcome_is_no_event() -> None:
    core = Core("ana")
    core.connection_made()
    assert [] == core.receive_data(dump(record(5)))


def test_only_the_first_welcome_of_a_connection_counts(core: Core) -> None:
    assert [] == core.receive_data(welcome(seq=500))
    assert Position(LOG, 11) == core.position


# Version 2: the connection's own hello and bye are on record, and come to it.


def own(core: Core, kind: str, seq: int, conn: int = 7, **fields: Any) -> dict[str, Any]:
    """Return an own record of version 2; of these, only the hello has an identity."""
    identity = {"identity": identity_of(core.session), "dialect": "json"} if kind == "hello" else {}
    at = "2026-11-22T15:00:00.000000Z"
    return {"seq": seq, "at": at, "type": kind, "conn": conn, "nick": "ana", **identity, **fields}


@pytest.fixture
def newcomer() -> Core:
    """A core that is connected to a server of version 2, at position 11, its own hello."""
    made = Core("ana", new_id=counting())
    made.connection_made()
    made.receive_data(welcome(limits={"max_line": 65_536, "max_text": 20_000, "max_name": 32}))
    event = only(made.receive_data(dump(own(made, "hello", 11))), events.RecordReceived)
    assert (True, False, None) == (event.own, event.past, event.command)
    made.data_to_send()
    return made


def test_the_own_hello_moves_the_position_and_makes_the_stream_live(newcomer: Core) -> None:
    assert (Position(LOG, 11), 0) == (newcomer.position, newcomer.records_behind)
    newcomer.receive_data(dump({"type": "ping", "seq": 50}))
    assert Position(LOG, 50) == newcomer.position


def test_after_the_hello_ones_records_need_no_identity(newcomer: Core) -> None:
    join = only(newcomer.receive_data(dump(own(newcomer, "join", 12, room="geral"))), events.RecordReceived)
    other = only(newcomer.receive_data(dump(own(newcomer, "join", 13, 9, room="b"))), events.RecordReceived)
    assert (True, False) == (join.own, other.own)
    newcomer.receive_data(dump(own(newcomer, "nick", 14, room="geral", new="eva")))
    assert ("eva", ["geral"]) == (newcomer.nick, newcomer.rooms)


def test_a_client_in_no_room_follows_the_log_too(newcomer: Core) -> None:
    newcomer.receive_data(dump(own(newcomer, "join", 12, room="geral")))
    newcomer.receive_data(dump(own(newcomer, "leave", 13, room="geral", reason="left")))
    private = {**own(newcomer, "message", 20, 3, to="ana", to_conn=7, text="oi"), "nick": "bia"}
    event = only(newcomer.receive_data(dump(private)), events.RecordReceived)
    assert (False, False) == (event.own, event.past)
    assert ([], Position(LOG, 20)) == (newcomer.rooms, newcomer.position)


def test_the_own_bye_moves_the_position_and_keeps_the_rooms(newcomer: Core) -> None:
    newcomer.receive_data(dump(own(newcomer, "leave", 12, room="geral", reason="kicked")))
    event = only(
        newcomer.receive_data(dump(own(newcomer, "bye", 13, reason="kicked"))), events.RecordReceived
    )
    assert (True, False) == (event.own, event.past)
    assert (["geral"], Position(LOG, 13)) == (newcomer.rooms, newcomer.position)


def test_missed_private_messages_name_the_session_that_wrote_them(newcomer: Core) -> None:
    newcomer.connection_lost()
    newcomer.connection_made()
    newcomer.receive_data(welcome(seq=11, head=30, resumed=True))
    mine = identity_of(newcomer.session)
    sent = own(newcomer, "message", 20, to="bia", to_conn=3, text="a", identity=mine, to_identity="b")
    got = own(newcomer, "message", 21, 3, to="ana", to_conn=7, text="b", identity="b", to_identity=mine)
    told = newcomer.receive_data(dump(sent) + dump({**got, "nick": "bia"}))
    assert [(True, False), (False, False)] == [
        (event.own, event.past) for event in told if isinstance(event, events.RecordReceived)
    ]
    # They are older than this connection, which is not live yet.
    newcomer.receive_data(dump({"type": "ping", "seq": 99}))
    assert (Position(LOG, 21), 9) == (newcomer.position, newcomer.records_behind)


def test_the_limits_are_those_of_the_last_welcome(newcomer: Core) -> None:
    assert ServerLimits(65_536, 20_000, 32) == newcomer.limits
    newcomer.connection_lost()
    newcomer.connection_made()
    newcomer.receive_data(welcome(seq=11, head=30, resumed=True))
    assert ServerLimits() == newcomer.limits


def test_before_the_first_welcome_no_limits_are_known() -> None:
    assert ServerLimits() == Core("ana").limits


# Rooms and nick.


def test_rooms_entered_and_left_are_those_of_the_next_hello(line: Line) -> None:
    line.core.join("b")
    line.core.join("c")
    line.core.leave("geral")
    line.settle()
    line.cut()
    line.core.connection_made()
    (hello,) = sent_by(line.core)
    assert ["b", "c"] == hello["rooms"]


def test_a_join_that_was_refused_is_no_room(line: Line) -> None:
    line.core.join("a b")
    line.settle()
    assert ["geral"] == line.core.rooms


def test_rooms_have_the_names_that_the_server_gives_them(line: Line) -> None:
    other = Line("bia", line.server, rooms=["GERAL"])
    other.settle()
    assert ["geral"] == other.core.rooms


def test_a_leave_by_the_end_of_the_connection_keeps_the_room(core: Core) -> None:
    leave = {**own_join(core, 12), "type": "leave", "reason": "shutdown"}
    core.receive_data(dump(leave))
    assert ["geral"] == core.rooms


def test_another_persons_leave_is_theirs(core: Core) -> None:
    core.receive_data(dump({**record(12), "type": "leave", "reason": "left"}))
    assert ["geral"] == core.rooms


def test_a_resent_join_and_leave_that_were_carried_out_are_done(line: Line) -> None:
    join = line.core.join("b")
    error = {"type": "error", "code": "already_in_room", "text": "…", "id": join.id}
    assert [] == line.core.receive_data(dump(error))
    assert ["geral", "b"] == line.core.rooms
    leave = line.core.leave("b")
    assert [] == line.core.receive_data(dump({**error, "code": "not_in_room", "id": leave.id}))
    assert ["geral"] == line.core.rooms
    assert 0 == line.core.unanswered


def test_ones_nick_follows_ones_records(line: Line) -> None:
    line.core.change_nick("ana2")
    line.settle()
    assert "ana2" == line.core.nick
    line.cut()
    line.settle()
    assert "ana2" == line.core.nick


def test_a_nick_that_was_reclaimed_is_gone(line: Line) -> None:
    rightful = Line("bia", line.server)
    rightful.settle()
    rightful.cut()
    usurper = Line("bia", line.server)
    usurper.settle()
    rightful.settle()
    usurper.settle()
    assert "bia" == rightful.core.nick
    assert usurper.core.nick.startswith("visitante-")


def test_the_nick_of_the_welcome_is_ones_own(line: Line) -> None:
    core = Core("Ana")
    core.connection_made()
    core.receive_data(welcome(nick="ana_do_servidor"))
    assert "ana_do_servidor" == core.nick


def test_own_records_are_known(line: Line) -> None:
    bia = Line("bia", line.server)
    bia.settle()
    line.core.say("de ana", room="geral")
    line.settle()
    bia.settle()
    (own,) = [each for each in line.heard(events.RecordReceived) if each.record.text]
    (others,) = [each for each in bia.heard(events.RecordReceived) if each.record.text]
    assert (True, False) == (own.own, others.own)
    assert "de ana" == own.command.text


# A hello that is refused, and the end.


def test_a_nick_that_is_taken_is_asked_for_again_on_the_same_connection(line: Line) -> None:
    other = Line("ANA", line.server)
    other.settle()
    (refused,) = other.heard(events.NickRefused)
    assert ("nick_in_use", "ANA") == (refused.code, refused.nick)
    assert other.core.nick_wanted
    other.core.set_nick("bia")
    other.settle()
    assert other.core.registered
    assert "bia" == other.core.nick


def test_a_nick_can_be_given_while_there_is_no_connection() -> None:
    core = Core("")
    with pytest.raises(RuntimeError):
        core.connection_made()
    core.set_nick("ana")
    assert b"" == core.data_to_send()
    core.connection_made()
    assert "ana" == sent_by(core)[0]["nick"]
    with pytest.raises(RuntimeError):
        core.set_nick("bia")
    with pytest.raises(RuntimeError):
        core.connection_made()


def test_an_impossible_hello_dismisses_the_client() -> None:
    line = Line(rooms=["a", "b"], server=SimulatedServer(limits=msgspec.structs.replace(BOUNDS, max_rooms=1)))
    line.settle()
    (told,) = line.heard(events.Dismissed)
    assert "too_many_rooms" == told.code


@pytest.mark.parametrize(
    "code", ["server_full", "storage_failed", "too_many_connections", "registration_timeout"]
)
def test_a_passing_refusal_dismisses_nobody(code: str) -> None:
    core = Core("ana")
    core.connection_made()
    assert [events.Refused(code, "…")] == core.receive_data(
        dump({"type": "error", "code": code, "text": "…"})
    )


def test_a_kick_dismisses_the_client(core: Core) -> None:
    told = core.receive_data(dump({"type": "error", "code": "kicked", "text": "…"}))
    assert [events.Dismissed("kicked", "…")] == told


def test_the_late_hello_of_a_connection_that_was_given_up_changes_nothing(line: Line) -> None:
    line.cut()
    late = line.server.connect()
    line.core.connection_made()
    hello = line.core.data_to_send()
    line.core.connection_lost()
    line.settle()
    line.server.receive(late, hello)
    line.settle()
    assert [] == line.heard(events.Refused)
    line.core.say("ainda aqui", room="geral")
    line.settle()
    assert ["ainda aqui"] == line.server.said()


def test_being_replaced_dismisses_nobody(line: Line) -> None:
    line.core.receive_data(dump({"type": "error", "code": "replaced", "text": "…"}))
    line.core.connection_lost()
    line.cut()
    line.core.say("de volta", room="geral")
    line.settle()
    assert ["de volta"] == line.server.said()


def test_after_bye_waiting_commands_are_not_sent() -> None:
    core = Core("ana", window=1)
    core.connection_made()
    core.receive_data(welcome())
    first = core.say("1", room="geral")
    core.say("2", room="geral")
    core.data_to_send()
    core.bye()
    core.bye()
    assert [{"type": "bye"}] == sent_by(core)
    core.receive_data(dump({**record(12, text="1"), "id": first.id}))
    assert [] == sent_by(core)
    assert 1 == core.unanswered


def test_signs_of_life_need_a_connection() -> None:
    core = Core("ana")
    for sign in (core.ping, core.pong, core.bye):
        sign()
    assert b"" == core.data_to_send()


def test_signs_of_life(core: Core) -> None:
    core.ping()
    core.pong()
    assert [{"type": "ping"}, {"type": "pong"}] == sent_by(core)
    assert [] == core.receive_data(dump({"type": "pong"}))


# Questions.


def test_questions_are_answered(line: Line) -> None:
    line.core.who("geral")
    line.core.list_rooms()
    line.core.say("oi", room="geral")
    line.core.history("geral", 10)
    line.settle()
    kinds = [type(each.reply).__name__ for each in line.heard(events.ReplyReceived)]
    assert ["Members", "RoomList", "HistoryEnd"] == kinds
    assert [True] == [each.past for each in line.heard(events.RecordReceived)][-1:]
    assert 0 == line.core.unanswered


def test_how_the_server_does_is_told_to_an_admin_and_refused_to_others(core: Core) -> None:
    asked = core.status()
    turns = {"count": 1, "busy": 0.1, "p50_ms": 1, "p99_ms": 1, "max_ms": 1, "over_20_ms": 0, "histogram": []}
    numbers = dict.fromkeys(
        ("uptime", "seq", "records", "deliveries", "bytes", "backlog", "catching_up", "queue", "rss"), 1
    )
    line = dump({"type": "status", "connections": {}, "turns": turns, **numbers, "id": asked.id})
    told = only(core.receive_data(line), events.ReplyReceived)
    assert (asked, "Status") == (told.command, type(told.reply).__name__)
    asked = core.status()
    line = dump({"type": "error", "code": "not_permitted", "text": "não", "id": asked.id})
    assert asked == only(core.receive_data(line), events.Refused).command


def test_an_answer_without_an_id_answers_the_oldest_question(core: Core) -> None:
    core.list_rooms()
    core.who("geral")
    core.who("b")
    core.receive_data(dump({"type": "members", "room": "geral", "members": [], "count": 0}))
    assert 2 == core.unanswered
    core.receive_data(dump({"type": "members", "room": "b", "members": [], "count": 0}))
    core.receive_data(dump({"type": "rooms", "rooms": []}))
    assert 0 == core.unanswered


# What is no chat.


@pytest.mark.parametrize(
    "line",
    [b"HTTP/1.1 400 Bad Request", b"", b"[]", b"{", b'{"type":1}', b'{"seq":1}', b'{"type":"welcome"}',
     b"[" * 100_000, b'{"type":"welcome","x":' + b"[" * 100_000, b"\xff", b'{"seq":"1","type":"message"}'],
)  # fmt: skip
def test_a_line_that_no_server_sends_ends_the_reading(line: bytes) -> None:
    core = Core("ana")
    core.connection_made()
    told = core.receive_data(line + b"\n" + welcome())
    assert [events.ProtocolViolated] == [type(each) for each in told]
    assert [] == core.receive_data(welcome())
    core.connection_lost()
    core.connection_made()
    assert [events.Welcomed] == [type(each) for each in core.receive_data(welcome())]


@pytest.mark.parametrize("lang", ["en", "pt"])
def test_plain_text_before_the_welcome_is_skipped(lang: str) -> None:
    dialect = TextDialect(DEFAULT_LIMITS, translator(lang))
    heard = dialect.reply(effects.Welcome("visitante-1", "01J", 1, "", resumed=False, head=1, server="c"))
    heard += "* visitante-1 has entered geral\nbia: olá\n[bia → visitante-1] oi\n".encode()
    core = Core("ana")
    core.connection_made()
    assert [] == core.receive_data(heard)
    assert [events.Welcomed] == [type(each) for each in core.receive_data(welcome())]
    # After that, plain text is what no server says; nor does one that is none of ours begin like this.
    assert [events.ProtocolViolated] == [type(each) for each in core.receive_data(b"bia: ol\xc3\xa1\n")]
    core.connection_lost()
    core.connection_made()
    assert [events.ProtocolViolated] == [type(each) for each in core.receive_data(b"* OK IMAP4rev1 ready\n")]


def test_a_line_without_end_is_not_kept() -> None:
    core = Core("ana")
    core.connection_made()
    piece = b"x" * 1_000_000
    told = [event for _ in range(MAX_LINE // len(piece) + 2) for event in core.receive_data(piece)]
    assert [events.ProtocolViolated] == [type(each) for each in told]


def test_unknown_types_and_fields_are_ignored(core: Core) -> None:
    assert [] == core.receive_data(dump({"type": "news", "of": "the future"}))
    assert [] == core.receive_data(dump({"seq": 12, "at": "", "type": "weather"}))
    told = only(core.receive_data(dump({**record(12), "mood": "good"})), events.RecordReceived)
    assert 12 == told.record.seq


def test_forbidden_names_are_no_error(core: Core) -> None:
    told = only(core.receive_data(dump(record(12, room="\u0378\x1b"))), events.RecordReceived)
    assert told.past


def pairs() -> Iterator[tuple[str, str]]:
    yield from [("geral", "GERAL"), ("café", "CAFÉ")]


@pytest.mark.parametrize(("entered", "told"), list(pairs()))
def test_rooms_that_differ_in_case_are_one(entered: str, told: str) -> None:
    core = Core("ana", [entered])
    core.connection_made()
    core.receive_data(welcome())
    core.receive_data(dump(own_join(core, 11, room=told)))
    assert [told] == core.rooms
