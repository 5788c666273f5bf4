"""What a load test found: the structures that the table, the JSON file and the HTML page are made from.

Times are in seconds where the name says so, latencies in milliseconds, rates per second, sizes in bytes.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

VERSION = 1


class Latency(msgspec.Struct, frozen=True):
    """How long deliveries took, in milliseconds, from when their messages were due.

    In a closed loop a message is due when it is sent.

    Attributes:
        count: deliveries that were timed.
        curve: percentile and milliseconds, from 0 to 100, for a plot.
    """

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    max: float = 0.0
    curve: list[tuple[float, float]] = []


class Moment(msgspec.Struct, frozen=True):
    """A stretch of a phase, about a second.

    Attributes:
        at: seconds from the phase's beginning to this moment's end.
        sent: messages a second that were sent in it.
        delivered: deliveries a second.
        p50, p99, max: latencies of what was delivered in it.
    """

    at: float
    sent: float
    delivered: float
    p50: float
    p99: float
    max: float


class ProcessUse(msgspec.Struct, frozen=True):
    """What a process used in a phase: ``cpu`` in percent of one core, ``rss`` in bytes at its highest."""

    name: str
    cpu: float
    rss: int


class Generator(msgspec.Struct, frozen=True):
    """How the load generator itself fared.

    Attributes:
        processes: its own.
        lag_p99, lag_max: milliseconds by which messages were sent later than due; open loop only.
        bottleneck: why the figures tell of the generator and not of the server; empty if they do not.
        disturbed: what else the figures tell of: other programs, or a machine without a free core.
    """

    processes: list[ProcessUse]
    lag_p99: float = 0.0
    lag_max: float = 0.0
    bottleneck: str = ""
    disturbed: str = ""


class Phase(msgspec.Struct, frozen=True):
    """One stretch of load and what was measured.

    Attributes:
        offered: messages a second asked for; 0: as many as a closed loop takes.
        seconds: from the first message to the last delivery.
        achieved: messages a second that were sent and delivered to all.
        deliveries: a second, to all readers together.
        bytes: a second, received by all readers together.
        writes: the server's socket writes per message, as TCP segments with data that reached the readers;
            0 where the system does not count them.
        connections: the readers that the figures are of; slow ones are not among them.
    """

    offered: float
    seconds: float
    sent: int
    achieved: float
    deliveries: float
    bytes: float
    writes: float
    connections: int
    latency: Latency
    moments: list[Moment]
    server: list[ProcessUse]
    generator: Generator

    @property
    def server_rss(self) -> int:
        """Bytes of all server processes together."""
        return sum(each.rss for each in self.server)

    @property
    def server_cpu(self) -> float:
        """Percent of one core, all server processes together."""
        return sum(each.cpu for each in self.server)


class Checks(msgspec.Struct):
    """Whether everybody received everything once and in order: counted in deliveries, part by part.

    Attributes:
        expected: what had to be delivered.
        exact: what was, each once and in order.
        lost, duplicated, reordered: what was not so.
        damaged: pieces of a stream that are none of the messages sent.
        ended: connections that the server ended, or that failed, before their time.
        first: a word on the first of these faults.
        slow_behind: messages that slow readers had not read when the test ended; no fault.
        reconnected: how often readers left and came back during the load.
    """

    expected: int = 0
    exact: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    damaged: int = 0
    ended: int = 0
    first: str = ""
    slow_behind: int = 0
    reconnected: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not (self.lost or self.duplicated or self.reordered or self.damaged or self.ended)

    def add(self, other: Checks) -> None:
        """Add what was found of other readers; the first fault stays the first."""
        for name in self.__struct_fields__:
            if name != "first":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.first = self.first or other.first


class Connecting(msgspec.Struct, frozen=True):
    """How the readers came: from the first connect until all were in their rooms.

    Attributes:
        connections: how many.
        seconds: until all were in.
        p50, max: milliseconds that one took.
    """

    connections: int
    seconds: float
    p50: float
    max: float


class Step(msgspec.Struct, frozen=True):
    """A step of a ramp: a rate that was offered, and whether the server held it.

    Attributes:
        generator: it was not held because the generator was the bottleneck.
    """

    offered: float
    achieved: float
    p50: float
    p99: float
    held: bool
    generator: bool = False


class Ramp(msgspec.Struct, frozen=True):
    """Where a server's knee is.

    Attributes:
        bound: milliseconds that p99 had to stay within.
        steps: in the order in which they were tried.
        knee: the highest rate, in messages a second, that was held; 0 if none was.
        reached: whether a rate was found that the server did not hold.
        generator: the ramp ended because of the generator, so the knee may be anywhere above.
    """

    bound: float
    steps: list[Step]
    knee: float
    reached: bool
    generator: bool = False

    @property
    def generator_limit(self) -> float:
        """The rate, in messages a second, that the generator could not offer as it should; 0 if none."""
        return next((step.offered for step in self.steps if step.generator), 0.0)


class Turns(msgspec.Struct, frozen=True):
    """How long the turns of our own server's loop took, from its start to its end, in milliseconds.

    Attributes:
        count: of all turns.
        long: of those that took more than 20 ms, which none should.
    """

    count: int
    p50: float
    p99: float
    max: float
    long: int


class Run(msgspec.Struct, frozen=True):
    """One run against one server.

    Attributes:
        target: which server: chatsimples, redis, nats, course, inspircd, ngircd.
        version: what it says of itself.
        round: from 1; targets alternate within a round.
        phases: one, or one per step of a ramp.
        turns: what the server has told of its loop, if it is our own and was started for the test.
    """

    target: str
    version: str
    round: int
    connecting: Connecting
    phases: list[Phase]
    checks: Checks
    ramp: Ramp | None = None
    turns: Turns | None = None

    @property
    def phase(self) -> Phase:
        """The phase that tells most: of a ramp the last that was held, else the only one."""
        if self.ramp is not None:
            held = [phase for phase, step in zip(self.phases, self.ramp.steps, strict=True) if step.held]
            if held:
                return max(held, key=lambda each: each.offered)
        return self.phases[-1]


class Report(msgspec.Struct, frozen=True):
    """A whole load test.

    Attributes:
        at: when it began, RFC 3339.
        machine: what it ran on: system, processor, cores, memory, python.
        settings: as they were given, by name.
        runs: in the order in which they ran.
    """

    at: str
    machine: dict[str, str]
    settings: dict[str, str | int | float | bool]
    runs: list[Run]
    version: int = VERSION

    @property
    def targets(self) -> list[str]:
        """The servers, ours or the one under test first."""
        return list(dict.fromkeys(run.target for run in self.runs))

    def of(self, target: str) -> list[Run]:
        """Give the runs against one server."""
        return [run for run in self.runs if run.target == target]

    @property
    def ok(self) -> bool:
        """Whether every reader of the server under test got everything once and in order."""
        return all(run.checks.ok for run in self.of(self.targets[0]))


def save(report: Report, path: Path) -> None:
    """Write a report as JSON.

    Raises:
        OSError: the file can't be written.
    """
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def load(path: Path) -> Report:
    """Read a report that `save` wrote.

    Raises:
        OSError: the file can't be read.
        msgspec.MsgspecError: it is no report.
    """
    return msgspec.json.decode(path.read_bytes(), type=Report)
