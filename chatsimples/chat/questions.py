"""Questions about who and what is there. They change nothing, and tell nobody what they may not see.

* **A person** is told of to whoever names them: whether a nick is taken, anybody can find out. In which rooms
  they are is told as far as whoever asks may see who is in these.
* **A mask** tells of those who are in a room of which that is so, and is looked for among `LOOKED_AT` people,
  those who came first: so that a question costs the same however many there are.
* **Who watches a nick** is told when somebody comes or goes who has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from chatsimples.chat import access, answers, commands, effects, levels, masks
from chatsimples.chat.deciding import Deciding, someone
from chatsimples.chat.names import name_key
from chatsimples.chat.rooms import Connection
from chatsimples.chat.watching import MOST
from chatsimples.errors import Refusal

LOOKED_AT: Final = 1_000
"""People among whom a mask is looked for."""


class Questions(Deciding):
    """The rules of these questions."""

    def whois(self, connection: Connection, command: commands.Whois) -> None:
        """Tell who somebody is, and where."""
        person = self._holder(command.nick)
        rooms = {
            room.name: levels.role_in(room.charter, person) if room.charter is not None else ""
            for room in person.rooms.values()
            if access.may_list(connection, room, self._now)
        }
        self._reply(command.conn, effects.Whois(someone(person), rooms, command.id))

    def whowas(self, _: Connection, command: commands.Whowas) -> None:
        """Tell who had a nick."""
        found = self._departed.find(name_key(command.nick))
        told = found[: command.limit] if command.limit > 0 else found
        self._reply(command.conn, effects.Whowas(command.nick, told, command.id))

    def who_list(self, connection: Connection, command: commands.WhoList) -> None:
        """Tell of people: those in a room, one, or those whose nicks a mask fits."""
        if command.room:
            self._who_in(connection, command)
            return
        people = [*self._named_so(connection, command.nick)]
        if command.moderators:
            people = [each for each in people if levels.on_server(each)]
        self._reply(command.conn, effects.People("", [someone(each) for each in people], id=command.id))

    def count(self, _: Connection, command: commands.Count) -> None:
        """Tell how many there are."""
        state = self.state
        self._most_people = max(self._most_people, len(state.connections))
        self._reply(
            command.conn,
            effects.Counts(
                len(state.connections), self._most_people, state.moderators, len(state.room_order), command.id
            ),
        )

    def modes(self, connection: Connection, command: commands.Modes) -> None:
        """Tell how a room is set and, to those in it, whom its lists hold."""
        room = self.state.rooms.get(name_key(command.room))
        if room is None or not access.sees(connection, room):
            raise Refusal("no_such_room", room=command.room)
        answer = effects.RoomModes(room.name, id=command.id)
        self._reply(command.conn, answers.with_modes(answer, connection, room, lists=command.lists))

    def presence(self, _: Connection, command: commands.Presence) -> None:
        """Tell who of several people is there."""
        self._reply(command.conn, self._seen(command.nicks, command.id))

    def monitor(self, _: Connection, command: commands.Monitor) -> None:
        """Watch nicks, or no more, and tell which are watched or who of them is there."""
        watching, conn = self._watching, command.conn
        if command.clear:
            watching.clear(conn)
        for nick in command.remove:
            watching.remove(conn, nick)
        refused = [nick for nick in command.add if not watching.add(conn, nick)]
        added = command.add[: len(command.add) - len(refused)]
        if command.tell == "list":
            self._reply(conn, effects.Watched(watching.of(conn), command.id))
        elif command.tell == "status" or added or not refused:
            nicks = watching.of(conn) if command.tell == "status" else added
            self._reply(conn, self._seen(nicks, command.id))
        if refused:
            raise Refusal("too_many_watched", limit=MOST, name=",".join(refused))

    # Steps.

    def _who_in(self, connection: Connection, command: commands.WhoList) -> None:
        room = self.state.rooms.get(name_key(command.room))
        if room is None or not access.sees(connection, room):
            self._reply(command.conn, effects.People(command.room, [], id=command.id))
            return
        access.check_reading(connection, room, self._now)
        page = answers.members(self.state, room.name, "", command.after, command.limit)
        people = [someone(self.state.nicks[name_key(nick)], room) for nick in page.members]
        self._reply(command.conn, effects.People(room.name, people, page.next, command.id))

    def _named_so(self, connection: Connection, name: str) -> Iterator[Connection]:
        if name and not masks.is_mask(name):
            holder = self.state.nicks.get(name_key(name))
            if holder is not None:
                yield holder
            return
        key = masks.mask_key(name or "*")
        for each in islice(self.state.connections.values(), LOOKED_AT):
            if masks.fits(key, each.nick_key) and self._is_told_of(connection, each):
                yield each

    def _is_told_of(self, connection: Connection, person: Connection) -> bool:
        return person is connection or any(
            access.may_list(connection, room, self._now) for room in person.rooms.values()
        )

    def _seen(self, nicks: Iterable[str], mark: str) -> effects.Seen:
        there = {nick: self.state.nicks.get(name_key(nick)) for nick in nicks}
        online = [someone(person) for person in there.values() if person is not None]
        return effects.Seen(online, [nick for nick, person in there.items() if person is None], mark)
