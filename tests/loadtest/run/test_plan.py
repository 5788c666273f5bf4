"""From settings to a plan, and what is wrong with settings."""

from __future__ import annotations

import pytest
from support import paths

from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.errors import SettingError
from chatsimples.loadtest.run.plan import make_plan
from chatsimples.loadtest.wire.secure_socket import Trust

SAMPLE = str(paths.SAMPLE)


def plan_of(**settings: object):  # type: ignore[no-untyped-def] # as make_plan
    return make_plan(LoadTestSettings(**settings), str)  # type: ignore[arg-type] # the test says what is what


def test_without_settings_there_is_a_closed_loop_at_a_server_of_its_own() -> None:
    plan = plan_of()
    assert ["chatsimples"] == plan.targets
    assert (0.0, 1_024, 5.0) == (plan.load.rate, plan.load.window, plan.load.seconds)
    shape = plan.shape("chatsimples")
    assert ("text", 100, 1, 1, 100, "") == (
        shape.protocol, shape.clients, shape.senders, shape.rooms, shape.size, shape.tag,
    )  # fmt: skip


def test_a_rate_makes_it_an_open_loop() -> None:
    assert 12.5 == plan_of(rate="12.5").load.rate


@pytest.mark.parametrize("rate", ["0", "-1", "much", "nan", "inf", "1e400", "2000001", ""])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(SettingError, match=r"--rate: .* is neither a number of messages a second"):
        plan_of(rate=rate)


def test_a_load_without_a_single_message_is_refused_as_it_would_prove_nothing() -> None:
    with pytest.raises(SettingError, match="not one message is due in that time"):
        plan_of(rate="1", seconds=0.9)
    plan_of(rate="1", seconds=1.0)


def test_every_room_has_a_sender_and_must_have_a_reader() -> None:
    plan = plan_of(rooms=5, clients=5, senders=2)
    assert 5 == plan.shape("chatsimples").senders
    with pytest.raises(SettingError, match="raise --clients to 6 at least"):
        plan_of(rooms=6, clients=5)


def test_names_at_a_server_that_others_use_are_this_load_tests_own() -> None:
    tags = {plan_of(port=1234).shape("chatsimples").tag for _ in range(4)}
    assert len(tags) > 1
    assert all(tags)
    assert "" == plan_of(port=1234, against="redis").shape("redis").tag


def test_a_server_that_runs_already_can_not_be_aged() -> None:
    with pytest.raises(SettingError, match="--age is for a server that the test starts"):
        plan_of(age=1_000, port=1234)


def test_a_host_alone_is_refused() -> None:
    with pytest.raises(SettingError, match="--host needs --port"):
        plan_of(host="192.0.2.1")


def test_a_server_in_one_word_is_loaded_where_it_says_and_by_tls() -> None:
    plan = plan_of(server="chatsimples+tls://localhost:99")
    assert ("localhost", 99, True) == (plan.running.host, plan.running.port, plan.tls)
    assert Trust("localhost") == plan.trust
    assert plan.shape("chatsimples").tag, "names of its own, as it is not the test's server"
    assert plan_of(server="chatsimples://localhost").trust is None


def test_whoever_names_whom_to_trust_wants_tls_from_a_server_that_runs() -> None:
    trust = plan_of(port=99, fingerprint="ab" * 32).trust
    assert Trust("127.0.0.1", fingerprint="ab" * 32) == trust
    own = plan_of(tls=True)
    assert (None, None, True) == (own.running, own.trust, own.tls)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"server": "localhost:99"}, "is no address"),
        ({"server": "chatsimples://localhost/room"}, "names no room"),
        ({"server": "chatsimples://localhost", "port": 99}, "leave out --host and --port"),
        ({"ca": "ca.pem"}, "name its --port"),
        ({"port": 99, "ca": "/no/such/file"}, "can't be read"),
        ({"port": 99, "fingerprint": "12"}, "is no fingerprint"),
        ({"tls": True, "against": "redis"}, "without TLS"),
        ({"server": "chatsimples+tls://localhost", "age": 1_000}, "--age is for a server"),
    ],
)
def test_what_can_not_be_trusted_or_does_not_go_with_tls_is_refused(
    settings: dict[str, object], why: str
) -> None:
    with pytest.raises(SettingError, match=why):
        plan_of(**settings)


def test_others_are_taken_once_each_in_the_order_given() -> None:
    plan = plan_of(against=" Redis, nats,redis,", dialect="json")
    assert ["chatsimples", "redis", "nats"] == plan.targets
    assert ["json", "redis", "nats"] == [plan.shape(name).protocol for name in plan.targets]


@pytest.mark.parametrize("name", ["mattermost", "chatsimples"])
def test_others_that_are_not_known_are_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(
        SettingError, match=f"--against: '{name}' is none of redis, nats, inspircd, ngircd, course"
    ):
        plan_of(against=f"redis,{name}")


def test_what_a_peer_can_not_do_is_refused_before_anything_is_started() -> None:
    with pytest.raises(SettingError, match="IRC has no room for texts over 400 bytes: lower --size"):
        plan_of(against="redis,inspircd", size=401)
    plan_of(against="redis,inspircd", size=400)
    with pytest.raises(SettingError, match="the course's server has one room only"):
        plan_of(against="course", rooms=2)


def test_a_workload_brings_its_rooms_rhythm_and_length() -> None:
    plan = plan_of(workload=SAMPLE, speed=10.0, rooms=1, seconds=5.0, rate="max")
    assert plan.workload is not None
    assert plan.workload.rooms == plan.rooms == plan.shape("chatsimples").rooms
    assert plan.workload.seconds == plan.load.seconds
    assert plan.workload.rate == plan.load.rate
    assert plan.workload.messages == plan.shape("chatsimples").workload
    assert max(each.size for each in plan.workload.messages) == plan.longest_text
    assert 4_096 == plan_of(size=4_096).longest_text


def test_a_workload_does_not_go_with_a_ramp() -> None:
    with pytest.raises(SettingError, match="--ramp has its own rhythm; leave out --workload"):
        plan_of(workload=SAMPLE, ramp=True)


def test_all_connections_are_reckoned_with() -> None:
    plan = plan_of(clients=100, senders=10, rooms=20, slow=5, churn=30.0)
    assert 100 + 20 + 5 + 30 <= plan.connections
