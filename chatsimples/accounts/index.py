"""What a server knows of its accounts: names and epochs in memory, followed as the store changes.

Anybody's nick is asked about here, so there is no file on the way. The store is looked at when its
``data_version`` is another one, which costs some microseconds to find out; then only the changes are read. A
store that is not there yet is none with no accounts in it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from chatsimples.accounts.confusables import looks
from chatsimples.accounts.networks import Networks
from chatsimples.accounts.store import Network, Store
from chatsimples.chat.names import name_key
from chatsimples.errors import Refusal

_TOLD_AFTER = 5.0
_NOBODY: tuple[int, tuple[str, ...]] = (0, ())


class AccountNews(msgspec.Struct, frozen=True):
    """An account has changed: its role ("" if it is no more), and whether all its sessions end."""

    account: str
    role: str
    ended: bool


class AccountIndex:
    """The accounts of a store as they are. For any thread.

    Args:
        path: the store's file.
        tell: is told what has changed, in order, after the index knows it; and after a start what may not
            have been told before. It may be told twice.
        refuses_looks: whether nicks are refused that look like an account's name.
        clock: tells the time, in seconds that never go back.

    Attributes:
        networks_read: how often what is said of addresses was read: each time it may have changed.
    """

    def __init__(
        self,
        path: Path,
        tell: Callable[[list[AccountNews]], None],
        *,
        refuses_looks: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._tell = tell
        self._refuses_looks = refuses_looks
        self._clock = clock
        self._following = threading.Lock()
        self._store: Store | None = None
        self._version = 0
        self._known = 0
        self._told_at = 0.0
        self._untold = False
        # Of each account its epoch and what it looks like, and whose looks these are.
        self._accounts: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._looks: dict[str, str] = {}
        self._networks = Networks()
        self.networks_read = 0

    def __bool__(self) -> bool:
        """Tell whether there is any account."""
        return bool(self._accounts)

    def epoch(self, account: str) -> int:
        """Return the epoch of an account, by its name or key; 0 if there is none."""
        return self._accounts.get(name_key(account), _NOBODY)[0]

    def check_nick(self, nick: str, account: str) -> None:
        """Look whether a nick may be had by who is logged in as an account, or by a guest ("").

        Raises:
            Refusal: ``nick_registered``, ``nick_confusable``.
        """
        key, own = name_key(nick), name_key(account) if account else ""
        if key in self._accounts:
            if key != own:
                raise Refusal("nick_registered", nick=nick)
            return
        if self._refuses_looks and self._looks:
            for look in looks(nick):
                if self._looks.get(look, own) != own:
                    raise Refusal("nick_confusable", nick=nick)

    def network_of(self, address: str) -> Network | None:
        """Return what is said of an address; None for nothing."""
        return self._networks.find(address, time.time()) if self._networks else None

    def follow(self) -> None:
        """Take in what has changed, and tell it.

        Raises:
            AccountsError: the store can't be read.
        """
        with self._following:
            store = self._open()
            if store is None:
                return
            version = store.version()
            if version != self._version:
                self._version = version
                self._take_changes(store)
            if self._untold and self._clock() - self._told_at >= _TOLD_AFTER:
                # Not at once: what was told last may be lost with whoever was to hear it.
                self._untold = False
                store.note_told(self._known)

    def tell_again(self, account: str) -> None:
        """Tell of an account once more that all its sessions end, with what is known of it now.

        Raises:
            AccountsError: the store can't be read.
        """
        with self._following:
            if self._store is not None:
                self._report(self._store, {name_key(account): True})

    def close(self) -> None:
        """Let go of the store."""
        with self._following:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _open(self) -> Store | None:
        if self._store is None and self._path.exists():
            store = Store(self._path)
            # What others write from here on shows in the version.
            self._version = store.version()
            with store.reading():
                self._known = store.last_change()
                self._take_all(store)
                since = min(store.told, self._known)
                missed = store.changes_after(since)
            self._store = store
            if missed:
                self._report(store, {each.account: each.ends for each in missed if each.account})
        return self._store

    def _take_all(self, store: Store) -> None:
        self._looks = dict(store.looks())
        own: dict[str, list[str]] = {}
        for look, key in self._looks.items():
            own.setdefault(key, []).append(look)
        self._accounts = {key: (epoch, tuple(own.get(key, ()))) for key, epoch in store.names()}
        self._take_networks(store)

    def _take_networks(self, store: Store) -> None:
        self._networks = Networks(store.networks())
        self.networks_read += 1

    def _take_changes(self, store: Store) -> None:
        with store.reading():
            changes = store.changes_after(self._known)
            if changes is None:
                # It was not looked at for so long that some are known no more: whatever differs has changed.
                before = self._accounts
                self._known = store.last_change()
                self._take_all(store)
                changed = {
                    key: True
                    for key in before.keys() | self._accounts.keys()
                    if before.get(key) != self._accounts.get(key)
                }
            else:
                changed = {}
                for change in changes:
                    self._known = change.number
                    if change.account:
                        changed[change.account] = changed.get(change.account, False) or change.ends
                for key in changed:
                    self._take(store, key)
                if any(not change.account for change in changes):
                    self._take_networks(store)
        if changed:
            self._report(store, changed)

    def _take(self, store: Store, key: str) -> None:
        # Others look here meanwhile: nobody may find a name free that is not.
        account = store.find(key)
        seen: tuple[str, ...] = ()
        before = self._accounts.get(key, _NOBODY)[1]
        if account is None:
            self._accounts.pop(key, None)
        else:
            seen = tuple(store.looks_of(key))
            self._looks.update(dict.fromkeys(seen, key))
            self._accounts[key] = (account.epoch, seen)
        for look in before:
            if look not in seen and self._looks.get(look) == key:
                del self._looks[look]

    def _report(self, store: Store, changed: dict[str, bool]) -> None:
        told = []
        for key, ended in changed.items():
            account = store.find(key)
            told.append(AccountNews(account.name if account else key, account.role if account else "", ended))
        self._told_at, self._untold = self._clock(), True
        self._tell(told)
