"""The supervisor's side of the verifier process: starts it, hears it, and ends it."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import FollowLog, Told, receive_news, send
from chatsimples.server.oplog.events import log
from chatsimples.server.process import signals_held
from chatsimples.server.tasks import VerifierTask


class Verification:
    """One verifier process at most, in a whole run of the server.

    Args:
        context: of spawned processes.
        settings: the server's.
        verifier: what the process runs.
    """

    def __init__(
        self, context: SpawnContext, settings: ServerSettings, verifier: Callable[[VerifierTask], None]
    ) -> None:
        self._context = context
        self._settings = settings
        self._be_verifier = verifier
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to `hear`."""
        return [] if self._pipe is None else [self._pipe]

    def start(self, first_seq: int, offset: int) -> None:
        """Have everything verified that stands before a place in the transcript.

        Args:
            first_seq: of the segment in which the place is.
            offset: where in it the place is.
        """
        self._pipe, theirs = self._context.Pipe()
        task = VerifierTask(self._settings, theirs, first_seq, offset)
        self._process = self._context.Process(target=self._be_verifier, args=(task,), name="verifier")
        with signals_held():
            self._process.start()
        theirs.close()

    def hear(self) -> list[str]:
        """Return the lines for the operator that it has sent; note its end."""
        lines: list[str] = []
        try:
            while self._pipe is not None and self._pipe.poll():
                news = receive_news(self._pipe)
                if isinstance(news, Told):
                    lines += news.lines
        except EOFError:
            self._note_end()
        return lines

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        if self._pipe is not None:
            send(self._pipe, FollowLog())

    def end(self) -> None:
        """End it, whatever it does; it has nothing that could be lost."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._let_go()

    def _note_end(self) -> None:
        if self._process is not None:
            self._process.join()
            if self._process.exitcode:
                log.warning(
                    "the verifier has died: the next start verifies again", code=self._process.exitcode
                )
        self._let_go()

    def _let_go(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = self._process = None
