"""A long run: people come, go, stall and talk while processes are killed, segments roll and the clock jumps.

    scripts/soak.sh --minutes 60

For the first half the server's processes fail all the while. In the second half nothing is killed any more,
so that the same processes carry the same load for as long as possible: there, memory and open files must stay
what they were. At the end all that clients hold is compared with the transcript (`faults.checker`), and a
table tells what came of it. The exit code is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil
from faults.people import Crowd
from faults.processes import Failures
from faults.system import FailingSystem, UnavailableError
from support.server import Server

OPTIONS = ("--message-rate", "0", "--segment-size", "1000000", "--max-backlog", "65536")
HOUR = 3_600_000_000
MEBIBYTE = 1 << 20
GROWTH_ALLOWED = 8 * MEBIBYTE
FILES_ALLOWED = 8


class Sizes:
    """Memory and open files of a server's processes, as time goes by."""

    def __init__(self) -> None:
        self.memory: dict[str, list[int]] = defaultdict(list)
        self.files: dict[str, list[int]] = defaultdict(list)

    def look(self, server: Server) -> None:
        """Note what there is now; a process that is just being replaced is left out."""
        for process in server.processes():
            name = process.arguments.partition("chatsimples: ")[2].split(" ")[0]
            if name not in {"supervisor", "acceptor", "broadcaster"}:
                continue
            try:
                seen = psutil.Process(process.pid)
                self.memory[name].append(seen.memory_info().rss)
                self.files[name].append(seen.num_fds())
            except psutil.Error:
                continue

    def rows(self) -> list[str]:
        """Tell the beginning (after the first tenth), the end and the most of each."""
        rows = ["process         memory: begin    end     max   MiB    open files: begin  end  max"]
        for name in sorted(self.memory):
            memory = [size / MEBIBYTE for size in (*self._ends(self.memory[name]), max(self.memory[name]))]
            files = [*self._ends(self.files[name]), max(self.files[name])]
            rows.append(
                f"{name:<15} {memory[0]:>13.1f} {memory[1]:>6.1f} {memory[2]:>7.1f}"
                f" {files[0]:>24.0f} {files[1]:>4.0f} {files[2]:>4.0f}"
            )
        return rows

    def faults(self) -> list[str]:
        """Tell what is not flat."""
        found = []
        for name, sizes in self.memory.items():
            begin, end = self._ends(sizes)
            if end > begin + max(GROWTH_ALLOWED, begin / 10):
                found.append(f"the {name} has grown from {begin / MEBIBYTE:.1f} to {end / MEBIBYTE:.1f} MiB")
        for name, counts in self.files.items():
            begin, end = self._ends(counts)
            if end > begin + FILES_ALLOWED:
                found.append(f"the {name} had {begin:.0f} open files and has {end:.0f}")
        return found

    @staticmethod
    def _ends(values: list[int]) -> tuple[float, float]:
        part = max(1, len(values) // 5)
        warm = values[len(values) // 10 :]
        return statistics.median(warm[:part]), statistics.median(warm[-part:])


class Soak:
    """One run.

    Args:
        folder: for the transcript and all else.
        seconds: how long.
        seed: of everything.
        pause: mean seconds between two texts of a person.
    """

    def __init__(self, folder: Path, seconds: float, seed: int, pause: float = 0.2) -> None:
        self._chance = random.Random(seed)
        self._seconds = seconds
        self._system = FailingSystem(folder / "system")
        self._folder = folder
        self._servers: list[Server] = []
        self._jumps = 0
        how = {"environment": self._system.environment}
        server = self._start(*OPTIONS, logs=folder / "logs", **how)
        self._failures = Failures(server, self._start, self._chance, OPTIONS, **how)
        self._crowd = Crowd(server.port, self._chance.random(), pause=pause, slow=2, stalled=1, passing=4)
        self.failing, self.steady = Sizes(), Sizes()

    def _start(self, *options: str, **how: object) -> Server:
        folder = self._folder / f"server-{len(self._servers)}"
        self._servers.append(Server(folder, *options, **how))  # type: ignore[arg-type] # as Server's
        return self._servers[-1].start()

    def run(self) -> list[str]:
        """Run it, print the table, and return what was wrong."""
        began = time.monotonic()
        try:
            self._crowd.begin()
            self._go_on(began + self._seconds / 2, self.failing, kills=True)
            self._go_on(began + self._seconds, self.steady, kills=False)
            self._system.order(clock_ahead=0)
            last = self._crowd.finish()
            server = self._failures.server
            if (code := server.stop()) != 0:
                self._crowd.trouble.append(f"the server has ended with {code}")
            faults = self._crowd.judge(server.transcript, last)
            faults += [each.traceback for each in self._servers if each.traceback]
            faults += self.steady.faults()
            _print(self._table(server, time.monotonic() - began))
        finally:
            self._crowd.abandon()
            for each in self._servers:
                each.close()
        return faults

    def _go_on(self, until: float, sizes: Sizes, *, kills: bool) -> None:
        told_at = time.monotonic()
        while (now := time.monotonic()) < until and not self._crowd.trouble:
            if kills:
                self._failures.one()
            if self._chance.random() < 0.1:
                self._jumps += 1
                self._system.order(clock_ahead=self._chance.choice((-HOUR, 0, HOUR)))
            sizes.look(self._failures.server)
            if now - told_at > 60:
                told_at = now
                _print(
                    [f"{until - now:.0f} s to go, {self._crowd.acked} acked, {self._failures.kills} kills"]
                )
            time.sleep(min(self._chance.uniform(0.2, 2.0), max(0.0, until - now)))

    def _table(self, server: Server, seconds: float) -> list[str]:
        crowd, transcript = self._crowd, server.transcript
        sent = sum(len(person.account.sent) for person in crowd.people)
        visits = sum(len(passerby.visits) for passerby in crowd.passersby)
        refused = sum(len(person.account.refused) for person in crowd.people)
        figures = {
            "seconds": f"{seconds:.0f}",
            "jumps of the clock": f"{self._jumps}",
            "segments": f"{len(transcript.segments)}",
            "records": f"{transcript.last_seq}",
            "connections of those who resume": f"{crowd.connections}",
            "visits in plain text": f"{visits}",
            "texts sent, acked, refused": f"{sent}, {crowd.acked}, {refused}",
            "records delivered": f"{crowd.received}",
        }
        rows = [f"{name:<34} {value}" for name, value in figures.items()]
        rows += ["", "failure              times    serving again after: median  longest  seconds"]
        for kind, seconds_each in sorted(self._failures.seconds.items()):
            median, longest = statistics.median(seconds_each), max(seconds_each)
            rows.append(f"{kind:<18} {len(seconds_each):>7} {median:>29.2f} {longest:>8.2f}")
        for title, sizes in (("while processes fail", self.failing), ("while none fails", self.steady)):
            rows += ["", title, *sizes.rows()]
        return rows


def _print(rows: list[str]) -> None:
    sys.stdout.write("\n".join([*rows, ""]))
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run a soak as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--pause", type=float, default=0.2, help="mean seconds between two texts of a person")
    parser.add_argument("--folder", type=Path, help="keep the transcript here (default: it is removed)")
    options = parser.parse_args(arguments)
    _print([f"seed {options.seed}"])
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        try:
            faults = Soak(folder, options.minutes * 60, options.seed, options.pause).run()
        except UnavailableError as error:
            _print([str(error)])
            return 1
        except KeyboardInterrupt:
            return 130
    _print(["", "lost, doubled, reordered, torn: 0" if not faults else "WRONG", *faults])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
