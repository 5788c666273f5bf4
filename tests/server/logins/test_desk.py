"""The gate of a server: who waits, who is refused at once, and what the rules are told."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from server.logins.hashers import CountingHasher
from support.waiting import DEADLINE, eventually

from chatsimples.accounts.store import Store
from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR, Command
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.attempts import Attempt
from chatsimples.errors import StartError
from chatsimples.net.peers import LOCAL, Peer
from chatsimples.server.logins.desk import (
    REGISTRATIONS,
    REGISTRATIONS_OF_ONE,
    LoginDesk,
    read_shared,
)
from chatsimples.server.logins.pool import MOST_OF_ONE, MOST_WAITING
from chatsimples.server.logins.slowing import OF_A_NETWORK
from chatsimples.server.worker.gate import Verdict

PASSWORD = "a good password"
PEER = Peer.at("192.0.2.7")


class SlowHasher(CountingHasher):
    """One that can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def matches(self, hashed: str, password: str) -> bool:
        self.may_go_on.wait(DEADLINE)
        return super().matches(hashed, password)


class Rig:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hasher = SlowHasher()
        self.put: list[Command] = []
        self.verdicts: list[Verdict] = []
        self.now = 1_000.0
        self.desk = self.another()

    def another(self, **settings: str) -> LoginDesk:
        return LoginDesk(
            ServerSettings(logs=str(self.folder), **settings),  # type: ignore[arg-type]
            lambda batch: self.put.extend(commands.unpack(batch)),
            hasher=lambda: self.hasher,
            clock=lambda: self.now,
        )

    def store(self) -> Store:
        return Store(self.folder / "accounts.db")

    def ask(self, account: str = "ana", password: str = PASSWORD, peer: Peer = PEER, **more: object) -> str:
        """Ask at the gate; return the code if it is refused at once."""
        asked = Attempt(
            command=commands.Login(1, "", ""),
            account=account,
            password=password,
            **more,  # type: ignore[arg-type]
        )
        verdict = self.desk.ask(1, asked, peer, self.verdicts.append)
        return verdict.code if verdict is not None else ""

    def verdict(
        self, account: str = "ana", password: str = PASSWORD, peer: Peer = PEER, **more: object
    ) -> str:
        """Ask, wait for the verdict, and return its code, or the account."""
        count = len(self.verdicts)
        assert "" == self.ask(account, password, peer, **more)
        eventually(lambda: len(self.verdicts) > count, "the verdict")
        eventually(lambda: not len(self.desk), "there is room")
        return self.verdicts[-1].code or self.verdicts[-1].account


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    with made.store() as store:
        store.add("ana", "member", made.hasher.hash(PASSWORD))
    made.desk.follow()
    made.put.clear()
    yield made
    made.hasher.may_go_on.set()
    made.desk.stop()


def test_a_login_is_looked_at_and_answered_later(rig: Rig) -> None:
    assert "ana" == rig.verdict()
    assert "login_failed" == rig.verdict(password="wrong password")


def test_it_knows_who_has_which_name_and_says_so_at_once(rig: Rig) -> None:
    assert rig.desk
    with rig.store() as store:
        assert store.get("ana").epoch == rig.desk.epoch("ANA")
        store.put_network("10.0.0.0/8", exempt=False, reason="", seconds=0)
    rig.desk.follow()
    assert rig.desk.network_of("10.1.1.1") is not None


def test_whoever_may_not_come_from_an_address_is_told_why(rig: Rig) -> None:
    with rig.store() as store:
        store.put_network("10.0.0.0/8", exempt=False, reason="", seconds=0)
        store.put_network("10.1.0.0/16", exempt=False, reason="spam", seconds=0)
        store.put_network("10.1.1.1", exempt=True, reason="", seconds=0)
    rig.desk.follow()
    assert {"why": "your address is banned"} == rig.desk.why_banned("10.9.9.9")
    assert {"why": "{reason}", "reason": "spam"} == rig.desk.why_banned("10.1.1.2")
    for address in ("10.1.1.1", "192.0.2.7", ""):
        assert rig.desk.why_banned(address) is None


def test_the_rules_are_told_what_has_changed(rig: Rig) -> None:
    with rig.store() as store:
        store.set_role("ana", "admin")
        rig.desk.follow()
        store.set_locked("ana", locked=True)
        rig.desk.follow()
    rig.desk.tell_again("ana")
    assert [
        commands.AccountChanged(OPERATOR, "ana", "admin", ended=False),
        commands.AccountChanged(OPERATOR, "ana", "admin", ended=True),
        commands.AccountChanged(OPERATOR, "ana", "admin", ended=True),
    ] == rig.put


def test_sessions_end_also_where_the_store_can_no_longer_be_read(rig: Rig) -> None:
    rig.desk.follow()
    with closing(sqlite3.connect(rig.folder / "accounts.db")) as broken:
        broken.execute("PRAGMA foreign_keys = OFF")
        broken.execute("DROP TABLE account")
    rig.desk.tell_again("ana")
    assert [commands.AccountChanged(OPERATOR, "ana", "", ended=True)] == rig.put


def test_settings_say_who_may_come(rig: Rig, tmp_path: Path) -> None:
    assert not (rig.desk.needs_account or rig.desk.needs_password)
    (tmp_path / "password").write_text("sesame\n", "utf-8")
    assert rig.another(access="accounts").needs_account
    assert rig.another(password_file=str(tmp_path / "password")).needs_password


def test_the_list_is_bounded_and_one_network_leaves_room_for_others(rig: Rig) -> None:
    rig.hasher.may_go_on.clear()
    given = [rig.ask("nobody") for _ in range(MOST_OF_ONE + 3)]
    assert [""] * MOST_OF_ONE + ["login_busy"] * 3 == given
    codes = [rig.ask(f"n{n}", peer=Peer.at(f"10.0.{n >> 8}.{n & 255}")) for n in range(MOST_WAITING)]
    assert MOST_OF_ONE == codes.count("login_busy")
    assert MOST_WAITING == len(rig.desk)
    rig.hasher.may_go_on.set()
    eventually(lambda: not len(rig.desk), "all are answered")
    assert "" == rig.ask()


def test_those_who_guess_are_slowed_and_then_refused_without_any_work(rig: Rig) -> None:
    codes = [rig.verdict(password="wrong password") for _ in range(OF_A_NETWORK.burst)]
    assert ["login_failed"] * OF_A_NETWORK.burst == codes
    rig.ask(password="wrong password")
    rig.ask(password="wrong password")
    work = rig.hasher.work
    assert "login_busy" == (rig.ask(password="wrong password") or last_code(rig))
    assert work == rig.hasher.work


def last_code(rig: Rig) -> str:
    eventually(lambda: rig.verdicts[-1].code == "login_busy", "it is refused")
    return rig.verdicts[-1].code


def test_an_owner_is_not_slowed_by_those_who_guess_from_elsewhere(rig: Rig) -> None:
    assert "ana" == rig.verdict()
    for number in range(200):
        rig.ask(password="wrong password", peer=Peer.at(f"10.0.{number >> 8}.{number & 255}"))
    # Those who wait for their turn stay, as time stands still here; the owner passes them.
    assert "" == rig.ask()
    eventually(lambda: "ana" in [each.account for each in rig.verdicts[1:]], "the owner is in")


def test_registrations_are_bounded_by_network_and_altogether(rig: Rig, tmp_path: Path) -> None:
    rig.desk.stop()
    rig.desk = rig.another(registration="open")
    names = [f"conta{number:03}" for number in range(REGISTRATIONS.burst + 5)]
    made = [rig.verdict(name, registers=True) for name in names[: REGISTRATIONS_OF_ONE.burst + 1]]
    assert [*names[: REGISTRATIONS_OF_ONE.burst], "login_busy"] == made
    others = [rig.verdict(name, peer=LOCAL, registers=True) for name in names[REGISTRATIONS_OF_ONE.burst :]]
    assert "login_busy" == others[-1]
    with rig.store() as store:
        assert REGISTRATIONS.burst + 1 == store.count()
    rig.now += 1 / REGISTRATIONS.rate
    assert "mais" == rig.verdict("mais", peer=LOCAL, registers=True)


def test_a_password_file_is_read_to_the_end_of_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"sesame open\r\nmore\n")
    first = read_shared(str(path))
    path.write_bytes(b"sesame open")
    assert first == read_shared(str(path))
    assert b"" == read_shared("")
    path.write_bytes(b"\nsesame\n")
    with pytest.raises(StartError, match="has no password"):
        read_shared(str(path))
    with pytest.raises(StartError, match="can't be read: No such file"):
        read_shared(str(tmp_path / "missing"))
