"""Which IP addresses may be connected to."""

import pytest

from kbcli.foundation.weblinks.requests import may_connect


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_asked(address: str) -> None:
    """An address of the public internet may always be connected to."""
    assert may_connect(address, private=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12:3456::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1",
    ],
)  # fmt: skip
def test_private_addresses_are_asked_only_when_the_user_said_so(address: str) -> None:
    """Loopback and private networks, also inside IPv6 forms, need the user's word."""
    assert not may_connect(address, private=False)
    assert may_connect(address, private=True)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "0.0.0.0",
        "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1", "fec0::1", "not an address", "",
    ],
)  # fmt: skip
def test_metadata_and_link_local_addresses_are_never_asked(address: str) -> None:
    """Where a cloud machine's credentials are served, nobody's links lead."""
    assert not may_connect(address, private=True)


@pytest.mark.parametrize("address", ["2002:7f00:1::1", "2002:c0a8:101::1", "2001:0:a00:1::"])
def test_an_embedded_private_address_is_private(address: str) -> None:
    """6to4 and Teredo addresses are judged by the IPv4 address within."""
    assert not may_connect(address, private=False)
