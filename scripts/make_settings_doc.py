#!/usr/bin/env python3
"""Write docs/settings.md from the settings classes, so that it says what the program does."""

from __future__ import annotations

from pathlib import Path

from chatsimples.config import ClientSettings, Described, ServerSettings, describe

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

_INTRODUCTION = """\
# Settings reference

Written by `scripts/make_settings_doc.py` from `chatsimples/config.py`; change it there.

A setting is taken from the first of these that names it:

1. the command line: `--message-rate 5`
2. the environment: `CHATSIMPLES_MESSAGE_RATE=5`
3. a TOML file, given by `--config FILE` or `CHATSIMPLES_CONFIG`: `message_rate = 5` under `[server]`
4. its default

An empty environment variable counts as not there. `--once` and other switches have a twin that switches them
off: `--no-once`. A value out of bounds, a word that is none of the choices and an unknown key under
`[server]` or `[client]` end the program with one line that names it and the exit code 2; other tables of the
file are ignored, so that one file serves both programs:

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


def page() -> str:
    """Give the page's text."""
    return "\n".join(
        [
            _INTRODUCTION,
            "## Server",
            "",
            "`chatsimples server`, and `[server]` in the file.",
            "",
            *_table(describe(ServerSettings)),
            "",
            "## Client",
            "",
            "`chatsimples client`, and `[client]` in the file.",
            "",
            *_table(describe(ClientSettings)),
            "",
        ]
    )


def _table(settings: list[Described]) -> list[str]:
    return [
        "| option | variable | TOML key | default | bounds | meaning |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{each.option}` | `{each.variable}` | `{each.name}` | {_default(each)} | {_bounds(each)} "
            f"| {each.help} |"
            for each in settings
        ),
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
