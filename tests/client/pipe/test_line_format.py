"""Both formats of lines fit the same dialogue, and read what a person types alike."""

from __future__ import annotations

import pytest

from chatsimples.client.pipe.flat_lines import FlatLines
from chatsimples.client.pipe.json_lines import JsonLines
from chatsimples.client.pipe.line_format import InputLine, LineFormat, read_typed
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.errors import Refusal

NO_LIMITS = ServerLimits()
FORMATS: list[LineFormat] = [FlatLines(Renderer(str)), JsonLines(Renderer(str), str)]


@pytest.mark.parametrize("lines", FORMATS, ids=lambda lines: type(lines).__name__)
def test_every_format_reads_what_a_person_types(lines: LineFormat) -> None:
    assert InputLine(actions.Say("oi")) == lines.read("oi", NO_LIMITS) == read_typed("oi", NO_LIMITS)
    assert lines.read("", NO_LIMITS) is read_typed("", NO_LIMITS) is None
    with pytest.raises(Refusal, match="unknown_command"):
        lines.read("/nada", NO_LIMITS)


@pytest.mark.parametrize("lines", FORMATS, ids=lambda lines: type(lines).__name__)
def test_every_format_knows_the_servers_limits(lines: LineFormat) -> None:
    with pytest.raises(Refusal, match="text_too_long"):
        lines.read("demasiado", ServerLimits(max_text=4))
    with pytest.raises(Refusal, match="bad_nick"):
        lines.read("/apelido demasiado", ServerLimits(max_name=4))
