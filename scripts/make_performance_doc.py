#!/usr/bin/env python3
"""Write what was measured (docs/performance/results.json) into docs/performance.md, and draw its plots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chatsimples.loadtest.drawing.bars import Bar, Group, bar_plot
from chatsimples.loadtest.drawing.frame import standalone
from chatsimples.loadtest.drawing.lines import Point, Series, line_plot
from chatsimples.loadtest.drawing.scales import Axis
from chatsimples.loadtest.quantities import megabytes, milliseconds, quantity, times

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "performance"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

Part = dict[str, Any]

_COMPARED = {
    "closed-1000": "1,000 readers, as many messages as the server takes",
    "closed-1000-json": "1,000 readers, ours in JSON, as many messages as the server takes",
    "closed-1000-websocket": "1,000 readers by WebSocket, as many messages as the server takes",
    "closed-100": "100 readers, as many messages as the server takes",
    "windows-256": "1,000 readers, at most 256 messages on their way",
    "windows-64": "1,000 readers, at most 64 messages on their way",
    "open-1000": "1,000 readers, 1,000 messages a second",
    "open-100": "100 readers, 1,000 messages a second",
    "crowd": "10,000 readers, as many messages as the server takes",
}
_PAIRED = {
    "slow": ("10 of 1,000 never read", "none", "10 that never read"),
    "slow-open": ("10 of 1,000 never read, 1,000 messages a second", "none", "10 that never read"),
    "json": ("JSON readers instead of text", "text", "JSON"),
    "websocket": ("the same lines by WebSocket", "JSON lines", "WebSocket"),
    "disk": ("on the disk before it is delivered", "`--durability os`", "`--durability disk`"),
}
_GROWN = {
    "by-readers": ("Readers", "readers"),
    "by-rooms": ("Rooms (1,000 readers, spread over them)", "rooms"),
    "by-size": ("Bytes in a text (100 readers)", "bytes in a text"),
}


def main() -> None:
    """Write the page and its plots."""
    results = json.loads((FOLDER / "results.json").read_text("utf-8"))
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    measured = "\n".join(
        [*machine(results), *compared(results), *paired(results), *grown(results), *by_log(results)]
    )
    PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", "utf-8")


def machine(results: Part) -> list[str]:
    """Say what it was measured on."""
    first = next((part["machine"] for part in results.values() if "machine" in part), None)
    if first is None:
        return []
    return [
        f"Measured on {first['cores']} cores ({first['processor']}), {first['memory']} of memory, "
        f"{first['system']}, Python {first['python']}: server and load test share these cores. Medians, with "
        "the lowest and highest of the rounds in brackets; servers take turns within a round, and in being "
        "first.",
        "",
    ]


def compared(results: Part) -> list[str]:
    """Write a table for each load that several servers had."""
    lines: list[str] = ["### Against other servers", ""]
    for name, title in _COMPARED.items():
        part = results.get(name)
        if part is None:
            continue
        is_open = name.startswith("open")
        shown = (("p50", milliseconds), ("p99", milliseconds)) if is_open else (("deliveries", quantity),)
        heads = {"p50": "p50", "p99": "p99", "deliveries": "deliveries/s"}
        lines += [
            f"**{title}**",
            "",
            "| server | " + " | ".join(f"{heads[figure]} | ours/theirs" for figure, _ in shown)
            + " | bytes a delivery | writes a message | CPU | most memory |",
            "|---|" + "---|---|" * len(shown) + "---|---|---|---|",
        ]  # fmt: skip
        own = part["servers"]["chatsimples"]
        for server, found in part["servers"].items():
            cells = []
            for figure, write in shown:
                value = found[figure]
                ratio = own[figure]["median"] / value["median"] if value["median"] else 0.0
                cells += [
                    f"{write(value['median'])} ({write(value['low'])} to {write(value['high'])})",
                    times(ratio) if server != "chatsimples" else "",
                ]
            cells += [
                f"{found['bytes']['median'] / found['deliveries']['median']:.0f}",
                f"{found['writes']['median']:.3g}",
                f"{found['cpu']['median']:.0f} %",
                megabytes(found["rss"]["high"]),
            ]
            limited = " \\*" if found["bottleneck"]["high"] else ""
            lines.append(f"| {server} {found['version']}{limited} | " + " | ".join(cells) + " |")
        if any(found["bottleneck"]["high"] for found in part["servers"].values()):
            lines += ["", "\\* in a round or more the load test's own processes were at their limit."]
        if name == "crowd":
            joined = own["joined"]
            lines += ["", f"All 10,000 were in their room after {joined['median']:.1f} s "
                      f"({joined['low']:.1f} to {joined['high']:.1f})."]  # fmt: skip
        lines += ["", f"`{part['command']}`", ""]
    draw_bars(results)
    return [*lines, "![Deliveries a second, compared](performance/compared.svg)", ""]


def paired(results: Part) -> list[str]:
    """Write the table of one server under two conditions."""
    lines = [
        "### The same server under two conditions, in turns",
        "",
        "| what | first | second | deliveries/s | second/first | p99 | second/first |",
        "|---|---|---|---|---|---|---|",
    ]
    commands: list[str] = []
    for name, (title, first, second) in _PAIRED.items():
        part = results.get(name)
        if part is None:
            continue
        cells = []
        figure_names = [
            ("bytes" if name in {"json", "websocket"} else "deliveries", quantity),
            ("p99", milliseconds),
        ]
        for figure, write in figure_names:
            one, other = part["first"][figure]["median"], part["second"][figure]["median"]
            unit = "B/s" if figure == "bytes" else ""
            told = f"{write(one)}{unit} → {write(other)}{unit}"
            cells += [told, times(other / one if one else 0.0)]
        lines.append(f"| {title} | {first} | {second} | " + " | ".join(cells) + " |")
        commands += [f"`{command}`" for command in part["commands"] if f"`{command}`" not in commands]
    return [*lines, "", *(f"{command}  " for command in commands), ""]


def grown(results: Part) -> list[str]:
    """Write a table and draw a plot for each thing that can grow."""
    lines = ["### How the cost grows", ""]
    for name, (title, unit) in _GROWN.items():
        part = results.get(name)
        if part is None:
            continue
        lines += [
            f"**{title}**",
            "",
            f"| {unit} | messages/s | deliveries/s | received a second | server CPU | CPU µs a delivery "
            "| memory |",
            "|---|---|---|---|---|---|---|",
        ]
        for step in part["steps"]:
            cost = 1e4 * step["cpu"]["median"] / step["deliveries"]["median"]
            lines.append(
                f"| {step['value']:,} | {quantity(step['messages']['median'])} "
                f"| {quantity(step['deliveries']['median'])} | {quantity(step['bytes']['median'], 'B')} "
                f"| {step['cpu']['median']:.0f} % | {cost:.3g} | {megabytes(step['rss']['high'])} |"
            )
        draw_growth(name, part["steps"], unit)
        lines += [
            "", f"`{part['command']}`", "",
            f"![Deliveries a second by {unit}](performance/{name}.svg)", "",
        ]  # fmt: skip
    return lines


def by_log(results: Part) -> list[str]:
    """Write the table of starts and resumes."""
    part = results.get("by-log")
    if part is None:
        return []
    lines = [
        "**The transcript's length**",
        "",
        "| transcript | start after a clean end | start after `kill -9` | resume the last 1,000 records |",
        "|---|---|---|---|",
    ]
    for step in part["steps"]:
        cells = [milliseconds(1000 * step[name]["median"]) for name in ("clean", "crashed", "resumed")]
        lines.append(f"| {quantity(step['bytes'], 'B')} | " + " | ".join(cells) + " |")
    series = [
        Series(
            label, [Point(step["bytes"], 1000 * step[name]["median"]) for step in part["steps"]], markers=True
        )
        for name, label in (("clean", "start"), ("crashed", "start after a crash"), ("resumed", "resume"))
    ]
    x, y = Axis("bytes of transcript", log=True), Axis("time", "ms", log=True)
    save("by-log", str(line_plot("Start and resume by length of the transcript", x, y, series)))
    return [*lines, "", "![Start and resume by length of the transcript](performance/by-log.svg)", ""]


def draw_bars(results: Part) -> None:
    """Draw the servers' deliveries a second."""
    groups = [
        Group(
            title,
            [
                Bar(server, *(found["deliveries"][each] for each in ("median", "low", "high")))
                for server, found in results[name]["servers"].items()
            ],
        )
        for name, title in (("closed-1000", "1,000 readers"), ("closed-100", "100 readers"))
        if name in results
    ]
    save("compared", str(bar_plot("Deliveries a second", groups)))


def draw_growth(name: str, steps: list[Part], unit: str) -> None:
    """Draw deliveries a second over what grows."""
    points = [
        Point(
            step["value"], step["deliveries"]["median"], step["deliveries"]["low"], step["deliveries"]["high"]
        )
        for step in steps
    ]
    x, y = Axis(unit, log=True), Axis("deliveries a second", log=True)
    line = Series("chatsimples", points, markers=True)
    save(name, str(line_plot(f"Deliveries a second by {unit}", x, y, [line])))


def save(name: str, svg: str) -> None:
    """Write a plot."""
    (FOLDER / f"{name}.svg").write_text(standalone(svg), "utf-8")


if __name__ == "__main__":
    main()
