"""The store's file: how it is made, opened and known. SQLite in WAL mode, for its owner alone."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chatsimples.errors import AccountsError

VERSION = 2
"""Of the tables. A store of a lower version is brought to it; a higher one is not touched."""

BUSY_SECONDS = 5.0
"""How long a writer waits for another one."""

_MODE = 0o600
_APPLICATION = 0x43534163

_TABLES = """
CREATE TABLE account (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    locked INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE look (
    look TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (key) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE former (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX look_of_account ON look (account);
CREATE TABLE token (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    hash BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX token_of_account ON token (account);
CREATE TABLE origin (
    account TEXT NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    network TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (account, network)
) WITHOUT ROWID;
CREATE TABLE network (
    network TEXT PRIMARY KEY,
    exempt INTEGER NOT NULL,
    reason TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    ends INTEGER NOT NULL
);
CREATE TABLE told (change INTEGER NOT NULL);
INSERT INTO told VALUES (0);
"""

_ADDED = {
    2: """
CREATE TABLE scram (
    account TEXT PRIMARY KEY REFERENCES account (key) ON DELETE CASCADE,
    salt BLOB NOT NULL,
    iterations INTEGER NOT NULL,
    stored_key BLOB NOT NULL,
    server_key BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE secret (value BLOB NOT NULL);
INSERT INTO secret VALUES (randomblob(32));
""",
}
"""What each version has that the one before it had not."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a store, and make it if it is not there. Any thread may use the connection, one at a time.

    Raises:
        AccountsError: it can't be opened, or is no store that this program knows.
    """
    with telling(path):
        try:
            _keep_private(path)
        except OSError as error:
            raise AccountsError(f"{path} can't be opened: {error.strerror or error}") from None
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Tell what SQLite complains of as an error that a person can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise AccountsError(f"{path}: {error}") from None


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Write several things, or none of them."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Read several things as they are at one moment, whatever others write meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _keep_private(path: Path) -> None:
    """Make the file if it is not there, and let nobody else read it.

    A file that is there is not opened here: to close it would take away the locks that SQLite holds on it for
    other connections of this process. Others would then think that they are the last, and remove its log.
    """
    try:
        # SQLite gives the files beside it the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE))
    except FileExistsError:
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) & ~_MODE:
            path.chmod(_MODE)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # A lock or a new password must not be undone by a loss of power.
    connection.execute("PRAGMA synchronous = FULL")
    with _reading(connection):
        found = _version(connection, path)
    if found == VERSION:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    with writing(connection):
        # Somebody else may have been quicker.
        found = _version(connection, path)
        for version in range(found + 1, VERSION + 1):
            for statement in (_TABLES if version == 1 else _ADDED[version]).split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a store; 0 for a file in which nothing is. Ask it within a transaction."""
    application, version, tables = (
        _number(connection, question)
        for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    if not tables and not application:
        return 0
    if application != _APPLICATION:
        raise AccountsError(f"{path} is no store of accounts")
    if not 0 < version <= VERSION:
        raise AccountsError(f"{path} is of version {version}; this program knows version {VERSION}")
    return version


def _number(connection: sqlite3.Connection, question: str) -> int:
    with closing(connection.execute(question)) as found:
        number: int = found.fetchone()[0]
    return number
