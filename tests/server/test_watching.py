"""A child that was stopped is made to go on."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.process import BaseProcess

from support.waiting import eventually

from chatsimples.server.channels import spawn_context
from chatsimples.server.watching import continue_if_stopped


def test_a_stopped_child_goes_on_and_one_that_is_not_is_left_alone() -> None:
    child: BaseProcess = spawn_context().Process(target=time.sleep, args=(3_600,), name="sleeper")
    continue_if_stopped(child)
    child.start()
    try:
        assert child.pid is not None
        continue_if_stopped(child)
        os.kill(child.pid, signal.SIGSTOP)

        def state() -> str:
            return os.popen(f"ps -o state= -p {child.pid}").read().strip()

        eventually(lambda: state() == "T", "it is stopped")

        def goes_on() -> bool:
            continue_if_stopped(child)
            return state() != "T"

        eventually(goes_on, "it goes on")
    finally:
        child.kill()
        child.join()
    continue_if_stopped(child)
