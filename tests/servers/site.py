"""A web site on 127.0.0.1 that answers with what the test gave it, word for word."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(frozen=True)
class Sent:
    """One answer. `cut` closes the connection behind so many bytes of the body."""

    body: bytes = b""
    type: str | None = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False  # the body again and again, until the client leaves
    cut: int | None = None


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]  # names in lower case


class Site:
    """Use as a context manager. `pages` are answers by path, with the query."""

    def __init__(self, pages: Mapping[str, Sent], *, tls: ssl.SSLContext | None = None) -> None:
        self.pages = dict(pages)
        self.asked: list[Asked] = []
        self.left = threading.Event()  # a client went before an endless body ended
        self.silent = threading.Event()  # set by a test to let silent answers go
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
                site._answer(self, site.pages.get(self.path, Sent(b"not here", "text/plain", 404)))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        return self._http.server_port

    def url(self, path: str = "/", host: str = "site.test") -> str:
        return f"http://{host}:{self.port}{path}"

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, to: BaseHTTPRequestHandler, sent: Sent) -> None:
        to.send_response(sent.status)
        for name, value in sent.headers.items():
            to.send_header(name, value)
        if sent.type is not None:
            to.send_header("Content-Type", sent.type)
        if not sent.endless:
            to.send_header("Content-Length", str(len(sent.body)))
        to.send_header("Connection", "close")
        to.end_headers()
        try:
            to.wfile.write(sent.body if sent.cut is None else sent.body[: sent.cut])
            while sent.endless:
                to.wfile.write(sent.body)
        except OSError:
            self.left.set()
        to.close_connection = True
