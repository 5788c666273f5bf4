"""All cases of the Autobahn suite, against an echo server made of the server's own handshake and frames.

`kosoku` plays them. Those that send megabytes are for `--long`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support import effort
from support.echo_server import echo_server

kosoku = pytest.importorskip("kosoku")

CASES = 517
OF_MEGABYTES = 54
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}
# Cases 12 and 13 ask for compression, which is declined.
DECLINED = 216
FAILED_FAST = {"6.4.3", "6.4.4"}
"""Text that is none is refused when its frame is there, and not in the middle of the frame."""


def play() -> list[Any]:
    async def played(port: int) -> list[Any]:
        skipped = [] if effort.LONG else ["9.*"]
        try:
            address = f"ws://127.0.0.1:{port}"
            return list(await kosoku.run_fuzzingclient(address, None, skipped, concurrency=2))
        except kosoku.FailureError as failure:
            # What is not implemented counts as that.
            return list(failure.results)

    with echo_server() as port:
        return asyncio.run(played(port))


def test_every_case_of_the_autobahn_suite_passes_or_is_informational() -> None:
    results = play()
    assert CASES - (0 if effort.LONG else OF_MEGABYTES) == len(results)
    declined = [each for each in results if each.case_id.split(".")[0] in {"12", "13"}]
    assert DECLINED == len(declined)
    assert {("UNIMPLEMENTED", "OK")} == {
        (each.behavior.value, each.behavior_close.value) for each in declined
    }
    for each in results:
        if each not in declined:
            assert each.behavior.value in PASSED, (each.case_id, each.description, each.result)
            assert each.behavior_close.value in PASSED, (each.case_id, each.description, each.result_close)
    assert FAILED_FAST == {each.case_id for each in results if each.behavior.value == "NON-STRICT"}
