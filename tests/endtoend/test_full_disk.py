"""A full disk: nothing is acked or delivered, everybody is told, and it goes on when there is room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.clients import Clients
from support.disks import own_disk
from support.server import Server
from support.transcript import Transcript

StartServer = Callable[..., Server]


def test_when_the_disk_is_full_nothing_is_acked_and_with_room_it_goes_on(
    start_server: StartServer, clients: Clients, tmp_path: Path
) -> None:
    logs = tmp_path / "small"
    server = start_server("--message-rate", "0", logs=logs, wrapper=own_disk(logs, "size=512k"))
    disk = Path(f"/proc/{server.process.pid}/root{logs}")
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    (disk / "filler").write_bytes(b"x" * 400_000)
    for number in range(100):
        ana.ask("message", room="geral", text="x" * 4000, id=f"{number}")
    ana.refused("storage_full")
    bia.refused("storage_full")
    acked = [said["id"] for said in ana.heard(type="message")]
    assert len(acked) < 100
    assert {*acked} <= {
        entry.said["id"] for entry in Transcript.read(disk, growing=True).having(type="message")
    }

    (disk / "filler").unlink()
    ana.answer("99")
    assert [f"{number}" for number in range(100)] == [said["id"] for said in ana.heard(type="message")]
    bia.expect(id="99")
    ana.say("há lugar outra vez", id="fim")
    transcript = Transcript.read(disk, growing=True)
    transcript.check()
    for client in (ana, bia):
        client.must_have(transcript.received_by(client.conn))
