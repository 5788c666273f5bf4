"""Live through years in minutes, and tell what age costs: nothing but disk may grow.

    scripts/measure_ageing.sh

Two chats are lived through. In the first people come and go all the while: two million sessions in twenty
million records, a million nicks and a million rooms, half of which are not ASCII. In the second ten thousand
are there from the beginning to the end. Every message has an id. What is measured goes into
docs/performance.md as a table and a plot, and is compared with what the first hundred thousand records cost,
which a young chat lives through beside the old one, so that the machine is the same for both. The exit code
is 1 if a record costs a tenth more at any age, memory grows once the bounds of the state are reached, or a
turn of the loop had the processor for more than 20 ms.

It takes some 40 minutes and 8 GB of disk, which are free again at the end. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import msgspec
from ageing.measures import LONG_TURN, WINDOW, Measure, live
from ageing.page import dearer, write_page
from ageing.twin import twin_of
from support.paths import ROOT

from chatsimples.loadtest.ageing.life import COMING_AND_GOING, EVERYBODY_STAYS, Habits

RESULTS = ROOT / "docs" / "performance" / "ageing.json"
AGES = [100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000]
LIVES: dict[str, Habits] = {"coming and going": COMING_AND_GOING, "everybody stays": EVERYBODY_STAYS}
DEARER, LARGER = 1.10, 1.10
FULL_AT = 2_000_000
"""Records after which all that is bounded in the state has been full; of sessions that is the last."""


def main() -> int:
    """Measure, write the page, and say what grew."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=AGES[-1], help="how old the chats become")
    parser.add_argument("--only", choices=LIVES, help="live through this one alone")
    parser.add_argument("--write-only", action="store_true", help="measure nothing, write the page anew")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md as it is")
    asked = parser.parse_args()
    if not asked.only and not asked.write_only:
        # What one leaves in a process's memory, the other would lie scattered among.
        return max(live_alone(name, sys.argv[1:]) for name in LIVES)
    lives: dict[str, list[Measure]] = {}
    if RESULTS.is_file():
        lives = msgspec.json.decode(RESULTS.read_bytes(), type=dict[str, list[Measure]])
    if not asked.write_only:
        kept: list[Measure] = []
        lives[asked.only] = kept

        def keep(measure: Measure) -> None:
            kept.append(measure)
            if not asked.no_page:
                save(lives)

        live_through(asked.only, [age for age in AGES if age <= asked.records], keep)
        lives = {asked.only: kept}
    elif not asked.no_page:
        save(lives)
    wrong = [complaint for name, measures in lives.items() for complaint in complaints(name, measures)]
    say("\n".join(wrong) or "nothing but disk has grown")
    return 1 if wrong else 0


def live_alone(name: str, arguments: list[str]) -> int:
    """Live through one of the chats in a process of its own; return its exit code."""
    return subprocess.run([sys.executable, __file__, *arguments, "--only", name], check=False).returncode


def save(lives: dict[str, list[Measure]]) -> None:
    """Write what was measured up to now, and the page."""
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(lives), indent=1) + b"\n")
    write_page({name: measures for name, measures in lives.items() if measures})


def live_through(name: str, ages: list[int], keep: Callable[[Measure], object]) -> None:
    """Live through a chat; say and keep what is measured as soon as it is."""
    say(f"{name}: up to {ages[-1]:,} records")

    def told(measure: Measure) -> None:
        keep(measure)
        say(
            f"  {measure.age:>11,} records  {1e6 * measure.record:6.2f} µs each, "
            f"{dearer(measure):.3f} of a young one's  "
            f"turns p99 {1e3 * measure.turn_p99:.1f} ms, max {1e3 * measure.turn_max:.1f} ms  "
            f"memory {measure.memory / 1e6:.0f} MB  state {measure.state / 1e6:.1f} MB  "
            f"recovery {1e3 * measure.recovery:.0f} ms"
        )

    with tempfile.TemporaryDirectory(prefix="chatsimples-ageing-") as place:
        live(LIVES[name], ages, Path(place) / "logs", told, window=WINDOW, twin=partial(twin_of, LIVES[name]))


def complaints(name: str, measures: list[Measure]) -> list[str]:
    """Say what has grown and should not have."""
    full = max((each.memory for each in measures if each.age < FULL_AT + WINDOW), default=0)
    found = []
    for each in measures:
        if dearer(each) > DEARER:
            found.append(f"{name}: at {each.age:,} records one costs {dearer(each):.2f} times a young chat's")
        if each.memory > LARGER * full:
            found.append(f"{name}: at {each.age:,} records memory is {each.memory / full:.2f} times as large")
    longest = max(each.turn_max for each in measures)
    if longest > LONG_TURN:
        found.append(f"{name}: a turn of the loop had the processor for {1e3 * longest:.0f} ms")
    return found


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - for who waits


if __name__ == "__main__":
    sys.exit(main())
