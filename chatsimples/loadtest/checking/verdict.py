"""Whether a phase tells of the server, or of the generator that loaded it, or of something else."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.i18n import Translate
from chatsimples.loadtest.quantities import percent
from chatsimples.loadtest.results import Latency, ProcessUse

_BUSY = 90.0
_IDLE = 75.0
_LAG_MATTERS = 0.25
_LAG_ANYWAY_MS = 1.0
_OTHERS_MATTER = 15.0
_FULL = 95.0


def bottleneck(
    own: Sequence[ProcessUse],
    server: Sequence[ProcessUse],
    latency: Latency,
    lag_p99: float,
    *,
    open_loop: bool,
    translate: Translate,
) -> str:
    """Say why the generator was the bottleneck; nothing if it was not.

    Args:
        own: what the generator's processes used.
        server: what the server's used; none if that is not known.
        latency: of the deliveries.
        lag_p99: milliseconds by which all but one in a hundred messages were sent late.
        open_loop: whether messages had a time at which they were due.
        translate: into the language of the person.
    """
    _ = translate
    busiest = max(own, key=lambda each: each.cpu, default=ProcessUse("", 0.0, 0))
    busy_server = max((each.cpu for each in server), default=0.0)
    if busiest.cpu >= _BUSY and (open_loop or busy_server < _IDLE):
        text = (
            _("its process {name} used {cpu} of a core, the server's busiest {server}")
            if server
            else _("its process {name} used {cpu} of a core; what the server used is not known")
        )
        return text.format(name=busiest.name, cpu=percent(busiest.cpu), server=percent(busy_server))
    if open_loop and lag_p99 > max(_LAG_ANYWAY_MS, _LAG_MATTERS * latency.p99):
        return _(
            "it sent messages late: 1 in 100 by more than {lag:.1f} ms (p99 of all: {p99:.1f} ms)"
        ).format(lag=lag_p99, p99=latency.p99)
    return ""


def disturbance(*, total: float, own: float, server: float, cores: int, translate: Translate) -> str:
    """Say what else the figures tell of, besides the server and the load; nothing if there is nothing.

    Args:
        total: what the whole machine used, in percent of one core, like the others.
        own: what the load test used, with all its processes.
        server: what the server used, with all its processes.
        cores: of the machine.
        translate: into the language of the person.
    """
    _ = translate
    others = total - own - server
    if others > _OTHERS_MATTER:
        return _("other programs used {cpu} of a core meanwhile").format(cpu=percent(others))
    if total > _FULL * cores:
        return _("server and load test together used all cores, so each was slowed by the other")
    return ""
