"""The settings of a room: how people type them, and what each means in words."""

from __future__ import annotations

from typing import NamedTuple, get_args

import msgspec
from msgspec import UNSET

from chatsimples.chat.names import printable
from chatsimples.chat.room_settings import MOST_MEMBERS, RoomSettings, SettingsAsked, SettingsChange, Whoever
from chatsimples.errors import Refusal
from chatsimples.i18n import N_, Translate


class SettingWords(NamedTuple):
    """The words of one setting.

    Attributes:
        portuguese, english: its name.
        values: what it can be, as words to offer, in Portuguese and in English.
        on, off: what it means if it is on, or has a value, and if not.
    """

    portuguese: str
    english: str
    values: tuple[tuple[str, ...], tuple[str, ...]]
    on: str
    off: str


_ON_OFF = (("sim", "não"), ("on", "off"))

SETTINGS = {
    "invite_only": SettingWords(
        "só-convidados", "invite-only", _ON_OFF, N_("by invitation only"), N_("no invitation needed")
    ),
    "moderated": SettingWords(
        "moderada", "moderated", _ON_OFF, N_("only those speak who have a voice"), N_("everybody may speak")
    ),
    "secret": SettingWords("secreta", "secret", _ON_OFF, N_("secret"), N_("not secret")),
    "members_only_history": SettingWords(
        "histórico-de-membros",
        "members-only-history",
        _ON_OFF,
        N_("only its members read it"),
        N_("whoever may enter may read it"),
    ),
    "accounts_only": SettingWords(
        "só-contas", "accounts-only", _ON_OFF, N_("for accounts only"), N_("for guests too")
    ),
    "limit": SettingWords(
        "limite", "limit", ((), ()), N_("at most {number} people"), N_("any number of people")
    ),
    "inviters": SettingWords(
        "quem-convida",
        "inviters",
        (("operadores", "membros"), ("operators", "members")),
        N_("members may invite"),
        N_("only operators invite"),
    ),
    "topic_by": SettingWords(
        "quem-muda-o-tópico",
        "topic-by",
        (("operadores", "membros"), ("operators", "members")),
        N_("members may change the topic"),
        N_("only operators change the topic"),
    ),
    "outsiders": SettingWords(
        "de-fora", "outsiders", _ON_OFF, N_("those speak too who are not in it"), N_("only members speak")
    ),
    "key": SettingWords("chave", "key", ((), ()), N_("with a key"), N_("without a key")),
}
"""By their names in commands and records; of ``key`` a record tells only whether there is one."""

_YES = frozenset({"sim", "s", "on", "yes", "y", "true", "1", "ligado", "ligada"})
_NO = frozenset(
    {"não", "nao", "n", "off", "no", "false", "0", "-", "desligado", "desligada", "nenhum", "none"}
)
_OFF = (False, "operators")
_WHOEVER = {"operadores": "operators", "membros": "members"}
_ACCENTS = str.maketrans("áãçéíóõú", "aaceioou")


def setting_name(word: str) -> str:
    """Return the name of the setting that a word means, in either language; "" if it means none."""
    wanted = _bare(word)
    return next(
        (
            name
            for name, words in SETTINGS.items()
            if wanted in {_bare(name), _bare(words.portuguese), words.english}
        ),
        "",
    )


def read_settings(text: str) -> SettingsAsked:
    """Read settings as they are typed: ``moderated on limit 20``, or ``moderated=on limit=20``.

    Raises:
        Refusal: ``bad_request``.
    """
    asked: dict[str, bool | int | str] = {}
    words = iter(text.split())
    for each in words:
        word, equals, value = each.partition("=")
        name = setting_name(word)
        if not name:
            raise Refusal("bad_request", why=N_("there is no setting {name}"), name=printable(word, 32))
        value = value if equals else next(words, "")
        if not value:
            raise Refusal("bad_request", why=N_("{name} needs a value"), name=printable(word, 32))
        asked[name] = _read_value(name, word, value)
    return msgspec.convert(asked, SettingsAsked)


def setting_words(lang: str) -> list[str]:
    """Return the words to offer for the settings, in a language."""
    return [words.portuguese if lang == "pt" else words.english for words in SETTINGS.values()]


def value_words(setting: str, lang: str) -> tuple[str, ...]:
    """Return the words to offer for a setting's value; none if it can be anything."""
    words = SETTINGS.get(setting_name(setting))
    return words.values[0 if lang == "pt" else 1] if words else ()


def told_settings(change: SettingsChange | RoomSettings, translate: Translate, *, keyed: bool = False) -> str:
    """Return what a change of settings, or a room's settings, mean: ``secret, at most 20 people``.

    Args:
        change: of a change all that it sets is told, of a room's settings what is not as everywhere.
        translate: the language.
        keyed: the room has a key.
    """
    told = []
    for name, words in SETTINGS.items():
        value = getattr(change, "keyed", keyed or UNSET) if name == "key" else getattr(change, name)
        if value is UNSET or (isinstance(change, RoomSettings) and value in _OFF):
            continue
        text = words.off if value in _OFF else words.on
        told.append(translate(text).format(number=value))
    return ", ".join(told)


def _read_value(name: str, word: str, value: str) -> bool | int | str:
    lower = value.lower()
    if name == "key":
        return "" if lower in _NO else value
    if name == "limit":
        return _read_limit(word, "0" if lower in _NO else value)
    if name in {"inviters", "topic_by"}:
        whoever = _WHOEVER.get(lower, lower)
        if whoever not in get_args(Whoever):
            why = N_("{name} is operators or members")
            raise Refusal("bad_request", why=why, name=word)
        return whoever
    if lower not in _YES | _NO:
        raise Refusal("bad_request", why=N_("{name} is on or off"), name=word)
    return lower in _YES


def _read_limit(word: str, value: str) -> int:
    # A number of thousands of digits is not even read.
    if not (value.isascii() and value.isdigit()) or len(value) > len(str(MOST_MEMBERS)):
        raise Refusal("bad_request", why=N_("{name} is a number up to {most}"), name=word, most=MOST_MEMBERS)
    number = int(value)
    if number > MOST_MEMBERS:
        raise Refusal("bad_request", why=N_("{name} is a number up to {most}"), name=word, most=MOST_MEMBERS)
    return number


def _bare(word: str) -> str:
    return word.lower().translate(_ACCENTS).replace("_", "-")
