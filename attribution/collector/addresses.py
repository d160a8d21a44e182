"""Whose address a request comes from, and how much of it may be kept."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read CIDR networks (or single addresses); what is none of these is left out."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:
            continue
    return tuple(found)


def within(address: Address | None, known: Iterable[Network]) -> bool:
    """Say whether the address lies in one of the networks."""
    return address is not None and any(address.version == network.version and address in network for network in known)


def read(text: str) -> Address | None:
    """Read one address; an IPv4 address dressed as IPv6 is undressed. None where it is no address."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=8192)
def client(peer: str, forwarded_for: str, trusted: tuple[Network, ...]) -> Address | None:
    """Return the client's address: the peer's, unless the peer is a configured proxy.

    Then X-Forwarded-For is read from the right, past every configured proxy: what stands further left was written by
    somebody else. Without configured proxies the header means nothing.
    """
    address = read(peer)
    if not forwarded_for or not within(address, trusted):
        return address
    for hop in reversed(forwarded_for.split(",")):
        nearer = read(hop)
        if nearer is None:
            return address
        address = nearer
        if not within(address, trusted):
            return address
    return address


@lru_cache(maxsize=8192)
def truncate(address: Address | None) -> str:
    """Return the network that is stored: /24 or /48. Empty where the address is unknown."""
    if address is None:
        return ""
    if isinstance(address, IPv4Address):
        return f"{IPv4Address(int(address) & 0xFFFFFF00)}/24"
    return f"{IPv6Address(int(address) >> 80 << 80)}/48"
