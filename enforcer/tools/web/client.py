"""One GET at a time to an address that was checked: no cookies, no referrer, no redirect followed to another host."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address

import httpx2

from enforcer import __version__
from enforcer.core.errors import ToolError
from enforcer.tools.web.address import IP, Address, BadAddress, is_metadata, joined, where
from enforcer.tools.web.inflate import WIRE_BYTES, BadCoding, Body, TooLarge

CONNECT_S = 10.0
SILENCE_S = 20.0
WHOLE_S = 60.0
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = (
    ("User-Agent", f"enforcer/{__version__}"),
    ("Accept", "text/markdown, text/html;q=0.9, text/plain;q=0.9, application/json;q=0.8, */*;q=0.5"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Connection", "close"),
)


class LeadsInside(ToolError):
    """A name that turned out to lead into a private network; `place` says where."""

    def __init__(self, address: Address, place: str) -> None:
        super().__init__(f"{address.host} leads to {place}, and nobody has agreed to that; nothing was sent")
        self.host = address.host
        self.place = place


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `address` is where it was found in the end."""

    address: Address
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Moved:
    """A redirect that was not followed: it leads to another host."""

    address: Address
    status: int


async def resolved(host: str, port: int) -> list[str]:
    """Raises: OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Net:
    """The way out: how names are resolved, which numbers are private, whom TLS trusts, which proxies there are."""

    resolve: Callable[[str, int], Awaitable[list[str]]] = resolved
    where: Callable[[IP], str] = where
    verify: ssl.SSLContext | bool = True
    proxies: Mapping[str, str] = field(default_factory=dict)  # http, https, all, no

    def proxy(self, address: Address) -> str | None:
        """What is inside is always called directly."""
        found = self.proxies.get(address.scheme) or self.proxies.get("all")
        if not found or address.inside or _direct(address.host, self.proxies.get("no", "")):
            return None
        return found if "://" in found else f"http://{found}"


def proxies_of(env: Mapping[str, str]) -> dict[str, str]:
    """The usual variables; lower case wins, as with curl."""
    names = ("http", "https", "all", "no")
    return {name: said for name in names if (said := env.get(f"{name}_proxy") or env.get(f"{name.upper()}_PROXY"))}


async def get(address: Address, net: Net, *, agreed: bool = False) -> Answer | Moved:
    """`agreed` = it may lead inside. Redirects on the same host are followed.

    Raises: LeadsInside, ToolError.
    """
    try:
        async with asyncio.timeout(WHOLE_S):
            for _ in range(MOST_REDIRECTS + 1):
                answer = await _once(address, net, agreed=agreed)
                if not isinstance(answer, Moved) or answer.address.origin != address.origin:
                    return answer
                address = answer.address
    except TimeoutError as error:
        raise ToolError(f"{address.host} took longer than {WHOLE_S:.0f} s; nothing was kept") from error
    raise ToolError(f"{address.host} redirects in a circle; {MOST_REDIRECTS} redirects were followed")


async def _once(address: Address, net: Net, *, agreed: bool) -> Answer | Moved:
    failure: Exception | None = None
    for hop in await _hops(address, net, agreed=agreed):
        try:
            async with _opened(address, hop, net) as response:
                return await _read(address, response)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            failure = error  # the next number of the same host may answer
        except httpx2.TimeoutException as error:
            raise ToolError(f"{address.host} fell silent for {SILENCE_S:.0f} s; nothing was kept") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ToolError(f"{address.host} broke off the answer ({type(error).__name__})") from error
    raise ToolError(_unreachable(address, failure))


async def _hops(address: Address, net: Net, *, agreed: bool) -> list[str]:
    """The checked numbers to connect to, or the name itself when a proxy resolves it.

    Raises: LeadsInside, ToolError.
    """
    proxy = net.proxy(address)
    try:
        numbers = [str(address.ip)] if address.ip else await net.resolve(address.host, address.port or 0)
    except (OSError, UnicodeError) as error:
        if proxy:
            return [address.host]
        raise ToolError(f"there is no host {address.host}, or no way to look it up") from error
    for ip in (ip_address(number.partition("%")[0]) for number in numbers):
        if is_metadata(ip) and not address.ip:
            raise ToolError(f"{address.host} leads to a cloud machine's own service ({ip}); it is never fetched")
        if (place := net.where(ip)) and not agreed:
            raise LeadsInside(address, f"{place} ({ip})")
    return [address.host] if proxy else numbers


@asynccontextmanager
async def _opened(address: Address, hop: str, net: Net) -> AsyncIterator[httpx2.Response]:
    """The connection goes to the number that was checked; name and certificate are those of the address."""
    host = f"[{hop}]" if ":" in hop else hop
    port = "" if address.port is None else f":{address.port}"
    limits = httpx2.Timeout(SILENCE_S, connect=CONNECT_S)
    extensions = {"timeout": limits.as_dict(), **({} if address.ip else {"sni_hostname": address.host})}
    headers = [("Host", address.authority), *HEADERS]
    request = httpx2.Request(
        "GET", f"{address.scheme}://{host}{port}{address.target}", headers=headers, extensions=extensions
    )
    async with _transport(net, address) as transport:
        response = await transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()


def _direct(host: str, exceptions: str) -> bool:
    names = [name.strip().lower().lstrip(".") for name in exceptions.split(",")]
    return "*" in names or any(name and (host == name or host.endswith(f".{name}")) for name in names)


def _transport(net: Net, address: Address) -> httpx2.AsyncHTTPTransport:
    proxy = net.proxy(address)
    if proxy and not proxy.startswith(("http://", "https://")):
        raise ToolError("the proxy of the environment is not an http proxy, and others are not supported")
    return httpx2.AsyncHTTPTransport(verify=net.verify, proxy=proxy)


async def _read(address: Address, response: httpx2.Response) -> Answer | Moved:
    status, headers = response.status_code, response.headers
    if status in REDIRECTS and "location" in headers:
        try:
            return Moved(joined(address, headers["location"]), status)
        except BadAddress as error:
            raise ToolError(f"{address.host} redirects to an address that cannot be called: {error}") from error
    if not 200 <= status < 300:
        raise ToolError(_refused(address, status, headers.get("retry-after", "")))
    content = await _body(address, response)
    return Answer(address, headers.get("content-type", ""), content)


async def _body(address: Address, response: httpx2.Response) -> bytes:
    length = response.headers.get("content-length", "")
    try:
        if length.isdecimal() and int(length) > WIRE_BYTES:
            raise TooLarge
        body = Body(response.headers.get("content-encoding", ""))
        async with aclosing(response.aiter_raw()) as chunks:
            async for chunk in chunks:
                body.feed(chunk)
        return body.take()
    except TooLarge as error:
        most = f"{WIRE_BYTES // 1_000_000} MB"
        raise ToolError(f"{address.url} is larger than {most}, or unpacks to far more; it was not read") from error
    except BadCoding as error:
        raise ToolError(f"{address.url} cannot be unpacked: {error}") from error


def _refused(address: Address, status: int, retry_after: str) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    later = f"; it may be asked again in {retry_after} s" if retry_after.isdecimal() and len(retry_after) < 7 else ""
    return f"{address.url} answered {status}{phrase}{later}"


def _unreachable(address: Address, failure: Exception | None) -> str:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{address.host} has no certificate that can be trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"{address.host} does not speak https there; for plain http write the port, e.g. http://{address.host}:80/"
        cause = cause.__cause__ or cause.__context__
    plain = f"; for plain http write the port, e.g. http://{address.host}:80/" if address.port is None else ""
    return f"{address.host} cannot be reached{plain if address.scheme == 'https' else ''}"
