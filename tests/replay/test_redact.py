"""``chatsimples redact``: what it refuses, what it leaves, and a server that goes on with what it wrote."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from replay.playing import record_chat
from support.clients import Clients
from support.disks import own_disk
from support.server import COMMAND, Server, clean_environment, run_command, running_server
from support.transcript import Transcript, segments_in
from support.waiting import DEADLINE, eventually
from transcript.logs import files_in

from chatsimples.chat.records import Record
from chatsimples.config.replay import RedactSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.replay import redact

SECRET = "o segredo 4711"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transcript of a chat that was stopped cleanly."""
    with running_server(
        tmp_path_factory.mktemp("recorded"), "--segment-size", "4096", "--message-rate", "0"
    ) as server:
        clients = Clients()
        ana = clients.json(server, "ana", session="secret-of-ana-0123")
        bia = clients.text(server, "bia")
        for number in range(30):
            ana.say(f"{SECRET} {number}", id=f"{number}")
        bia.type(f"/msg ana {SECRET}, só para ti")
        ana.expect(to="ana")
        ana.ask("tags", room="geral", tags={"+draft/react": SECRET}, id="r")
        ana.answer("r")
        clients.close()
    return server.logs


@pytest.fixture
def old(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "old"))


def secret_seqs(folder: Path) -> str:
    said = [entry for entry in Transcript.read(folder).entries if entry.type in {"message", "tags"}]
    return ",".join(str(entry.seq) for entry in said if SECRET in f"{entry.said}")


def run(
    path: Path | str, output: Path, seqs: str = "20", reason: str = "privacy"
) -> subprocess.CompletedProcess[str]:
    return run_command("redact", path, "--seq", seqs, "--reason", reason, "--output", output, "--lang", "en")


def test_the_texts_are_gone_and_the_rest_is_as_it_was(old: Path, tmp_path: Path) -> None:
    before, heard = files_in(old), Transcript.read(old)
    seqs = secret_seqs(old)
    done = run(old, tmp_path / "new", seqs)
    assert (0, "") == (done.returncode, done.stderr)
    assert 1 == done.stdout.count("\n")
    new = Transcript.read(tmp_path / "new")
    new.check()
    assert "ok: 32 messages redacted" in done.stdout
    assert new.log in done.stdout
    assert new.log != heard.log
    assert before == files_in(old)
    assert [] == [n for n, (data, _) in files_in(tmp_path / "new").items() if SECRET.encode() in data]
    gone = [int(seq) for seq in seqs.split(",")]
    assert [e.line for e in heard.entries if e.seq not in gone] == [
        e.line for e in new.entries[:-1] if e.seq not in gone
    ]
    assert [path.name for path in segments_in(old)] == [path.name for path in segments_in(tmp_path / "new")]
    told, verified = done.stdout.split()[-1], run_command("verify", tmp_path / "new")
    assert (0, told) == (verified.returncode, verified.stdout.split()[-1])
    assert run_command("verify", old).stdout.split()[-1] == new.entries[-1].said["old_head"]


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_a_server_goes_on_with_it_and_no_client_hears_of_it(
    end: str,
    old: Path,
    tmp_path: Path,
    start_server: Callable[..., Server],
    clients: Clients,
) -> None:
    if end == "crash":
        # Without its last records a transcript is that of a server that was killed.
        path = segments_in(old)[-1]
        lines = path.read_bytes().splitlines(keepends=True)
        crashed = next(n for n, line in enumerate(lines) if b'"leave"' in line)
        path.write_bytes(b"".join(line for line in lines[:crashed]))
    seqs = secret_seqs(old)
    assert 0 == run(old, tmp_path / "new", seqs).returncode
    last = Transcript.read(tmp_path / "new").last_seq
    server = start_server(logs=tmp_path / "new")
    text = clients.text(server, "rui")
    ana = clients.json(server)
    log = Transcript.read(tmp_path / "new", growing=True).log
    ana.hello("ana", session="secret-of-ana-0123", since={"log": log, "seq": 0})
    assert ana.welcome["resumed"]
    ana.say("depois", id="new")
    ana.ask("history", room="geral", limit=1000, id="h")
    assert ana.answer("h")["complete"]
    text.type("/historico 100")
    text.expect_notice("end of the history")
    heard = {said["type"] for _, said in ana.received}
    assert {"message", "join"} <= heard
    assert set() == heard & {"redaction", "start", "stop"}
    assert not any("redaction" in line or "privacy" in line for line in text.shown)
    assert not ana.heard(seq=last)
    assert SECRET.encode() not in ana.raw + text.raw
    assert b"[redacted]" in ana.raw
    assert 0 == server.stop()
    whole = Transcript.read(tmp_path / "new")
    whole.check(stopped=True)
    assert ("redaction", last) == (whole.entries[last - 1].type, whole.entries[last - 1].seq)
    assert whole.last_seq > last
    assert 0 == run_command("replay", "check", tmp_path / "new").returncode


def test_a_resent_message_whose_text_is_gone_is_still_known(
    old: Path, tmp_path: Path, start_server: Callable[..., Server], clients: Clients
) -> None:
    seqs = secret_seqs(old)
    assert 0 == run(old, tmp_path / "new", seqs).returncode
    server = start_server(logs=tmp_path / "new")
    ana = clients.json(server, "ana", session="secret-of-ana-0123")
    ana.ask("message", room="geral", text=f"{SECRET} 0", id="0")
    assert {"type": "duplicate", "id": "0", "seq": int(seqs.split(",")[0])} == ana.answer("0")


def test_what_a_server_is_writing_is_refused(
    tmp_path: Path, start_server: Callable[..., Server], clients: Clients
) -> None:
    server = start_server()
    seq = clients.json(server, "ana").say("oi", id="1")["seq"]
    failed(run(server.logs, tmp_path / "new", str(seq)), 1, "a server is writing in", "stop it first")
    assert 0 == server.stop()
    assert 0 == run(server.logs, tmp_path / "new", str(seq)).returncode


def failed(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert (code, "") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("\n"), done.stderr
    assert [] == [word for word in words if word not in done.stderr], done.stderr


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        (("1", "x"), 1, "record 1 has no text that could be taken out: its type is start"),
        (("20,9999", "x"), 1, ": the transcript holds 1 to"),
        (("", "x"), 2, "--seq is missing"),
        (("20,x-7", "x"), 2, "--seq: 'x-7'"),
        (("9-5", "x"), 2, "--seq: '9-5'"),
        (("20", ""), 2, "--reason is missing"),
        (("20", " "), 2, "--reason is missing"),
        (("20", "a\x1b[2J"), 2, "--reason can't be used: U+001B at character 2 is a control character"),
        (("20", "x" * 1_025), 2, "--reason can't be used: a text has at most 1024 bytes"),
    ],
)
def test_what_can_not_be_done_is_told(
    recorded: Path, tmp_path: Path, asked: tuple[str, str], code: int, told: str
) -> None:
    with pytest.raises(ChatSimplesError) as raised:
        redacted(recorded, tmp_path / "new", *asked)
    assert code == raised.value.exit_code
    assert told in str(raised.value)
    assert [] == list(tmp_path.iterdir())


def redacted(path: Path, output: Path | str, seqs: str = "20", reason: str = "privacy") -> None:
    redact.redact(path, RedactSettings(seq=seqs, reason=reason, output=str(output)), str)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("old", "is there already"),
        ("file", "is there already"),
        ("old/new", "can't be inside"),
        ("nowhere/new", "new can't be written: No such file or directory"),
        ("file/new", "new can't be written: Not a directory"),
    ],
)
def test_where_it_can_not_be_written_is_told(old: Path, tmp_path: Path, place: str, told: str) -> None:
    before = files_in(old)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ChatSimplesError, match=told):
        redacted(old, tmp_path / place)
    assert before == files_in(old)
    assert {"old", "file"} == {path.name for path in tmp_path.iterdir()}
    assert "mine" == (tmp_path / "file").read_text()


def test_what_is_missing_is_told_in_one_line(old: Path) -> None:
    failed(
        run_command("redact", old, "--seq", "20", "--reason", "x", "--lang", "en"), 2, "--output is missing"
    )


def test_an_empty_folder_is_taken_and_gets_the_rights_of_a_new_one(old: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "like").mkdir()
    redacted(old, tmp_path / "new")
    assert (tmp_path / "like").stat().st_mode == (tmp_path / "new").stat().st_mode


def test_a_file_and_standard_input_can_be_redacted(old: Path, tmp_path: Path) -> None:
    assert 0 == run(segments_in(old)[0], tmp_path / "part").returncode
    joined = b"".join(path.read_bytes() for path in segments_in(old))
    command = [*COMMAND, "redact", "-", "--seq", "20", "--reason", "x", "--output", str(tmp_path / "new")]
    subprocess.run(
        command, input=joined, check=True, env=clean_environment(), capture_output=True, timeout=DEADLINE
    )
    assert Transcript.read(old).last_seq + 1 == Transcript.read(tmp_path / "new").last_seq


def test_a_damaged_transcript_is_refused_with_the_place(old: Path, tmp_path: Path) -> None:
    path = segments_in(old)[1]
    path.write_bytes(path.read_bytes().replace(b'"type":"message"', b'"type":"massage"', 1))
    failed(run(old, tmp_path / "new"), 1, f"{path}: line")
    torn = segments_in(old)[0]
    torn.write_bytes(torn.read_bytes() + b'{"seq":')
    failed(run(torn, tmp_path / "new"), 1, "the last 7 bytes are an incomplete line")
    assert {"old"} == {each.name for each in tmp_path.iterdir()}


def large_chat(folder: Path, count: int) -> Path:
    records = [Record(1, "2026-11-22T15:00:00.000000Z", "start", server="s")]
    records += [
        Record(seq, "2026-11-22T15:00:00.000000Z", "message", 1, "ana", room="geral", text="x" * 100)
        for seq in range(2, count)
    ]
    return record_chat(folder, records)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    wrapper = own_disk(disk, "size=256k")
    source = large_chat(tmp_path / "old", 5_000)
    script = '"$@"; code=$?; ls -A "$DISK"; exit $code'
    done = subprocess.run(
        [*wrapper, "sh", "-c", script, "sh", *COMMAND, "redact", str(source), "--seq", "5", "--reason", "x",
         "--output", str(disk / "new"), "--lang", "en"],
        capture_output=True, text=True, timeout=DEADLINE, check=False, env=clean_environment(DISK=str(disk)),
    )  # fmt: skip
    failed(done, 1, f"{disk / 'new'} can't be written: No space left on device")


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    source = large_chat(tmp_path / "old", 400_000)
    command = [
        *COMMAND,
        "redact",
        str(source),
        "--seq",
        "5",
        "--reason",
        "x",
        "--output",
        str(tmp_path / "new"),
    ]
    process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
    eventually(lambda: list(tmp_path.glob(".chatsimples-*/new/*.jsonl")), "it is writing")
    process.send_signal(signal.SIGINT)
    _, problems = process.communicate(timeout=DEADLINE)
    assert (130, "") == (process.returncode, problems.strip())
    assert {"old"} == {each.name for each in tmp_path.iterdir()}
