"""What people are told of a room with an owner when they ask who is there: topic, settings, bans, mutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatsimples.chat.effects import Held, Members
from chatsimples.i18n import N_, Translate
from chatsimples.words.settings import told_settings
from chatsimples.words.told import AS_IT_IS, Shown

_HELD_SHOWN = 20


def told_charter(members: Members, translate: Translate, shown: Shown = AS_IT_IS) -> list[str]:
    """Return what a room is about, how it is set and, for its operators, whom it holds: lines, or none."""
    _ = translate
    lines = []
    if members.topic:
        lines.append(_(N_("topic: {text}")).format(text=shown.text(members.topic)))
    settings = told_settings(members.settings, _, keyed=members.keyed) if members.settings else ""
    if settings:
        lines.append(_(N_("settings: {settings}")).format(settings=settings))
    for text, held in ((N_("banned: {names}"), members.bans), (N_("muted: {names}"), members.mutes)):
        if held:
            lines.append(_(text).format(names=_names(held, _, shown)))
    return lines


def _names(held: Sequence[Held], translate: Translate, shown: Shown) -> str:
    told = [_name(each, translate, shown.name, shown.time) for each in held[:_HELD_SHOWN]]
    more = len(held) - len(told)
    if more:
        told.append(translate(N_("and {number} more")).format(number=more))
    return ", ".join(told)


def _name(held: Held, translate: Translate, name: Callable[[str], str], time: Callable[[str], str]) -> str:
    end = translate(N_(" until {until}")).format(until=time(held.until)) if held.until else ""
    return name(held.nick) + end
