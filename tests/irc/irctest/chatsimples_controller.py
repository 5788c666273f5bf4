"""Lets irctest, the public test suite of IRC servers, start ChatSimples; `scripts/run_irctest.sh` runs it.

irctest imports this module by name. It is no part of our own tests, and irctest is none of what they need.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.runner import NotImplementedByController
from irctest.specifications import Capabilities, OptionalBehaviors

_PROGRAM = [os.environ.get("CHATSIMPLES_PYTHON", sys.executable), "-m", "chatsimples"]
_OPERATOR, _OPERATORS_PASSWORD = "operuser", "operpassword"
_STARTS_WITHIN = 60.0
_SETTINGS = (
    "--server-name", "My.Little.Server",
    # Whoever makes a channel governs it, as most tests expect it of an IRC server.
    "--guest-rooms", "owned",
    "--registration", "open",
    "--message-rate", "0",
    "--address-rate", "0",
    "--connection-rate", "0",
    "--irc-playback", "0",
    "--no-web",
    "--lang", "en",
    "--logs",
)  # fmt: skip


class Controller(DirectoryBasedController, BaseServerController):
    """Runs a server of its own for each test case."""

    software_name = "ChatSimples"
    _port_wait_interval = 0.02
    supported_sasl_mechanisms = frozenset({"PLAIN", "SCRAM-SHA-256"})
    supports_sts = True
    extban_mute_char = "m"
    capabilities = frozenset(
        {
            Capabilities.ACCOUNT_NOTIFY,
            Capabilities.ACCOUNT_TAG,
            Capabilities.AWAY_NOTIFY,
            Capabilities.BATCH,
            Capabilities.ECHO_MESSAGE,
            Capabilities.EXTENDED_JOIN,
            Capabilities.LABELED_RESPONSE,
            Capabilities.MESSAGE_TAGS,
            Capabilities.MULTILINE,
            Capabilities.MULTI_PREFIX,
            Capabilities.READ_MARKER,
            Capabilities.SERVER_TIME,
            Capabilities.SETNAME,
        }
    )
    optional_behaviors = frozenset(
        {
            OptionalBehaviors.BAN_EXCEPTION_MODE,
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.INVITE_EXCEPTION_MODE,
            OptionalBehaviors.INVITE_OVERRIDES_LIMIT,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_KICK,
            OptionalBehaviors.MULTI_PRIVMSG,
            OptionalBehaviors.SASL_AFTER_REGISTRATION,
        }
    )
    isupport: ClassVar = {
        "BOT": "B",
        "ELIST": patma.StrRe("[CMNTU]+"),
        "INVEX": None,
        "MONITOR": patma.ANYSTR,
        "MSGREFTYPES": "msgid,timestamp",
        "PREFIX": "(qov)~@+",
        "STATUSMSG": "~@+",
        "TARGMAX": patma.ANYSTR,
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: str | None,
        ssl: bool,
        run_services: bool,
        faketime: str | None,
        websocket_hostname: str | None = None,
        websocket_port: int | None = None,
        config: Any = None,
    ) -> None:
        """Start a server; its accounts hold one operator."""
        if websocket_port is not None:
            raise NotImplementedByController("IRC over WebSocket")
        self.create_config()
        self.hostname, self.port = hostname, port
        folder = Path(str(self.directory))
        # No copy of the write-ahead log: whoever made it has closed it.
        shutil.copy(_accounts(), folder / "accounts.db")
        command = [*_PROGRAM, "server", "--host", "127.0.0.1", *_SETTINGS, str(folder)]
        if ssl:
            self.gen_ssl()
            command += ["--port", "0", "--tls-port", str(port)]
            command += ["--tls-cert", str(self.pem_path), "--tls-key", str(self.key_path)]
        else:
            command += ["--port", str(port)]
        if password is not None:
            (folder / "password").write_text(f"{password}\n")
            command += ["--password-file", str(folder / "password")]
        self.proc = self.execute(command)

    def wait_for_port(self) -> None:
        """Wait until somebody can connect; whoever looks says nothing, and is nobody."""
        until = time.monotonic() + _STARTS_WITHIN
        while not self.port_open:
            self.check_is_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(self._port_wait_interval)
            else:
                self.port_open = True

    def registerUser(self, case: Any, username: str, password: str | None = None) -> None:  # noqa: N802
        """Make an account while the server runs."""
        _add_account(Path(str(self.directory)) / "accounts.db", username, password or username, "member")

    def wait_for_services(self) -> None:
        """Wait for nothing: the server has no others."""


@cache
def _accounts() -> Path:
    """Make the accounts of which each server gets a copy, once."""
    path = Path(tempfile.mkdtemp(prefix="chatsimples-irctest-")) / "accounts.db"
    _add_account(path, _OPERATOR, _OPERATORS_PASSWORD, "admin")
    return path


def _add_account(store: Path, name: str, password: str, role: str) -> None:
    command = [*_PROGRAM, "account", "add", name, "--role", role, "--accounts", str(store)]
    subprocess.run(command, input=f"{password}\n{password}\n".encode(), check=True, capture_output=True)


def get_irctest_controller_class() -> type[Controller]:
    """Give irctest what it starts servers with."""
    return Controller
