"""What the operator of the server is told, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import nsmallest

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.errors import explain
from chatsimples.i18n import N_, Translate
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.oplog.events import log
from chatsimples.words.telling import is_telling, telling
from chatsimples.words.told import is_governing, told

MOST_LISTED = 1_000
"""Connections that are listed at most: while that is done, nobody is served."""


def who_is_there(state: State, outlets: Mapping[int, Outlet], translate: Translate) -> list[str]:
    """Tell who is there: a line for each connection that has a nick, but for no more than `MOST_LISTED`."""
    lines = []
    for connection in nsmallest(MOST_LISTED, state.connections.values(), key=lambda each: each.nick):
        outlet = outlets.get(connection.conn)
        if connection.nick and outlet is not None:
            rooms = ", ".join(sorted(room.name for room in connection.rooms.values()))
            waiting = f", {outlet.waiting} bytes waiting" if outlet.waiting else ""
            lines.append(
                f"{connection.nick:<20} {rooms:<24} {outlet.address:<20} "
                f"{connection.dialect:<5} conn {connection.conn}{waiting}"
            )
    more = len(state.connections) - MOST_LISTED
    if more > 0:
        lines.append(translate(N_("and {count} more")).format(count=more))
    return lines or [translate(N_("nobody is there"))]


def outcome(decided: Iterable[Record | effects.Effect], translate: Translate) -> list[str]:
    """Tell what became of the operator's commands: what was refused, and what was done."""
    lines = []
    for each in decided:
        if isinstance(each, effects.Reply) and each.conn == commands.OPERATOR:
            if isinstance(each.answer, effects.Error):
                lines.append(explain(each.answer.code, each.answer.detail, translate))
        elif isinstance(each, Record) and is_governing(each):
            lines.append(told(each, translate))
            log.info("the operator has governed", type=each.type, nick=each.nick, room=each.room)
        elif isinstance(each, Record) and is_telling(each):
            lines.append(telling(each, translate))
    return lines
