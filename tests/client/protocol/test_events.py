"""Every event is a value that its receiver can match and compare."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from chatsimples.chat.records import Record
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Command


@pytest.mark.parametrize("kind", get_args(events.Event))
def test_no_event_can_be_changed(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen


def test_events_with_the_same_fields_are_equal() -> None:
    record = Record(1, "", "message", 1, "ana", room="geral", text="oi")
    command = Command("message", "1", "geral", text="oi")
    one = events.RecordReceived(record, own=True, past=False, command=command, line=b"{}")
    assert one == events.RecordReceived(record, own=True, past=False, command=command, line=b"{}")
    assert one != events.RecordReceived(record, own=True, past=True, command=command, line=b"{}")
