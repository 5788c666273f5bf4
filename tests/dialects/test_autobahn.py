"""All cases of the Autobahn suite, against an echo server made of the server's own handshake and frames.

`kosoku` plays them. Those that send megabytes are for `--long`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from support import effort
from support.echo_server import echo_server

kosoku = pytest.importorskip("kosoku")

CASES = 517
OF_MEGABYTES = 54
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}
DECLINED = {("UNIMPLEMENTED", "OK")}
"""What comes of cases 12 and 13, which ask for compression."""

FAILED_FAST = {"6.4.3", "6.4.4"}
"""Text that is none is refused when its frame is there, and not in the middle of the frame."""

_AT_ONCE = 2
_TRIES = 3


def played(port: int, cases: Sequence[str], skipped: Sequence[str], at_once: int) -> dict[str, Any]:
    """Play cases; give what came of each."""

    async def playing() -> list[Any]:
        address = f"ws://127.0.0.1:{port}"
        try:
            return list(await kosoku.run_fuzzingclient(address, cases, skipped, concurrency=at_once))
        except kosoku.FailureError as failure:
            # What is not implemented counts as that.
            return list(failure.results)

    return {each.case_id: each for each in asyncio.run(playing())}


def outcome(result: Any) -> tuple[str, str]:
    return result.behavior.value, result.behavior_close.value


def is_right(result: Any) -> bool:
    if result.case_id.startswith(("12.", "13.")):
        return outcome(result) in DECLINED
    return set(outcome(result)) <= PASSED


def test_every_case_of_the_autobahn_suite_passes_or_is_informational() -> None:
    with echo_server() as port:
        results = played(port, ["*"], [] if effort.LONG else ["9.*"], _AT_ONCE)
        assert CASES - (0 if effort.LONG else OF_MEGABYTES) == len(results)
        for _ in range(_TRIES):
            # A case has its own patience: on a busy machine one may need to be played alone.
            wrong = [case for case, result in results.items() if not is_right(result)]
            if wrong:
                results |= played(port, wrong, [], 1)
    told = [(case, outcome(each), each.description) for case, each in results.items() if not is_right(each)]
    assert [] == told
    assert FAILED_FAST == {case for case, each in results.items() if each.behavior.value == "NON-STRICT"}
