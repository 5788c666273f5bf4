"""SASL as IRC carries it (IRCv3 sasl 3.2): what clients send becomes what is to be looked up, or an answer.

No I/O and no secret of the server's: what proves an account, and how it is proved, whoever keeps the accounts
finds out. A dialogue of one connection goes on like this, and may begin anew after each end of it:

    AUTHENTICATE mechanism ─► CHALLENGE ─► AUTHENTICATE data… ─► a `Claim` to be looked up ─► `told`
                                  ▲                                                             │
                                  └──────────── SCRAM: salt, then signature ────────────────────┤
                                                                              SUCCESS, FAILED ◄─┘

Data is base64 in pieces of 400 bytes; a shorter piece, or ``+``, is the last one. ``*`` aborts.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, NamedTuple

from chatsimples.chat.names import name_key

MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "EXTERNAL")
"""Those that there are, in the order in which they are told."""

LONGEST_PIECE: Final = 400
"""Bytes of base64 in a line."""

_MOST_PIECES = 8
_EMPTY = "+"
_ABORT = "*"
_PLAIN = re.compile(r"(?P<authzid>[^\0]*)\0(?P<name>[^\0]+)\0(?P<password>[^\0]+)")
_NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,512}")
_NAME = re.compile(r"(?:[^,=\0]|=2C|=3D){1,1024}")
# Without channel binding: whoever ends TLS is another process.
_CLIENT_FIRST = re.compile(
    r"(?P<header>[ny],(?:a=(?P<authzid>[^,]*))?,)(?P<bare>n=(?P<name>[^,]*),r=(?P<nonce>[^,]*)(?:,.*)?)", re.S
)
_CLIENT_FINAL = re.compile(
    r"(?P<unproved>c=(?P<header>[^,]*),r=(?P<nonce>[^,]*)(?:,.*)?),p=(?P<proof>[^,]*)", re.S
)


class Kind(Enum):
    """What is to be done next."""

    MORE = auto()
    """Nothing: there is more to come."""

    CHALLENGE = auto()
    """The client is sent `Step.data`."""

    CLAIM = auto()
    """`Step.claim` is looked up, and its outcome told."""

    SUCCESS = auto()
    """The client has proved an account."""

    FAILED = auto()
    """It has not."""

    TOO_LONG = auto()
    """A piece of what it has sent was too long."""

    ABORTED = auto()
    """It does not want to go on."""

    UNKNOWN = auto()
    """It asks for a mechanism that there is not."""


class Claim(NamedTuple):
    """What a client says, to be looked up. What is printed of it has no secret.

    Attributes:
        account: the account's name; empty if a certificate is to tell it.
        password: of PLAIN; empty for the other mechanisms.
        exchanged, proof: of SCRAM (RFC 5802: AuthMessage, ClientProof); empty if the salt is asked for.
        mechanism: by which it is proved.
    """

    mechanism: str
    account: str
    password: str = ""
    exchanged: bytes = b""
    proof: bytes = b""

    def __repr__(self) -> str:
        """Tell by which mechanism it is."""
        return f"Claim({self.mechanism})"


class Outcome(NamedTuple):
    """What was found out about a claim.

    Attributes:
        account: that was proved; empty for none.
        salt, iterations: of the account's password, if they were asked for.
        signature: of SCRAM (ServerSignature).
    """

    account: str = ""
    salt: bytes = b""
    iterations: int = 0
    signature: bytes = b""


class Step(NamedTuple):
    """What is to be done next."""

    kind: Kind
    data: bytes = b""
    claim: Claim | None = None
    account: str = ""


MORE = Step(Kind.MORE)
FAILED = Step(Kind.FAILED)


class _InvalidError(ValueError):
    """What a client has sent is not what it may."""


class Dialogue:
    """The SASL of one connection, from one end of it to the next.

    Args:
        new_nonce: makes the server's part of a nonce of SCRAM.
    """

    # There is one for each connection that logs in, for as long as it does.
    __slots__ = ("_expects", "_header", "_new_nonce", "_nonce", "_pieces", "_said", "_scram_name", "_won")

    def __init__(self, new_nonce: Callable[[], str]) -> None:
        self._new_nonce = new_nonce
        self._expects: Callable[[bytes], Step] | None = None
        self._pieces: list[str] = []
        # Of SCRAM: its header, the messages so far, the nonce, whom it is about, and who has proved it.
        self._header = self._said = self._nonce = self._scram_name = self._won = ""

    @property
    def begun(self) -> bool:
        """Whether it is under way, so that what comes is data."""
        return self._expects is not None

    def receive(self, parameter: str) -> Step:
        """Take the parameter of an ``AUTHENTICATE``."""
        expects = self._expects
        if expects is None:
            return self._begin(parameter.upper())
        if parameter == _ABORT:
            return self._end(Step(Kind.ABORTED))
        if len(parameter) > LONGEST_PIECE:
            return self._end(Step(Kind.TOO_LONG))
        if parameter != _EMPTY:
            self._pieces.append(parameter)
        if len(parameter) == LONGEST_PIECE and len(self._pieces) < _MOST_PIECES:
            return MORE
        pieces, self._pieces = self._pieces, []
        try:
            return expects(_decoded(pieces))
        except _InvalidError:
            return self._end(FAILED)

    def told(self, outcome: Outcome) -> Step:
        """Take what was found out about the claim that was given last."""
        if outcome.salt and self._header:
            return self._challenge(outcome)
        if not outcome.account:
            return self._end(FAILED)
        if not outcome.signature:
            return self._end(Step(Kind.SUCCESS, account=outcome.account))
        self._won = outcome.account
        self._expects = self._confirmed
        return Step(Kind.CHALLENGE, b"v=" + base64.b64encode(outcome.signature))

    def abort(self) -> bool:
        """Give it up; tell whether it was under way."""
        begun = self.begun
        self._clear()
        return begun

    def _begin(self, mechanism: str) -> Step:
        match mechanism:
            case "PLAIN":
                self._expects = self._plain
            case "EXTERNAL":
                self._expects = self._external
            case "SCRAM-SHA-256":
                self._expects = self._scram_first
            case _:
                return Step(Kind.UNKNOWN)
        return Step(Kind.CHALLENGE)

    def _plain(self, data: bytes) -> Step:
        """Take ``[authzid] NUL authcid NUL passwd`` (RFC 4616)."""
        found = _PLAIN.fullmatch(_text(data))
        if found is None or not _is_same(found["authzid"], found["name"]):
            raise _InvalidError
        return Step(Kind.CLAIM, claim=Claim("PLAIN", found["name"], found["password"]))

    def _external(self, data: bytes) -> Step:
        """Take who a certificate is to be, or nothing (RFC 4422, appendix A)."""
        return Step(Kind.CLAIM, claim=Claim("EXTERNAL", _text(data)))

    def _scram_first(self, data: bytes) -> Step:
        found = _CLIENT_FIRST.fullmatch(_text(data))
        if found is None or not _NONCE.fullmatch(found["nonce"]):
            raise _InvalidError
        name = _name(found["name"])
        if found["authzid"] is not None and not _is_same(_name(found["authzid"]), name):
            raise _InvalidError
        self._header, self._said, self._scram_name = found["header"], found["bare"], name
        self._nonce = found["nonce"]
        return Step(Kind.CLAIM, claim=Claim("SCRAM-SHA-256", name))

    def _challenge(self, outcome: Outcome) -> Step:
        self._nonce += self._new_nonce()
        salt = base64.b64encode(outcome.salt).decode()
        challenge = f"r={self._nonce},s={salt},i={outcome.iterations}"
        self._said = f"{self._said},{challenge}"
        self._expects = self._scram_final
        return Step(Kind.CHALLENGE, challenge.encode())

    def _scram_final(self, data: bytes) -> Step:
        found = _CLIENT_FINAL.fullmatch(_text(data))
        if found is None or found["nonce"] != self._nonce:
            raise _InvalidError
        if _decoded([found["header"]]) != self._header.encode():
            raise _InvalidError
        exchanged = f"{self._said},{found['unproved']}".encode()
        # What comes next is no salt.
        self._header = ""
        claim = Claim("SCRAM-SHA-256", self._scram_name, "", exchanged, _decoded([found["proof"]]))
        return Step(Kind.CLAIM, claim=claim)

    def _confirmed(self, data: bytes) -> Step:
        """Take that the client believes the server, which it says by nothing."""
        if data:
            raise _InvalidError
        return self._end(Step(Kind.SUCCESS, account=self._won))

    def _end(self, step: Step) -> Step:
        self._clear()
        return step

    def _clear(self) -> None:
        self._expects = None
        self._pieces = []
        self._header = self._said = self._nonce = self._scram_name = self._won = ""


def pieces(data: bytes) -> list[str]:
    """Return the parameters by which data is sent: ``+`` for nothing, and after a full piece."""
    encoded = base64.b64encode(data).decode()
    found = [encoded[first : first + LONGEST_PIECE] for first in range(0, len(encoded), LONGEST_PIECE)]
    return found if found and len(found[-1]) < LONGEST_PIECE else [*found, _EMPTY]


def _decoded(pieces: list[str]) -> bytes:
    if len(pieces) == _MOST_PIECES:
        raise _InvalidError
    try:
        return base64.b64decode("".join(pieces), validate=True)
    except (binascii.Error, ValueError):
        raise _InvalidError from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _InvalidError from None


def _name(escaped: str) -> str:
    if not _NAME.fullmatch(escaped):
        raise _InvalidError
    return escaped.replace("=2C", ",").replace("=3D", "=")


def _is_same(authzid: str, name: str) -> bool:
    """Tell whether somebody wants to be who they say they are: nobody acts for another."""
    return not authzid or name_key(authzid) == name_key(name)
