"""What is written to one client."""

from __future__ import annotations

from irc.writers import lines, record, writer

from chatsimples.irc.capabilities import BATCH, ECHO_MESSAGE, LABELED_RESPONSE, MESSAGE_TAGS, STANDARD_REPLIES
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.records import Line
from chatsimples.irc.replies.writer import is_batch

LABELLED = Mark("X", label="a;b")


def test_a_numeric_names_whoever_reads_it() -> None:
    told = writer("bia")
    told.numeric("332", "#x", text="of it")
    told.numeric("005", "A=1", "B")
    assert ["332 bia #x :of it", "005 bia A=1 B"] == lines(told)
    nobody = writer("")
    nobody.numeric("451")
    assert ["451 *"] == lines(nobody)


def test_a_list_is_told_in_as_many_lines_as_it_needs() -> None:
    names = [f"somebody-{number}" for number in range(200)]
    told = writer()
    told.numeric_lists("353", "=", "#x", words=names)
    found = lines(told)
    assert all(len(f":irc.test {line}".encode()) <= 510 for line in found)
    assert names == [name for line in found for name in line.removeprefix("353 ana = #x :").split(" ")]
    assert len(found) == -(-sum(len(name) + 1 for name in names) // (510 - len(":irc.test 353 ana = #x :")))


def test_a_refusal_without_a_numeric_is_a_standard_reply_or_a_notice() -> None:
    for style, line in ((STANDARD_REPLIES, "FAIL X NO_WAY c :why"), (0, "NOTICE ana :X: why")):
        told = writer(style=style)
        told.fail("X", "no_way", "c", text="why")
        assert [line] == lines(told)


def test_an_answer_without_a_label_is_its_lines() -> None:
    told = writer()
    told.say("PONG x")
    assert b":irc.test PONG x\r\n" == told.labelled(Mark("X"))


def test_what_one_says_to_oneself_comes_and_to_those_who_hear_themselves_comes_back() -> None:
    line = ":bia!u@c7 PRIVMSG bia :oi"
    for style, answer in ((ECHO_MESSAGE, line), (0, ":irc.test ACK")):
        told = writer(style=LABELED_RESPONSE | style)
        told.record(record("message", room="", to="bia", to_conn=7, text="oi"))
        assert f"@label=a\\:b {answer}\r\n{line}\r\n" == told.labelled(LABELLED).decode()


def test_a_batch_is_labelled_where_it_begins() -> None:
    assert is_batch([Line(":a BATCH +1 x"), Line(":a PRIVMSG #x :y"), Line(":a BATCH -1")])
    for other in (
        [Line(":a PRIVMSG #x :a BATCH +1"), Line(":a BATCH -1")],
        [Line(":a BATCH +1 x"), Line(":a BATCH -1"), Line(":a PRIVMSG #x :y")],
        [Line(":a BATCH +1 x")],
        [],
    ):
        assert not is_batch(other)


def test_an_answer_carries_the_label_it_was_asked_with() -> None:
    told = writer(style=BATCH | LABELED_RESPONSE | MESSAGE_TAGS)
    assert b"@label=a\\:b :irc.test ACK\r\n" == told.labelled(LABELLED)
    told.record(record("join"))
    assert b"@label=a\\:b;msgid=LOG/12 :bia!u@c7 JOIN #x\r\n" == told.labelled(LABELLED)
    told.say("366 ana #x")
    assert [
        "@label=a\\:b :irc.test BATCH +answer labeled-response",
        "@batch=answer;msgid=LOG/12 :bia!u@c7 JOIN #x",
        "@batch=answer :irc.test 366 ana #x",
        ":irc.test BATCH -answer",
    ] == told.labelled(LABELLED).decode().split("\r\n")[:-1]
