"""What records do not tell of whoever is there, and IRC wants to hear: account, real name, who is away.

It follows from the records that introduce people and change them. Only what is not empty is kept, and what is
known of those who have gone until everybody has heard that they have.
"""

from __future__ import annotations

from chatsimples.chat.records import Record


class People:
    """Whoever is there, by connection.

    Attributes:
        accounts: as which they are logged in.
        realnames: as they tell them.
        away: why they are.
    """

    def __init__(self) -> None:
        self.accounts: dict[int, str] = {}
        self.realnames: dict[int, str] = {}
        self.away: dict[int, str] = {}
        self._gone: list[int] = []
        self._gone_at = ""

    def observe(self, record: Record) -> None:
        """Take in a record, in the order of all."""
        conn = record.conn
        match record.type:
            case "hello":
                _note(self.accounts, conn, record.account)
                _note(self.realnames, conn, record.realname)
            case "login":
                _note(self.accounts, conn, record.account)
            case "setname":
                _note(self.realnames, conn, record.realname)
            case "away":
                _note(self.away, conn, record.text)
            case "bye":
                self._go(conn, record.at)

    def _go(self, conn: int, at: str) -> None:
        # Those of one batch have one time, and are heard of when all of it has been looked at.
        if at != self._gone_at:
            for table in (self.accounts, self.realnames, self.away):
                for gone in self._gone:
                    table.pop(gone, None)
            self._gone.clear()
            self._gone_at = at
        self._gone.append(conn)


def _note(table: dict[int, str], conn: int, value: str) -> None:
    if value:
        table[conn] = value
    else:
        table.pop(conn, None)
