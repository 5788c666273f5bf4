"""Every command of the JSON dialect, as docs/protocol.md tells it."""

from __future__ import annotations

from support.clients import Clients, JsonClient, command
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0")


def line_in_transcript(server: Server, seq: int) -> bytes:
    return server.transcript.entries[seq - 1].line


def test_the_welcome_tells_nick_position_session_and_that_all_is_on_record(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana")
    welcome, join = ana.welcome, ana.heard(type="join")[0]
    assert {"nick", "log", "seq", "session", "resumed", "server", "notice"} <= welcome.keys()
    assert ("ana", False) == (welcome["nick"], welcome["resumed"])
    assert server.transcript.log == welcome["log"]
    assert welcome["notice"]
    assert 16 <= len(welcome["session"]) <= 128
    assert welcome["seq"] < join["seq"]


def test_hello_enters_each_room_asked_for_after_its_own_record(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=["um", "dois"])
    hello, *joins = (said for said in ana.heard() if "conn" in said)
    assert ("hello", "ana", "json") == tuple(hello[name] for name in ("type", "nick", "dialect"))
    assert ["um", "dois"] == [join["room"] for join in joins]
    assert [line_in_transcript(server, said["seq"]) for said in (hello, *joins)] == ana.records
    assert [] == [join for join in joins if {"dialect", "identity"} & join.keys()]


def test_hello_may_enter_no_room_at_all(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=[])
    ana.settle()
    assert ["hello"] == [said["type"] for said in ana.heard() if "conn" in said]


def test_the_ack_of_a_message_is_its_own_record_with_its_id(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    record = ana.say("olá", id="a1")
    assert {"seq", "at", "type", "conn", "nick", "room", "text", "id"} == record.keys()
    assert ("ana", "geral", "olá", ana.conn) == tuple(
        record[name] for name in ("nick", "room", "text", "conn")
    )
    assert line_in_transcript(server, record["seq"]) == ana.records[-1]


def test_a_message_without_an_id_comes_back_without_one(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    ana.ask("message", room="geral", text="sem id")
    assert "id" not in ana.expect(text="sem id")


def test_every_field_that_is_not_known_is_ignored(server: Server, clients: Clients) -> None:
    ana = clients.json(server)
    ana.hello("ana", colour="red", nested={"deep": [1, None, {"x": 1.5}]})
    ana.ask("message", room="geral", text="oi", id="1", seq=7, conn=99, at="never", reason="none", mood=[])
    record = ana.answer("1")
    assert {"seq", "at", "type", "conn", "nick", "room", "text", "id"} == record.keys()
    assert ana.conn == record["conn"]


def test_rooms_hear_nothing_of_each_other(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=["a"])
    bia = clients.json(server, "bia", rooms=["b"])
    both = clients.json(server, "caio", rooms=["a", "b"])
    ana.say("em a", id="1", room="a")
    bia.say("em b", id="2", room="b")
    both.say("fim", id="3", room="a")
    both.say("fim", id="4", room="b")
    ana.expect(text="fim")
    bia.expect(text="fim")
    assert ["em a", "fim"] == [said["text"] for said in ana.heard(type="message")]
    assert ["em b", "fim"] == [said["text"] for said in bia.heard(type="message")]
    assert ["em a", "em b", "fim", "fim"] == [said["text"] for said in both.heard(type="message")]


def test_a_private_message_reaches_its_two_ends_and_nobody_else(server: Server, clients: Clients) -> None:
    ana, bia, eva = (clients.json(server, nick) for nick in ("ana", "bia", "eva"))
    ana.ask("message", to="BIA", text="só para ti", id="p")
    record = ana.answer("p")
    assert ("ana", "bia", bia.conn) == (record["nick"], record["to"], record["to_conn"])
    assert record == bia.expect(text="só para ti")
    assert line_in_transcript(server, record["seq"]) == bia.records[-1] == ana.records[-1]
    ana.say("para todos", id="r")
    eva.expect(text="para todos")
    assert [] == eva.heard(text="só para ti")


def test_join_and_leave_are_records_that_carry_the_id_and_reach_the_room(
    server: Server, clients: Clients
) -> None:
    ana, bia = clients.json(server, "ana", rooms=["sala"]), clients.json(server, "bia", rooms=[])
    bia.ask("join", room="#sala", id="j")
    joined = bia.answer("j")
    assert ("join", "sala", "bia") == (joined["type"], joined["room"], joined["nick"])
    assert joined == ana.expect(type="join", nick="bia")
    bia.ask("leave", room="sala", id="l")
    left = bia.answer("l")
    assert ("leave", "left", "sala") == (left["type"], left["reason"], left["room"])
    assert left == ana.expect(type="leave")
    ana.say("já foi", id="1", room="sala")
    bia.settle()
    assert [] == bia.heard(text="já foi")


def test_a_change_of_nick_makes_one_record_for_each_room_of_its_owner(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana", rooms=["a", "b"])
    bia = clients.json(server, "bia", rooms=["b"])
    ana.ask("nick", nick="ana2", id="n")
    first, second = ana.answer("n"), ana.answer("n")
    assert {"a", "b"} == {first["room"], second["room"]}
    assert [("nick", "ana", "ana2")] * 2 == [(r["type"], r["nick"], r["new"]) for r in (first, second)]
    assert "b" == bia.expect(type="nick")["room"]
    assert "ana2" == ana.say("sou eu", id="1", room="a")["nick"]


def test_a_change_of_nick_without_a_room_is_a_record_without_room(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=[])
    ana.ask("nick", nick="só", id="n")
    record = ana.answer("n")
    assert ("nick", "ana", "só") == (record["type"], record["nick"], record["new"])
    assert "room" not in record


def test_one_may_change_the_case_of_ones_own_nick(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    ana.ask("nick", nick="Ana", id="n")
    assert "Ana" == ana.answer("n")["new"]


def test_who_lists_the_members_of_a_room_and_by_default_of_the_first(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana", rooms=["sala", "geral"])
    clients.json(server, "bia", rooms=["sala"])
    clients.json(server, "eva", rooms=["geral"])
    ana.expect(nick="eva")
    for asked in ({}, {"room": "sala"}):
        ana.ask("who", **asked)
        members = ana.expect(type="members")
        assert ("sala", ["ana", "bia"], 2) == (members["room"], sorted(members["members"]), members["count"])


def test_rooms_lists_each_room_with_its_members_counted(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=["sala", "geral"])
    clients.json(server, "bia", rooms=["sala"])
    ana.expect(nick="bia")
    ana.ask("rooms")
    counted = {room["room"]: room["members"] for room in ana.expect(type="rooms")["rooms"] if room["members"]}
    assert {"sala": 2, "geral": 1} == counted


def test_ping_is_answered_by_pong_and_pong_by_nothing(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    seen = len(ana.received)
    ana.ask("pong")
    ana.ask("ping")
    ana.expect(type="pong")
    assert ["pong"] == [said["type"] for _, said in ana.received[seen:]]


def test_bye_leaves_every_room_frees_the_nick_and_closes(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana", rooms=["geral", "sala"]), clients.json(server, "bia")
    ana.ask("bye")
    ana.read_to_end()
    assert "quit" == bia.expect(type="leave", nick="ana")["reason"]
    other = clients.json(server, "ana")
    assert "ana" == other.welcome["nick"]
    reasons = [entry.said["reason"] for entry in server.transcript.having(type="leave", conn=ana.conn)]
    assert ["quit", "quit"] == reasons


def test_a_connection_that_just_ends_leaves_with_closed(server: Server, clients: Clients) -> None:
    ana, bia, eva = (clients.json(server, nick) for nick in ("ana", "bia", "eva"))
    ana.close()
    assert "closed" == eva.expect(type="leave", nick="ana")["reason"]
    bia.reset()
    assert "closed" == eva.expect(type="leave", nick="bia")["reason"]


def asked_history(client: JsonClient, **fields: object) -> tuple[list[bytes], dict[str, object]]:
    """Ask for history; return its lines and how it ended."""
    client.settle()
    before = len(client.received)
    client.ask("history", **fields)
    end = client.expect(type="history_end")
    return [line for line, _ in client.received[before:-1]], end


def test_history_gives_the_transcripts_lines_page_by_page_back_to_the_beginning(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana", rooms=["memória", "geral"])
    for number in range(7):
        ana.say(f"frase {number}", id=f"{number}", room="memória")
        ana.say("noutra sala", id=f"x{number}")
    ana.ask("message", to="ana", text="a mim", id="p")
    expected = [entry.line for entry in server.transcript.having(type="message", room="memória")]

    last, end = asked_history(ana, room="memória", limit=3)
    assert (expected[4:], False, "memória") == (last, end["complete"], end["room"])
    middle, end = asked_history(ana, room="memória", limit=3, before=end["before"])
    assert (expected[1:4], False) == (middle, end["complete"])
    first, end = asked_history(ana, room="memória", limit=3, before=end["before"])
    assert (expected[:1], True) == (first, end["complete"])


def test_history_goes_on_from_a_seq_or_a_time_with_all_that_the_room_was_told(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana", rooms=["arquivo"])
    bia = clients.json(server, "bia", rooms=["arquivo"])
    for number in range(6):
        ana.say(f"frase {number}", id=f"{number}", room="arquivo")
    bia.ask("leave", room="arquivo", id="l")
    bia.answer("l")
    in_room = server.transcript.having(room="arquivo")
    said = [entry for entry in in_room if entry.type == "message"]

    lines, end = asked_history(bia, room="arquivo", after=0, limit=4)
    assert ([entry.line for entry in said[:4]], False) == (lines, end["complete"])
    lines, end = asked_history(bia, room="arquivo", after=end["after"], limit=4)
    assert ([entry.line for entry in said[4:]], True) == (lines, end["complete"])
    everything, end = asked_history(bia, room="arquivo", after=0, limit=1_000, all=True)
    assert ([entry.line for entry in in_room], True) == (everything, end["complete"])
    lines, end = asked_history(bia, room="arquivo", at=said[3].said["at"], limit=2)
    assert ([entry.line for entry in said[3:5]], False) == (lines, end["complete"])
    assert (said[3].seq, said[4].seq) == (end["before"], end["after"])
    lines, end = asked_history(bia, room="arquivo", before=end["before"])
    assert ([entry.line for entry in said[:3]], True) == (lines, end["complete"])
    lines, end = asked_history(bia, room="arquivo", at="2999-01-01T00:00:00Z")
    assert ([], True) == (lines, end["complete"])


def test_history_without_limit_gives_the_last_fifty(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=["longa"])
    for number in range(60):
        ana.ask("message", room="longa", text=f"{number}", id=f"{number}")
    ana.answer("59")
    lines, end = asked_history(ana, room="longa")
    assert [e.line for e in server.transcript.having(type="message", room="longa")][10:] == lines
    assert not end["complete"]


def test_history_of_a_room_where_nothing_was_said_is_complete_and_empty(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana", rooms=["vazia"])
    lines, end = asked_history(ana, room="vazia")
    assert ([], True) == (lines, end["complete"])


def test_nicks_that_differ_only_in_case_or_in_unicode_form_are_the_same(
    server: Server, clients: Clients
) -> None:
    clients.json(server, "João")
    for same in ("joão", "JOÃO", "joa\N{COMBINING TILDE}o"):
        other = clients.json(server)
        other.ask("hello", nick=same)
        assert "nick_in_use" == other.refused("nick_in_use")["code"]


def test_rooms_that_differ_only_in_case_are_the_same(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana", rooms=["Sala"]), clients.json(server, "bia", rooms=[])
    bia.ask("join", room="#sALA", id="j")
    assert "Sala" == bia.answer("j")["room"]
    ana.expect(type="join", nick="bia")
    ana.ask("message", room="#sala", text="aqui", id="m")
    assert "Sala" == ana.answer("m")["room"]
    bia.expect(text="aqui")
    other = clients.json(server)
    other.ask("hello", nick="eva", rooms=["SALA", "sala", "#Sala"])
    joined = other.expect(type="join")
    other.settle()
    assert ("Sala", 1) == (joined["room"], len(other.heard(type="join")))


def test_text_at_the_limit_in_every_script_comes_through_unchanged(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    texts = [
        "a" * 4096,
        "é" * 2048,
        "語" * 1365,
        "😀" * 1024,
        'aspas " barra \\ / e {"json":[]}',
        "  à volta  ",
        "👩\u200d👩\u200d👧",
        "\ufeffa\u200bb",
        "\u0378 \ue000",
        "e\u0301 e \u00e9",
    ]
    for number, text in enumerate(texts):
        ana.say(text, id=f"{number}")
        assert text == bia.expect(type="message")["text"]


def test_escapes_in_json_become_the_one_way_of_writing(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    ana.send(
        b'{"type":"message","room":"geral","id":"\\u0061","text":"\\u00e9 \\ud83d\\ude00 \\/ \\u0022"}\n'
    )
    ana.answer("a")
    assert ana.records[-1].endswith('"text":"é 😀 / \\"","id":"a"}\n'.encode())


def test_an_id_may_be_of_any_printable_characters(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    for mark in ("ç" * 64, "a b", "😀", '"\\', "0"):
        assert mark == ana.say("oi", id=mark)["id"]


def test_commands_that_stand_before_the_end_of_the_stream_are_all_answered(
    server: Server, clients: Clients
) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server)
    said = [command("message", room="geral", text=f"{n}", id=f"{n}") for n in range(100)]
    bia.send(command("hello", nick="bia") + b"".join(said))
    bia.finish_sending()
    bia.read_to_end()
    bia.take_in()
    assert [f"{n}" for n in range(100)] == [said["id"] for said in bia.heard(type="message")]
    assert "closed" == ana.expect(type="leave", nick="bia")["reason"]


def test_nothing_after_bye_is_done(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    said = command("message", room="geral", text="oi")
    bia.send(said + command("bye") + said + command("hello", nick="bia") + said)
    bia.read_to_end()
    ana.expect(type="leave", nick="bia")
    ana.say("fim", id="f")
    assert ["oi", "fim"] == [said["text"] for said in ana.heard(type="message")]
