"""The settings of the commands under ``chatsimples replay``, and of ``chatsimples redact``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatsimples.config.base import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    ENVIRONMENT_PREFIX,
    ByTls,
    ListenHost,
    ListenPort,
    PeoplesLanguage,
    Seconds,
    ServerAddress,
    ServerHost,
    ServerPort,
    Settings,
    ShownLanguage,
    TrustedFingerprint,
    TrustedIssuers,
    setting,
)
from chatsimples.i18n import N_

_Speed = Annotated[float, Meta(ge=0.001, le=1_000_000), setting(N_("how many times as fast as it happened"))]
_MaxIdle = Annotated[Seconds, setting(N_("seconds to which a longer silence is cut; 0: as long as it was"))]


class _Selected(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a transcript is wanted: the settings that several commands share."""

    begin: Annotated[
        str, setting(N_("the first record: a seq, or a time (15:00, 2026-11-22, 2026-11-22T15:00, …Z)"))
    ] = msgspec.field(default="", name="from")
    end: Annotated[str, setting(N_("the last record: a seq, or a time up to which"))] = msgspec.field(
        default="", name="to"
    )
    room: Annotated[str, setting(N_("these rooms only: geral,turma"))] = ""
    nick: Annotated[
        str, setting(N_("only what these people said, were told in private, or did: ana,bia"))
    ] = ""


class PlaySettings(_Selected, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay play``."""

    section = "play"
    prefix = f"{ENVIRONMENT_PREFIX}_PLAY"

    speed: _Speed = 1.0
    max_idle: _MaxIdle = 0.0
    loop: Annotated[bool, setting(N_("begin again at the end"))] = False
    times: Annotated[Literal["minutes", "seconds", "off"], setting(N_("the time in front of each line"))] = (
        "seconds"
    )
    colors: Annotated[
        Literal["auto", "off", "on"], setting(N_("colours; auto: on a terminal that has them"))
    ] = "auto"
    lang: ShownLanguage = ""


class ReenactSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay reenact``."""

    section = "reenact"
    prefix = f"{ENVIRONMENT_PREFIX}_REENACT"

    host: ServerHost = DEFAULT_HOST
    port: ServerPort = DEFAULT_PORT
    server: ServerAddress = ""
    tls: ByTls = False
    ca: TrustedIssuers = ""
    fingerprint: TrustedFingerprint = ""
    speed: Annotated[
        str, setting(N_("how many times as fast as it happened; max: as fast as the server takes it"))
    ] = "1"
    max_idle: _MaxIdle = 0.0
    logs: Annotated[
        str, setting(N_("the server's transcript, if it can be read from here: then every byte is compared"))
    ] = ""
    patience: Annotated[
        float, Meta(ge=0.1, le=3_600), setting(N_("seconds to wait for the record of what was done"))
    ] = 10.0
    lang: ShownLanguage = ""


class CheckSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay check``."""

    section = "check"
    prefix = f"{ENVIRONMENT_PREFIX}_CHECK"

    expect: Annotated[
        str, setting(N_("the head that it had when it was last checked; what was cut off since is found"))
    ] = ""
    lang: ShownLanguage = ""


class ExportSettings(_Selected, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay export``."""

    section = "export"
    prefix = f"{ENVIRONMENT_PREFIX}_EXPORT"

    format: Annotated[Literal["html", "text", "csv", "asciicast"], setting(N_("what to write"))] = "html"
    output: Annotated[str, setting(N_("the file to write; -: standard output"))] = "-"
    title: Annotated[str, setting(N_("what it is called (default: the rooms' names)"))] = ""
    bom: Annotated[
        bool, setting(N_("csv: with a byte-order mark at the front, by which Excel knows the accents"))
    ] = False
    speed: Annotated[
        float, Meta(ge=0.001, le=1_000_000), setting(N_("asciicast: how many times as fast as it happened"))
    ] = 1.0
    max_idle: Annotated[
        Seconds, setting(N_("asciicast: seconds to which a longer silence is cut; 0: as long as it was"))
    ] = 0.0
    width: Annotated[int, Meta(ge=20, le=500), setting(N_("asciicast: columns"))] = 80
    height: Annotated[int, Meta(ge=5, le=200), setting(N_("asciicast: rows"))] = 24
    lang: ShownLanguage = ""


class StatsSettings(_Selected, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay stats``."""

    section = "stats"
    prefix = f"{ENVIRONMENT_PREFIX}_STATS"

    json: Annotated[bool, setting(N_("for programs: one JSON object"))] = False
    top: Annotated[int, Meta(ge=0, le=1_000_000), setting(N_("rows of each table; 0: all"))] = 10
    lang: ShownLanguage = ""


class ServeSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay serve``."""

    section = "serve"
    prefix = f"{ENVIRONMENT_PREFIX}_SERVE"

    host: ListenHost = DEFAULT_HOST
    port: ListenPort = DEFAULT_PORT
    speed: _Speed = 1.0
    max_idle: _MaxIdle = 0.0
    at: Annotated[
        str, setting(N_("where to begin: a seq, or a time (15:00, 2026-11-22, 2026-11-22T15:00, …Z)"))
    ] = ""
    loop: Annotated[bool, setting(N_("begin again at the end"))] = False
    lang: PeoplesLanguage = ""


class RedactSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``redact``."""

    section = "redact"
    prefix = f"{ENVIRONMENT_PREFIX}_REDACT"

    seq: Annotated[str, setting(N_("the messages whose text goes, by their seq: 12,40-43"))] = ""
    reason: Annotated[str, setting(N_("why; it stands in the new log"))] = ""
    output: Annotated[str, setting(N_("a new folder for the new log"))] = ""
    lang: ShownLanguage = ""
