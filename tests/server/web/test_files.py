"""The page's files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from web.heads import a_head

from chatsimples.net.peers import LOCAL
from chatsimples.server.web.files import PAGE, File, read_files, serve
from chatsimples.server.web.messages import Request, Response

LONG = b"body { color: red }\n" * 100


@pytest.fixture
def files(tmp_path: Path) -> dict[str, File]:
    (tmp_path / "style").mkdir()
    (tmp_path / "index.html").write_text("<p>olá", "utf-8")
    (tmp_path / "style" / "page.css").write_bytes(LONG)
    (tmp_path / "notes.py").write_text("secret", "utf-8")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG" + bytes(1_000))
    return read_files(tmp_path)


def answer(files: dict[str, File], path: str, **headers: str) -> Response | None:
    return serve(files, Request(a_head(path, **headers), LOCAL, {}, {}))


def told(response: Response | None) -> dict[str, str]:
    assert response is not None
    return dict(response.headers)


def test_files_are_found_by_their_paths_and_the_page_where_it_shows_something(files: dict[str, File]) -> None:
    assert {"/", "/index.html", "/status", "/style/page.css", "/logo.png"} == set(files)
    for path in ("/?x=1", "/status"):
        index = answer(files, path)
        assert index is not None
        assert ("text/html; charset=utf-8", "<p>olá".encode()) == (index.content_type, index.body)


def test_modules_come_without_their_documentation_and_with_the_same_lines(tmp_path: Path) -> None:
    module = """\
/**
 * Says what it is. @param {string} text
 */
export const a = "/** b */";

  /** One line. */
  /** @type {C} */ (d).e = 1; /** @type {F} */
"""
    (tmp_path / "a.js").write_text(module, "utf-8")
    expected = '\n\n\nexport const a = "/** b */";\n\n\n  /** @type {C} */ (d).e = 1; /** @type {F} */\n'
    assert expected.encode() == read_files(tmp_path)["/a.js"].plain


@pytest.mark.parametrize(
    "path",
    ["/notes.py", "/style", "/style/", "/../conftest.py", "/%2e%2e/x", "//index.html", "/style%2Fpage.css"],
)
def test_nothing_else_is_found(files: dict[str, File], path: str) -> None:
    assert answer(files, path) is None


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, deflate, br", True), ("GZIP;q=0.5", True), ("br", False), ("", False), ("gzip;q=0", False),
        ("gzip; q=0.000, br", False), ("x-gzip", False),
    ],
)  # fmt: skip
def test_who_takes_it_gets_it_compressed(files: dict[str, File], accepted: str, is_packed: bool) -> None:
    response = answer(files, "/style/page.css", accept_encoding=accepted)
    assert response is not None
    assert isinstance(response.body, bytes)
    assert is_packed == ("gzip" == told(response).get("Content-Encoding"))
    assert LONG == (gzip.decompress(response.body) if is_packed else response.body)
    assert "Accept-Encoding" == told(response)["Vary"]


def test_what_compressing_does_not_make_smaller_stays_as_it_is(files: dict[str, File]) -> None:
    assert "Content-Encoding" not in told(answer(files, "/", accept_encoding="gzip"))
    assert "Content-Encoding" not in told(answer(files, "/logo.png", accept_encoding="gzip"))


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_who_has_it_is_told_that_it_is_the_same(files: dict[str, File], encoding: str) -> None:
    tag = told(answer(files, "/style/page.css", accept_encoding=encoding))["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = answer(files, "/style/page.css", accept_encoding=encoding, if_none_match=known)
        assert again is not None
        assert (304, b"") == (again.status, again.body)
        assert tag == told(again)["ETag"]
    other = answer(files, "/style/page.css", accept_encoding=encoding, if_none_match='"other"')
    assert other is not None
    assert 200 == other.status


def test_each_form_has_a_tag_of_its_own(files: dict[str, File]) -> None:
    plain, packed = (
        told(answer(files, "/style/page.css", accept_encoding=encoding))["ETag"] for encoding in ("", "gzip")
    )
    assert plain != packed


def test_the_page_that_is_delivered_has_an_index() -> None:
    assert "/" in read_files(PAGE)
