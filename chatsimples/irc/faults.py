"""Why a line was not understood, as its mark says it."""

from __future__ import annotations

from typing import Final

BAD_UTF8: Final = "bad_utf8"
TOO_LONG: Final = "too_long"
UNKNOWN: Final = "unknown"
INCOMPLETE: Final = "incomplete"
TOO_MANY: Final = "too_many"
BAD_BATCH: Final = "bad_batch"
