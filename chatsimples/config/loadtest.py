"""The settings of ``chatsimples load-test``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatsimples.config.base import (
    ENVIRONMENT_PREFIX,
    Bytes,
    Port,
    ServerAddress,
    Settings,
    ShownLanguage,
    TrustedFingerprint,
    TrustedIssuers,
    setting,
)
from chatsimples.i18n import N_


class LoadTestSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The load test's settings. Their variables are apart: another program's port is not meant for it."""

    section = "load_test"
    prefix = f"{ENVIRONMENT_PREFIX}_LOAD_TEST"

    host: Annotated[str, setting(N_("a server that runs already (default: start one)"))] = ""
    port: Annotated[Port, setting(N_("its port; 0: start a server for the test"))] = 0
    server: ServerAddress = ""
    tls: Annotated[
        bool, setting(N_("connect by TLS; the test's own server gets a certificate that is thrown away"))
    ] = False
    ca: TrustedIssuers = ""
    fingerprint: TrustedFingerprint = ""
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
        Literal["text", "json", "websocket", "irc"],
        setting(N_("what readers and senders speak with ChatSimples")),
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
        str,
        setting(
            N_("servers to compare with: redis,nats,inspircd,ngircd,course; by WebSocket uvicorn,picows")
        ),
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
    age: Annotated[
        int,
        Meta(ge=0, le=1_000_000_000),
        setting(N_("records that the transcript of the test's own server already has; 0: none")),
    ] = 0
    json: Annotated[str, setting(N_("write the results to this file, as JSON"))] = ""
    html: Annotated[str, setting(N_("write a page with plots to this file"))] = ""
    lang: ShownLanguage = ""
