"""Which addresses may come: what is said of networks, found by an address at accept.

An address is looked up once for each length of prefix that is in use, the longest first: however many there
are, that is 32 look-ups at most for IPv4 and 128 for IPv6, and in practice two or three.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from chatsimples.accounts.store import Network
from chatsimples.errors import BadNetworkError

_MAPPED_BITS = 96


def check_network(text: str) -> str:
    """Return an address or a network in its one form; an address is a network of one.

    Addresses of IPv4 that are written as ones of IPv6 are of IPv4.

    Raises:
        BadNetworkError: it is neither.
    """
    try:
        # What has a zone is no network for anybody else.
        network = ipaddress.ip_network(text.strip().replace("%", "?"), strict=False)
    except ValueError:
        raise BadNetworkError(text) from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:
        network = ipaddress.ip_network((int(mapped), network.prefixlen - _MAPPED_BITS), strict=False)
    return str(network)


class Networks:
    """What is said of networks. The one with the longest prefix that holds an address counts.

    Args:
        networks: as the store has them.
    """

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        by_length: dict[tuple[int, int], dict[int, Network]] = {}
        for each in networks:
            network = ipaddress.ip_network(each.network)
            shift = network.max_prefixlen - network.prefixlen
            by_length.setdefault((network.version, shift), {})[int(network.network_address) >> shift] = each
        # The longest prefix is the smallest shift.
        self._tables = {
            version: [(shift, by_length[of, shift]) for of, shift in sorted(by_length) if of == version]
            for version in (4, 6)
        }

    def __bool__(self) -> bool:
        """Tell whether anything is said of any address."""
        return any(self._tables.values())

    def find(self, address: str, now: float) -> Network | None:
        """Return what is said of an address at a time, in seconds since 1970; None for nothing."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            # It is no address: a peer on this machine, by a Unix socket.
            return None
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        parsed = mapped or parsed
        number = int(parsed)
        for shift, table in self._tables[parsed.version]:
            found = table.get(number >> shift)
            if found is not None and (not found.expires or now < found.expires):
                return found
        return None
