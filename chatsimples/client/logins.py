"""What proves that a person has an account: never an argument, which everybody on a machine can read.

A password is typed unseen, or is the first line of standard input; a token stands in a file or in the
environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address

from chatsimples.client.protocol.core import Login
from chatsimples.config.client import ClientSettings
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate

TOKEN_VARIABLE = "CHATSIMPLES_TOKEN"  # noqa: S105 - the name of it
"""The environment variable in which a token may stand."""

_LONGEST = 4_096


def find_login(
    settings: ClientSettings, stdin: int | None, translate: Translate, environ: Mapping[str, str] = os.environ
) -> Login | None:
    """Return as whom to log in; None for a guest. Without what proves it, the person is to be asked.

    Args:
        settings: the client's settings.
        stdin: a descriptor whose first line is the password, if the settings say so (-1 for none); None at a
            terminal.
            No byte after that line is read.
        translate: the language.
        environ: the environment.

    Raises:
        SettingError: the token's file can't be read, or there is nothing in it; or there is no password, and
            nobody to ask for it.
    """
    _ = translate
    token = _read_token(settings.token_file, translate) if settings.token_file else ""
    token = token or ("" if settings.password_stdin else environ.get(TOKEN_VARIABLE, ""))
    if token:
        return Login(settings.account, token=token)
    if not (settings.account or settings.password_stdin):
        return None
    if settings.cert and settings.account and not settings.password_stdin:
        return Login(settings.account, certificate=True)
    if stdin is None:
        return Login(settings.account)
    if not settings.password_stdin:
        text = _(N_("no password for {account}: use --password-stdin, --token-file or {variable}"))
        raise SettingError(text.format(account=settings.account, variable=TOKEN_VARIABLE))
    password = _read_line(stdin)
    if not password:
        raise SettingError(_(N_("there is no password on the first line of standard input")))
    return Login(settings.account, password)


def is_in_clear(settings: ClientSettings) -> bool:
    """Tell whether what is sent can be read on its way: without TLS, to another machine."""
    if settings.tls or settings.ca or settings.fingerprint or settings.cert or settings.host == "localhost":
        return False
    try:
        return not ip_address(settings.host.strip("[]")).is_loopback
    except ValueError:
        return True


def _read_token(path: str, translate: Translate) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a pipe or a descriptor's path too
            token = file.readline(_LONGEST).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        text = translate(N_("the token's file {path} can't be read: {why}"))
        why = getattr(error, "strerror", None) or "UTF-8?"
        raise SettingError(text.format(path=path, why=why)) from None
    if not token:
        raise SettingError(translate(N_("there is no token in {path}")).format(path=path))
    return token


def _read_line(stdin: int) -> str:
    """Read a line byte by byte: what follows it is for the chat."""
    line = bytearray()
    while len(line) < _LONGEST:
        try:
            byte = os.read(stdin, 1)
        except OSError:
            break
        if byte in {b"", b"\n"}:
            break
        line += byte
    return line.decode("utf-8", "replace").removesuffix("\r")
