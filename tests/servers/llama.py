"""A server on 127.0.0.1 that behaves as llama.cpp's does: one model, named by its file; a window, timings, errors."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.servers.validate import violation

CHARS_PER_TOKEN = 4
MODEL = "/models/Qwen3 8B/q4_k_m.gguf"


@dataclass(frozen=True)
class Says:
    """One answer; calls are (name, arguments)."""

    text: str = ""
    thinking: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = field(default_factory=tuple)


class LlamaServer:
    """Use as a context manager. `loading` is how often it says that its model is not there yet."""

    def __init__(self, script: Sequence[Says] = (), *, loading: int = 0, window: int = 32_768) -> None:
        self.bodies: list[dict[str, Any]] = []  # of the requests that it took
        self.loading = loading
        self.window = window
        self._script = deque(script)
        self._lock = threading.Lock()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> LlamaServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def take(self, body: dict[str, Any]) -> Says | tuple[int, str, str]:
        """What it answers, or the status, type and message of a refusal."""
        with self._lock:
            if self.loading:
                self.loading -= 1
                return 503, "unavailable_error", "Loading model"
            if "image_url" in json.dumps(body):
                hint = "hint: if this is unexpected, you may need to provide the mmproj"
                return 500, "server_error", f"image input is not supported - {hint}"
            if (size := tokens(body)) > self.window:
                said = f"request ({size} tokens) exceeds the available context size ({self.window} tokens)"
                return 400, "exceed_context_size_error", f"{said}, try increasing it"
            if wrong := violation("/v1/chat/completions", body):
                return 500, "server_error", f"Jinja Exception: {wrong}"
            self.bodies.append(body)
            return self._script.popleft() if self._script else (500, "server_error", "the script has no answer left")


def tokens(body: Mapping[str, Any]) -> int:
    return len(json.dumps(body["messages"])) // CHARS_PER_TOKEN


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: LlamaServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        meta = {"n_ctx": self.server.owner.window, "n_ctx_train": 40_960}
        listed = {"id": MODEL, "object": "model", "owned_by": "llamacpp", "meta": meta}
        pages: dict[str, dict[str, Any]] = {
            "/health": {"status": "ok"},
            "/v1/models": {"object": "list", "data": [listed]},
        }
        self._whole(200 if self.path in pages else 404, pages.get(self.path, {"error": {"message": "File Not Found"}}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.owner.take(body)
        if isinstance(answer, tuple):
            status, kind, message = answer
            self._whole(status, {"error": {"code": status, "message": message, "type": kind}})
            return
        self._head(200, "text/event-stream")
        for event in _events(answer, body):
            data = f"data: {json.dumps(event) if isinstance(event, dict) else event}\n\n".encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _whole(self, status: int, content: Mapping[str, Any]) -> None:
        data = json.dumps(content).encode()
        self._head(status, "application/json; charset=utf-8", len(data))
        self.wfile.write(data)

    def _head(self, status: int, kind: str, size: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Server", "llama.cpp")
        self.send_header("Content-Type", kind)
        length = ("Transfer-Encoding", "chunked") if size is None else ("Content-Length", str(size))
        self.send_header(*length)
        self.end_headers()


def _events(answer: Says, body: Mapping[str, Any]) -> Iterator[dict[str, Any] | str]:
    def chunk(delta: Mapping[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
        choice = {"finish_reason": reason, "index": 0, "delta": delta}
        head = {
            "choices": [choice],
            "created": 1,
            "id": "chatcmpl-x",
            "model": MODEL,
            "object": "chat.completion.chunk",
        }
        return head | {"system_fingerprint": "b9000", **more}

    timings = {"cache_n": 0, "prompt_n": tokens(body), "predicted_n": len(answer.text) // CHARS_PER_TOKEN + 1}
    yield chunk({"role": "assistant", "content": None})
    for word in answer.thinking.split(" ") if answer.thinking else ():
        yield chunk({"reasoning_content": f"{word} "})
    for word in answer.text.splitlines(keepends=True):
        yield chunk({"content": word})
    for place, (name, arguments) in enumerate(answer.calls):
        function = {"name": name, "arguments": json.dumps(arguments)}
        yield chunk({"tool_calls": [{"index": place, "id": f"{place}", "type": "function", "function": function}]})
    yield chunk({}, "tool_calls" if answer.calls else "stop", timings=timings)
    if body.get("stream_options", {}).get("include_usage"):
        usage = {"completion_tokens": timings["predicted_n"], "prompt_tokens": timings["prompt_n"]}
        yield chunk({}, usage=usage, timings=timings) | {"choices": []}
    yield "[DONE]"
