"""What the connections of a worker have in common."""

from __future__ import annotations

from chatsimples.server.worker.context import Context
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.timers import Timers


def test_the_pace_is_the_ledgers_and_http_is_refused_by_default() -> None:
    pace = Pace(1, 2, 3, 4, 5, 6)
    context = Context({}, Ledger(pace), Timers(), [])
    assert pace == context.pace
    assert context.requests is None
