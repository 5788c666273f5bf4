"""A chat under the rules, for tests of them."""

from __future__ import annotations

import msgspec

from chatsimples.chat import commands, effects
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.deciding import Decided
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State

NOW = 1_795_359_600_000_000
SECRET = "a-secret-of-ana-1"
OTHER_SECRET = "a-secret-of-bia-2"
LIMITS = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0)


class ChatUnderTest:
    """A chat that has started, with short ways to say things and to look at what came out."""

    def __init__(self, state: State | None = None, **limits: float | str) -> None:
        self.state = state or State()
        self._rules = Chat("LOG", self.state)
        self.now = NOW
        self.out: Decided = []
        self.records: list[Record] = []
        self.do(commands.Start(OPERATOR, "chatsimples test", msgspec.structs.replace(LIMITS, **limits)))

    def do(self, command: commands.Command) -> list[Record]:
        """Have a command carried out; return its records."""
        self.out = self._rules.apply(command, self.now)
        made = [each for each in self.out if isinstance(each, Record)]
        self.records += made
        return made

    def visitor(self, conn: int) -> list[Record]:
        return self.do(commands.Open(conn, "text", "::1", visitor=True))

    def hello(
        self,
        conn: int,
        nick: str,
        session: str = SECRET,
        rooms: tuple[str, ...] = ("geral",),
        since: tuple[str, int] = ("", -1),
    ) -> list[Record]:
        self.do(commands.Open(conn, "json", "::1"))
        return self.do(commands.Hello(conn, nick, rooms, session, *since))

    def account(  # noqa: PLR0917 - as a hello has them
        self,
        conn: int,
        nick: str,
        rooms: tuple[str, ...] = (),
        role: str = "member",
        account: str = "",
        since: tuple[str, int] = ("", -1),
    ) -> list[Record]:
        """Let somebody say hello who is logged in, as the account that is called as they are."""
        self.do(commands.Open(conn, "json", "::1"))
        who = account or nick
        return self.do(
            commands.Hello(conn, nick, rooms, f"a-secret-of-{who}", *since, account=who, role=role)
        )

    def guest(self, conn: int, nick: str, *rooms: str) -> list[Record]:
        """Let somebody say hello who has no account, with a session of their own."""
        return self.hello(conn, nick, f"a-secret-of-{nick}", rooms)

    def answers(self, conn: int) -> list[effects.Answer]:
        return [each.answer for each in self.out if isinstance(each, effects.Reply) and each.conn == conn]

    def codes(self, conn: int) -> list[str]:
        return [each.code for each in self.answers(conn) if isinstance(each, effects.Error)]

    def refusal(self, command: commands.Command) -> str:
        """Have a command refused, which changes nothing; return the reason's code."""
        before = self.state.snapshot()
        assert [] == self.do(command)
        assert before == self.state.snapshot()
        (code,) = self.codes(command.conn)
        return code

    def welcome(self, conn: int) -> effects.Welcome:
        """Return the only answer, a welcome."""
        (answer,) = self.answers(conn)
        assert isinstance(answer, effects.Welcome)
        return answer
