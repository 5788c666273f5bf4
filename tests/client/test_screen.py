"""The screen: lines above, input and status below, whatever happens at the same time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pyte
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from support.waiting import DEADLINE

from chatsimples.client.display import Line
from chatsimples.client.screen import LINES_HELD, HeldOutput, Screen

COLUMNS, ROWS = 40, 10


class Sight:
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
        self.screen = Screen(
            lambda: [("class:prompt", "ana> ")],
            lambda: [("", f"left {self.left}")],
            self._enter,
            self._leave,
            source=keys,
            target=output,
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
async def shown(accept: Callable[[str], bool] = lambda _: True) -> AsyncIterator[Sight]:
    with create_pipe_input() as keys:
        sight = Sight(keys, accept)
        task = asyncio.create_task(sight.screen.run())
        await sight.sees("ana>", "left 0")
        yield sight
        sight.screen.close()
        await task


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def lines(*texts: str) -> list[Line]:
    return [[("", text)] for text in texts]


def test_lines_appear_above_a_draft_that_stays() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("meia lin")
            await sight.sees("ana> meia lin", "left 0")
            sight.screen.show(lines("um", "dois"))
            await sight.sees("um", "dois", "ana> meia lin", "left 0")
            sight.screen.show(lines("três"))
            await sight.sees("um", "dois", "três", "ana> meia lin", "left 0")

    run(test())


def test_a_line_is_entered_once_and_its_draft_is_gone() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("olá\r")
            await sight.until(lambda: sight.entered)
            await sight.sees("ana>", "left 0")
            assert ["olá"] == sight.entered

    run(test())


def test_what_is_not_accepted_stays_to_be_corrected() -> None:
    async def test() -> None:
        async with shown(lambda text: text == "certo") as sight:
            sight.keys.send_text("cert\r")
            await sight.until(lambda: sight.entered)
            sight.keys.send_text("o\r")
            await sight.until(lambda: len(sight.entered) == 2)
            assert ["cert", "certo"] == sight.entered
            await sight.sees("ana>", "left 0")

    run(test())


def test_what_was_entered_comes_back_with_the_up_key() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("olá\r")
            await sight.until(lambda: sight.entered)
            await sight.sees("ana>", "left 0")
            sight.keys.send_text("\x1b[A")
            await sight.sees("ana> olá", "left 0")

    run(test())


def test_a_paste_of_many_lines_is_one_draft() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("\x1b[200~um\r\n\tdois\rtrês\x1b[201~")
            await sight.sees("ana> um", "    dois", "três", "left 0")
            assert [] == sight.entered
            sight.keys.send_text("\r")
            await sight.until(lambda: sight.entered)
            assert ["um\n    dois\ntrês"] == sight.entered

    run(test())


def test_ctrl_c_always_leaves_and_ctrl_d_when_nothing_is_typed() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("\x04")
            await sight.sees("ana>", "left 1")
            sight.keys.send_text("ab\x01\x04")
            await sight.sees("ana> b", "left 1")
            sight.keys.send_text("\x03")
            await sight.sees("ana> b", "left 2")

    run(test())


def test_ctrl_l_clears_what_stands_above() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.show(lines("um"))
            await sight.sees("um", "ana>", "left 0")
            sight.keys.send_text("\x0c")
            await sight.until(lambda: sight.rows[:2] == ["ana>", "left 0"])

    run(test())


def test_many_lines_at_once_are_drawn_in_few_goes_and_none_is_missing() -> None:
    texts = [f"linha {number}" for number in range(3_000)]

    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("meia")
            await sight.sees("ana> meia", "left 0")
            before = sight.drawn.getvalue().count("ana> ")
            for text in texts:
                sight.screen.show(lines(text))
            assert sight.screen.full
            async with asyncio.timeout(DEADLINE):
                await sight.screen.until(lambda: not sight.screen.full)
            sight.screen.show(lines("fim"))
            await sight.sees("linha 2999", "fim", "ana> meia", "left 0")
            assert [*texts, "fim", "ana> meia", "left 0"] == sight.everything
            assert (len(texts) - LINES_HELD) / 10 > sight.drawn.getvalue().count("ana> ") - before

    run(test())


def test_a_long_line_is_wrapped_by_the_terminal() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.show(lines("x" * (COLUMNS + 5)))
            await sight.sees("x" * COLUMNS, "x" * 5, "ana>", "left 0")

    run(test())


def test_a_long_draft_takes_at_most_half_of_the_screen() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("y" * COLUMNS * ROWS * 2)
            await sight.sees(*["y" * COLUMNS] * 4, "y" * len("ana> "), "left 0")
            sight.screen.show(lines("um"))
            await sight.until(lambda: "um" in sight.rows)

    run(test())


def test_what_waits_at_the_end_is_still_printed_and_the_input_is_gone() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("rascunho")
            await sight.sees("ana> rascunho", "left 0")
            sight.screen.show(lines("um"))
            sight.screen.show(lines("dois"))
        assert ["um", "dois"] == sight.everything

    run(test())


def test_the_terminal_is_never_asked_where_the_cursor_is() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.show(lines("um"))
            await sight.sees("um", "ana>", "left 0")
        assert "\x1b[6n" not in sight.drawn.getvalue()

    run(test())


def test_closing_twice_is_closing_once() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.close()
            sight.screen.show(lines("depois"))

    run(test())


def test_a_screen_closed_before_it_ran_does_not_run() -> None:
    async def test() -> None:
        with create_pipe_input() as keys:
            sight = Sight(keys, lambda _: True)
            sight.screen.close()
            async with asyncio.timeout(DEADLINE):
                await sight.screen.run()
            assert [] == sight.everything

    run(test())
