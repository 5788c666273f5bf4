"""What is said of an address is what is said of the smallest network that holds it."""

from __future__ import annotations

import ipaddress
import random

import pytest

from chatsimples.accounts.networks import Networks, check_network
from chatsimples.accounts.store import Network
from chatsimples.errors import BadNetworkError


def said(network: str, *, exempt: bool = False, expires: int = 0) -> Network:
    return Network(network, exempt, "", 0, expires)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        (" 10.1.2.3/8 ", "10.0.0.0/8"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_has_one_form(written: str, meant: str) -> None:
    assert meant == check_network(written)


@pytest.mark.parametrize("text", ["", "ana", "10.0.0", "10.0.0.0/33", "fe80::1%eth0/64", "1.2.3.4/x"])
def test_what_is_none_is_told(text: str) -> None:
    with pytest.raises(BadNetworkError) as told:
        check_network(text)
    assert text == told.value.text


def test_the_smallest_network_counts() -> None:
    wide, middle, one = said("10.0.0.0/8"), said("10.1.0.0/16", exempt=True), said("10.1.2.3/32")
    networks = Networks([middle, wide, one])
    assert wide == networks.find("10.9.9.9", 0)
    assert middle == networks.find("10.1.9.9", 0)
    assert one == networks.find("10.1.2.3", 0)
    assert networks.find("11.0.0.1", 0) is None


def test_addresses_in_every_form_are_found() -> None:
    networks = Networks([said("192.0.2.7/32"), said("fe80::/10")])
    assert networks.find("::ffff:192.0.2.7", 0)
    assert networks.find("fe80::1%eth0", 0)
    assert networks.find("local", 0) is None
    assert networks.find("::192.0.2.7", 0) is None


def test_what_has_ended_counts_no_more_and_a_larger_one_does() -> None:
    networks = Networks([said("10.0.0.0/8", exempt=True), said("10.1.2.3/32", expires=100)])
    assert "10.1.2.3/32" == found(networks, "10.1.2.3", 99.5)
    assert "10.0.0.0/8" == found(networks, "10.1.2.3", 100)


def found(networks: Networks, address: str, now: float) -> str:
    network = networks.find(address, now)
    return network.network if network else ""


def test_nothing_is_said_of_any_address_at_first() -> None:
    assert not Networks()
    assert Networks([said("::/0")])


@pytest.mark.parametrize("version", [4, 6])
def test_it_finds_what_a_search_through_all_of_them_finds(version: int) -> None:
    chance = random.Random(version)
    bits, make = (32, ipaddress.IPv4Address) if version == 4 else (128, ipaddress.IPv6Address)
    near = chance.getrandbits(bits)
    networks = {
        check_network(f"{make(near ^ chance.getrandbits(chance.randint(1, bits)))}/{chance.randint(0, bits)}")
        for _ in range(300)
    }
    index = Networks(map(said, networks))
    parsed = [ipaddress.ip_network(each) for each in networks]
    for _ in range(300):
        address = make(near ^ chance.getrandbits(chance.randint(1, bits)))
        holding = [each for each in parsed if address in each]
        expected = str(max(holding, key=lambda each: each.prefixlen)) if holding else ""
        assert expected == found(index, str(address), 0)
