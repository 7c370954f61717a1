"""What Google's client would do by itself and what we keep it from."""

from __future__ import annotations

import logging
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from enforcer.providers.base import Failure, ProviderSettings
from tests.contract.wires import BOTH, Wire, ask, failure, texts
from tests.servers.vendor import Reply, VendorServer

SDK = next(wire for wire in BOTH if (wire.kind, wire.transport) == ("google", "sdk"))
BOTH_OF_GOOGLE = [wire for wire in BOTH if wire.kind == "google"]


def test_two_keys_in_the_environment_bring_no_notice(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "one")
    monkeypatch.setenv("GOOGLE_API_KEY", "two")
    with caplog.at_level(logging.DEBUG), VendorServer([Reply(text=("hi",))]) as server:
        assert texts(ask(SDK.settings(server.url)).events) == "hi"
    assert [record.name for record in caplog.records if record.name.startswith("google")] == []


def test_the_variable_that_would_break_the_client_is_there_again_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", "no-such-package")
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(SDK.settings(server.url))
    assert os.environ["GOOGLE_GENAI_HTTP_CLIENT"] == "no-such-package"


def test_a_token_for_live_sessions_is_no_key() -> None:
    with VendorServer() as server:
        error = failure(ask(SDK.settings(server.url, key="auth_tokens/0123")))
    assert error.failure is Failure.AUTH


def test_an_address_that_has_its_version_is_asked_as_it_is() -> None:
    with VendorServer([Reply(text=("hi",))]) as server:
        ask(SDK.settings(f"{server.url}/v1"))
    assert server.requests[0].path == "/v1/models/model-1:streamGenerateContent?alt=sse"


@pytest.mark.parametrize("google", BOTH_OF_GOOGLE, ids=lambda wire: wire.id)
def test_a_refusal_that_is_no_text_is_one_sentence(google: Wire) -> None:
    with HTTPServer(("127.0.0.1", 0), _Garbled) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        settings: ProviderSettings = google.settings(f"http://127.0.0.1:{server.server_port}")
        error = failure(ask(settings))
    assert str(error).startswith("google ")
    assert "\n" not in str(error)


class _Garbled(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(502)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"\xff\xfe\x00\xd8")

    def log_message(self, format: str, *args: Any) -> None:
        pass
