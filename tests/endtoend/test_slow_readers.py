"""A client that reads slowly or not at all delays nobody and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.clients import Clients, Connection, JsonClient, command, pump
from support.effort import few
from support.server import Server

StartServer = Callable[..., Server]


def talk(talker: JsonClient, texts: int, size: int, mark: str) -> None:
    """Say that many texts of that many bytes, in pieces, reading the acks meanwhile."""
    for begin in range(0, texts, 50):
        numbers = range(begin, min(begin + 50, texts))
        filler = "x" * (size - 12)
        said = (
            command("message", room="geral", text=f"{mark}{n:08d} {filler}", id=f"{mark}{n}") for n in numbers
        )
        talker.send(b"".join(said))
        talker.answer(f"{mark}{numbers[-1]}")


def wait_for(connections: Sequence[Connection], last: bytes, what: str) -> None:
    """Receive on all of them until each has a line that holds ``last``."""
    waiting = set(connections)

    def done() -> bool:
        for connection in list(waiting):
            if connection.lines and last in connection.lines[-1]:
                waiting.discard(connection)
        return not waiting

    pump(connections, done, what)


def test_one_that_never_reads_among_a_hundred_delays_nobody_and_misses_nothing(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--message-rate", "0", "--ping-interval", "0")
    stalled = clients.json(server, "parada", receive_buffer=4096)
    talker = clients.json(server, "fala")
    others = [clients.json(server, f"n{number}") for number in range(98)]
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(talk, talker, texts=1500, size=1000, mark="m")
        wait_for(others, b'"id":"m1499"', "everybody else has heard everything while one does not read")
        told.result()
    transcript = server.transcript
    for client in others:
        assert [client.lines[0], *transcript.received_by(client.conn)] == client.lines
    stalled.expect(id="m1499")
    assert transcript.received_by(stalled.conn) == stalled.records


@pytest.mark.parametrize("durability", few(["os", "disk"]))
def test_readers_past_the_bound_are_served_from_the_transcript_in_every_dialect(
    start_server: StartServer, clients: Clients, durability: str
) -> None:
    server = start_server(
        *("--message-rate", "0", "--ping-interval", "0", "--durability", durability),
        *("--max-backlog", "16384", "--segment-size", "1000000"),
    )
    stalled = clients.json(server, "parada", receive_buffer=4096)
    stalled_text = clients.text(server, "texto", receive_buffer=4096)
    stalled_browser = clients.browser(server, "aba", receive_buffer=4096)
    talker = clients.json(server, "fala")
    other = clients.json(server, "ouve")
    count = 2500
    talk(talker, texts=count, size=4000, mark="m")
    wait_for([other], b'"id":"m%d"' % (count - 1), "the other has heard everything")
    talker.say("fim", id="fim")
    wait_for([stalled], b'"id":"fim"', "the stalled one has caught up")
    wait_for([stalled_text], b"fala: fim", "the stalled text client has caught up")
    wait_for([stalled_browser], b'"id":"fim"', "the stalled browser has caught up")

    talker.say("e agora ao vivo", id="vivo")
    stalled.expect(id="vivo")
    stalled_browser.expect(id="vivo")
    stalled_text.expect("fala: e agora ao vivo")
    transcript = server.transcript
    assert len(transcript.segments) > 5
    stalled.must_have(transcript.received_by(stalled.conn))
    stalled_browser.must_have(transcript.received_by(stalled_browser.conn))
    assert transcript.shown_to(transcript.conn_of("texto")) == stalled_text.messages


def test_one_that_is_catching_up_still_gets_answers_and_may_speak(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--message-rate", "0", "--ping-interval", "0", "--max-backlog", "16384")
    slow, talker = clients.json(server, "lenta", receive_buffer=4096), clients.json(server, "fala")
    talk(talker, texts=1500, size=4000, mark="m")
    slow.ask("message", room="geral", text="ainda leio", id="l")
    talker.expect(id="l")
    talk(talker, texts=50, size=4000, mark="n")
    slow.answer("l")
    slow.ask("who")
    assert 2 == slow.expect(type="members")["count"]
    slow.must_have(server.transcript.received_by(slow.conn))


def test_one_that_never_reads_and_is_cut_off_leaves_no_trouble(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--message-rate", "0", "--max-backlog", "16384")
    stalled, talker = clients.json(server, "parada", receive_buffer=4096), clients.json(server, "fala")
    talk(talker, texts=1500, size=4000, mark="m")
    stalled.reset()
    assert "closed" == talker.expect(type="leave", nick="parada")["reason"]
    again = clients.json(server)
    again.hello(
        "parada",
        session=stalled.welcome["session"],
        since={"log": stalled.welcome["log"], "seq": stalled.welcome["seq"]},
    )
    talker.say("fim", id="fim")
    again.expect(id="fim")
    transcript = server.transcript
    assert transcript.since(stalled.welcome["seq"], ["geral"], transcript.conn_of("parada")) == again.records
