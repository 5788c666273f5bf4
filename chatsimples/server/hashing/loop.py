"""The hashing process: it hashes passwords and keys of rooms, and knows neither accounts nor clients.

There are two at most. The one for crowds has the lowest priority that there is, so whoever has a message
passes it at once, and a flood of logins delays logins alone. Nobody waits for them but login threads. They
share no interpreter with anybody, so that they hold none while they lie still.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from chatsimples.accounts.passwords import Argon2Hasher, Hasher
from chatsimples.server.channels import FollowLog, receive_order
from chatsimples.server.hashing.exchange import Question, Reply, answer, is_awaited, lanes, take
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import be_a_child, leave_no_core
from chatsimples.server.tasks import HashingTask

_NICEST = 19


def run(task: HashingTask) -> None:
    """Be the hashing process, until the supervisor ends it or is gone."""
    be_a_child("hashing")
    # Passwords are here.
    leave_no_core()
    if task.gives_way:
        give_way()
    oplog.configure(task.settings, "hashing")
    hasher = Argon2Hasher()
    # What it needs to compare with nobody's hash is made now: else the first who is nobody would wait longer.
    hasher.matches("", "")
    for number in range(lanes()):
        threading.Thread(
            target=serve, args=(task.asked, hasher), name=f"lane-{number + 1}", daemon=True
        ).start()
    try:
        while True:
            if isinstance(receive_order(task.supervisor), FollowLog):
                log.follow_file()
    except EOFError:
        log.info("the hashing process ends", why="the supervisor is gone")


def give_way() -> None:
    """Let every other process run first."""
    os.setpriority(os.PRIO_PROCESS, 0, _NICEST)
    if sys.platform == "linux":
        # Whoever wakes up runs at once in its place, and not when its turn is over. Some containers forbid
        # this.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def serve(asked: socket.socket, hasher: Hasher, end: Callable[[int], object] = os._exit) -> None:
    """Answer questions for ever; a fault ends the process, and the supervisor starts another."""
    try:
        while True:
            taken = take(asked)
            if taken is not None:
                question, replying = taken
                with replying:
                    if is_awaited(replying):
                        answer(replying, reply_to(question, hasher))
    except Exception:
        try:
            log.exception("the hashing process has failed")
        finally:
            end(1)


def reply_to(question: Question, hasher: Hasher) -> Reply:
    """Do what a question asks for."""
    if question.room:
        return Reply(hashed=hasher.proof(question.room, question.password))
    if question.makes:
        return Reply(hashed=hasher.hash(question.password))
    if question.makes_keys:
        return Reply(keys=hasher.scram_keys(question.password))
    return Reply(matches=hasher.matches(question.hashed, question.password))
