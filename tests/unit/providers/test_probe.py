"""A quick look at a local server: one request for its list, and nothing else."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading

import pytest

from enforcer.providers.base import ListedModel, ProviderSettings
from enforcer.providers.probe import probe
from tests.servers.vendor import Reply, VendorServer

NAME = "openai-compatible:ollama"


def look(address: str, within_s: float = 30.0) -> tuple[ListedModel, ...] | None:
    return asyncio.run(probe(ProviderSettings(NAME, base_url=address), within_s=within_s))


def test_a_server_is_known_by_its_list_which_is_asked_for_without_a_key() -> None:
    with VendorServer() as server:
        server.models = [{"id": "qwen3:8b", "owned_by": "library"}, {"id": "served", "max_model_len": 8192}]
        assert look(server.openai_url) == (ListedModel("qwen3:8b"), ListedModel("served", 8192))
    assert [request.path for request in server.listings] == ["/v1/models"]
    assert "authorization" not in server.listings[0].headers
    assert server.requests == []


def test_a_server_without_models_is_a_server() -> None:
    with VendorServer() as server:
        assert look(server.openai_url) == ()


@pytest.mark.parametrize(
    "answer",
    [
        Reply(body="<html>hello</html>", content_type="text/html"),
        Reply(body='["a"]'),
        Reply(status=404, body="no"),
        Reply(status=302, body="elsewhere"),
    ],
    ids=["a page", "a list", "404", "redirect"],
)
def test_who_answers_like_no_model_server_is_none(answer: Reply) -> None:
    with VendorServer() as server:
        server.listing = answer
        assert look(server.openai_url) is None


def test_a_port_where_nobody_listens_is_none() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert look(f"http://127.0.0.1:{taken.getsockname()[1]}/v1") is None


def test_a_server_that_speaks_something_else_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert look(f"http://127.0.0.1:{listening.getsockname()[1]}/v1") is None
        thread.join()


def test_a_server_that_keeps_silent_is_given_up_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert look(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", within_s=0.01) is None


def test_a_look_loads_no_client() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, enforcer.providers.probe; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"anthropic", "openai", "google.genai", "httpx2"} & set(loaded)
