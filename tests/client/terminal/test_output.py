"""Output that is held is written in one piece; terminals that wrap anew are known by their variables."""

from __future__ import annotations

import io

import pytest
from prompt_toolkit.data_structures import Size

from chatsimples.client.terminal.output import HeldOutput, reflows


def test_output_that_is_held_is_written_when_it_is_released() -> None:
    written = io.StringIO()
    output = HeldOutput(written, lambda: Size(10, 40), term="xterm", enable_cpr=False)
    output.write("a")
    output.flush()
    assert "a" == written.getvalue()
    output.hold()
    for text in ("b", "c"):
        output.write(text)
        output.flush()
    assert "a" == written.getvalue()
    output.release()
    assert "abc" == written.getvalue()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TMUX": "/tmp/tmux-0/default,1,0"}, True),
        ({"VTE_VERSION": "7600"}, True),
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM_PROGRAM": "other"}, False),
        ({"TMUX": ""}, False),
        ({}, False),
    ],
)
def test_a_terminal_that_wraps_anew_is_known_by_its_variables(
    environ: dict[str, str], expected: bool
) -> None:
    assert expected == reflows(environ)
