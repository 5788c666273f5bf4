"""A transcript of version 1: every tool reads it, and a server goes on with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from replay.playing import ENVIRONMENT
from replay.serving import JsonListener, Serving
from support.clients import Clients
from support.paths import VERSION_1
from support.server import Server, run_command
from support.transcript import Transcript

SAID = "eu ainda uso o cliente da aula, sem \\n nenhum"
RECORDS = 25

StartServer = Callable[..., Server]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Give a copy that may be changed."""
    return Path(shutil.copytree(VERSION_1, tmp_path / "logs"))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("verify",), f"ok: {RECORDS} records"),
        (("replay", "check"), f"ok, {RECORDS} records"),
        (("replay", "play"), SAID),
        (("replay", "export", "--format", "text"), SAID),
        (("replay", "export", "--format", "csv"), SAID),
        (("replay", "export", "--format", "html"), "eu ainda uso o cliente da aula"),
        (("replay", "export", "--format", "asciicast"), "eu ainda uso o cliente da aula"),
        (("replay", "stats", "--json"), '"messages":'),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_every_tool_reads_it(command: tuple[str, ...], told: str) -> None:
    *words, option, value = command if "--format" in command else (*command, "", "")
    options = [each for each in (option, value) if each]
    done = run_command(*words, VERSION_1, *options, environ={**ENVIRONMENT, "CHATSIMPLES_LANG": "en"})
    assert 0 == done.returncode, done.stderr
    assert told in done.stdout


def test_it_is_served_to_listeners(tmp_path: Path) -> None:
    serving = Serving(tmp_path / "serving", VERSION_1, "--speed", "1000").start()
    try:
        listener = JsonListener(serving.port)
        listener.listen(since={"log": Transcript.read(VERSION_1).log, "seq": 0})
        listener.expect(type="message", text=SAID)
        listener.close()
    finally:
        serving.close()


def test_it_is_redacted_into_another_one_of_version_1(logs: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    done = run_command("redact", logs, "--seq", "9", "--reason", "x", "--output", new, "--lang", "en")
    assert (0, "") == (done.returncode, done.stderr)
    transcript = Transcript.read(new)
    transcript.check()
    assert (1, RECORDS + 1) == (transcript.version, transcript.last_seq)
    assert 0 == run_command("replay", "check", new).returncode


def test_it_is_said_again_to_a_live_server(start_server: StartServer) -> None:
    server = start_server("--message-rate", "0")
    done = run_command(
        "replay", "reenact", VERSION_1, "--port", str(server.port), "--speed", "max", "--logs", server.logs
    )
    assert (0, "") == (done.returncode, done.stderr), done.stdout


def test_a_server_goes_on_with_it_in_a_new_segment_of_version_2(
    make_server: Callable[..., Server], clients: Clients
) -> None:
    server = make_server("--message-rate", "0")
    shutil.copytree(VERSION_1, server.logs, dirs_exist_ok=True)
    before = {path.name: path.read_bytes() for path in server.logs.glob("transcript-*")}
    log = Transcript.read(server.logs).log
    server.start()
    ana = clients.json(server)
    ana.hello("ana", since={"log": log, "seq": 5})
    assert (log, True) == (ana.welcome["log"], ana.welcome["resumed"])
    ana.expect(type="message", text=SAID)
    ana.say("e agora na versão 2", "1")
    server.stop()
    after = {path.name: path.read_bytes() for path in sorted(server.logs.glob("transcript-*"))}
    assert before.items() <= after.items()
    new = [json.loads(line) for line in after[f"transcript-{RECORDS + 1:012d}.jsonl"].splitlines()]
    assert (2, log, RECORDS + 1) == tuple(new[0][name] for name in ("version", "log", "first_seq"))
    assert ("start", RECORDS + 1) == (new[1]["type"], new[1]["seq"])
    transcript = Transcript.read(server.logs)
    transcript.check(stopped=True)
    assert 0 == run_command("verify", server.logs).returncode
    assert 0 == run_command("replay", "check", server.logs).returncode


def test_a_server_goes_on_where_version_1_was_killed(
    make_server: Callable[..., Server], clients: Clients
) -> None:
    server = make_server("--message-rate", "0")
    server.logs.mkdir(parents=True, exist_ok=True)
    (whole,) = VERSION_1.glob("transcript-*")
    lines = whole.read_bytes().splitlines(keepends=True)
    killed = next(n for n, line in enumerate(lines, 1) if line.startswith(b'{"seq":19,'))
    (server.logs / whole.name).write_bytes(b"".join(lines[:killed]) + b'{"seq":20,"at"')
    server.start()
    # Her nick is free, as the end of her connection is on record.
    clients.json(server, "bia", rooms=["sockets"])
    server.stop()
    transcript = Transcript.read(server.logs)
    transcript.check(stopped=True)
    ended = [(entry.said["nick"], entry.type) for entry in transcript.having(reason="crash")]
    expected = [(nick, kind) for nick in ("ana", "bia") for kind in ("leave", "leave", "bye")]
    assert expected == ended
    assert 0 == run_command("replay", "check", server.logs).returncode


def test_a_log_never_goes_back_to_version_1(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server()
    server.stop()
    (path,) = server.logs.glob("transcript-*")
    last = path.read_bytes().splitlines()[-1]
    seal = json.loads(last)
    header = {"type": "transcript", "version": 1, "log": Transcript.read(server.logs).log}
    header |= {"first_seq": seal["seq"] + 1, "previous": seal["sha256"]}
    older = server.logs / f"transcript-{seal['seq'] + 1:012d}.jsonl"
    older.write_text(json.dumps(header, separators=(",", ":")) + "\n")
    done = run_command("verify", server.logs)
    assert 1 == done.returncode
    assert "the version is 1, in the segment before 2" in done.stderr
