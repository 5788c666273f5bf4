"""Each refusal has one code, which the protocol's reference lists, and a text for people."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from chatsimples import errors
from chatsimples.errors import REFUSALS, ChatSimplesError, Refusal, TranscriptDamagedError, explain
from chatsimples.i18n import LANGUAGES, translator

REFERENCE = Path(__file__).parent.parent / "docs" / "protocol.md"


def documented() -> list[str]:
    table = REFERENCE.read_text("utf-8").split("### Errors", 1)[1].split("\n### ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [code for row in rows for code in re.findall(r"`(\w+)`", row)]


def test_the_reference_lists_exactly_the_codes_there_are() -> None:
    assert sorted(REFUSALS) == sorted(documented())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_is_explained_with_its_details(code: str, lang: str) -> None:
    names = [name for _, name, _, _ in Formatter().parse(REFUSALS[code]) if name]
    text = explain(code, {name: f"<{name}>" for name in names}, translator(lang))
    assert [] == [name for name in names if f"<{name}>" not in text]
    assert not {"{", "}"} & set(text)


def test_the_reason_is_translated_and_has_details_of_its_own() -> None:
    refusal = Refusal("bad_request", why="N is from 1 to {most}", most=1000)
    assert {"why": "N is from 1 to {most}", "most": "1000"} == refusal.detail
    english, portuguese = (explain(refusal.code, refusal.detail, translator(lang)) for lang in ("en", "pt"))
    assert "this command is not complete or not right: N is from 1 to 1000" == english
    assert "este comando está incompleto ou incorreto: N vai de 1 a 1000" == portuguese


@pytest.mark.parametrize("detail", ["{0}", "{nick.__class__}", "{", "%s"])
def test_what_a_client_wrote_is_a_detail_and_no_text_with_placeholders(detail: str) -> None:
    assert f"nobody here is called {detail}" == explain("no_such_nick", {"nick": detail}, str)


def test_a_refusal_has_a_code_that_there_is() -> None:
    with pytest.raises(ValueError, match="no_such_code"):
        Refusal("no_such_code")


def test_a_damage_tells_its_place() -> None:
    error = TranscriptDamagedError(Path("logs/transcript-000000000001.jsonl"), 7, 512, "it is no record")
    assert "logs/transcript-000000000001.jsonl: line 7 (byte 512): it is no record" == str(error)
    assert (7, 512) == (error.line, error.offset)


def test_every_error_of_the_program_has_an_exit_code_that_says_whose_fault_it_is() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ChatSimplesError)
    ]
    assert len(kinds) > 1
    assert {"SettingError": 2} == {kind.__name__: kind.exit_code for kind in kinds if kind.exit_code != 1}
