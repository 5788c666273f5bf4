"""What tests of transcripts share."""

import pytest

from chatsimples.transcript import disk


@pytest.fixture
def patient_disk(monkeypatch):
    """Take every wait for the disk as done: for tests of what is in files, a thousand times over."""
    monkeypatch.setattr(disk, "_sync", lambda fd: None)
