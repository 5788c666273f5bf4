"""The gate of a server with accounts: what a worker asks is answered at once, or by a login thread later."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from chatsimples.accounts.index import AccountIndex, AccountNews
from chatsimples.accounts.passwords import Hasher
from chatsimples.accounts.store import Network, store_path
from chatsimples.chat import commands
from chatsimples.chat.names import name_key
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.attempts import Attempt
from chatsimples.errors import AccountsError, StartError
from chatsimples.i18n import N_
from chatsimples.net.peers import Peer
from chatsimples.server.hashing.exchange import lanes
from chatsimples.server.logins.checker import Checker
from chatsimples.server.logins.pool import Do, Pool
from chatsimples.server.logins.slowing import Slowing, Try
from chatsimples.server.oplog.events import log
from chatsimples.server.worker.gate import Answer, Verdict
from chatsimples.server.worker.ledger import Debts
from chatsimples.server.worker.pacing import Rate

REGISTRATIONS = Rate(1 / 10, 100)
"""How many accounts are made of their own accord, on the whole server."""

REGISTRATIONS_OF_ONE = Rate(1 / 600, 5)
"""And from one network; whoever is on this machine is exempt."""

_LONGEST_SHARED = 4_096
_NO_REASON = N_("your address is banned")


class Asked(msgspec.Struct):
    """An attempt that waits for a thread.

    Attributes:
        tried: what was taken off for it; None before that, or if nothing had to be.
    """

    conn: int
    attempt: Attempt
    peer: Peer
    answer: Answer
    is_begun: bool = False
    tried: Try | None = None

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.peer.network


class LoginDesk:
    """Knows who may come, has their secrets looked at, and tells the rules of accounts that have changed.

    Args:
        settings: the server's.
        put: queues a batch of commands.
        hasher: makes what hashes passwords, for each thread; None for argon2id in the thread itself.
        clock: tells the time, in seconds that never go back.

    Raises:
        StartError: the password for everybody can't be read.
    """

    def __init__(
        self,
        settings: ServerSettings,
        put: Callable[[bytes], object],
        *,
        hasher: Callable[[], Hasher] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._put = put
        self._clock = clock
        self._hasher = hasher
        self._path = store_path(settings.accounts, settings.logs)
        self._may_register = settings.registration == "open"
        self._shared = read_shared(settings.password_file)
        self.needs_account = settings.access == "accounts"
        self.needs_password = bool(self._shared)
        self.index = AccountIndex(self._path, self._tell, refuses_looks=settings.lookalikes == "refused")
        self._slowing = Slowing()
        self._registered = Debts[str]()
        self._counting = threading.Lock()
        self._pool = Pool[Asked]("login", lanes(), self._new_checker, clock=clock)

    def __bool__(self) -> bool:
        """Tell whether there is any account."""
        return bool(self.index)

    def __len__(self) -> int:
        """Count the attempts that wait or are looked at."""
        return len(self._pool)

    def check_nick(self, nick: str, account: str) -> None:
        """Look whether a nick may be had by who is logged in as an account, or by a guest ("").

        Raises:
            Refusal: it is an account's, or looks like it.
        """
        self.index.check_nick(nick, account)

    def epoch(self, account: str) -> int:
        """Return the epoch of an account; 0 if there is none."""
        return self.index.epoch(account)

    def network_of(self, address: str) -> Network | None:
        """Return what is said of an address; None for nothing."""
        return self.index.network_of(address)

    def why_banned(self, address: str) -> Mapping[str, str] | None:
        """Return why nobody may come from an address; None if they may."""
        said = self.index.network_of(address)
        if said is None or said.exempt:
            return None
        return {"why": "{reason}", "reason": said.reason} if said.reason else {"why": _NO_REASON}

    def tell_again(self, account: str) -> None:
        """Let all sessions of an account end, as it has changed while somebody was being logged in."""
        try:
            self.index.tell_again(account)
        except AccountsError as error:
            # Its role can't be read; that its sessions end needs no store.
            log.error("the accounts can't be read", why=str(error))
            self._tell([AccountNews(account, "", ended=True)])

    def ask(self, conn: int, attempt: Attempt, peer: Peer, answer: Answer) -> Verdict | None:
        """Have an attempt looked at; return the verdict where it is known at once: there is no room."""
        if self._pool.give(Asked(conn, attempt, peer, answer), is_bound=not peer.is_local):
            return None
        return Verdict(code="login_busy")

    def follow(self) -> None:
        """Take in what has changed in the store; to be called now and then.

        Raises:
            AccountsError: it can't be read.
        """
        self.index.follow()

    def stop(self) -> None:
        """Look at no attempt any more."""
        self._pool.stop()
        self.index.close()

    def _tell(self, news: list[AccountNews]) -> None:
        told = [
            commands.AccountChanged(commands.OPERATOR, each.account, each.role, each.ended) for each in news
        ]
        self._put(commands.pack(told))

    # In a login thread.

    def _new_checker(self) -> Do[Asked]:
        checker = Checker(
            self._path,
            self.index,
            shared=self._shared,
            may_register=self._may_register,
            hasher=self._hasher() if self._hasher is not None else None,
        )

        def do(asked: Asked) -> float:
            if not asked.is_begun:
                asked.is_begun = True
                try:
                    wait = self._begin(asked, checker)
                except AccountsError as error:
                    log.error("the accounts can't be read", why=str(error))
                    wait = None
                if wait is None:
                    asked.answer(Verdict(code="login_busy"))
                    return 0.0
                if wait > 0:
                    return wait
            verdict = checker.check(asked.attempt, asked.peer, asked.conn)
            if asked.tried is not None and not verdict.code:
                with self._counting:
                    self._slowing.forgive(asked.tried, self._clock())
            asked.answer(verdict)
            return 0.0

        return do

    def _begin(self, asked: Asked, checker: Checker) -> float | None:
        """Return in how many seconds an attempt may be looked at; None if that is too long."""
        attempt, network = asked.attempt, asked.peer.network
        if not attempt.proves:
            return 0.0
        if attempt.registers:
            return self._begin_registration(asked.peer)
        key = name_key(attempt.account) if attempt.guesses else ""
        tried = Try(key, network, bool(key) and checker.has_come_from(key, network))
        with self._counting:
            wait = self._slowing.begin(tried, self._clock())
        asked.tried = tried if wait is not None else None
        return wait

    def _begin_registration(self, peer: Peer) -> float | None:
        owners = [("", REGISTRATIONS)]
        if not peer.is_local:
            owners.append((peer.network, REGISTRATIONS_OF_ONE))
        with self._counting:
            now = self._clock()
            full = [(owner, rate, self._registered.full_at(owner, now)) for owner, rate in owners]
            if any(not rate.count(full_at, now) for _, rate, full_at in full):
                return None
            for owner, rate, full_at in full:
                self._registered.note(owner, rate.after(full_at, 1, now), now)
        return 0.0


def read_shared(path: str) -> bytes:
    """Return the SHA-256 of the password in a file, its first line; nothing if no file is named.

    Raises:
        StartError: the file can't be read, or has no password.
    """
    if not path:
        return b""
    try:
        with Path(path).open("rb") as file:
            line = file.readline(_LONGEST_SHARED).rstrip(b"\r\n")
    except OSError as error:
        raise StartError(f"the password file {path} can't be read: {error.strerror}") from None
    if not line.strip():
        raise StartError(f"the password file {path} has no password on its first line")
    return hashlib.sha256(line).digest()
