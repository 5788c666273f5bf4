#!/usr/bin/env python3
"""Write docs/settings.md from the settings classes, so that it says what the program does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatsimples.client.terminal.keys import DEFAULTS
from chatsimples.config.accounts import AddSettings, NetworkSettings, StoreSettings, TokenSettings
from chatsimples.config.base import Described, Settings, describe
from chatsimples.config.client import ClientSettings
from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.config.replay import (
    CheckSettings,
    ExportSettings,
    PlaySettings,
    RedactSettings,
    ReenactSettings,
    ServeSettings,
    StatsSettings,
)
from chatsimples.config.server import ServerSettings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

_INTRODUCTION = """\
# Settings reference

Written by `scripts/make_settings_doc.py` from `chatsimples/config/`; change it there.

A setting is taken from the first of these that names it:

1. the command line: `--message-rate 5`
2. the environment: `CHATSIMPLES_MESSAGE_RATE=5`
3. a TOML file, given by `--config FILE` or `CHATSIMPLES_CONFIG`: `message_rate = 5` under `[server]`; a
   client that is given none reads [its user's own](#the-clients-own-file), a server none
4. its default

An empty environment variable counts as not there. `--once` and other switches have a twin that switches them
off: `--no-once`. A value out of bounds, a word that is none of the choices and an unknown key under
the command's own table end the program with one line that names it and the exit code 2; other
tables of the file are ignored, so that one file serves all programs:

```toml
[server]
host = "0.0.0.0"
logs = "/var/lib/chatsimples"
durability = "disk"
message_rate = 5.0

[client]
host = "chat.example.org"
nick = "ana"
```
"""

_CLIENT_FILE = """\
### The client's own file

Without `--config` and `CHATSIMPLES_CONFIG`, the client reads `[client]` from `chatsimples.toml` in the user's
config folder, if it is there:

* `$XDG_CONFIG_HOME/chatsimples/chatsimples.toml`, where that variable is not set
  `~/.config/chatsimples/chatsimples.toml`
* on macOS `~/Library/Application Support/chatsimples/chatsimples.toml`

`chatsimples client --help` tells which one it is on your machine; `--config /dev/null` does without it. For
example:

```toml
[client]
host = "chat.example.org"
nick = "ana"
room = "geral,turma"
times = "seconds"
colors = "256"
keys = "next=ctrl-n,previous=ctrl-p,help=f2"
```

What the client itself keeps from one run to the next, the lines that you typed and where you stopped reading,
stands in the user's state folder, readable by the user alone: `$XDG_STATE_HOME/chatsimples`, where that
variable is not set `~/.local/state/chatsimples`, on macOS `~/Library/Application Support/chatsimples`. It can
be deleted at any time.
"""

_KEYS = """\
### Keys

`keys` says which of your own keys do what, as `WHAT=KEY` with commas between; they take the place of the
default ones. Several keys for one thing are several pairs: `next=ctrl-n,next=f8`. A key is written `f2`,
`pageup`, `ctrl-n`, `alt-right`; keys one after the other have a space between them: `ctrl-x ctrl-e`. Enter,
Escape, Ctrl-C and Ctrl-D stay what they are.

| what | default key | it does |
|---|---|---|
"""

_MEANINGS = {
    "next": "show the next conversation",
    "previous": "show the previous conversation",
    "urgent": "show the conversation in which you were named, or else one with something new",
    "earlier": "show what was said before",
    "help": "show the commands and keys",
    "editor": "write what you are typing in your editor",
    "clear": "clear the screen",
}


ACCOUNTS: dict[str, type[Settings]] = {
    "account add": AddSettings,
    "token add": TokenSettings,
    "address ban": NetworkSettings,
    "address exempt": NetworkSettings,
    "account list": StoreSettings,
}

REPLAY: dict[str, type[Settings]] = {
    "replay play": PlaySettings,
    "replay check": CheckSettings,
    "replay reenact": ReenactSettings,
    "replay export": ExportSettings,
    "replay stats": StatsSettings,
    "replay serve": ServeSettings,
    "redact": RedactSettings,
}


def page() -> str:
    """Give the page's text."""
    return "\n".join(
        [
            _INTRODUCTION,
            "## Server",
            "",
            *_settings("server", ServerSettings),
            "## Client",
            "",
            *_settings("client", ClientSettings),
            _CLIENT_FILE,
            _KEYS + "\n".join(_keys()),
            "",
            "## Load test",
            "",
            "See [the load test](load-test.md). Its variables have a prefix of their own, so that another "
            "program's port",
            "is not taken for a server to be loaded.",
            "",
            *_settings("load-test", LoadTestSettings),
            "## Accounts",
            "",
            "Where the accounts are is said as to the server. The other commands under `account`, `token`",
            "and `address` have what `account list` has.",
            "",
            *[
                line
                for command, cls in ACCOUNTS.items()
                for line in (f"### {command}", "", *_settings(command, cls))
            ],
            "## Replay",
            "",
            "See [replay](replay.md). Each command has a table of its own in the file, and its own prefix "
            "for variables.",
            "",
            *[
                line
                for command, cls in REPLAY.items()
                for line in (f"### {command}", "", *_settings(command, cls))
            ],
        ]
    )


def _settings(command: str, cls: type[Settings]) -> list[str]:
    where = f"`chatsimples {command}`, and `[{cls.section}]` in the file."
    return [where, "", *_table(describe(cls)), ""]


def _table(settings: Sequence[Described]) -> list[str]:
    return [
        "| option | variable | TOML key | default | bounds | meaning |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{each.option}` | `{each.variable}` | `{each.name}` | {_default(each)} | {_bounds(each)} "
            f"| {each.help} |"
            for each in settings
        ),
    ]


def _keys() -> list[str]:
    return [
        f"| `{what}` | {', '.join(f'`{key}`' for key in keys)} | {_MEANINGS[what]} |"
        for what, keys in DEFAULTS.items()
    ]


def _default(setting: Described) -> str:
    match setting.default:
        case "":
            return ""
        case bool():
            return "on" if setting.default else "off"
        case str():
            return f"`{setting.default}`"
        case _:
            return f"{setting.default:.10g}"


def _bounds(setting: Described) -> str:
    if setting.low is not None and setting.high is not None:
        return f"{setting.low} to {setting.high}"
    return ", ".join(f"`{choice}`" for choice in setting.choices if choice)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
