"""Who has come to a server: where they are, and what TLS has told about them."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

HERE = "local"
"""What stands for the address of those who come by a Unix socket."""

# Of an address that is written in full, four groups of four letters and what stands between them.
_NETWORK_LETTERS = 19


class TlsFacts(NamedTuple):
    """What is known of a connection that came by TLS.

    Attributes:
        version: of the protocol: ``TLSv1.3``.
        fingerprint: of the client's certificate: SHA-256 of its DER form, in 64 hexadecimal digits in lower
            case. Empty if it showed none. One that is told here was verified.
        common_name: of that certificate's subject; empty if it has none, or more than one.
    """

    version: str
    fingerprint: str = ""
    common_name: str = ""


class Peer(NamedTuple):
    """Who has come through a door.

    Attributes:
        address: where it is; one of IPv4 is written as such, by whichever door it comes.
        network: what is bounded together: an address of IPv4, and of IPv6 the network of 64 bits, in which
            everybody chooses addresses as they like.
        is_local: whether it is on this machine.
        tls: what TLS tells of it; None if it came without.
    """

    address: str
    network: str
    is_local: bool
    tls: TlsFacts | None = None

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what it says: it came by TLS, or never left this machine."""
        return self.is_local or self.tls is not None

    @classmethod
    def at(cls, host: str, tls: TlsFacts | None = None) -> Peer:
        """Return who is at an address, which may have a zone: ``fe80::1%eth0``."""
        plain, _, zone = host.partition("%")
        try:
            address = ipaddress.ip_address(plain)
        except ValueError:
            return cls(host, host, is_local=False, tls=tls)
        if isinstance(address, ipaddress.IPv4Address):
            return cls(host, host, address.is_loopback, tls)
        mapped = address.ipv4_mapped
        if mapped is not None:
            return cls(str(mapped), str(mapped), mapped.is_loopback, tls)
        network = f"{address.exploded[:_NETWORK_LETTERS]}::/64"
        return cls(host, f"{network}%{zone}" if zone else network, address.is_loopback, tls)


LOCAL = Peer(HERE, HERE, is_local=True)
"""Whoever comes by a Unix socket."""
