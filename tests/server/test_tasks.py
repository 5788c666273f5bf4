"""What the server's children are given."""

import subprocess
import sys

from support.waiting import DEADLINE


def test_a_task_brings_nothing_of_what_its_process_is_made_of() -> None:
    program = (
        "import sys, chatsimples.server.tasks; "
        "print(*[name for name in sys.modules if 'chatsimples.chat' in name or 'dialects' in name])"
    )
    imported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
    ).stdout
    assert [] == imported.split()
