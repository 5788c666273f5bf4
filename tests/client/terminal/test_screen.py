"""The screen: lines above, input and status below, whatever happens at the same time."""

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
from chatsimples.client.terminal.keys import bindings
from chatsimples.client.terminal.screen import LINES_HELD, Deeds, HeldOutput, Screen, View
from chatsimples.screen.styled_text import StyledLine

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
        self.acts: list[str | int] = []
        self.pending: list[StyledLine] = []
        self.draft = Draft(InMemoryHistory(), lambda: Scope(nicks=["bia", "beatriz"], commands=["sair"]))
        self.screen = Screen(
            self.draft,
            View(
                lambda: [("class:prompt", "ana> ")],
                lambda: [("", "paste?" if self.draft.pasted else f"left {self.left}")],
                lambda most: self.pending[:most],
                "search: ",
            ),
            Deeds(self._enter, self._leave, self.acts.append, self.acts.append),
            bindings("", str),
            style=Style([]),
            depth=ColorDepth.DEPTH_1_BIT,
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


def lines(*texts: str) -> list[StyledLine]:
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


PASTE = "\x1b[200~um\r\n\tdois\rtrês\x1b[201~"


@pytest.mark.parametrize("key", ["a", "t", "A"])
def test_pasted_lines_are_said_when_asked_for_all(key: str) -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("e: " + PASTE)
            await sight.sees("ana> e:", "paste?")
            assert [] == sight.entered
            sight.keys.send_text(key)
            await sight.sees("ana>", "left 0")
            assert ["e: um\n    dois\ntrês"] == sight.entered

    run(test())


def test_pasted_lines_are_joined_into_the_draft() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("e: " + PASTE)
            await sight.sees("ana> e:", "paste?")
            sight.keys.send_text("j")
            await sight.sees("ana> e: um dois três", "left 0")
            assert [] == sight.entered

    run(test())


@pytest.mark.parametrize("key", ["n", "\x1b", "\x03", "\r", "\x04"])
def test_pasted_lines_are_dropped_and_the_draft_stays(key: str) -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("e: " + PASTE)
            await sight.sees("ana> e:", "paste?")
            sight.keys.send_text("x")
            sight.keys.send_text(key)
            await sight.sees("ana> e:", "left 0")
            assert [] == sight.entered

    run(test())


def test_pasted_lines_that_can_not_be_said_stay_to_be_corrected() -> None:
    async def test() -> None:
        async with shown(lambda _: False) as sight:
            sight.keys.send_text(PASTE)
            await sight.sees("ana>", "paste?")
            sight.keys.send_text("a")
            await sight.sees("ana> um", "    dois", "três", "left 0")

    run(test())


def test_one_pasted_line_is_typed_and_not_said() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("\x1b[200~um\n\x1b[201~")
            await sight.sees("ana> um", "left 0")
            assert [] == sight.entered

    run(test())


def test_escape_never_deletes_a_draft() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("rascunho")
            await sight.sees("ana> rascunho", "left 0")
            sight.keys.send_text("\x1b")
            await asyncio.sleep(0.3)  # as long as the keys after an escape are waited for
            sight.keys.send_text("s")
            await sight.sees("ana> rascunhos", "left 0")

    run(test())


def test_tab_goes_through_what_fits() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("b\t")
            await sight.sees("ana> bia:", "left 0")
            sight.keys.send_text("\t")
            await sight.sees("ana> beatriz:", "left 0")
            sight.keys.send_text("\x1b[Z")
            await sight.sees("ana> bia:", "left 0")

    run(test())


def test_keys_do_what_they_are_for() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.keys.send_text("meia\x1b3\x1b[1;3C\x1b[1;3D\x1ba\x1bOP\x1b[5~\x18\x05")
            await sight.until(lambda: len(sight.acts) == 7)
            assert [3, "next", "previous", "urgent", "help", "earlier", "editor"] == sight.acts
            await sight.sees("ana> meia", "left 0")

    run(test())


def test_what_was_typed_before_is_searched() -> None:
    async def test() -> None:
        async with shown() as sight:
            for number, text in enumerate(("primeiro", "segundo"), 1):
                sight.keys.send_text(f"{text}\r")
                await sight.until(lambda number=number: len(sight.entered) == number)
            sight.keys.send_text("\x12prim")
            await sight.sees("ana> primeiro", "search: prim", "left 0")
            sight.keys.send_text("\r")
            await sight.until(lambda: "ana> primeiro" in sight.rows)
            assert 2 == len(sight.entered)

    run(test())


def test_texts_on_their_way_stand_above_the_draft() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.pending += lines(*(f"a caminho {number}" for number in range(5)))
            sight.screen.redraw()
            await sight.sees("a caminho 0", "a caminho 1", "ana>", "left 0")
            sight.pending.clear()
            sight.screen.show(lines("dito"))
            await sight.until(lambda: [row for row in sight.rows if row] == ["dito", "ana>", "left 0"])

    run(test())


def test_the_bell_rings_once_with_the_next_lines() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.ring()
            sight.screen.ring()
            sight.screen.show(lines("um", "dois"))
            await sight.sees("um", "dois", "ana>", "left 0")
            assert 1 == sight.drawn.getvalue().count("\a")

    run(test())


def test_while_another_program_has_the_terminal_nothing_is_printed() -> None:
    async def test() -> None:
        async with shown() as sight:
            async with sight.screen.given_away():
                sight.screen.show(lines("depois"))
                await asyncio.sleep(0.2)  # several times as long as printing waits
                assert "depois" not in sight.drawn.getvalue()
            await sight.sees("depois", "ana>", "left 0")

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


def test_ctrl_l_pushes_up_what_stands_above() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.show(lines("um"))
            await sight.sees("um", "ana>", "left 0")
            sight.keys.send_text("\x0c")
            await sight.until(lambda: sight.rows == [*[""] * (ROWS - 2), "ana>", "left 0"])
            assert ["um", "ana>", "left 0"] == sight.everything

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


def test_a_long_line_is_wrapped_under_its_text() -> None:
    async def test() -> None:
        async with shown() as sight:
            sight.screen.show([[("", "ana: "), ("class:text", "palavra " * 8)]])
            row = " ".join(["palavra"] * 4)
            await sight.sees(f"ana: {row}", f"     {row}", "ana>", "left 0")

    run(test())


def test_a_link_is_left_whole() -> None:
    async def test() -> None:
        link = "https://example.org/" + "x" * COLUMNS
        async with shown() as sight:
            sight.screen.show([[("", "ana: "), ("class:text", f"vê {link} bem")]])
            await sight.until(lambda: link in sight.drawn.getvalue())
            await sight.sees("     bem", "ana>", "left 0")

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
