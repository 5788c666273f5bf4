"""The commands of docs/http-api.md do what it says: run by curl as they stand there, and by Python."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlencode

import pytest
from support.api import ApiClient
from support.paths import ROOT
from support.server import Server, clean_environment, run_command
from support.waiting import DEADLINE

PAGE = (ROOT / "docs" / "http-api.md").read_text("utf-8")
SERVER_OPTIONS = ("--message-rate", "0")

Does = Callable[[str], list[str]]


def blocks(kind: str) -> dict[str, str]:
    """Give the first block of a kind below each heading."""
    found = {}
    for part in PAGE.split("\n## ")[1:]:
        title, _, rest = part.partition("\n")
        inside = re.search(rf"^```{kind}\n(.*?)^```$", rest, re.DOTALL | re.MULTILINE)
        if inside:
            found[title] = inside[1]
    return found


SCRIPTS = blocks("sh")


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """A token, made by the page's own commands."""
    printed = ""
    for line in blocks("console")["Who asks"].splitlines():
        done = run_command(*line.removeprefix("$ chatsimples ").split(), "--logs", server.logs)
        assert 0 == done.returncode, done.stderr
        printed = done.stdout.strip()
    return printed


@pytest.fixture(params=["curl", "python"])
def does(request: pytest.FixtureRequest, server: Server, token: str) -> Does:
    """What does the commands below a heading, and gives what each prints."""
    if request.param == "curl" and shutil.which("curl") is None:
        pytest.skip("there is no curl")
    by = _by_curl if request.param == "curl" else _by_python
    values = {"CHAT": f"http://127.0.0.1:{server.port}", "TOKEN": token}
    return lambda title: [by(server, values, command) for command in _commands(SCRIPTS[title])]


def _commands(script: str) -> list[str]:
    return [line for line in script.replace("\\\n", " ").splitlines() if line]


def _by_curl(_server: Server, values: dict[str, str], command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
        env=clean_environment(**values),
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


def _by_python(server: Server, values: dict[str, str], command: str) -> str:
    words = shlex.split(re.sub(r"\$(\w+)", lambda found: values[found[1]], command))
    assert "curl" == words.pop(0)
    target, body, headers = "", None, {}
    while words:
        match words.pop(0):
            case "-s":
                pass
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0)
            case "--data-urlencode":
                name, _, value = words.pop(0).partition("=")
                body = urlencode({name: value})
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            case word:
                target = word.removeprefix(values["CHAT"])
    answer = ApiClient(server).request("GET" if body is None else "POST", target, body, **headers)
    assert 200 <= answer.status < 300, answer
    return answer.body.decode()


def test_something_is_said_and_said_once(does: Does, server: Server) -> None:
    (first,), (second,) = does("Saying something"), does("Saying something")
    assert json.loads(first) == json.loads(second)
    assert 1 == len(server.transcript.having(type="message", text="backup feito"))


def test_what_was_said_is_read(does: Does) -> None:
    does("Saying something")
    (told,) = does("Reading")
    assert "backup feito" == json.loads(told.splitlines()[0])["text"]


def test_a_stream_is_followed(server: Server, token: str) -> None:
    (command,) = _commands(SCRIPTS["Following"])
    robot = ApiClient.owner(server, token)
    if shutil.which("curl") is None:
        with closing(robot.follow()) as stream:
            seq = robot.say("ao vivo").json["seq"]
            assert seq == stream.expect(type="message")["seq"]
        return
    values = {"CHAT": f"http://127.0.0.1:{server.port}", "TOKEN": token}
    with subprocess.Popen(
        ["sh", "-c", f"exec {command}"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=clean_environment(**values),
    ) as curl:
        assert curl.stdout is not None
        lines = iter(curl.stdout.readline, "")
        assert "retry: 2000\n" == next(lines)
        assert next(lines).startswith("id: ")
        assert "event: position\n" == next(lines)
        assert json.loads(next(lines).removeprefix("data: "))["resumed"]
        seq = robot.say("ao vivo").json["seq"]
        data = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
        assert seq == next(each["seq"] for each in data if each["type"] == "message")
        curl.kill()


def test_members_and_rooms_are_told(does: Does) -> None:
    does("Saying something")
    members, rooms = (json.loads(each) for each in does("Who is there"))
    assert "robo" in members["members"]
    assert "geral" in {each["room"] for each in rooms["rooms"]}


def test_the_chat_is_well(does: Does) -> None:
    assert [{"status": "ok"}] == [json.loads(each) for each in does("Health")]


def test_hooks_are_taken(does: Does, server: Server) -> None:
    assert ["ok", "ok"] == does("Webhooks")
    texts = {each.said["text"] for each in server.transcript.having(type="message")}
    assert {"build #7 (https://ci.example/7) falhou", "disco cheio"} <= texts
