"""A connection: bytes and times to commands, at the pace that is allowed, and through every condition."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import msgspec
import pytest

from chatsimples.chat import commands
from chatsimples.chat.commands import Command
from chatsimples.dialects.attempts import Attempt, Finding
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE, InputLimits, Parser
from chatsimples.dialects.every import every_dialect
from chatsimples.dialects.jsonl import JsonDialect
from chatsimples.dialects.negotiation import SILENCE_DECIDES
from chatsimples.errors import Refusal
from chatsimples.net.peers import Peer
from chatsimples.server.worker.conditions import HEEDED, READ, TRANSITIONS, Condition, Event, Timer
from chatsimples.server.worker.connection import WorkerConnection
from chatsimples.server.worker.context import Context
from chatsimples.server.worker.gate import Answer, NoGate, Verdict
from chatsimples.server.worker.ledger import MOST_HUNG_UP, Ledger
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.requests import BROWSING, OPENED_EARLY, Requests
from chatsimples.server.worker.timers import Timers

LIMITS = InputLimits(max_line=1_000, max_text=500, max_name=32)
DIALECTS = every_dialect(LIMITS, str, lambda: "a-secret-made-here")
UNBOUND = Pace(0, 0, 0, 0, 0, 0)
PEER = Peer.at("2001:db8:0:7::9")
NETWORK = "2001:0db8:0000:0007::/64"

HELLO = b'{"type":"hello","nick":"ana","session":"a-secret-of-ana-1"}\n'
PING = b'{"type":"ping"}\n'
REQUEST = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"


LOGIN = b'{"type":"login","account":"ana","password":"a good password","id":"l1"}\n'
LOGGED_IN = Verdict(command=commands.Login(1, "ana", "member", "l1"), account="ana", role="member", epoch=7)


class FakeGate(NoGate):
    """A gate that keeps what it is asked, and knows one account: ana, of epoch 7."""

    def __init__(self) -> None:
        self.asked: list[Attempt] = []
        self.at_once: Verdict | None = None
        self.has_accounts = False
        self.known_epoch = 7

    def __bool__(self) -> bool:
        return self.has_accounts

    def check_nick(self, nick: str, account: str) -> None:
        if nick.lower() == "ana" != account:
            raise Refusal("nick_registered", nick=nick)

    def epoch(self, account: str) -> int:
        return self.known_epoch if account == "ana" else 0

    def ask(  # type: ignore[override] # it may answer later
        self, conn: int, attempt: Attempt, peer: Peer, answer: Answer
    ) -> Verdict | None:
        self.asked.append(attempt)
        return self.at_once


class Client:
    """A client, with the connection that its bytes go to; time is the test's."""

    takes_requests = False

    def __init__(self, **pace: float) -> None:
        bounds = msgspec.structs.replace(UNBOUND, **pace)
        self.now = 1_000.0
        self.timers = Timers()
        self.batch: list[Command] = []
        self.ledger = Ledger(bounds)
        self.gate = FakeGate()
        self.requests = Requests("", clock=lambda: self.now) if self.takes_requests else None
        self.context = Context(
            DIALECTS, self.ledger, self.timers, self.batch, gate=self.gate, requests=self.requests
        )
        self.connection = WorkerConnection(1, PEER, self.context, self.now)
        self._unread = b""

    @property
    def condition(self) -> Condition:
        return self.connection.condition

    def comes_back(self) -> None:
        """Come again on another connection, whatever became of the one before."""
        self.connection = WorkerConnection(1, PEER, self.context, self.now)

    def abandoned(self) -> None:
        """Hang up, after others have left behind as much as an address may."""
        others = [self.ledger.open(NETWORK, self.now) for _ in range(MOST_HUNG_UP)]
        assert all(self.ledger.hang_up(other, NETWORK, self.now) for other in others)
        self.connection.hang_up(self.now)

    def begins_request(self) -> None:
        """Come again where requests are taken, and send the beginning of one."""
        self.context = msgspec.structs.replace(self.context, requests=Requests(""))
        self.comes_back()
        self.says(REQUEST[:-2])

    def turns_to_text(self) -> None:
        """Come again, pause within what may be a request, and send what makes it none."""
        self.comes_back()
        self.says(b"GET /etc/hosts")
        self.wait(1)
        self.says(b" is what I read\n")

    def says(self, data: bytes) -> list[Command]:
        """Send bytes, which are read if anything is; return the commands that come of it."""
        self._unread += data
        self._read()
        return self.commands()

    def told(self, verdict: Verdict) -> list[Command]:
        """Let its attempt be answered; return the commands that come of it."""
        self.connection.answered(verdict, self.now)
        self._read()
        return self.commands()

    def wait(self, seconds: float) -> list[Command]:
        """Let time pass in small steps; return the commands that come meanwhile."""
        until = self.now + seconds
        while True:
            for _, timer in self.timers.due(self.now):
                self.connection.elapsed(timer, self.now)
                self._read()
            if self.now >= until:
                return self.commands()
            self.now = min(until, self.now + 0.01)

    def hangs_up(self) -> list[Command]:
        """Close, and return the commands that come of it once all that was sent is read."""
        given = []
        while self._unread or self.condition is Condition.THROTTLED:
            given += self.wait(0.1)
        self.connection.finish(self.now)
        return given + self.commands()

    def commands(self) -> list[Command]:
        given = list(self.batch)
        self.batch.clear()
        return given

    def _read(self) -> None:
        if self._unread and self.condition in READ:
            data, self._unread = self._unread, b""
            self.connection.receive(data, self.now)


class Browser(Client):
    """A client where HTTP requests are taken."""

    takes_requests = True


def opened(dialect: str) -> Command:
    return commands.Open(1, dialect, PEER.address, visitor=dialect == "text")


def pings(*marks: int) -> bytes:
    return b"".join(b'{"type":"ping","id":"%d"}\n' % mark for mark in marks)


def marks(given: list[Command]) -> list[int]:
    return [int(command.id) for command in given if isinstance(command, commands.Ping)]


# The table.


def undecided() -> Client:
    return Client(message_rate=10, message_burst=15, flood_timeout=2)


def visitor() -> Client:
    client = Client(message_rate=10, message_burst=15, flood_timeout=2, registration_timeout=30)
    client.gate.needs_account = True
    client.wait(1)
    return client


def speaking() -> Client:
    client = undecided()
    client.says(HELLO)
    return client


def throttled() -> Client:
    client = speaking()
    client.says(pings(*range(25)))
    return client


def waiting() -> Client:
    client = speaking()
    client.says(LOGIN)
    return client


def deaf() -> Client:
    client = undecided()
    client.says(b"x" * 2_000)
    return client


def requesting() -> Client:
    client = Browser(registration_timeout=30)
    client.says(REQUEST[:-2])
    return client


def passing() -> Client:
    client = Browser()
    client.says(REQUEST)
    return client


def gone() -> Client:
    client = undecided()
    client.hangs_up()
    return client


WAYS_TO: dict[Condition, Callable[[], Client]] = {
    Condition.UNDECIDED: undecided,
    Condition.VISITOR: visitor,
    Condition.SPEAKING: speaking,
    Condition.THROTTLED: throttled,
    Condition.WAITING: waiting,
    Condition.DEAF: deaf,
    Condition.REQUESTING: requesting,
    Condition.PASSING: passing,
    Condition.GONE: gone,
}
CAUSES: dict[tuple[Condition, Event], Callable[[Client], object]] = {
    (Condition.UNDECIDED, Event.SILENT): lambda client: client.wait(SILENCE_DECIDES),
    (Condition.UNDECIDED, Event.SETTLED): lambda client: client.says(b"{"),
    (Condition.UNDECIDED, Event.ENDED): Client.hangs_up,
    (Condition.VISITOR, Event.SETTLED): lambda client: client.says(b"oi\n"),
    (Condition.VISITOR, Event.ENDED): Client.hangs_up,
    (Condition.VISITOR, Event.REFUSED): lambda client: client.wait(40),
    (Condition.SPEAKING, Event.LIMITED): lambda client: client.says(PING * 15),
    (Condition.SPEAKING, Event.REFUSED): lambda client: client.says(b"x" * 2_000),
    (Condition.SPEAKING, Event.ENDED): Client.hangs_up,
    (Condition.THROTTLED, Event.ALLOWED): lambda client: client.wait(4),
    (Condition.THROTTLED, Event.ABANDONED): lambda client: client.abandoned(),
    (Condition.THROTTLED, Event.REFUSED): lambda client: client.says(PING * 1_000) + client.wait(5),
    (Condition.SPEAKING, Event.ASKED): lambda client: client.says(LOGIN),
    (Condition.THROTTLED, Event.ASKED): lambda client: (client.says(LOGIN), client.wait(4)),
    (Condition.WAITING, Event.ANSWERED): lambda client: client.told(LOGGED_IN),
    (Condition.DEAF, Event.ENDED): Client.hangs_up,
    (Condition.UNDECIDED, Event.REQUESTED): lambda client: client.begins_request(),
    (Condition.REQUESTING, Event.SETTLED): lambda client: client.turns_to_text(),
    (Condition.REQUESTING, Event.PASSED): lambda client: client.says(REQUEST[-2:]),
    (Condition.REQUESTING, Event.ENDED): Client.hangs_up,
    (Condition.PASSING, Event.TAKEN): lambda client: client.connection.taken(),
    (Condition.PASSING, Event.ABANDONED): lambda client: client.connection.abandon(client.now),
}


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_comes_about(condition: Condition) -> None:
    assert condition is WAYS_TO[condition]().condition


def test_there_is_a_cause_for_every_entry_of_the_table() -> None:
    entries = {(condition, event) for condition, events in TRANSITIONS.items() for event in events}
    assert entries == set(CAUSES)


@pytest.mark.parametrize("entry", CAUSES, ids=lambda entry: f"{entry[0].name} {entry[1].name}")
def test_every_cause_leads_where_the_table_says(entry: tuple[Condition, Event]) -> None:
    condition, event = entry
    client = WAYS_TO[condition]()
    CAUSES[entry](client)
    assert TRANSITIONS[condition][event] is client.condition


@pytest.mark.parametrize(
    ("timer", "condition"),
    [pair for pair in itertools.product(Timer, Condition) if pair[1] not in HEEDED[pair[0]]],
)
def test_a_timer_means_nothing_where_the_table_does_not_say_so(timer: Timer, condition: Condition) -> None:
    client = WAYS_TO[condition]()
    client.commands()
    client.connection.elapsed(timer, client.now + 1_000)
    assert [] == client.commands()
    assert condition is client.condition


@pytest.mark.parametrize("condition", [each for each in Condition if each not in READ])
def test_what_can_not_be_seen_can_not_be_told(condition: Condition) -> None:
    client = WAYS_TO[condition]()
    with pytest.raises(ValueError, match="ENDED"):
        client.connection.fail("closed", client.now)


# The dialect.


@pytest.mark.parametrize("condition", [Condition.VISITOR, Condition.SPEAKING, Condition.THROTTLED])
def test_one_whose_address_is_banned_is_told_why_and_ends(condition: Condition) -> None:
    client = WAYS_TO[condition]()
    assert client.connection.banish({"why": "spam"})
    assert [commands.Fault(1, "banned", {"why": "spam"}), commands.Close(1, "banned")] == client.commands()
    assert Condition.DEAF is client.condition
    assert client.connection.banish({"why": "spam"})
    assert [] == client.commands()


@pytest.mark.parametrize("condition", [Condition.UNDECIDED, Condition.WAITING])
def test_one_that_can_not_be_told_yet_that_its_address_is_banned_is_told_later(condition: Condition) -> None:
    client = WAYS_TO[condition]()
    assert not client.connection.banish({})
    assert [] == client.commands()
    if condition is Condition.WAITING:
        client.told(Verdict(code="login_failed"))
    else:
        client.wait(SILENCE_DECIDES)
    assert client.connection.banish({})


def test_a_brace_opens_a_json_connection() -> None:
    hello = commands.Hello(1, "ana", ("geral",), "a-secret-of-ana-1", dialect="json")
    assert [opened("json"), hello, commands.Ping(1)] == Client().says(HELLO + PING)


def test_anything_else_opens_a_plain_text_connection() -> None:
    assert [opened("text"), commands.Say(1, "oi")] == Client().says(b"oi\n")


def test_a_browser_is_refused_and_nothing_of_its_request_is_a_command() -> None:
    client = Client()
    first, fault = client.says(b"POST / HTTP/1.1\r\nHost: x\r\n\r\noi\n/nick ana\n" + HELLO)
    assert opened("http") == first
    assert isinstance(fault, commands.Fault)
    assert fault.fatal
    assert [] == client.says(b"oi\n" + HELLO)


def test_one_who_is_silent_for_half_a_second_is_a_visitor() -> None:
    client = Client()
    assert [] == client.wait(SILENCE_DECIDES - 0.02)
    assert [opened("text")] == client.wait(0.05)
    assert [] == client.wait(10)


def test_a_visitor_that_then_sends_a_brace_speaks_json() -> None:
    client = Client()
    assert [opened("text")] == client.wait(1)
    first, second = client.says(HELLO)
    assert opened("json") == first
    assert isinstance(second, commands.Hello)
    assert [commands.Ping(1)] == client.says(PING)


def test_a_visitor_that_then_says_something_is_the_same_visitor() -> None:
    client = Client()
    client.wait(1)
    assert [commands.Say(1, "oi")] == client.says(b"oi\n")
    assert [commands.Say(1, "{}")] == client.says(b"{}\n")


def test_a_visitor_may_yet_be_a_browser() -> None:
    client = Client()
    client.wait(1)
    first, fault = client.says(b"GET / HTTP/1.1\r\n\r\n")
    assert opened("http") == first
    assert isinstance(fault, commands.Fault)
    assert fault.fatal


# Where HTTP requests are taken.


def test_a_request_is_passed_on_with_all_that_has_come_and_is_nothing_else() -> None:
    client = Browser(registration_timeout=30)
    assert [] == client.says(REQUEST + b"oi\n") + client.wait(60)
    assert REQUEST + b"oi\n" == client.connection.request
    client.connection.taken()
    assert [commands.Forget(1)] == client.commands()
    assert Condition.GONE is client.condition


@pytest.mark.parametrize("pieces", [1, 7])
def test_a_request_may_come_in_pieces_with_pauses(pieces: int) -> None:
    client = Browser()
    for start in range(0, len(REQUEST), pieces):
        assert [] == client.says(REQUEST[start : start + pieces]) + client.wait(0.7 * (start > 20))
    assert Condition.PASSING is client.condition
    assert REQUEST == client.connection.request


@pytest.mark.parametrize("line", [b"GET pizza\n", b"GET /etc/hosts, please\n", b"POST it\n"])
def test_people_may_say_what_begins_as_a_request_does(line: bytes) -> None:
    expected = [opened("text"), commands.Say(1, line.decode().strip())]
    assert expected == Browser().says(line)
    client = Browser()
    assert expected == client.says(line[:6]) + client.says(line[6:])


def test_a_part_of_a_request_after_which_nothing_comes_is_passed_on_and_not_said() -> None:
    client = Browser(registration_timeout=30)
    assert [] == client.says(b"GET /x HT") + client.wait(29)
    assert [] == client.wait(2)
    assert Condition.PASSING is client.condition
    assert b"GET /x HT" == client.connection.request


def test_a_part_of_a_request_after_which_the_client_hangs_up_is_not_said() -> None:
    client = Browser()
    client.says(b"GET /x HT")
    assert [commands.Close(1, "closed")] == client.hangs_up()


@pytest.mark.parametrize(
    "wrong", [b"GET / HTTP/1.1\n\n", b"GET / HTTP/1.1\r\nx\r\n\r\n", b"GET /" + b"x" * 20_000]
)
def test_a_request_that_is_wrong_is_for_whoever_answers_it(wrong: bytes) -> None:
    client = Browser()
    assert [] == client.says(wrong)
    assert Condition.PASSING is client.condition


def test_a_visitor_is_answered_and_so_not_passed_on() -> None:
    client = Browser()
    assert [opened("text")] == client.wait(1)
    first, fault = client.says(REQUEST)
    assert opened("http") == first
    assert isinstance(fault, commands.Fault)


def test_one_that_nobody_takes_is_ended_after_a_while() -> None:
    client = passing()
    for _ in range(10_000):
        client.connection.await_room(client.now)
        given = client.wait(0.02)
        if given:
            break
    assert [commands.Close(1, "closed")] == given
    assert Condition.GONE is client.condition


def test_whoever_is_silent_where_a_browser_is_is_no_visitor_for_a_while() -> None:
    client = passing()
    client.comes_back()
    assert [] == client.wait(OPENED_EARLY - 1)
    assert [opened("text")] == client.wait(2)


def test_whoever_is_silent_where_a_browser_was_is_a_visitor_as_ever() -> None:
    client = passing()
    client.wait(BROWSING + 1)
    client.comes_back()
    assert [opened("text")] == client.wait(1)


def test_whoever_speaks_where_a_browser_is_is_heard_at_once() -> None:
    client = passing()
    client.comes_back()
    client.wait(3)
    assert [opened("text"), commands.Say(1, "oi")] == client.says(b"oi\n")


@pytest.mark.parametrize("silent_before", [0, 1])
def test_a_beginning_that_could_be_more_than_one_is_waited_for(silent_before: float) -> None:
    client = Client()
    client.wait(silent_before)
    assert [] == client.says(b"N")
    assert [] == client.says(b"I")
    assert [commands.Say(1, "NIno")] == client.says(b"no\n")[-1:]


@pytest.mark.parametrize("silent_before", [0, 1])
def test_a_beginning_after_which_nothing_comes_is_plain_text(silent_before: float) -> None:
    client = Client()
    client.wait(silent_before)
    client.says(b"N")
    assert [commands.Say(1, "N")] == client.wait(1)[-1:]


@pytest.mark.parametrize("silent_before", [0, 1])
def test_a_beginning_after_which_the_client_hangs_up_is_said(silent_before: float) -> None:
    client = Client()
    client.wait(silent_before)
    client.says(b"N")
    assert [commands.Say(1, "N"), commands.Close(1, "closed")] == client.hangs_up()[-2:]


def test_the_wait_for_a_beginning_counts_from_the_last_byte() -> None:
    client = Client()
    for byte in b"POST":
        assert [] == client.says(bytes((byte,)))
        assert [] == client.wait(SILENCE_DECIDES * 0.8)
    assert [opened("text")] == client.wait(SILENCE_DECIDES)[:1]


# Messages in pieces.


def test_one_byte_at_a_time_says_the_same() -> None:
    client = Client()
    given = []
    for byte in HELLO + PING:
        given += client.says(bytes((byte,)))
    assert [opened("json"), commands.Ping(1)] == [given[0], given[2]]
    assert 3 == len(given)


def test_a_client_without_newlines_ends_its_message_by_a_pause() -> None:
    client = Client()
    assert [opened("text")] == client.says(b"ana: o")
    assert [] == client.wait(PAUSE_ENDS_MESSAGE - 0.02)
    assert [] == client.says(b"i")
    assert [] == client.wait(PAUSE_ENDS_MESSAGE - 0.02)
    assert [commands.SayAs(1, "ana", "oi", "ana: oi")] == client.wait(0.04)
    assert [] == client.wait(10)


def test_half_a_character_is_given_one_more_pause() -> None:
    client = Client()
    client.says("ana: olá".encode()[:-1])
    assert [] == client.wait(PAUSE_ENDS_MESSAGE * 1.5)
    assert [] == client.says("á".encode()[-1:])
    assert [commands.SayAs(1, "ana", "olá", "ana: olá")] == client.wait(1)


def test_a_client_that_has_sent_a_newline_ends_nothing_by_a_pause() -> None:
    client = Client()
    client.says(b"oi\nana: o")
    assert [] == client.wait(10)
    assert [commands.Say(1, "ana: oi")] == client.says(b"i\n")


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (b"oi\nana: tchau", commands.Say(1, "ana: tchau")),
        (b"ana: tchau", commands.SayAs(1, "ana", "tchau", "ana: tchau")),
        (HELLO + b'{"type":"ping"}', commands.Ping(1)),
    ],
)
def test_what_is_unfinished_when_the_client_hangs_up_counts_as_finished(data: bytes, last: Command) -> None:
    client = Client()
    given = client.says(data) + client.hangs_up()
    assert [last, commands.Close(1, "closed")] == given[-2:]


def test_one_who_hangs_up_without_a_word_is_only_closed() -> None:
    assert [commands.Close(1, "closed")] == Client().hangs_up()


def test_of_one_that_fails_nothing_unfinished_counts() -> None:
    client = Client()
    client.says(b"oi\nana: tchau")
    client.connection.fail("timeout", client.now)
    assert [commands.Close(1, "timeout")] == client.commands()
    assert Condition.GONE is client.condition


# What ends a connection.


def test_after_a_line_that_is_too_long_only_the_end_is_seen() -> None:
    client = Client()
    *_, fault = client.says(b"oi\n" + b"x" * 2_000)
    assert commands.Fault(1, "line_too_long", {"limit": "1000"}, fatal=True) == fault
    assert [] == client.says(b"\noi\n/sair\n")
    assert [commands.Close(1, "closed")] == client.hangs_up()


def test_one_that_is_not_heard_any_more_and_sends_on_and_on_is_ended() -> None:
    client = Client()
    client.says(b"x" * 2_000)
    given: list[Command] = []
    sent = 0
    while not given:
        given += client.says(b"x" * 60_000)
        sent += 60_000
    assert [commands.Close(1, "closed")] == given
    assert 1_000_000 < sent < 2_000_000


def test_one_that_does_not_say_hello_in_time_is_told_and_not_heard_any_more() -> None:
    client = Client(registration_timeout=3)
    client.says(PING)
    assert [] == client.wait(2.9)
    assert [commands.Fault(1, "registration_timeout", {"seconds": "3"}, fatal=True)] == client.wait(0.2)
    assert [] == client.says(HELLO)


def test_one_that_says_hello_in_time_is_not() -> None:
    client = Client(registration_timeout=3)
    client.says(b"{")
    client.wait(2.9)
    client.says(HELLO[1:])
    assert [] == client.wait(10)


def test_a_visitor_need_not_register() -> None:
    assert [opened("text")] == Client(registration_timeout=3).wait(10)


# Silence.


def test_a_silent_json_client_is_pinged_and_then_counts_as_gone() -> None:
    client = Client(ping_interval=60, ping_timeout=20)
    client.says(HELLO)
    assert [] == client.wait(59)
    assert [commands.Silent(1, 60, gone=False)] == client.wait(2)
    assert [] == client.wait(18)
    assert [commands.Silent(1, 80, gone=True)] == client.wait(2)


def test_any_byte_is_a_sign_of_life() -> None:
    client = Client(ping_interval=60, ping_timeout=20)
    client.says(HELLO)
    client.wait(70)
    assert [] == client.says(b"\n")
    assert [] == client.wait(59)
    assert [commands.Silent(1, 60, gone=False)] == client.wait(2)


def test_without_a_ping_timeout_nobody_counts_as_gone() -> None:
    client = Client(ping_interval=60)
    client.says(HELLO)
    silences = [each for each in client.wait(200) if isinstance(each, commands.Silent)]
    assert [False] * 3 == [each.gone for each in silences]


def test_plain_text_is_not_pinged() -> None:
    client = Client(ping_interval=60, ping_timeout=20)
    client.says(b"oi\n")
    assert [] == client.wait(200)


# The pace.


def test_above_the_rate_commands_wait_and_none_is_lost() -> None:
    client = Client(message_rate=10, message_burst=15)
    assert list(range(15)) == marks(client.says(pings(*range(40))))
    assert [15] == marks(client.wait(0.105))
    assert [16, 17] == marks(client.wait(0.2))
    assert list(range(18, 40)) == marks(client.wait(3))


def test_one_whose_commands_wait_is_not_read_from() -> None:
    client = Client(message_rate=10, message_burst=15)
    client.says(pings(*range(40)))
    assert client.condition not in READ
    assert list(range(15, 40)) == marks(client.wait(3))
    assert client.condition in READ


def test_a_pause_earns_the_burst_again_and_not_more() -> None:
    client = Client(message_rate=10, message_burst=15)
    client.says(pings(*range(15)))
    client.wait(60)
    assert list(range(15)) == marks(client.says(pings(*range(40))))


def test_commands_are_all_given_in_their_order_at_any_pace(chance: random.Random) -> None:
    client = Client(message_rate=50, message_burst=8)
    data = pings(*range(300))
    given = []
    while data:
        cut = chance.choice((1, 5, 50, 500))
        given += client.says(data[:cut])
        given += client.wait(chance.choice((0, 0.01, 0.2)))
        data = data[cut:]
    given += client.hangs_up()
    assert list(range(300)) == marks(given)
    assert commands.Close(1, "closed") == given[-1]


@pytest.mark.parametrize("pace", [{"message_burst": 5}, {"message_rate": 10}])
def test_a_rate_or_a_burst_of_0_switches_the_bound_off(pace: dict[str, float]) -> None:
    assert list(range(500)) == marks(Client(**pace).says(pings(*range(500))))


@pytest.mark.parametrize("burst", [b"ana: oi" * 100, b"/quem", b"ana: /quem"])
def test_the_pace_holds_for_a_client_without_newlines_too(burst: bytes) -> None:
    client = Client(message_rate=10, message_burst=15)
    given = []
    for _ in range(100):
        if client.condition in READ:
            given += client.says(burst)
        given += client.wait(0.1)
    asked = [command for command in given if not isinstance(command, commands.Open)]
    # Fifteen at once, then ten a second.
    assert 15 < len(asked) <= 15 + 100 + 1


def said_as(given: list[Command]) -> list[str]:
    return [command.text for command in given if isinstance(command, commands.SayAs)]


def test_a_burst_without_newlines_comes_in_order_and_at_its_pace() -> None:
    client = Client(message_rate=10, message_burst=15)
    client.says(b"".join(b"ana: %d" % number for number in range(60)))
    texts = said_as(client.wait(PAUSE_ENDS_MESSAGE + 0.01))
    # That it came in counts too.
    assert (14, Condition.THROTTLED) == (len(texts), client.condition)
    texts += said_as(client.wait(2))
    assert 33 <= len(texts) <= 35
    texts += said_as(client.wait(3))
    assert list(map(str, range(60))) == texts
    assert (Condition.SPEAKING, 0) == (client.condition, client.connection.held)


def test_a_few_lines_of_the_course_client_are_said_at_once() -> None:
    client = Client(message_rate=10, message_burst=15)
    client.says(b"ana: umana: doisana: tr\xc3\xaasana saiu do chat.")
    given = client.wait(PAUSE_ENDS_MESSAGE + 0.01)
    assert (["um", "dois", "três"], commands.Bye(1)) == (said_as(given), given[-1])


@pytest.mark.parametrize("silent_before", [0, 1])
def test_what_is_unfinished_at_the_end_of_input_comes_at_its_pace_too(silent_before: float) -> None:
    client = Client(message_rate=10, message_burst=15)
    client.wait(silent_before)
    client.says(b"".join(b"ana: %d" % number for number in range(40)))
    client.connection.finish(client.now)
    given = client.commands()
    assert 14 <= len(said_as(given)) <= 15
    given += client.wait(1)
    assert 23 <= len(said_as(given)) <= 25
    given += client.wait(2)
    client.connection.finish(client.now)
    given += client.commands()
    assert list(map(str, range(40))) == said_as(given)
    assert [commands.Close(1, "closed")] == given[-1:]
    assert Condition.GONE is client.condition


def test_a_burst_without_newlines_that_takes_too_long_is_a_flood() -> None:
    client = Client(message_rate=10, message_burst=15, flood_timeout=2)
    given = client.says(b"ana: oi" * 100) + client.wait(3)
    assert commands.Fault(1, "flood", {"rate": "10"}, fatal=True) == given[-1]
    assert len(said_as(given)) <= 15 + 20 + 1


def test_coming_back_gives_nothing_that_waiting_does_not_give() -> None:
    client = Client(message_rate=10, message_burst=15)
    said, lives = 0, 200
    for _ in range(lives):
        given = client.says(b"oi\n" * 100)
        client.connection.elapsed(Timer.PACE, client.now)
        given += client.commands()
        said += sum(isinstance(command, commands.Say) for command in given)
        if client.condition is Condition.THROTTLED:
            # Whoever hangs up now is seen to be gone when it may go on.
            given = client.wait(0.1)
            said += sum(isinstance(command, commands.Say) for command in given)
        if client.condition in READ:
            client.connection.fail("closed", client.now)
            client.comes_back()
    assert 0 < said <= 15 + 10 * (client.now - 1_000) + 1


def test_visitors_that_come_and_go_are_let_in_at_their_pace() -> None:
    client = Client(message_rate=1, message_burst=2)
    given: list[Command] = []
    for _ in range(1_000):
        if client.condition in READ:
            given += client.says(b"oi\n")
        if client.condition in READ:
            client.connection.fail("closed", client.now)
            client.comes_back()
        given += client.wait(0.01)
    counted = [command for command in given if isinstance(command, commands.Open | commands.Say)]
    assert [opened("text"), commands.Say(1, "oi")] == counted[:2]
    assert 10 < len(counted) <= 2 + 10 + 1


def test_lines_of_one_that_begins_with_nothing_left_are_lines() -> None:
    client = Client(message_rate=10, message_burst=5)
    client.says(b"oi\n" * 4)
    client.comes_back()
    client.commands()
    given = client.says(b"um\ndois\ntr\xc3\xaas\n")
    assert [] == given
    given = client.wait(1)
    assert [opened("text"), *(commands.Say(1, text) for text in ("um", "dois", "três"))] == given


def test_a_silent_one_waits_for_its_turn_to_be_a_visitor() -> None:
    client = Client(message_rate=0.5, message_burst=1, flood_timeout=2)
    assert [opened("text")] == client.wait(SILENCE_DECIDES)
    client.connection.fail("closed", client.now)
    client.comes_back()
    assert [commands.Close(1, "closed")] == client.wait(SILENCE_DECIDES + 1)
    assert [opened("text")] == client.wait(1)
    # It has waited, and has flooded nobody.
    client.wait(10)
    assert [commands.Say(1, "oi")] == client.says(b"oi\n") + client.wait(3)


def test_a_session_goes_on_where_it_was_whatever_it_says_in_one_go() -> None:
    client = Client(message_rate=10, message_burst=15)
    assert 12 == len(marks(client.says(HELLO + pings(*range(12)))))
    client.connection.fail("closed", client.now)
    client.connection = WorkerConnection(2, Peer.at("203.0.113.9"), client.context, client.now)
    client.commands()
    given = client.says(PING + HELLO + pings(*range(12)))
    assert isinstance(given[2], commands.Hello)
    assert 2 == len(given[3:])
    assert Condition.THROTTLED is client.condition


def test_a_second_hello_is_no_way_to_leave_ones_session_behind() -> None:
    client = Client(message_rate=10, message_burst=15)
    client.says(HELLO + pings(*range(12)))
    client.connection.fail("closed", client.now)
    client.connection = WorkerConnection(2, Peer.at("203.0.113.9"), client.context, client.now)
    client.commands()
    client.says(HELLO.replace(b"-of-ana-", b"-of-bia-") + HELLO)
    assert len(marks(client.says(pings(*range(12))))) <= 2


def test_a_hello_that_has_to_wait_is_in_time() -> None:
    client = Client(message_rate=0.1, message_burst=1, registration_timeout=3)
    assert 2 == len(client.says(PING + HELLO))
    given = client.wait(9)
    assert [] == [command for command in given if isinstance(command, commands.Fault)]
    assert any(isinstance(command, commands.Hello) for command in client.wait(2))


def test_what_may_not_be_left_behind_is_dropped_and_the_end_is_told() -> None:
    client = throttled()
    client.commands()
    client.abandoned()
    assert [commands.Close(1, "closed")] == client.commands()
    assert [] == client.wait(10)


def test_what_may_be_left_behind_comes_in_its_time() -> None:
    client = throttled()
    client.connection.hang_up(client.now)
    client.connection.hang_up(client.now)
    assert list(range(14, 25)) == marks(client.commands() + client.wait(3))
    assert [commands.Close(1, "closed")] == client.hangs_up()


def test_one_that_waits_for_its_neighbours_is_told_of_no_flood() -> None:
    client = Client(message_rate=10, message_burst=15, flood_timeout=2, address_rate=1, address_burst=20)
    other = WorkerConnection(7, PEER, client.context, client.now)
    other.receive(HELLO + pings(*range(30)), client.now)
    client.commands()
    given = client.says(HELLO + pings(*range(10)))
    given += client.wait(30)
    assert list(range(10)) == marks([each for each in given if each.conn == 1])
    assert not any(isinstance(each, commands.Fault) for each in given if each.conn == 1)


def test_a_flood_without_any_pause_is_cut_after_its_time() -> None:
    client = Client(message_rate=10, message_burst=15, flood_timeout=2)
    client.says(pings(*range(200)))
    given = client.wait(1.9)
    assert 18 <= len(marks(given)) <= 20
    given = client.wait(0.5)
    assert commands.Fault(1, "flood", {"rate": "10"}, fatal=True) == given[-1]
    assert [] == client.wait(10)
    assert [] == client.says(PING)
    assert [commands.Close(1, "closed")] == client.hangs_up()


def test_a_pause_forgives_a_flood() -> None:
    client = Client(message_rate=10, message_burst=15, flood_timeout=2)
    for _ in range(5):
        client.says(pings(*range(30)))
        assert not any(isinstance(command, commands.Fault) for command in client.wait(3))


def test_one_that_waits_for_its_pace_is_neither_pinged_nor_gone() -> None:
    client = Client(message_rate=1, message_burst=1, ping_interval=5, ping_timeout=5)
    given = client.says(pings(*range(60))) + client.wait(40)
    assert not any(isinstance(command, commands.Silent) for command in given)


# What is held.


def test_what_is_held_is_what_waits_to_be_completed() -> None:
    client = Client()
    client.says(b"POST")
    assert 4 == client.connection.held
    client.says(b" it\nand")
    assert 3 == client.connection.held
    client.hangs_up()
    assert 0 == client.connection.held


# Logins.


def codes(given: list[Command]) -> list[str]:
    return [each.code for each in given if isinstance(each, commands.Fault)]


def test_nothing_after_a_login_is_given_before_it_is_answered() -> None:
    client = speaking()
    assert [1] == marks(client.says(pings(1) + LOGIN + pings(2) + LOGIN + pings(3)))
    assert 1 == len(client.gate.asked)
    given = client.told(LOGGED_IN)
    assert commands.Login(1, "ana", "member", "l1") == given[0]
    assert [2] == marks(given)
    assert [3] == marks(client.told(Verdict(code="login_failed")))
    assert Condition.SPEAKING is client.condition


def test_nothing_is_read_while_a_login_is_looked_at_and_nothing_times_out() -> None:
    client = Client(registration_timeout=5, ping_interval=5, ping_timeout=5)
    client.says(HELLO.replace(b"}", b',"account":"ana","password":"p"}'))
    assert [] == client.says(pings(1)) + client.wait(30)
    hello = commands.Hello(1, "ana", (), "s" * 20, account="ana", role="member")
    verdict = Verdict(command=hello, account="ana", role="member", epoch=7)
    first, second = client.told(verdict)
    assert (hello, [1]) == (first, marks([second]))


def test_a_login_that_is_answered_at_once_keeps_nobody_waiting() -> None:
    client = speaking()
    client.gate.at_once = Verdict(code="login_busy")
    given = client.says(LOGIN + pings(1) + LOGIN)
    assert ["login_busy", "login_busy"] == codes(given)
    assert ["l1", "l1"] == [each.id for each in given if isinstance(each, commands.Fault)]
    assert [1] == marks(given)


def test_logins_count_as_commands() -> None:
    client = Client(message_rate=10, message_burst=15, flood_timeout=2)
    client.gate.at_once = Verdict(code="login_failed")
    given = client.says(HELLO + LOGIN * 50)
    assert 14 == len(codes(given))
    assert Condition.THROTTLED is client.condition
    client.wait(5)
    assert "DEAF" == client.condition.name


def test_an_account_that_has_changed_meanwhile_is_not_logged_in_as() -> None:
    client = waiting()
    client.commands()
    client.gate.known_epoch = 8
    assert ["login_busy"] == codes(client.told(LOGGED_IN))
    assert [] == client.context.logins


def test_who_is_logged_in_is_noted_until_the_batch_is_queued() -> None:
    client = waiting()
    client.told(LOGGED_IN)
    assert [("ana", 7)] == client.context.logins


def test_the_end_of_input_during_a_login_is_seen_after_it() -> None:
    client = speaking()
    client.says(LOGIN + pings(1)[:-1])
    client.connection.finish(client.now)
    assert Condition.WAITING is client.condition
    client.told(LOGGED_IN)
    client.connection.finish(client.now)
    given = client.commands()
    assert [1] == marks(given)
    assert commands.Close(1, "closed") == given[-1]


def test_a_person_who_logs_in_is_called_so_and_is_told_if_that_was_unwise() -> None:
    client = Client()
    client.says(b"oi\n/login ana a good password\n")
    given = client.told(
        Verdict(command=commands.Login(1, "ana", "member"), account="ana", role="member", epoch=7)
    )
    warned, login, rename = given
    assert ["sent_in_clear"] == codes([warned])
    assert [commands.Login(1, "ana", "member"), commands.Rename(1, "ana")] == [login, rename]


def test_where_everybody_needs_an_account_a_visitor_is_nowhere_before_it_has_one() -> None:
    client = Client(registration_timeout=30)
    client.gate.needs_account = True
    client.gate.has_accounts = True
    opened_, required = client.wait(1)
    assert commands.Open(1, "text", PEER.address, visitor=False) == opened_
    assert ["login_required"] == codes([required])
    assert ["login_required"] * 2 == codes(client.says(b"oi\n/quem\n"))
    client.says(b"/login ana a good password\n")
    given = client.told(
        Verdict(command=commands.Login(1, "ana", "member"), account="ana", role="member", epoch=7)
    )
    assert commands.Open(1, "text", PEER.address, visitor=True) == given[1]
    assert [commands.Login, commands.Rename] == [type(each) for each in given[2:]]
    assert [commands.Say(1, "oi")] == client.says(b"oi\n")
    assert [] == client.wait(60)


def test_a_visitor_that_never_logs_in_does_not_stay() -> None:
    client = Client(registration_timeout=30)
    client.gate.needs_account = True
    client.wait(1)
    assert "registration_timeout" in codes(client.wait(31))
    assert Condition.DEAF is client.condition


def test_the_password_for_all_lets_a_visitor_in_without_an_account() -> None:
    client = Client()
    client.gate.needs_password = True
    client.says(b"/login sesame\n")
    given = client.told(Verdict(command=commands.Login(1, "", ""), admits=True))
    assert [commands.Open(1, "text", PEER.address, visitor=True)] == given[1:]
    assert [commands.Say(1, "oi")] == client.says(b"oi\n")


class ProvingParser:
    """Asks who somebody is at each line, and then says hello as that."""

    awaits_pause = False
    held = 0

    def __init__(self) -> None:
        self.fed = 0
        self.findings: list[Finding] = []
        self._hellos: list[Command] = []

    def feed(self, data: bytes) -> None:
        self.fed += data.count(b"\n")

    def take(self, limit: int) -> list[Command]:
        taken, self._hellos = self._hellos[:limit], self._hellos[limit:]
        return taken

    def take_attempt(self) -> Attempt | None:
        if self._hellos or not self.fed:
            return None
        self.fed -= 1
        return Attempt(command=None, account="ana", password="a good password")

    def judge(self, finding: Finding) -> None:
        self.findings.append(finding)
        self._hellos.append(commands.Hello(1, "ana", (), "s" * 20, account=finding.account))

    def pause(self) -> None: ...

    def end(self) -> None: ...


class ProvingDialect(JsonDialect):
    """A dialect of which there is one parser."""

    def __init__(self) -> None:
        super().__init__(LIMITS, str, lambda: "")
        self.only = ProvingParser()

    def claims(self, first: bytes) -> bool | None:
        return True if first else None

    def parser(self, conn: int) -> Parser:
        return self.only


def proving() -> tuple[Client, ProvingParser]:
    client, dialect = Client(), ProvingDialect()
    client.gate.has_accounts = True
    client.context = msgspec.structs.replace(client.context, dialects={"text": dialect})
    client.comes_back()
    return client, dialect.only


def test_what_is_no_command_is_answered_to_the_parser_which_goes_on_from_there() -> None:
    client, parser = proving()
    client.says(b"x\n")
    assert Condition.WAITING is client.condition
    (hello,) = client.told(Verdict(account="ana", role="member", epoch=7))
    assert [Finding(account="ana", role="member")] == parser.findings
    assert ("ana", [("ana", 7)]) == (getattr(hello, "account", ""), client.context.logins)


def test_it_is_told_too_if_that_was_refused_or_has_changed_meanwhile() -> None:
    client, parser = proving()
    client.says(b"x\nx\n")
    assert ["nick_registered"] == codes(client.told(Verdict(code="login_failed")))
    client.gate.known_epoch = 8
    assert ["nick_registered"] == codes(client.told(Verdict(account="ana", role="member", epoch=7)))
    assert ["login_failed", "login_busy"] == [each.code for each in parser.findings]
    assert [] == client.context.logins
