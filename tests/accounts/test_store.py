"""The store keeps accounts, tokens and networks, for several processes at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.waiting import DEADLINE

from chatsimples.accounts.store import (
    CHANGES_KEPT,
    MOST_ORIGINS,
    MOST_TOKENS,
    USE_NOTED_EVERY,
    Change,
    Store,
    check_account_name,
    store_path,
)
from chatsimples.errors import AccountsError, Refusal, UnknownAccountError

DAY = 86_400


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store(tmp_path / "accounts.db", clock) as opened:
        yield opened


def refusal(store: Store, name: str, most: int = 0) -> str:
    with pytest.raises(Refusal) as refused:
        store.add(name, "member", "hash", most)
    return refused.value.code


def test_the_store_is_in_the_logs_folder_if_nothing_else_is_said() -> None:
    assert Path("logs/accounts.db") == store_path("", "logs")
    assert Path("/var/a.db") == store_path("/var/a.db", "logs")


def test_an_account_is_found_in_any_spelling(store: Store, clock: Clock) -> None:
    store.add("Ana", "moderator", "hash")
    found = store.get("aNA")
    assert ("ana", "Ana", "moderator", "hash", False, int(clock.now)) == (
        found.key, found.name, found.role, found.password, found.locked, found.created
    )  # fmt: skip
    assert found == store.find("ana")
    assert store.find("bia") is None


def test_what_is_in_the_store_is_there_when_it_is_opened_again(store: Store) -> None:
    store.add("ana", "member", "hash")
    store.close()
    with Store(store.path) as again:
        assert ["ana"] == [each.name for each in again.accounts()]


def test_names_are_unique_by_spelling_and_by_look(store: Store) -> None:
    store.add("paypal", "member", "")
    assert "nick_registered" == refusal(store, "PayPal")
    assert "nick_confusable" == refusal(store, "paypa1")
    assert "nick_confusable" == refusal(store, "p\u0430ypal")
    store.remove("paypal")
    store.add("paypa1", "member", "")


@pytest.mark.parametrize("name", ["", "a b", "-ana", "x" * 33, "visitante-7", "Visitante-12"])
def test_a_name_that_nobody_can_be_called_is_refused(store: Store, name: str) -> None:
    assert "bad_nick" == refusal(store, name)


def test_a_name_is_taken_in_the_form_in_which_it_is_shown() -> None:
    assert "jos\u00e9" == check_account_name("jose\u0301")


def test_there_are_no_more_accounts_than_are_wanted(store: Store) -> None:
    store.add("ana", "member", "", 2)
    store.add("bia", "member", "", 2)
    assert "registration_closed" == refusal(store, "rui", 2)
    store.add("rui", "member", "")
    assert 3 == store.count()


def test_what_is_done_to_nobody_is_told(store: Store) -> None:
    acts: list[Callable[[], object]] = [
        lambda: store.set_password("ana", "hash"),
        lambda: store.set_role("ana", "admin"),
        lambda: store.set_locked("ana", locked=True),
        lambda: store.remove("ana"),
        lambda: store.add_token("ana", "", 1),
    ]
    for act in acts:
        with pytest.raises(UnknownAccountError) as told:
            act()
        assert "ana" == told.value.name
    assert 0 == store.last_change()


def test_every_change_of_an_account_gives_it_another_epoch(store: Store) -> None:
    epochs = [store.add("ana", "member", "hash").epoch]
    acts: list[Callable[[], object]] = [
        lambda: store.set_password("ana", "another"),
        lambda: store.set_role("ana", "admin"),
        lambda: store.set_locked("ana", locked=True),
        lambda: store.set_locked("ana", locked=False),
    ]
    for act in acts:
        act()
        epochs.append(store.get("ana").epoch)
    assert epochs == sorted(set(epochs))
    found = store.get("ana")
    assert ("another", "admin", False) == (found.password, found.role, found.locked)


def test_a_name_that_is_given_again_is_another_account(store: Store) -> None:
    before = store.add("ana", "member", "hash").epoch
    token = store.add_token("ana", "", 0)
    store.note_origin("ana", "192.0.2.7")
    store.remove("ana")
    assert before < store.add("ana", "member", "hash").epoch
    assert store.account_of(token) is None
    assert [] == store.tokens()
    assert not store.has_come_from("ana", "192.0.2.7")


def test_changes_say_whether_they_end_sessions(store: Store) -> None:
    store.add("ana", "member", "hash")
    began = store.last_change()
    store.set_role("ana", "admin")
    store.set_password("ana", "another")
    store.set_locked("ana", locked=True)
    store.set_locked("ana", locked=False)
    store.put_network("10.0.0.0/8", exempt=False, reason="", seconds=0)
    store.add_token("ana", "", 0)
    store.revoke(store.tokens("ana")[0].number)
    store.remove("ana")
    changes = store.changes_after(began)
    assert changes is not None
    assert [
        ("ana", False), ("ana", True), ("ana", True), ("ana", False), ("", False), ("ana", True),
        ("ana", True),
    ] == [(each.account, each.ends) for each in changes]  # fmt: skip
    assert [Change(changes[-1].number, "ana", ends=True)] == store.changes_after(changes[-2].number)
    assert [] == store.changes_after(changes[-1].number)


def test_old_changes_are_forgotten_and_who_misses_them_is_told(store: Store) -> None:
    store.add("ana", "member", "hash")
    began = store.last_change()
    for _ in range(CHANGES_KEPT + 5):
        store.set_role("ana", "admin")
    assert store.changes_after(began) is None
    kept = store.changes_after(store.last_change() - CHANGES_KEPT)
    assert kept is not None
    assert CHANGES_KEPT == len(kept)


def test_another_hash_of_the_same_password_ends_nothing(store: Store) -> None:
    account = store.add("ana", "member", "old hash")
    store.renew_hash(account, "new hash")
    assert (account.epoch, "new hash") == (store.get("ana").epoch, store.get("ana").password)
    store.set_password("ana", "another")
    store.renew_hash(account, "too late")
    assert "another" == store.get("ana").password


def test_a_token_is_its_accounts_until_it_ends(store: Store, clock: Clock) -> None:
    store.add("Ana", "member", "")
    token, lasting = store.add_token("ana", "night", 2), store.add_token("ANA", "", 0)
    clock.now += 2 * DAY - 1
    for each in (token, lasting):
        account = store.account_of(each)
        assert account is not None
        assert "Ana" == account.name
    clock.now += 1
    assert store.account_of(token) is None
    assert store.account_of(lasting) is not None
    assert store.account_of("cst_" + "A" * 43) is None
    assert store.account_of("nonsense") is None


def test_no_token_can_be_read_from_the_store(store: Store) -> None:
    store.add("ana", "member", "")
    token = store.add_token("ana", "night", 2)
    store.close()
    kept = b"".join(each.read_bytes() for each in store.path.parent.iterdir())
    assert b"night" in kept
    assert token.encode() not in kept
    assert token.removeprefix("cst_").encode() not in kept


def test_the_use_of_a_token_is_noted_now_and_then(store: Store, clock: Clock) -> None:
    store.add("ana", "member", "")
    token = store.add_token("ana", "night", 0)
    used = []
    for _ in range(4):
        store.account_of(token)
        used.append(store.tokens("ana")[0].used)
        clock.now += USE_NOTED_EVERY / 2
    assert 2 == len(set(used))


def test_a_revoked_token_is_nobodys_and_only_once_revoked(store: Store) -> None:
    store.add("ana", "member", "")
    token = store.add_token("ana", "", 0)
    number = store.tokens()[0].number
    assert store.revoke(number)
    assert store.account_of(token) is None
    before = store.last_change()
    assert not store.revoke(number)
    assert before == store.last_change()


def test_an_account_has_so_many_tokens_and_those_that_have_ended_make_room(
    store: Store, clock: Clock
) -> None:
    store.add("ana", "member", "")
    for _ in range(MOST_TOKENS):
        store.add_token("ana", "", 1)
    with pytest.raises(Refusal):
        store.add_token("ana", "", 1)
    clock.now += DAY
    store.add_token("ana", "", 1)
    assert 1 == len(store.tokens("ana"))


def test_where_an_account_came_from_is_remembered_within_bounds(store: Store, clock: Clock) -> None:
    store.add("ana", "member", "")
    for number in range(MOST_ORIGINS + 3):
        clock.now += 1
        store.note_origin("ana", f"10.0.0.{number}")
    known = [number for number in range(MOST_ORIGINS + 3) if store.has_come_from("ana", f"10.0.0.{number}")]
    assert list(range(3, MOST_ORIGINS + 3)) == known
    store.note_origin("nobody", "10.0.0.1")
    assert not store.has_come_from("nobody", "10.0.0.1")


def test_what_is_said_of_a_network_can_be_said_otherwise_and_ends(store: Store, clock: Clock) -> None:
    store.put_network("10.0.0.0/8", exempt=False, reason="spam", seconds=0)
    store.put_network("10.0.0.0/8", exempt=True, reason="a school", seconds=60)
    assert [("10.0.0.0/8", True, "a school", int(clock.now) + 60)] == [
        (each.network, each.exempt, each.reason, each.expires) for each in store.networks()
    ]
    clock.now += 60
    assert [] == store.networks()
    store.put_network("::/0", exempt=False, reason="", seconds=0)
    assert store.remove_network("::/0")
    assert not store.remove_network("::/0")


def test_others_writes_show_in_the_version_and_ones_own_do_not(store: Store) -> None:
    before = store.version()
    store.add("ana", "member", "")
    assert before == store.version()
    with Store(store.path) as other:
        other.set_role("ana", "admin")
    assert before != store.version()


def test_a_second_connection_of_this_process_takes_no_locks_from_the_first(store: Store) -> None:
    # Else another process that closes it believes to be the last, and removes what the first still reads.
    store.add("ana", "member", "")
    Store(store.path).close()
    program = (
        "import sys; from pathlib import Path; from chatsimples.accounts.store import Store\n"
        "with Store(Path(sys.argv[1])) as store: store.add(sys.argv[2], 'member', '')\n"
    )
    with Store(store.path):
        for name in ("bia", "rui"):
            subprocess.run(
                [sys.executable, "-c", program, str(store.path), name], check=True, timeout=DEADLINE
            )
            assert store.find(name) is not None


def test_what_is_read_together_is_of_one_moment(store: Store) -> None:
    store.add("ana", "member", "")
    with Store(store.path) as other:
        with store.reading():
            assert 1 == store.count()
            other.add("bia", "member", "")
            assert 1 == store.count()
        assert 2 == store.count()


def test_what_was_told_is_remembered(store: Store) -> None:
    assert 0 == store.told
    store.note_told(12)
    store.close()
    with Store(store.path) as again:
        assert 12 == again.told


def test_many_threads_and_processes_write_at_once(store: Store) -> None:
    program = (
        "import sys; from pathlib import Path; from chatsimples.accounts.store import Store\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    for n in range(20): store.add(f'{sys.argv[2]}{n:02}', 'member', '')\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", program, str(store.path), name]) for name in ("um", "dois")
    ]

    def write(name: str) -> None:
        with Store(store.path) as mine:
            for number in range(20):
                mine.add(f"{name}{number:02}", "member", "")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("ana", "bia")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0, 0] == [child.wait(DEADLINE) for child in children]
    assert 80 == store.count()
    assert store.last_change() == store.changes_after(0)[-1].number  # type: ignore[index]


def test_a_store_that_can_not_be_read_is_told_by_its_name(store: Store) -> None:
    store.close()
    with pytest.raises(AccountsError, match=str(store.path)):
        store.count()
