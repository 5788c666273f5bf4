"""What people are told of what others tell of themselves, of reactions and announcements, in one sentence."""

from __future__ import annotations

from chatsimples.chat.effects import IsAway
from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.chat.tags import REACTION
from chatsimples.i18n import N_, Translate
from chatsimples.words.told import AS_IT_IS, GOVERNING, Shown

TELLING = frozenset({"away", "setname", "announcement", "tags"})
"""The types of records that this module is for."""

DONE_BY = GOVERNING | {"announcement"}
"""The types of records that ``by_conn`` has caused, and not ``conn``."""

_AWAY = N_("{nick} is away: {text}")
_BACK = N_("{nick} is back")
_NAMED = N_("{nick} gives their name as {text}")
_REACTS = N_("{nick} reacts with {text}")
_ANNOUNCED = N_("{nick} to everybody: {text}")
_OPERATOR = N_("the server's operator")


def is_telling(record: Record) -> bool:
    """Tell whether `telling` has a sentence for a record: of tags alone, if they are a reaction."""
    if record.type == "tags":
        return bool(record.tags and record.tags.get(REACTION))
    return record.type in TELLING


def telling(record: Record, translate: Translate, shown: Shown = AS_IT_IS) -> str:
    """Return the sentence for a record of which `is_telling` is true."""
    match record.type:
        case "away":
            template, text = (_AWAY if record.text else _BACK), record.text
        case "setname":
            template, text = _NAMED, record.realname
        case "tags":
            template, text = _REACTS, (record.tags or {}).get(REACTION, "")
        case _:
            template, text = _ANNOUNCED, record.text
    nick = record.nick or record.by
    who = translate(_OPERATOR) if nick == BY_OPERATOR else shown.name(nick)
    return translate(template).format(nick=who, text=shown.text(text))


def away(answer: IsAway, translate: Translate, shown: Shown = AS_IT_IS) -> str:
    """Return the sentence for whoever has said something to somebody who is away."""
    return translate(_AWAY).format(nick=shown.name(answer.nick), text=shown.text(answer.text))
