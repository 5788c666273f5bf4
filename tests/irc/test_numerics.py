"""The numerics."""

from __future__ import annotations

from chatsimples.irc import numerics


def test_each_numeric_has_three_digits_and_one_name() -> None:
    found = {name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}
    assert found
    assert all(len(value) == 3 and value.isdigit() for value in found.values())
    assert len(found) == len(set(found.values()))
    errors = {name for name, value in found.items() if name.startswith("ERR_")}
    assert errors == {
        name
        for name, value in found.items()
        if "400" < value < "600" or value in {"696", "734", "904", "905", "906"}
    }
