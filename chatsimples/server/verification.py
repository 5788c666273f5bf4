"""The supervisor's side of the verifier process: starts it, hears it, and ends it."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.context import SpawnContext
from typing import Any

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import FollowLog, Told
from chatsimples.server.child import Child
from chatsimples.server.oplog.events import log
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
        self._settings = settings
        self._child = Child(context, "verifier", verifier)

    @property
    def wakeful(self) -> list[Any]:
        """What becomes readable, for a selector, when there is something to `hear`."""
        return self._child.wakeful

    def start(self, first_seq: int, offset: int) -> None:
        """Have everything verified that stands before a place in the transcript.

        Args:
            first_seq: of the segment in which the place is.
            offset: where in it the place is.
        """
        self._child.start(lambda pipe, _: VerifierTask(self._settings, pipe, first_seq, offset))

    def hear(self) -> list[str]:
        """Return the lines for the operator that it has sent; note its end."""
        lines = [line for news in self._child.hear() if isinstance(news, Told) for line in news.lines]
        if self._child.has_hung_up:
            code = self._child.join()
            if code:
                log.warning("the verifier has died: the next start verifies again", code=code)
            self._child.end()
        return lines

    def follow_log(self) -> None:
        """Have it open the log's file anew, if that was renamed or removed."""
        self._child.send(FollowLog())

    def end(self) -> None:
        """End it, whatever it does; it has nothing that could be lost."""
        self._child.end()
