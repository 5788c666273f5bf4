"""What tests of whole servers share."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.clients import Clients
from support.effort import examples
from support.paths import ROOT
from support.server import Server, running_server

SEED_VARIABLE = "CHATSIMPLES_TEST_SEED"

# How long an example takes tells of the machine, and of what else it does: no verdict is made of it.
# How many examples are tried is a matter of patience: CHATSIMPLES_TEST_EXAMPLES sets it.
settings.register_profile(
    "chatsimples",
    deadline=None,
    max_examples=examples(),
    # Neither how slow this machine is nor how many names chance made that nobody can have is a verdict.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("chatsimples")

# Hundreds of programs are started. Where Python may not keep what it has compiled beside the sources, each
# would compile them all again: here it is kept in a folder of the tests' own.
if sys.dont_write_bytecode and not sys.pycache_prefix:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give the server that a module's tests share, run with the module's ``SERVER_OPTIONS``.

    When the module is done it must stop cleanly and leave a sound transcript.
    """
    options = getattr(request.module, "SERVER_OPTIONS", ())
    with running_server(tmp_path_factory.mktemp("server"), *options) as running:
        yield running


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Give a maker of servers of the test's own; see `Server` for what it takes. They are not started yet."""
    made: list[Server] = []

    def make(*options: str, **how: object) -> Server:
        made.append(Server(tmp_path / f"server-{len(made)}", *options, **how))  # type: ignore[arg-type] # as Server's
        return made[-1]

    yield make
    for each in made:
        if hasattr(each, "process"):
            each.close()
    for each in made:
        if hasattr(each, "process"):
            assert not each.traceback, each.traceback


@pytest.fixture
def start_server(make_server: Callable[..., Server]) -> Callable[..., Server]:
    """Give a starter of servers of the test's own, which returns when they listen."""
    return lambda *options, **how: make_server(*options, **how).start()


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Give an opener of clients; at the end they are closed, and no room may have anybody in it."""
    opener = Clients()
    yield opener
    opener.close()


@pytest.fixture
def chance(record_property: Callable[[str, object], None]) -> random.Random:
    """Give a source of chance; its seed is printed, and ``CHATSIMPLES_TEST_SEED`` sets it."""
    seed = int(os.environ.get(SEED_VARIABLE, random.SystemRandom().randrange(1 << 32)))
    record_property(SEED_VARIABLE, seed)
    return random.Random(seed)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run all tests in several processes, one more than there are processors, as many wait for a server.

    What is named on the command line runs in this process: it starts sooner, and shows what it prints.
    """
    return (os.cpu_count() or 1) + 1 if config.args_source is config.ArgsSource.TESTPATHS else 0


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by what they are for: chance may make them, and all processes must name a test alike."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector pass over the tests: they are thousands, and all stay to the end."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.enable()
    return result


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let whole programs be run first: then all processes have work to the end, as what is left is short."""
    programs = {"ageing", "browser", "endtoend", "faults", "loadtest"}
    items.sort(key=lambda item: item.path.relative_to(ROOT / "tests").parts[0] not in programs)


def pytest_configure() -> None:
    """Let a SIGTERM end the run as Ctrl-C does: with everything that was started cleaned up.

    A shell starts what it runs in the background deaf to Ctrl-C, and what that starts would be so too.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have noted with ``record_property``: seeds, and how long things took."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call" and report.user_properties:
                noted = ", ".join(f"{name}={value}" for name, value in report.user_properties)
                terminalreporter.write_line(f"{report.nodeid}: {noted}")
