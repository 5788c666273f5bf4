"""A connection of the web process: requests are answered one after the other, as long as there are some."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl

import h11
import msgspec

from chatsimples.errors import HeadError
from chatsimples.net.peers import Peer
from chatsimples.server.oplog.events import log
from chatsimples.server.web.bounds import RequestRates
from chatsimples.server.web.incoming import BodyTooLargeError, Incoming, Patience, has_body
from chatsimples.server.web.messages import Headers, Request, Response, wants_page
from chatsimples.server.web.protection import protection
from chatsimples.server.web.refusals import Refusals, code_of
from chatsimples.server.web.routes import Router
from chatsimples.server.web.sharing import is_preflight, preflight, sharing
from chatsimples.web.admittance import Admittance
from chatsimples.web.head import Head
from chatsimples.web.origins import origin_of
from chatsimples.web.upgrade import PATH, VERSION

_WRITE_BYTES = 262_144
_READ_BYTES = 65_536
_UNREAD_BYTES = 1_048_576
_FIELDS = 50
_WITHOUT_BODY = (204, 304)


class Site(msgspec.Struct, frozen=True):
    """What all connections have in common.

    Attributes:
        router: finds who answers.
        refusals: makes the answers where nobody does.
        admittance: which requests are taken.
        rates: how many.
        most_body: bytes in a request's body.
        patience: how long clients are waited for.
    """

    router: Router
    refusals: Refusals
    admittance: Admittance
    rates: RequestRates
    most_body: int
    patience: Patience = Patience()


class Exchange(msgspec.Struct):
    """A request that is being answered.

    Attributes:
        connection: as h11 sees it.
        head: the request's; None if it could not be read.
        goes_on: whether another request may follow.
    """

    connection: h11.Connection
    head: Head | None
    goes_on: bool


class WebConnection:
    """A connection.

    Args:
        reader, writer: of its socket.
        peer: whose it is.
        first: what was read of it already.
        site: what it has in common with others.

    Attributes:
        is_busy: whether a request is being answered by something that has an end.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: Peer,
        first: bytes,
        site: Site,
    ) -> None:
        self.is_busy = False
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._site = site
        self._incoming = Incoming(reader, first, site.patience)
        self._stopping = False

    def stop(self) -> None:
        """Answer no further request."""
        self._stopping = True

    async def run(self) -> None:
        """Answer requests until one side has had enough; then close."""
        try:
            while not self._stopping and await self._exchange():
                pass
            await self._say_farewell()
        except (OSError, TimeoutError):
            # It has gone, or takes nothing.
            pass
        except Exception:
            log.exception("a web connection has failed", address=self._peer.address)
        finally:
            self.is_busy = False
            self._writer.transport.abort()

    async def refuse(self, code: str) -> None:
        """Answer whatever is asked with one refusal; then close."""
        with suppress(OSError, TimeoutError):
            await self._send(self._broken(), self._site.refusals.response(code, as_page=False))
            await self._say_farewell()
        self._writer.transport.abort()

    async def _exchange(self) -> bool:
        """Answer one request; tell whether there may be another."""
        refusals = self._site.refusals
        try:
            taken = await self._incoming.head()
        except TimeoutError:
            await self._send(self._broken(), refusals.response("timeout", as_page=False))
            return False
        except HeadError as error:
            response = refusals.told(error.status, code_of(error.status), error.why, as_page=False)
            await self._send(self._broken(), response)
            return False
        if taken is None:
            return False
        head, connection = taken
        self.is_busy = True
        exchange = Exchange(connection, head, goes_on=False)
        await self._send(exchange, await self._answer(exchange, head))
        self.is_busy = False
        return exchange.goes_on

    async def _answer(self, exchange: Exchange, head: Head) -> Response:
        """Return what is answered to a request."""
        site, as_page = self._site, wants_page(head)
        if not site.rates.admits(self._peer):
            headers: Headers = (("Retry-After", "10"),)
            return site.refusals.response("too_many_requests", as_page=as_page, headers=headers)
        refusal = site.admittance.refusal(head, is_tls=self._peer.tls is not None)
        if refusal:
            return site.refusals.response(refusal.code, as_page=as_page)
        exchange.goes_on = not has_body(head)
        if head.path == PATH:
            headers = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION))
            return site.refusals.response("upgrade_required", as_page=as_page, headers=headers)
        asked = head._replace(method="GET") if head.method == "HEAD" else head
        match = site.router.find(asked.method, head.path)
        if match.allowed and is_preflight(head) and site.admittance.guest(head):
            return preflight(match.allowed)
        if match.handler is None:
            if not match.allowed:
                return site.refusals.response("not_found", as_page=as_page)
            headers = (("Allow", ", ".join(match.allowed)),)
            return site.refusals.response("method_not_allowed", as_page=as_page, headers=headers)
        if int(head.get("content-length") or 0) > site.most_body:
            return site.refusals.response("too_large", as_page=as_page)
        try:
            body = await self._incoming.body(exchange.connection, site.most_body, self._writer.write)
        except BodyTooLargeError:
            return site.refusals.response("too_large", as_page=as_page)
        except TimeoutError:
            return site.refusals.response("timeout", as_page=as_page)
        except HeadError as error:
            return site.refusals.told(error.status, code_of(error.status), error.why, as_page=as_page)
        exchange.goes_on = True
        query = _query(head)
        try:
            return await match.handler(Request(asked, self._peer, match.params, query, body))
        except Exception:
            # Behind the first part of a path there may be a token.
            part = "/".join(head.path.split("/")[:2])
            log.exception("a request could not be answered", address=self._peer.address, path=part)
            return site.refusals.response("failed", as_page=as_page)

    # Writing.

    async def _send(self, exchange: Exchange, response: Response) -> None:
        """Send a response: its head, and its body if it has one."""
        connection, head = exchange.connection, exchange.head
        if self._stopping:
            exchange.goes_on = False
        headers = [*self._headers(head), *response.headers]
        if response.content_type:
            headers.append(("Content-Type", response.content_type))
        body = response.body
        if isinstance(body, bytes) and response.status not in _WITHOUT_BODY:
            headers.append(("Content-Length", str(len(body))))
        if not exchange.goes_on:
            headers.append(("Connection", "close"))
        reason = HTTPStatus(response.status).phrase
        started = h11.Response(status_code=response.status, headers=headers, reason=reason)
        sent = connection.send(started) or b""
        without_body = head is not None and head.method == "HEAD"
        if isinstance(body, bytes):
            data = connection.send(h11.Data(data=body)) if body and not without_body else b""
            await self._write(sent + (data or b""))
        else:
            await self._write(sent)
            await self._send_parts(connection, body, wanted=not without_body)
        await self._write(connection.send(h11.EndOfMessage()) or b"")
        exchange.goes_on = exchange.goes_on and connection.our_state is h11.DONE

    async def _send_parts(
        self, connection: h11.Connection, parts: AsyncIterator[bytes], *, wanted: bool
    ) -> None:
        """Send what comes piece by piece. It may have no end: a stop does not wait for it."""
        self.is_busy = False
        try:
            while wanted:
                part = await anext(parts, None)
                if part is None:
                    break
                await self._write(connection.send(h11.Data(data=part)) or b"")
        finally:
            # What it holds is let go of now, and not when somebody collects garbage.
            if isinstance(parts, AsyncGenerator):
                await parts.aclose()

    async def _write(self, data: bytes) -> None:
        for start in range(0, len(data), _WRITE_BYTES):
            self._writer.write(data[start : start + _WRITE_BYTES])
            async with asyncio.timeout(self._site.patience.write):
                await self._writer.drain()

    def _headers(self, head: Head | None) -> Headers:
        # What is no host must not come into the policy.
        authority = head.get("host").lower() if head is not None else ""
        if origin_of("http", authority) is None:
            authority = ""
        date = ("Date", formatdate(time.time(), usegmt=True))
        guest = self._site.admittance.guest(head) if head is not None else ""
        return (
            date,
            *protection(authority, is_tls=self._peer.tls is not None, is_local=self._peer.is_local),
            *sharing(guest),
        )

    def _broken(self) -> Exchange:
        """Return an exchange of which the request is not understood: the connection ends with it."""
        connection = h11.Connection(h11.SERVER)
        return Exchange(connection, None, goes_on=False)

    async def _say_farewell(self) -> None:
        """Say that nothing more comes, and take what the client still sends.

        Closing with unread input would reset the connection, and could destroy what is on its way.
        """
        patience = self._site.patience
        if self._writer.can_write_eof():
            self._writer.write_eof()
        async with asyncio.timeout(patience.farewell):
            unread = _UNREAD_BYTES
            while unread > 0 and (data := await self._reader.read(_READ_BYTES)):
                unread -= len(data)


def _query(head: Head) -> Mapping[str, str]:
    _, _, query = head.target.partition("?")
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        return {}
