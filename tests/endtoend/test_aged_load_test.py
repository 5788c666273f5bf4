"""A load test whose server has an aged transcript."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.server import run_command
from support.waiting import DEADLINE

from chatsimples.transcript.verify import verify

AGE = 3_000


def test_the_load_goes_to_a_server_that_is_aged(tmp_path: Path) -> None:
    logs, results = tmp_path / "logs", tmp_path / "results.json"
    command = [
        sys.executable, "-m", "chatsimples", "load-test", "--age", str(AGE), "--clients", "2",
        "--seconds", "0.2", "--logs", str(logs), "--json", str(results), "--lang", "en",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert 0 == done.returncode, done.stderr
    sent = json.loads(results.read_text("utf-8"))["runs"][0]["phases"][0]["sent"]
    assert verify(logs).last_seq > AGE + sent > AGE
    again = run_command(*command[3:])
    assert 1 == again.returncode
    assert "holds a transcript already" in again.stderr
