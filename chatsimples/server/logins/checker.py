"""What a login thread does: an attempt becomes a verdict. Neither that, nor a log or an error has a secret.

The work is the same whether there is such an account or not, whether it is locked, and whether it has a
password: so the time that an answer takes tells none of that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path

import msgspec
from msgspec import UNSET

from chatsimples.accounts.index import AccountIndex
from chatsimples.accounts.passwords import Argon2Hasher, Hasher, check_password
from chatsimples.accounts.room_keys import proof
from chatsimples.accounts.store import Account, Store, check_account_name
from chatsimples.chat.commands import Command, Hello, Join, Login, Request, Set
from chatsimples.chat.names import name_key
from chatsimples.dialects.attempts import Attempt
from chatsimples.errors import AccountsError, Refusal
from chatsimples.net.peers import Peer
from chatsimples.server.oplog.events import log
from chatsimples.server.worker.gate import Verdict

MOST_REGISTERED = 100_000
"""Accounts after which nobody can make one any more; those who run the server can."""

_SHOWN_NAME = 64


class Checker:
    """Checks attempts, in one thread.

    Args:
        path: the store's file.
        index: what is known of the store.
        shared: the SHA-256 of the password for everybody; empty if there is none.
        may_register: whether people may make accounts.
        hasher: of passwords.
    """

    def __init__(
        self,
        path: Path,
        index: AccountIndex,
        *,
        shared: bytes = b"",
        may_register: bool = False,
        hasher: Hasher | None = None,
    ) -> None:
        self._path = path
        self._index = index
        self._shared = shared
        self._may_register = may_register
        self._hasher = hasher or Argon2Hasher()
        self._store: Store | None = None

    def has_come_from(self, account: str, network: str) -> bool:
        """Tell whether somebody has logged in as an account from a network before."""
        store = self._opened()
        return store is not None and store.has_come_from(name_key(account), network)

    def check(self, attempt: Attempt, peer: Peer, conn: int) -> Verdict:
        """Find out what becomes of an attempt."""
        proofs = {name_key(room): proof(room, key) for room, key in attempt.keys.items()}
        command = _with_proofs(attempt.command, proofs)
        if not attempt.proves:
            return Verdict(command=command)
        if self._is_shared(attempt):
            return Verdict(command=command, admits=True)
        try:
            account, how = self._account_of(attempt, peer)
        except Refusal as refusal:
            self._log_failure(attempt, peer, conn, refusal.code)
            return Verdict(code=refusal.code, detail=refusal.detail)
        except AccountsError as error:
            log.error("the accounts can't be read", why=str(error))
            return Verdict(code="login_busy")
        log.info(
            "logged in", account=account.name, role=account.role, how=how, conn=conn, address=peer.address
        )
        # What was read here may be newer than what is known there.
        self._catch_up(account)
        return Verdict(
            command=_as_account(command, account),
            account=account.name,
            role=account.role,
            epoch=account.epoch,
        )

    def _account_of(self, attempt: Attempt, peer: Peer) -> tuple[Account, str]:
        if attempt.registers:
            return self._register(attempt), "registered"
        if attempt.token:
            account, how = self._by_token(attempt), "token"
        elif attempt.password or peer.tls is None:
            account, how = self._by_password(attempt), "password"
        else:
            account, how = self._by_certificate(attempt, peer), "certificate"
        if account is None or account.locked:
            raise Refusal("login_failed")
        store = self._opened()
        if store is not None:
            store.note_origin(account.key, peer.network)
        return account, how

    def _by_password(self, attempt: Attempt) -> Account | None:
        account = self._find(attempt.account)
        hashed = account.password if account is not None else ""
        if not self._hasher.matches(hashed, attempt.password) or account is None:
            return None
        store = self._opened()
        if store is not None and self._hasher.is_outdated(hashed):
            store.renew_hash(account, self._hasher.hash(attempt.password))
        return account

    def _by_token(self, attempt: Attempt) -> Account | None:
        store = self._opened()
        account = store.account_of(attempt.token) if store is not None else None
        if account is None or (attempt.account and name_key(attempt.account) != account.key):
            return None
        return account

    def _by_certificate(self, attempt: Attempt, peer: Peer) -> Account | None:
        """Return the account that a verified certificate is made out to."""
        account = self._find(attempt.account)
        name = peer.tls.common_name if peer.tls is not None and peer.tls.fingerprint else ""
        return account if account is not None and name and name_key(name) == account.key else None

    def _register(self, attempt: Attempt) -> Account:
        if not self._may_register:
            raise Refusal("registration_closed")
        name = check_account_name(attempt.account)
        hashed = self._hasher.hash(check_password(attempt.password, name))
        store = self._opened(make=True)
        if store is None:
            raise Refusal("registration_closed")
        return store.add(name, "member", hashed, MOST_REGISTERED, takes_former=False)

    def _is_shared(self, attempt: Attempt) -> bool:
        if not self._shared:
            # Where none is asked for, who shows one is let in as everybody is.
            return not (attempt.account or attempt.token or attempt.is_typed)
        shown = hashlib.sha256(attempt.line.encode("utf-8", "replace")).digest()
        return compare_digest(shown, self._shared)

    def _find(self, name: str) -> Account | None:
        store = self._opened()
        try:
            return store.find(check_account_name(name)) if store is not None else None
        except Refusal:
            return None

    def _catch_up(self, account: Account) -> None:
        if self._index.epoch(account.name) != account.epoch:
            try:
                self._index.follow()
            except AccountsError as error:
                # It is tried again soon, by whoever follows the store.
                log.error("the accounts can't be read", why=str(error))

    def _opened(self, *, make: bool = False) -> Store | None:
        if self._store is None and (make or self._path.exists()):
            self._store = Store(self._path)
        return self._store

    def _log_failure(self, attempt: Attempt, peer: Peer, conn: int, code: str) -> None:
        # What stands where a name should may be a password: only a name that there is, is told.
        name = attempt.account if self._index.epoch(attempt.account[:_SHOWN_NAME]) else ""
        log.info("a login has failed", account=name, code=code, conn=conn, address=peer.address)


def _with_proofs(command: Command, proofs: Mapping[str, str]) -> Command:
    """Return a command with the proofs of the keys that were shown for it, by the rooms' keys."""
    match command:
        case Hello():
            return msgspec.structs.replace(command, keys=dict(proofs))
        case Join(room=room) if name_key(room) in proofs:
            return msgspec.structs.replace(command, key=proofs[name_key(room)])
        case Set(room=room, settings=settings) if name_key(room) in proofs and settings.key is UNSET:
            shown = msgspec.structs.replace(settings, key=proofs[name_key(room)])
            return msgspec.structs.replace(command, settings=shown)
        case Request():
            proved = tuple(_with_proofs(each, proofs) for each in command.commands)
            return msgspec.structs.replace(command, commands=proved)
    return command


def _as_account(command: Command, account: Account) -> Command:
    match command:
        case Hello():
            nick = command.nick or account.name
            return msgspec.structs.replace(command, nick=nick, account=account.name, role=account.role)
        case Login():
            return msgspec.structs.replace(command, account=account.name, role=account.role)
    return command
