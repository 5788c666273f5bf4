"""The life of a chat, as commands: people come, say something, go, and some come back; years of it.

What is asked for follows from the seed alone, so that a life can be lived again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.names import check_nick, check_room
from chatsimples.loadtest.ageing.names import name

NAMES = 1_000_000
_LONGEST_NAME = 32
_HOT_ROOMS = 30


class Habits(msgspec.Struct, frozen=True):
    """How people live.

    Attributes:
        connected: how many are there at one time.
        visits_end: of a thousand commands, how many end a visit; somebody comes in the place of whoever goes.
        come_back: of a hundred who come, how many have been there before.
        silent: of a hundred visits, in how many nothing is said.
        resent: of a thousand messages, how many are sent a second time.
        private: of a thousand messages, how many are for one person.
        own_rooms: of a hundred who come, how many open a room of their own.
        before: sessions that there were before, in another life: numbers and names go on after theirs.
    """

    connected: int
    visits_end: int = 0
    come_back: int = 5
    silent: int = 10
    resent: int = 5
    private: int = 10
    own_rooms: int = 50
    before: int = 0


COMING_AND_GOING = Habits(connected=300, visits_end=140)
"""Two visits in twenty records: in twenty million records two million sessions."""

EVERYBODY_STAYS = Habits(connected=10_000)


class _Visit:
    __slots__ = ("conn", "nick", "room", "said", "secret", "silent")

    def __init__(self, conn: int, nick: str, secret: str, room: str, *, silent: bool) -> None:
        self.conn = conn
        self.nick = nick
        self.secret = secret
        self.room = room
        self.silent = silent
        self.said = 0


class Life:
    """What all people ask for, one batch after the other.

    Args:
        habits: theirs.
        seed: of all that is left to chance.

    Attributes:
        habits: theirs.
        sessions: how many there have been.
        names: how many different nicks and how many different rooms.
    """

    def __init__(self, habits: Habits, seed: int = 14) -> None:
        self.sessions = 0
        self.rooms_opened = 0
        self.habits = habits
        self._chance = random.Random(seed)  # noqa: S311 - it plays people, and keeps no secret
        self._conns = habits.before
        self._rooms_before = habits.before * habits.own_rooms // 100
        self._there: list[_Visit] = []
        self._gone: list[tuple[str, str]] = []

    @property
    def names(self) -> int:
        """How many different names there have been, of people and of rooms."""
        return min(self.sessions, NAMES) + min(self.rooms_opened, NAMES) + _HOT_ROOMS

    def batch(self, size: int) -> list[commands.Command]:
        """Return the next commands, ``size`` or a few more."""
        asked: list[commands.Command] = []
        while len(asked) < size:
            if len(self._there) < self.habits.connected:
                asked += self._come()
            elif self._chance.randrange(1_000) < self.habits.visits_end:
                asked += self._go()
                asked += self._come()
            else:
                asked += self._say()
        return asked

    def _come(self) -> Iterator[commands.Command]:
        habits, chance = self.habits, self._chance
        self._conns += 1
        if self._gone and chance.randrange(100) < habits.come_back:
            nick, secret = self._gone.pop(chance.randrange(len(self._gone)))
        else:
            number = habits.before + self.sessions
            nick = check_nick(name(number % NAMES), _LONGEST_NAME)
            secret = f"secret-of-session-{number}"
            self.sessions += 1
        if chance.randrange(100) < habits.own_rooms:
            # Never the name of a room that is meant for all.
            number = self._rooms_before + self.rooms_opened
            room = check_room(name(_HOT_ROOMS + number % NAMES), _LONGEST_NAME)
            self.rooms_opened += 1
        else:
            room = name(chance.randrange(_HOT_ROOMS))
        silent = chance.randrange(100) < habits.silent
        visit = _Visit(self._conns, nick, secret, room, silent=silent)
        self._there.append(visit)
        yield commands.Open(visit.conn, "json", "203.0.113.7")
        yield commands.Hello(visit.conn, nick, (room,), secret)

    def _go(self) -> Iterator[commands.Command]:
        there = self._there
        place = self._chance.randrange(len(there))
        visit = there[place]
        there[place] = there[-1]
        there.pop()
        self._gone.append((visit.nick, visit.secret))
        if len(self._gone) > 2 * self.habits.connected:
            # Some come back soon, most never.
            self._gone = self._gone[len(self._gone) // 2 :]
        yield commands.Close(visit.conn, "closed")

    def _say(self) -> Iterator[commands.Command]:
        habits, chance = self.habits, self._chance
        visit = self._there[chance.randrange(len(self._there))]
        if visit.silent:
            yield commands.Ping(visit.conn)
            return
        again = visit.said and chance.randrange(1_000) < habits.resent
        if not again:
            visit.said += 1
        mark = f"{visit.conn}-{visit.said}"
        text = f"what {visit.conn} has to say for the {visit.said}th time, as long as people's texts are"
        if chance.randrange(1_000) < habits.private:
            other = self._there[chance.randrange(len(self._there))]
            yield commands.Say(visit.conn, text, to=other.nick, id=mark)
        else:
            yield commands.Say(visit.conn, text, visit.room, id=mark)
