"""The store's file is private, and is opened only if it is one."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatsimples.accounts import schema
from chatsimples.errors import AccountsError


def test_a_store_and_what_sqlite_puts_beside_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    connection = schema.connect(path)
    with schema.writing(connection):
        connection.execute("UPDATE told SET change = 1")
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert {"accounts.db": 0o600, "accounts.db-wal": 0o600, "accounts.db-shm": 0o600} == modes
    assert ("wal",) == connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()


def test_a_store_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    schema.connect(path).close()
    path.chmod(0o644)
    schema.connect(path).close()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_many_make_a_store_at_once_and_it_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    failed: list[BaseException] = []

    def make() -> None:
        try:
            schema.connect(path).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failed
    schema.connect(path).close()


def test_a_store_that_another_makes_while_it_is_looked_at_is_no_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "accounts.db"
    another = sqlite3.connect
    with closing(another(path)) as empty:
        empty.execute("PRAGMA journal_mode = WAL")

    class Interrupted(sqlite3.Connection):
        """A connection whose first question another process answers by making the store."""

        def execute(self, question: str, values: Any = ()) -> sqlite3.Cursor:
            found = super().execute(question, values)
            if question == "PRAGMA application_id" and sqlite3.connect is not another:
                monkeypatch.setattr(sqlite3, "connect", another)
                schema.connect(path).close()
            return found

    monkeypatch.setattr(sqlite3, "connect", partial(another, factory=Interrupted))
    schema.connect(path).close()
    assert sqlite3.connect is another


def test_what_fails_within_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    connection = schema.connect(tmp_path / "accounts.db")
    with pytest.raises(sqlite3.IntegrityError), schema.writing(connection):
        connection.execute("UPDATE told SET change = 7")
        connection.execute("UPDATE told SET change = NULL")
    assert (0,) == connection.execute("SELECT change FROM told").fetchone()
    connection.close()


def test_a_store_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    connection = schema.connect(path)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(AccountsError, match=f"version {schema.VERSION + 1}; this program knows version"):
        schema.connect(path)


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE account (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(AccountsError, match="is no store of accounts"):
        schema.connect(path)
    assert before == path.read_bytes()


def test_a_file_that_is_no_database_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but some notes\n" * 30, "utf-8")
    with pytest.raises(AccountsError, match=r"notes\.txt: file is not a database"):
        schema.connect(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match="can't be opened: No such file"):
        schema.connect(tmp_path / "missing" / "accounts.db")


def test_a_store_of_an_earlier_version_is_brought_to_this_one_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    connection = schema.connect(path)
    with schema.writing(connection):
        connection.execute("INSERT INTO account VALUES ('ana', 'Ana', 'admin', 'hash', 0, 1, 1)")
        # As version 1 left it.
        connection.execute("DROP TABLE scram")
        connection.execute("DROP TABLE secret")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    connection = schema.connect(path)
    assert (schema.VERSION,) == connection.execute("PRAGMA user_version").fetchone()
    assert [("Ana", "admin")] == connection.execute("SELECT name, role FROM account").fetchall()
    assert [] == connection.execute("SELECT * FROM scram").fetchall()
    ((secret,),) = connection.execute("SELECT value FROM secret").fetchall()
    assert 32 == len(secret)
    connection.close()
    connection = schema.connect(path)
    assert [(secret,)] == connection.execute("SELECT value FROM secret").fetchall()
    connection.close()
