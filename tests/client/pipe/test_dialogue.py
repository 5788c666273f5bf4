"""Each line of the input is carried out or refused by itself; the current room follows from the commands."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from client.simulation import Side, SimulatedServer

from chatsimples.client.pipe.dialogue import Output, PipeDialogue
from chatsimples.client.pipe.flat_lines import FlatLines
from chatsimples.client.pipe.json_lines import JsonLines
from chatsimples.client.pipe.streams import LONGEST_LINE
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Event
from chatsimples.client.rendering.renderer import Renderer

_TIME = re.compile(r"(\| )?(\d{4}-\d\d-\d\d )?\d\d:\d\d ")


class Talk(Side):
    """A dialogue with a simulated server."""

    def __init__(self, nick: str, server: SimulatedServer, *rooms: str, for_programs: bool = False) -> None:
        core = Core(nick, rooms or ("geral",))
        renderer = Renderer(str)
        lines = JsonLines(renderer, str) if for_programs else FlatLines(renderer)
        self.dialogue = PipeDialogue(core, "here:1", lines, renderer, str)
        self.shown: list[str] = []
        self.problems: list[str] = []
        super().__init__(core, server)

    def hear(self, event: Event) -> None:
        self.take(self.dialogue.received(event))

    def take(self, told: Output) -> None:
        self.shown += [_TIME.sub("", line) for line in told.lines]
        self.problems += [told.problem] if told.problem else []

    def put(self, line: str | bytes) -> None:
        """Give a line, and let nothing arrive yet."""
        self.take(self.dialogue.typed(line.encode() if isinstance(line, str) else line))

    def type(self, line: str | bytes) -> list[str]:
        """Give a line, and give what is shown then."""
        self.shown.clear()
        self.problems.clear()
        self.put(line)
        self.settle()
        return list(self.shown)

    def ask(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """Give a JSON command, and give what comes then."""
        return [json.loads(line) for line in self.type(json.dumps({"type": kind, **fields}))]


@pytest.fixture
def server() -> SimulatedServer:
    return SimulatedServer()


@pytest.fixture
def ana(server: SimulatedServer) -> Talk:
    return Talk("ana", server)


@pytest.fixture
def program(server: SimulatedServer) -> Talk:
    return Talk("robot", server, "geral", "turma", for_programs=True)


def test_a_text_is_said_in_the_first_room(server: SimulatedServer) -> None:
    ana = Talk("ana", server, "turma", "geral")
    assert ["ana: oi"] == ana.type("oi")
    assert "turma" == server.records[-1].room


def test_entering_a_room_makes_it_the_current_one_at_once(ana: Talk) -> None:
    ana.put("/entrar #dev")
    ana.put("em dev")
    ana.settle()
    assert ("dev", "em dev") == (ana.server.records[-1].room, ana.server.records[-1].text)


def test_going_back_to_a_room_asks_nothing(ana: Talk) -> None:
    ana.type("/entrar dev")
    assert [] == ana.type("/entrar GERAL")
    assert "geral" == ana.dialogue.room
    assert ["ana: oi"] == ana.type("oi")


def test_a_message_elsewhere_shows_its_room(ana: Talk, server: SimulatedServer) -> None:
    bia = Talk("bia", server)
    bia.type("/join dev")
    ana.type("/join dev")
    ana.shown.clear()
    bia.type("/join geral")
    bia.type("oi")
    ana.settle()
    assert ["#geral bia: oi"] == ana.shown


def test_a_room_that_can_not_be_entered_is_not_the_current_one(ana: Talk) -> None:
    for number in range(31):
        ana.type(f"/entrar r{number}")
    assert [] == ana.type("/entrar demais")
    assert ["you can be in at most 32 rooms"] == ana.problems
    assert "r30" == ana.dialogue.room
    assert 1 == ana.dialogue.refused
    ana.type("/deixar r0")
    ana.type("/entrar demais")
    assert [] == ana.problems
    assert "demais" == ana.dialogue.room


def test_leaving_the_current_room_makes_the_first_of_the_others_current(server: SimulatedServer) -> None:
    ana = Talk("ana", server, "um", "dois", "tres")
    ana.type("/entrar dois")
    assert ["* ana has left #dois"] == ana.type("/deixar")
    assert "um" == ana.dialogue.room
    ana.type("/deixar TRES")
    assert ("um", ["um"]) == (ana.dialogue.room, ana.dialogue.rooms)
    ana.type("/entrar dois")
    ana.type("/entrar um")
    ana.put("/deixar")
    ana.put("onde?")
    ana.settle()
    assert ("dois", "onde?") == (server.records[-1].room, server.records[-1].text)


def test_with_no_room_left_a_text_is_refused(ana: Talk) -> None:
    ana.put("/deixar")
    for line in ("oi", "/quem", "/historico", "/deixar"):
        ana.put(line)
    ana.settle()
    why = "this command is not complete or not right: you are in no room; /entrar ROOM goes into one"
    assert [f"line {number}: {why}" for number in (2, 3, 4, 5)] == ana.problems
    assert [] == ana.server.said()
    assert 4 == ana.dialogue.refused
    assert ["ana: cá"] == ana.type("/entrar geral")[1:] + ana.type("cá")


def test_a_room_that_one_is_not_in_can_not_be_left(ana: Talk) -> None:
    ana.type("/deixar nenhures")
    assert ["line 1: you are not in nenhures"] == ana.problems
    ana.put("/entrar dev")
    ana.put("/deixar dev")
    ana.put("/deixar dev")
    ana.settle()
    assert ["line 1: you are not in nenhures", "line 4: you are not in dev"] == ana.problems
    assert ["geral"] == ana.dialogue.rooms == ana.core.rooms


def test_commands_for_rooms_outlive_a_cut(ana: Talk) -> None:
    ana.type("/entrar dev")
    ana.cut()
    ana.put("/deixar geral")
    ana.put("/entrar nova")
    ana.put("em nova")
    assert ["dev", "nova"] == ana.dialogue.rooms
    ana.connect()
    assert ["dev", "nova"] == ana.dialogue.rooms == ana.core.rooms
    assert ("nova", "em nova") == (ana.server.records[-1].room, ana.server.records[-1].text)


@pytest.mark.parametrize("line", ["/conversa bia", "/query", "/Q bia", "/editar", "/edit um texto"])
def test_commands_of_a_terminal_are_refused(ana: Talk, line: str) -> None:
    assert [] == ana.type(line)
    word = line.split(maxsplit=1)[0].lower()
    why = f"this command is not complete or not right: {word} is for people at a terminal"
    assert [f"line 1: {why}"] == ana.problems
    assert 1 == ana.dialogue.refused


def test_each_line_is_judged_by_itself(ana: Talk) -> None:
    for line in (b"um", b"d\x1bois", b"tr\xffes", None, b"", b"  ", b"/nada", b"fim"):
        ana.take(ana.dialogue.typed(line))
    ana.settle()
    assert ["um", "fim"] == ana.server.said()
    assert [
        "line 2: the text can't be sent: U+001B at character 2 is a control character",
        "line 3: this line is not UTF-8 text",
        f"line 4: this command is not complete or not right: it has more than {LONGEST_LINE} bytes",
        "line 7: there is no command /nada; /ajuda shows what there is",
    ] == ana.problems
    assert 4 == ana.dialogue.refused


def test_private_messages_questions_and_help(ana: Talk, server: SimulatedServer) -> None:
    bia = Talk("bia", server)
    ana.settle()
    assert ["[ana → bia] oi"] == ana.type("/msg bia oi")
    bia.settle()
    assert "[ana → bia] oi" == bia.shown[-1]
    assert ["* #geral (2): ana, bia"] == ana.type("/quem")
    assert ["* rooms: #geral (2)"] == ana.type("/salas")
    ana.type("dito")
    assert ["* that was all of #geral"] == ana.type("/historico 5")[1:]
    assert ["* you are now eva"] == ana.type("/apelido eva")
    assert "* /apelido, /nick NAME: take another nick" in ana.type("/ajuda")
    assert not [line for line in ana.shown if "/editar" in line]
    assert ["* #dev (0): nobody"] == ana.type("/quem dev")
    assert [] == ana.type("/sair")
    assert ana.dialogue.over


def test_a_text_that_the_server_refuses_is_a_problem_and_is_counted(ana: Talk) -> None:
    assert [] == ana.type("/msg ninguem olá")
    assert ["not said: olá (nobody here is called ninguem)"] == ana.problems
    assert 1 == ana.dialogue.refused


def test_a_problem_of_the_connection_refuses_no_line(ana: Talk) -> None:
    for event in ana.core.receive_data(b'{"type":"error","code":"storage_full","text":"cheio"}\n'):
        ana.take(ana.dialogue.received(event))
    assert ["the server's disk takes no more; your messages wait until there is room"] == ana.problems
    assert 0 == ana.dialogue.refused


def test_a_text_whose_record_does_not_come_is_shown_too(ana: Talk) -> None:
    ana.put("oi")
    ana.shown.clear()
    sent = json.loads(ana.core.data_to_send())
    known = {"type": "duplicate", "id": sent["id"], "seq": 9}
    for event in ana.core.receive_data(json.dumps(known).encode() + b"\n"):
        ana.take(ana.dialogue.received(event))
    assert ["ana: oi"] == ana.shown


def test_a_program_knows_its_commands_by_its_own_ids(program: Talk, server: SimulatedServer) -> None:
    record, done = program.ask("message", room="turma", text="olá", id="a1")
    assert ("turma", "olá") == (record["room"], record["text"])
    assert {"type": "done", "id": "a1", "seq": record["seq"]} == done
    assert record["id"] not in ("", "a1")
    (members,) = program.ask("who", room="turma", id="w")
    assert {"type": "members", "room": "turma", "members": ["robot"], "count": 1, "id": "w"} == members
    _, history_end = program.ask("history", room="turma", limit=5, id="h")
    assert {"type": "history_end", "room": "turma", "complete": True, "id": "h"} == history_end
    assert "done" == program.ask("join", room="nova", id="j")[-1]["type"]
    assert "done" == program.ask("leave", room="nova", id="l")[-1]["type"]
    renamed = program.ask("nick", nick="robo", id="n")
    assert [("nick", None), ("done", "n"), ("nick", None)] == [
        (each["type"], each["id"] if each["type"] == "done" else None) for each in renamed
    ]
    (error,) = program.ask("message", to="ninguem", text="psst", id="x")
    assert ("error", "no_such_nick", "x") == (error["type"], error["code"], error["id"])
    assert {"type": "message", "to": "ninguem", "text": "psst"} == error["command"]
    assert 1 == program.dialogue.refused


def test_a_programs_id_may_be_anything_and_come_twice(program: Talk, server: SimulatedServer) -> None:
    other = Talk("outro", server, for_programs=True)
    for who in (program, other, program):
        texts = who.ask("message", room="geral", text=who.core.nick, id="1")
        assert ["message", "done"] == [
            each["type"] for each in texts if each.get("nick") in (None, who.core.nick)
        ]
    assert ["robot", "outro", "robot"] == server.said()


def test_a_command_of_a_program_does_not_change_the_current_room(program: Talk) -> None:
    program.ask("join", room="nova")
    assert "geral" == program.dialogue.room
    program.ask("message", room="nova", text="lá")
    program.type("cá")
    assert "geral" == program.server.records[-1].room
    program.ask("leave", room="geral")
    assert "turma" == program.dialogue.room


def test_a_program_is_refused_what_the_protocol_refuses(program: Talk) -> None:
    for fields, code in (
        ({"type": "join", "room": "geral", "id": "j"}, "already_in_room"),
        ({"type": "leave", "room": "nova", "id": "l"}, "not_in_room"),
        ({"type": "message", "room": "nova", "text": "oi", "id": "m"}, "not_in_room"),
    ):
        (error,) = [json.loads(line) for line in program.type(json.dumps(fields))]
        assert (code, fields["id"]) == (error["code"], error["id"])
        assert error["text"]
        assert 1 == len(program.problems)
    assert 3 == program.dialogue.refused


def test_a_goodbye_of_a_program_is_one(program: Talk) -> None:
    assert [] == program.ask("bye")
    assert program.dialogue.over


def test_the_state_of_the_connection_is_for_programs_only(ana: Talk, program: Talk) -> None:
    assert Output() == ana.dialogue.lost("por isto")
    assert Output([], "por isto") == ana.dialogue.failed("por isto")
    assert ['{"type":"connection","state":"lost","text":"por isto"}'] == program.dialogue.lost(
        "por isto"
    ).lines
    failed = program.dialogue.failed("por isto")
    assert Output(['{"type":"connection","state":"failed","text":"por isto"}'], "por isto") == failed
