"""The page's files: read once, held in memory as they are and compressed, and told by what is in them."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import chatsimples
from chatsimples.server.web.messages import HTML, Headers, Request, Response

PAGE = Path(chatsimples.__file__).parent / "page"
"""The folder of the page's files."""

_INDEX = "index.html"
_VIEWS = ("/", "/status")
"""Where the page is, and shows something else each."""

_TYPES = {
    ".html": HTML,
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
# A block that documents what follows: it stands in lines of its own. One before an expression stays.
_DOCUMENTATION = re.compile(rb"^ *(/\*\*(?:(?!\*/).)*\*/)$", re.MULTILINE | re.DOTALL)
_COMPRESSED = ("text/", "application/json", "application/manifest", "image/svg")


class File(NamedTuple):
    """A file that is served.

    Attributes:
        content_type: what it is.
        tag: tells its content, as an entity tag without its quotes.
        plain: its bytes.
        packed: the same, compressed with gzip; empty if that is no gain.
    """

    content_type: str
    tag: str
    plain: bytes
    packed: bytes


def read_files(folder: Path) -> dict[str, File]:
    """Read a folder of files; those of which the kind is not known are left out.

    Of modules of JavaScript the documentation is left out.

    Returns:
        them by path: ``/style/page.css``; the index at ``/`` and ``/status`` too.
    """
    files: dict[str, File] = {}
    for path in sorted(folder.rglob("*")):
        content_type = _TYPES.get(path.suffix)
        if content_type is None or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        file = files[f"/{name}"] = _read(_code(data) if path.suffix == ".js" else data, content_type)
        if name == _INDEX:
            files.update(dict.fromkeys(_VIEWS, file))
    return files


def _code(module: bytes) -> bytes:
    """Return a module without its documentation, a quarter of what is sent; lines keep their numbers."""
    return _DOCUMENTATION.sub(lambda found: b"\n" * found[1].count(b"\n"), module)


def _read(data: bytes, content_type: str) -> File:
    packed = b""
    if content_type.startswith(_COMPRESSED):
        packed = gzip.compress(data, mtime=0)
    if len(packed) >= len(data):
        packed = b""
    return File(content_type, hashlib.sha256(data).hexdigest()[:32], data, packed)


def serve(files: Mapping[str, File], request: Request) -> Response | None:
    """Answer with a file; None if there is none at the request's path."""
    file = files.get(request.path)
    if file is None:
        return None
    is_packed = bool(file.packed) and _takes_gzip(request.header("accept-encoding"))
    tag = f'"{file.tag}-gz"' if is_packed else f'"{file.tag}"'
    # It is asked for each time, and then most often not sent: a new version of the server is seen at once.
    headers: Headers = (("ETag", tag), ("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding"))
    if _is_known(request.header("if-none-match"), tag):
        return Response(304, headers=headers)
    if is_packed:
        headers += (("Content-Encoding", "gzip"),)
    return Response(200, file.packed if is_packed else file.plain, file.content_type, headers)


def _is_known(told: str, tag: str) -> bool:
    """Tell whether a tag is among those that the client has (RFC 9110, section 13.1.2)."""
    tags = [each.strip().removeprefix("W/") for each in told.split(",")]
    return tag in tags or tags == ["*"]


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").strip("0.") != "q="
    return False
