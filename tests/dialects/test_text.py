"""Plain text: what people and the course's client type, and what they are shown."""

from __future__ import annotations

import random

import msgspec
import pytest
from dialects.wire import (
    DIALECTS,
    LIMITS,
    Case,
    bytewise,
    cases,
    feed,
    in_random_pieces,
    paused,
    understood,
    whole,
    without_detail,
)
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import SettingsChange
from chatsimples.dialects.text import TextDialect

UNFRAMED = cases("unframed")
AT = "2026-11-22T15:00:00.123456Z"


def shown(record: Record) -> str:
    return DIALECTS["text"].render(record, b"").decode()


def replied(answer: effects.Answer) -> str:
    return DIALECTS["text"].reply(answer).decode()


# A client that never sends a newline.


@pytest.mark.parametrize("case", UNFRAMED, ids=str)
def test_unframed_corpus_in_one_piece(case: Case) -> None:
    assert case.commands == without_detail(understood("text", whole(case.data), pause=True))


@pytest.mark.parametrize("case", UNFRAMED, ids=str)
def test_unframed_corpus_byte_by_byte_with_a_pause_at_the_end(case: Case) -> None:
    parser = DIALECTS["text"].parser(1)
    assert case.commands == without_detail(feed(parser, bytewise(case.data)) + paused(parser))


@pytest.mark.parametrize("case", UNFRAMED, ids=str)
def test_the_end_of_input_ends_a_message_as_a_pause_does(case: Case) -> None:
    assert case.commands == without_detail(understood("text", whole(case.data), end=True))


@given(st.sampled_from(UNFRAMED), st.randoms())
def test_unframed_corpus_in_random_pieces(case: Case, chance: random.Random) -> None:
    cut = understood("text", in_random_pieces(case.data, chance), pause=True)
    assert understood("text", whole(case.data), pause=True) == cut


@pytest.mark.parametrize("case", UNFRAMED, ids=str)
def test_a_burst_is_given_a_few_commands_at_a_time(case: Case) -> None:
    for most in (1, 2, 3):
        assert case.commands == without_detail(understood("text", whole(case.data), most=most, pause=True))


def test_what_is_left_of_a_burst_is_held_and_comes_before_what_follows() -> None:
    parser = DIALECTS["text"].parser(1)
    feed(parser, [b"ana: 1ana: 2ana: 3"])
    parser.pause()
    assert [] == parser.take(0)
    assert ["1", "2"] == [each.text for each in parser.take(2) if isinstance(each, commands.SayAs)]
    assert 18 == parser.held
    assert not parser.awaits_pause
    parser.feed(b"ana: 4")
    parser.pause()
    parser.feed(b"5\n")
    texts = [getattr(each, "text", "") for each in parser.take(10)]
    assert (["3", "4", "5"], 0) == (texts, parser.held)


def test_a_command_in_a_burst_that_is_refused_takes_no_other_with_it() -> None:
    said, refused, after = understood("text", [b"ana: oiana: /bogusana: tchau"], pause=True)
    assert commands.SayAs(1, "ana", "oi", "ana: oi") == said
    assert isinstance(refused, commands.Fault)
    assert ("unknown_command", False) == (refused.code, refused.fatal)
    assert commands.SayAs(1, "ana", "tchau", "ana: tchau") == after


def test_messages_with_pauses_between_them() -> None:
    parser = DIALECTS["text"].parser(1)
    given = []
    for piece in (b"ana: oi", b"ana: tudo bem?", b"ana saiu do chat."):
        assert [] == feed(parser, [piece])
        assert parser.awaits_pause
        given += paused(parser)
        assert not parser.awaits_pause
    assert [
        commands.SayAs(1, "ana", "oi", "ana: oi"),
        commands.SayAs(1, "ana", "tudo bem?", "ana: tudo bem?"),
        commands.Bye(1),
    ] == given


def test_a_pause_after_a_newline_was_ever_sent_means_nothing() -> None:
    parser = DIALECTS["text"].parser(1)
    feed(parser, [b"oi\nana: "])
    assert not parser.awaits_pause
    assert [] == paused(parser)
    assert [commands.Say(1, "ana: tudo bem?")] == feed(parser, [b"tudo bem?\n"])


def test_a_pause_ends_no_line_that_waits_to_be_taken() -> None:
    parser = DIALECTS["text"].parser(1)
    parser.feed(b"oi\ntudo bem?\nt")
    assert [] == parser.take(0)
    assert not parser.awaits_pause
    parser.pause()
    assert [commands.Say(1, "oi"), commands.Say(1, "tudo bem?")] == parser.take(10)
    parser.feed(b"chau\n")
    assert [commands.Say(1, "tchau")] == parser.take(10)


def test_a_pause_in_the_middle_of_a_character_is_waited_through_once() -> None:
    parser = DIALECTS["text"].parser(1)
    feed(parser, ["ana: olá".encode()[:-1]])
    assert [] == paused(parser)
    assert parser.awaits_pause
    feed(parser, ["á".encode()[-1:]])
    assert [commands.SayAs(1, "ana", "olá", "ana: olá")] == paused(parser)


def test_a_character_of_which_the_rest_never_comes_is_no_text() -> None:
    parser = DIALECTS["text"].parser(1)
    feed(parser, ["ana: olá".encode()[:-1]])
    assert [] == paused(parser)
    assert [commands.Fault(1, "bad_utf8", {})] == paused(parser)
    assert not parser.awaits_pause


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/eu acena", commands.Say(1, "acena", kind="action")),
        ("/ME acena", commands.Say(1, "acena", kind="action")),
        ("/ausente almoço", commands.Away(1, "almoço")),
        ("/away", commands.Away(1, "")),
        ("/nome Ana Lima", commands.SetName(1, "Ana Lima")),
        ("/anunciar #1 já volto", commands.Announce(1, "#1 já volto")),
        ("/eu", "bad_text"),
        ("/away a\tb", "bad_text"),
        ("/name", "bad_text"),
    ],
)
def test_what_somebody_does_and_tells_of_themself(line: str, command: commands.Command | str) -> None:
    (given,) = feed(DIALECTS["text"].parser(1), [f"{line}\n".encode()])
    assert command == (given.code if isinstance(given, commands.Fault) else given)


def test_nobody_who_speaks_can_make_the_lines_of_another_kind() -> None:
    said = Record(1, AT, "message", 7, "ana", room="x", text="** bia acena")
    assert "ana: ** bia acena\n" == shown(said)
    for kind, head in (("action", "** ana "), ("notice", "-ana- ")):
        assert shown(msgspec.structs.replace(said, kind=kind, text="* bia has left x")).startswith(head)


# What is shown.


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (Record(1, AT, "message", 7, "ana", room="geral", text="só isto"), "ana: só isto\n"),
        (
            Record(1, AT, "message", 7, "ana", to="bia", to_conn=8, text="só para ti"),
            "[ana → bia] só para ti\n",
        ),
        (Record(1, AT, "join", 7, "ana", room="geral"), "* ana has entered geral\n"),
        (Record(1, AT, "leave", 7, "ana", room="geral", reason="quit"), "* ana has left geral\n"),
        (Record(1, AT, "nick", 7, "ana", new="bia", room="geral"), "* ana is now bia\n"),
        (
            Record(1, AT, "topic", room="x", text="a prova", by="ana", by_conn=7),
            "* ana has set the topic of x: a prova\n",
        ),
        (
            Record(1, AT, "leave", 8, "bia", room="x", reason="kicked", by="*"),
            "* the server's operator has removed bia from x\n",
        ),
        (
            Record(1, AT, "set", room="x", quiet=True, settings=SettingsChange(key="k" * 32), by="ana"),
            "",
        ),
        (Record(1, AT, "message", 7, "ana", room="x", text="acena", kind="action"), "** ana acena\n"),
        (Record(1, AT, "message", 7, "ana", room="x", text="psiu", kind="notice"), "-ana- psiu\n"),
        (
            Record(1, AT, "message", 7, "ana", to="bia", text="acena", kind="action"),
            "[** ana → bia] acena\n",
        ),
        (
            Record(1, AT, "message", 7, "ana", to="bia", text="psiu", kind="notice"),
            "[-ana- → bia] psiu\n",
        ),
        (Record(1, AT, "message", 7, "ana", room="x", part=2, parts=3), "ana: \n"),
        (Record(1, AT, "away", 7, "ana", room="x", text="almoço"), "* ana is away: almoço\n"),
        (Record(1, AT, "away", 7, "ana", room="x"), "* ana is back\n"),
        (
            Record(1, AT, "setname", 7, "ana", room="x", realname="Ana Lima"),
            "* ana gives their name as Ana Lima\n",
        ),
        (Record(1, AT, "tags", 7, "ana", room="x", tags={"+draft/react": "👍"}), "* ana reacts with 👍\n"),
        (Record(1, AT, "tags", 7, "ana", room="x", tags={"+x": "y"}), ""),
        (Record(1, AT, "announcement", text="oi", by="mod"), "* mod to everybody: oi\n"),
        (Record(1, AT, "announcement", text="oi", by="*"), "* the server's operator to everybody: oi\n"),
        (Record(1, AT, "start", server="chatsimples"), ""),
        (Record(1, AT, "stop"), ""),
    ],
)
def test_records(record: Record, line: str) -> None:
    assert line == shown(record)


def test_braces_in_what_people_say_and_are_called_stay_braces() -> None:
    assert "ana: {nick} {0} {\n" == shown(Record(1, AT, "message", 7, "ana", room="x", text="{nick} {0} {"))
    assert "there is no command /{nick}" in replied(effects.Error("unknown_command", {"name": "/{nick}"}))


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (effects.Members("geral", ["ana", "bia"], 2), ["* geral (2): ana, bia"]),
        (
            effects.Members("geral", ["ana", "bia"], 5, next="bia"),
            ["* geral (5): ana, bia", "* there are more: /quem bia"],
        ),
        (
            effects.Members(
                "x", ["ana", "bia", "caio"], 3, topic="a prova", roles={"ana": "owner", "bia": "voice"}
            ),
            ["* x (3): ~ana, +bia, caio", "* topic: a prova"],
        ),
        (
            effects.RoomList([effects.RoomSize("geral", 3), effects.RoomSize("x", 1)], 2),
            ["* geral (3), x (1)"],
        ),
        (
            effects.RoomList([effects.RoomSize("geral", 3)], 2, next="geral"),
            ["* geral (3)", "* there are more: /salas geral"],
        ),
        (effects.HistoryEnd("geral", complete=True), ["* end of the history"]),
        (effects.HistoryEnd("geral", complete=False, before=7), ["* end; there is more before"]),
        (effects.Error("nick_in_use", {"nick": "ana"}, "a1"), ["* the nick ana is taken"]),
        (effects.Ping(9), []),
        (effects.Pong(), []),
        (effects.Duplicate("a1", 9), []),
        (effects.IsAway("bia", "almoço"), ["* bia is away: almoço"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_replies(answer: effects.Answer, lines: list[str]) -> None:
    assert lines == replied(answer).splitlines()


def test_a_welcome_tells_the_nick_and_that_all_is_recorded() -> None:
    first, second = replied(
        effects.Welcome("visitante-1", "01J", 1, "", resumed=False, head=1, server="c")
    ).splitlines()
    assert "visitante-1" in first
    assert "recorded" in second


def test_whoever_enters_is_told_what_the_room_is_about() -> None:
    assert "* topic: a prova\n" == replied(effects.About("sala", "a prova"))


def test_the_help_names_every_command_in_both_languages() -> None:
    told = replied(effects.CommandList())
    for word in (
        "apelido", "nick", "entrar", "join", "quem", "who", "salas", "rooms", "msg", "historico", "history",
        "ajuda", "help", "sair", "quit", "topico", "topic", "convidar", "invite", "papel", "role", "definir",
        "set", "expulsar", "kick", "banir", "ban", "desbanir", "unban", "calar", "mute", "descalar", "unmute",
        "login", "registrar", "register", "anunciar", "announce", "eu", "me", "ausente", "away", "nome",
        "name",
    ):  # fmt: skip
        assert f"/{word}" in told
        parser = DIALECTS["text"].parser(1)
        parser.feed(f"/{word} ana 1\n".encode())
        given = parser.take(1)
        assert given or parser.take_attempt()
        assert [] == [
            each for each in given if isinstance(each, commands.Fault) and each.code == "unknown_command"
        ]


def test_the_words_are_in_the_dialects_language_and_names_stay_as_they_are() -> None:
    shouting = TextDialect(LIMITS, lambda text: text.replace("has entered", "entrou em"))
    assert b"* ana entrou em geral\n" == shouting.render(Record(1, AT, "join", 7, "ana", room="geral"), b"")
