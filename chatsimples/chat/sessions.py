"""Sessions: what a client's secret proves after a cut, remembered within bounds.

Each bound is kept at a cost that does not depend on how much is remembered, and so that nobody can push out
what others have:

* **A session that is connected** has its ids in memory. When it adds one beyond its own bound, or beyond its
  fair share while all together hold more than is allowed, it gives up its own older ids: whoever speaks pays.
  It never has to give up its newest `Bounds.ids_sure`.
* **A session that is cut** is packed into bytes, until it connects again. Those that have spoken are kept
  apart from those that have not, which anybody can make without leaving a message: these have only a nick
  to claim, and push out nothing but one another. Of one that has spoken, the newest `Bounds.ids_sure` ids
  are kept with it, and the older ones apart: a session with very many of them pushes out nothing but
  older ones.

What is remembered follows from the records alone, and is the same after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter

import msgspec

from chatsimples.chat.changes import Change, Changes
from chatsimples.chat.generations import SHARDS, Generations, Shards
from chatsimples.chat.ids import Ids

_MIB = 1 << 20
# The kinds of what is remembered of those that are cut, in the order of a snapshot.
_SILENT, _SPOKEN, _OLDER = range(3)


class Bounds(msgspec.Struct, frozen=True):
    """What is remembered of sessions. Of those that are cut, there are two generations of each kind.

    Attributes:
        ids_per_session: ids that a connected session holds; one that gives up some keeps half as many.
        ids_connected: ids that all connected sessions hold, before each is held to its fair share.
        ids_sure: the newest ids of a session, which no share takes from it.
        silent: sessions in a generation of those that are cut and have never spoken.
        spoken: sessions in a generation of those that are cut and have spoken.
        spoken_size: bytes of such a generation: of nicks and the newest ids.
        older: sessions in a generation of older ids.
        older_size: bytes of such a generation.
    """

    ids_per_session: int = 8_192
    ids_connected: int = 65_536
    ids_sure: int = 64
    silent: int = 4_096
    spoken: int = 50_000
    spoken_size: int = 16 * _MIB
    older: int = 16_384
    older_size: int = 2 * _MIB


BOUNDS = Bounds()


class Session(msgspec.Struct, eq=False):
    """What a secret proves: the nick, and what was said under it.

    Attributes:
        nick: what it was called last; empty if it claims nothing.
        conn: its connection; 0 while it is cut.
        left_at: since when it is cut; empty while it is not.
        spoke: whether a message of its is on record, or it is of version 1.
        connections: those that it had in version 1, where private messages name connections alone.
        ids: the seqs of its messages by their ids, the oldest first.
    """

    nick: str = ""
    conn: int = 0
    left_at: str = ""
    spoke: bool = False
    connections: list[int] = []
    ids: Ids = msgspec.field(default_factory=Ids)


class _Frozen(msgspec.Struct, array_like=True):
    """A session that is cut, without its older ids."""

    nick: str
    left_at: str
    connections: list[int]
    ids: msgspec.Raw


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Frozen).decode


class Sessions:
    """All sessions by their identities. Those that are connected are never let go of.

    Args:
        bounds: of what is remembered.
    """

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self._bounds = bounds
        # Looked up for every message.
        self._most_ids = bounds.ids_connected
        self._most_of_one = bounds.ids_per_session
        # A session gives up several ids at once, so that not every message costs it.
        self._least_allowed = bounds.ids_sure + bounds.ids_sure // 2
        self._connected: dict[str, Session] = {}
        # Of the connected ones: their ids, and how many sessions have any.
        self._ids = 0
        self._holders = 0
        self._silent = Generations(bounds.silent, bounds.spoken_size)
        self._spoken = Generations(bounds.spoken, bounds.spoken_size)
        self._older = Generations(bounds.older, bounds.older_size)
        self._tiers = (self._silent, self._spoken, self._older)
        self._changes = Changes()

    def __iter__(self) -> Iterator[tuple[str, Session]]:
        """Give all of them as `get` does: those that are cut, then those that are connected."""
        for shard in (*self._silent.share(), *self._spoken.share()):
            for identity in shard:
                session = self.get(identity)
                if session is not None:
                    yield identity, session
        yield from self._connected.items()

    def get(self, identity: str) -> Session | None:
        """Return a session, if it is known; of one that is cut, a copy: to change it changes nothing."""
        session = self._connected.get(identity)
        if session is not None:
            return session
        spoken = self._spoken.get(identity)
        frozen = spoken or self._silent.get(identity)
        if frozen is None:
            return None
        return _thawed(frozen, self._older.get(identity), spoke=spoken is not None)

    def conn_of(self, identity: str) -> int:
        """Return the connection of a session, 0 if it has none."""
        session = self._connected.get(identity)
        return session.conn if session is not None else 0

    def connect(self, identity: str, conn: int, nick: str) -> Session:
        """Let a session have a connection, and a nick."""
        session = self._connected.get(identity)
        if session is None:
            session = self._take_out(identity) or Session()
            self.restore(identity, session)
            if self._ids > self._most_ids:
                self._give_up(session)
        session.conn, session.nick, session.left_at = conn, nick, ""
        return session

    def become(self, identity: str, other: str, conn: int, nick: str) -> Session:
        """Let a connection's session go on as another one, with what was said as both."""
        if identity == other or self.conn_of(identity) != conn:
            return self.connect(other, conn, nick)
        session = self._disconnect(identity)
        earlier = self._disconnect(other) if other in self._connected else self._take_out(other)
        if earlier is not None:
            said = {**earlier.ids, **session.ids}
            session.ids = Ids(dict(sorted(said.items(), key=itemgetter(1))))
            session.spoke |= earlier.spoke
            session.connections = [*earlier.connections, *session.connections]
        self.restore(other, session)
        if self._ids > self._most_ids:
            self._give_up(session)
        return session

    def cut(self, identity: str, conn: int, at: str, *, claim: bool) -> None:
        """Note that a connection has ended. With ``claim`` its session can claim the nick for a while."""
        session = self._connected.get(identity)
        if session is None or session.conn != conn:
            return
        self._disconnect(identity)
        session.conn, session.left_at = 0, at
        if not claim:
            session.nick = ""
        self._freeze(identity, session)

    def keep(self, identity: str, session: Session) -> None:
        """Remember a session that is cut, instead of what was remembered of it."""
        self._take_out(identity)
        self._freeze(identity, session)

    def rename(self, identity: str, conn: int, nick: str) -> None:
        """Note that a session's connection is called otherwise."""
        session = self._connected.get(identity)
        if session is not None and session.conn == conn:
            session.nick = nick

    def said(self, session: Session, message_id: str, seq: int) -> None:
        """Note that a connected session's message is on record, with an id or without."""
        session.spoke = True
        if not message_id:
            return
        ids = session.ids
        if not ids.add(message_id, seq):
            return
        held = len(ids)
        self._ids += 1
        if held == 1:
            self._holders += 1
        if held > self._least_allowed and (self._ids > self._most_ids or held > self._most_of_one):
            self._give_up(session)

    def kept(self) -> Shards:
        """Return all that is remembered of those that are cut, at once: what is in it never changes."""
        return [shard for tier in self._tiers for shard in tier.share()]

    def restore_kept(self, kept: Shards) -> None:
        """Take over what `kept` has given; from now on it can change.

        Raises:
            ValueError: it has another form.
        """
        size = 2 * SHARDS
        if len(kept) != size * len(self._tiers):
            raise ValueError(f"{len(kept)} shards of sessions")
        for number, tier in enumerate(self._tiers):
            tier.restore(kept[size * number : size * (number + 1)])

    def note_changes(self) -> None:
        """Note from now on what becomes of what `kept` gives now."""
        self._changes.begin()

    @property
    def changes_size(self) -> int | None:
        """The bytes of what was noted since then; None if it is not known any more."""
        return self._changes.size

    def changes(self) -> tuple[int, bytes]:
        """Return what was noted since then: see `Changes.all`."""
        return self._changes.all()

    def restore_changes(self, changes: Iterable[Change]) -> None:
        """Let happen again what `changes` told, to what `kept` had given.

        Raises:
            ValueError: they are none of this form.
        """
        for each in changes:
            if not 0 <= each.tier < len(self._tiers):
                raise ValueError(f"a session among the {each.tier}th")
            if each.value:
                self._tiers[each.tier].put(each.identity, each.value)
            else:
                for tier in self._tiers:
                    tier.pop(each.identity)

    def restore(self, identity: str, session: Session) -> None:
        """Take over a session that is connected."""
        self._connected[identity] = session
        self._ids += len(session.ids)
        self._holders += bool(session.ids)

    def _disconnect(self, identity: str) -> Session:
        session = self._connected.pop(identity)
        self._ids -= len(session.ids)
        self._holders -= bool(session.ids)
        return session

    def _freeze(self, identity: str, session: Session) -> None:
        older, newest = session.ids.parted(self._bounds.ids_sure)
        if not session.spoke:
            # It has no ids. If it can't claim a nick either, nothing of it means anything.
            if session.nick:
                self._put(_SILENT, identity, _frozen(session, newest))
            return
        if older:
            self._put(_OLDER, identity, older.written())
        self._put(_SPOKEN, identity, _frozen(session, newest))

    def _put(self, tier: int, identity: str, value: bytes) -> None:
        self._tiers[tier].put(identity, value)
        self._changes.note(identity, tier, value)

    def _take_out(self, identity: str) -> Session | None:
        spoken, silent = self._spoken.pop(identity), self._silent.pop(identity)
        older = self._older.pop(identity)
        if spoken or silent or older:
            self._changes.note(identity)
        frozen = spoken or silent
        return _thawed(frozen, older, spoke=spoken is not None) if frozen is not None else None

    def _give_up(self, session: Session) -> None:
        """Let a session give up its older ids, if it holds more than it may."""
        ids, allowed = session.ids, self._most_of_one
        if self._ids > self._most_ids:
            # The more they are above the bound, the less may each hold: so they are never twice as many,
            # but by the ids that are allowed in any case.
            share = (2 * self._most_ids - self._ids) // (self._holders or 1)
            allowed = min(allowed, max(share, self._least_allowed))
        if len(ids) <= allowed:
            return
        left = max(allowed // 2, self._bounds.ids_sure)
        self._ids -= len(ids) - left
        ids.keep_newest(left)


def _frozen(session: Session, ids: Ids) -> bytes:
    written = msgspec.Raw(ids.written())
    return _pack(_Frozen(session.nick, session.left_at, session.connections, written))


def _thawed(frozen: bytes, older: bytes | None, *, spoke: bool) -> Session:
    said = _unpack(frozen)
    ids = Ids.read(said.ids)
    if older:
        ids = Ids({**Ids.read(older), **ids})
    return Session(said.nick, 0, said.left_at, spoke, said.connections, ids)
