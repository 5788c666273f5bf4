"""Faults planted on purpose, each small and such as one makes: what does not find them finds nothing.

A mutant is a function that plants a fault: ``plant(owner, name, make)`` puts ``make(original)`` in an
attribute's place. Those of the rules are small changes of the source's text, as a slip of the hand is one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, reduce
from types import CodeType, FunctionType, ModuleType
from typing import Any
from unittest.mock import patch

from chatsimples.chat import (
    access,
    charters,
    deciding,
    governing,
    history,
    moderation,
    persons,
    presence,
    recalling,
    rules,
    sanctions,
    sessions,
    speaking,
    state,
    visitors,
)

Plant = Callable[[Any, str, Callable[[Any], Any]], None]
Mutant = Callable[[Plant], None]


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Let the product have a fault."""
    with ExitStack() as stack:

        def plant(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
            if isinstance(owner, FunctionType):
                # What a function does can be put back, and not taken away, as a patch would.
                stack.callback(setattr, owner, name, getattr(owner, name))
                setattr(owner, name, make(getattr(owner, name)))
            else:
                stack.enter_context(patch.object(owner, name, make(getattr(owner, name))))

        mutant(plant)
        yield


class Change:
    """A mutant that is a change of a module's source: ``before``, which stands there once, is ``after``.

    Its functions do from then on what the changed source says, whoever holds them.

    Attributes:
        module: what is changed.
        before: what stands there.
    """

    def __init__(self, name: str, module: ModuleType, before: str, after: str) -> None:
        self.__name__ = name
        self.module = module
        self.before = before
        self._after = after

    def __call__(self, plant: Plant) -> None:
        """Plant it."""
        source = inspect.getsource(self.module)
        assert 1 == source.count(self.before), f"{self.__name__}: the source is another"
        changed = compile(source.replace(self.before, self._after), str(self.module.__file__), "exec")
        for code in _functions(changed):
            function = _named(self.module, code.co_qualname)
            if function.__code__ != code:
                plant(function, "__code__", partial(_first, code))


def _functions(code: CodeType) -> Iterator[CodeType]:
    """Give the code of a module's functions and methods, not of those that are made within functions."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_flags & inspect.CO_NEWLOCALS:
                yield inner
            else:
                yield from _functions(inner)


def _first(code: CodeType, _: CodeType) -> CodeType:
    return code


def _named(module: ModuleType, name: str) -> FunctionType:
    found = reduce(inspect.getattr_static, name.split("."), module)
    found = getattr(found, "fget", getattr(found, "__func__", found))
    assert isinstance(found, FunctionType), name
    return found


a_checkpoint_forgets_the_ids = Change(
    "a checkpoint forgets the ids",
    state,
    "Ids.read(of.ids)",
    "Ids()",
)

OF_THE_RULES: list[Mutant] = [
    a_checkpoint_forgets_the_ids,
    Change(
        "a seq is skipped",
        state,
        "self.seq = record.seq\n        match",
        'self.seq = record.seq + (record.type == "nick")\n        match',
    ),
    Change(
        "no leave is recorded when somebody quits",
        deciding,
        "for room in list(connection.rooms.values()):\n            self._go_out(",
        'for room in list(connection.rooms.values() if reason != "quit" else ()):\n            self._go_out(',
    ),
    Change(
        "nicks are compared letter by letter",
        deciding,
        "if holder is not None and holder is not connection:",
        "if holder is not None and holder.nick == nick:",
    ),
    Change(
        "a repeated id is recorded again",
        speaking,
        'or to one person."""\n        if command.id and self._known(connection, command.id):',
        'or to one person."""\n        if False:',
    ),
    Change(
        "a room is quiet one member too early",
        deciding,
        "return 0 < self.state.limits.quiet_room < members",
        "return 0 < self.state.limits.quiet_room <= members",
    ),
    Change("a visitor's number is not given again", visitors, "if number <= self._highest:", "if False:"),
    Change(
        "a nick is held for ever",
        rules,
        "return self._now - microseconds(session.left_at) <= hold * 1_000_000",
        "return True",
    ),
    Change(
        "a nick is held although nothing holds it",
        rules,
        "if not hold or session is None",
        "if session is None",
    ),
    Change("a nick is held after a goodbye", state, 'claim=reason != "quit"', "claim=True"),
    Change(
        "when a session was cut is not noted",
        sessions,
        "session.conn, session.left_at = 0, at",
        "session.conn = 0",
    ),
    Change("a claim is to the first nick that a session had", sessions, "session.nick = nick", "pass"),
    Change(
        "a refused move leaves all the same",
        rules,
        "if limit and len(connection.rooms) >= limit:",
        "if limit and (command.alone or len(connection.rooms) >= limit):",
    ),
    Change(
        "a change of nick is told to one room only",
        deciding,
        "for room in list(connection.rooms.values()):\n            quiet",
        "for room in list(connection.rooms.values())[:1]:\n            quiet",
    ),
    Change(
        "a position that does not exist yet is resumed",
        rules,
        "0 <= command.since_seq <= self.state.seq",
        "0 <= command.since_seq",
    ),
    Change(
        "the older of two connections stays",
        rules,
        "earlier.conn > command.conn",
        "earlier.conn < command.conn",
    ),
    Change("an empty room stays", state, "if not room.members and", "if False and"),
    Change(
        "every join introduces its connection",
        rules,
        "room=room.name if room else name,\n",
        "room=room.name if room else name,\n            dialect=connection.dialect,\n",
    ),
    Change(
        "a visitor's hello comes after its join",
        rules,
        "connection = self._arrive(visitor)\n            self._enter(connection, DEFAULT_ROOM)",
        "self._enter(visitor, DEFAULT_ROOM)\n            self._arrive(visitor)",
    ),
    Change(
        "who is in no room has no hello",
        rules,
        "        connection = self._arrive(person)\n",
        "        if not rooms:\n            return\n        connection = self._arrive(person)\n",
    ),
    Change("no bye is recorded", deciding, 'self._record("bye", connection, reason=reason, **by)', "pass"),
    Change(
        "a bye is recorded before the leaves",
        deciding,
        "            self._go_out(connection, room, reason, text=word)\n"
        '        if word:\n            by["text"] = word\n'
        '        self._record("bye", connection, reason=reason, **by)\n',
        '            self._record("bye", connection, reason=reason, **by)\n'
        "            self._go_out(connection, room, reason, text=word)\n",
    ),
    Change(
        "a bye has another reason than the leaves",
        deciding,
        'self._record("bye", connection, reason=reason, **by)',
        'self._record("bye", connection, reason="closed", **by)',
    ),
    Change(
        "a bye leaves the connection in the state",
        state,
        "connection = self.connections.pop(conn, None)",
        "connection = self.connections.get(conn)",
    ),
    Change(
        "a crash ends nobody who is in no room",
        rules,
        'self._depart(connection, "crash")',
        'if connection.rooms:\n                self._depart(connection, "crash")',
    ),
    Change(
        "a private message does not say to whom it goes",
        speaking,
        '            "to_identity": holder.identity,\n',
        "",
    ),
    Change(
        "a private message does not say whose it is",
        speaking,
        '            "identity": connection.identity,\n',
        "",
    ),
    Change(
        "who resumes gets no private messages of before",
        rules,
        "tuple(rooms), own, identity))",
        'tuple(rooms), own, ""))',
    ),
    Change(
        "the limits are not on record",
        rules,
        "server=command.server, limits=command.limits",
        "server=command.server",
    ),
    Change(
        "a checkpoint forgets the limits",
        state,
        "self.server, self.limits, whole",
        "self.server, UNKNOWN_LIMITS, whole",
    ),
    Change(
        "a capture tells who has left since it began",
        state,
        "self._note(connection)\n        room = connection.rooms.pop(key, None)",
        "room = connection.rooms.pop(key, None)",
    ),
    Change(
        "a session that is cut forgets its ids",
        sessions,
        "newest = session.ids.parted(self._bounds.ids_sure)",
        "newest = Ids(), Ids()",
    ),
    Change("whoever spoke and quits is forgotten", sessions, "session.spoke = True\n", "pass\n"),
    Change("everybody is the operator", rules, "if command.conn == commands.OPERATOR:", "if True:"),
    Change("history after a seq is history before the end", history, "asked.after, asked.at", "-1, asked.at"),
]
"""Those of the rules; those of the path of bytes are in `mutants_of_the_path`."""

OF_THE_GOVERNING: list[Mutant] = [
    Change(
        "a ban is for ever the nick's alone",
        persons,
        'return (*lasting_keys(person), f"conn {person.conn}", *nick_keys(person.nick_key))',
        "return nick_keys(person.nick_key)",
    ),
    Change(
        "a nick is banned letter by letter",
        governing,
        "persons.nick_keys(name_key(nick))",
        "persons.nick_keys(nick)",
    ),
    Change(
        "a ban never ends",
        sanctions,
        "and not 0 < found.until <= now:\n                return found",
        ":\n                return found",
    ),
    Change(
        "a ban holds also those above whoever imposed it",
        sanctions,
        "and found.level > level and",
        "and",
    ),
    Change(
        "history is told of a room that one may not enter",
        recalling,
        "            access.check_reading(connection, room, self._now)\n        is",
        "            pass\n        is",
    ),
    Change(
        "moderators are told how the server does",
        moderation,
        "levels.on_server(connection) < Level.ADMIN",
        "levels.on_server(connection) < Level.OPERATOR",
    ),
    Change(
        "what was said in a secret room is told",
        recalling,
        "0 if is_hidden else self.state.seq",
        "self.state.seq",
    ),
    Change(
        "who is in a closed room is told",
        rules,
        "            return\n        access.check_reading(connection, room, self._now)\n",
        "            return\n",
    ),
    Change(
        "a secret room is told of by who",
        recalling,
        "if found is None or not access.sees(connection, found):",
        "if found is None:",
    ),
    Change(
        "a secret room is listed",
        state,
        "is_secret = charter is not None and charter.settings.secret",
        "is_secret = False",
    ),
    Change(
        "why a secret room is closed is told",
        access,
        "        if sees(person, room):\n            raise\n",
        "        if room:\n            raise\n",
    ),
    Change(
        "a hello enters whatever it names",
        rules,
        "            except Refusal as refusal:\n                refused.append(refusal)\n            else:\n"
        "                rooms[key]",
        "            except Refusal as refusal:\n                refused.append(refusal)\n            if 1:\n"
        "                rooms[key]",
    ),
    Change(
        "any key opens a room",
        access,
        "if charter.key and key != charter.key:",
        "if charter.key and not key:",
    ),
    Change(
        "the muted whisper",
        speaking,
        "        access.check_speaking(self.state, connection, None, self._now)\n        holder",
        "        holder",
    ),
    Change(
        "the muted speak under another nick",
        speaking,
        "        access.check_speaking(self.state, connection, room, self._now)\n        text",
        "        text",
    ),
    Change(
        "who comes to a room that is there owns it",
        rules,
        'role = self._role_of_maker(connection, name) if room is None else ""',
        "role = self._role_of_maker(connection, name)",
    ),
    Change(
        "the default room is taken over",
        rules,
        '        if name_key(name) == DEFAULT_ROOM:\n            return ""\n        if person.account:',
        "        if person.account:",
    ),
    Change(
        "a guest's role outlasts the stay",
        state,
        "if connection.conn in charter.guests or not charter.lasts:",
        "if not charter.lasts:",
    ),
    Change(
        "a room of guests outlasts them",
        state,
        "            if not charter.lasts and not room.members:\n",
        "            if charter.lasts and not room.members:\n",
    ),
    Change(
        "a guest has a role in a room that they are not in",
        moderation,
        '        if person.conn not in room.members:\n            raise Refusal("not_a_member", nick=person',
        '        if False:\n            raise Refusal("not_a_member", nick=person',
    ),
    Change(
        "a room of guests is given to an account",
        moderation,
        "        if not is_own:\n            raise",
        "        if False:\n            raise",
    ),
    Change(
        "equals remove each other",
        moderation,
        "levels.in_room(charter, each) >= level:",
        "levels.in_room(charter, each) > level:",
    ),
    Change(
        "another connection of a banned account stays",
        moderation,
        "concerned = self._logged_in(account) or ([person] if person is not None else [])",
        "concerned = [person] if person is not None else self._logged_in(account)",
    ),
    Change(
        "a capture tells of a ban that came after it began", state, "self._capture.save_charter(key)", "pass"
    ),
    Change(
        "the proof of a key is told to the room",
        moderation,
        'self._do("set", actor, room, quiet=True, settings=proof)',
        'self._do("set", actor, room, settings=proof)',
    ),
    Change(
        "a role stays what it was while somebody is there",
        state,
        "connection.account, connection.role = account, role",
        "connection.account, connection.role = account, connection.role or role",
    ),
    Change(
        "a login leaves a guest's session as it was",
        moderation,
        'if command.renews else ""',
        'if not command.renews else ""',
    ),
    Change(
        "a session that becomes an account's is known as before too",
        sessions,
        "        session = self._disconnect(identity)\n        earlier",
        "        session = self._connected[identity]\n        earlier",
    ),
    Change(
        "a login as an account that is banned leaves the connection",
        moderation,
        '            self._depart(connection, "banned")\n            return\n',
        "            return\n",
    ),
]
"""Those of the rules about owners, moderators, bans and who may do what."""

OF_THE_BOUNDS: list[Mutant] = [
    Change(
        "a full list of bans takes one more",
        moderation,
        "        self._check_not_full(charter.bans, keys)\n",
        "",
    ),
    Change(
        "a full list of mutes takes one more",
        moderation,
        "        self._check_not_full(charter.mutes, persons.all_keys(person))\n",
        "",
    ),
    Change(
        "a full list of roles changes none",
        moderation,
        "if after and not before and charter.roles_count >= charters.ROLES:",
        "if after and charter.roles_count >= charters.ROLES:",
    ),
    Change(
        "what has ended makes no room",
        sanctions,
        "return not self._ends or self._ends[0][0] > now",
        "return True",
    ),
    Change(
        "nobody's ban is replaced where the list is full",
        sanctions,
        "if len(self._all) < self.bound or any(key in self.by_key for key in keys):",
        "if len(self._all) < self.bound:",
    ),
    Change(
        "the last one invited goes",
        charters,
        "del self.invited[next(iter(self.invited))]",
        "del self.invited[next(reversed(self.invited))]",
    ),
]
"""Those of how many there may be of what a room and the server hold."""

OF_THE_SAYING: list[Mutant] = [
    Change(
        "an action is just said",
        speaking,
        "text=command.text, id=command.id, kind=command.kind, tags",
        "text=command.text, id=command.id, tags",
    ),
    Change(
        "a reaction is a message without a text",
        speaking,
        '"message" if command.text else "tags", connection',
        '"message", connection',
    ),
    Change(
        "a message is without its tags",
        speaking,
        "tags=command.tags or None, **where",
        "tags=None if command.text else command.tags, **where",
    ),
    Change(
        "each line of a message has its id",
        speaking,
        'id=command.id if part == parts else ""',
        "id=command.id",
    ),
    Change(
        "each line of a message has its tags",
        speaking,
        "tags=command.tags if part == 1 else None",
        "tags=command.tags",
    ),
    Change("lines are never joined", speaking, "joined=line.joined", "joined=False"),
    Change(
        "a repeated message of several lines is recorded again",
        speaking,
        'as one message."""\n        if command.id and self._known(connection, command.id):',
        'as one message."""\n        if False:',
    ),
    Change(
        "a notice of several lines is answered",
        speaking,
        'if holder is not None and command.kind != "notice":',
        "if holder is not None:",
    ),
    Change(
        "a reaction is answered",
        speaking,
        "if holder is not None and command.text and command.kind",
        "if holder is not None and command.kind",
    ),
    Change(
        "whoever is away is told of as if they were there",
        speaking,
        "        if holder.away:\n",
        "        if holder.away and not holder.rooms:\n",
    ),
    Change("signals are given as often as one likes", speaking, "if given in self._signalled:", "if False:"),
    Change(
        "a signal to one is a signal to all",
        speaking,
        'given = connection.conn, holder.conn if holder is not None else where["room"]',
        'given = connection.conn, ""',
    ),
    Change(
        "a clock that is put back lets nobody signal",
        speaking,
        "if second != self._signals_at:",
        "if second > self._signals_at:",
    ),
    Change(
        "signals are told in large rooms",
        speaking,
        'if holder is None and self._quiet(len(self._heard_in(connection, where["room"]).members)):',
        "if False:",
    ),
    Change(
        "the muted type",
        speaking,
        "            access.check_speaking(self.state, connection, where, self._now)\n",
        "",
    ),
    Change(
        "the muted are away",
        presence,
        "if command.text:\n            self._check_heard(connection)\n        elif",
        "if command.text:\n            pass\n        elif",
    ),
    Change(
        "the muted can't come back",
        presence,
        "if command.text:\n            self._check_heard(connection)\n        elif",
        "self._check_heard(connection)\n        if command.text:\n            pass\n        elif",
    ),
    Change(
        "the muted have other names",
        presence,
        'real name."""\n        self._check_heard(connection)\n',
        'real name."""\n',
    ),
    Change("one comes back who was not away", presence, "elif not connection.away:", "elif False:"),
    Change(
        "being away is told to one room only",
        presence,
        "for room in list(connection.rooms.values()):\n            self._record",
        "for room in list(connection.rooms.values())[:1]:\n            self._record",
    ),
    Change(
        "being away is told in large rooms",
        presence,
        "room=room.name, quiet=self._quiet(len(room.members)), **fields",
        "room=room.name, **fields",
    ),
    Change(
        "whoever is in no room is not away", presence, "if not connection.rooms:", "if not connection.nick:"
    ),
    Change(
        "nobody comes back", state, "connection.away = record.text", 'connection.away = record.text or "-"'
    ),
    Change(
        "a capture tells who is away since it began",
        state,
        '            return\n        self._note(connection)\n        if record.type == "away":',
        '            return\n        if record.type == "away":',
    ),
    Change(
        "a checkpoint forgets who is away",
        state,
        "realname=saved.realname, away=saved.away,",
        "realname=saved.realname,",
    ),
    Change(
        "a checkpoint forgets real names",
        state,
        "user=saved.user, realname=saved.realname, away",
        "user=saved.user, away",
    ),
    Change(
        "a hello is without the user's name",
        rules,
        "role=person.role, user=person.user, realname=person.realname,\n",
        "role=person.role, realname=person.realname,\n",
    ),
    Change(
        "the muted say a word as they go",
        deciding,
        "if text and not access.may_speak(self.state, connection, room, self._now):",
        "if False:",
    ),
    Change("a bye is without its word", deciding, '            by["text"] = word\n', "            pass\n"),
    Change(
        "a leave is without its word",
        rules,
        '"left", command.id, command.text)',
        '"left", command.id)',
    ),
    Change(
        "everybody announces",
        moderation,
        '        self._check_level(actor, None, Level.OPERATOR)\n        self._do("announcement"',
        '        self._do("announcement"',
    ),
]
"""Those of what is more than just said, and of what people tell of themselves."""
