"""The public names of the client's core, and their signatures: whoever changes them sees it here.

Programs of others build on these modules. A name or a parameter may be added with a default; nothing may be
taken away or change its meaning without a note in the changelog.
"""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from chatsimples.client.protocol import commands, core, events, replies

CORE = {
    "__init__": (
        "(self, nick: 'str', rooms: 'Sequence[str]' = ('geral',), *, session: 'str' = '', "
        "login: 'Login | None' = None, new_id: 'Callable[[], str]' = ..., window: 'int' = 64) -> 'None'"
    ),
    "rooms": "list[str]",
    "unanswered": "int",
    "unconfirmed": "list[Command]",
    "records_behind": "int",
    "full": "bool",
    "waits": "bool",
    "is_in": "(self, room: 'str') -> 'bool'",
    "connection_made": "(self) -> 'None'",
    "connection_lost": "(self) -> 'None'",
    "receive_data": "(self, data: 'bytes') -> 'list[Event]'",
    "data_to_send": "(self) -> 'bytes'",
    "set_nick": "(self, nick: 'str') -> 'None'",
    "set_password": "(self, password: 'str') -> 'None'",
    "govern": "(self, kind: 'str', **fields: 'Any') -> 'Command'",
    "say": "(self, text: 'str', *, room: 'str' = '', to: 'str' = '', kind: 'str' = '') -> 'Command'",
    "be_away": "(self, text: 'str') -> 'Command'",
    "tell_name": "(self, realname: 'str') -> 'Command'",
    "join": "(self, room: 'str', key: 'str' = '') -> 'Command'",
    "leave": "(self, room: 'str') -> 'Command'",
    "change_nick": "(self, nick: 'str') -> 'Command'",
    "who": "(self, room: 'str', after: 'str' = '', limit: 'int' = 0) -> 'Command'",
    "list_rooms": "(self, after: 'str' = '', limit: 'int' = 0) -> 'Command'",
    "history": (
        "(self, room: 'str', limit: 'int' = 50, before: 'int' = 0, *, after: 'int | None' = None, "
        "at: 'str' = '', all_records: 'bool' = False, until: 'str' = '', to: 'str' = '') -> 'Command'"
    ),
    "status": "(self) -> 'Command'",
    "ping": "(self) -> 'None'",
    "pong": "(self) -> 'None'",
    "bye": "(self) -> 'None'",
}
ATTRIBUTES = {"nick", "nick_wanted", "login_wanted", "account", "session", "position", "registered", "limits"}

STRUCTS = {
    commands: {
        "Position": ("log", "seq"),
        "Command": (
            "type",
            "id",
            "room",
            "to",
            "text",
            "nick",
            "before",
            "limit",
            "after",
            "key",
            "role",
            "account",
            "seconds",
            "settings",
            "at",
            "all",
            "until",
            "kind",
            "realname",
        ),
    },
    events: {
        "Welcomed": ("welcome", "again", "gap"),
        "RecordReceived": ("record", "own", "past", "command", "line"),
        "ReplyReceived": ("reply", "command", "line"),
        "AlreadyRecorded": ("command", "seq", "unseen"),
        "Refused": ("code", "text", "command", "detail"),
        "NickRefused": ("code", "text", "nick", "detail"),
        "LoginRefused": ("code", "text", "detail"),
        "Dismissed": ("code", "text", "detail"),
        "ProtocolViolated": ("reason",),
    },
    replies: {
        "ServerLimits": ("max_line", "max_text", "max_name"),
        "Welcome": (
            "nick",
            "log",
            "seq",
            "session",
            "resumed",
            "head",
            "server",
            "notice",
            "limits",
            "account",
            "role",
        ),
    },
}


def signature(name: str) -> str:
    member = inspect.getattr_static(core.Core, name)
    if isinstance(member, property):
        return str(inspect.signature(member.fget).return_annotation) if member.fget else ""
    found = inspect.signature(member)
    # How an id is made by default is nobody's business.
    hidden = [
        each.replace(default=...) if callable(each.default) and each.default is not each.empty else each
        for each in found.parameters.values()
    ]
    return str(found.replace(parameters=hidden)).replace("Ellipsis", "...")


def test_the_core_has_these_members_and_no_others() -> None:
    public = {name for name in vars(core.Core) if not name.startswith("_")} | {"__init__"}
    assert set(CORE) == public
    assert ATTRIBUTES == {name for name in vars(core.Core("ana")) if not name.startswith("_")}


@pytest.mark.parametrize("name", CORE)
def test_a_member_has_its_signature(name: str) -> None:
    assert CORE[name] == signature(name)


@pytest.mark.parametrize("name", [name for name in CORE if name != "__init__"])
def test_a_member_says_what_it_does(name: str) -> None:
    assert inspect.getdoc(inspect.getattr_static(core.Core, name))


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, structs in STRUCTS.items() for name in structs]
)
def test_a_struct_has_its_fields_in_order(module: ModuleType, name: str) -> None:
    assert STRUCTS[module][name] == getattr(module, name).__struct_fields__
    assert inspect.getdoc(getattr(module, name))


def test_every_event_is_public() -> None:
    assert set(STRUCTS[events]) == {kind.__name__ for kind in events.Event.__args__}


def test_the_modules_say_that_they_are_public() -> None:
    assert "This module is public" in str(core.__doc__)
    for module in (events, commands, replies):
        assert module.__name__ in str(core.__doc__)
