"""Batches of lines that are one message."""

from __future__ import annotations

import pytest

from chatsimples.chat.commands import MOST_LINES, Command, Fault, Line, Lines, Say
from chatsimples.irc import faults, multiline
from chatsimples.irc.asking import Asker
from chatsimples.irc.marks import Mark
from chatsimples.irc.message import parse
from chatsimples.irc.multiline import Multiline
from chatsimples.irc.server import Bounds

BOUNDS = Bounds(max_text=100, max_name=8)
ASKER = Asker(7, BOUNDS)
BEGUN = Mark("BATCH", ("+b", multiline.BATCH_TYPE, "#x"), label="l")
LINE = "@batch=b PRIVMSG #x"
JOINED = f"@batch=b;{multiline.CONCAT} PRIVMSG #x"


def batch(*lines: str, target: str = "#x", tags: dict[str, str] | None = None) -> Multiline:
    made = Multiline(Mark("BATCH", (*BEGUN.params[:2], target), "l"), tags or {}, BOUNDS)
    for line in lines:
        assert made.add(parse(line)) is None
    return made


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            (f"{LINE} :", f"{LINE} :how ", f"{JOINED} are"),
            Lines(7, (Line(""), Line("how "), Line("are", joined=True)), "x"),
        ),
        ((f"{LINE} \x02bold", f"{LINE} :a b"), Lines(7, (Line("bold"), Line("a b")), "x")),
        ((f"{LINE} one",), Say(7, "one", "x")),
        (
            ("@batch=b NOTICE #x a", "@batch=b NOTICE #x b"),
            Lines(7, (Line("a"), Line("b")), "x", kind="notice"),
        ),
        (
            (f"{LINE} :\x01ACTION a\x01", f"{LINE} b"),
            Lines(7, (Line("a"), Line("b")), "x", kind="action"),
        ),
    ],
)
def test_lines_are_one_message(lines: tuple[str, ...], said: Command) -> None:
    mark, made = batch(*lines).ended(ASKER)
    assert (said,) == made
    assert (("#x",), "l") == (mark.params, mark.label)


def test_the_tags_of_the_batch_are_those_of_the_message() -> None:
    made = batch("@batch=b PRIVMSG ana a", "@batch=b PRIVMSG ana b", target="ana", tags={"+t": "v"})
    assert Lines(7, (Line("a"), Line("b")), to="ana", tags={"+t": "v"}) == made.ended(ASKER)[1][0]


@pytest.mark.parametrize(
    ("lines", "code", "context"),
    [
        (("@batch=other PRIVMSG #x a",), multiline.INVALID, ()),
        ((f"{LINE}",), multiline.INVALID, ()),
        ((f"{JOINED} a",), multiline.INVALID, ()),
        ((f"{LINE} a", f"{JOINED} :"), multiline.INVALID, ()),
        ((f"{LINE} a", "@batch=b NOTICE #x a"), multiline.INVALID, ()),
        (("@batch=b PRIVMSG #y a",), multiline.INVALID_TARGET, ("#x", "#y")),
        (("@batch=b PRIVMSG : a",), multiline.INVALID, ()),
        ((f"{LINE} {'x' * 50}", f"{LINE} {'x' * 50}"), multiline.MAX_BYTES, ("100",)),
        ((f"{LINE} :",) * (MOST_LINES + 1), multiline.MAX_LINES, (str(MOST_LINES),)),
    ],
)
def test_what_does_not_belong_into_it_refuses_it(
    lines: tuple[str, ...], code: str, context: tuple[str, ...]
) -> None:
    *before, last = lines
    made = batch(*before)
    refused = Mark("BATCH", (code, *context), "l", faults.BAD_BATCH)
    assert refused == made.add(parse(last))
    assert made.is_refused
    assert made.add(parse(f"{LINE} more")) is None


@pytest.mark.parametrize("lines", [(), (f"{LINE} :", f"{LINE} : ")])
def test_nothing_is_no_message(lines: tuple[str, ...]) -> None:
    assert (multiline.refusal("l"), ()) == batch(*lines).ended(ASKER)


def test_what_may_not_be_said_is_refused_as_a_message_is() -> None:
    _, (fault,) = batch(f"{LINE} \x07", f"{LINE} a").ended(ASKER)
    assert isinstance(fault, Fault)
    assert ("bad_text", "#x") == (fault.code, fault.detail["target"])


def test_lines_of_a_batch_are_told_from_others() -> None:
    assert multiline.is_within(parse(f"{LINE} a"))
    assert not multiline.is_within(parse("PRIVMSG #x a"))
    assert not multiline.is_within(parse("@batch=b PING a"))
