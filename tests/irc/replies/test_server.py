"""What the server tells of itself."""

from __future__ import annotations

from irc.writers import lines, writer

from chatsimples.chat.effects import Welcome
from chatsimples.irc.capabilities import BATCH
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies import server


def numbers(told: list[str]) -> list[str]:
    # Of lines with one number there may be several.
    return [*dict.fromkeys(line.split(" ")[0] for line in told)]


def test_a_welcome_is_what_clients_wait_for() -> None:
    told = writer("")
    server.welcome(told, Welcome("ana", "LOG", 1, "s", resumed=False, head=1, server="x"))
    found = lines(told)
    assert ["001", "002", "003", "004", "005", "375", "372", "376"] == numbers(found)
    assert "372 ana :- All is recorded." in found
    assert all(line.split(" ")[1] == "ana" for line in found)


def test_what_is_asked_of_the_server_is_told_and_ended() -> None:
    for tell, expected in (
        (server.links, ["365"]),
        (server.time_of_day, ["391"]),
        (server.administration, ["256", "257", "259"]),
        (server.info, ["371", "374"]),
        (server.version, ["351", "005"]),
    ):
        told = writer()
        tell(told)
        assert expected == numbers(lines(told))


def test_capabilities_are_listed_granted_and_refused() -> None:
    for mark, line in (
        (Mark("CAP", ("LS", "302", "batch", "sasl=PLAIN")), "CAP ana LS :batch sasl=PLAIN"),
        (Mark("CAP", ("LS", "302")), "CAP ana LS :"),
        (Mark("CAP", ("list",)), "CAP ana LIST :batch"),
        (Mark("CAP", ("REQ", "batch")), "CAP ana ACK :batch"),
        (Mark("CAP", ("REQ", "zz"), fault="unknown"), "CAP ana NAK :zz"),
        (Mark("CAP", ("SING",)), "410 ana SING :Invalid CAP command"),
    ):
        told = writer(style=BATCH)
        server.talk_about_capabilities(told, mark)
        assert [line] == lines(told)


def test_capabilities_are_told_in_several_lines_to_those_who_know_that() -> None:
    words = [f"example.org/number-{number}=value" for number in range(40)]
    told = writer()
    server.talk_about_capabilities(told, Mark("CAP", ("LS", "302", *words)))
    written = told.written()
    assert all(len(line) <= 512 for line in written.splitlines(keepends=True))
    *first, last = [line.split(" ", 3)[3] for line in lines(told)]
    assert len(first) == 2
    assert all(line.startswith("* :") for line in first)
    assert words == " ".join([*[line[3:] for line in first], last[1:]]).split()
    told = writer()
    server.talk_about_capabilities(told, Mark("CAP", ("LS", "301", *words)))
    (only,) = lines(told)
    assert only.startswith(f"CAP ana LS :{words[0]} ")
    assert only.split()[-1] in words


def test_help_tells_all_commands_or_one() -> None:
    told = writer()
    server.help_on(told, Mark("HELP"))
    assert ["704", "705", "706"] == numbers(lines(told))
    told = writer()
    server.help_on(told, Mark("HELP", ("join",)))
    assert ["704", "705", "706"] == numbers(lines(told))
    told = writer()
    server.help_on(told, Mark("HELP", ("nothing",)))
    assert ["524 ana nothing :No help on this"] == lines(told)


def test_statistics_are_not_for_everybody() -> None:
    told = writer()
    server.stats(told, Mark("STATS", ("u",)))
    assert ["219 ana u :End of /STATS report"] == lines(told)


def test_a_sign_of_life_gives_the_token_back() -> None:
    told = writer()
    server.pong(told, Mark("PING", ("a b",)))
    assert ["PONG irc.test :a b"] == lines(told)
