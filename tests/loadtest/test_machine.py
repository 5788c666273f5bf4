"""What a load test ran on is told in its report."""

from __future__ import annotations

from chatsimples.loadtest.machine import describe_machine


def test_everything_that_figures_depend_on_is_told() -> None:
    machine = describe_machine()
    assert {"system", "processor", "cores", "memory", "python"} == set(machine)
    assert all(machine.values())
    assert int(machine["cores"]) >= 1
