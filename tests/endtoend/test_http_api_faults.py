"""The HTTP API under ``kill -9``: nothing is lost, said twice, or told twice to whoever follows."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress

from support.accounts import make_account
from support.api import ApiClient, Follower, make_token
from support.effort import rounds
from support.server import Server
from support.waiting import DEADLINE, eventually

OPTIONS = ("--message-rate", "0")
StartServer = Callable[..., Server]
Note = Callable[[str, object], None]

_AGAIN = 0.01
"""Seconds before a request is made again."""


class Poster(threading.Thread):
    """Says texts one after the other, and makes each request again until it is answered.

    Attributes:
        seqs: where each text stands on record, as it was told.
        again: requests that were made again.
    """

    def __init__(self, client: ApiClient, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.client = client
        self.seqs: dict[str, int] = {}
        self.again = 0
        self.talking = True

    def run(self) -> None:
        number = 0
        while self.talking:
            key = f"{self.name}-{number}"
            while (seq := self._say(key)) == 0:
                self.again += 1
                time.sleep(_AGAIN)
            self.seqs[key] = seq
            number += 1

    def _say(self, key: str) -> int:
        """Return where a text stands; 0 if that is not known."""
        with suppress(OSError, http.client.HTTPException):
            answer = self.client.say(f"texto {key}", key)
            assert answer.status in {200, 201, 429, 503}, answer
            return int(answer.json.get("seq", 0))
        return 0


class Reader(threading.Thread):
    """Follows a room, and comes back after each cut to where it was, until it hears ``fim``.

    Attributes:
        first: the position at which it began.
        lines: what it was told.
        cuts: how often it came back.
    """

    def __init__(self, client: ApiClient, since: str = "") -> None:
        super().__init__(daemon=True)
        self.client = client
        self.first = self.last = since
        self.lines: list[bytes] = []
        self.cuts = -1
        self.following = threading.Event()

    def run(self) -> None:
        while not (self.lines and b'"text":"fim"' in self.lines[-1]):
            with (
                suppress(OSError, http.client.HTTPException),
                closing(self.client.follow(since=self.last)) as stream,
            ):
                self._read(stream)
            time.sleep(_AGAIN)

    def _read(self, stream: Follower) -> None:
        if stream.status != 200:
            return
        assert stream.resumed
        self.cuts += 1
        self.first = self.first or stream.last_id
        self.last = stream.last_id
        self.following.set()
        while line := stream.next():
            self.lines.append(line)
            self.last = stream.last_id
            if b'"text":"fim"' in line:
                return


def _expected(server: Server, reader: Reader) -> list[bytes]:
    """Return the lines of the room after the position at which a reader began."""
    begun = int(reader.first.partition("/")[2])
    lines = [
        each.line.rstrip(b"\n")
        for each in server.transcript.entries
        if each.seq > begun and each.said.get("room") == "geral" and not each.said.get("quiet")
    ]
    last = next(place for place, line in enumerate(lines) if b'"text":"fim"' in line)
    return lines[: last + 1]


def test_each_text_is_said_once_and_told_once_whatever_is_killed(
    start_server: StartServer, record_property: Note
) -> None:
    server = start_server(*OPTIONS)
    make_account(server.logs, "robo")
    robot = ApiClient.owner(server, make_token(server.logs, "robo"))
    posters = [Poster(robot, f"p{n}") for n in range(3)] + [Poster(ApiClient.guest(server, "rui"), "g")]
    readers = [Reader(robot), Reader(ApiClient.guest(server, "lia"))]
    for reader in readers:
        reader.start()
        assert reader.following.wait(DEADLINE)
    for poster in posters:
        poster.start()
    kills = ["web", "broadcaster", "web", "acceptor"]
    for number in rounds(3):
        said = sum(len(poster.seqs) for poster in posters) + 30
        eventually(lambda said=said: sum(len(each.seqs) for each in posters) >= said, "they go on")  # type: ignore[misc]
        time.sleep(random.uniform(0, 0.02))
        server.child(kills[number % len(kills)]).kill()
    for poster in posters:
        poster.talking = False
    for poster in posters:
        poster.join(DEADLINE)
        assert not poster.is_alive()
    while robot.say("fim", "fim").status not in {200, 201}:
        time.sleep(_AGAIN)
    for reader in readers:
        reader.join(DEADLINE)
        assert not reader.is_alive()
    assert 0 == server.stop()
    messages = server.transcript.having(type="message")
    on_record = {each.said["id"]: each.seq for each in messages}
    assert len(messages) == len(on_record)
    told = {key: seq for poster in posters for key, seq in poster.seqs.items()}
    assert {key: on_record[key] for key in told} == told
    for reader in readers:
        assert _expected(server, reader) == reader.lines
        assert reader.cuts > 0
    record_property("said", len(told))
    record_property("made again", sum(poster.again for poster in posters))


def test_across_a_restart_keys_are_known_and_streams_go_on(start_server: StartServer) -> None:
    server = start_server(*OPTIONS)
    make_account(server.logs, "robo")
    robot = ApiClient.owner(server, make_token(server.logs, "robo"))
    with closing(robot.follow()) as stream:
        first = robot.say("uma vez", "k")
        assert first.json["seq"] == stream.expect(type="message")["seq"]
        position = stream.last_id
        assert 0 == server.stop()
        assert b"" == stream.next()
    robot.server = server = start_server(*OPTIONS, logs=server.logs)
    ApiClient.guest(server, "bia").say("entretanto")
    with closing(robot.follow(since=position)) as stream:
        assert stream.resumed
        heard = [json.loads(stream.next()) for _ in range(4)]
    assert first.json["seq"] + 1 == heard[0]["seq"]
    assert "leave" == heard[0]["type"]
    assert "entretanto" in [each.get("text") for each in heard]
    again = robot.say("uma vez", "k")
    assert (201, 200) == (first.status, again.status)
    assert first.json == again.json


def test_a_thousand_follow_and_each_is_told_everything(
    start_server: StartServer, record_property: Note
) -> None:
    server = start_server(*OPTIONS)
    robot = ApiClient.guest(server, "rui")
    streams = [robot.follow() for _ in range(1_000)]
    began = time.process_time()
    seqs = [robot.say(f"{number}").json["seq"] for number in range(5)]
    for stream in streams:
        assert seqs == [json.loads(stream.next())["seq"] for _ in seqs]
        stream.close()
    record_property("seconds to read", round(time.process_time() - began, 2))
    assert 1 == len(server.transcript.having(type="join"))
