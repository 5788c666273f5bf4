"""What a server knows of its accounts is what stands in the store, and every change is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatsimples.accounts.index import AccountIndex, AccountNews
from chatsimples.accounts.store import CHANGES_KEPT, Store
from chatsimples.errors import AccountsError, Refusal


class Rig:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[AccountNews] = []
        self.now = 100.0
        self.index = self.another()

    def another(self, *, refuses_looks: bool = True) -> AccountIndex:
        return AccountIndex(self.path, self.told.extend, refuses_looks=refuses_looks, clock=lambda: self.now)

    def news(self) -> list[tuple[str, str, bool]]:
        self.index.follow()
        told = [(each.account, each.role, each.ended) for each in self.told]
        self.told.clear()
        return told

    def refusal(self, nick: str, account: str = "") -> str:
        try:
            self.index.check_nick(nick, account)
        except Refusal as refusal:
            assert {"nick": nick} == refusal.detail
            return refusal.code
        return ""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "accounts.db")
    yield made
    made.index.close()


@pytest.fixture
def store(rig: Rig) -> Iterator[Store]:
    with Store(rig.path) as opened:
        yield opened


def test_a_store_that_is_not_there_has_no_accounts_and_is_not_made(rig: Rig) -> None:
    rig.index.follow()
    assert not rig.index
    assert "" == rig.refusal("ana")
    assert not rig.path.exists()


def test_a_store_that_is_made_later_is_followed(rig: Rig) -> None:
    rig.index.follow()
    with Store(rig.path) as store:
        epoch = store.add("Ana", "member", "").epoch
    rig.index.follow()
    assert rig.index
    assert epoch == rig.index.epoch("ANA")
    assert 0 == rig.index.epoch("bia")


def test_an_accounts_name_is_its_own_in_any_spelling(rig: Rig, store: Store) -> None:
    store.add("Jos\u00e9", "member", "")
    rig.index.follow()
    for nick in ("Jos\u00e9", "jos\u00e9", "JOS\u00c9"):
        assert "nick_registered" == rig.refusal(nick)
        assert "nick_registered" == rig.refusal(nick, "bia")
        assert "" == rig.refusal(nick, "jOS\u00c9")
    assert "" == rig.refusal("jose")


def test_what_looks_like_an_accounts_name_is_its_own_too(rig: Rig, store: Store) -> None:
    store.add("paypal", "member", "")
    store.add("moderator", "member", "")
    rig.index.follow()
    for nick, account in (("paypa1", "paypal"), ("PayPaI", "paypal"), ("rnoderator", "moderator")):
        assert "nick_confusable" == rig.refusal(nick)
        assert "nick_confusable" == rig.refusal(nick, "bia")
        assert "" == rig.refusal(nick, account)
    rig.index.close()
    rig.index = rig.another(refuses_looks=False)
    rig.index.follow()
    assert "" == rig.refusal("paypa1")
    assert "nick_registered" == rig.refusal("paypal")


def test_every_change_is_told_with_the_role_that_there_is_now(rig: Rig, store: Store) -> None:
    rig.news()
    store.add("Ana", "member", "hash")
    assert [("Ana", "member", True)] == rig.news()
    store.set_role("ana", "admin")
    assert [("Ana", "admin", False)] == rig.news()
    store.set_password("ana", "another")
    assert [("Ana", "admin", True)] == rig.news()
    store.set_locked("ana", locked=True)
    store.set_locked("ana", locked=False)
    assert [("Ana", "admin", True)] == rig.news()
    store.remove("ana")
    assert [("ana", "", True)] == rig.news()
    assert "" == rig.refusal("ana")
    assert [] == rig.news()


def test_a_name_that_is_free_again_is_free_in_every_look(rig: Rig, store: Store) -> None:
    store.add("paypal", "member", "")
    rig.index.follow()
    store.remove("paypal")
    rig.index.follow()
    assert ["", ""] == [rig.refusal("paypal"), rig.refusal("paypa1")]


def test_it_is_known_before_it_is_told(tmp_path: Path) -> None:
    seen: list[int] = []

    def tell(news: list[AccountNews]) -> None:
        seen.extend(index.epoch(each.account) for each in news)

    with Store(tmp_path / "accounts.db") as store:
        index = AccountIndex(store.path, tell)
        index.follow()
        seen.clear()
        epoch = store.add("ana", "member", "").epoch
        index.follow()
        index.close()
    assert [epoch] == seen


def test_a_login_or_the_use_of_a_token_is_no_change(rig: Rig, store: Store) -> None:
    store.add("ana", "member", "")
    token = store.add_token("ana", "", 0)
    rig.news()
    store.account_of(token)
    store.note_origin("ana", "192.0.2.7")
    assert [] == rig.news()


def test_what_was_not_told_before_a_restart_is_told_after_it(rig: Rig, store: Store) -> None:
    store.add("ana", "member", "")
    rig.news()
    rig.now += 10
    assert [] == rig.news()
    rig.index.close()
    store.remove("ana")
    store.add("bia", "admin", "")
    rig.index = rig.another()
    assert [("ana", "", True), ("bia", "admin", True)] == sorted(rig.news())


def test_what_may_not_have_been_heard_is_told_again(rig: Rig, store: Store) -> None:
    store.add("ana", "member", "")
    assert [("ana", "member", True)] == rig.news()
    rig.index.close()
    rig.index = rig.another()
    assert [("ana", "member", True)] == rig.news()
    rig.now += 10
    rig.index.follow()
    rig.index.close()
    rig.index = rig.another()
    assert [] == rig.news()


def test_more_changes_than_are_kept_are_found_by_looking_at_all(rig: Rig, store: Store) -> None:
    for name in ("ana", "bia", "rui"):
        store.add(name, "member", "")
    rig.news()
    store.remove("bia")
    for _ in range(CHANGES_KEPT + 1):
        store.set_role("ana", "admin")
    assert [("ana", "admin", True), ("bia", "", True)] == sorted(rig.news())
    assert "" == rig.refusal("bia")
    assert "nick_registered" == rig.refusal("rui")


def test_what_is_said_of_addresses_is_followed(rig: Rig, store: Store) -> None:
    rig.index.follow()
    assert rig.index.network_of("10.0.0.1") is None
    store.put_network("10.0.0.0/8", exempt=False, reason="spam", seconds=0)
    assert [] == rig.news()
    found = rig.index.network_of("10.0.0.1")
    assert found is not None
    assert "spam" == found.reason
    store.remove_network("10.0.0.0/8")
    rig.index.follow()
    assert rig.index.network_of("10.0.0.1") is None


def test_a_store_that_can_not_be_read_is_told(rig: Rig) -> None:
    rig.path.write_text("no database " * 100, "utf-8")
    with pytest.raises(AccountsError):
        rig.index.follow()
