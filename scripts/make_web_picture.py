#!/usr/bin/env python3
"""Makes docs/web.png: the page in a browser beside the terminal client, in one conversation.

Runs the server, a real browser and a client in a terminal of its own, lets two people talk, and puts what
both show side by side. Needs the ``pictures`` extra and Chromium: ``pip install -e .[pictures]``.
"""

from __future__ import annotations

import base64
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "scripts")]

from make_picture import COMMAND, Terminal, draw, wait  # noqa: E402 - found by the path above
from playwright.sync_api import Browser, Page  # noqa: E402
from support.browsers import launched_browser  # noqa: E402

PICTURE = ROOT / "docs" / "web.png"
WIDTH, HEIGHT = 760, 560
TERMINAL = 720
BESIDE = """
<body style="margin: 0; display: flex; gap: 16px; align-items: center; background: #d9dce1; padding: 16px">
<img src="data:image/png;base64,{page}" width="{width}" height="{height}" style="border-radius: 8px">
<div style="width: {terminal}px">{svg}</div>
"""


def main() -> None:
    """Run the conversation and take the picture."""
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        # What people keep between runs is not part of the picture.
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = folder
        server = Terminal(f"{COMMAND} server --port 0 --logs {folder}/logs --lang pt", 100, 30)
        wait(lambda: server.shows("listening on"), "the server listens")
        (port,) = re.findall(r"listening on \S+:(\d+)", "\n".join(server.screen.display))
        bia = Terminal(f"{COMMAND} client --port {port} --lang pt --nick bia --room geral,sockets")
        wait(lambda: bia.shows("bia entrou"), "bia is there")
        page = browser.new_page(
            locale="pt-BR", viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5
        )
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("#door-nick").fill("ana")
        page.locator("#door-nick").press("Enter")
        converse(page, bia)
        draw([bia], Path(folder) / "terminal.svg")
        put_together(browser, page, (Path(folder) / "terminal.svg").read_text("utf-8"))
        bia.type("/sair")
        bia.end()
        page.close()
        server.type("/sair")
        server.end()


def converse(page: Page, bia: Terminal) -> None:
    """Let ana, in the browser, and bia, on her terminal, talk."""
    say(page, bia, "olá, bia! hoje estou no navegador, sem instalar nada")
    answer(page, bia, "e eu no terminal; é a mesma conversa, na mesma porta")
    say(page, bia, "e se o servidor cair a meio de uma frase?")
    answer(page, bia, "retoma onde parou: nada se perde e nada aparece duas vezes")
    say(page, bia, "ana, bia e o nc na mesma sala :) está tudo em logs/")
    answer(page, bia, "ana, vê https://example.org/exercicio e diz-me o que achas")


def say(page: Page, bia: Terminal, text: str) -> None:
    """Say something in the browser, and wait until the terminal has it."""
    page.locator(".composer textarea").fill(text)
    page.locator(".composer textarea").press("Enter")
    wait(lambda: bia.shows(text[:24]), f"{text!r} is shown")


def answer(page: Page, bia: Terminal, text: str) -> None:
    """Say something in the terminal, and wait until the browser has it."""
    bia.type(text)
    page.locator(".timeline").get_by_text(text[:12]).wait_for()


def put_together(browser: Browser, page: Page, svg: str) -> None:
    """Draw both side by side."""
    shown = base64.b64encode(page.screenshot()).decode()
    whole = browser.new_page(
        viewport={"width": WIDTH + TERMINAL + 48, "height": HEIGHT + 32}, device_scale_factor=1.5
    )
    whole.set_content(BESIDE.format(page=shown, width=WIDTH, height=HEIGHT, terminal=TERMINAL, svg=svg))
    whole.screenshot(path=PICTURE)
    whole.close()


if __name__ == "__main__":
    main()
