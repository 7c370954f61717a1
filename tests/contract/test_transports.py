"""The transport without a client is held against the vendors' clients: what it sends, and what it makes of failures."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from enforcer.core.errors import UsageError
from enforcer.providers.base import Failure, ProviderError, ProviderSettings
from enforcer.providers.registry import create
from tests.contract.wires import WIRES, Wire, ask, failure, listed
from tests.servers.vendor import Reply, VendorServer


def told(headers: Mapping[str, str]) -> dict[str, str]:
    """Without the address, which differs, and what a client tells about itself and its machine."""
    return {name: value for name, value in headers.items() if name != "host" and not name.startswith("x-stainless-")}


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.kind)
def test_a_request_is_the_one_the_vendors_client_sends(wire: Wire) -> None:
    sent = []
    for transport in ("sdk", "http"):
        with VendorServer([Reply(text=("hi",))]) as server:
            ask(replace(wire, transport=transport).settings(wire.address(server)))
        (request,) = server.requests
        sent.append((request.path, told(request.headers), request.raw))
    by_the_client, by_us = sent
    assert by_us == by_the_client


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.kind)
def test_a_list_is_asked_for_as_the_vendors_client_does(wire: Wire) -> None:
    sent = []
    for transport in ("sdk", "http"):
        with VendorServer() as server:
            listed(replace(wire, transport=transport).settings(wire.address(server)))
        (request,) = server.listings
        sent.append((request.path, told(request.headers)))
    by_the_client, by_us = sent
    assert by_us == by_the_client


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.kind)
def test_without_a_word_in_the_config_the_light_transport_is_taken(wire: Wire) -> None:
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(replace(wire, transport="auto").settings(wire.address(server)))
    assert not any(name.startswith("x-stainless-") for name in server.requests[0].headers)


def test_a_transport_nobody_has_is_named() -> None:
    with pytest.raises(UsageError) as raised:
        create(ProviderSettings("openai", key="k", transport="pigeon"))
    assert str(raised.value) == "providers.openai.transport: pigeon is not for openai; use auto or sdk or http"


def test_a_refusal_that_breaks_off_is_worth_another_try(wire: Wire) -> None:
    torn = Reply(status=400, body="no", headers={"Content-Length": "4000", "Connection": "close"})
    with VendorServer([torn]) as server:
        error = failure(ask(wire.settings(wire.address(server))))
    assert error.failure is Failure.UNREACHABLE
    assert str(error).startswith(f"cannot reach {wire.name} at 127.0.0.1:")


def test_a_list_that_breaks_off_is_one_sentence(wire: Wire) -> None:
    with VendorServer() as server:
        server.listing = Reply(body="{", headers={"Content-Length": "4000", "Connection": "close"})
        with pytest.raises(ProviderError, match=f"^cannot reach {wire.name} at 127.0.0.1:"):
            listed(wire.settings(wire.address(server)))


@pytest.mark.parametrize("address", ["http://[::1", "http://127.0.0.1:port/v1", "http:///v1"])
def test_an_address_that_cannot_be_read_is_named(wire: Wire, address: str) -> None:
    with pytest.raises(UsageError) as raised:
        ask(wire.settings(address))
    assert str(raised.value) == (
        f"providers.{wire.name}.base_url is '{address}'; write it like http://127.0.0.1:8080/v1"
    )


def test_a_proxy_of_the_environment_is_used(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_refuse_one, args=(listener, asked))
        thread.start()
        error = failure(ask(wire.settings("http://service.invalid/v1")))
        thread.join()
    assert error.status == 502
    assert asked[0].startswith(b"POST http://service.invalid/v1/")


def _refuse_one(listener: socket.socket, asked: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection:
        asked.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 502 -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
