"""The settings of ``chatsimples client``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatsimples.config.base import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    ENVIRONMENT_PREFIX,
    ByTls,
    ServerHost,
    ServerPort,
    Settings,
    ShownLanguage,
    TrustedFingerprint,
    TrustedIssuers,
    setting,
)
from chatsimples.i18n import N_


class ClientSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client's settings."""

    section = "client"
    prefix = ENVIRONMENT_PREFIX

    host: ServerHost = DEFAULT_HOST
    port: ServerPort = DEFAULT_PORT
    tls: ByTls = False
    ca: TrustedIssuers = ""
    fingerprint: TrustedFingerprint = ""
    cert: Annotated[str, setting(N_("with TLS: PEM file of a certificate of your own"))] = ""
    key: Annotated[str, setting(N_("with TLS: PEM file of its key, if that is another file"))] = ""
    nick: Annotated[str, setting(N_("your nick (default: the client asks)"))] = ""
    account: Annotated[str, setting(N_("your account on the server; its password is asked for"))] = ""
    password_stdin: Annotated[
        bool, setting(N_("the password is the first line of standard input; on a terminal it is asked for"))
    ] = False
    token_file: Annotated[
        str, setting(N_("file with a token of your account (or CHATSIMPLES_TOKEN in the environment)"))
    ] = ""
    room: Annotated[str, setting(N_("the room to enter, or several: geral,turma"))] = "geral"
    lang: ShownLanguage = ""
    once: Annotated[bool, setting(N_("give up when the connection is lost or can't be made"))] = False
    json: Annotated[bool, setting(N_("for programs: print records as JSON lines"))] = False
    stay: Annotated[bool, setting(N_("in a pipe: stay after the end of the input"))] = False
    history: Annotated[
        int, Meta(ge=0, le=1_000), setting(N_("messages from before that are shown in a room you enter"))
    ] = 20
    joins: Annotated[
        Literal["quiet", "all", "off"],
        setting(N_("who comes and goes; quiet: in large rooms only those who spoke lately")),
    ] = "quiet"
    times: Annotated[Literal["minutes", "seconds", "off"], setting(N_("the time in front of each line"))] = (
        "minutes"
    )
    bell: Annotated[
        Literal["mentions", "all", "off"],
        setting(N_("when the terminal's bell rings; mentions: you are named or written to in private")),
    ] = "mentions"
    nick_width: Annotated[
        int, Meta(ge=0, le=32), setting(N_("columns in which nicks stand, right-aligned; 0: not aligned"))
    ] = 10
    colors: Annotated[
        Literal["auto", "off", "16", "256", "true"],
        setting(N_("how many colours the terminal has; auto: what the environment says")),
    ] = "auto"
    background: Annotated[
        Literal["auto", "dark", "light"],
        setting(N_("the terminal's background, for colours that can be read on it")),
    ] = "auto"
    keys: Annotated[str, setting(N_("your own keys for what keys do: next=ctrl-n,help=f2"))] = ""
