"""Completion of the word before the cursor: to a nick, a room, a command or an emoji."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec

from chatsimples.client.terminal.emoji_names import begins_name, find

MOST = 100
"""Candidates at most: nobody steps through more, and a room may have ten thousand nicks."""

_EMOJI_OFFERED = 12
_SHORTEST_EMOJI = 2


class Scope(msgspec.Struct, frozen=True):
    """What a word can be completed to.

    Attributes:
        nicks: the people here, the last speakers first; without this person.
        rooms: the rooms, in the order in which to offer them.
        commands: the command words, likewise.
        takes: what the arguments of a command word are: "nick", "room" or "" for its first one, "role" for a
            nick and then a role, "setting" for settings and their values.
        roles: the words for roles.
        settings: those for settings, each with those for its values.
        marks: what stands in front of the labels of nicks, for those who have a role here.
    """

    nicks: Sequence[str] = ()
    rooms: Sequence[str] = ()
    commands: Sequence[str] = ()
    takes: Mapping[str, str] = {}
    roles: Sequence[str] = ()
    settings: Mapping[str, Sequence[str]] = {}
    marks: Mapping[str, str] = {}


class Candidate(msgspec.Struct, frozen=True):
    """One completion: what is inserted, and its label among the others."""

    text: str
    label: str


class Completions(msgspec.Struct, frozen=True):
    """All completions; each replaces the text from ``start`` to the cursor."""

    start: int
    candidates: list[Candidate]


def complete(text: str, cursor: int, scope: Scope) -> Completions:
    """Return the completions of the word before the cursor.

    Nicks are found without regard to case and accents; at a line's beginning they are addressed ("ana: ").
    An empty word is completed where only a nick or a room can stand.
    """
    start = text.rfind(" ", 0, cursor) + 1
    word = text[start:cursor]
    colon = text.rfind(":", start, cursor)
    if colon >= 0 and cursor - colon > _SHORTEST_EMOJI and begins_name(text, colon):
        found = find(text[colon + 1 : cursor], _EMOJI_OFFERED)
        return Completions(colon, [Candidate(emoji, f"{emoji} {name}") for name, emoji in found])
    first = not text[:start].strip()
    if text.startswith("/") and not text.startswith("//"):
        if not start:
            return Completions(0, _those(scope.commands, word[1:], "/{} "))
        found_there = _argument(text[1:start].split(), word, scope)
        if found_there is not None:
            return Completions(start, found_there)
    if not word and not first:
        return Completions(start, [])
    if word.startswith("#"):
        return Completions(start, _those(scope.rooms, word[1:], "#{} "))
    if word.startswith("@"):
        return Completions(start, _people(scope, word[1:], "@{} "))
    return Completions(start, _people(scope, word, "{}: " if first else "{} "))


def _argument(typed: list[str], word: str, scope: Scope) -> list[Candidate] | None:
    """Return what an argument of a command can be; None if nothing special.

    Args:
        typed: the command's word and the arguments before.
        word: the beginning of this one.
        scope: what there is.
    """
    kind = scope.takes.get(typed[0].lower(), "") if typed else ""
    before = typed[1:]
    if kind in {"nick", "role", "setting"} and before and before[0].startswith(("#", "*")):
        # Where it is done stands in front.
        before = before[1:]
    if kind == "setting":
        if len(before) % 2:
            return _those(scope.settings.get(before[-1].lower(), ()), word, "{} ")
        return _those(scope.settings, word, "{} ")
    if kind == "role" and len(before) == 1:
        return _those(scope.roles, word, "{} ")
    if before or not kind:
        return None
    if kind == "room":
        return _those(scope.rooms, word.removeprefix("#"), "{} ")
    if word.startswith("#"):
        return None
    return _people(scope, word.removeprefix("@"), "{} ")


def _people(scope: Scope, beginning: str, form: str) -> list[Candidate]:
    return [
        Candidate(each.text, scope.marks.get(each.label, "") + each.label)
        for each in _those(scope.nicks, beginning, form)
    ]


def _those(names: Iterable[str], beginning: str, form: str) -> list[Candidate]:
    wanted = _unaccented(beginning)
    if beginning and not wanted:
        # Nothing but accents: every name would begin with it once they are taken off.
        return []
    for bare in (_unaccented, _found_by):
        found = list(islice((name for name in names if bare(name).startswith(wanted)), MOST))
        if found:
            return [Candidate(form.format(name), name) for name in found]
    return []


def _unaccented(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def _found_by(name: str) -> str:
    # Punctuation is skipped in the name alone: "..." or "-" in a line is no beginning of "_ana".
    return _unaccented(name).lstrip("_.-'")
