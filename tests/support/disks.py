"""A disk of a server's own, small or read-only, in a mount namespace that ends with it (Linux)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

_OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


def own_disk(folder: Path, options: str) -> list[str]:
    """Return a wrapper for a `Server` whose processes see a disk of their own at ``folder``.

    From outside it is at ``/proc/PID/root`` of any of them. Skips the test where that can't be had.

    Args:
        folder: where the disk is mounted; made if it is not there.
        options: of a ``tmpfs``, such as ``size=512k`` or ``ro``.
    """
    folder.mkdir(exist_ok=True)
    mount = f"mount -t tmpfs -o {options} none '{folder}'"
    try:
        tried = subprocess.run([*_OWN_MOUNTS, "sh", "-c", mount], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount namespaces on this system")
    if tried.returncode:
        pytest.skip("no mount namespaces for this user")
    return [*_OWN_MOUNTS, "sh", "-c", f'{mount} && exec "$@"', "sh"]
