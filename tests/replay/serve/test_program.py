"""``chatsimples replay serve``: whoever listens hears what was heard, whatever it listens with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from client.programs import PipedClient
from replay.playing import LOG, at, chat, record_chat
from replay.serving import FAR, JsonListener, Listeners, Serve, Serving, a_chat, say
from support.clients import Clients, pump
from support.server import COMMAND, clean_environment, run_command, running_server
from support.transcript import Transcript
from support.waiting import DEADLINE, eventually

from chatsimples.chat.records import to_line

NOTHING_SAID = "* this is a recorded chat: nothing can be said here"


@pytest.fixture
def now(tmp_path: Path, serve: Serve) -> Serving:
    """A served chat of which ten records have happened, and the next will not in any test's time."""
    return serve(record_chat(tmp_path / "chat", a_chat()))


def line(seq: int) -> bytes:
    return to_line(a_chat()[seq - 1])


def ended(serving: Serving) -> None:
    eventually(lambda: "the recorded chat has ended" in serving.stdout, "it says that it has ended")


# The golden test: what was heard live is what is heard again.


class Lived:
    """A chat that was had on a real server, with what was heard there."""

    def __init__(self, folder: Path) -> None:
        with running_server(folder, "--quiet-room", "4") as server:
            clients = Clients()
            ear = clients.json(server, "ear", rooms=["geral"])
            shown = clients.text(server)
            shown.settle()
            ana, bia = clients.json(server, "ana", rooms=["geral", "turma"]), clients.text(server, "bia")
            ana.say('olá, «mundo» \\ "aspas"', id="1")
            bia.type("👩‍🚀 bem-vinda")
            bia.type("/msg ana só para ti")
            ana.expect(to="ana")
            ana.say("na turma", id="2", room="turma")
            for number in range(4):
                clients.text(server, f"multidão{number}").close()
            ana.ask("nick", nick="ana2", id="3")
            ana.answer("3")
            bia.type("/sair")
            bia.read_to_end()
            ana.say("até logo", id="4")
            ear.expect(id="4")
            shown.expect("ana2: até logo")
            clients.close()
        self.logs = server.logs
        self.transcript = Transcript.read(self.logs)
        # What it was told of itself alone, a listener is not told.
        self.lines = [each for each in ear.records if json.loads(each).get("room")]
        first = next(n for n, each in enumerate(shown.shown) if "has entered" in each)
        self.text = [each for each in shown.lines[first:] if b"/settled" not in each]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return Lived(tmp_path_factory.mktemp("lived"))


def test_json_lines_are_heard_as_they_were_heard_live(
    lived: Lived, serve: Serve, listeners: Listeners
) -> None:
    serving = serve(lived.logs, "--speed", "1000000")
    ended(serving)
    listener = listeners.json(serving)
    listener.listen(since={"log": lived.transcript.log, "seq": 0}, rooms=["geral"])
    listener.settle()
    start = listener.records.index(lived.lines[0])
    assert lived.lines == listener.records[start : start + len(lived.lines)]


def test_plain_text_is_heard_as_it_was_heard_live(lived: Lived, serve: Serve, listeners: Listeners) -> None:
    listener = listeners.text(serve(lived.logs, "--speed", "1000000", "--loop"))
    # One round from its beginning to its end.
    listener.expect("* the recorded chat begins again")
    start = len(listener.shown)
    listener.expect("* the recorded chat begins again")
    heard = listener.lines[start:]
    first = heard.index(lived.text[0])
    assert lived.text == heard[first : first + len(lived.text)]
    assert not any("só para ti".encode() in each for each in heard)


def test_plain_text_is_told_in_the_language_that_was_asked_for(
    lived: Lived, serve: Serve, listeners: Listeners
) -> None:
    listener = listeners.text(serve(lived.logs, "--lang", "pt"))
    listener.type("/historico")
    listener.expect_notice("fim do histórico")


# What listeners can do.


def test_history_and_who_tell_what_is_now(now: Serving, listeners: Listeners) -> None:
    listener = listeners.json(now)
    welcome = listener.listen(rooms=["geral", "turma"])
    assert (LOG, 10, False) == (welcome["log"], welcome["seq"], welcome["resumed"])
    assert "recorded chat" in welcome["notice"]
    assert len(welcome["session"]) >= 16
    listener.ask("history", room="geral", id="h")
    assert listener.answer("h")["complete"]
    assert [line(5), line(10)] == listener.records
    listener.ask("who", room="geral", id="w")
    assert ["ana2", "bia", "rui"] == listener.answer("w")["members"]
    listener.ask("rooms", id="r")
    assert [3, 1] == [room["members"] for room in listener.answer("r")["rooms"]]


def test_what_was_missed_is_heard_byte_for_byte(now: Serving, listeners: Listeners) -> None:
    assert [line(seq) for seq in (2, 3, 5, 9, 10)] == listeners.json(now).hear_all()
    assert [line(4), line(7)] == listeners.json(now).hear_all(rooms=["turma"])


def test_nothing_can_be_changed(now: Serving, listeners: Listeners) -> None:
    listener = listeners.json(now)
    listener.ask("message", room="geral", text="oi")
    listener.refused("not_registered")
    listener.listen()
    for fields in (
        {"type": "message", "room": "geral", "text": "oi"},
        {"type": "message", "to": "ana", "text": "oi"},
        {"type": "nick", "nick": "outro"},
    ):
        listener.ask(**fields, id="x")
        assert "x" == listener.refused("read_only")["id"]
    listener.ask("bye")
    listener.read_to_end()
    text = listeners.text(now)
    text.type("oi")
    text.expect(NOTHING_SAID)
    text.type("/nick ana")
    text.expect(NOTHING_SAID)
    text.type("/sair")
    text.read_to_end()


def test_what_is_silent_or_ends_no_line_hears_as_plain_text(now: Serving, listeners: Listeners) -> None:
    listener = listeners.raw(now)
    assert b"* Welcome" in listener.next_line()
    listener.next_line()
    listener.send("ana: olá".encode())
    assert f"{NOTHING_SAID}\n".encode() == listener.next_line()
    listener.send(b"ana saiu do chat.")
    listener.read_to_end()


def test_a_browser_is_refused(now: Serving, listeners: Listeners) -> None:
    browser = listeners.raw(now)
    browser.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert browser.read_to_end().startswith(b"HTTP/1.1 400")


def test_where_nobody_was_in_the_default_room_plain_text_hears_the_first(
    tmp_path: Path, serve: Serve, listeners: Listeners
) -> None:
    records = [say(1, "um", "Turma"), say(2, "dois", "x"), say(3, "três", "x", seconds=FAR)]
    listener = listeners.text(serve(record_chat(tmp_path / "chat", records)))
    listener.type("/historico")
    listener.expect("ana: um")


# When it happens.


def test_all_hear_the_same_at_the_same_time_and_with_its_pauses(
    tmp_path: Path, serve: Serve, listeners: Listeners
) -> None:
    moments = [0, 0, 1_000, 1_001, 1_002, 9_000]
    begun = time.monotonic()
    serving = serve(record_chat(tmp_path / "chat", chat(moments)), "--max-idle", "1", "--speed", "2")
    ears = [listeners.json(serving) for _ in range(3)]
    for ear in ears:
        ear.listen(since={"log": LOG, "seq": 0})
    for seq in range(1, 7):
        for ear in ears:
            ear.expect(seq=seq)
    # Of the last four each comes half a second after the one before.
    assert time.monotonic() - begun >= 2.0
    assert ears[0].records == ears[1].records == ears[2].records
    ended(serving)
    late = listeners.json(serving)
    assert 6 == late.listen()["seq"]
    late.ask("history", room="geral", id="h")
    late.answer("h")
    assert ears[0].records == late.records


@pytest.mark.parametrize(("place", "seq"), [("5", 4), (at(2), 2)])
def test_it_begins_where_it_is_asked_to(
    tmp_path: Path, serve: Serve, listeners: Listeners, place: str, seq: int
) -> None:
    # What is at the place comes at once, the rest much later.
    serving = serve(record_chat(tmp_path / "chat", chat(range(10))), "--at", place, "--speed", "0.001")
    assert seq + 1 == listeners.json(serving).listen()["seq"]


def test_it_begins_again_and_again(tmp_path: Path, serve: Serve, listeners: Listeners) -> None:
    serving = serve(record_chat(tmp_path / "chat", chat([0, 0.2, 0.4])), "--loop")
    whole = [to_line(record) for record in chat([0, 0.2, 0.4])]
    first = listeners.json(serving)
    first.listen()
    first.read_to_end()
    # Whoever comes back at once misses nothing of the next round.
    second = listeners.json(serving)
    welcome = second.listen(since={"log": LOG, "seq": 3}, session=first.welcome["session"])
    assert (0, False) == (welcome["seq"], welcome["resumed"])
    second.must_have(whole)
    second.read_to_end()
    assert "ended" not in serving.stdout


# Our own client.


def test_our_client_hears_every_record_as_it_stands(tmp_path: Path, serve: Serve) -> None:
    records = chat([0.02 * number for number in range(2_000)])
    serving = serve(record_chat(tmp_path / "chat", records))
    client = PipedClient(tmp_path, serving.port, "--json", "--stay", source=subprocess.DEVNULL)
    eventually(lambda: client.shown.count('"type":"message"') >= 10, "it hears ten messages")
    client.signal(signal.SIGTERM)
    client.wait()
    heard = [each for each in client.shown.splitlines(keepends=True) if json.loads(each).get("seq")]
    heard = [each for each in heard if '"type":"message"' in each]
    first = json.loads(heard[0])["seq"]
    assert [to_line(each).decode() for each in records[first - 1 : first - 1 + len(heard)]] == heard


def test_our_client_goes_from_room_to_room_and_is_told_that_it_can_say_nothing(
    tmp_path: Path, now: Serving
) -> None:
    client = PipedClient(tmp_path, now.port)
    client.type("/historico 5", "olá a todos", "/entrar turma", "/historico 5", "/quem", "/salas", "/sair")
    assert 1 == client.wait()
    shown = client.shown
    assert "ana: um" in shown
    assert "dois" in shown
    assert shown.index("ana: um") < shown.index("dois")
    assert "nothing can be said here" in client.errors
    assert "olá a todos" in client.errors


# Many listeners, slow listeners.


def resident(serving: Serving) -> int:
    """Return the bytes of memory that it holds."""
    pages = Path(f"/proc/{serving.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_two_hundred_hear_all_while_some_do_not_read(
    tmp_path: Path, serve: Serve, listeners: Listeners
) -> None:
    stalled_for = [say(seq, "x" * 4_000, "turma", seconds=0) for seq in range(1, 1_500)]
    records = stalled_for + [
        say(seq, f"{seq}", seconds=0.3 + (seq - 1_500) / 500) for seq in range(1_500, 2_000)
    ]
    serving = serve(record_chat(tmp_path / "chat", records), "--lang", "en")
    eventually(lambda: listeners.json(serving).listen()["seq"] >= 1_499, "what is at the beginning is over")
    began = resident(serving)
    stalled = [listeners.json(serving, receive_buffer=4_096) for _ in range(20)]
    for each in stalled:
        each.ask("hello", nick="parado", rooms=["turma"], since={"log": LOG, "seq": 0})
    ears = []
    for _ in range(200):
        ears.append(listeners.json(serving))
        ears[-1].listen(since={"log": LOG, "seq": 1_499})
    pump(ears, lambda: all(ear.lines[-1].startswith(b'{"seq":1999,') for ear in ears), "all hear all")
    expected = [to_line(record) for record in records if record.room == "geral"]
    assert [] == [ear for ear in ears if ear.lines[1:] != expected]
    assert resident(serving) - began < 60 << 20
    one = stalled[0]
    pump([one], lambda: len(one.lines) == 1_500, "who was slow hears all too")
    assert [to_line(record) for record in stalled_for] == one.lines[1:]


def test_who_comes_when_no_more_can_be_held_waits_for_a_place(
    tmp_path: Path, serve: Serve, listeners: Listeners
) -> None:
    few_files = ("sh", "-c", 'ulimit -n 50 && exec "$@"', "sh")
    serving = serve(record_chat(tmp_path / "chat", a_chat()), wrapper=few_files)
    ears = [listeners.json(serving) for _ in range(60)]
    for ear in ears:
        ear.ask("hello", nick="ouvido", since={"log": LOG, "seq": 0})
        ear.ask("history")
    for ear in ears:
        ear.expect(type="history_end")
        ear.close()


# How it ends, and what goes wrong.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(now: Serving, listeners: Listeners, number: int) -> None:
    json_listener, text = listeners.json(now), listeners.text(now)
    json_listener.listen()
    text.type("/quem")
    text.expect_notice("geral (3)")
    now.process.send_signal(number)
    assert 0 == now.wait()
    assert "" == now.stderr
    for each in (json_listener, text):
        each.read_to_end()


def test_a_port_that_is_taken_is_told(now: Serving, tmp_path: Path) -> None:
    done = run_command("replay", "serve", tmp_path / "chat", "--port", str(now.port), "--lang", "en")
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"chatsimples: port {now.port} on 127.0.0.1 is taken")
    assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize(
    ("place", "code", "told"), [("soon", 2, "is neither a seq nor a time"), ("99", 1, "ends before that")]
)
def test_a_place_that_is_none_is_told(tmp_path: Path, place: str, code: int, told: str) -> None:
    folder = record_chat(tmp_path / "chat", a_chat())
    done = run_command("replay", "serve", folder, "--port", "0", "--at", place, "--lang", "en")
    assert (code, "", 1) == (done.returncode, done.stdout, done.stderr.count("\n"))
    assert told in done.stderr


def test_damage_ends_it_with_the_place(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", a_chat())
    path = next(folder.iterdir())
    path.write_bytes(path.read_bytes().replace(b'"conn":3', b'"conn":x'))
    done = run_command("replay", "serve", folder, "--port", "0", "--lang", "en")
    assert (1, 1) == (done.returncode, done.stderr.count("\n"))
    assert f"{path}: line 9 " in done.stderr


def test_a_chat_from_standard_input(tmp_path: Path, listeners: Listeners) -> None:
    folder = record_chat(tmp_path / "chat", a_chat())
    serving = Serving(tmp_path / "serving", "-").launch()
    try:
        assert serving.process.stdin is not None
        serving.process.stdin.write(next(folder.iterdir()).read_bytes())
        serving.end_input()
        serving.listening()
        assert [line(4), line(7)] == listeners.json(serving).hear_all(rooms=["turma"])
        assert 0 == serving.stop()
    finally:
        serving.close()


def test_who_reads_its_output_may_go(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 0.3]))
    command = [*COMMAND, "replay", "serve", str(folder), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
    )
    assert process.stdout is not None
    port = int(process.stdout.readline().rpartition(b":")[2])
    process.stdout.close()
    listener = JsonListener(port)
    listener.listen(since={"log": LOG, "seq": 0})
    # Behind this record it says that it has ended.
    listener.expect(seq=2)
    listener.settle()
    listener.close()
    process.terminate()
    assert (b"", 0) == (process.communicate(timeout=DEADLINE)[1], process.returncode)
