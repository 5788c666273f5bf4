"""From settings to a plan: which servers, what shape of load, how fast; and what is wrong with them."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate
from chatsimples.loadtest.run.shape import Load, Shape
from chatsimples.loadtest.run.workload import Workload, read_workload
from chatsimples.loadtest.targets.peers import NAMES
from chatsimples.loadtest.wire.protocols import PROTOCOLS
from chatsimples.loadtest.wire.secure_socket import Trust
from chatsimples.net.addresses import Address, read_server
from chatsimples.net.trust import Tls

OWN = "chatsimples"
MAX_RATE = "max"

_HIGHEST_RATE = 2_000_000
_SPARE = 16
_LONGEST_TEXT = 65_000
"""What fits into a line of our server, in either dialect."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done.

    Attributes:
        targets: the servers, the one under test first.
        load: how fast; of a ramp, the first step.
        workload: where the rhythm comes from, if it is not steady.
        running: our server, if it runs already; None if the test starts it.
        tls: it is spoken to by TLS.
    """

    settings: LoadTestSettings
    targets: list[str]
    load: Load
    workload: Workload | None = None
    running: Address | None = None
    tls: bool = False

    @property
    def trust(self) -> Trust | None:
        """Whom connections to a server that runs already trust; None without TLS."""
        if self.running is None or not self.running.by_tls:
            return None
        return Trust(self.running.host, self.settings.ca, self.settings.fingerprint)

    @property
    def connections(self) -> int:
        """How many connections there are at most."""
        settings = self.settings
        return (
            settings.clients
            + max(settings.senders, self.rooms)
            + settings.slow
            + 2 * int(settings.churn)
            + _SPARE
        )

    @property
    def longest_text(self) -> int:
        """Bytes of the longest text that is sent."""
        if self.workload is not None:
            return max([message.size for message in self.workload.messages])
        return self.settings.size

    @property
    def rooms(self) -> int:
        """How many rooms there are."""
        return self.workload.rooms if self.workload is not None else self.settings.rooms

    def shape(self, target: str) -> Shape:
        """Give the shape of the load for one of the servers."""
        settings = self.settings
        foreign = target == OWN and self.running is not None
        return Shape(
            protocol=settings.dialect if target == OWN else target,
            clients=settings.clients,
            senders=max(settings.senders, self.rooms),
            rooms=self.rooms,
            size=settings.size,
            slow=settings.slow,
            slow_bytes=settings.slow_bytes,
            churn=settings.churn,
            processes=settings.processes,
            workload=self.workload.messages if self.workload is not None else [],
            tag=f"-{secrets.token_hex(2)}" if foreign else "",
            marks_tag=secrets.randbelow(1_000_000_000),
        )


def make_plan(settings: LoadTestSettings, translate: Translate) -> Plan:
    """Make a plan of settings.

    Raises:
        SettingError: they do not go together, or one can't be.
        ChatSimplesError: the workload can't be read.
    """
    _ = translate
    targets = [OWN, *_others(settings.against, translate)]
    rate = _rate(settings.rate, translate)
    running = _running(settings, translate)
    if settings.age and running is not None:
        raise SettingError(_("--age is for a server that the test starts: leave out --port"))
    tls = settings.tls if running is None else running.by_tls
    if tls and targets != [OWN]:
        raise SettingError(_("the other servers are loaded without TLS: leave out --against, or TLS"))
    if settings.ramp and settings.workload:
        raise SettingError(_("--ramp has its own rhythm; leave out --workload"))
    longest = min(
        (PROTOCOLS[name].longest_text or settings.size for name in targets[1:]), default=settings.size
    )
    if settings.size > longest:
        raise SettingError(
            _("IRC has no room for texts over {most} bytes: lower --size").format(most=longest)
        )
    workload = None
    if settings.workload:
        short = [PROTOCOLS[name].longest_text for name in targets[1:] if PROTOCOLS[name].longest_text]
        longest = min(short, default=_LONGEST_TEXT)
        workload = read_workload(Path(settings.workload), settings.speed, longest, translate)
    plan = Plan(
        settings=settings,
        targets=targets,
        load=Load(
            rate=workload.rate if workload is not None else rate,
            window=settings.window,
            seconds=workload.seconds if workload is not None else settings.seconds,
        ),
        workload=workload,
        running=running,
        tls=tls,
    )
    if workload is None and 0 < rate * settings.seconds < 1:
        raise SettingError(_("not one message is due in that time: raise --rate or --seconds"))
    if plan.rooms > settings.clients:
        raise SettingError(
            _("there are more rooms than readers: raise --clients to {rooms} at least").format(
                rooms=plan.rooms
            )
        )
    if plan.rooms > 1 and "course" in targets:
        raise SettingError(_("the course's server has one room only: leave it out, or set --rooms 1"))
    return plan


def _running(settings: LoadTestSettings, translate: Translate) -> Address | None:
    """Return where our server is, if it runs already, and see to it that it can be trusted as is asked."""
    _ = translate
    named = bool(settings.ca or settings.fingerprint)
    by_tls = settings.tls or named
    if settings.server:
        if settings.host or settings.port:
            raise SettingError(_("--server tells all of it: leave out --host and --port"))
        found = read_server(settings.server, translate, by_tls=by_tls)
    elif settings.port:
        found = Address(settings.host or "127.0.0.1", settings.port, by_tls=by_tls)
    elif settings.host:
        raise SettingError(_("--host needs --port: which port does the server listen on?"))
    elif named:
        raise SettingError(_("--ca and --fingerprint are for a server that runs already: name its --port"))
    else:
        return None
    if found.by_tls:
        Tls(settings.ca, settings.fingerprint, translate=translate)
    return found


def _others(text: str, translate: Translate) -> list[str]:
    _ = translate
    known = [name for name in NAMES if name != OWN]
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise SettingError(
                _("--against: {name} is none of {known}").format(name=repr(name[:40]), known=", ".join(known))
            )
    return list(dict.fromkeys(names))


def _rate(text: str, translate: Translate) -> float:
    if text == MAX_RATE:
        return 0.0
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _HIGHEST_RATE:
        raise SettingError(
            translate(
                N_("--rate: {value} is neither a number of messages a second, up to {most}, nor max")
            ).format(value=repr(text[:40]), most=_HIGHEST_RATE)
        )
    return rate
