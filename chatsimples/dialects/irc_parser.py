"""The bytes of an IRC connection to commands.

What is said is a command by itself, as nearly all lines are that. Every other line is a request, which
carries what its answer has to know: see `chatsimples.irc.marks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from chatsimples.chat.commands import Command, Fault, Hello, Request, Say, Style
from chatsimples.chat.names import check_nick
from chatsimples.dialects.attempts import Attempt, Finding
from chatsimples.dialects.base import InputLimits, LineParser, SecretSource
from chatsimples.dialects.irc_proofs import Proofs
from chatsimples.errors import Refusal
from chatsimples.irc import capabilities, commands, faults, marks, modes, multiline, past
from chatsimples.irc.asking import Asker
from chatsimples.irc.commands import COMMANDS, TALKING
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark
from chatsimples.irc.message import Message, parse
from chatsimples.irc.multiline import BATCH_TYPE, Multiline, is_within
from chatsimples.irc.offer import EVERYTHING, Offer, version_of
from chatsimples.irc.plain_messages import START, read_plain
from chatsimples.irc.registration import Registration
from chatsimples.irc.server import Bounds
from chatsimples.irc.sources import source_of

_LONGEST_TAGS = 4_094
_LONGEST_BODY = 510


class IrcParser(LineParser):
    """The commands of one IRC connection.

    Args:
        conn: the connection.
        limits: what a line may hold.
        bounds: of names and texts.
        new_session: makes a secret, by which the connection is one session.
        offer: which capabilities can be asked for.
    """

    # There is one for each connection, and most are registered.
    __slots__ = (
        "_batch", "_bounds", "_is_local", "_is_tls", "_longest", "_new_session", "_next", "_nick_asked",
        "_offer", "_proofs", "_registration", "_style", "_who",
    )  # fmt: skip

    awaits_pause = False

    def __init__(
        self,
        conn: int,
        limits: InputLimits,
        bounds: Bounds,
        new_session: SecretSource,
        offer: Offer = EVERYTHING,
    ) -> None:
        super().__init__(conn, limits)
        self._offer = offer
        self._is_tls = self._is_local = False
        self._bounds = bounds
        self._new_session = new_session
        self._registration: Registration | None = Registration()
        self._style = 0
        self._who = ("", "")
        self._nick_asked = ""
        self._proofs: Proofs | None = None
        self._next: Attempt | Command | None = None
        # Bytes of a line that is passed on with who says it in front of it.
        self._longest = _LONGEST_BODY
        self._batch: Multiline | None = None

    def came(self, *, is_tls: bool, is_local: bool) -> None:
        """Take in by which way the client has come."""
        self._is_tls, self._is_local = is_tls, is_local

    def take(self, limit: int) -> list[Command]:
        """Give at most ``limit`` commands of what is complete."""
        following, self._next = self._next, None
        if isinstance(following, Attempt):
            self._attempts(following)
            return []
        if following is not None:
            # There is room for it, as an attempt has been one.
            return [following, *self.take(max(0, limit - 1))]
        # Lines are understood once each: what one means depends on those before it.
        lines = self._lines.next_lines(limit)
        taken: list[Command] = []
        for number, line in enumerate(lines, 1):
            command = self._understand(line)
            if command is not None:
                taken.append(command)
            if self._has_attempt():
                self._lines.give_back(lines[number:])
                return self._going_on(taken, limit)
        return self._going_on(self._take_one_by_one(taken, limit), limit)

    def _going_on(self, taken: list[Command], limit: int) -> list[Command]:
        """Give what was taken and, up to ``limit``, what follows from the last line of it."""
        if self._next is None or len(taken) >= limit:
            return taken
        return [*taken, *self.take(limit - len(taken))]

    def _has_attempt(self) -> bool:
        # What follows from a line comes before the next one.
        return self._attempt is not None or self._next is not None

    def pause(self) -> None:
        """Mean nothing by a pause."""

    def _understand(self, line: bytes) -> Command | None:
        if line.startswith(START):
            plain = read_plain(line, self._bounds, self._longest)
            if plain is not None:
                room, said = plain
                return Say(self._conn, said, room)
        try:
            text = line.decode().rstrip("\r")
        except UnicodeDecodeError:
            return self._refused(Mark("*", fault=faults.BAD_UTF8))
        message = parse(text)
        if not message.command:
            return None
        if _is_too_long(text):
            return self._refused(self._mark(message, faults.TOO_LONG))
        return self._command(message)

    def _command(self, message: Message) -> Command | None:
        if self._style & capabilities.MULTILINE and is_within(message):
            return self._one_of_several(message)
        fault = self._fault_of(message)
        if fault:
            return self._refused(self._mark(message, fault))
        name, params, tags, _ = message
        if name == "PONG" and "label" not in tags:
            return None
        if name == "PRIVMSG" and not tags and "," not in params[0]:
            said = commands.said(Asker(self._conn, self._bounds), params[0], params[1])
            return said if isinstance(said, Say) else self._request(message, said)
        own = _OWN.get(name)
        return own(self, message) if own is not None else self._asked(message)

    def _fault_of(self, message: Message) -> str:
        """Return why a line is not done whatever it asks for; empty if it is."""
        name, params, _, _ = message
        spec = COMMANDS.get(name)
        if spec is None:
            return faults.UNKNOWN
        if len(params) < spec.least or (name in TALKING and not params[1]):
            return faults.INCOMPLETE
        if name in TALKING and self._is_too_long_to_pass_on(message):
            return faults.TOO_LONG
        return faults.TOO_MANY if commands.has_too_many_targets(name, params) else ""

    def _asked(self, message: Message) -> Command | None:
        """Give what a line asks of the chat."""
        name, params, tags, _ = message
        if name == "MODE" and len(params) > 1 and not params[0].startswith(CHANNEL):
            return self._user_mode(message)
        spec = COMMANDS[name]
        asker = Asker(self._conn, self._bounds, tags if self._style & capabilities.MESSAGE_TAGS else {})
        asked = () if spec.asks is None else tuple(spec.asks(asker, params))
        if name == "JOIN":
            asked = self._of_the_past(asked)
        return self._unkeyed(self._request(message, *asked))

    # Registration.

    def _nick(self, message: Message) -> Command | None:
        try:
            nick = check_nick(message.params[0], self._bounds.max_name)
        except Refusal as refusal:
            fault = Fault(self._conn, refusal.code, refusal.detail)
            return self._request(message, fault)
        registration = self._registration
        self._nick_asked = nick
        self._longest = _LONGEST_BODY - len(f":{source_of(nick, self._conn)} ".encode())
        if registration is None:
            return self._request(message, self._hello(nick))
        registration.nick = nick
        return self._register(registration)

    def _introduction(self, message: Message) -> Command | None:
        registration = self._registration
        if registration is None:
            fault = Fault(self._conn, "already_registered", {})
            return self._request(message, fault)
        if message.command == "USER" and not message.params[3]:
            return self._refused(self._mark(message, faults.INCOMPLETE))
        if message.command == "PASS":
            registration.password = message.params[0]
            return None
        registration.take_user(message.params)
        return self._register(registration)

    # What it proves, and what was said.

    def judge(self, finding: Finding) -> None:
        """Take in what was found out about an attempt."""
        if self._proofs is not None:
            self._next = self._proofs.judge(finding, is_registered=self._registration is None)

    def _prove(self, message: Message) -> Command | None:
        mark = self._mark(message)
        if self._proofs is None:
            self._proofs = Proofs(self._conn, self._new_session)
        registration = self._registration
        match message.command:
            case "AUTHENTICATE":
                return self._answered(self._proofs.authenticate(mark))
            case "OPER" if registration is None:
                return self._answered(self._proofs.become_operator(mark))
            case "REGISTER":
                account = message.params[0]
                if account == "*":
                    account = registration.nick if registration is not None else self._nick_asked
                return self._answered(self._proofs.register(mark, account))
        return self._refused(Mark(message.command, ("failed", "not_registered"), mark.label))

    def _answered(self, answer: Attempt | Request | None) -> Request | None:
        if isinstance(answer, Attempt):
            self._attempts(answer)
            return None
        return answer

    def _past(self, message: Message) -> Command:
        mark = self._mark(message)
        events = bool(self._style & capabilities.EVENT_PLAYBACK)
        asker = Asker(self._conn, self._bounds)
        asked: Command | str
        if message.command == "MARKREAD":
            asked = past.marker(asker, message.params)
        else:
            asked = past.question(asker, message.params, events=events, mark=marks.pack(mark))
        if isinstance(asked, str):
            return self._refused(self._mark(message, asked))
        return self._request(message, asked)

    def _of_the_past(self, asked: tuple[Command, ...]) -> tuple[Command, ...]:
        """Return what is asked to enter rooms, with what else is told of each then."""
        if self._style & capabilities.READ_MARKER:
            asked = past.with_markers(asked)
        if self._bounds.irc_playback and not self._style & capabilities.CHATHISTORY:
            asked = past.with_playback(asked, self._bounds.irc_playback)
        return asked

    def _register(self, registration: Registration) -> Command | None:
        if not registration.is_complete:
            return None
        # Whoever has registered has given up what they were about to prove.
        aborted = self._proofs.abort() if self._proofs is not None else None
        self._registration = None
        self._who = (registration.user, registration.realname)
        hello = self._hello(registration.nick)
        password = registration.password
        if not password:
            return self._after(aborted, hello)
        account, colon, secret = password.partition(":")
        if not colon:
            account = secret = ""
        return self._after(aborted, Attempt(command=hello, account=account, password=secret, line=password))

    def _after(self, first: Request | None, following: Attempt | Hello) -> Command | None:
        """Give one command after another, of which the first one may be none."""
        if first is not None:
            self._next = following
            return first
        if isinstance(following, Hello):
            return following
        self._attempts(following)
        return None

    def _hello(self, nick: str) -> Hello:
        user, realname = self._who
        return Hello(
            self._conn, nick, (), self._new_session(), dialect="irc", renames=True, user=user,
            realname=realname,
        )  # fmt: skip

    def _capabilities(self, message: Message) -> Command | None:
        registration = self._registration
        asked = message.params[0].upper()
        if asked in {"LS", "REQ"} and registration is not None:
            registration.negotiating = True
        if asked == "END":
            if registration is None or not registration.negotiating:
                return None
            registration.negotiating = False
            return self._register(registration)
        if asked == "LS":
            return self._offered(message)
        if asked != "REQ":
            return self._request(message)
        words = " ".join(message.params[1:]).split()
        style = capabilities.asked_for(words, self._style, self._offer.withheld)
        if style is None:
            return self._refused(self._mark(message, faults.UNKNOWN))
        self._style = style
        return self._request(message, Style(self._conn, style))

    def _offered(self, message: Message) -> Request:
        """Have told what can be asked for: whoever writes the answer does not know by which way it goes."""
        version = version_of(message.params[1:])
        words = self._offer.words(self._bounds, version, is_tls=self._is_tls, is_local=self._is_local)
        return self._request(message._replace(params=["LS", str(version), *words]))

    def _user_mode(self, message: Message) -> Command:
        style = self._style
        for change in modes.read(message.params[1:2]):
            if change.letter == "w":
                bit = capabilities.NO_WALLOPS
                style = style & ~bit if change.adds else style | bit
        self._style = style
        return self._request(message, Style(self._conn, style))

    # Messages of several lines.

    def _several_lines(self, message: Message) -> Command | None:
        """Begin or end a batch of lines."""
        if self._registration is not None or not self._style & capabilities.MULTILINE:
            return self._refused(self._mark(message, faults.UNKNOWN))
        word, *more = message.params
        batch = self._batch
        if word.startswith("+"):
            if batch is not None and not batch.is_refused:
                return self._refused(batch.refuse())
            tags = Asker(self._conn, self._bounds, message.tags).client_tags()
            self._batch = batch = Multiline(self._mark(message), tags, self._bounds)
            is_one = more[:1] == [BATCH_TYPE] and batch.target
            return None if is_one else self._refused(batch.refuse())
        if batch is None or word != f"-{batch.reference}":
            return self._refused(multiline.refusal("") if batch is None else batch.refuse())
        self._batch = None
        if batch.is_refused:
            return None
        mark, said = batch.ended(Asker(self._conn, self._bounds))
        return Request(self._conn, marks.pack(mark), said)

    def _one_of_several(self, message: Message) -> Command | None:
        refused = multiline.refusal("") if self._batch is None else self._batch.add(message)
        return self._refused(refused) if refused is not None else None

    # What is made of a line.

    def _is_too_long_to_pass_on(self, message: Message) -> bool:
        """Tell whether a text has no room in one line beside who says it, and where: nothing is cut."""
        targets, text = message.params[:2]
        if (len(targets) + len(text) + len(message.command) + 3) * 4 <= self._longest:
            return False
        target = max(len(each.encode()) for each in targets.split(","))
        return len(message.command) + target + len(text.encode()) + 3 > self._longest

    def _mark(self, message: Message, fault: str = "") -> Mark:
        labelled = self._style & capabilities.LABELED_RESPONSE
        label = message.tags.get("label", "") if labelled else ""
        return Mark(message.command, tuple(message.params), label[:64], fault)

    def _request(self, message: Message, *asked: Command) -> Request:
        return Request(self._conn, marks.pack(self._mark(message)), asked)

    def _refused(self, mark: Mark) -> Request:
        return Request(self._conn, marks.pack(mark))


# What is understood with a look at what the connection has said before.
_OWN: Mapping[str, Callable[[IrcParser, Message], Command | None]] = MappingProxyType(
    {
        "AUTHENTICATE": IrcParser._prove,
        "BATCH": IrcParser._several_lines,
        "CAP": IrcParser._capabilities,
        "CHATHISTORY": IrcParser._past,
        "MARKREAD": IrcParser._past,
        "NICK": IrcParser._nick,
        "OPER": IrcParser._prove,
        "PASS": IrcParser._introduction,
        "REGISTER": IrcParser._prove,
        "USER": IrcParser._introduction,
    }
)


def _is_too_long(text: str) -> bool:
    """Tell whether a line has more bytes than IRC allows: without its tags, or in them."""
    if len(text) * 4 <= _LONGEST_BODY:
        return False
    tags, body = "", text
    if text.startswith("@"):
        tags, _, body = text.partition(" ")
    return len(tags.encode()) > _LONGEST_TAGS + 1 or len(body.encode()) > _LONGEST_BODY
