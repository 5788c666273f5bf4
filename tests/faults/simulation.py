"""The whole path in one thread: workers, Queue, broadcaster, transcript and readers, on a seeded scheduler.

What runs is the product: `Worker.turn`, and the broadcaster's `run` from recovery to the end. What stands in
for the system is in memory (`simulated_disk`, `simulated_sockets`), and so is time. Wherever the broadcaster
waits, the `World` goes on by some steps: clients speak and read, bytes arrive in pieces, workers take their
turns, time passes or the wall clock jumps, the disk fills up; and at any call the process may die. The same
seed makes the same world, to the last byte.

Whether all that was promised was kept is judged afterwards, by `simulated_judge`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec
from faults import simulated_disk
from faults.simulated_clients import (
    BrowserClient,
    Client,
    JsonClient,
    NoiseClient,
    TextClient,
    UnframedClient,
)
from faults.simulated_disk import Disk, Killed
from faults.simulated_sockets import Bell, HandOver, Orders, Queue, Selector, ServerEnd, Wire

from chatsimples.chat import commands
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.base import InputLimits
from chatsimples.dialects.every import every_dialect
from chatsimples.net.peers import Peer
from chatsimples.server.broadcaster import (
    admission,
    answers,
    catch_up,
    checkpointing,
    fanout,
    journal,
    loop,
    program,
    source,
    turns,
)
from chatsimples.server.channels import END_OF_COMMANDS, Failed, Govern, ListMembers, Ready, Stop, Told
from chatsimples.server.tasks import BroadcasterTask
from chatsimples.server.worker import thread as worker
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.requests import Requests

BEGAN = 1_795_359_600_000_000_000
KINDS: tuple[type[Client], ...] = (
    JsonClient,
    JsonClient,
    JsonClient,
    BrowserClient,
    BrowserClient,
    TextClient,
    UnframedClient,
    NoiseClient,
)

_QUEUE_HOLDS = 8
_QUIET_ROUNDS = 6
_MOST_ROUNDS = 300


def _no_web(_sock: Any, _peer: Peer, _data: bytes) -> bool:
    raise OSError("nobody serves pages here")


class Notes:
    """The operational log: what is warned of counts."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def info(self, event: str, **fields: object) -> None:
        """Tell what nobody here needs to know."""

    def warning(self, event: str, **fields: object) -> None:
        self.warnings.append(event)

    error = critical = exception = warning


class World:
    """See the module.

    Args:
        seed: of all chance in it.
        lives: how often the server is started; all but the last life may end in a kill.
        busy: steps in each life before everything settles.

    Attributes:
        clients: all that there are.
        life: how often the server has begun to accept; ``ready_at`` tells at which seq each time.
    """

    def __init__(self, seed: int, *, lives: int = 0, busy: int = 700) -> None:
        self.chance = chance = random.Random(seed)
        self.disk = Disk(chance)
        self.disk.dies = self._dies_writing
        self.folder = self.disk.path("/logs")
        self.settings = ServerSettings(
            logs="/logs",
            lang="en",
            durability=chance.choice(("os", "os", "disk")),
            message_rate=chance.choice((0, 0, 50)),
            message_burst=chance.choice((5, 20)),
            flood_timeout=0,
            max_backlog=chance.choice((0, 300, 3_000, 1 << 20)),
            quiet_room=chance.choice((0, 0, 2, 4)),
            segment_size=chance.choice((1_500, 6_000, 1 << 20)),
            registration_timeout=0,
            ping_interval=chance.choice((0, 5)),
            ping_timeout=5,
        )
        self.disk.short_writes = chance.choice((0, 0.2))
        self.notes = Notes()
        self.now = 1_000.0
        self.wall = 0
        self.clients: list[Client] = []
        self.life = 0
        self.ready_at: dict[int, int] = {}
        self._lives = lives or chance.choice((1, 2, 3))
        self._busy = busy
        self._fuse = 0
        self._dies_only_writing = False
        self._steps = 0
        self._wires: list[Wire] = []
        self._read_ends: list[ServerEnd] = []
        self._next_conn = 0
        self._accepting = False
        self._stir = 0
        self._rounds = 0
        self._stopping = False

    def run(self) -> None:
        """Let the world go by, to a clean stop and the end of all reading."""
        with standing_in(self):
            for life in range(self._lives):
                self._live(last=life == self._lives - 1)
        for client in self.clients:
            client.read(1 << 30)

    # What clients ask of it.

    def connect(self) -> tuple[int, Wire] | None:
        """Open a connection, if somebody accepts."""
        if not self._accepting:
            return None
        conn, self._next_conn = self._next_conn, self._next_conn + 1
        wire = Wire(self.chance, self.chance.choice((64, 500, 8_192)), self._risk)
        self._wires.append(wire)
        # As the acceptor does it: the broadcaster's handle first.
        self._hand_over.given.append((conn, ServerEnd(wire)))
        read_end = ServerEnd(wire)
        self._read_ends.append(read_end)
        which = self._workers[conn % len(self._workers)]
        which.give(conn, read_end, Peer(f"::{conn}", f"::{conn}", is_local=False))  # type: ignore[arg-type] # a stand-in
        return conn, wire

    def make_fanout(self, *arguments: Any, **options: Any) -> fanout.Fanout:
        """Make the broadcaster's fan-out, and look at it from then on."""
        self._fanout = fanout.Fanout(*arguments, **options)
        return self._fanout

    def stir(self) -> None:
        """Note that something has happened."""
        self._stir = self._rounds

    # A server's life.

    def _live(self, *, last: bool) -> None:
        self.queue = Queue(self.chance)
        self._hand_over = HandOver()
        self._orders = Orders(self._hear)
        self._read_ends.clear()
        self._workers = [self._worker(number) for number in (1, 2)]
        self._stopping = False
        self._steps = self._rounds = self._stir = 0
        clean = last or self.chance.random() < 0.2
        # A kill may come at any time; half of them come while something is written.
        self._dies_only_writing = self.chance.random() < 0.5
        self._fuse = 0 if clean else self.chance.randint(1, 60 if self._dies_only_writing else 4 * self._busy)
        heart = SimpleNamespace(beat=lambda: None)
        verify_all = self.chance.random() < 0.5
        task = BroadcasterTask(
            self.settings, self.queue, self._hand_over, self._orders, heart, verify_all  # type: ignore[arg-type] # stand-ins
        )  # fmt: skip
        try:
            program.run(task)
        except Killed:
            self._bury()
        else:
            self._close_workers()
        self._accepting = False
        self.disk.end_of_process()
        self.disk.room = 1 << 40

    def _worker(self, number: int) -> worker.Worker:
        settings = self.settings
        limits = InputLimits(2_000, 1_000, settings.max_name)
        dialects = every_dialect(
            limits, str, lambda: f"made-here-{self.chance.random()}"[:30].replace(".", "")
        )
        pace = Pace(
            settings.message_rate, settings.message_burst, 0, 0, settings.ping_interval, settings.ping_timeout
        )
        return worker.Worker(
            f"worker-{number}",
            dialects,
            Ledger(pace),
            self.queue.put,
            lambda _: None,
            requests=Requests("", clock=self.monotonic),
            pass_on=_no_web,
            clock=self.monotonic,
            hung_up=lambda _: False,
        )

    def _hear(self, message: bytes) -> None:
        news = msgspec.msgpack.decode(message, type=Ready | Failed | Told)
        assert not isinstance(news, Failed), news.text
        if isinstance(news, Ready):
            self._next_conn = news.last_conn + 1
            self._accepting = True
            self.life += 1
            self.ready_at[self.life] = news.seq

    def _bury(self) -> None:
        """Do what a kill of both children does to everybody else."""
        if self.settings.durability == "disk" and self.chance.random() < 0.7:
            self.disk.lose_power()
        for wire in self._wires:
            wire.flying.clear()
            # What was sent and not read may still arrive, or be lost with a reset.
            if self.chance.random() < 0.5:
                del wire.window[self.chance.randint(0, len(wire.window)) :]
            wire.finished = wire.shut = True
        for client in self.clients:
            client.cut()

    def _close_workers(self) -> None:
        for end in self._read_ends:
            end.close()

    def _dies_writing(self) -> bool:
        self._fuse -= 1
        return not self._fuse

    def _risk(self) -> None:
        if not self._dies_only_writing:
            self._fuse -= 1
            if not self._fuse:
                raise Killed

    # How the world goes on while the broadcaster waits.

    def wait(self, timeout: float, ready: bool) -> None:
        """Go on for a while; called whenever the broadcaster waits."""
        for outlet in self._fanout.outlets.values() if not self._fanout.delivering else ():
            # What waits in memory is bounded: beyond, the transcript serves. Within a round that has
            # perhaps not been looked at yet.
            assert outlet.waiting <= self.settings.max_backlog or outlet.cursor is not None
        if self._stopping or self._steps >= self._busy:
            self._settle()
        else:
            for _ in range(self.chance.choice((0, 1, 2, 4, 8))):
                self._risk()
                self._step()
        if timeout and not ready:
            self.now += min(timeout, self.chance.choice((0.001, 0.01, 0.1)))

    def monotonic(self) -> float:
        """Tell the time; even asking for it takes some."""
        self.now += self.chance.random() * 0.001
        return self.now

    def time_ns(self) -> int:
        """Tell the wall clock's time."""
        return BEGAN + self.wall + int(self.now * 1e9)

    def _step(self) -> None:
        self._steps += 1
        chance = self.chance
        what = chance.random()
        if what < 0.25:
            self._somebody().act()
        elif what < 0.50:
            self._somebody().let_arrive()
        elif what < 0.75:
            self._turn(chance.choice(self._workers))
        elif what < 0.95:
            self._somebody().read_some()
        elif what < 0.97:
            self._let_pass(chance.choice((0.01, 0.06, 0.6, 2.0)))
        else:
            self._happen()

    def _let_pass(self, seconds: float) -> None:
        self.now += seconds
        for client in self.clients:
            if client.patience == "quick":
                client.read_some()

    def _happen(self) -> None:
        """Let something rare happen."""
        match self.chance.choice(("clock", "full", "room", "room", "kick", "list")):
            case "clock":
                self.wall += self.chance.choice((-1, 1)) * 3_600_000_000_000
            case "full":
                self.disk.room = self.chance.choice((0, 10, 500))
            case "room":
                self.disk.room = 1 << 40
            case "kick":
                kick = commands.Kick(commands.OPERATOR, self._somebody().nick)
                self._orders.give(Govern(commands.pack([kick])))
            case "list":
                self._orders.give(ListMembers())

    def _somebody(self) -> Client:
        if not self.clients or (len(self.clients) < 9 and self.chance.random() < 0.1):
            number = len(self.clients) + 1
            self.clients.append(self.chance.choice(KINDS)(self, self.chance, number))
        return self.chance.choice(self.clients)

    def _turn(self, which: worker.Worker) -> None:
        # A full Queue stops a worker; here, before its turn.
        if len(self.queue.items) < _QUEUE_HOLDS:
            before = len(self.queue.items)
            which.turn(0)
            if len(self.queue.items) != before:
                self.stir()

    # How everything comes to rest, and to its end.

    def _settle(self) -> None:
        """Let all that was said arrive, and everybody read, until nothing moves any more; then stop."""
        self._rounds += 1
        assert self._rounds < _MOST_ROUNDS, "it does not come to rest"
        self.disk.room = 1 << 40
        for client in self.clients:
            client.settle()
        if not self._stopping:
            for each in self._workers:
                self._turn(each)
            if self.queue.items:
                self.stir()
            if self._rounds - self._stir > _QUIET_ROUNDS:
                self._stop()
        if self._stir != self._rounds:
            self.now += 0.2

    def _stop(self) -> None:
        if self._fuse > 0:
            # It was to die, and did not meet its time: then here.
            raise Killed
        self._stopping = True
        self._accepting = False
        self._orders.give(Stop())
        for each in self._workers:
            each.turn(0)
        self.queue.put(END_OF_COMMANDS)
        self._close_workers()


@contextmanager
def standing_in(world: World) -> Iterator[None]:
    """Put the world in the place of the system, for the modules of the server and of the transcript."""
    clock = SimpleNamespace(monotonic=world.monotonic, time_ns=world.time_ns)
    places: dict[Any, dict[str, Any]] = {
        worker: _in_place_of_a_workers_system(world.chance),
        admission: {
            "socket": SimpleNamespace(socket=lambda fileno: fileno),
            "HandOver": SimpleNamespace(take=HandOver.take),
        },
        answers: {"log": world.notes},
        catch_up: {"time": clock, "log": world.notes},
        fanout: {"time": clock, "SENDS_AT_ONCE": world.chance.choice((1, 64))},
        # A world is small, and is to have checkpoints in the middle of its segments.
        checkpointing: {"RECORDS": 50, "log": world.notes},
        journal: {"time": clock, "log": world.notes},
        loop: {"time": clock, "log": world.notes},
        program: {
            "quick_selector": lambda: Selector(world.chance, world.wait),
            "Fanout": world.make_fanout,
            "Turns": lambda: turns.Turns(world.monotonic),
            "Path": world.disk.path,
            "os": SimpleNamespace(urandom=world.chance.randbytes),
            "time": clock,
            "log": world.notes,
            "oplog": SimpleNamespace(configure=lambda *_: None),
            "be_a_child": lambda _: None,
        },
        turns: {"log": world.notes},
        source: {
            "ItemReader": lambda queue: queue,
            "select": SimpleNamespace(poll=lambda: world.queue, POLLIN=1),
        },
    }
    with ExitStack() as stack:
        stack.enter_context(simulated_disk.standing_in(world.disk))
        for module, names in places.items():
            stack.enter_context(patch.multiple(module, **names))
        yield


def _in_place_of_a_workers_system(chance: random.Random) -> dict[str, Any]:
    """Return what stands in for the modules of the system that `chatsimples.server.worker.thread` uses."""

    def bells() -> tuple[Bell, Bell]:
        bell = Bell()
        return bell, bell

    return {
        "quick_selector": lambda: Selector(chance),
        "socket": SimpleNamespace(socketpair=bells),
    }
