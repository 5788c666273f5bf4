"""While modules are loaded the garbage collector waits, and then goes on."""

from __future__ import annotations

import gc

import pytest

from chatsimples.loading import loading


def test_the_garbage_collector_waits_until_all_is_loaded() -> None:
    with loading():
        assert not gc.isenabled()
        with loading():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_what_can_not_be_loaded() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
