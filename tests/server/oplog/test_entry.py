"""An entry knows when and in which thread it happened, and what is to be on record at once."""

from __future__ import annotations

import re
import threading

from chatsimples.server.oplog.entry import EXCEPTION, URGENT, Entry, entry


def test_an_entry_has_its_time_and_its_thread() -> None:
    entries: list[Entry] = []
    thread = threading.Thread(target=lambda: entries.append(entry("info", "a", {"conn": 7})), name="worker-3")
    thread.start()
    thread.join()
    there, here = entries[0], entry("warning", "b", {})
    assert ("info", "a", {"conn": 7}, "worker-3") == (there.level, there.event, there.fields, there.thread)
    assert ("warning", "b", {}, "") == (here.level, here.event, here.fields, here.thread)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", here.at)
    assert there.at <= here.at


def test_an_exception_is_urgent_and_on_record_an_error() -> None:
    assert EXCEPTION in URGENT
    assert "error" == entry(EXCEPTION, "it has failed", {}).level
    assert "error" not in URGENT
