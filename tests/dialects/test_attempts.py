"""What needs secrets looked at is no command, and tells none of them."""

from __future__ import annotations

import json

import pytest

from chatsimples.chat import commands
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.dialects.attempts import Attempt, Scram, keys_in, without_keys
from chatsimples.dialects.base import InputLimits, Parser
from chatsimples.dialects.jsonl import JsonDialect
from chatsimples.dialects.text import TextDialect

LIMITS = InputLimits(65_536, 4_096, 32, 32)
SECRET = "a-secret-of-ana-1"


def json_parser() -> Parser:
    return JsonDialect(LIMITS, str, lambda: SECRET).parser(1)


def text_parser() -> Parser:
    return TextDialect(LIMITS, str).parser(1)


def taken(parser: Parser, data: bytes, limit: int = 100) -> tuple[list[commands.Command], Attempt | None]:
    parser.feed(data)
    return parser.take(limit), parser.take_attempt()


def line(**said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"


def test_it_shows_no_secret() -> None:
    attempt = Attempt(
        command=commands.Login(1, "", ""), account="ana", password="pass-word", token="cst_x",
        line="one line", keys={"x": "sesame"},
    )  # fmt: skip
    assert "Attempt(Login)" == repr(attempt) == str(attempt)
    assert attempt.proves
    assert not Attempt(command=commands.Join(1, "x"), keys={"x": "sesame"}).proves


def test_a_hello_with_an_account_is_an_attempt() -> None:
    hello = line(type="hello", nick="ana", account="Ana", password="pass-word", session=SECRET)
    given, attempt = taken(json_parser(), hello)
    assert [] == given
    assert attempt is not None
    assert ("Ana", "pass-word", "", "", False) == (
        attempt.account, attempt.password, attempt.token, attempt.line, attempt.registers
    )  # fmt: skip
    assert commands.Hello(1, "ana", ("geral",), SECRET) == attempt.command


def test_who_logs_in_need_not_say_a_nick() -> None:
    for said in ({"account": "ana", "password": "pass-word"}, {"token": "cst_x"}):
        _, attempt = taken(json_parser(), line(type="hello", **said))
        assert attempt is not None
        assert isinstance(attempt.command, commands.Hello)
        assert "" == attempt.command.nick
    given, attempt = taken(json_parser(), line(type="hello"))
    assert attempt is None
    assert [("bad_request", False)] == [
        (each.code, each.fatal) for each in given if isinstance(each, commands.Fault)
    ]


def test_a_password_without_an_account_is_the_one_for_everybody() -> None:
    _, attempt = taken(json_parser(), line(type="hello", nick="ana", password="sesame"))
    assert attempt is not None
    assert ("", "sesame") == (attempt.account, attempt.line)


@pytest.mark.parametrize(
    ("said", "account", "password", "token", "registers"),
    [
        ({"type": "login", "account": "ana", "password": "p", "id": "1"}, "ana", "p", "", False),
        ({"type": "login", "token": "cst_x", "id": "1"}, "", "", "cst_x", False),
        ({"type": "register", "account": "ana", "password": "p", "id": "1"}, "ana", "p", "", True),
    ],
)
def test_later_logins_are_attempts_too(
    said: dict[str, str], account: str, password: str, token: str, registers: bool
) -> None:
    _, attempt = taken(json_parser(), line(**said))
    assert attempt is not None
    assert (account, password, token, registers) == (
        attempt.account, attempt.password, attempt.token, attempt.registers
    )  # fmt: skip
    assert commands.Login(1, "", "", "1") == attempt.command


@pytest.mark.parametrize(
    ("typed", "account", "password", "all_of_it", "registers"),
    [
        (b"/login ana a good password", "ana", "a good password", "ana a good password", False),
        (b"/LOGIN sesame", "sesame", "", "sesame", False),
        (b"/register ana pass word", "ana", "pass word", "", True),
        ("/registrar josé senha".encode(), "josé", "senha", "", True),
    ],
)
def test_a_person_types_it(
    typed: bytes, account: str, password: str, all_of_it: str, registers: bool
) -> None:
    given, attempt = taken(text_parser(), typed + b"\n")
    assert [] == given
    assert attempt is not None
    assert (account, password, all_of_it, registers, True) == (
        attempt.account, attempt.password, attempt.line, attempt.registers, attempt.is_typed
    )  # fmt: skip


def test_the_key_of_a_room_goes_with_no_command() -> None:
    for parser, asked in (
        (json_parser(), line(type="join", room="x", key="k")),
        (text_parser(), b"/join x k\n"),
    ):
        given, attempt = taken(parser, asked)
        assert [] == given
        assert attempt is not None
        assert {"x": "k"} == attempt.keys
        assert isinstance(attempt.command, commands.Join)
        assert "" == attempt.command.key
    _, attempt = taken(json_parser(), line(type="hello", nick="ana", keys={"x": "k"}))
    assert attempt is not None
    assert {"x": "k"} == attempt.keys


def test_the_keys_of_a_request_are_those_of_its_commands() -> None:
    kept = commands.Set(1, "z", SettingsAsked(key=""))
    typed = commands.Request(1, b"mark", (commands.Join(1, "x", key="k"), commands.Join(1, "y"), kept))
    assert {"x": "k"} == keys_in(typed)
    bare = (commands.Join(1, "x"), commands.Join(1, "y"), kept)
    assert commands.Request(1, b"mark", bare) == without_keys(typed)


def test_where_nobody_looks_at_secrets_it_is_of_somebody_without_any() -> None:
    _, attempt = taken(json_parser(), line(type="hello", token="cst_x", session=SECRET))
    assert attempt is not None
    assert commands.Hello(1, "visitante", ("geral",), SECRET) == attempt.unproved
    assert commands.Join(1, "x") == Attempt(command=commands.Join(1, "x"), keys={"x": "k"}).unproved


def test_what_follows_an_attempt_waits_until_it_is_taken() -> None:
    login = line(type="login", account="ana", password="p")
    stream = line(type="ping", id="1") + login + line(type="ping", id="2") + login + line(type="ping", id="3")
    for pieces in ([stream], [bytes([each]) for each in stream]):
        parser = json_parser()
        seen: list[object] = []
        for piece in pieces:
            parser.feed(piece)
            while True:
                given = parser.take(100)
                attempt = parser.take_attempt()
                seen += [each.id for each in given if isinstance(each, commands.Ping)]
                if attempt is None:
                    break
                seen.append(attempt.account)
        assert ["1", "ana", "2", "ana", "3"] == seen


def test_an_attempt_counts_as_one_of_what_may_be_taken() -> None:
    login = line(type="login", account="ana", password="p")
    parser = json_parser()
    assert ([], None) == taken(parser, login, 0)
    given, attempt = taken(parser, b"", 1)
    assert [] == given
    assert attempt is not None


def test_a_client_that_sends_no_newlines_can_log_in_too() -> None:
    parser = text_parser()
    parser.feed(b"ana: /login ana sesamerui: oi")
    parser.pause()
    given, attempt = parser.take(100), parser.take_attempt()
    assert [commands.SayAs(1, "ana", "", "")] == given
    assert attempt is not None
    parser = text_parser()
    parser.feed(b"/login ana sesame")
    parser.pause()
    given, attempt = parser.take(100), parser.take_attempt()
    assert ([], True) == (given, attempt is not None)
    assert ([], None) == (parser.take(100), parser.take_attempt())
    parser.feed(b"oi")
    parser.pause()
    assert [commands.Say(1, "oi")] == parser.take(100)


def test_what_is_shown_by_scram_proves_something_only_once_there_is_an_exchange() -> None:
    asked = Attempt(command=None, account="ana", scram=Scram())
    shown = Attempt(command=None, account="ana", scram=Scram(b"exchanged", b"proof"))
    assert (False, False) == (asked.proves, asked.guesses)
    assert (True, True) == (shown.proves, shown.guesses)
    assert "Attempt(NoneType)" == repr(shown)
    assert ("Scram(proves=False)", "Scram(proves=True)") == (repr(asked.scram), repr(shown.scram))
    assert shown.unproved is None


def test_a_certificate_proves_something_and_can_not_be_guessed() -> None:
    attempt = Attempt(command=None, certificate=True)
    assert (True, False) == (attempt.proves, attempt.guesses)
