"""What only this process knows of connections, settled before a command is decided."""

from __future__ import annotations

from server.rig import Rig
from server.scenario import said, talk
from support.waiting import DEADLINE

from chatsimples.chat import commands
from chatsimples.server.broadcaster.conditions import Lifecycle


def settled(rig: Rig, *asked: commands.Command) -> list[commands.Command]:
    """Return which of the commands are decided, and as what."""
    return [*rig.admission.settle(asked)]


def test_commands_of_an_open_connection_pass(rig: Rig) -> None:
    rig.json(1, "ana")
    asked: list[commands.Command] = [commands.Say(1, "oi", "geral"), commands.Who(1), commands.Bye(1)]
    assert asked == settled(rig, *asked)


def test_a_socket_is_there_before_its_connections_first_command(rig: Rig) -> None:
    rig.connect(1)
    assert {} == rig.fanout.outlets
    (opened,) = settled(rig, commands.Open(1, "json", "192.0.2.7"))
    assert commands.Open(1, "json", "192.0.2.7") == opened
    assert "192.0.2.7" == rig.fanout.outlets[1].address


def test_commands_of_a_connection_that_was_never_handed_over_are_dropped(rig: Rig) -> None:
    strangers: list[commands.Command] = [
        commands.Open(99, "json", "::1"),
        commands.Hello(99, "ana", ("geral",), "a-secret-of-ana-0"),
        commands.Say(99, "oi"),
        commands.Silent(99, 60, gone=True),
        commands.Close(99, "closed"),
    ]
    assert [] == settled(rig, *strangers)


def test_nothing_is_decided_for_one_who_said_goodbye_earlier_in_the_batch(rig: Rig) -> None:
    rig.json(1, "ana")
    records = rig.do(
        commands.Say(1, "a última", room="geral"),
        commands.Bye(1),
        commands.Say(1, "tarde", room="geral"),
        commands.Hello(1, "outra", ("geral",), "another-secret-00"),
    )
    assert ["message", "leave", "bye"] == [each.type for each in records]
    assert "a última" == records[0].text


def test_nothing_is_decided_for_one_who_was_removed_earlier_in_the_batch(rig: Rig) -> None:
    rig.json(1, "ana")
    late = rig.json(2, "bia")
    records = rig.do(commands.Kick(0, "bia"), commands.Say(2, "tarde", room="geral"), commands.Who(2))
    assert ["leave", "bye"] == [each.type for each in records]
    rig.come_to_rest()
    assert ["error", "leave", "bye"] == [each["type"] for each in said(late)[-3:]]


def test_one_that_another_process_has_is_let_go_of_and_stays_open(rig: Rig) -> None:
    rig.json(1, "ana")
    client = rig.connect(2).sock
    client.settimeout(DEADLINE)
    # The web process has a duplicate of the server's side.
    rig.admission.take_sockets()
    with rig.fanout.outlets[2].sock.dup() as passed:
        assert [] == settled(rig, commands.Forget(2), commands.Say(2, "tarde"), commands.Close(2, "closed"))
        assert [1] == list(rig.fanout.outlets)
        passed.sendall(b"HTTP/1.1 200 OK")
        assert b"HTTP/1.1 200 OK" == client.recv(100)
        client.sendall(b"GET")
        assert b"GET" == passed.recv(100)


def test_one_is_let_go_of_though_its_socket_comes_with_the_command(rig: Rig) -> None:
    rig.connect(1)
    assert [] == settled(rig, commands.Forget(1))
    assert {} == rig.fanout.outlets


def test_one_whose_client_has_closed_is_ended_once(rig: Rig) -> None:
    rig.json(1, "ana")
    rig.json(2, "bia")
    records = rig.do(commands.Close(2, "closed"), commands.Say(2, "tarde"))
    assert ["leave", "bye"] == [each.type for each in records]
    assert [1] == list(rig.fanout.outlets)


def test_one_who_was_ended_before_its_client_closes_is_closed_then(rig: Rig) -> None:
    rig.json(1, "ana")
    rig.do(commands.Bye(1))
    assert rig.fanout.outlets[1].lifecycle is Lifecycle.LINGERING
    assert [] == settled(rig, commands.Close(1, "closed"))
    assert {} == rig.fanout.outlets


def test_one_that_ends_without_a_word_is_let_go_of_though_its_socket_comes_late(rig: Rig) -> None:
    silent = rig.connect(1)
    rig.do(commands.Close(1, "closed"))
    assert {} == rig.fanout.outlets
    silent.read()
    assert silent.at_end


def test_one_who_is_silent_and_does_not_read_is_gone(rig: Rig) -> None:
    rig.json(1, "ana")
    assert [commands.Silent(1, 60, gone=True)] == settled(rig, commands.Silent(1, 60, gone=True))


def test_one_who_is_silent_but_has_read_since_the_last_ping_is_not_gone(rig: Rig) -> None:
    rig.json(1, "ana")
    slow = rig.json(2, "bia", buffer=1)
    talk(rig, 1, 60)
    slow.read(3_000)
    rig.turn()
    gone = commands.Silent(2, 60, gone=True)
    assert [commands.Silent(2, 60, gone=False)] == settled(rig, gone)
    assert [gone] == settled(rig, gone)
