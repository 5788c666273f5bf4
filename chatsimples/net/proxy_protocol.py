"""The header with which a proxy tells for whom it connects: the PROXY protocol, version 1 and 2. No I/O.

It is defined at https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. Whoever can send one can claim
to be anybody: whose headers are believed is for the caller to say.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from typing import NamedTuple

from chatsimples.net.peers import TlsFacts

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
"""What a header of version 2 begins with."""

TEXT_START = b"PROXY "
"""What a header of version 1 begins with."""

LONGEST_TEXT = 107
"""Bytes in the longest header of version 1."""

LONGEST_BINARY = 4_096
"""Bytes behind the fixed part of a header of version 2 that are taken; the protocol would allow 65,535."""

_FIXED = struct.Struct("!12sBBH")
_PROXIED, _FOR_ITSELF = 0x21, 0x20
_TCP4, _TCP6, _UNIX, _UNKNOWN = 0x11, 0x21, 0x31, 0x00
_HOST_AT = {_TCP4: 4, _TCP6: 16}
_ADDRESS_BYTES = {_TCP4: 12, _TCP6: 36, _UNIX: 216, _UNKNOWN: 0}
_TLV = struct.Struct("!BH")
_TLS, _TLS_VERSION, _TLS_COMMON_NAME = 0x20, 0x21, 0x22
_TLS_FIXED = struct.Struct("!BI")
_CAME_BY_TLS = 0x01
_SHOWED_CERTIFICATE = 0x02 | 0x04
_PORTS = 65_536


class HeaderError(Exception):
    """What was sent is no header of the PROXY protocol; the text says why."""


class Header(NamedTuple):
    """A header that is complete.

    Attributes:
        length: bytes in it.
        host: the address of whom the proxy connected for; empty if it connected for itself, or can't tell.
        tls: what the proxy tells of the TLS with which it was reached; None if it was not, or does not tell.
    """

    length: int
    host: str
    tls: TlsFacts | None = None


def parse(data: bytes) -> Header | None:
    """Return the header that data begins with; None if all of the data is a part of it, and more must come.

    Raises:
        HeaderError: it does not begin with one.
    """
    if data.startswith(SIGNATURE):
        return _parse_binary(data)
    if SIGNATURE.startswith(data) or TEXT_START.startswith(data):
        return None
    if data.startswith(TEXT_START):
        return _parse_text(data)
    raise HeaderError("it begins otherwise")


# Version 1.


def _parse_text(data: bytes) -> Header | None:
    line, end, _ = data[:LONGEST_TEXT].partition(b"\r\n")
    if not end:
        if len(data) >= LONGEST_TEXT:
            raise HeaderError("its line has no end")
        return None
    length = len(line) + len(end)
    match line.split(b" "):
        case [_, b"UNKNOWN", *_]:
            return Header(length, "")
        case [_, b"TCP4" | b"TCP6" as family, source, destination, from_port, to_port]:
            version = 4 if family == b"TCP4" else 6
            _read_address(destination, version)
            _check_port(from_port)
            _check_port(to_port)
            return Header(length, _read_address(source, version))
    raise HeaderError("its line is none of the protocol's")


def _read_address(word: bytes, version: int) -> str:
    try:
        address = ipaddress.ip_address(word.decode("ascii"))
    except ValueError:
        raise HeaderError("an address in it is none") from None
    # One with a zone means something on another machine only.
    if address.version != version or b"%" in word:
        raise HeaderError("an address in it is of another kind than it says")
    return str(address)


def _check_port(word: bytes) -> None:
    if not (word.isdigit() and str(int(word)).encode() == word and int(word) < _PORTS):
        raise HeaderError("a port in it is none")


# Version 2.


def _parse_binary(data: bytes) -> Header | None:
    if len(data) < _FIXED.size:
        return None
    _, command, family, rest = _FIXED.unpack_from(data)
    if command not in {_PROXIED, _FOR_ITSELF}:
        raise HeaderError("its version or its command is unknown")
    if rest > LONGEST_BINARY:
        raise HeaderError(f"it is longer than {LONGEST_BINARY} bytes")
    length = _FIXED.size + rest
    if len(data) < length:
        return None
    body = data[_FIXED.size : length]
    if command == _FOR_ITSELF:
        return Header(length, "")
    needed = _ADDRESS_BYTES.get(family)
    if needed is None:
        raise HeaderError("it tells of what is no stream")
    if len(body) < needed:
        raise HeaderError("it is too short for its addresses")
    size = _HOST_AT.get(family)
    host = str(ipaddress.ip_address(body[:size])) if size else ""
    return Header(length, host, _find_tls(body[needed:]))


def _find_tls(data: bytes) -> TlsFacts | None:
    for kind, value in _values(data):
        if kind == _TLS and len(value) >= _TLS_FIXED.size:
            flags, wrong = _TLS_FIXED.unpack_from(value)
            told = dict(_values(value[_TLS_FIXED.size :]))
            if not flags & _CAME_BY_TLS:
                return None
            verified = flags & _SHOWED_CERTIFICATE and not wrong
            name = _text(told.get(_TLS_COMMON_NAME, b"")) if verified else ""
            return TlsFacts(_text(told.get(_TLS_VERSION, b"")), "", name)
    return None


def _values(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give what stands behind the addresses: kinds and values."""
    at = 0
    while at < len(data):
        if len(data) - at < _TLV.size:
            raise HeaderError("what follows its addresses is cut off")
        kind, size = _TLV.unpack_from(data, at)
        at += _TLV.size
        if len(data) - at < size:
            raise HeaderError("what follows its addresses is cut off")
        yield kind, data[at : at + size]
        at += size


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
