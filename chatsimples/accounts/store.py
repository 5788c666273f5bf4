"""The store of accounts, tokens, and addresses. Several processes may have it open, the server's among them.

Whatever a server has to know is a row of `change`, written with it: who follows the store reads what is new
there and nothing else. Neither a login nor a token's use is such a change. The number of an account's last
change is its *epoch*: who was told one epoch and finds another knows that something is different. Changes
that *end* its sessions are another password, a lock, a token taken back, and the account's removal.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from chatsimples.accounts import schema
from chatsimples.accounts.confusables import looks
from chatsimples.accounts.roles import Role
from chatsimples.accounts.scram import Keys
from chatsimples.accounts.tokens import new_token, token_hash
from chatsimples.chat.names import check_nick, name_key
from chatsimples.chat.visitors import VISITOR
from chatsimples.errors import Refusal, UnknownAccountError
from chatsimples.i18n import N_

LONGEST_NAME = 32
MOST_TOKENS = 100
"""Of one account."""

MOST_ORIGINS = 16
"""Networks from which an account has logged in that are remembered of it."""

CHANGES_KEPT = 1_000
USE_NOTED_EVERY = 3_600
"""Seconds after which it is noted again that a token, or an account from a network, was used."""

_VISITOR_NAME = re.compile(rf"{VISITOR}-[0-9]+")
_RESERVED = N_("it is the name of a visitor")
_MANY_TOKENS = N_("an account has at most {most} tokens")


def store_path(accounts: str, logs: str) -> Path:
    """Return where the store is, of two settings: in the folder ``logs`` if ``accounts`` is empty."""
    return Path(accounts) if accounts else Path(logs) / "accounts.db"


class Account(msgspec.Struct, frozen=True):
    """An account.

    Attributes:
        key: what its name is compared by.
        password: its hash; empty if it has none.
        epoch: another number after each change of it.
        created: seconds since 1970.
    """

    key: str
    name: str
    role: Role
    password: str
    locked: bool
    epoch: int
    created: int


class Token(msgspec.Struct, frozen=True):
    """A token of an account; times are seconds since 1970. ``expires`` is 0 for never, ``used`` likewise."""

    number: int
    account: str
    label: str
    created: int
    expires: int
    used: int


class Network(msgspec.Struct, frozen=True):
    """Addresses that are banned or exempt. ``expires``: seconds since 1970; 0 for never."""

    network: str
    exempt: bool
    reason: str
    created: int
    expires: int


class Change(msgspec.Struct, frozen=True):
    """Something that a server has to know: of an account (its key) or, with none, of the networks."""

    number: int
    account: str
    ends: bool


class Store:
    """A store. From one thread at a time.

    Args:
        path: its file, which is made if it is not there.
        clock: tells the time, in seconds since 1970.

    Raises:
        AccountsError: from every method, if the file can't be read or written.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._connection = schema.connect(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # Accounts.

    def add(
        self,
        name: str,
        role: Role,
        password: str,
        most: int = 0,
        *,
        takes_former: bool = True,
        scram: Keys | None = None,
    ) -> Account:
        """Add an account.

        Args:
            name: as it is shown.
            role: its role on the server.
            password: the hash of its password; empty for none.
            most: how many accounts there may be after that; 0 for any number.
            takes_former: whether it may have the name of an account that was removed, and so what that one
                was in rooms.
            scram: what is kept of the password for SCRAM; None for nothing.

        Raises:
            Refusal: ``bad_nick``, ``nick_registered``, ``nick_confusable``, ``registration_closed``.
        """
        name = check_account_name(name)
        key, seen = name_key(name), looks(name)
        with self._writing():
            if self.find(name) is not None:
                raise Refusal("nick_registered", nick=name)
            if self._rows("SELECT 1 FROM former WHERE key = ?", key) and not takes_former:
                raise Refusal("nick_registered", nick=name)
            for look in seen:
                if self._rows("SELECT 1 FROM look WHERE look = ?", look):
                    raise Refusal("nick_confusable", nick=name)
            if most and self.count() >= most:
                raise Refusal("registration_closed")
            # A name that was another's before: what was of that one is not of this one.
            epoch = self._change(key, ends=True)
            account = Account(key, name, role, password, False, epoch, self._now())
            self._connection.execute(
                "INSERT INTO account (key, name, role, password, locked, epoch, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                msgspec.structs.astuple(account),
            )
            self._connection.executemany("INSERT INTO look VALUES (?, ?)", [(look, key) for look in seen])
            self._keep_scram(key, scram)
        return account

    def find(self, name: str) -> Account | None:
        """Return the account of a name, if there is one."""
        rows = self._rows(f"{_ACCOUNTS} WHERE key = ?", name_key(name))
        return _account(rows[0]) if rows else None

    def get(self, name: str) -> Account:
        """Return the account of a name.

        Raises:
            UnknownAccountError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise UnknownAccountError(name)
        return found

    def count(self) -> int:
        """Count the accounts."""
        number: int = self._rows("SELECT count(*) FROM account")[0][0]
        return number

    def accounts(self) -> Iterator[Account]:
        """Give all accounts by the order of their keys."""
        with schema.telling(self.path):
            yield from map(_account, self._connection.execute(f"{_ACCOUNTS} ORDER BY key"))

    def names(self) -> Iterator[tuple[str, int]]:
        """Give the key and the epoch of each account."""
        with schema.telling(self.path):
            yield from self._connection.execute("SELECT key, epoch FROM account")

    def looks(self) -> Iterator[tuple[str, str]]:
        """Give what accounts look like, each with the key of its account."""
        with schema.telling(self.path):
            yield from self._connection.execute("SELECT look, account FROM look")

    def looks_of(self, key: str) -> list[str]:
        """Return what the account of a key looks like."""
        return [look for (look,) in self._rows("SELECT look FROM look WHERE account = ?", key)]

    def set_password(self, name: str, password: str, scram: Keys | None = None) -> None:
        """Give an account another password, of which this is what is kept: all its sessions end."""
        with self._writing():
            account = self.get(name)
            self._connection.execute("UPDATE account SET password = ? WHERE key = ?", (password, account.key))
            self._keep_scram(account.key, scram)
            self._note(account.key, ends=True)

    def renew_hash(self, account: Account, password: str) -> None:
        """Replace the hash of a password by another one of the same password."""
        with self._writing():
            self._connection.execute(
                "UPDATE account SET password = ? WHERE key = ? AND password = ?",
                (password, account.key, account.password),
            )

    def scram_of(self, key: str) -> Keys | None:
        """Return what is kept of the password of an account, by its key, for SCRAM; None for nothing."""
        question = "SELECT salt, iterations, stored_key, server_key FROM scram WHERE account = ?"
        rows = self._rows(question, key)
        return Keys(*rows[0]) if rows else None

    def add_scram(self, key: str, password: str, scram: Keys) -> None:
        """Keep something for SCRAM of the password of an account, by its key, if this is still its hash."""
        with self._writing():
            if self._rows("SELECT 1 FROM account WHERE key = ? AND password = ?", key, password):
                self._keep_scram(key, scram)

    @property
    def secret(self) -> bytes:
        """A secret of this store's: what follows from it can't be told from what is random."""
        value: bytes = self._rows("SELECT value FROM secret")[0][0]
        return value

    def set_role(self, name: str, role: Role) -> None:
        """Give an account another role."""
        self._update(name, "role", role, ends=False)

    def set_locked(self, name: str, *, locked: bool) -> None:
        """Lock an account, so that nobody can log in as it and all its sessions end; or unlock it."""
        self._update(name, "locked", locked, ends=locked)

    def remove(self, name: str) -> None:
        """Remove an account and its tokens: all its sessions end. Nobody can register its name again.

        Anybody may be called so, but only who runs the server can make an account of that name: in rooms it
        would still be what the removed one was.
        """
        with self._writing():
            account = self.get(name)
            self._change(account.key, ends=True)
            self._connection.execute("INSERT OR IGNORE INTO former VALUES (?)", (account.key,))
            self._connection.execute("DELETE FROM account WHERE key = ?", (account.key,))

    # Tokens.

    def add_token(self, name: str, label: str, days: int) -> str:
        """Make a token of an account and return it: it can't be had again. ``days``: 0 for ever.

        Raises:
            UnknownAccountError: there is no such account.
            Refusal: ``bad_request``: it has too many already.
        """
        token, now = new_token(), self._now()
        with self._writing():
            account = self.get(name)
            self._connection.execute(
                "DELETE FROM token WHERE account = ? AND expires BETWEEN 1 AND ?", (account.key, now)
            )
            if len(self.tokens(name)) >= MOST_TOKENS:
                raise Refusal("bad_request", why=_MANY_TOKENS, most=MOST_TOKENS)
            expires = now + 86_400 * days if days else 0
            self._connection.execute(
                "INSERT INTO token (account, hash, label, created, expires) VALUES (?, ?, ?, ?, ?)",
                (account.key, token_hash(token), label, now, expires),
            )
        return token

    def tokens(self, name: str = "") -> list[Token]:
        """Return the tokens of an account or, with no name, of all."""
        question = "SELECT number, account, label, created, expires, used FROM token"
        if name:
            rows = self._rows(f"{question} WHERE account = ? ORDER BY number", name_key(name))
        else:
            rows = self._rows(f"{question} ORDER BY number")
        return [Token(*row) for row in rows]

    def revoke(self, number: int) -> bool:
        """Take a token back: all sessions of its account end. Tell whether there was one of that number."""
        with self._writing():
            rows = self._rows("DELETE FROM token WHERE number = ? RETURNING account", number)
            for (account,) in rows:
                self._note(account, ends=True)
        return bool(rows)

    def account_of(self, token: str) -> Account | None:
        """Return the account of a token that is good, and note its use."""
        hashed, now = token_hash(token), self._now()
        if not hashed:
            return None
        rows = self._rows(
            "SELECT account, number, used FROM token WHERE hash = ? AND (expires = 0 OR expires > ?)",
            hashed,
            now,
        )
        if not rows:
            return None
        key, number, used = rows[0]
        if now - used >= USE_NOTED_EVERY:
            with self._writing():
                self._connection.execute("UPDATE token SET used = ? WHERE number = ?", (now, number))
        return self.find(key)

    # Networks from which an account has logged in.

    def has_come_from(self, key: str, network: str) -> bool:
        """Tell whether somebody has logged in as an account from a network before."""
        return bool(self._rows("SELECT 1 FROM origin WHERE account = ? AND network = ?", key, network))

    def note_origin(self, key: str, network: str) -> None:
        """Note that somebody has logged in as an account from a network; the oldest ones are forgotten."""
        now = self._now()
        since = now - USE_NOTED_EVERY
        known = "SELECT 1 FROM origin WHERE account = ? AND network = ? AND used > ?"
        if self._rows(known, key, network, since):
            return
        with self._writing():
            if not self._rows("SELECT 1 FROM account WHERE key = ?", key):
                return
            self._connection.execute("INSERT OR REPLACE INTO origin VALUES (?, ?, ?)", (key, network, now))
            self._connection.execute(
                "DELETE FROM origin WHERE account = ? AND network NOT IN "
                "(SELECT network FROM origin WHERE account = ? ORDER BY used DESC LIMIT ?)",
                (key, key, MOST_ORIGINS),
            )

    # Addresses.

    def put_network(self, network: str, *, exempt: bool, reason: str, seconds: int) -> None:
        """Ban the addresses of a network, or make them exempt; ``seconds``: 0 for ever."""
        now = self._now()
        with self._writing():
            self._connection.execute("DELETE FROM network WHERE expires BETWEEN 1 AND ?", (now,))
            self._connection.execute(
                "INSERT OR REPLACE INTO network VALUES (?, ?, ?, ?, ?)",
                (network, exempt, reason, now, now + seconds if seconds else 0),
            )
            self._change("", ends=False)

    def remove_network(self, network: str) -> bool:
        """Take back what was said of a network; tell whether anything was."""
        with self._writing():
            rows = self._rows("DELETE FROM network WHERE network = ? RETURNING 1", network)
            self._change("", ends=False)
        return bool(rows)

    def networks(self) -> list[Network]:
        """Return the networks of which something is said, and still holds."""
        question = "SELECT network, exempt, reason, created, expires FROM network "
        rows = self._rows(f"{question} WHERE expires = 0 OR expires > ? ORDER BY network", self._now())
        return [
            Network(network, bool(exempt), reason, created, expires)
            for network, exempt, reason, created, expires in rows
        ]

    # What a server follows.

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read several things as they are at one moment, whoever writes meanwhile."""
        with schema.telling(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def version(self) -> int:
        """Return a number that is another one after others have written; it costs next to nothing."""
        number: int = self._rows("PRAGMA data_version")[0][0]
        return number

    def last_change(self) -> int:
        """Return the number of the last change."""
        number: int = self._rows("SELECT coalesce(max(number), 0) FROM change")[0][0]
        return number

    def changes_after(self, number: int) -> list[Change] | None:
        """Return the changes after one; None if some of them are known no more."""
        first = self._rows("SELECT coalesce(min(number), 0) FROM change")[0][0]
        if first > number + 1:
            return None
        rows = self._rows("SELECT number, account, ends FROM change WHERE number > ? ORDER BY number", number)
        return [Change(number, account, bool(ends)) for number, account, ends in rows]

    @property
    def told(self) -> int:
        """The number of the change up to which a server's rules have been told."""
        number: int = self._rows("SELECT change FROM told")[0][0]
        return number

    def note_told(self, number: int) -> None:
        """Note up to which change a server's rules have been told."""
        with self._writing():
            self._connection.execute("UPDATE told SET change = ?", (number,))

    # Steps.

    def _update(self, name: str, column: str, value: Any, *, ends: bool) -> None:
        with self._writing():
            account = self.get(name)
            self._connection.execute(
                f"UPDATE account SET {column} = ? WHERE key = ?",  # noqa: S608 - a column's name
                (value, account.key),
            )
            self._note(account.key, ends=ends)

    def _keep_scram(self, key: str, scram: Keys | None) -> None:
        self._connection.execute("DELETE FROM scram WHERE account = ?", (key,))
        if scram is not None:
            row = (key, *msgspec.structs.astuple(scram))
            self._connection.execute("INSERT INTO scram VALUES (?, ?, ?, ?, ?)", row)

    def _note(self, key: str, *, ends: bool) -> None:
        epoch = self._change(key, ends=ends)
        self._connection.execute("UPDATE account SET epoch = ? WHERE key = ?", (epoch, key))

    def _change(self, key: str, *, ends: bool) -> int:
        written = self._connection.execute("INSERT INTO change (account, ends) VALUES (?, ?)", (key, ends))
        number = written.lastrowid or 0
        self._connection.execute("DELETE FROM change WHERE number <= ?", (number - CHANGES_KEPT,))
        return number

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with schema.telling(self.path), schema.writing(self._connection):
            yield

    def _rows(self, question: str, *values: Any) -> list[Any]:
        with schema.telling(self.path):
            return self._connection.execute(question, values).fetchall()

    def _now(self) -> int:
        return int(self._clock())


_ACCOUNTS = "SELECT key, name, role, password, locked, epoch, created FROM account"


def check_account_name(name: str) -> str:
    """Return an account's name in the form in which it is shown.

    Raises:
        Refusal: ``bad_nick``.
    """
    name = check_nick(name, LONGEST_NAME)
    if _VISITOR_NAME.fullmatch(name_key(name)):
        raise Refusal("bad_nick", name=name, why=_RESERVED)
    return name


def _account(row: tuple[str, str, Role, str, int, int, int]) -> Account:
    key, name, role, password, locked, epoch, created = row
    return Account(key, name, role, password, bool(locked), epoch, created)
