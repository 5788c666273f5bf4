"""One conversation, heard at once in every dialect: equal in meaning, and the same when it is replayed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from dialects.wire import DIALECTS
from support.clients import BrowserClient, Clients, IrcClient, JsonClient, TextClient
from support.server import Server, run_command

from chatsimples.chat.records import Record, from_line

CAPABILITIES = ("message-tags", "away-notify", "setname", "echo-message")
REACTION = "+draft/react"
StartServer = Callable[..., Server]
Heard = tuple[str, str, str]
"""What somebody hears of a record: its type or kind, whose it is, and the text."""


class Told(NamedTuple):
    """A chat that has been held, by those who heard it."""

    server: Server
    ana: JsonClient
    bia: BrowserClient
    rui: TextClient
    eva: IrcClient
    records: list[Record]


def converse(ana: JsonClient, bia: BrowserClient, rui: TextClient, eva: IrcClient) -> None:
    """Let each of them say what their dialect can, one after the other."""
    ana.ask("message", room="geral", text="acena", kind="action", id="1")
    ana.answer("1")
    ana.ask("message", room="geral", lines=["um", "", "três"], id="2")
    ana.answer("2")
    ana.ask("signal", room="geral", tags={"+typing": "active"})
    bia.ask("message", room="geral", text="psiu", kind="notice", id="3")
    bia.answer("3")
    bia.ask("tags", room="geral", tags={REACTION: "👍", "+draft/reply": "x/1"}, id="4")
    bia.answer("4")
    bia.ask("away", text="almoço", id="5")
    bia.answer("5")
    rui.type("/me sorri")
    rui.type("/ausente já volto")
    rui.type("/away")
    rui.type("/nome Rui Reis")
    rui.type("* eva has left geral")
    rui.settle()
    eva.answer(
        "PRIVMSG #geral :\x01ACTION dança\x01",
        "NOTICE #geral :aviso",
        f"@{REACTION}=\N{HEAVY BLACK HEART} TAGMSG #geral",
        "AWAY :longe",
        "PRIVMSG #geral :\x02negrito\x02",
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    server = Server(tmp_path_factory.mktemp("said"), "--message-rate", "0")
    server.start()
    clients = Clients()
    ana, bia = clients.json(server, "ana"), clients.browser(server, "bia")
    rui, eva = clients.text(server, "rui"), clients.irc(server, "eva", 0, *CAPABILITIES)
    eva.answer("JOIN #geral")
    for each in (ana, bia, rui):
        each.settle()
    began = server.transcript.last_seq
    converse(ana, bia, rui, eva)
    server.type("/anunciar até logo")
    for each in (ana, bia):
        each.expect(type="announcement")
    for client in (ana, bia, rui, eva):
        client.settle()
    records = [from_line(entry.line) for entry in server.transcript.entries if entry.seq > began]
    yield Told(server, ana, bia, rui, eva, records)
    clients.close()
    server.close()


def meaning(record: Record) -> Heard:
    match record.type:
        case "message":
            return record.kind or "said", record.nick, record.text
        case "tags":
            return "tags", record.nick, (record.tags or {})[REACTION]
        case "setname":
            return "setname", record.nick, record.realname
    return record.type, record.nick or record.by, record.text


def test_programs_and_browsers_hear_the_lines_of_the_transcript(told: Told) -> None:
    for client, nick in ((told.ana, "ana"), (told.bia, "bia")):
        expected = told.server.transcript.received_by(told.server.transcript.conn_of(nick))
        assert expected == [line for line in client.lines if line.startswith(b'{"seq"')]
    (signal,) = [line for line in told.bia.lines if b'"type":"signal"' in line]
    assert b'"tags":{"+typing":"active"}' in signal


def test_plain_text_is_the_same_conversation_but_for_ones_own_words(told: Told) -> None:
    expected = [
        line
        for record in told.records
        if record.nick != "rui" or record.type not in {"message", "tags"}
        for line in DIALECTS["text"].render(record, b"").decode().splitlines()
    ]
    assert "** ana acena" in expected
    assert "-bia- psiu" in expected
    assert "** eva dança" in expected
    assert expected == [line for line in told.rui.shown if line in set(expected)]


_IRC = re.compile(r"(?:@(?P<tags>\S+) )?:(?P<nick>[^!]+)!\S+ (?P<verb>[A-Z]+)(?: #geral)?(?: :(?P<text>.*))?")


def in_irc(line: str) -> Heard | None:
    """Read a line of IRC; None if it is not about what people say in the room."""
    found = _IRC.fullmatch(line)
    if found is None:
        return None
    nick, verb, text = found["nick"], found["verb"], found["text"] or ""
    match verb:
        case "PRIVMSG" if text.startswith("\x01ACTION "):
            return "action", nick, text[8:-1]
        case "PRIVMSG":
            return "said", nick, text
        case "NOTICE":
            return "notice", nick, text
        case "TAGMSG" if REACTION in (found["tags"] or ""):
            tags = dict(each.split("=", 1) for each in found["tags"].split(";") if "=" in each)
            return "tags", nick, tags[REACTION]
        case "AWAY" | "SETNAME":
            return verb.lower(), nick, text
    return None


def test_irc_is_the_same_conversation(told: Told) -> None:
    # IRC knows no empty message, one's own being away is answered otherwise, and no room has announcements.
    expected = [
        meaning(record)
        for record in told.records
        if record.type != "announcement"
        and (record.text or record.type != "message")
        and (record.type != "away" or record.nick != "eva")
    ]
    assert ("action", "ana", "acena") == expected[0]
    heard = [each for line in told.eva.shown if (each := in_irc(line)) is not None]
    assert expected == heard, "\n".join(told.eva.shown)
    assert any(line.endswith(" NOTICE $* :até logo") for line in told.eva.shown)
    assert any("TAGMSG #geral" in line and "+typing=active" in line for line in told.eva.shown)


def test_what_was_said_is_proved_and_read_again(told: Told) -> None:
    assert 0 == told.server.stop()
    assert 0 == run_command("replay", "check", told.server.logs).returncode
    out = run_command("replay", "export", told.server.logs, "--format", "text", "--lang", "en").stdout
    for line in (
        "** ana acena", "ana: um", "-bia- psiu", "* bia reacts with 👍", "* bia is away: almoço",
        "** rui sorri", "* rui is back", "* rui gives their name as Rui Reis",
        "rui: * eva has left geral", "** eva dança", "eva: negrito",
        "* the server's operator to everybody: até logo",
    ):  # fmt: skip
        assert re.search(rf"  {re.escape(line)}$", out, re.MULTILINE), line
