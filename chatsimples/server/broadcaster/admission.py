"""What only this process knows of connections, settled for each command before it is ordered.

The rules know neither whether a connection's socket is there, nor whether its client reads, nor from which
address it came. A command that depends on one of these is dropped here, or made definite.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator

from chatsimples.chat import commands
from chatsimples.chat.effects import Effect, End
from chatsimples.chat.records import Record
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.channels import HandOver


class Admission:
    """Lets through the commands of connections that are open.

    Args:
        fanout: is given the sockets.
        hand_over: where they come from; readable when some do.
    """

    def __init__(self, fanout: Fanout, hand_over: socket.socket) -> None:
        self._fanout = fanout
        self.hand_over = hand_over
        self.hand_over.setblocking(False)
        self._open: set[int] = set()

    def take_sockets(self) -> bool:
        """Take over some of the sockets that have been handed over; tell whether there were any."""
        taken = HandOver.take(self.hand_over)
        for conn, descriptor in taken:
            self._fanout.add(conn, socket.socket(fileno=descriptor))
            self._open.add(conn)
        return bool(taken)

    def settle(self, batch: Iterable[commands.Command]) -> Iterator[commands.Command]:
        """Yield the commands that are to be decided, each settled only when the one before was decided.

        So a command is dropped if its connection was ended earlier in the same batch.
        """
        # Local names, as this is done for every message.
        is_open, say = self._open, commands.Say
        for command in batch:
            if type(command) is say:
                # Most are: they need not be asked what else they could be.
                if command.conn in is_open:
                    yield command
                continue
            settled = self._settle(command)
            if settled is not None:
                yield settled

    def note_ends(self, decided: Iterable[Record | Effect]) -> None:
        """Note which connections were ended: their commands are dropped from here on."""
        for each in decided:
            if isinstance(each, End):
                self._open.discard(each.conn)

    def _settle(self, command: commands.Command) -> commands.Command | None:
        conn = command.conn
        if conn == commands.OPERATOR:
            # From the acceptor itself: an account has changed. No client has this number.
            return command
        comes_or_goes = isinstance(command, commands.Open | commands.Close | commands.Forget)
        if comes_or_goes and conn not in self._fanout.outlets:
            # A socket is sent before its connection's first command; that may be its end.
            while conn not in self._open and self.take_sockets():
                pass
        if isinstance(command, commands.Close):
            self._fanout.peer_gone(conn)
        if isinstance(command, commands.Forget):
            self._fanout.forget(conn)
            self._open.discard(conn)
        if conn not in self._open:
            return None
        match command:
            case commands.Open():
                self._fanout.outlets[conn].address = command.address
            case commands.Close():
                self._open.discard(conn)
            case commands.Silent():
                # Who says nothing but has read something since the last ping is slow, not gone.
                outlet = self._fanout.outlets[conn]
                command = commands.Silent(conn, command.seconds, command.gone and not outlet.reads)
                outlet.note_ping()
        return command
