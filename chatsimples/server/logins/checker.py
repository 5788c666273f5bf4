"""What a login thread does: an attempt becomes a verdict. Neither that, nor a log or an error has a secret.

The work is the same whether there is such an account or not, whether it is locked, and whether it has a
password: so the time that an answer takes tells none of that.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path

import msgspec
from msgspec import UNSET

from chatsimples.accounts.index import AccountIndex
from chatsimples.accounts.passwords import Argon2Hasher, Hasher, check_password
from chatsimples.accounts.scram import Keys, nobodys_keys
from chatsimples.accounts.store import Account, Store, check_account_name
from chatsimples.chat.commands import Command, Hello, Join, Login, Request, Set
from chatsimples.chat.levels import SERVER_ROLES
from chatsimples.chat.names import name_key
from chatsimples.dialects.attempts import Attempt, Scram
from chatsimples.errors import AccountsError, Refusal
from chatsimples.i18n import N_
from chatsimples.net.peers import Peer
from chatsimples.server.oplog.events import log
from chatsimples.server.worker.gate import Verdict

MOST_REGISTERED = 100_000
"""Accounts after which nobody can make one any more; those who run the server can."""

_SHOWN_NAME = 64
_NO_ROLE = N_("this account has no role on the server")
# Where there is no store, there is no account that the others could be told from.
_NO_STORES = os.urandom(32)


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
        if attempt.scram is not None and not attempt.proves:
            return self._challenge(attempt)
        try:
            proofs = {name_key(room): self._hasher.proof(room, key) for room, key in attempt.keys.items()}
        except Refusal as refusal:
            return Verdict(code=refusal.code, detail=refusal.detail)
        command = None if attempt.command is None else _with_proofs(attempt.command, proofs)
        if not attempt.proves:
            return Verdict(command=command)
        if self._is_shared(attempt):
            return Verdict(command=command, admits=True)
        try:
            account, how, signature = self._account_of(attempt, peer)
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
            signature=signature,
        )

    def _challenge(self, attempt: Attempt) -> Verdict:
        """Tell what a proof by SCRAM is made with; of an account that is not there it is as good."""
        try:
            _, keys = self._keys_of(attempt.account)
        except AccountsError as error:
            log.error("the accounts can't be read", why=str(error))
            return Verdict(code="login_busy")
        return Verdict(salt=keys.salt, iterations=keys.iterations)

    def _account_of(self, attempt: Attempt, peer: Peer) -> tuple[Account, str, bytes]:
        signature = b""
        if attempt.registers:
            return self._register(attempt), "registered", signature
        if attempt.scram is not None:
            (account, signature), how = self._by_scram(attempt.account, attempt.scram), "SCRAM"
        elif attempt.token:
            account, how = self._by_token(attempt), "token"
        elif not attempt.certificate and (attempt.password or peer.tls is None):
            account, how = self._by_password(attempt), "password"
        else:
            account, how = self._by_certificate(attempt, peer), "certificate"
        if account is None or account.locked:
            raise Refusal("login_failed")
        if attempt.needs_role and account.role not in SERVER_ROLES:
            raise Refusal("not_permitted", why=_NO_ROLE)
        store = self._opened()
        if store is not None:
            store.note_origin(account.key, peer.network)
        return account, how, signature

    def _by_password(self, attempt: Attempt) -> Account | None:
        account = self._find(attempt.account)
        hashed = account.password if account is not None else ""
        if not self._hasher.matches(hashed, attempt.password) or account is None:
            return None
        store = self._opened()
        if store is not None and self._hasher.is_outdated(hashed):
            renewed = self._hasher.hash(attempt.password)
            store.renew_hash(account, renewed)
            hashed = renewed
        if store is not None and store.scram_of(account.key) is None:
            # The password was set before there was SCRAM.
            store.add_scram(account.key, hashed, self._hasher.scram_keys(attempt.password))
        return account

    def _by_scram(self, name: str, shown: Scram) -> tuple[Account | None, bytes]:
        account, keys = self._keys_of(name)
        if not keys.proves(shown.exchanged, shown.proof):
            return None, b""
        return account, keys.signature(shown.exchanged)

    def _keys_of(self, name: str) -> tuple[Account | None, Keys]:
        """Return an account and what proves it by SCRAM; of one that is not there as good as that."""
        store, account = self._opened(), self._find(name)
        keys = store.scram_of(account.key) if store is not None and account is not None else None
        if keys is not None:
            return account, keys
        return None, nobodys_keys(store.secret if store is not None else _NO_STORES, name_key(name))

    def _by_token(self, attempt: Attempt) -> Account | None:
        store = self._opened()
        account = store.account_of(attempt.token) if store is not None else None
        if account is None or (attempt.account and name_key(attempt.account) != account.key):
            return None
        return account

    def _by_certificate(self, attempt: Attempt, peer: Peer) -> Account | None:
        """Return the account that a verified certificate is made out to."""
        common_name = peer.tls.common_name if peer.tls is not None else ""
        account = self._find(attempt.account or common_name)
        name = peer.tls.common_name if peer.tls is not None and peer.tls.fingerprint else ""
        return account if account is not None and name and name_key(name) == account.key else None

    def _register(self, attempt: Attempt) -> Account:
        if not self._may_register:
            raise Refusal("registration_closed")
        name = check_account_name(attempt.account)
        password = check_password(attempt.password, name)
        hashed, scram = self._hasher.hash(password), self._hasher.scram_keys(password)
        store = self._opened(make=True)
        if store is None:
            raise Refusal("registration_closed")
        return store.add(name, "member", hashed, MOST_REGISTERED, takes_former=False, scram=scram)

    def _is_shared(self, attempt: Attempt) -> bool:
        if attempt.scram is not None or attempt.certificate:
            return False
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


def _as_account(command: Command | None, account: Account) -> Command | None:
    match command:
        case Hello():
            nick = command.nick or account.name
            return msgspec.structs.replace(command, nick=nick, account=account.name, role=account.role)
        case Login():
            return msgspec.structs.replace(command, account=account.name, role=account.role)
    return command
