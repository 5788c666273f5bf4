"""All dialects by name."""

from __future__ import annotations

from chatsimples.dialects.base import NOTICE, Dialect, InputLimits, SecretSource
from chatsimples.dialects.irc_on_demand import IrcOnDemand
from chatsimples.dialects.jsonl import JsonDialect
from chatsimples.dialects.refused import HttpDialect, ProxyDialect, TlsDialect
from chatsimples.dialects.text import TextDialect
from chatsimples.dialects.websocket_on_demand import WebSocketOnDemand
from chatsimples.i18n import Translate
from chatsimples.irc.offer import EVERYTHING, Offer

DEFAULT_DIALECT = TextDialect.name
"""What a connection speaks as long as its first bytes have not told, and if they tell nothing else."""

COMMON_DIALECT = JsonDialect.name
"""In which a client is answered of which nothing is known yet: a program can read it, and so can a person."""


def every_dialect(
    limits: InputLimits,
    translate: Translate,
    new_session: SecretSource,
    notice: str = NOTICE,
    *,
    host: str = "localhost",
    log: str = "",
    version: str = "chatsimples",
    irc_playback: int = 0,
    irc_offer: Offer = EVERYTHING,
) -> dict[str, Dialect]:
    """Make one of each dialect.

    They are asked in this order whether they claim a connection's first bytes.

    Args:
        limits: what a line may hold.
        translate: gives the language in which people are told something.
        new_session: makes a secret for a client that brings none.
        notice: what whoever comes is told before anything else.
        host: the server's name, for dialects in which it has one.
        log: the id of its log, for those in which an id of a message holds it.
        version: the program's.
        irc_playback: how many of a room's last messages clients of IRC get that can't ask for them.
        irc_offer: which capabilities clients of IRC are offered.
    """
    dialects: list[Dialect] = [
        JsonDialect(limits, translate, new_session, notice),
        # Before HTTP, where any word in capitals can begin a request.
        IrcOnDemand(limits, translate, new_session, notice, host, log, version, irc_playback, irc_offer),
        ProxyDialect(translate),
        TlsDialect(translate),
        HttpDialect(translate),
        WebSocketOnDemand(limits, translate, new_session, notice),
        TextDialect(limits, translate, notice),
    ]
    return {dialect.name: dialect for dialect in dialects}
