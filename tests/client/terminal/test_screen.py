"""Lines are above, input and status below, whatever happens at the same time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pyte
import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.styles import Style
from support.waiting import DEADLINE

from chatsimples.client.terminal.completion import Scope
from chatsimples.client.terminal.draft import Draft
from chatsimples.client.terminal.key_bindings import Handlers
from chatsimples.client.terminal.keys import bindings
from chatsimples.client.terminal.output import HeldOutput
from chatsimples.client.terminal.screen import LINES_HELD, LiveRows, Screen
from chatsimples.screen.styled_text import StyledLine

COLUMNS, ROWS = 40, 10


class Watched:
    """A screen with keys that are pressed for it, and what it shows."""

    def __init__(self, keys: PipeInput, accept: Callable[[str], bool]) -> None:
        self.keys = keys
        self.entered: list[str] = []
        self.left = 0
        self.accept = accept
        self.drawn = io.StringIO()
        self._fed = 0
        self.display = pyte.HistoryScreen(COLUMNS, ROWS, history=100_000)
        self._stream = pyte.Stream(self.display)
        output = HeldOutput(self.drawn, lambda: Size(ROWS, COLUMNS), term="xterm", enable_cpr=False)
        self.commands: list[str | int] = []
        self.unconfirmed: list[StyledLine] = []
        self.draft = Draft(InMemoryHistory(), lambda: Scope(nicks=["bia", "beatriz"], commands=["sair"]))
        self.screen = Screen(
            self.draft,
            LiveRows(
                lambda: [("class:prompt", "ana> ")],
                lambda: [("", "paste?" if self.draft.pasted else f"left {self.left}")],
                lambda most: self.unconfirmed[:most],
                "search: ",
            ),
            Handlers(self._enter, self._leave, self.commands.append, self.commands.append),
            bindings("", str),
            style=Style([]),
            depth=ColorDepth.DEPTH_1_BIT,
            source=keys,
            output=output,
        )

    def _enter(self, text: str) -> bool:
        self.entered.append(text)
        return self.accept(text)

    def _leave(self) -> None:
        self.left += 1
        self.screen.redraw()

    @property
    def rows(self) -> list[str]:
        drawn = self.drawn.getvalue()
        self._stream.feed(drawn[self._fed :])
        self._fed = len(drawn)
        return [row.rstrip() for row in self.display.display]

    @property
    def everything(self) -> list[str]:
        rows = self.rows
        past = ["".join(row[x].data for x in range(COLUMNS)).rstrip() for row in self.display.history.top]
        return [row for row in past + rows if row]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not condition():
                await asyncio.sleep(0.005)

    async def sees(self, *rows: str) -> None:
        """Wait until the lowest rows are these."""
        try:
            await self.until(lambda: list(rows) == self.rows[-len(rows) :])
        except TimeoutError:
            raise AssertionError("\n".join(self.rows)) from None


@asynccontextmanager
async def shown(accept: Callable[[str], bool] = lambda _: True) -> AsyncIterator[Watched]:
    with create_pipe_input() as keys:
        watched = Watched(keys, accept)
        task = asyncio.create_task(watched.screen.run())
        await watched.sees("ana>", "left 0")
        yield watched
        watched.screen.close()
        await task


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def lines(*texts: str) -> list[StyledLine]:
    return [[("", text)] for text in texts]


def test_lines_appear_above_a_draft_that_stays() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("meia lin")
            await watched.sees("ana> meia lin", "left 0")
            watched.screen.show(lines("um", "dois"))
            await watched.sees("um", "dois", "ana> meia lin", "left 0")
            watched.screen.show(lines("três"))
            await watched.sees("um", "dois", "três", "ana> meia lin", "left 0")

    run(test())


def test_a_line_is_entered_once_and_its_draft_is_gone() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("olá\r")
            await watched.until(lambda: watched.entered)
            await watched.sees("ana>", "left 0")
            assert ["olá"] == watched.entered

    run(test())


def test_a_refused_line_stays_to_be_corrected() -> None:
    async def test() -> None:
        async with shown(lambda text: text == "certo") as watched:
            watched.keys.send_text("cert\r")
            await watched.until(lambda: watched.entered)
            watched.keys.send_text("o\r")
            await watched.until(lambda: len(watched.entered) == 2)
            assert ["cert", "certo"] == watched.entered
            await watched.sees("ana>", "left 0")

    run(test())


def test_an_entered_line_comes_back_with_the_up_key() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("olá\r")
            await watched.until(lambda: watched.entered)
            await watched.sees("ana>", "left 0")
            watched.keys.send_text("\x1b[A")
            await watched.sees("ana> olá", "left 0")

    run(test())


PASTE = "\x1b[200~um\r\n\tdois\rtrês\x1b[201~"


@pytest.mark.parametrize("key", ["a", "t", "A"])
def test_pasted_lines_are_all_said_on_request(key: str) -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("e: " + PASTE)
            await watched.sees("ana> e:", "paste?")
            assert [] == watched.entered
            watched.keys.send_text(key)
            await watched.sees("ana>", "left 0")
            assert ["e: um\n    dois\ntrês"] == watched.entered

    run(test())


def test_pasted_lines_are_joined_into_the_draft() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("e: " + PASTE)
            await watched.sees("ana> e:", "paste?")
            watched.keys.send_text("j")
            await watched.sees("ana> e: um dois três", "left 0")
            assert [] == watched.entered

    run(test())


@pytest.mark.parametrize("key", ["n", "\x1b", "\x03", "\r", "\x04"])
def test_pasted_lines_are_dropped_and_the_draft_stays(key: str) -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("e: " + PASTE)
            await watched.sees("ana> e:", "paste?")
            watched.keys.send_text("x")
            watched.keys.send_text(key)
            await watched.sees("ana> e:", "left 0")
            assert [] == watched.entered

    run(test())


def test_refused_pasted_lines_stay_to_be_corrected() -> None:
    async def test() -> None:
        async with shown(lambda _: False) as watched:
            watched.keys.send_text(PASTE)
            await watched.sees("ana>", "paste?")
            watched.keys.send_text("a")
            await watched.sees("ana> um", "    dois", "três", "left 0")

    run(test())


def test_one_pasted_line_is_inserted_and_not_said() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("\x1b[200~um\n\x1b[201~")
            await watched.sees("ana> um", "left 0")
            assert [] == watched.entered

    run(test())


def test_escape_never_deletes_a_draft() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("rascunho")
            await watched.sees("ana> rascunho", "left 0")
            watched.keys.send_text("\x1b")
            await asyncio.sleep(0.3)  # as long as the keys after an escape are waited for
            watched.keys.send_text("s")
            await watched.sees("ana> rascunhos", "left 0")

    run(test())


def test_tab_goes_through_the_completions() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("b\t")
            await watched.sees("ana> bia:", "left 0")
            watched.keys.send_text("\t")
            await watched.sees("ana> beatriz:", "left 0")
            watched.keys.send_text("\x1b[Z")
            await watched.sees("ana> bia:", "left 0")

    run(test())


def test_keys_cause_their_commands() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("meia\x1b3\x1b[1;3C\x1b[1;3D\x1ba\x1bOP\x1b[5~\x18\x05")
            await watched.until(lambda: len(watched.commands) == 7)
            assert [3, "next", "previous", "urgent", "help", "earlier", "editor"] == watched.commands
            await watched.sees("ana> meia", "left 0")

    run(test())


def test_lines_typed_before_can_be_searched() -> None:
    async def test() -> None:
        async with shown() as watched:
            for text in ("primeiro", "segundo"):
                watched.keys.send_text(f"{text}\r")
                await watched.until(lambda: text in watched.entered)  # noqa: B023 - it is awaited here
            watched.keys.send_text("\x12prim")
            await watched.sees("ana> primeiro", "search: prim", "left 0")
            watched.keys.send_text("\r")
            await watched.until(lambda: "ana> primeiro" in watched.rows)
            assert 2 == len(watched.entered)

    run(test())


def test_unconfirmed_texts_stand_above_the_draft() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.unconfirmed += lines(*(f"a caminho {number}" for number in range(5)))
            watched.screen.redraw()
            await watched.sees("a caminho 0", "a caminho 1", "ana>", "left 0")
            watched.unconfirmed.clear()
            watched.screen.show(lines("dito"))
            await watched.until(lambda: [row for row in watched.rows if row] == ["dito", "ana>", "left 0"])

    run(test())


def test_the_bell_rings_once_with_the_next_lines() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.screen.ring()
            watched.screen.ring()
            watched.screen.show(lines("um", "dois"))
            await watched.sees("um", "dois", "ana>", "left 0")
            assert 1 == watched.drawn.getvalue().count("\a")

    run(test())


def test_nothing_is_printed_while_another_program_has_the_terminal() -> None:
    async def test() -> None:
        async with shown() as watched:
            async with watched.screen.suspended():
                watched.screen.show(lines("depois"))
                await asyncio.sleep(0.2)  # several times as long as printing waits
                assert "depois" not in watched.drawn.getvalue()
            await watched.sees("depois", "ana>", "left 0")

    run(test())


def test_ctrl_c_always_leaves_and_ctrl_d_when_nothing_is_typed() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("\x04")
            await watched.sees("ana>", "left 1")
            watched.keys.send_text("ab\x01\x04")
            await watched.sees("ana> b", "left 1")
            watched.keys.send_text("\x03")
            await watched.sees("ana> b", "left 2")

    run(test())


def test_ctrl_l_pushes_the_lines_up() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.screen.show(lines("um"))
            await watched.sees("um", "ana>", "left 0")
            watched.keys.send_text("\x0c")
            await watched.until(lambda: watched.rows == [*[""] * (ROWS - 2), "ana>", "left 0"])
            assert ["um", "ana>", "left 0"] == watched.everything

    run(test())


def test_many_lines_at_once_are_drawn_in_few_writes_and_none_is_missing() -> None:
    texts = [f"linha {number}" for number in range(3_000)]

    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("meia")
            await watched.sees("ana> meia", "left 0")
            before = watched.drawn.getvalue().count("ana> ")
            for text in texts:
                watched.screen.show(lines(text))
            assert watched.screen.full
            async with asyncio.timeout(DEADLINE):
                await watched.screen.until(lambda: not watched.screen.full)
            watched.screen.show(lines("fim"))
            await watched.sees("linha 2999", "fim", "ana> meia", "left 0")
            assert [*texts, "fim", "ana> meia", "left 0"] == watched.everything
            assert (len(texts) - LINES_HELD) / 10 > watched.drawn.getvalue().count("ana> ") - before

    run(test())


def test_a_long_line_is_wrapped_under_its_text() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.screen.show([[("", "ana: "), ("class:text", "palavra " * 8)]])
            row = " ".join(["palavra"] * 4)
            await watched.sees(f"ana: {row}", f"     {row}", "ana>", "left 0")

    run(test())


def test_a_link_is_left_whole() -> None:
    async def test() -> None:
        link = "https://example.org/" + "x" * COLUMNS
        async with shown() as watched:
            watched.screen.show([[("", "ana: "), ("class:text", f"vê {link} bem")]])
            await watched.until(lambda: link in watched.drawn.getvalue())
            await watched.sees("     bem", "ana>", "left 0")

    run(test())


def test_a_long_draft_takes_at_most_half_of_the_screen() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("y" * COLUMNS * ROWS * 2)
            await watched.sees(*["y" * COLUMNS] * 4, "y" * len("ana> "), "left 0")
            watched.screen.show(lines("um"))
            await watched.until(lambda: "um" in watched.rows)

    run(test())


def test_lines_that_wait_at_the_end_are_printed_and_the_input_is_gone() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.keys.send_text("rascunho")
            await watched.sees("ana> rascunho", "left 0")
            watched.screen.show(lines("um"))
            watched.screen.show(lines("dois"))
        assert ["um", "dois"] == watched.everything

    run(test())


def test_the_terminal_is_never_asked_for_its_cursor() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.screen.show(lines("um"))
            await watched.sees("um", "ana>", "left 0")
        assert "\x1b[6n" not in watched.drawn.getvalue()

    run(test())


def test_closing_twice_is_closing_once() -> None:
    async def test() -> None:
        async with shown() as watched:
            watched.screen.close()
            watched.screen.show(lines("depois"))

    run(test())


def test_a_screen_closed_before_it_ran_does_not_run() -> None:
    async def test() -> None:
        with create_pipe_input() as keys:
            watched = Watched(keys, lambda _: True)
            watched.screen.close()
            async with asyncio.timeout(DEADLINE):
                await watched.screen.run()
            assert [] == watched.everything

    run(test())
