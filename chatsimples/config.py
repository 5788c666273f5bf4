"""Every setting, once: its name, type, default, bounds and help stand in one line of one class.

A setting ``message_rate`` of the server is ``--message-rate`` on the command line, in the environment
``CHATSIMPLES_MESSAGE_RATE``, and ``message_rate`` under ``[server]`` in a TOML file; the first of these that
names it wins, then the default. `settings_options` makes the command line from the class, so that none of
these can disagree.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import click
import msgspec
from msgspec import Meta, Struct

from chatsimples.errors import SettingError
from chatsimples.i18n import LANGUAGES, N_

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
    """The terminal client's settings."""

    host: Annotated[str, setting(N_("the server's address"))] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535), setting(N_("the server's port"))] = 5000
    nick: Annotated[str, setting(N_("your nick (default: the client asks)"))] = ""
    room: Annotated[str, setting(N_("the room to enter"))] = "geral"
    lang: Annotated[Language, setting(N_("language of what you see (default: the locale's)"))] = ""
    once: Annotated[bool, setting(N_("give up when the connection is lost or can't be made"))] = False


Settings = TypeVar("Settings", ServerSettings, ClientSettings)
Command = Callable[..., Any]


def settings_options(cls: type[Settings], section: str) -> Callable[[Command], Command]:
    """Decorate a command with one option per setting of ``cls``; it is called with the settings made.

    The command also takes ``--config FILE``, a TOML file of which the table ``section`` counts.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_settings(**values: Any) -> Any:
            values.pop("config")
            return command(make_settings(cls, values))

        decorated: Command = with_settings
        for field in reversed(msgspec.structs.fields(cls)):
            decorated = _option(field)(decorated)
        return click.option(
            "--config",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            envvar=f"{ENVIRONMENT_PREFIX}_CONFIG",
            is_eager=True,
            expose_value=True,
            callback=lambda context, _, path: _use_file(context, path, cls, section),
            help="TOML file with settings.",
        )(decorated)

    return decorate


def make_settings(cls: type[Settings], values: dict[str, Any]) -> Settings:
    """Make settings of ``cls`` from values, checked against every bound.

    Raises:
        SettingError: a value that can't be, or a name that there is not.
    """
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as error:
        raise SettingError(f"a setting is wrong: {error}") from None


def _use_file(context: click.Context, path: Path | None, cls: type[Settings], section: str) -> Path | None:
    if path is None:
        return None
    try:
        table = tomllib.loads(path.read_text("utf-8")).get(section, {})
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} is no TOML file that can be read: {error}") from None
    try:
        make_settings(cls, table)
    except SettingError as error:
        raise SettingError(f"{path}, [{section}]: {error}") from None
    context.default_map = {**(context.default_map or {}), **table}
    return path


def _option(field: msgspec.structs.FieldInfo) -> Callable[[Command], Command]:
    described = msgspec.inspect.type_info(field.type)
    help_text = ""
    while isinstance(described, msgspec.inspect.Metadata):
        help_text = (described.extra_json_schema or {}).get("description", help_text)
        described = described.type
    return click.option(
        f"--{field.name.replace('_', '-')}",
        type=_parameter_type(described),
        is_flag=isinstance(described, msgspec.inspect.BoolType),
        default=field.default,
        show_default=field.default not in ("", False),
        envvar=f"{ENVIRONMENT_PREFIX}_{field.name.upper()}",
        help=help_text,
    )


def _parameter_type(described: msgspec.inspect.Type) -> click.ParamType | None:
    match described:
        case msgspec.inspect.IntType(ge=low, le=high):
            return click.IntRange(low, high)
        case msgspec.inspect.FloatType(ge=low, le=high):
            return click.FloatRange(low, high)
        case msgspec.inspect.LiteralType(values=values):
            return click.Choice([str(value) for value in values])
        case msgspec.inspect.BoolType():
            return None
        case _:
            return click.STRING


__all__ = ["LANGUAGES", "ClientSettings", "ServerSettings", "make_settings", "settings_options"]
