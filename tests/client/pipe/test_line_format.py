"""Both formats of lines fit the same dialogue, and read what a person types alike."""

from __future__ import annotations

import pytest

from chatsimples.client.pipe.flat_lines import FlatLines
from chatsimples.client.pipe.json_lines import JsonLines
from chatsimples.client.pipe.line_format import InputLine, LineFormat, read_typed
from chatsimples.client.protocol.replies import Limits
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.errors import Refusal

FORMATS: list[LineFormat] = [FlatLines(Renderer(str)), JsonLines(Renderer(str), str)]


@pytest.mark.parametrize("lines", FORMATS, ids=lambda lines: type(lines).__name__)
def test_every_format_reads_what_a_person_types(lines: LineFormat) -> None:
    assert InputLine(actions.Say("oi")) == lines.read("oi", Limits()) == read_typed("oi", Limits())
    assert lines.read("", Limits()) is read_typed("", Limits()) is None
    with pytest.raises(Refusal, match="unknown_command"):
        lines.read("/nada", Limits())


@pytest.mark.parametrize("lines", FORMATS, ids=lambda lines: type(lines).__name__)
def test_every_format_knows_the_servers_limits(lines: LineFormat) -> None:
    with pytest.raises(Refusal, match="text_too_long"):
        lines.read("demasiado", Limits(max_text=4))
    with pytest.raises(Refusal, match="bad_nick"):
        lines.read("/apelido demasiado", Limits(max_name=4))
