"""A system that fails on order, for a server's processes: its clock, its disk (Linux, with a C compiler)."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

_ORDERS = ("clock_ahead", "sync_error", "sync_delay", "write_at_most")


class UnavailableError(Exception):
    """There is no failing system here."""


class FailingSystem:
    """Built in a folder; a server is put on it with ``environment=system.environment``.

    Raises:
        UnavailableError: it can't be had here.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not sys.platform.startswith("linux") or compiler is None:
            raise UnavailableError("a failing system needs Linux and a C compiler")
        folder.mkdir(parents=True, exist_ok=True)
        library = folder / "system.so"
        source = Path(__file__).with_name("system.c")
        build = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
        subprocess.run(build, check=True, capture_output=True)
        self._file = folder / "orders"
        self._values = dict.fromkeys(_ORDERS, 0)
        self._write()
        self.environment = {"LD_PRELOAD": str(library), "FAULTS_ORDERS": str(self._file)}

    def order(self, **values: int) -> None:
        """Give orders that hold from now on: ``clock_ahead`` (microseconds), ``sync_error`` (an errno),
        ``sync_delay`` (microseconds), ``write_at_most`` (bytes)."""
        self._values.update(values)
        self._write()

    def _write(self) -> None:
        data = struct.pack("=4q", *(self._values[name] for name in _ORDERS))
        # In place: it is mapped into the processes.
        with self._file.open("r+b" if self._file.exists() else "wb", buffering=0) as file:
            file.write(data)
