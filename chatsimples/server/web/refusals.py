"""What is answered where nothing else can be: a small page for people, JSON for programs."""

from __future__ import annotations

import html
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from chatsimples.i18n import N_, Translate
from chatsimples.server.web.messages import HTML, JSON, Headers, Response

_CODES: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, N_("The request can't be understood.")),
    "not_found": (404, N_("There is nothing here.")),
    "method_not_allowed": (405, N_("That can't be done here.")),
    "timeout": (408, N_("The request took too long.")),
    "too_large": (413, N_("The request is too large.")),
    "target_too_long": (414, N_("The address is too long.")),
    "header_too_large": (431, N_("The request's header is too large.")),
    "host_unknown": (
        421,
        N_(
            "This server does not know the name in the address. Use its IP address, or localhost; or have "
            "whoever runs it add --origin with this page's address."
        ),
    ),
    "origin_refused": (
        403,
        N_(
            "A page from elsewhere may not talk to this chat. If it should, whoever runs the server adds "
            "--origin with the page's address."
        ),
    ),
    "too_many_connections": (429, N_("There are too many connections from this address.")),
    "too_many_requests": (429, N_("There are too many requests from this address; try again later.")),
    "upgrade_required": (426, N_("A WebSocket is expected here.")),
    "not_implemented": (501, N_("The server can't do that.")),
    "version_not_supported": (505, N_("The server does not speak this version of HTTP.")),
    "failed": (500, N_("The server has made a mistake; it is noted in its log.")),
}
_OF_STATUS = {
    400: "bad_request",
    414: "target_too_long",
    431: "header_too_large",
    501: "not_implemented",
    505: "version_not_supported",
}


def code_of(status: int) -> str:
    """Return the word for what is wrong with a head, by what HTTP says to it."""
    return _OF_STATUS.get(status, "bad_request")


class Refusals:
    """Makes these answers.

    Args:
        translate: into the language of people.
    """

    def __init__(self, translate: Translate) -> None:
        self._translate = translate

    def response(self, code: str, *, as_page: bool, headers: Headers = ()) -> Response:
        """Return the answer for one of the codes that are known here.

        Args:
            code: what is wrong.
            as_page: whether a person looks at it.
            headers: more of its headers.
        """
        status, text = _CODES[code]
        return self.told(status, code, self._translate(text), as_page=as_page, headers=headers)

    def told(self, status: int, code: str, text: str, *, as_page: bool, headers: Headers = ()) -> Response:
        """Return an answer for any code, with a text that people can read."""
        headers = (("Cache-Control", "no-store"), *headers)
        if as_page:
            return Response(status, _page(status, text), HTML, headers)
        body = msgspec.json.encode({"error": {"code": code, "text": text}}) + b"\n"
        return Response(status, body, JSON, headers)


def _page(status: int, text: str) -> bytes:
    title = f"{status} {HTTPStatus(status).phrase}"
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<h1>{title}</h1>\n<p>{html.escape(text)}</p>\n"
    ).encode()
