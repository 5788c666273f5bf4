"""How long a random test goes on."""

from __future__ import annotations

import os

LONG_VARIABLE = "CHATSIMPLES_TEST_LONG"


def effort(short: float) -> float:
    """Seconds that a random test may take: `short`, or what CHATSIMPLES_TEST_LONG says."""
    return float(os.environ.get(LONG_VARIABLE) or short)
