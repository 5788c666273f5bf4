"""Frames of an open WebSocket, the server's side (RFC 6455, section 5). No I/O.

The state machine is that of the library `websockets`; fragments are put together here, and text is checked to
be UTF-8 as soon as it comes. A short text message in one frame, as nearly all are, changes nothing in that
machine: it is taken without it, at a quarter of the cost. Whatever is not just that is for the machine.
"""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from collections import deque
from typing import NamedTuple

from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import OPEN, SERVER, Protocol

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

MESSAGE_BYTES = 65_536
"""How long a message of several lines is at most; one of a single line may be longer."""

FRAMING_BYTES = 139
"""How many bytes may wait beside a message's own: a control frame, within a fragmented one."""

_TAKEN_AT_ONCE = 256
"""How many short messages are taken at once."""

_WHOLE_TEXT = 0x81
_MASKED = 0x80
_TWO_BYTES = 126
_SHORT_HEAD = 2
_LONG_HEAD = 4
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_Utf8Decoder = getincrementaldecoder("utf-8")


class Message(NamedTuple):
    """A message, whole; text is UTF-8."""

    data: bytes
    is_text: bool


class Pinged(NamedTuple):
    """The client has asked for a sign of life; ``pong`` is the answer, to be written as it is."""

    pong: bytes


class Closed(NamedTuple):
    """The client has said goodbye; ``echo`` is the answer, to be written last. Nothing comes after it."""

    echo: bytes


class Failed(NamedTuple):
    """What has come is no WebSocket's, or too long: the connection is to be closed with this code."""

    code: int
    why: str


Event = Message | Pinged | Closed | Failed


class FrameReader:
    """Bytes of one client to its messages, however they are cut.

    Args:
        limit: bytes in a message; 0 for no limit.
    """

    # There is one for each connection.
    __slots__ = (
        "_at", "_decoder", "_due", "_events", "_fragments", "_is_text", "_limit", "_over", "_protocol",
        "_unfed",
    )  # fmt: skip

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._protocol = Protocol(SERVER, state=OPEN, max_size=limit or None)
        self._events: deque[Event] = deque()
        self._unfed = b""
        self._at = 0
        # Bytes of a frame that are still for the state machine.
        self._due = 0
        self._fragments: bytearray | None = None
        self._decoder: IncrementalDecoder | None = None
        self._is_text = False
        self._over = False

    @property
    def held(self) -> int:
        """How many bytes wait for what completes them: at most the limit and `FRAMING_BYTES`."""
        fragments = self._fragments
        in_machine = len(self._protocol.reader.buffer) + (len(fragments) if fragments else 0)
        return len(self._unfed) - self._at + in_machine

    @property
    def in_machine(self) -> bool:
        """Whether what comes next is for the state machine, as it is in the middle of something."""
        return self._due > 0 or self._fragments is not None

    def feed(self, data: bytes) -> None:
        """Take in what was received; nothing any more after the end."""
        if not self._over:
            left = len(self._unfed) - self._at
            self._unfed = self._unfed[self._at :] + data if left else data
            self._at = 0

    def next_event(self) -> Event | None:
        """Take the next of what has happened; None if there is nothing more."""
        while not self._events:
            if self._over or not self._go_on():
                return None
        return self._events.popleft()

    def stop(self) -> None:
        """Drop what is there, and take in nothing any more."""
        self._over = True
        self._unfed = b""
        self._at = 0
        self._events.clear()
        self._fragments = self._decoder = None

    def _go_on(self) -> bool:
        """Take some of what has been fed; tell whether there was anything that can be taken."""
        if not self.in_machine:
            if self._take_short():
                return True
            begin, end = _short(self._unfed, self._at)
            if begin and end > len(self._unfed) and not 0 < self._limit < end - begin:
                # The rest of it has not come yet.
                return False
        if not self._due:
            self._due = _size(self._unfed, self._at)
        part = self._unfed[self._at : self._at + self._due]
        self._at += len(part)
        self._due -= len(part)
        if part:
            self._understand(part)
        return bool(part)

    def _take_short(self) -> bool:
        """Take the short text messages that come first, some at once; tell whether there was any."""
        data, at = self._unfed, self._at
        while len(self._events) < _TAKEN_AT_ONCE:
            begin, end = _short(data, at)
            if not begin or end > len(data) or 0 < self._limit < end - begin:
                break
            text = apply_mask(data[begin:end], data[begin - 4 : begin])
            if not text.isascii():
                try:
                    text.decode()
                except UnicodeDecodeError:
                    # To be refused as all else is.
                    break
            self._events.append(Message(text, is_text=True))
            at = end
        taken = at > self._at
        self._at = at
        return taken

    def _understand(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        answers = iter(protocol.data_to_send())
        for frame in protocol.events_received():
            if not isinstance(frame, Frame):
                continue
            if frame.opcode in _DATA:
                self._add(frame)
            elif frame.opcode is Opcode.PING:
                self._events.append(Pinged(next(answers)))
            elif frame.opcode is Opcode.CLOSE:
                self._end(Closed(next(answers)))
            if self._over:
                return
        if protocol.parser_exc is None:
            return
        if protocol.close_rcvd is not None:
            # The library takes a goodbye in the middle of a message for an error; by the RFC it is none.
            self._end(Closed(_close_frame(protocol.close_rcvd)))
        elif protocol.close_sent is not None:
            self._end(Failed(int(protocol.close_sent.code), protocol.close_sent.reason))

    def _add(self, frame: Frame) -> None:
        """Add a frame of a message; text that is none is refused before the message is complete."""
        data = bytes(frame.data)
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        try:
            self._check(data, final=frame.fin)
        except UnicodeDecodeError:
            self._end(Failed(CloseCode.INVALID_DATA, "not UTF-8"))
            return
        if self._fragments is not None:
            self._fragments += data
        if frame.fin:
            whole = data if self._fragments is None else bytes(self._fragments)
            self._fragments = self._decoder = None
            self._events.append(Message(whole, self._is_text))
        elif self._fragments is None:
            self._fragments = bytearray(data)

    def _check(self, data: bytes, *, final: bool) -> None:
        if not self._is_text:
            return
        if self._decoder is None:
            if final:
                data.decode()
                return
            self._decoder = _Utf8Decoder()
        self._decoder.decode(data, final)

    def _end(self, event: Closed | Failed) -> None:
        before = list(self._events)
        self.stop()
        self._events.extend((*before, event))


def _short(data: bytes, at: int) -> tuple[int, int]:
    """Tell where the payload of a short text message in one frame begins and ends; (0, 0) if it is none.

    Short is what has at most 65,535 bytes. Where its head is cut it ends at least where that does.
    """
    there = len(data) - at
    if not there or data[at] != _WHOLE_TEXT:
        return 0, 0
    length = data[at + 1] - _MASKED if there > 1 else 0
    if 0 <= length < _TWO_BYTES:
        return at + 6, at + 6 + length
    if length == _TWO_BYTES:
        return at + 8, at + 8 + (int.from_bytes(data[at + 2 : at + 4], "big") if there >= _LONG_HEAD else 0)
    return 0, 0


def _size(data: bytes, at: int) -> int:
    """Tell how many bytes the frame at a place has, with its head; 0 if the head has not come whole."""
    there = len(data) - at
    if there < _SHORT_HEAD:
        return 0
    length = data[at + 1] & ~_MASKED
    more = 0 if length < _TWO_BYTES else 2 if length == _TWO_BYTES else 8
    head = _SHORT_HEAD + more + (4 if data[at + 1] & _MASKED else 0)
    if there < head:
        return 0
    begin = at + _SHORT_HEAD
    return head + (int.from_bytes(data[begin : begin + more], "big") if more else length)


def text_frame(payload: bytes) -> bytes:
    """Write a text message in one frame."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def binary_frame(payload: bytes) -> bytes:
    """Write a binary message in one frame."""
    return Frame(Opcode.BINARY, payload).serialize(mask=False)


def ping_frame(payload: bytes) -> bytes:
    """Write a request for a sign of life."""
    return Frame(Opcode.PING, payload).serialize(mask=False)


def close_frame(code: int, why: str) -> bytes:
    """Write a goodbye, with a code and in a few words why."""
    return _close_frame(Close(code, why))


def _close_frame(close: Close) -> bytes:
    payload = b"" if close.code == CloseCode.NO_STATUS_RCVD else close.serialize()
    return Frame(Opcode.CLOSE, payload).serialize(mask=False)


def frame_lines(lines: bytes) -> bytes:
    """Write lines as text messages, each of whole lines without the last one's end.

    A message holds as many lines as fit into `MESSAGE_BYTES`, or a single one.
    """
    if len(lines) <= MESSAGE_BYTES + 1:
        return text_frame(lines[:-1]) if lines else b""
    messages: list[bytes] = []
    start, size = 0, len(lines)
    while start < size:
        end = (
            size
            if size - start <= MESSAGE_BYTES + 1
            else lines.rfind(b"\n", start, start + MESSAGE_BYTES + 1) + 1
        )
        if end == 0:
            end = lines.index(b"\n", start) + 1
        messages.append(text_frame(lines[start : end - 1]))
        start = end
    return b"".join(messages)
