"""What became of a run of irctest: which tests passed, and whether all do that have passed before.

``python outcome.py REPORT [--freeze]``: REPORT is what pytest wrote with ``--junit-xml``. Only what
was run is compared. With ``--freeze`` the two lists beside this file are written anew.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

HERE = Path(__file__).parent
PASSED, SKIPPED = HERE / "passed.txt", HERE / "skipped.txt"


class Outcome(NamedTuple):
    """The names of the tests of a run: those that passed, those that failed, and why others were skipped."""

    passed: list[str]
    failed: list[str]
    skipped: dict[str, str]


def read_report(path: Path) -> Outcome:
    """Read a report of pytest's."""
    outcome = Outcome([], [], {})
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('irctest.server_tests.')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed.append(name)
        elif skipped is not None:
            outcome.skipped[name] = " ".join(skipped.get("message", "").split())
        else:
            outcome.passed.append(name)
    return outcome


def lost(outcome: Outcome, frozen: set[str]) -> list[str]:
    """Return what has passed before, was run, and has not passed now."""
    return sorted(frozen & {*outcome.failed, *outcome.skipped})


def read_frozen(path: Path = PASSED) -> set[str]:
    """Return what has passed before."""
    return set(path.read_text("utf-8").splitlines()) if path.exists() else set()


def freeze(outcome: Outcome) -> None:
    """Write down what passed, and why the others were skipped."""
    PASSED.write_text("".join(f"{name}\n" for name in sorted(outcome.passed)), "utf-8")
    skipped = (f"{name}: {why}\n" for name, why in sorted(outcome.skipped.items()))
    SKIPPED.write_text("".join(skipped), "utf-8")


def main() -> int:
    """Compare a run with those before it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--freeze", action="store_true")
    asked = parser.parse_args()
    outcome = read_report(asked.report)
    sys.stdout.write(
        f"{len(outcome.passed)} passed, {len(outcome.failed)} failed, {len(outcome.skipped)} skipped\n"
    )
    if asked.freeze:
        freeze(outcome)
        return 0
    missing = lost(outcome, read_frozen())
    for name in missing:
        sys.stdout.write(f"passed before: {name}\n")
    return 1 if missing or outcome.failed else 0


if __name__ == "__main__":
    sys.exit(main())
