"""Every setting, once: its name, type, default, bounds and help stand in one line of one class.

A setting ``message_rate`` of the server is ``--message-rate`` on the command line, in the environment
``CHATSIMPLES_MESSAGE_RATE``, and ``message_rate`` under ``[server]`` in a TOML file; the first of these that
names it wins, then the default. `describe` tells all of this from the class; `chatsimples.cli.options` and
the reference page are made from what it tells, so that none of these can disagree.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate

ENVIRONMENT_PREFIX = "CHATSIMPLES"

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=0, le=10_000_000)]
Bytes = Annotated[int, Meta(ge=0, le=1 << 30)]
Rate = Annotated[float, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Language = Literal["", "en", "pt"]


def setting(help_text: str) -> Meta:
    """Describe a setting; the text is for people and is translated."""
    return Meta(description=help_text)


class ServerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server's settings. Where the help says "0: off", 0 switches the limit off."""

    prefix: ClassVar[str] = ENVIRONMENT_PREFIX

    host: Annotated[str, setting(N_("address to listen on"))] = "127.0.0.1"
    port: Annotated[Port, setting(N_("port to listen on; 0 takes a free one"))] = 5000
    logs: Annotated[str, setting(N_("folder of the transcript and of server.jsonl"))] = "logs"
    lang: Annotated[Language, setting(N_("language of what people see (default: the locale's)"))] = ""
    durability: Annotated[
        Literal["os", "disk"],
        setting(N_("os: written before it is delivered; disk: on the disk before it is delivered")),
    ] = "os"
    workers: Annotated[int, Meta(ge=1, le=64), setting(N_("threads that read from clients"))] = 2
    message_rate: Annotated[Rate, setting(N_("commands a second and connection; 0: off"))] = 10.0
    message_burst: Annotated[Count, setting(N_("commands in one go before the rate counts; 0: off"))] = 50
    flood_timeout: Annotated[
        Seconds, setting(N_("seconds above the rate without a pause that end a connection; 0: off"))
    ] = 300.0
    connections_per_address: Annotated[
        Count, setting(N_("connections from one address, loopback exempt; 0: off"))
    ] = 16
    max_line: Annotated[Bytes, setting(N_("bytes in a line from a client; 0: off"))] = 65_536
    max_text: Annotated[Bytes, setting(N_("bytes in a message's text; 0: off"))] = 4_096
    max_name: Annotated[Count, setting(N_("characters in a nick or a room's name; 0: off"))] = 32
    max_rooms: Annotated[Count, setting(N_("rooms that one connection can be in; 0: off"))] = 32
    max_backlog: Annotated[
        int,
        Meta(ge=4_096, le=1 << 30),
        setting(N_("bytes held in memory for a slow reader before the transcript serves it")),
    ] = 1_048_576
    quiet_room: Annotated[
        Count, setting(N_("members above which joins, leaves and nicks are not told to a room; 0: off"))
    ] = 256
    registration_timeout: Annotated[
        Seconds, setting(N_("seconds that a JSON client has to say hello; 0: off"))
    ] = 30.0
    ping_interval: Annotated[
        Seconds, setting(N_("seconds of silence after which a client is pinged; 0: off"))
    ] = 60.0
    ping_timeout: Annotated[
        Seconds, setting(N_("further seconds of silence after which it counts as gone; 0: off"))
    ] = 60.0
    nick_hold: Annotated[
        Seconds, setting(N_("seconds in which a session that was cut can claim its nick back; 0: off"))
    ] = 600.0
    segment_size: Annotated[
        int, Meta(ge=4_096, le=1 << 40), setting(N_("bytes after which a new transcript segment begins"))
    ] = 33_554_432
    stop_timeout: Annotated[
        Seconds, setting(N_("seconds that stopping may take to deliver what is on its way"))
    ] = 3.0


class ClientSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client's settings."""

    prefix: ClassVar[str] = ENVIRONMENT_PREFIX

    host: Annotated[str, setting(N_("the server's address"))] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535), setting(N_("the server's port"))] = 5000
    nick: Annotated[str, setting(N_("your nick (default: the client asks)"))] = ""
    room: Annotated[str, setting(N_("the room to enter, or several: geral,turma"))] = "geral"
    lang: Annotated[Language, setting(N_("language of what you see (default: the locale's)"))] = ""
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


class LoadTestSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The load test's settings. Their variables are apart: another program's port is not meant for it."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_LOAD_TEST"

    host: Annotated[str, setting(N_("a server that runs already (default: start one)"))] = ""
    port: Annotated[Port, setting(N_("its port; 0: start a server for the test"))] = 0
    clients: Annotated[int, Meta(ge=1, le=100_000), setting(N_("readers"))] = 100
    senders: Annotated[int, Meta(ge=1, le=1_000), setting(N_("senders; at least one for each room"))] = 1
    rooms: Annotated[
        int, Meta(ge=1, le=1_000), setting(N_("rooms over which readers and senders are spread"))
    ] = 1
    rate: Annotated[
        str,
        setting(N_("messages a second in all, sent when due whatever the server does; max: a closed loop")),
    ] = "max"
    window: Annotated[
        int,
        Meta(ge=1, le=50_000),
        setting(N_("in a closed loop: messages of a room on their way until all its readers have them")),
    ] = 1_024
    seconds: Annotated[
        float, Meta(ge=0.1, le=900), setting(N_("how long messages are sent, in each run or step"))
    ] = 5.0
    size: Annotated[int, Meta(ge=16, le=65_000), setting(N_("bytes in a message's text"))] = 100
    dialect: Annotated[
        Literal["text", "json"], setting(N_("what readers and senders speak with ChatSimples"))
    ] = "text"
    slow: Annotated[
        int, Meta(ge=0, le=1_000), setting(N_("slow readers beside the others, not counted in the figures"))
    ] = 0
    slow_bytes: Annotated[
        Bytes, setting(N_("bytes a second that a slow reader takes; 0: it never reads"))
    ] = 1_024
    churn: Annotated[
        float,
        Meta(ge=0, le=1_000),
        setting(N_("more readers a second that come, stay a second and leave")),
    ] = 0.0
    ramp: Annotated[
        bool, setting(N_("raise the rate step by step until it is not held, and say where the knee is"))
    ] = False
    ramp_p99: Annotated[
        float,
        Meta(ge=0.1, le=60_000),
        setting(N_("milliseconds that a step's 99th percentile has to stay within")),
    ] = 50.0
    runs: Annotated[int, Meta(ge=1, le=100), setting(N_("rounds; the servers take turns in each"))] = 1
    against: Annotated[
        str, setting(N_("other servers to compare with, on the same load: redis,nats,inspircd,course"))
    ] = ""
    workload: Annotated[str, setting(N_("a transcript that gives the messages' rooms, sizes and rhythm"))] = (
        ""
    )
    speed: Annotated[
        float, Meta(ge=0.001, le=1_000_000), setting(N_("how many times as fast the workload is replayed"))
    ] = 1.0
    processes: Annotated[
        int,
        Meta(ge=0, le=64),
        setting(N_("processes that hold readers; 0: what cores there are to spare")),
    ] = 0
    logs: Annotated[
        str, setting(N_("where the test's own server writes (default: a folder that is removed after it)"))
    ] = ""
    json: Annotated[str, setting(N_("write the results to this file, as JSON"))] = ""
    html: Annotated[str, setting(N_("write a page with plots to this file"))] = ""
    lang: Annotated[Language, setting(N_("language of what you see (default: the locale's)"))] = ""


# What several of the commands that replay have in common.
_Speed = Annotated[float, Meta(ge=0.001, le=1_000_000), setting(N_("how many times as fast as it happened"))]
_MaxIdle = Annotated[Seconds, setting(N_("seconds to which a longer silence is cut; 0: as long as it was"))]
_Shown = Annotated[Language, setting(N_("language of what you see (default: the locale's)"))]


class _Selected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_PLAY"

    speed: _Speed = 1.0
    max_idle: _MaxIdle = 0.0
    loop: Annotated[bool, setting(N_("begin again at the end"))] = False
    times: Annotated[Literal["seconds", "minutes", "off"], setting(N_("the time in front of each line"))] = (
        "seconds"
    )
    colors: Annotated[
        Literal["auto", "off", "on"], setting(N_("colours; auto: on a terminal that has them"))
    ] = "auto"
    lang: _Shown = ""


class ReenactSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay reenact``."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_REENACT"

    host: Annotated[str, setting(N_("the server's address"))] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535), setting(N_("the server's port"))] = 5000
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
    lang: _Shown = ""


class CheckSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay check``."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_CHECK"

    expect: Annotated[
        str, setting(N_("the head that it had when it was last checked; what was cut off since is found"))
    ] = ""
    lang: _Shown = ""


class ExportSettings(_Selected, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay export``."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_EXPORT"

    format: Annotated[Literal["html", "text", "csv", "asciicast"], setting(N_("what to write"))] = "html"
    output: Annotated[str, setting(N_("the file to write; -: standard output"))] = "-"
    title: Annotated[str, setting(N_("what it is called (default: the rooms' names)"))] = ""
    speed: Annotated[
        float, Meta(ge=0.001, le=1_000_000), setting(N_("asciicast: how many times as fast as it happened"))
    ] = 1.0
    max_idle: Annotated[
        Seconds, setting(N_("asciicast: seconds to which a longer silence is cut; 0: as long as it was"))
    ] = 0.0
    width: Annotated[int, Meta(ge=20, le=500), setting(N_("asciicast: columns"))] = 80
    height: Annotated[int, Meta(ge=5, le=200), setting(N_("asciicast: rows"))] = 24
    lang: _Shown = ""


class StatsSettings(_Selected, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay stats``."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_STATS"

    json: Annotated[bool, setting(N_("for programs: one JSON object"))] = False
    top: Annotated[int, Meta(ge=0, le=1_000_000), setting(N_("rows of each table; 0: all"))] = 10
    lang: _Shown = ""


class ServeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``replay serve``."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_SERVE"

    host: Annotated[str, setting(N_("address to listen on"))] = "127.0.0.1"
    port: Annotated[Port, setting(N_("port to listen on; 0 takes a free one"))] = 5000
    speed: _Speed = 1.0
    max_idle: _MaxIdle = 0.0
    at: Annotated[
        str, setting(N_("where to begin: a seq, or a time (15:00, 2026-11-22, 2026-11-22T15:00, …Z)"))
    ] = ""
    loop: Annotated[bool, setting(N_("begin again at the end"))] = False
    lang: Annotated[Language, setting(N_("language of what people see (default: the locale's)"))] = ""


class RedactSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``redact``."""

    prefix: ClassVar[str] = f"{ENVIRONMENT_PREFIX}_REDACT"

    seq: Annotated[str, setting(N_("the messages whose text goes, by their seq: 12,40-43"))] = ""
    reason: Annotated[str, setting(N_("why; it stands in the new log"))] = ""
    output: Annotated[str, setting(N_("a new folder for the new log"))] = ""
    lang: _Shown = ""


Settings = TypeVar(
    "Settings",
    ServerSettings,
    ClientSettings,
    LoadTestSettings,
    PlaySettings,
    ReenactSettings,
    CheckSettings,
    ExportSettings,
    StatsSettings,
    ServeSettings,
    RedactSettings,
)


class Described(Struct, frozen=True, kw_only=True):
    """A setting as the command line and the documentation need it.

    Attributes:
        name: its key in a TOML file.
        kind: the type of its values.
        default: what it is if nobody says anything.
        help: what it means, to be translated.
        low, high: the least and the greatest value of a number.
        choices: the words it can be; none if it can be anything. The empty one stands for the default.
        prefix: what its environment variable begins with.
    """

    name: str
    kind: type[str] | type[int] | type[float] | type[bool]
    default: str | float
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    prefix: str = ENVIRONMENT_PREFIX

    @property
    def option(self) -> str:
        """Its option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"{self.prefix}_{self.name.upper()}"


def describe(cls: type[Settings]) -> list[Described]:
    """Tell what settings there are."""
    return [_describe(field, cls.prefix) for field in msgspec.structs.fields(cls)]


def make_settings(cls: type[Settings], values: Any, translate: Translate = str) -> Settings:
    """Make settings of ``cls`` from a mapping of names to values, checked against every bound.

    Raises:
        SettingError: a value that can't be, or a name that there is not.
    """
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as error:
        why = str(error)
    unknown = sorted(values.keys() - set(cls.__struct_encode_fields__)) if isinstance(values, dict) else []
    if unknown:
        raise SettingError(translate(N_("there is no setting {name}")).format(name=repr(unknown[0])))
    raise SettingError(translate(N_("a setting is wrong: {why}")).format(why=why))


def _describe(field: msgspec.structs.FieldInfo, prefix: str) -> Described:
    found = msgspec.inspect.type_info(field.type)
    help_text = ""
    while isinstance(found, msgspec.inspect.Metadata):
        help_text = (found.extra_json_schema or {}).get("description", help_text)
        found = found.type
    kind: type[str] | type[int] | type[float] | type[bool] = str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    match found:
        case msgspec.inspect.BoolType():
            kind = bool
        case msgspec.inspect.IntType(ge=low, le=high):
            kind = int
        case msgspec.inspect.FloatType(ge=low, le=high):
            kind = float
        case msgspec.inspect.LiteralType():
            # As they are written in the class; msgspec sorts them.
            choices = get_args(get_args(field.type)[0])
    return Described(
        name=field.encode_name,
        kind=kind,
        default=field.default,
        help=help_text,
        low=low,
        high=high,
        choices=choices,
        prefix=prefix,
    )


__all__ = [
    "CheckSettings",
    "ClientSettings",
    "Described",
    "ExportSettings",
    "LoadTestSettings",
    "PlaySettings",
    "RedactSettings",
    "ReenactSettings",
    "ServeSettings",
    "ServerSettings",
    "StatsSettings",
    "describe",
    "make_settings",
]
