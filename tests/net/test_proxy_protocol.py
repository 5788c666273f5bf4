"""Headers of the PROXY protocol: the right ones are read, whatever is sent is judged, nothing is guessed."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.net.peers import TlsFacts
from chatsimples.net.proxy_protocol import (
    LONGEST_BINARY,
    LONGEST_TEXT,
    SIGNATURE,
    Header,
    HeaderError,
    parse,
)

PROXIED, FOR_ITSELF = 0x21, 0x20
TCP4, TCP6, UNIX, UNKNOWN = 0x11, 0x21, 0x31, 0x00
HOSTS_4 = struct.pack("!4s4sHH", b"\xc0\x00\x02\x07", b"\xc6\x33\x64\x01", 4_000, 5_000)

v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)
ports = st.integers(0, 65_535)


def binary(body: bytes = HOSTS_4, command: int = PROXIED, family: int = TCP4) -> bytes:
    """Write a header of version 2."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def value(kind: int, what: bytes) -> bytes:
    """Write what may stand behind the addresses."""
    return struct.pack("!BH", kind, len(what)) + what


def tls(flags: int, wrong: int = 0, name: bytes = b"ana", version: bytes = b"TLSv1.3") -> bytes:
    return value(0x20, struct.pack("!BI", flags, wrong) + value(0x21, version) + value(0x22, name))


# What is right.


@given(v4, v4, ports, ports, st.binary(max_size=40))
def test_version_1_tells_an_address_of_ipv4(
    source: ipaddress.IPv4Address, here: ipaddress.IPv4Address, port: int, mine: int, more: bytes
) -> None:
    header = f"PROXY TCP4 {source} {here} {port} {mine}\r\n".encode()
    assert Header(len(header), str(source)) == parse(header + more)


@given(v6, v6, ports, ports, st.binary(max_size=40))
def test_version_1_tells_an_address_of_ipv6_however_it_is_written(
    source: ipaddress.IPv6Address, here: ipaddress.IPv6Address, port: int, mine: int, more: bytes
) -> None:
    for written in (str(source), source.exploded, source.exploded.upper()):
        header = f"PROXY TCP6 {written} {here} {port} {mine}\r\n".encode()
        assert Header(len(header), str(source)) == parse(header + more)


@pytest.mark.parametrize("line", [b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ffff::1 ::1 65535 1\r\n"])
def test_version_1_may_not_know_for_whom(line: bytes) -> None:
    assert Header(len(line), "") == parse(line + b"oi\n")


@given(v4, ports, st.binary(max_size=40))
def test_version_2_tells_an_address_of_ipv4(source: ipaddress.IPv4Address, port: int, more: bytes) -> None:
    header = binary(struct.pack("!4s4sHH", source.packed, b"\x7f\0\0\1", port, 5_000))
    assert Header(len(header), str(source)) == parse(header + more)


@given(v6, ports, st.binary(max_size=40))
def test_version_2_tells_an_address_of_ipv6(source: ipaddress.IPv6Address, port: int, more: bytes) -> None:
    header = binary(struct.pack("!16s16sHH", source.packed, bytes(16), port, 5_000), family=TCP6)
    assert Header(len(header), str(source)) == parse(header + more)


@pytest.mark.parametrize(
    "header",
    [
        binary(b"", FOR_ITSELF, UNKNOWN),
        binary(HOSTS_4, FOR_ITSELF),
        binary(b"whatever", FOR_ITSELF, 0x99),
        binary(b"", PROXIED, UNKNOWN),
        binary(bytes(216), PROXIED, UNIX),
    ],
    ids=range(5),
)
def test_version_2_may_tell_of_nobody_else(header: bytes) -> None:
    assert Header(len(header), "") == parse(header)


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        (tls(0x07), TlsFacts("TLSv1.3", "", "ana")),
        (tls(0x05, name="josé".encode()), TlsFacts("TLSv1.3", "", "josé")),
        # No certificate, or one that was not verified, is nobody's.
        (tls(0x01), TlsFacts("TLSv1.3")),
        (tls(0x03, wrong=1), TlsFacts("TLSv1.3")),
        (tls(0x07, name=b"\xff", version=b"\0"), TlsFacts("")),
        (tls(0x06), None),
        (b"", None),
        (value(0x04, b"anything") + tls(0x01), TlsFacts("TLSv1.3")),
        (value(0x20, b"\1"), None),
    ],
)
def test_version_2_may_tell_of_the_tls_that_the_proxy_has_ended(told: bytes, facts: TlsFacts | None) -> None:
    header = binary(HOSTS_4 + told)
    assert Header(len(header), "192.0.2.7", facts) == parse(header)


# What is not.


@pytest.mark.parametrize(
    "data",
    [
        b"oi\n",
        b"PROXy TCP4 ",
        b'{"type":"hello"}',
        b"\r\n\r\noi",
        b"PROXY\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4\r\n",
        b"PROXY TCP5 192.0.2.7 192.0.2.8 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n",
        b"PROXY TCP4  192.0.2.7 192.0.2.8 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1 65536\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 01 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 -1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 \xb2 2\r\n",
        b"PROXY TCP4 192.0.2.256 192.0.2.8 1 2\r\n",
        b"PROXY TCP4 192.0.2.07 192.0.2.8 1 2\r\n",
        b"PROXY TCP4 ::1 ::2 1 2\r\n",
        b"PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\n" + b"x" * LONGEST_TEXT,
        b"PROXY UNKNOWN " + b"x" * LONGEST_TEXT + b"\r\n",
        binary(command=0x11),
        binary(command=0x22),
        binary(family=0x12),
        binary(HOSTS_4[:-1]),
        binary(HOSTS_4, family=TCP6),
        binary(HOSTS_4 + b"\x04"),
        binary(HOSTS_4 + b"\x04\0\x09x"),
        binary(HOSTS_4 + value(0x20, b"\1\0\0\0\0\x21\0\x09x")),
        SIGNATURE + struct.pack("!BBH", PROXIED, TCP4, LONGEST_BINARY + 1),
    ],
)
def test_what_is_no_header_is_told_apart(data: bytes) -> None:
    with pytest.raises(HeaderError):
        parse(data)


# However it comes.

headers = st.one_of(
    st.builds(lambda host, port: f"PROXY TCP4 {host} 127.0.0.1 {port} 5000\r\n".encode(), v4, ports),
    st.builds(lambda more: b"PROXY UNKNOWN" + more + b"\r\n", st.sampled_from([b"", b" x", b" ::1 ::2 1 2"])),
    st.builds(lambda host: binary(host.packed + bytes(8)), v4),
    st.builds(lambda host, port: binary(HOSTS_4 + value(port, host.packed)), v6, st.integers(0, 255)),
)


@given(headers, st.binary(max_size=20))
def test_a_part_of_a_header_is_no_answer_and_no_mistake(header: bytes, more: bytes) -> None:
    assert {None} == {parse(header[:length]) for length in range(len(header))}
    found = parse(header)
    assert found is not None
    assert len(header) == found.length
    assert found == parse(header + more)


mistaken = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda more: SIGNATURE + more, st.binary(max_size=80)),
    st.builds(lambda more: b"PROXY TCP4 " + more, st.binary(max_size=120)),
    st.builds(
        lambda header, at, byte: header[: at % len(header)] + byte + header[at % len(header) + 1 :],
        headers, st.integers(0, 1 << 16), st.binary(min_size=1, max_size=1),
    ),
)  # fmt: skip


@given(mistaken, st.binary(max_size=200))
def test_whatever_is_sent_has_one_answer_that_nothing_behind_it_changes(data: bytes, more: bytes) -> None:
    try:
        header = parse(data)
    except HeaderError:
        with pytest.raises(HeaderError):
            parse(data + more)
        return
    if header is None:
        # What is waited for is bounded.
        assert len(data) < len(SIGNATURE) + 4 + LONGEST_BINARY
        return
    assert 0 < header.length <= len(data)
    assert header == parse(data + more) == parse(data[: header.length])
    if header.host:
        assert header.host == str(ipaddress.ip_address(header.host))
