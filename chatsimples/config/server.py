"""The settings of ``chatsimples server``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatsimples.config.base import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEFAULT_TLS_PORT,
    ENVIRONMENT_PREFIX,
    AccountsPath,
    Bytes,
    Count,
    ListenHost,
    ListenPort,
    PeoplesLanguage,
    Port,
    Rate,
    Seconds,
    Settings,
    setting,
)
from chatsimples.i18n import N_


class ServerSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server's settings. Where the help says "0: off", 0 switches the limit off."""

    section = "server"
    prefix = ENVIRONMENT_PREFIX

    host: ListenHost = DEFAULT_HOST
    port: ListenPort = DEFAULT_PORT
    unix: Annotated[str, setting(N_("a Unix socket to listen on too, as a path (default: none)"))] = ""
    unix_mode: Annotated[
        str,
        setting(N_("who may connect to the Unix socket, as permissions of a file")),
    ] = "0600"
    tls_cert: Annotated[
        str, setting(N_("certificate for TLS, with its chain, as a PEM file; with it, TLS is served"))
    ] = ""
    tls_key: Annotated[str, setting(N_("its key, as a PEM file"))] = ""
    tls_host: Annotated[
        str, setting(N_("address to listen on for TLS (default: that of the port without)"))
    ] = ""
    tls_port: Annotated[Port, setting(N_("port for TLS, if there is a certificate; 0 takes a free one"))] = (
        DEFAULT_TLS_PORT
    )
    tls_client_ca: Annotated[
        str,
        setting(N_("PEM file of who issues clients' certificates; with it, they are asked for")),
    ] = ""
    trusted_proxy: Annotated[
        str,
        setting(
            N_("proxies whose PROXY header is believed: 192.0.2.7,10.0.0.0/8,unix (default: none)"),
            several=True,
        ),
    ] = ""
    irc_playback: Annotated[
        int,
        Meta(ge=0, le=1_000),
        setting(N_("last messages of a room that IRC clients get that can't ask for them; 0: none")),
    ] = 20
    irc_sts: Annotated[
        int,
        Meta(ge=0, le=63_072_000),
        setting(N_("seconds for which IRC clients are told to keep to TLS, on --tls-port; 0: not told")),
    ] = 0
    server_name: Annotated[
        str,
        Meta(max_length=63, pattern=r"^[A-Za-z0-9.\-]*$"),
        setting(N_("what the server is called in IRC (default: the host's name)")),
    ] = ""
    web: Annotated[bool, setting(N_("serve the page for browsers, and HTTP, on the same ports"))] = True
    origin: Annotated[
        str,
        setting(
            N_("pages from elsewhere that may talk to the chat: https://chat.example,… (default: none)"),
            several=True,
        ),
    ] = ""
    handshake_timeout: Annotated[
        Seconds, setting(N_("seconds that a TLS handshake, or a proxy's header, may take; 0: off"))
    ] = 10.0
    logs: Annotated[str, setting(N_("folder of the transcript and of server.jsonl"))] = "logs"
    access: Annotated[
        Literal["open", "accounts"],
        setting(N_("who may come: open: everybody; accounts: who has an account")),
    ] = "open"
    registration: Annotated[
        Literal["closed", "open"], setting(N_("open: people may make accounts for themselves"))
    ] = "closed"
    accounts: AccountsPath = ""
    password_file: Annotated[
        str, setting(N_("file with a password that everybody without an account has to know (default: none)"))
    ] = ""
    lookalikes: Annotated[
        Literal["refused", "allowed"], setting(N_("nicks that look like an account's name"))
    ] = "refused"
    lang: PeoplesLanguage = ""
    durability: Annotated[
        Literal["os", "disk"],
        setting(N_("os: written before it is delivered; disk: on the disk before it is delivered")),
    ] = "os"
    verify: Annotated[
        Literal["tail", "all"],
        setting(
            N_("verified before serving: tail: the transcript's end, the rest meanwhile; all: all of it")
        ),
    ] = "tail"
    workers: Annotated[int, Meta(ge=1, le=64), setting(N_("threads that read from clients"))] = 2
    message_rate: Annotated[Rate, setting(N_("commands a second and connection; 0: off"))] = 10.0
    message_burst: Annotated[Count, setting(N_("commands in one go before the rate counts; 0: off"))] = 50
    flood_timeout: Annotated[
        Seconds, setting(N_("seconds above the rate without a pause that end a connection; 0: off"))
    ] = 300.0
    address_rate: Annotated[
        Rate, setting(N_("commands a second and address, of all its connections together; 0: off"))
    ] = 2_000.0
    address_burst: Annotated[
        Count, setting(N_("commands of an address in one go before its rate counts; 0: off"))
    ] = 5_000
    connections_per_address: Annotated[
        Count, setting(N_("connections from one address (IPv6: one /64), loopback exempt; 0: off"))
    ] = 16
    connection_rate: Annotated[
        Rate, setting(N_("new connections a second and address, loopback exempt; 0: off"))
    ] = 20.0
    connection_burst: Annotated[
        Count, setting(N_("new connections of an address in one go before that rate counts; 0: off"))
    ] = 200
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
    guest_rooms: Annotated[
        Literal["plain", "owned"],
        setting(
            N_("rooms that guests make: owned: who makes one is its operator, as in IRC; plain: nobody's")
        ),
    ] = "plain"
    segment_size: Annotated[
        int, Meta(ge=4_096, le=1 << 40), setting(N_("bytes after which a new transcript segment begins"))
    ] = 33_554_432
    log_size: Annotated[
        int,
        Meta(ge=0, le=1 << 40),
        setting(N_("bytes after which server.jsonl is renamed to server.jsonl.1, and so on; 0: never")),
    ] = 10_485_760
    log_count: Annotated[
        int, Meta(ge=0, le=1_000), setting(N_("how many old ones of server.jsonl are kept"))
    ] = 5
    stop_timeout: Annotated[
        Seconds, setting(N_("seconds that stopping may take to deliver what is on its way"))
    ] = 3.0
