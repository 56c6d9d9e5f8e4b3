"""Which IP addresses kb may connect to: the public internet, and private networks only when the user said so."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "240.0.0.0/4",  # this host, link-local, protocol, reserved
        "fe80::/10", "fec0::/10", "64:ff9b:1::/48", "100::/64",  # link-local, site-local, local NAT64, discard
        # Where cloud providers serve a machine its credentials.
        "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128",
    )
)  # fmt: skip
_SHARED = ip_network("100.64.0.0/10")
_GLOBAL_V6 = ip_network("2000::/3")


def may_connect(text: str, *, private: bool) -> bool:
    """Whether an IP address may be connected to.

    Addresses that embed an IPv4 address (mapped, 6to4, Teredo, NAT64) are judged by that too.
    With `private`, loopback, private (RFC 1918, ULA) and shared (RFC 6598) ones are allowed;
    link-local, metadata, multicast and reserved ones never are.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_judge(one, private=private) for one in _unwrap(address))


def _unwrap(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour:
        return [address, address.sixtofour]
    if address.teredo:
        return [address, *address.teredo]
    return [address]


def _judge(address: IPv4Address | IPv6Address, *, private: bool) -> bool:
    if address.is_multicast or address.is_unspecified or any(address in net for net in _NEVER):
        return False
    if address.is_loopback or address in _SHARED:
        return private
    if isinstance(address, IPv6Address):
        if address in _GLOBAL_V6:
            return address.is_global or address.sixtofour is not None
        return private and address.is_private
    return address.is_global or (private and address.is_private)
