"""A web address in its one spelling, and whether it leads into a private network. Calls nobody, resolves nothing."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NoReturn
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

IP = IPv4Address | IPv6Address

LONGEST = 2000
PORTS = {"http": 80, "https": 443}
THIS_MACHINE = "this machine"
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_KEPT = "/?:@!$&'()*+,;=-._~%[]"  # of a path and query; all else is sent as %-escapes
_LOCAL_ENDINGS = (".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".home", ".private")
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "metadata", "instance-data"})
_METADATA = frozenset(
    map(
        ip_address,
        ("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    )
) | {ip_address("fd00:ec2::254"), ip_address("fd00:ec2::23"), ip_address("fd20:ce::254")}
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


class BadAddress(ValueError):
    """Not an address to call; the sentence says what to write instead."""


@dataclass(frozen=True, slots=True)
class Address:
    """`host` is ASCII, lower case, without a dot at its end; a number is a dotted one. `port` None = the usual one."""

    scheme: str
    host: str
    port: int | None
    target: str  # path and query

    @property
    def ip(self) -> IP | None:
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """As it stands in the address and in the Host line."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def origin(self) -> tuple[str, int | None]:
        """What a permission was given for: going from http to https of one host does not change it."""
        return self.host, self.port

    @property
    def inside(self) -> str:
        """Where it leads by its letters: "this machine", "a private address", …; "" = out into the net."""
        if self.ip is not None:
            return where(self.ip)
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return THIS_MACHINE
        if "." not in self.host or self.host.endswith(_LOCAL_ENDINGS):
            return "a name of a local network"
        return ""

    @property
    def metadata(self) -> bool:
        """A cloud machine's own service, which hands out keys."""
        return self.host in _METADATA_NAMES or (self.ip is not None and is_metadata(self.ip))


def parse(text: str) -> Address:
    """Plain http becomes https, except where a port is written and inside of a private network.

    Raises: BadAddress.
    """
    parts = _split(text.strip())
    host = canonical_host(parts.netloc.rpartition(":")[0] if _has_port(parts.netloc) else parts.netloc)
    try:
        port = parts.port
    except ValueError as error:
        raise BadAddress("the port is not a number from 1 to 65535") from error
    if port == 0:
        raise BadAddress("the port is not a number from 1 to 65535")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    address = Address(parts.scheme, host, port, target)
    if parts.scheme == "https":
        return address if port != PORTS["https"] else Address("https", host, None, target)
    return Address("https", host, None, target) if port is None and not address.inside else address


def joined(base: Address, location: str) -> Address:
    """Where a redirect leads. Raises: BadAddress."""
    if _ODD.search(location):
        _refuse("the new address has blanks, control characters or a backslash")
    return parse(urljoin(base.url, location))


def canonical_host(host: str) -> str:
    """One spelling for one host: IDNs as xn--, numbers as dotted ones. Raises: BadAddress."""
    if host.startswith("[") and host.endswith("]"):
        return _ipv6(host[1:-1])
    name = _ascii(host).lower()
    name = name.removesuffix(".")
    if not _NAME.fullmatch(name):
        _refuse(f"'{host[:80]}' is not the name of a host" if host else "the address names no host")
    if not _NUMBER.fullmatch(name.rpartition(".")[2]):
        return name
    try:  # all forms a browser takes: 127.1, 0x7f.1, 2130706433, 017700000001
        return str(IPv4Address(socket.inet_aton(name)))
    except OSError as error:
        raise BadAddress(f"'{host[:80]}' is not a number of a host") from error


def where(ip: IP) -> str:
    """Where a number leads, "" = out into the net. What is wrapped in IPv6 counts as what it wraps."""
    ip = _unwrapped(ip)
    if ip.is_loopback or ip.is_unspecified:
        return THIS_MACHINE
    if ip.is_link_local:
        return "a link-local address"
    if is_metadata(ip):
        return "a cloud machine's own service"
    return "" if ip.is_global and not ip.is_multicast else "a private address"


def is_metadata(ip: IP) -> bool:
    return _unwrapped(ip) in _METADATA


def _split(text: str) -> SplitResult:
    if len(text) > LONGEST:
        _refuse(f"the address is longer than {LONGEST:,} characters")
    if _ODD.search(text):
        _refuse("the address has blanks, control characters or a backslash; write it plainly")
    try:
        parts = urlsplit(text)
    except ValueError:
        _refuse("the address cannot be read; write https://host/path")
    if parts.scheme not in PORTS:
        _refuse("the address must begin with https:// or http://")
    if "@" in parts.netloc:
        _refuse("an address must not carry a user name or a password; send it without")
    if "%" in parts.netloc:
        _refuse("the host is written with %-escapes; write it plainly")
    return parts


def _has_port(netloc: str) -> bool:
    return ":" in netloc.rpartition("]")[2]


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise BadAddress(f"'{host[:80]}' is not the name of a host") from error


def _ipv6(text: str) -> str:
    try:
        ip = IPv6Address(text)
    except ValueError as error:
        raise BadAddress(f"'[{text[:80]}]' is not a number of a host") from error
    return str(ip.ipv4_mapped or ip)


def _literal(host: str) -> IP | None:
    if ":" not in host and not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    return ip_address(host)


def _unwrapped(ip: IP) -> IP:
    if isinstance(ip, IPv4Address):
        return ip
    wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if wrapped is None and (ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1)):
        wrapped = IPv4Address(int(ip) & 0xFFFFFFFF)
    return wrapped or ip


def _refuse(why: str) -> NoReturn:
    raise BadAddress(why)
