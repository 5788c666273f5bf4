"""The bytes of IRC connections to commands."""

from __future__ import annotations

import random

import pytest
from dialects.wire import DEFAULT_LIMITS, bytewise, in_random_pieces, whole

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Fault, Hello, Request, Say, Style
from chatsimples.dialects.attempts import Attempt
from chatsimples.dialects.base import Parser, RoadParser
from chatsimples.dialects.every import every_dialect
from chatsimples.irc import capabilities, faults, marks
from chatsimples.irc.capabilities import CAPABILITIES
from chatsimples.irc.marks import Mark
from chatsimples.irc.offer import Offer

ENTER = b"NICK ana\r\nUSER ana 0 * :Ana\r\n"


# With lines as long as a server takes them.
DIALECTS = every_dialect(DEFAULT_LIMITS, str, lambda: "made-for-this-client")


def parser() -> Parser:
    return DIALECTS["irc"].parser(1)


def given(data: bytes, of: Parser | None = None) -> list[Command]:
    of = of or parser()
    of.feed(data)
    return of.take(100)


def asked(data: bytes, *, before: bytes = ENTER) -> tuple[Mark, tuple[Command, ...]]:
    """Return the mark and the commands of the one request that a line is, once registered."""
    of = parser()
    given(before, of)
    (request,) = given(data + b"\r\n", of)
    assert isinstance(request, Request)
    return marks.unpack(request.mark), request.commands


def hello(nick: str) -> Hello:
    return Hello(1, nick, (), "made-for-this-client", dialect="irc", renames=True, user="ana", realname="Ana")


@pytest.mark.parametrize(
    "lines",
    [
        ENTER,
        b"USER ana 0 * :Ana\nNICK ana\n",
        b"NICK bia\r\nNICK ana\r\nUSER ana 0 * Ana\r\n",
        b"\r\n\n  \r\nnick ana\r\nuser ana 0 * Ana\r\n",
    ],
)
def test_nick_and_user_register(lines: bytes) -> None:
    assert [hello("ana")] == given(lines)


def test_capabilities_put_it_off() -> None:
    of = parser()
    ls, req = given(b"CAP LS 302\r\n" + ENTER + b"CAP REQ :batch server-time\r\n", of)
    assert isinstance(ls, Request)
    assert ["LS", "302", *CAPABILITIES] == [word.partition("=")[0] for word in marks.unpack(ls.mark).params]
    assert isinstance(req, Request)
    assert (Style(1, capabilities.BATCH | capabilities.SERVER_TIME),) == req.commands
    assert [hello("ana")] == given(b"CAP END\r\n", of)
    assert [] == given(b"CAP END\r\n", of)


def test_capabilities_are_taken_as_a_whole_or_not_at_all() -> None:
    mark, nothing = asked(b"CAP REQ :batch unheard-of")
    assert (faults.UNKNOWN, ()) == (mark.fault, nothing)
    _, style = asked(b"CAP REQ :-batch", before=ENTER + b"CAP REQ :batch echo-message\r\n")
    assert (Style(1, capabilities.ECHO_MESSAGE),) == style


def test_a_nick_is_a_hello_or_a_rename_which_the_rules_know() -> None:
    mark, nick = asked(b"NICK bia")
    assert (Mark("NICK", ("bia",)), (hello("bia"),)) == (mark, nick)


def test_a_nick_that_can_not_be_had_is_asked_for_again() -> None:
    of = parser()
    (refused,) = given(b"NICK a!b\r\nUSER ana 0 * Ana\r\n", of)
    assert isinstance(refused, Request)
    (fault,) = refused.commands
    assert isinstance(fault, Fault)
    assert "bad_nick" == fault.code
    assert [hello("ana")] == given(b"NICK ana\r\n", of)


@pytest.mark.parametrize(
    ("password", "account", "secret"), [("sesame open", "", ""), ("ana:pass:word", "ana", "pass:word")]
)
def test_a_password_is_looked_at_before_it_is_a_hello(password: str, account: str, secret: str) -> None:
    of = parser()
    assert [] == given(b"PASS :" + password.encode() + b"\r\n" + ENTER + b"PING x\r\n", of)
    attempt = of.take_attempt()
    assert isinstance(attempt, Attempt)
    assert (account, secret, password) == (attempt.account, attempt.password, attempt.line)
    assert hello("ana") == attempt.command
    (ping,) = given(b"", of)
    assert isinstance(ping, Request)


def test_whoever_says_no_name_is_not_registered() -> None:
    (refused,) = given(b"NICK ana\r\nUSER ana 0 * :\r\n")
    assert isinstance(refused, Request)
    assert faults.INCOMPLETE == marks.unpack(refused.mark).fault


def test_who_one_is_is_said_once() -> None:
    for line in (b"USER x 0 * X", b"PASS x"):
        _, (fault,) = asked(line)
        assert Fault(1, "already_registered", {}) == fault


def test_what_is_said_is_a_command_by_itself() -> None:
    of = parser()
    given(ENTER, of)
    assert [Say(1, "oi", "x"), Say(1, "oi a todos", to="bia"), Say(1, "x", "x")] == given(
        b"PRIVMSG #x oi\r\nPRIVMSG bia :oi a todos\r\n:ana!u@h PRIVMSG #x :x\r\n", of
    )


@pytest.mark.parametrize(
    ("line", "commands_of"),
    [
        (b"PRIVMSG #x,#y oi", (Say(1, "oi", "x"), Say(1, "oi", "y"))),
        (b"NOTICE #x oi", (Say(1, "oi", "x", kind="notice"),)),
        (b"@+typing=active PRIVMSG #x oi", (Say(1, "oi", "x"),)),
        (b"PART #x", (commands.Leave(1, "x"),)),
        (b"JOIN #x", (commands.Join(1, "x"), commands.Who(1, "x", numbered=True, entering=True))),
        (b"MOTD", ()),
        (b"QUIT :so long", (commands.Bye(1, "so long"),)),
    ],
)
def test_every_other_line_is_a_request(line: bytes, commands_of: tuple[Command, ...]) -> None:
    assert commands_of == asked(line)[1]


def test_the_key_of_a_room_is_looked_at_first() -> None:
    of = parser()
    given(ENTER, of)
    assert [] == given(b"JOIN #x,#y k\r\nPING x\r\n", of)
    attempt = of.take_attempt()
    assert attempt is not None
    assert {"x": "k"} == attempt.keys
    assert isinstance(attempt.command, Request)
    assert commands.Join(1, "x") == attempt.command.commands[0]
    assert 1 == len(given(b"", of))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"FOO", faults.UNKNOWN),
        (b"JOIN", faults.INCOMPLETE),
        (b"PRIVMSG #x", faults.INCOMPLETE),
        (b"PRIVMSG #x :", faults.INCOMPLETE),
        (b"PRIVMSG #x :" + b"x" * 499, faults.TOO_LONG),
        (b"@+x=" + b"x" * 4_092 + b" PRIVMSG #x :x", faults.TOO_LONG),
        (b"PRIVMSG #x :\xff", faults.BAD_UTF8),
    ],
)
def test_what_is_not_understood_is_answered(line: bytes, fault: str) -> None:
    mark, nothing = asked(line)
    assert (fault, ()) == (mark.fault, nothing)


def test_a_label_is_kept_by_those_who_know_labels() -> None:
    assert "" == asked(b"@label=x PING a")[0].label
    knowing = ENTER + b"CAP REQ :labeled-response\r\n"
    assert "x" == asked(b"@label=x PING a", before=knowing)[0].label
    assert 64 == len(asked(b"@label=" + b"x" * 200 + b" PING a", before=knowing)[0].label)


def test_a_pong_means_nothing_more_unless_it_asks_for_an_answer() -> None:
    assert [hello("ana")] == given(ENTER + b"PONG x\r\nPONG\r\n")
    assert () == asked(b"@label=x PONG x")[1]


def test_a_line_without_end_ends_the_connection() -> None:
    (fault,) = given(b"NICK " + b"x" * 70_000)
    assert isinstance(fault, Fault)
    assert ("line_too_long", True) == (fault.code, fault.fatal)


def test_it_is_the_same_however_the_bytes_are_cut() -> None:
    data = ENTER + b"JOIN #x\r\nPRIVMSG #x :ol\xc3\xa1\r\nNICK bia\nFOO\r\nPART #x\r\nQUIT\r\n"
    told = []
    for pieces in (whole(data), bytewise(data), in_random_pieces(data, random.Random(7))):
        of = parser()
        told.append([each for piece in pieces for each in given(piece, of)])
    assert told[0] == told[1] == told[2]
    assert 8 - 1 == len(told[0])


def test_no_more_is_taken_than_may_be() -> None:
    of = parser()
    of.feed(ENTER + b"PING 1\r\nPING 2\r\n")
    assert [1, 1, 1, 0] == [len(of.take(1)) for _ in range(4)]


def fault_of(data: bytes, of: Parser | None = None) -> str:
    of = of or parser()
    (request,) = given(data, of)
    assert isinstance(request, Request)
    return marks.unpack(request.mark).fault


@pytest.mark.parametrize("command", [b"PRIVMSG", b"NOTICE"])
@pytest.mark.parametrize(("target", "text"), [(b"#sala", b" :"), (b"#sala", b" "), (b"bia", b" :")])
def test_what_others_could_not_get_in_one_line_is_refused(command: bytes, target: bytes, text: bytes) -> None:
    of = parser()
    given(ENTER, of)
    passed_on = b":ana!u@c1 " + command + b" " + target + b" :\r\n"
    room = 512 - len(passed_on)
    (said,) = given(command + b" " + target + text + b"x" * room + b"\r\n", of)
    assert not isinstance(said, Request) or "" == marks.unpack(said.mark).fault
    assert faults.TOO_LONG == fault_of(command + b" " + target + text + b"x" * (room + 1) + b"\r\n", of)
    given(b"NICK anabela\r\n", of)
    assert faults.TOO_LONG == fault_of(command + b" " + target + text + b"x" * room + b"\r\n", of)


@pytest.mark.parametrize(
    "line",
    [
        b"PRIVMSG a,b,c,d,e oi",
        b"TAGMSG a,b,c,d,e",
        b"KICK #x a,b,c,d,e",
        b"JOIN " + b",".join(b"#%d" % number for number in range(33)),
    ],
)
def test_too_many_targets_are_refused_and_none_is_done(line: bytes) -> None:
    of = parser()
    given(ENTER, of)
    assert faults.TOO_MANY == fault_of(line + b"\r\n", of)
    assert "" == asked(b"NOTICE a,b,c,d,,a oi")[0].fault


def several(*lines: bytes) -> list[Command]:
    of = parser()
    given(b"CAP REQ :batch message-tags labeled-response draft/multiline\r\n" + ENTER + b"CAP END\r\n", of)
    return given(b"".join([line + b"\r\n" for line in lines]), of)


def test_lines_of_a_batch_are_one_message_with_the_label_of_the_batch() -> None:
    (request,) = several(
        b"@label=7;+t=v BATCH +1 draft/multiline #x",
        b"@batch=1 PRIVMSG #x one",
        b"@batch=1 PRIVMSG #x :",
        b"@batch=1 PRIVMSG #x two",
        b"BATCH -1",
    )
    assert isinstance(request, Request)
    assert Mark("PRIVMSG", ("#x",), "7") == marks.unpack(request.mark)
    lines = (commands.Line("one"), commands.Line(""), commands.Line("two"))
    assert (commands.Lines(1, lines, "x", tags={"+t": "v"}),) == request.commands


@pytest.mark.parametrize(
    "lines",
    [
        (b"BATCH +1 draft/multiline #x", b"@batch=2 PRIVMSG #x a", b"@batch=1 PRIVMSG #x a", b"BATCH -1"),
        (b"BATCH +1 draft/multiline #x", b"BATCH +2 draft/multiline #x", b"@batch=1 PRIVMSG #x a"),
        (b"BATCH +1 other #x", b"@batch=1 PRIVMSG #x a", b"BATCH -1"),
        (b"BATCH +1 draft/multiline #x", b"BATCH -1"),
        (b"BATCH -1",),
        (b"@batch=1 PRIVMSG #x a",),
    ],
)  # fmt: skip
def test_a_batch_that_is_none_is_refused_once(lines: tuple[bytes, ...]) -> None:
    (request,) = several(*lines)
    assert isinstance(request, Request)
    mark = marks.unpack(request.mark)
    assert ("BATCH", ("MULTILINE_INVALID",), faults.BAD_BATCH) == (mark.command, mark.params, mark.fault)
    assert () == request.commands


def test_after_a_batch_that_was_refused_others_are_taken() -> None:
    *_, said = several(
        b"BATCH +1 draft/multiline #x", b"BATCH -2", b"BATCH -1",
        b"BATCH +2 draft/multiline #x", b"@batch=2 PRIVMSG #x a", b"BATCH -2",
    )  # fmt: skip
    assert isinstance(said, Request)
    assert (Say(1, "a", "x"),) == said.commands


def test_batches_are_for_those_who_have_asked_for_them() -> None:
    assert faults.UNKNOWN == asked(b"BATCH +1 draft/multiline #x")[0].fault


def test_what_this_server_has_not_is_not_offered_nor_granted() -> None:
    offer = Offer(has_accounts=lambda: False, registers=False, sts_duration=60, sts_port=6697)
    of = every_dialect(DEFAULT_LIMITS, str, lambda: "x", irc_offer=offer)["irc"].parser(1)
    assert isinstance(of, RoadParser)
    of.came(is_tls=True, is_local=False)
    ls, sasl, sts = given(b"CAP LS 302\r\nCAP REQ sasl\r\nCAP REQ sts\r\n", of)
    assert isinstance(ls, Request)
    told = marks.unpack(ls.mark).params
    assert ("LS", "302") == told[:2]
    assert "sts=duration=60" == told[-1]
    assert not any(word.startswith(("sasl", "draft/account-registration")) for word in told)
    for request in (sasl, sts):
        assert isinstance(request, Request)
        assert (faults.UNKNOWN, ()) == (marks.unpack(request.mark).fault, request.commands)


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("last", [b"CAP END\r\n", b"CAP END\r\nPING x\r\n"])
def test_registering_gives_up_what_was_being_proved(last: bytes, limit: int) -> None:
    of = parser()
    given(b"CAP REQ sasl\r\n" + ENTER + b"AUTHENTICATE PLAIN\r\n", of)
    of.feed(last)
    taken: list[Command] = []
    while len(some := of.take(limit)) == limit:
        taken += some
    assert len(some) < limit
    taken += some
    aborted, entered, *rest = taken
    assert isinstance(aborted, Request)
    assert Mark("AUTHENTICATE", ("aborted",)) == marks.unpack(aborted.mark)
    assert hello("ana") == entered
    assert last.count(b"\n") - 1 == len(rest)


def test_a_password_is_looked_at_after_what_was_being_proved_is_given_up() -> None:
    of = parser()
    given(b"CAP REQ sasl\r\nPASS ana:secret\r\nAUTHENTICATE PLAIN\r\n", of)
    (aborted,) = given(ENTER + b"CAP END\r\nPING x\r\n", of)
    assert isinstance(aborted, Request)
    expected = Attempt(command=hello("ana"), account="ana", password="secret", line="ana:secret")
    assert expected == of.take_attempt()
    assert 1 == len(of.take(100))
