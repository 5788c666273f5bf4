"""Sorting what a batch has decided by who gets it, and noting what changes for each outlet on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from chatsimples.chat import effects
from chatsimples.chat.audience import SAID, is_for_everybody, is_of_server, moderates
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, signal_line
from chatsimples.dialects.base import Dialect
from chatsimples.server.broadcaster.catch_up import CatchUp
from chatsimples.server.broadcaster.outgoing import Outgoing
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.read_markers import ReadMarkers
from chatsimples.server.broadcaster.subscriptions import Subscriptions


class Sorter:
    """Sorts batches.

    Args:
        outlets: all there are, by connection.
        subscriptions: who hears which room.
        dialects: by name.
        catch_up: gives the cursors of those who resume.
        measure: tells how the server does.
    """

    def __init__(
        self,
        outlets: Mapping[int, Outlet],
        subscriptions: Subscriptions,
        dialects: Mapping[str, Dialect],
        catch_up: CatchUp,
        measure: Callable[[effects.Measure], effects.Status],
    ) -> None:
        self._outlets = outlets
        self._subscriptions = subscriptions
        self._dialects = dialects
        self._observers = [dialect for dialect in dialects.values() if dialect.observes]
        self._catch_up = catch_up
        self._moderators: set[int] = set()
        self._measure = measure
        self._markers = ReadMarkers()

    def sort(self, decided: Iterable[Record | effects.Effect], lines: Iterator[bytes], seq: int) -> Outgoing:
        """Sort what was decided.

        Args:
            decided: records and effects, in order.
            lines: those of the records.
            seq: of the last record that is in the transcript with them.
        """
        outgoing = Outgoing(seq)
        coming = iter(decided)
        for each in coming:
            if isinstance(each, Record):
                if each.type in SAID and each.room:
                    self._message(outgoing, each, next(lines))
                else:
                    self._record(outgoing, each, next(lines))
            elif isinstance(each, effects.Asked):
                self._request(outgoing, each, coming, lines)
            else:
                outlet = self._outlets.get(each.conn)
                if outlet is not None:
                    self._effect(outgoing, each, outlet)
        self._subscriptions.settle()
        return outgoing

    def _message(self, outgoing: Outgoing, record: Record, line: bytes) -> None:
        outlet = self._outlets.get(record.conn)
        but_not = 0 if outlet is None or outlet.echoes else record.conn
        outgoing.add_to_room(record, line, name_key(record.room), but_not)
        outgoing.authors.add(record.conn)

    def _request(
        self,
        outgoing: Outgoing,
        asked: effects.Asked,
        coming: Iterator[Record | effects.Effect],
        lines: Iterator[bytes],
    ) -> None:
        """Sort what a request has brought, up to its end: what whoever asks hears of it is one answer."""
        asker = self._outlets.get(asked.conn)
        parts: list[Record | effects.Answer] = []
        records = 0
        for each in coming:
            if isinstance(each, effects.Answered):
                break
            if isinstance(each, Record):
                if each.type in SAID and each.room:
                    self._message(outgoing, each, next(lines))
                else:
                    self._record(outgoing, each, next(lines))
                # One that catches up finds it in the transcript.
                if asker is not None and asker.cursor is None and asker.hears(each):
                    outgoing.withdraw(asker.conn)
                    parts.append(each)
                    records += 1
                continue
            outlet = self._outlets.get(each.conn)
            if isinstance(each, effects.Reply) and outlet is asker:
                parts.append(each.answer)
            elif isinstance(each, effects.MarkRead):
                parts.append(self._mark(outgoing, each))
            elif isinstance(each, effects.Signal) and outlet is asker:
                self._signal(outgoing, each.record, but_not=each.conn)
                if asker is not None and asker.echoes:
                    parts.append(each.record)
            elif outlet is not None:
                self._effect(outgoing, each, outlet)
        if asker is not None:
            outgoing.add_reply(asker.conn, asker.dialect.respond(asked.mark, asker.nick, parts), records)

    def _record(self, outgoing: Outgoing, record: Record, line: bytes) -> None:
        key = name_key(record.room) if record.room else ""
        for dialect in self._observers:
            dialect.observe(record)
        outlet = self._outlets.get(record.conn)
        if outlet is not None:
            match record.type:
                case "hello":
                    outlet.nick = record.nick
                    outlet.arrive(record.identity, record.seq)
                    self._note_role(outlet, record)
                case "login" | "role":
                    self._note_role(outlet, record)
                case "nick":
                    outlet.nick = record.new
                case "bye":
                    outlet.depart(record.seq)
                    self._moderators.discard(record.conn)
                case "join":
                    self._subscriptions.enter(outlet, key, record.seq)
                    outgoing.note_mover(record.conn)
                case "leave":
                    self._subscriptions.leave(outlet, key, record.seq)
                    outgoing.note_mover(record.conn)
        knows = outlet is not None and outlet.dialect.merges and outgoing.continues(record, outlet.dialect)
        outgoing.moved = True
        if key and not record.quiet:
            outgoing.add_to_room(record, line, key, record.conn if knows else 0)
        elif is_for_everybody(record):
            outgoing.add_to_all(record, line)
        else:
            told = self._addressed(record)
            outgoing.add_to_some(record, line, (each for each in told if not (knows and each is outlet)))

    def _note_role(self, outlet: Outlet, record: Record) -> None:
        governs = moderates(record)
        if governs is None:
            return
        outlet.govern(record.seq, moderates=governs)
        if governs:
            self._moderators.add(record.conn)
        else:
            self._moderators.discard(record.conn)

    def _addressed(self, record: Record) -> Iterator[Outlet]:
        conns = {record.conn, record.to_conn, record.by_conn}
        if self._moderators and is_of_server(record):
            conns |= self._moderators
        for conn in conns:
            outlet = self._outlets.get(conn)
            if outlet is not None and (
                conn != record.conn
                or outlet.echoes
                or not record.to
                or (conn == record.to_conn and outlet.dialect.tells_oneself)
            ):
                yield outlet

    def _mark(self, outgoing: Outgoing, effect: effects.MarkRead) -> effects.ReadMarker:
        """Note up to when somebody has read something, and tell their other connections of it."""
        moved = bool(effect.at) and self._markers.move(effect.owner, effect.target, effect.at)
        marker = effects.ReadMarker(effect.room, effect.to, self._markers.at(effect.owner, effect.target))
        for conn in effect.others if moved else ():
            other = self._outlets.get(conn)
            if other is not None:
                outgoing.add_reply(conn, other.dialect.reply(marker, other.nick))
        return marker

    def _signal(self, outgoing: Outgoing, record: Record, but_not: int = 0) -> None:
        """Let those hear of something who are there, and to whom it means something."""
        if record.to:
            there = [self._outlets[conn] for conn in (record.to_conn, record.conn) if conn in self._outlets]
        else:
            key = name_key(record.room)
            groups = [group for group in self._subscriptions.of(key) if group.dialect.hears_signals]
            there = [each for group in groups for each in group.members.values() if key in each.subscriptions]
        told = [
            each
            for each in there
            if each.dialect.hears_signals
            and each.conn != but_not
            and (each.conn != record.conn or each.echoes)
        ]
        outgoing.add_signal(record, signal_line(record), told)

    def _effect(self, outgoing: Outgoing, effect: effects.Effect, outlet: Outlet) -> None:
        match effect:
            case effects.Reply(answer=answer):
                if isinstance(answer, effects.Ping) and outlet.cursor is not None:
                    # A ping tells how far the stream has come: here, as far as the cursor.
                    answer = effects.Ping(outlet.cursor.seq)
                outgoing.add_reply(effect.conn, outlet.dialect.reply(answer, outlet.nick))
                return
            case effects.Attach():
                self._subscriptions.leave_all(outlet)
                outlet.begin_anew(self._dialects[effect.dialect].styled(0))
                return
            case effects.Feed():
                self._subscriptions.leave_all(outlet)
                cursor = self._catch_up.cursor(effect.after)
                outlet.resume(cursor, effect.rooms, effect.connections, effect.identity)
            case effects.Measure():
                outgoing.add_reply(effect.conn, outlet.dialect.reply(self._measure(effect), outlet.nick))
                return
            case effects.MarkRead():
                marker = self._mark(outgoing, effect)
                outgoing.add_reply(effect.conn, outlet.dialect.reply(marker, outlet.nick))
                return
            case effects.Recall() | effects.Survey():
                outlet.ask(effect)
            case effects.Signal(record=record):
                self._signal(outgoing, record)
                return
            case effects.Style(style=style):
                outlet.speak(outlet.dialect.styled(style))
                self._subscriptions.move(outlet)
            case effects.Transmit(data=data):
                outgoing.add_reply(effect.conn, data)
                return
            case effects.End(why=why, echo=echo):
                outgoing.ended[effect.conn] = echo or outlet.dialect.goodbye(why)
        outgoing.serve_alone(effect.conn)
