"""What a setting is: its name, type, default, bounds and help, in one place.

Each program has a class of settings in a file of its own beside this one, and each field of it is a setting.
``message_rate`` of the server is ``--message-rate`` on the command line, ``CHATSIMPLES_MESSAGE_RATE`` in the
environment, and ``message_rate`` under ``[server]`` in a TOML file; the first of these that names it wins,
then the default. `describe` tells all of this from the class. `chatsimples.cli.options` and the reference
page are made from what it tells, so they can't disagree.
"""

from __future__ import annotations

from functools import cache
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


def setting(help_text: str, *, several: bool = False) -> Meta:
    """Describe a setting; the text is for people and is translated.

    With ``several`` it is a list, written with commas, and its option may be given several times.
    """
    return Meta(description=help_text, extra_json_schema={"several": True} if several else None)


# Settings that several programs have.
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5000
DEFAULT_TLS_PORT = 5443
ListenHost = Annotated[str, setting(N_("address to listen on"))]
ListenPort = Annotated[Port, setting(N_("port to listen on; 0 takes a free one"))]
AccountsPath = Annotated[str, setting(N_("file of the accounts (default: accounts.db in the logs folder)"))]
ServerHost = Annotated[str, setting(N_("the server's address"))]
ServerPort = Annotated[int, Meta(ge=1, le=65535), setting(N_("the server's port"))]
ServerAddress = Annotated[
    str, setting(N_("a server that runs already, in one word: chatsimples+tls://HOST:PORT"))
]
ByTls = Annotated[bool, setting(N_("connect by TLS"))]
TrustedIssuers = Annotated[
    str, setting(N_("with TLS: PEM file of the issuers that are trusted (default: the system's)"))
]
TrustedFingerprint = Annotated[
    str, setting(N_("with TLS: SHA-256 of the server's certificate, which then need not be issued"))
]
ShownLanguage = Annotated[Language, setting(N_("language of what you see (default: the locale's)"))]
PeoplesLanguage = Annotated[Language, setting(N_("language of what people see (default: the locale's)"))]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of a program; each subclass is one program's.

    Attributes:
        section: the table of a TOML file in which they stand.
        prefix: what the names of their environment variables begin with.
    """

    section: ClassVar[str]
    prefix: ClassVar[str]


Made = TypeVar("Made", bound=Settings)


class Described(Struct, frozen=True, kw_only=True):
    """A setting as the command line and the documentation need it.

    Attributes:
        name: its key in a TOML file.
        kind: the type of its values.
        default: what it is if nobody says anything.
        help: what it means, to be translated.
        low, high: the least and the greatest value of a number.
        choices: the words it can be; none if it can be anything. The empty one stands for the default.
        several: whether it is a list, with commas, and its option may be given several times.
        prefix: what its environment variable begins with.
    """

    name: str
    kind: type[str] | type[int] | type[float] | type[bool]
    default: str | float
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    several: bool = False
    prefix: str = ENVIRONMENT_PREFIX

    @property
    def option(self) -> str:
        """Its option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"{self.prefix}_{self.name.upper()}"


@cache
def describe(cls: type[Settings]) -> tuple[Described, ...]:
    """Tell what settings there are."""
    return tuple(_describe(field, cls.prefix) for field in msgspec.structs.fields(cls))


def make_settings(cls: type[Made], values: Any, translate: Translate = str) -> Made:
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
    several = False
    while isinstance(found, msgspec.inspect.Metadata):
        told = found.extra_json_schema or {}
        help_text = told.get("description", help_text)
        several = told.get("several", several)
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
        several=several,
        prefix=prefix,
    )
