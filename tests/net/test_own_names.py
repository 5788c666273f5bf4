"""The names of this machine."""

from __future__ import annotations

import threading

from support.waiting import DEADLINE, eventually

from chatsimples.net.own_names import OwnNames


def test_a_machine_has_its_name_alone_in_local_and_with_its_domain() -> None:
    names = OwnNames(lambda: "Sala-3", lambda: "sala-3.Escola.example")
    eventually(lambda: len(names()) == 3, "all names are known")
    assert {"sala-3", "sala-3.local", "sala-3.escola.example"} == names()


def test_a_name_that_takes_long_to_find_out_holds_nobody_up() -> None:
    answered = threading.Event()

    def full_name() -> str:
        assert answered.wait(DEADLINE)
        return "box.example"

    names = OwnNames(lambda: "box.lan", full_name)
    assert {"box.lan", "box.local"} == names()
    answered.set()
    eventually(lambda: "box.example" in names(), "the last name is known")
