"""Starting: a failure is one clear line; settings come from the command line, the environment or a file."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.clients import Clients
from support.disks import own_disk
from support.effort import few
from support.server import Server, run_command
from support.transcript import Transcript, segments_in
from support.waiting import DEADLINE, eventually

StartServer = Callable[..., Server]
MakeServer = Callable[..., Server]


def fails(server: Server, code: int, *words: str) -> None:
    """Start a server that can't; it must end promptly with one clear line that holds these words."""
    server.launch()
    assert code == server.wait(DEADLINE)
    server.is_gone()
    lines = [line for line in server.stderr.splitlines() if line.strip()]
    if code == 2:
        lines = [line for line in lines if not line.startswith(("Usage:", "Try "))]
    assert 1 == len(lines), server.stderr
    assert [] == [word for word in words if word not in lines[0]], lines[0]
    assert not server.traceback, server.traceback
    assert "listening on" not in server.stdout


def events(server: Server) -> list[dict[str, Any]]:
    """Return what the server has logged."""
    lines = (server.logs / "server.jsonl").read_bytes().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def test_it_says_where_it_listens_and_a_free_port_is_taken_for_port_zero(start_server: StartServer) -> None:
    server = start_server()
    assert 0 < server.port
    assert 1 == server.stdout.count("listening on 127.0.0.1:")


def has_v6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_v6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["127.0.0.1", "::"])
def test_localhost_is_served_whatever_it_stands_for(host: str, start_server: StartServer) -> None:
    server = start_server("--host", host)
    assert 1 == server.stdout.count(":" + str(server.port))
    for name in ("127.0.0.1", "::1", "localhost"):
        with socket.create_connection((name, server.port), DEADLINE) as connection:
            connection.sendall(b'{"type":"ping"}\n')
            assert b"not_registered" in connection.makefile("rb").readline()


def test_a_busy_port_is_told_and_nothing_is_written(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        server = make_server(port=port)
        fails(server, 1, str(port))
    assert not server.logs.exists() or [] == segments_in(server.logs)


def test_an_address_that_is_not_ours_is_told(make_server: MakeServer) -> None:
    server = make_server("--host", "203.0.113.7")
    fails(server, 1, "203.0.113.7")


@pytest.mark.parametrize("place", ["is a file", "is under a file"])
def test_a_folder_that_cannot_be_written_is_told(make_server: MakeServer, tmp_path: Path, place: str) -> None:
    obstacle = tmp_path / "obstacle"
    obstacle.write_text("in the way")
    logs = obstacle if place == "is a file" else obstacle / "logs"
    fails(make_server(logs=logs), 1, "obstacle")


def test_a_folder_on_a_read_only_disk_is_told(make_server: MakeServer, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    fails(make_server(logs=disk / "logs", wrapper=own_disk(disk, "ro")), 1, "disk")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_told(make_server: MakeServer, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o500)
    for logs in (theirs, theirs / "logs"):
        fails(make_server(logs=logs), 1, "theirs")


def broken_line(segment: Path, lines: list[bytes]) -> None:
    segment.write_bytes(b"".join([*lines[:5], b"}" + lines[5][1:], *lines[6:]]))


def changed_letter(segment: Path, lines: list[bytes]) -> None:
    segment.write_bytes(b"".join(lines).replace(b"frase", b"frasf", 1))


def missing_line(segment: Path, lines: list[bytes]) -> None:
    segment.write_bytes(b"".join([*lines[:4], *lines[5:]]))


def line_twice(segment: Path, lines: list[bytes]) -> None:
    segment.write_bytes(b"".join([*lines[:5], *lines[4:]]))


DAMAGES = {broken_line: "line 6", changed_letter: "", missing_line: "", line_twice: ""}
SEGMENTS = {"middle": 1, "first": 0, "last": -1}
DAMAGED = [
    pytest.param(which, damage, place, id=f"{name}-{damage.__name__}")
    for name, which in SEGMENTS.items()
    for damage, place in DAMAGES.items()
]


# `transcript/test_recovery.py` has many more of them.
@pytest.mark.parametrize(("which", "damage", "place"), few(DAMAGED, 2))
def test_a_damaged_transcript_is_refused_with_its_place_and_left_as_it_is(
    make_server: MakeServer, copy: Path, which: int, damage: Callable[[Path, list[bytes]], None], place: str
) -> None:
    segment = segments_in(copy)[which]
    damage(segment, segment.read_bytes().splitlines(keepends=True))
    damaged = {path: path.read_bytes() for path in segments_in(copy)}
    fails(make_server("--verify", "all", logs=copy), 1, segment.name, place)
    assert damaged == {path: path.read_bytes() for path in segments_in(copy)}


def test_old_damage_is_told_loudly_while_it_serves(
    start_server: StartServer, clients: Clients, copy: Path
) -> None:
    segment = segments_in(copy)[0]
    changed_letter(segment, segment.read_bytes().splitlines(keepends=True))
    server = start_server(logs=copy)
    told = eventually(
        lambda: [each for each in events(server) if each["level"] == "critical"], "the damage is told"
    )
    assert [str(segment)] == [each["path"] for each in told]
    eventually(lambda: segment.name in server.stdout, "the operator is told")
    assert segment.name in server.stderr
    clients.json(server, "ana").say("continua", id="1")
    assert 0 == server.stop()
    assert 1 == run_command("verify", copy).returncode


def test_what_the_start_has_not_read_is_verified_while_it_serves(
    start_server: StartServer, copy: Path
) -> None:
    server = start_server(logs=copy)
    event = "the transcript was verified in the background"
    ended = eventually(lambda: [each for each in events(server) if each["event"] == event], event)
    assert (len(segments_in(copy)), 0) == (ended[0]["segments"], ended[0]["damaged"])
    assert 0 == server.stop()
    assert "DAMAGED" not in server.stdout


def test_with_everything_read_before_there_is_nothing_to_verify_later(
    start_server: StartServer, copy: Path
) -> None:
    server = start_server("--verify", "all", logs=copy)
    assert 0 == server.stop()
    assert [] == [each for each in events(server) if "background" in each["event"]]


def test_a_missing_segment_is_refused(make_server: MakeServer, copy: Path) -> None:
    segments_in(copy)[1].unlink()
    fails(make_server(logs=copy), 1, "transcript-")


def test_a_torn_tail_is_cut_kept_and_the_log_goes_on(start_server: StartServer, clients: Clients) -> None:
    before = start_server()
    clients.json(before, "ana").say("inteira", id="1")
    before.kill()
    segment = segments_in(before.logs)[0]
    whole = segment.read_bytes()
    torn = (
        '{"seq":4,"at":"2026-11-22T15:00:00.000000Z","type":"mess\N{LATIN SMALL LETTER A WITH ACUTE}'.encode()
    )
    segment.write_bytes(whole + torn)

    after = start_server(logs=before.logs)
    clients.json(after, "bia").say("a seguir", id="2")
    assert torn == (segment.parent / f"{segment.name}.{len(whole)}.broken").read_bytes()
    assert segment.read_bytes().startswith(whole)
    assert 0 == after.stop()
    transcript = Transcript.read(before.logs)
    transcript.check(stopped=True)
    assert ["ana"] == [entry.said["nick"] for entry in transcript.having(type="leave", reason="crash")]
    assert ["inteira", "a seguir"] == [entry.said["text"] for entry in transcript.having(type="message")]


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(
    start_server: StartServer, make_server: MakeServer, clients: Clients
) -> None:
    first = start_server()
    ana = clients.json(first, "ana")
    fails(make_server(logs=first.logs), 1, str(first.logs.name))
    ana.say("continuo", id="1")
    assert 0 == first.stop()
    first.transcript.check(stopped=True)


WRONG = {
    "a port out of range": (("--port", "99999"), {}, "port"),
    "a port that is no number": (("--port", "cinco"), {}, "port"),
    "a limit below its bound": (("--max-backlog", "1"), {}, "max-backlog"),
    "a negative rate": (("--message-rate", "-1"), {}, "message-rate"),
    "a durability there is not": (("--durability", "maybe"), {}, "durability"),
    "an option there is not": (("--colour", "red"), {}, "--colour"),
    "an argument too many": (("extra",), {}, "extra"),
    "a variable that is wrong": ((), {"CHATSIMPLES_MAX_TEXT": "lots"}, "max-text"),
    "a file that is not there": (("--config", "missing.toml"), {}, "missing.toml"),
}


@pytest.mark.parametrize(("options", "environment", "word"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_told_with_its_name(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], word: str
) -> None:
    logs = tmp_path / "logs"
    told = run_command("server", "--port", "0", "--logs", logs, "--lang", "en", *options, environ=environment)
    assert 2 == told.returncode
    assert word in told.stderr.replace("_", "-") or word in told.stderr
    assert "Traceback" not in told.stderr
    assert not logs.exists()


FILES = {
    "no TOML": ("this is = = no toml", "settings.toml"),
    "a value of the wrong type": ('[server]\nmax_text = "lots"\n', "max_text"),
    "a value out of bounds": ("[server]\nport = 99999\n", "port"),
    "a name there is not": ("[server]\nmax_texxt = 5\n", "max_texxt"),
}


@pytest.mark.parametrize(("content", "word"), FILES.values(), ids=FILES.keys())
def test_a_wrong_settings_file_is_told(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(content)
    told = run_command("server", "--port", "0", "--logs", tmp_path / "logs", "--config", path)
    assert 2 == told.returncode
    assert word in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "logs").exists()


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    start_server: StartServer, clients: Clients, tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[server]\nmax_text = 10\nmax_rooms = 2\nmax_name = 5\n\n[client]\nnick = 'ana'\n")
    environment = {"CHATSIMPLES_MAX_ROOMS": "3", "CHATSIMPLES_MAX_NAME": "6"}
    server = start_server("--config", str(path), "--max-name", "7", environment=environment)
    ana = clients.json(server, "n" * 7, rooms=["a", "b", "c"])
    ana.ask("message", room="a", text="x" * 11)
    ana.refused("text_too_long")
    ana.say("x" * 10, id="1", room="a")
    ana.ask("nick", nick="n" * 8)
    ana.refused("bad_nick")
    ana.ask("join", room="d")
    ana.refused("too_many_rooms")


def test_everything_can_come_from_the_environment(
    start_server: StartServer, clients: Clients, tmp_path: Path
) -> None:
    environment = {"CHATSIMPLES_PORT": "0", "CHATSIMPLES_LOGS": str(tmp_path / "elsewhere")}
    server = start_server(plain=True, environment=environment)
    clients.json(server, "ana").say("oi", id="1")
    assert 1 == len(segments_in(tmp_path / "elsewhere"))


def test_by_default_the_transcript_is_in_logs_and_the_language_is_the_locales(
    start_server: StartServer, clients: Clients
) -> None:
    quiet = {"LANGUAGE": "", "LC_ALL": "pt_PT.UTF-8"}
    server = start_server("--port", "0", plain=True, environment=quiet)
    assert 1 == len(segments_in(server.folder / "logs"))
    portuguese, english = clients.text(server), clients.text(start_server())
    for client in (portuguese, english):
        client.type("/voar")
    assert portuguese.expect_notice("/voar") != english.expect_notice("/voar")


def test_limits_are_switched_off_by_zero(start_server: StartServer, clients: Clients) -> None:
    off = (
        "--max-text",
        "0",
        "--max-line",
        "0",
        "--max-name",
        "0",
        "--max-rooms",
        "0",
        "--message-burst",
        "0",
    )
    server = start_server(*off, "--message-rate", "0", "--quiet-room", "0", "--registration-timeout", "0")
    ana = clients.json(server, "n" * 200, rooms=[f"sala-{number}" for number in range(100)])
    text = "x" * 300_000
    assert text == ana.say(text, id="1", room="sala-99")["text"]
