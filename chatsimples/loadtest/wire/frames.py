"""WebSocket frames as a load test needs them: written at once, and read at the speed of memory.

What is received becomes lines, which are then checked as all others are: a message is one or more lines, and
its end is the last one's. A control frame is a line of its own. Readers of a room receive the same bytes as a
rule, so what one of them has had taken apart is lent to the others.

Whether a server keeps to the protocol is not asked here (see the tests): only what it delivers.
"""

from __future__ import annotations

import struct

PING = b"PING\n"
"""The line that stands for a ping frame."""

PONG_FRAME = b"\x8a\x80\0\0\0\0"
"""A client's sign of life."""

HEAD_ENDS = b"\r\n\r\n"

_CONTROL = 0x08
_FINAL = 0x80
_NAMES = {0x89: PING, 0x8A: b"PONG\n"}
_NO_MASK = b"\0\0\0\0"
_CLOSE = 0x88
_TWO_BYTES = 126
_EIGHT_BYTES = 127
_CODE = slice(0, 2)


def request(path: str, *more: str) -> bytes:
    """Write a request for a WebSocket, with more lines in its head."""
    lines = (
        f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: Y2hhdHNpbXBsZXMgbG9hZA==", "Sec-WebSocket-Version: 13", *more, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def text_head(size: int) -> bytes:
    """Write what stands before a client's text message of ``size`` bytes; its mask leaves it as it is."""
    if size < _TWO_BYTES:
        return struct.pack("!BB", 0x81, 0x80 | size) + _NO_MASK
    if size < 1 << 16:
        return struct.pack("!BBH", 0x81, 0x80 | _TWO_BYTES, size) + _NO_MASK
    return struct.pack("!BBQ", 0x81, 0x80 | _EIGHT_BYTES, size) + _NO_MASK


class Lent:
    """What a reader received last, and the lines in it.

    Attributes:
        before: bytes of a frame that were still to come then, and whether a message ends with them.
        raw: what it received.
        lines: what that is.
        after: the same of what comes next.
        cut: the beginning of a frame's head that was cut off.
    """

    __slots__ = ("after", "before", "cut", "lines", "raw")

    def __init__(self) -> None:
        self.before = self.after = (0, False)
        self.raw = self.lines = self.cut = b""


class Unframer:
    """One connection's bytes to lines, from the response to its request on.

    Args:
        lent: what the connections of this process lend each other.
    """

    __slots__ = ("_cut", "_ends", "_in_head", "_left", "_lent")

    def __init__(self, lent: Lent) -> None:
        self._lent = lent
        self._in_head = True
        self._cut = b""
        self._left = 0
        self._ends = False

    def take(self, data: memoryview) -> bytes:
        """Give the lines, or parts of them, in what was received. A response's head is given as it is."""
        if self._in_head:
            return self._head(bytes(data))
        lent = self._lent
        if self._cut:
            return self._lines(memoryview(self._cut + bytes(data)))
        before = self._left, self._ends
        if before == lent.before and len(data) == len(lent.raw) and lent.raw.startswith(data):
            self._left, self._ends = lent.after
            self._cut = lent.cut
            return lent.lines
        lines = self._lines(data)
        lent.before, lent.raw, lent.lines = before, bytes(data), lines
        lent.after, lent.cut = (self._left, self._ends), self._cut
        return lines

    def _head(self, data: bytes) -> bytes:
        # The beginning was given already: only the end of it may be needed to find where it ends.
        known = self._cut
        end = (known + data).find(HEAD_ENDS)
        if end < 0:
            self._cut = (known + data)[-len(HEAD_ENDS) + 1 :]
            return data
        self._in_head = False
        self._cut = b""
        head = end + len(HEAD_ENDS) - len(known)
        return data[:head] + self._lines(memoryview(data)[head:])

    def _lines(self, data: memoryview) -> bytes:
        self._cut = b""
        size = len(data)
        at = min(self._left, size)
        pieces: list[bytes | memoryview] = []
        if self._left:
            pieces.append(data[:at])
            self._left -= at
            if not self._left and self._ends:
                pieces.append(b"\n")
        while at < size:
            begin, length = _payload(data, at)
            first = data[at]
            end = begin + length
            if begin > size or (first & _CONTROL and end > size):
                self._cut = bytes(data[at:])
                break
            if first & _CONTROL:
                pieces.append(_NAMES.get(first) or _last_words(first, bytes(data[begin:end])))
            else:
                pieces.append(data[begin:end])
                self._ends = bool(first & _FINAL)
                if end > size:
                    self._left = end - size
                elif self._ends:
                    pieces.append(b"\n")
            at = end
        return b"".join(pieces)


def _payload(data: memoryview, at: int) -> tuple[int, int]:
    """Tell where the payload of the frame at a place begins, and its length; beyond the data if it is cut."""
    if at + 2 > len(data):
        return at + 2, 0
    length = data[at + 1]
    if length < _TWO_BYTES:
        return at + 2, length
    size = 2 if length == _TWO_BYTES else 8
    return at + 2 + size, int.from_bytes(data[at + 2 : at + 2 + size], "big")


def _last_words(first: int, payload: bytes) -> bytes:
    if first == _CLOSE:
        code = int.from_bytes(payload[_CODE], "big")
        return b"CLOSE %d %s\n" % (code, payload[2:])
    return b"FRAME %02x\n" % first
