"""Where the server's child processes begin.

What a process is made of, only that process imports: so the supervisor stays small, and a child starts soon.
"""

from __future__ import annotations

from chatsimples.loading import loading
from chatsimples.server.tasks import (
    AcceptorTask,
    BroadcasterTask,
    HashingTask,
    TlsTask,
    VerifierTask,
    WebTask,
)


def be_acceptor(task: AcceptorTask) -> None:
    """Be the acceptor process, until told to stop or the supervisor is gone."""
    with loading():
        from chatsimples.server.acceptor.loop import run  # noqa: PLC0415 - see the module's docstring

    run(task)


def be_broadcaster(task: BroadcasterTask) -> None:
    """Be the broadcaster process, until told to stop or the supervisor is gone."""
    with loading():
        from chatsimples.server.broadcaster.program import run  # noqa: PLC0415 - see the module's docstring

    run(task)


def be_tls(task: TlsTask) -> None:
    """Be the TLS process, until told to stop or the supervisor is gone."""
    with loading():
        from chatsimples.server.tls.loop import run  # noqa: PLC0415 - see the module's docstring

    run(task)


def be_hashing(task: HashingTask) -> None:
    """Be the hashing process, until the supervisor ends it or is gone."""
    with loading():
        from chatsimples.server.hashing.loop import run  # noqa: PLC0415 - see the module's docstring

    run(task)


def be_web(task: WebTask) -> None:
    """Be the web process, until told to stop or the supervisor is gone."""
    with loading():
        from chatsimples.server.web.program import run  # noqa: PLC0415 - see the module's docstring

    run(task)


def be_verifier(task: VerifierTask) -> None:
    """Be the verifier process, until all is read or the supervisor is gone."""
    with loading():
        from chatsimples.server.verifier import run  # noqa: PLC0415 - see the module's docstring

    run(task)
