"""An attempt becomes a verdict; the work is the same whatever is wrong with it, and no secret comes out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import scramp
from server.logins.hashers import CountingHasher

from chatsimples.accounts.index import AccountIndex
from chatsimples.accounts.room_keys import proof
from chatsimples.accounts.scram import make_keys
from chatsimples.accounts.store import Store
from chatsimples.chat import commands
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.dialects.attempts import Attempt, Scram
from chatsimples.errors import Refusal
from chatsimples.net.peers import Peer, TlsFacts
from chatsimples.server.logins.checker import Checker
from chatsimples.server.worker.gate import Verdict

PASSWORD = "a good password"
PEER = Peer.at("192.0.2.7")
LOGIN = commands.Login(1, "", "", "l1")
HELLO = commands.Hello(1, "", ("geral",), "s" * 20)


class Rig:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.hasher = CountingHasher()
        self.index = AccountIndex(path, lambda _: None)

    def checker(self, shared: str = "", *, may_register: bool = False) -> Checker:
        sha = hashlib.sha256(shared.encode()).digest() if shared else b""
        return Checker(self.path, self.index, shared=sha, may_register=may_register, hasher=self.hasher)

    def work(self, attempt: Attempt) -> int:
        before = self.hasher.work
        assert "login_failed" == self.checker().check(attempt, PEER, 1).code
        return self.hasher.work - before


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "accounts.db")
    yield made
    made.index.close()


@pytest.fixture
def store(rig: Rig) -> Iterator[Store]:
    with Store(rig.path) as opened:
        opened.add("Ana", "moderator", rig.hasher.hash(PASSWORD))
        rig.index.follow()
        yield opened


def attempt(account: str = "ana", password: str = PASSWORD, token: str = "", **more: object) -> Attempt:
    return Attempt(command=LOGIN, account=account, password=password, token=token, **more)  # type: ignore[arg-type]


def test_the_right_password_makes_it_a_command_of_the_account(rig: Rig, store: Store) -> None:
    verdict = rig.checker().check(attempt("ANA"), PEER, 1)
    assert Verdict(
        command=commands.Login(1, "Ana", "moderator", "l1"), account="Ana", role="moderator",
        epoch=store.get("ana").epoch,
    ) == verdict  # fmt: skip
    hello = rig.checker().check(Attempt(command=HELLO, account="ana", password=PASSWORD), PEER, 1).command
    assert commands.Hello(1, "Ana", ("geral",), "s" * 20, account="Ana", role="moderator") == hello


def test_whatever_is_wrong_costs_the_same_work(rig: Rig, store: Store) -> None:
    store.add("trancada", "member", rig.hasher.hash(PASSWORD))
    store.set_locked("trancada", locked=True)
    store.add("robot", "member", "")
    wrong = [
        attempt(password="wrong password"), attempt("nobody"), attempt("a b c"), attempt("trancada"),
        attempt("robot"), attempt("robot", "hash:"), attempt("visitante-1"), attempt("x" * 500),
    ]  # fmt: skip
    assert [1] * len(wrong) == [rig.work(each) for each in wrong]


def test_it_costs_the_same_where_there_is_no_store_at_all(rig: Rig) -> None:
    assert 1 == rig.work(attempt())
    assert not rig.path.exists()


def test_a_token_is_good_for_its_own_account_alone_and_costs_no_hash(rig: Rig, store: Store) -> None:
    store.add("bia", "member", "")
    token = store.add_token("ana", "", 0)
    before = rig.hasher.work
    checker = rig.checker()
    assert "Ana" == checker.check(attempt("", "", token), PEER, 1).account
    assert "Ana" == checker.check(attempt("ana", "", token), PEER, 1).account
    assert "login_failed" == checker.check(attempt("bia", "", token), PEER, 1).code
    assert "login_failed" == checker.check(attempt("", "", "cst_" + "A" * 43), PEER, 1).code
    store.set_locked("ana", locked=True)
    assert "login_failed" == checker.check(attempt("", "", token), PEER, 1).code
    assert before == rig.hasher.work


def test_a_verified_certificate_is_its_own_proof(rig: Rig, store: Store) -> None:
    proved = "ab" * 32
    shown = Peer.at("192.0.2.7", TlsFacts("TLSv1.3", proved, "ANA"))
    for peer, account in (
        (shown, "Ana"),
        (Peer.at("192.0.2.7", TlsFacts("TLSv1.3", "", "ana")), ""),
        (Peer.at("192.0.2.7", TlsFacts("TLSv1.3", proved, "bia")), ""),
        (Peer.at("192.0.2.7", TlsFacts("TLSv1.3", proved, "")), ""),
        (PEER, ""),
    ):
        assert account == rig.checker().check(attempt(password=""), peer, 1).account
    assert "login_failed" == rig.checker().check(attempt(password="wrong one"), shown, 1).code


def test_where_somebody_has_logged_in_from_is_known_after_it(rig: Rig, store: Store) -> None:
    checker = rig.checker()
    assert not checker.has_come_from("ANA", PEER.network)
    checker.check(attempt(password="wrong password"), PEER, 1)
    assert not checker.has_come_from("ANA", PEER.network)
    checker.check(attempt(), PEER, 1)
    assert checker.has_come_from("ANA", PEER.network)


def test_an_old_hash_is_replaced_when_its_password_is_known(rig: Rig, store: Store) -> None:
    store.set_password("ana", "old:" + PASSWORD[::-1])
    epoch = store.get("ana").epoch
    assert "" == rig.checker().check(attempt(), PEER, 1).code
    assert ("hash:" + PASSWORD[::-1], epoch) == (store.get("ana").password, store.get("ana").epoch)


def test_what_is_newer_in_the_store_is_known_before_the_verdict_is_given(rig: Rig, store: Store) -> None:
    store.set_role("ana", "admin")
    verdict = rig.checker().check(attempt(), PEER, 1)
    assert ("admin", rig.index.epoch("ana")) == (verdict.role, verdict.epoch)


def test_people_make_accounts_only_where_they_may(rig: Rig, store: Store) -> None:
    made = attempt("bia", "another password", registers=True)
    assert "registration_closed" == rig.checker().check(made, PEER, 1).code
    checker = rig.checker(may_register=True)
    verdict = checker.check(made, PEER, 1)
    assert ("bia", "member") == (verdict.account, verdict.role)
    for name, password, code in (
        ("bia", "another password", "nick_registered"),
        ("b\u0456a", "another password", "nick_confusable"),
        ("visitante-9", "another password", "bad_nick"),
        ("rui", "short", "bad_request"),
        ("rui-rui-rui", "rui-rui-rui", "bad_request"),
    ):
        assert code == checker.check(attempt(name, password, registers=True), PEER, 1).code
    assert {"ana", "bia"} == {each.key for each in store.accounts()}


@pytest.mark.usefixtures("store")
def test_who_is_right_comes_in_also_while_the_store_cannot_be_followed(rig: Rig, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no store at all" * 100)
    index = AccountIndex(broken, lambda _: None)
    verdict = Checker(rig.path, index, hasher=rig.hasher).check(attempt(), PEER, 1)
    assert ("", "Ana") == (verdict.code, verdict.account)


def test_nobody_registers_the_name_of_an_account_that_was_removed(rig: Rig, store: Store) -> None:
    store.remove("ANA")
    made = attempt("Ana", "another password", registers=True)
    assert "nick_registered" == rig.checker(may_register=True).check(made, PEER, 1).code
    # Who runs the server may know that it is the same person.
    assert "ana" == store.add("Ana", "member", "").key


def test_the_password_for_all_admits_without_an_account(rig: Rig) -> None:
    checker = rig.checker("sesame open")
    typed = attempt("sesame", "open", line="sesame open", is_typed=True)
    assert Verdict(command=LOGIN, admits=True) == checker.check(typed, PEER, 1)
    asked = Attempt(command=HELLO, password="sesame open", line="sesame open")
    assert checker.check(asked, PEER, 1).admits
    wrong = Attempt(command=HELLO, password="sesame shut", line="sesame shut")
    assert "login_failed" == checker.check(wrong, PEER, 1).code


def test_one_that_nobody_asked_for_does_no_harm(rig: Rig) -> None:
    asked = Attempt(command=HELLO, password="sesame", line="sesame")
    assert Verdict(command=HELLO, admits=True) == rig.checker().check(asked, PEER, 1)
    typed = attempt("sesame", "", line="sesame", is_typed=True)
    assert "login_failed" == rig.checker().check(typed, PEER, 1).code


def test_room_keys_become_proofs(rig: Rig) -> None:
    shown = proof("turma", "k")
    for asked, expected in (
        (commands.Join(1, "Turma"), commands.Join(1, "Turma", key=shown)),
        (HELLO, commands.Hello(1, "", ("geral",), "s" * 20, keys={"turma": shown})),
        (commands.Set(1, "turma", SettingsAsked()), commands.Set(1, "turma", SettingsAsked(key=shown))),
        (
            commands.Request(1, b"", (commands.Join(1, "turma"), commands.Join(1, "outra"))),
            commands.Request(1, b"", (commands.Join(1, "turma", key=shown), commands.Join(1, "outra"))),
        ),
    ):
        made = rig.checker().check(Attempt(command=asked, keys={"Turma": "k"}), PEER, 1)
        assert expected == made.command
    assert (0, 4) == (rig.hasher.work, rig.hasher.proved)


def test_where_no_proof_can_be_made_that_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: str) -> str:
        raise Refusal("login_busy")

    monkeypatch.setattr(rig.hasher, "proof", busy)
    asked = Attempt(command=commands.Join(1, "turma"), keys={"turma": "k"})
    assert Verdict(code="login_busy") == rig.checker().check(asked, PEER, 1)


def test_a_store_that_can_not_be_read_lets_nobody_in(rig: Rig) -> None:
    rig.path.write_text("no database " * 100, "utf-8")
    assert "login_busy" == rig.checker().check(attempt(), PEER, 1).code


def test_no_secret_is_in_a_verdict(rig: Rig, store: Store) -> None:
    token = store.add_token("ana", "", 0)
    checker = rig.checker("sesame open", may_register=True)
    verdicts = [
        checker.check(each, PEER, 1)
        for each in (
            attempt(), attempt(password="wrong password"), attempt("", "", token), attempt("x", "short"),
            attempt("rui", "short", registers=True), attempt("eva", "wrong password", registers=True),
            Attempt(command=HELLO, password="sesame open", line="sesame open"),
            Attempt(command=commands.Join(1, "x"), keys={"x": "abracadabra"}),
        )
    ]  # fmt: skip
    told = repr(verdicts)
    for secret in (PASSWORD, "wrong password", "short", token, "sesame", "abracadabra"):
        assert secret not in told


def proof_of(name: str, password: str, salt: bytes, iterations: int) -> tuple[Scram, bytes]:
    """Return what a client shows that knows a password, and what it expects of the server."""
    client = scramp.ScramClient(["SCRAM-SHA-256"], name, password, c_nonce="client")
    first = client.get_client_first()
    answer = f"r=clientserver,s={base64.b64encode(salt).decode()},i={iterations}"
    client.set_server_first(answer)
    unproved, _, shown = client.get_client_final().rpartition(",p=")
    exchanged = f"{first[3:]},{answer},{unproved}".encode()
    return Scram(exchanged, base64.b64decode(shown)), client.server_signature


def by_scram(name: str, scram: Scram) -> Attempt:
    return Attempt(command=None, account=name, scram=scram)


def test_who_proves_a_password_by_scram_is_told_that_the_server_knows_it_too(rig: Rig, store: Store) -> None:
    checker = rig.checker()
    store.set_password("ana", rig.hasher.hash(PASSWORD), make_keys(PASSWORD, iterations=4_096))
    asked = checker.check(by_scram("ANA", Scram()), PEER, 1)
    assert ("", 4_096) == (asked.account, asked.iterations)
    scram, signature = proof_of("ANA", PASSWORD, asked.salt, asked.iterations)
    verdict = checker.check(by_scram("ANA", scram), PEER, 1)
    assert ("Ana", "moderator", signature) == (verdict.account, verdict.role, verdict.signature)
    assert verdict.command is None
    wrong, _ = proof_of("ANA", "wrong password", asked.salt, asked.iterations)
    assert "login_failed" == checker.check(by_scram("ANA", wrong), PEER, 1).code
    store.set_locked("ana", locked=True)
    assert "login_failed" == checker.check(by_scram("ANA", scram), PEER, 1).code


def test_nobody_is_told_by_scram_whether_there_is_an_account(rig: Rig, store: Store) -> None:
    store.set_password("ana", rig.hasher.hash(PASSWORD), make_keys(PASSWORD))
    checker = rig.checker()
    told = [checker.check(by_scram(name, Scram()), PEER, 1) for name in ("ana", "nobody", "a b", "nobody")]
    assert [(16, 100_000, "")] * 4 == [(len(each.salt), each.iterations, each.code) for each in told]
    assert told[1] == told[3]
    for name in ("nobody", "a b"):
        scram, _ = proof_of("x", PASSWORD, told[1].salt, 4_096)
        assert "login_failed" == checker.check(by_scram(name, scram), PEER, 1).code


def test_keys_for_scram_are_made_when_a_password_is_known(rig: Rig, store: Store) -> None:
    checker = rig.checker(may_register=True)
    assert store.scram_of("ana") is None
    checker.check(attempt(password="wrong password"), PEER, 1)
    assert store.scram_of("ana") is None
    checker.check(attempt(), PEER, 1)
    made = store.scram_of("ana")
    assert made is not None
    checker.check(attempt(), PEER, 1)
    assert made == store.scram_of("ana")
    checker.check(attempt("bia", "another password", registers=True), PEER, 1)
    assert store.scram_of("bia") is not None


def test_a_certificate_alone_says_who_somebody_is(rig: Rig, store: Store) -> None:
    shown = Peer.at("192.0.2.7", TlsFacts("TLSv1.3", "ab" * 32, "ANA"))
    for account, expected in (("", "Ana"), ("ana", "Ana"), ("bia", "")):
        external = Attempt(command=None, account=account, certificate=True)
        assert expected == rig.checker().check(external, shown, 1).account
        assert "login_failed" == rig.checker("sesame").check(external, PEER, 1).code


def test_who_has_to_have_a_role_and_has_none_is_refused(rig: Rig, store: Store) -> None:
    store.add("rui", "member", rig.hasher.hash(PASSWORD))
    checker = rig.checker()
    assert "moderator" == checker.check(attempt(needs_role=True), PEER, 1).role
    assert "not_permitted" == checker.check(attempt("rui", needs_role=True), PEER, 1).code
    assert "login_failed" == checker.check(attempt("rui", "wrong one", needs_role=True), PEER, 1).code
