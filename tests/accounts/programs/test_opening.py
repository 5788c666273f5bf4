"""How the programs open the store, and tell what was wrong."""

from __future__ import annotations

from accounts.programs.terminal_side import Desk

from chatsimples.accounts.programs.opening import opened, shown_time
from chatsimples.config.accounts import StoreSettings
from chatsimples.i18n import translator


def test_a_store_and_its_folder_are_made_where_they_are_not_there(desk: Desk) -> None:
    with opened(desk.settings(), str) as store:
        assert desk.path == store.path
    assert 0o700 == desk.folder.stat().st_mode & 0o777


def test_a_store_elsewhere_is_opened_by_its_path(desk: Desk) -> None:
    elsewhere = desk.folder.parent / "mine.db"
    with opened(StoreSettings(accounts=str(elsewhere)), str) as store:
        assert elsewhere == store.path


def test_what_is_no_store_is_told_in_one_line(desk: Desk) -> None:
    desk.folder.mkdir()
    desk.path.write_text("some text " * 100, "utf-8")

    def open_it() -> int:
        with opened(desk.settings(), str):
            return 0

    assert f"{desk.path}: file is not a database" == desk.error(open_it)


def test_refusals_are_told_in_the_users_language(desk: Desk) -> None:
    def ask() -> int:
        with opened(desk.settings(), translator("pt")) as store:
            store.get("eva")
        return 0

    told = desk.error(ask)
    assert "eva" in told
    assert "there is no account" not in told


def test_times_are_told_in_utc_to_the_minute() -> None:
    assert "2026-11-29 15:00Z" == shown_time(1_795_964_400)
    assert "-" == shown_time(0)
