"""Make docs/export.png: the page that the sample chat is exported as, in a real browser, while it plays."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.chromium import running_browser  # noqa: E402 - found by the path above

from chatsimples.config.replay import ExportSettings  # noqa: E402
from chatsimples.i18n import translator  # noqa: E402
from chatsimples.replay.export.program import export  # noqa: E402

WIDTH, HEIGHT = 960, 640
PLACE = "550"
"""How far it has played, in thousandths."""

PICTURE = ROOT / "docs" / "export.png"


def main() -> None:
    """Export, open, and take the picture."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        page_file = Path(folder) / "chat.html"
        export(str(ROOT / "logs" / "sample"), ExportSettings(output=str(page_file)), translator("en"))
        page = browser.page()
        page.open(page_file.as_uri())
        page.picture(WIDTH, HEIGHT)
        page.run(
            f"const position = document.getElementById('position'); position.value = {PLACE};"
            "position.dispatchEvent(new Event('input'))"
        )
        PICTURE.write_bytes(page.picture(WIDTH, HEIGHT))


if __name__ == "__main__":
    main()
