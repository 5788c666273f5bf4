"""irssi and WeeChat, as people run them, each with a folder of its own in which it keeps its logs."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.server import clean_environment
from support.system_packages import program
from support.terminals import TerminalProgram
from support.waiting import DEADLINE, eventually

_IRSSI_CONFIG = """
servers = ( {{ address = "127.0.0.1"; chatnet = "local"; port = "{port}"; autoconnect = "yes"; {server} }} );
chatnets = {{ local = {{ type = "IRC"; {chatnet} }} }};
settings = {{
  core = {{
    real_name = "{nick} do teste"; user_name = "{nick}"; nick = "{nick}"; server_reconnect_time = "10secs";
  }};
  "fe-common/core" = {{
    autolog = "yes"; autolog_path = "{folder}/logs/$0.log";
    autolog_ignore_targets = "";
  }};
  "irc/core" = {{ lag_check_time = "0"; cmds_max_at_once = "100"; cmd_queue_speed = "0"; }};
}};
"""
_IRSSI_SAYS = re.compile(r"\d\d:\d\d <[ ~@+]*(?P<nick>[^>]+)> (?P<text>.*)")
# What WeeChat writes where others have a nick: of who comes and goes, what the server tells, and actions.
_NOT_SAID = ("-->", "<--", "--", "=!=", "*")
_WEECHAT_SAYS = re.compile(r"[^\t]*\t[~@+]*(?P<nick>[^\t ]+)\t(?P<text>.*)")


class Irssi:
    """irssi on a terminal of its own."""

    def __init__(self, folder: Path, port: int, nick: str, server: str = "", chatnet: str = "") -> None:
        self.folder = folder
        config = _IRSSI_CONFIG.format(folder=folder, port=port, nick=nick, server=server, chatnet=chatnet)
        (folder / "config").write_text(config, "utf-8")
        command = [program("irssi", "irssi"), f"--home={folder}"]
        environ = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.terminal = TerminalProgram(command, 120, 40, environ)

    @property
    def pid(self) -> int:
        """The process."""
        return int(self.terminal.process.pid or 0)

    def is_welcome(self) -> None:
        """Wait until the server has let it in; what is typed before that goes nowhere."""
        self.sees("End of /MOTD")

    def type(self, line: str) -> None:
        """Type a line."""
        self.terminal.process.send(f"{line}\r".encode())

    def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        self.terminal.sees(text)

    def heard(self, target: str) -> list[tuple[str, str]]:
        """Return who has said what in a channel, as its log has it."""
        # What is drawn has to be read, or it stops.
        self.terminal.take_in()
        return _said(self.folder / "logs" / f"{target}.log", _IRSSI_SAYS)

    def log(self, target: str) -> str:
        """Return the log of a channel."""
        self.terminal.take_in()
        path = self.folder / "logs" / f"{target}.log"
        return path.read_text("utf-8") if path.exists() else ""

    def end(self) -> None:
        """End it."""
        self.terminal.process.close(force=True)


class WeeChat:
    """WeeChat without a terminal, told what to do through its pipe."""

    def __init__(self, folder: Path, port: int, nick: str, options: tuple[str, ...] = ()) -> None:
        self.folder = folder
        set_up = [
            f"/server add local 127.0.0.1/{port}",
            "/set irc.server.local.tls off",
            "/set irc.server.local.ssl off",
            f"/set irc.server.local.nicks {nick}",
            f"/set irc.server.local.username {nick}",
            "/set irc.server.local.autoreconnect_delay 1",
            "/set irc.server.local.anti_flood_prio_high 0",
            "/set irc.server.local.anti_flood_prio_low 0",
            "/set logger.file.flush_delay 0",
            *options,
            "/connect local",
        ]
        commands = [word for line in set_up for word in ("--run-command", line)]
        environ = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder)}
        self.process = subprocess.Popen(
            [program("weechat-headless", "weechat-headless"), "--dir", str(folder), *commands],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean_environment(**environ),
        )

    def is_welcome(self) -> None:
        """Wait until the server has let it in; what is typed before that goes nowhere."""
        eventually(lambda: "End of /MOTD" in self.log(), "WeeChat is connected")

    def type(self, line: str, buffer: str = "irc.server.local") -> None:
        """Type a line in a buffer."""
        pipes: list[Path] = []

        def has_pipe() -> bool:
            pipes[:] = self.folder.glob("weechat_fifo_*")
            return bool(pipes)

        eventually(has_pipe, "WeeChat has its pipe")
        with pipes[0].open("w", encoding="utf-8") as pipe:
            pipe.write(f"{buffer} *{line}\n")

    def say(self, channel: str, text: str) -> None:
        """Say something in a channel."""
        self.type(text, f"irc.local.{channel}")

    def heard(self, target: str) -> list[tuple[str, str]]:
        """Return who has said what in a channel, as its log has it."""
        return _said(self._log(f"local.{target}"), _WEECHAT_SAYS)

    def log(self, target: str = "") -> str:
        """Return the log of a channel or, without one, that of the server."""
        path = self._log(f"local.{target}" if target else "server.local")
        return path.read_text("utf-8") if path.exists() else ""

    def end(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE)

    def _log(self, buffer: str) -> Path:
        return self.folder / "logs" / f"irc.{buffer}.weechatlog"


def _said(path: Path, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    found = map(pattern.fullmatch, path.read_text("utf-8").splitlines())
    return [(each["nick"], each["text"]) for each in found if each and each["nick"] not in _NOT_SAID]


@contextmanager
def irssi(folder: Path, port: int, nick: str, server: str = "", chatnet: str = "") -> Iterator[Irssi]:
    """Run irssi; ``server`` and ``chatnet`` are more of its configuration."""
    folder.mkdir()
    running = Irssi(folder, port, nick, server, chatnet)
    try:
        yield running
    finally:
        running.end()


@contextmanager
def weechat(folder: Path, port: int, nick: str, options: tuple[str, ...] = ()) -> Iterator[WeeChat]:
    """Run WeeChat; ``options`` are commands before it connects."""
    folder.mkdir()
    running = WeeChat(folder, port, nick, options)
    try:
        yield running
    finally:
        running.end()
