"""What each client received is the transcript's lines of its rooms, byte for byte and in order."""

from __future__ import annotations

import random
import threading
import time

from support.clients import Clients, JsonClient, TextClient, command, pump, without_hellos_and_byes
from support.server import Server
from support.waiting import DEADLINE

SERVER_OPTIONS = ("--message-rate", "0", "--segment-size", "65536")

ROOMS = ["geral", "a", "b", "c"]
WORDS = ["olá", "sim", "não", "😀", "語", 'diz "isto"', "\\", "{}", "muito " * 40, "x" * 700]


def chatter(chance: random.Random, nick: str, count: int) -> list[bytes]:
    """Make up what one client sends: every kind of command that makes a record, each with its own id."""
    commands, named = [], nick
    for number in range(count):
        text = " ".join(chance.choices(WORDS, k=chance.randint(1, 3))).strip()
        kind = chance.choices(["message", "to", "join", "leave", "nick"], [70, 12, 7, 7, 4])[0]
        match kind:
            case "message":
                asked = command("message", room=chance.choice(ROOMS), text=text, id=f"{nick}-{number}")
            case "to":
                asked = command("message", to=f"p{chance.randrange(8)}", text=text, id=f"{nick}-{number}")
            case "nick":
                named = f"{nick}.{number}" if named == nick else nick
                asked = command("nick", nick=named, id=f"{nick}-{number}")
            case _:
                asked = command(kind, room=chance.choice(ROOMS), id=f"{nick}-{number}")
        commands.append(asked)
    return commands


def converse(client: JsonClient, commands: list[bytes], sizes: list[int], last: str) -> None:
    """Send commands in pieces of these sizes, reading meanwhile, until the last one is answered."""
    left = list(commands)
    for size in sizes:
        piece, left = left[:size], left[size:]
        client.send(b"".join(piece))
        client.take_in()
    client.send(b"".join(left))
    until = time.monotonic() + DEADLINE
    while not client.heard(id=last) and time.monotonic() < until:
        client.take_in(0.1)


def test_eight_clients_that_all_talk_join_rename_and_whisper_at_once(
    server: Server, clients: Clients, chance: random.Random
) -> None:
    count = 150
    by = (clients.json, clients.browser)
    people = [by[n % 2](server, f"p{n}", rooms=chance.sample(ROOMS, 2)) for n in range(8)]
    threads = []
    for number, person in enumerate(people):
        sizes = [chance.randint(1, 8) for _ in range(count // 5)]
        commands = chatter(chance, f"p{number}", count)
        arguments = (person, commands, sizes, f"p{number}-{count - 1}")
        threads.append(threading.Thread(target=converse, args=arguments, name=f"p{number}"))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    transcript = server.transcript
    transcript.check()
    for number, person in enumerate(people):
        answered = [person.heard(id=f"p{number}-{n}") for n in range(count)]
        assert [] == [n for n, answers in enumerate(answered) if not answers]
        person.must_have(transcript.received_by(person.conn))
        person.settle()
        assert transcript.received_by(person.conn) == person.records
        seqs = [said["seq"] for _, said in person.received if "conn" in said]
        assert sorted(set(seqs)) == seqs


def test_plain_text_and_json_clients_see_the_same_conversation(
    server: Server, clients: Clients, chance: random.Random
) -> None:
    texts = [clients.text(server, f"t{n}") for n in range(4)]
    jsons = [clients.json(server, f"j{n}") for n in range(3)]
    everybody: list[TextClient | JsonClient] = [*texts, *jsons]
    count = 60
    for number in range(count):
        for client in chance.sample(everybody, len(everybody)):
            said = " ".join(chance.choices(WORDS, k=2)).strip()
            if isinstance(client, TextClient):
                client.type(f"{said} {number}")
            else:
                client.ask("message", room="geral", text=f"{said} {number}", id=f"{number}")
    everything = count * len(everybody)

    def all_heard() -> bool:
        if any(len(text.messages) < everything - count for text in texts):
            return False
        return all(sum(b'"type":"message"' in line for line in each.lines) >= everything for each in jsons)

    pump(everybody, all_heard, "everybody has heard everything")
    transcript = server.transcript
    for number, text in enumerate(texts):
        assert transcript.shown_to(transcript.conn_of(f"t{number}")) == text.messages
    for json_client in jsons:
        json_client.take_in()
        json_client.must_have(transcript.received_by(json_client.conn))


def test_a_client_that_resumes_again_and_again_holds_exactly_the_transcript(
    server: Server, clients: Clients, chance: random.Random
) -> None:
    talker = clients.json(server, "fala")
    listener = clients.json(server, "ouve")
    session, log = listener.welcome["session"], listener.welcome["log"]
    begin = listener.welcome["seq"]
    lines: list[bytes] = []
    for cut in range(8):
        burst = [command("message", room="geral", text=f"{cut}.{n}", id=f"{cut}.{n}") for n in range(40)]
        talker.send(b"".join(burst))
        for _ in range(chance.randint(0, 4)):
            listener.take_in(0.02)
        lines += listener.records
        (listener.close if chance.random() < 0.5 else listener.reset)()
        listener = clients.json(server)
        last = _seq_of(lines[-1]) if lines else begin
        listener.hello("ouve", session=session, since={"log": log, "seq": last})
        assert listener.welcome["resumed"]
    talker.answer("7.39")
    talker.say("fim", id="fim")
    listener.expect(text="fim")
    lines += listener.records
    transcript = server.transcript
    end = transcript.having(id="fim", text="fim")[-1].seq
    expected = transcript.since(begin, ["geral"], transcript.conn_of("ouve"), until=end)
    assert without_hellos_and_byes(expected) == without_hellos_and_byes(lines)


def _seq_of(line: bytes) -> int:
    return int(line.split(b",", 1)[0].removeprefix(b'{"seq":'))
