"""What RPL_ISUPPORT tells, all of it true."""

from __future__ import annotations

from collections.abc import Iterator

from chatsimples.chat.charters import BANS
from chatsimples.chat.history import HISTORY_LIMIT
from chatsimples.chat.watching import MOST as MOST_WATCHED
from chatsimples.irc import modes
from chatsimples.irc.server import MOST_ROOMS, MOST_TARGETS, NETWORK, Bounds
from chatsimples.irc.texts import LONGEST_LINE

CHANNEL = "#"
"""What stands in front of a room's name."""

_TOKENS_PER_LINE = 13


def tokens(bounds: Bounds) -> list[str]:
    """Return the tokens of a server with these bounds."""
    return [
        "CASEMAPPING=ascii",
        f"CHATHISTORY={HISTORY_LIMIT}",
        f"CHANTYPES={CHANNEL}",
        f"CHANMODES={modes.channel_modes()}",
        f"EXCEPTS={modes.EXEMPT}",
        f"EXTBAN=,{modes.ACCOUNT[0]}{modes.MUTED[0]}",
        f"ACCOUNTEXTBAN={modes.ACCOUNT[0]}",
        f"INVEX={modes.WELCOME}",
        f"MAXLIST={''.join(modes.LISTS)}:{BANS}",
        f"MODES={modes.MOST}",
        f"MONITOR={MOST_WATCHED}",
        "WHOX",
        *_bound("CHANLIMIT=#:", bounds.max_rooms),
        *_bound("CHANNELLEN=", bounds.max_name and bounds.max_name + len(CHANNEL)),
        "ELIST=MNU",
        f"LINELEN={LONGEST_LINE}",
        "MSGREFTYPES=msgid,timestamp",
        f"NETWORK={NETWORK}",
        *_bound("NICKLEN=", bounds.max_name),
        "PREFIX=(qov)~@+",
        f"TARGMAX=JOIN:{MOST_ROOMS},PART:{MOST_ROOMS},NAMES:1,KICK:{MOST_TARGETS},"
        f"PRIVMSG:{MOST_TARGETS},NOTICE:{MOST_TARGETS},TAGMSG:{MOST_TARGETS}",
        *_bound("TOPICLEN=", bounds.max_text),
        "UTF8MAPPING=rfc8265",
        "UTF8ONLY",
    ]


def token_lines(bounds: Bounds) -> Iterator[list[str]]:
    """Give the tokens as many at a time as fit into a line."""
    every = tokens(bounds)
    for first in range(0, len(every), _TOKENS_PER_LINE):
        yield every[first : first + _TOKENS_PER_LINE]


def _bound(name: str, bound: int) -> list[str]:
    return [f"{name}{bound}"] if bound else []
