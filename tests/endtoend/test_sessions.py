"""Sessions, positions and resending: who comes back misses nothing and says nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.clients import Clients, JsonClient
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0")

StartServer = Callable[..., Server]


def position(client: JsonClient) -> dict[str, object]:
    """Return the position of the last record that a client has read."""
    records = [said for _, said in client.received if {"seq", "conn"} <= said.keys()]
    return {"log": client.welcome["log"], "seq": records[-1]["seq"]}


def come_back(clients: Clients, server: Server, earlier: JsonClient, **fields: object) -> JsonClient:
    """Connect again with the session of an earlier connection, from its position on."""
    again = clients.json(server)
    again.hello("ana", session=earlier.welcome["session"], since=position(earlier), **fields)
    return again


def test_a_resend_is_recorded_once_and_answered_with_duplicate(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    first = ana.say("uma vez só", id="d")
    ana.ask("message", room="geral", text="uma vez só", id="d")
    answer = ana.answer("d")
    assert ("duplicate", first["seq"]) == (answer["type"], answer["seq"])
    assert 1 == len(server.transcript.having(text="uma vez só"))


def test_the_same_id_of_another_person_is_another_message(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    ana.say("de ana", id="igual")
    assert "message" == bia.say("de bia", id="igual")["type"]


def test_messages_without_id_are_never_duplicates(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    for _ in range(2):
        ana.ask("message", room="geral", text="de novo")
    assert ana.expect(text="de novo")["seq"] < ana.expect(text="de novo")["seq"]


def test_a_refused_message_may_be_sent_again_with_its_id(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=[])
    ana.ask("message", room="geral", text="oi", id="r")
    ana.refused("not_in_room")
    ana.ask("join", room="geral", id="j")
    ana.answer("j")
    assert "message" == ana.say("oi", id="r")["type"]


def test_a_resend_after_a_cut_is_known(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    first = ana.say("antes do corte", id="c")
    ana.reset()
    again = clients.json(server, "ana", session=ana.welcome["session"])
    again.ask("message", room="geral", text="antes do corte", id="c")
    answer = again.answer("c")
    assert ("duplicate", first["seq"]) == (answer["type"], answer["seq"])


def test_a_private_resend_is_known_too(server: Server, clients: Clients) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    for _ in range(2):
        ana.ask("message", to="bia", text="segredo", id="p")
    assert ["message", "duplicate"] == [ana.answer("p")["type"], ana.answer("p")["type"]]
    ana.say("fim", id="f")
    bia.expect(text="fim")
    assert 1 == len(bia.heard(text="segredo"))


def test_a_client_may_make_its_session_secret_itself(server: Server, clients: Clients) -> None:
    secret = "Abcdefghij-0123456789_"
    ana = clients.json(server, "ana", session=secret)
    ana.close()
    again = clients.json(server, "ana", session=secret)
    first, second = (
        server.transcript.having(type="hello", conn=client.conn)[0].said for client in (ana, again)
    )
    assert first["identity"] == second["identity"] != secret


def test_no_secret_stands_in_the_transcript_or_in_the_log(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    secret = ana.welcome["session"].encode()
    written = b"".join(path.read_bytes() for path in server.logs.rglob("*") if path.is_file())
    assert secret not in written


def test_after_a_cut_a_client_resumes_without_a_gap_and_without_a_double(
    server: Server, clients: Clients
) -> None:
    ana, bia = (
        clients.json(server, "ana", rooms=["x", "y"]),
        clients.json(server, "bia", rooms=["x", "y", "z"]),
    )
    bia.say("antes", id="0", room="x")
    ana.expect(text="antes")
    ana.close()
    bia.expect(type="leave", nick="ana")
    for number in range(1, 10):
        bia.say(f"enquanto {number}", id=f"{number}", room="xyz"[number % 3])
    again = come_back(clients, server, ana, rooms=["x", "y"])
    assert again.welcome["resumed"]
    bia.say("depois", id="10", room="y")
    again.back_in("y", ana)
    again.expect(text="depois")
    seen = int(str(position(ana)["seq"]))
    assert server.transcript.since(seen, ["x", "y"], again.conn) == again.records
    assert seen >= again.welcome["seq"]


def test_one_who_comes_back_gets_its_own_private_messages_and_no_others(
    server: Server, clients: Clients
) -> None:
    ana, bia, eva = (clients.json(server, nick) for nick in ("ana", "bia", "eva"))
    seen = position(ana)
    bia.ask("message", to="ana", text="para ana", id="1")
    bia.answer("1")
    bia.ask("message", to="eva", text="para eva", id="2")
    bia.answer("2")
    ana.reset()
    eva.expect(type="leave", nick="ana")
    again = clients.json(server)
    again.hello("ana", session=ana.welcome["session"], since=seen)
    bia.say("fim", id="3")
    again.expect(text="fim")
    assert ["para ana", "fim"] == [said["text"] for said in again.heard(type="message")]


def test_somebody_new_may_begin_at_an_old_position(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana", rooms=["aula"])
    for number in range(5):
        ana.say(f"{number}", id=f"{number}", room="aula")
    ana.ask("message", to="ana", text="nota para mim", id="p")
    ana.answer("p")
    late = clients.json(server)
    late.hello("tarde", rooms=["aula"], since={"log": ana.welcome["log"], "seq": ana.welcome["seq"]})
    assert late.welcome["resumed"]
    late.back_in("aula")
    assert server.transcript.since(ana.welcome["seq"], ["aula"], late.conn) == late.records


def test_who_takes_over_a_nick_does_not_get_the_private_messages_of_who_had_it(
    server: Server, clients: Clients
) -> None:
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    since = {"log": ana.welcome["log"], "seq": ana.welcome["seq"]}
    ana.ask("message", to="bia", text="segredo", id="p")
    ana.answer("p")
    bia.ask("bye")
    bia.read_to_end()
    thief = clients.json(server)
    thief.hello("bia", since=since)
    ana.say("fim", id="f")
    thief.expect(text="fim")
    assert [] == thief.heard(text="segredo")


@pytest.mark.parametrize("wrong", ["another log", "a position to come", "a negative position"])
def test_a_position_that_is_not_of_this_log_is_not_resumed(
    server: Server, clients: Clients, wrong: str
) -> None:
    bia = clients.json(server, "bia")
    bia.say("passado", id="1")
    log = bia.welcome["log"]
    since = {
        "another log": {"log": "01KAQ3J5X5W9K3T0V2N8R7C4M6", "seq": 1},
        "a position to come": {"log": log, "seq": 1_000_000},
        "a negative position": {"log": log, "seq": -1},
    }[wrong]
    ana = clients.json(server)
    ana.ask("hello", nick="ana", since=since)
    answer = ana.next_but_ping("welcome")
    if wrong == "a negative position" and answer["type"] == "error":
        assert "bad_request" == answer["code"]
        return
    assert ("welcome", False) == (answer["type"], answer["resumed"])
    ana.expect(type="join", nick="ana")
    bia.say("presente", id="2")
    ana.expect(text="presente")
    assert ["hello", "join", "message"] == [said["type"] for said in ana.heard() if "conn" in said]


def test_a_cut_session_gets_its_nick_back_from_who_took_it(server: Server, clients: Clients) -> None:
    ana, eva = clients.json(server, "ana"), clients.json(server, "eva")
    ana.close()
    eva.expect(type="leave", nick="ana")
    thief = clients.json(server, "ana")
    again = clients.json(server, "ana", session=ana.welcome["session"])
    assert "ana" == again.welcome["nick"]
    lost = thief.expect(type="nick")
    assert ("ana", "reclaimed") == (lost["nick"], lost["reason"])
    assert lost["new"].startswith("visitante-")
    assert lost == eva.expect(type="nick")
    assert lost["new"] == thief.say("quem sou?", id="1")["nick"]


def test_after_bye_a_session_cannot_take_the_nick_from_who_has_it_now(
    server: Server, clients: Clients
) -> None:
    ana = clients.json(server, "ana")
    ana.ask("bye")
    ana.read_to_end()
    other = clients.json(server, "ana")
    again = clients.json(server)
    again.ask("hello", nick="ana", session=ana.welcome["session"])
    again.refused("nick_in_use")
    other.settle()
    assert [] == other.heard(type="nick")


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_across_a_restart_the_log_goes_on_sessions_are_known_and_nothing_is_missed(
    start_server: StartServer, clients: Clients, tmp_path: Path, ending: str
) -> None:
    options = ("--message-rate", "0", "--segment-size", "4096")
    before = start_server(*options, logs=tmp_path / "chat")
    ana, bia = clients.json(before, "ana"), clients.json(before, "bia")
    first = ana.say("primeira", id="1")
    for number in range(60):
        bia.say(f"entretanto {number}", id=f"{number}")
    if ending == "stop":
        assert 0 == before.stop()
    else:
        before.kill()

    after = start_server(*options, logs=tmp_path / "chat")
    again = come_back(clients, after, ana)
    assert (ana.welcome["log"], "ana", True) == tuple(
        again.welcome[name] for name in ("log", "nick", "resumed")
    )
    again.ask("message", room="geral", text="primeira", id="1")
    assert first["seq"] == again.expect(type="duplicate", id="1")["seq"]
    again.say("segunda", id="2")
    transcript = after.transcript
    assert (
        transcript.since(int(str(position(ana)["seq"])), ["geral"], transcript.conn_of("ana"))
        == again.records
    )
    reasons = {entry.said["reason"] for entry in transcript.having(type="leave")}
    assert {"stop": {"shutdown"}, "kill": {"crash"}}[ending] == reasons
    assert len(transcript.segments) > 1

    bia_again = clients.json(after, "bia", session=bia.welcome["session"])
    for number in (0, 59):
        bia_again.ask("message", room="geral", text="de novo", id=f"{number}")
        assert "duplicate" == bia_again.answer(f"{number}")["type"]
    assert 0 == after.stop()
    after.transcript.check(stopped=True)


def test_checkpoints_are_only_a_cache(start_server: StartServer, clients: Clients, tmp_path: Path) -> None:
    options = ("--message-rate", "0", "--segment-size", "4096")
    before = start_server(*options, logs=tmp_path / "chat")
    ana = clients.json(before, "ana")
    first = ana.say("primeira", id="1")
    for number in range(2, 80):
        ana.say(f"frase {number}", id=f"{number}")
    assert 0 == before.stop()
    checkpoints = list((tmp_path / "chat").glob("checkpoint-*"))
    assert checkpoints
    for path in checkpoints:
        path.unlink()
    after = start_server(*options, logs=tmp_path / "chat")
    again = clients.json(after, "ana", session=ana.welcome["session"])
    again.ask("message", room="geral", text="primeira", id="1")
    assert first["seq"] == again.expect(type="duplicate")["seq"]
