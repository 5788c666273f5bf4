"""Sessions: what a client's secret proves after a cut, remembered within bounds.

Each bound is kept by taking the oldest away, at a cost that does not depend on how much is remembered.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator

import msgspec

IDS_PER_SESSION = 4_096
IDS_IN_ALL = 250_000
SESSIONS_KEPT = 100_000


class Session(msgspec.Struct, eq=False):
    """What a secret proves: the nick, and what was said under it.

    Attributes:
        nick: what it was called last; empty if it claims nothing.
        conn: its connection; 0 while it is cut.
        left_at: since when it is cut.
        connections: those that it had in version 1, where private messages name connections alone.
        ids: the seqs of its messages by their ids, the oldest first.
    """

    nick: str = ""
    conn: int = 0
    left_at: str = ""
    connections: list[int] = []
    ids: dict[str, int] = {}


class Sessions:
    """All sessions by their identities. Those that are connected are never let go of.

    Args:
        kept: of those that are cut, how many are remembered.
        ids_per_session: how many ids of a session are.
        ids_in_all: how many ids of all are.
    """

    def __init__(
        self,
        kept: int = SESSIONS_KEPT,
        ids_per_session: int = IDS_PER_SESSION,
        ids_in_all: int = IDS_IN_ALL,
    ) -> None:
        self._kept = kept
        self._ids_per_session = ids_per_session
        self._ids_in_all = ids_in_all
        self._connected: dict[str, Session] = {}
        self._cut: OrderedDict[str, Session] = OrderedDict()
        self._ids: deque[tuple[Session, str, int]] = deque()

    def __len__(self) -> int:
        return len(self._connected) + len(self._cut)

    def __iter__(self) -> Iterator[tuple[str, Session]]:
        """Give all of them: those that were cut, in that order, then those that are connected."""
        yield from self._cut.items()
        yield from self._connected.items()

    def get(self, identity: str) -> Session | None:
        """Return a session, if it is known."""
        return self._connected.get(identity) or self._cut.get(identity)

    def connect(self, identity: str, conn: int, nick: str) -> Session:
        """Let a session have a connection, and a nick."""
        session = self._connected.get(identity)
        if session is None:
            session = self._cut.pop(identity) if identity in self._cut else Session()
            self._connected[identity] = session
        session.conn, session.nick = conn, nick
        return session

    def cut(self, identity: str, conn: int, at: str, *, claim: bool) -> None:
        """Note that a connection has ended. With ``claim`` its session can claim the nick for a while."""
        session = self._connected.get(identity)
        if session is None or session.conn != conn:
            return
        session.conn, session.left_at = 0, at
        if not claim:
            session.nick = ""
        self._cut[identity] = self._connected.pop(identity)
        if len(self._cut) > self._kept:
            self._cut.popitem(last=False)

    def rename(self, identity: str, conn: int, nick: str) -> None:
        """Note that a session's connection is called otherwise."""
        session = self._connected.get(identity)
        if session is not None and session.conn == conn:
            session.nick = nick

    def remember(self, session: Session, message_id: str, seq: int) -> None:
        """Note that a session's message with this id is on record."""
        ids = session.ids
        ids[message_id] = seq
        if len(ids) > self._ids_per_session:
            del ids[next(iter(ids))]
        self._ids.append((session, message_id, seq))
        if len(self._ids) > self._ids_in_all:
            oldest, message_id, seq = self._ids.popleft()
            # It may be gone already, by its session's own bound.
            if oldest.ids.get(message_id) == seq:
                del oldest.ids[message_id]

    def recorded(self, identity: str, message_id: str) -> int:
        """Return the seq of the message that the identity gave this id, 0 if there is none."""
        session = self.get(identity)
        return session.ids.get(message_id, 0) if session else 0

    def restore(self, saved: Iterable[tuple[str, Session]]) -> None:
        """Take over sessions in the order in which they are iterated over."""
        by_age: list[tuple[int, int, str]] = []
        sessions: list[Session] = []
        for identity, session in saved:
            (self._connected if session.conn else self._cut)[identity] = session
            by_age += [(seq, len(sessions), message_id) for message_id, seq in session.ids.items()]
            sessions.append(session)
        by_age.sort()
        self._ids.extend((sessions[number], message_id, seq) for seq, number, message_id in by_age)
