"""In a large room joins, leaves and changes of nick are on record but told to nobody else."""

from __future__ import annotations

from support.clients import Clients
from support.server import Server

SERVER_OPTIONS = ("--message-rate", "0", "--quiet-room", "5")


def test_a_crowd_costs_nobody_a_line_for_each_who_comes_and_goes(server: Server, clients: Clients) -> None:
    people = [clients.json(server, f"p{number:02d}") for number in range(12)]
    watcher = clients.text(server, "vista")
    before = len(watcher.shown)
    first, last = people[0], people[-1]
    last.ask("nick", nick="novo", id="n")
    assert last.answer("n")["quiet"]
    people[-2].ask("leave", room="geral", id="l")
    assert people[-2].answer("l")["quiet"]
    people[-3].close()
    first.ask("who")
    while (members := first.expect(type="members"))["count"] != 11:
        first.ask("who")
    assert {"p00", "novo", "vista"} <= set(members["members"])
    first.say("quem cá está ouve", id="1")
    for person in [*people[1:-3], last]:
        person.expect(id="1")

    transcript = server.transcript
    joins = {entry.said["nick"]: entry.said.get("quiet", False) for entry in transcript.having(type="join")}
    assert [False] * 5 == [joins[f"p{number:02d}"] for number in range(5)]
    assert [True] * 6 == [joins[f"p{number:02d}"] for number in range(6, 12)]
    for person in [*people[:-3], last]:
        person.must_have(transcript.received_by(person.conn))
    watcher.expect("p00: quem cá está ouve")
    assert [] == [line for line in watcher.shown[before:] if "novo" in line or "p10" in line]


def test_a_private_message_finds_who_came_quietly(server: Server, clients: Clients) -> None:
    people = [clients.json(server, f"p{number:02d}") for number in range(8)]
    people[0].ask("message", to="p07", text="vi-te", id="1")
    assert "message" == people[0].answer("1")["type"]
    people[7].expect(text="vi-te")


def test_one_who_resumes_in_a_large_room_gets_no_quiet_records_but_its_own(
    server: Server, clients: Clients
) -> None:
    people = [clients.json(server, f"p{number:02d}") for number in range(8)]
    cut, talker = people[7], people[0]
    cut.settle()
    seen = [said for said in cut.heard() if "conn" in said][-1]["seq"]
    cut.reset()
    other = clients.json(server, "outro")
    other.ask("bye")
    talker.say("entretanto", id="1")
    again = clients.json(server)
    again.hello("p07", session=cut.welcome["session"], since={"log": cut.welcome["log"], "seq": seen})
    talker.say("fim", id="2")
    again.expect(id="2")
    transcript = server.transcript
    end = transcript.having(id="2")[-1].seq
    assert transcript.since(seen, ["geral"], transcript.conn_of("p07"), until=end) == again.records
    assert [] == again.heard(nick="outro")
