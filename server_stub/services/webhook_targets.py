"""Where webhooks may go. Pure, but for the look-up of names."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from server_stub.errors import InvalidRequestError, invalid_field

Address: TypeAlias = IPv4Address | IPv6Address

MAX_URL = 2_000
RESOLVE_TIMEOUT = 5.0
#: IPv4 addresses as IPv6-only networks reach them (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")
#: IPv4 addresses in the form that IPv6 had for them once (RFC 4291, section 2.5.5.1).
_COMPATIBLE = IPv6Network("::/96")


def check_url(url: str) -> tuple[str, int]:
    """Check an address that a webhook is to be sent to.

    Returns:
        Its host and port.

    Raises:
        InvalidRequestError: It is no plain ``http`` or ``https`` address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = parts = None
    if (
        parts is None
        or parts.scheme not in {"http", "https"}
        or not host
        or len(url) > MAX_URL
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise invalid_field("url", "must be an address such as https://example.org/hook.")
    if parts.username is not None or parts.password is not None:
        raise invalid_field("url", "must not hold a user name or password. Check the signature instead.")
    return host, port or (443 if parts.scheme == "https" else 80)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public Internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        for inner in (address.ipv4_mapped, address.sixtofour, address.teredo and address.teredo[1]):
            if inner:
                return is_public(inner)
        if address in _NAT64 or address in _COMPATIBLE:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


async def resolve(host: str, port: int) -> list[Address]:
    """Look up a host.

    Raises:
        OSError: It cannot be found.
        TimeoutError: Nobody answered in time.
    """
    async with asyncio.timeout(RESOLVE_TIMEOUT):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


async def check_target(url: str, *, allow_private: bool) -> None:
    """Refuse a target inside of the server's own network.

    Whoever delivers checks again, on the address that it then connects to: names change.

    Raises:
        InvalidRequestError: The address is malformed, or leads to a private network.
    """
    host, port = check_url(url)
    if allow_private:
        return
    try:
        addresses = await resolve(host, port)
    except (OSError, TimeoutError, UnicodeError):
        raise refused(f"The host {host[:100]} cannot be found.") from None
    if not all(map(is_public, addresses)):
        raise refused(f"The host {host[:100]} is in a private network. Webhooks go to public addresses only.")


def refused(message: str) -> InvalidRequestError:
    """Return the error for a target that is not allowed."""
    return InvalidRequestError(
        message, code="WEBHOOK_URL_REFUSED", errors=invalid_field("url", message).errors
    )
