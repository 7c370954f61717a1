"""A model service on 127.0.0.1 that speaks four vendors' wires and says what the test tells it to."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from tests.servers import decisions, google
from tests.servers.validate import violation

ASKED = "=model"  # `served`: the id that was asked for
Event = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A tool call. `chunks` are pieces of its raw arguments; `id=None` leaves the id out where a wire allows it."""

    name: str
    chunks: tuple[str, ...] = ("{}",)
    id: str | None = ""  # "" = one that is new


@dataclass(frozen=True)
class Searched:
    """A web search the service makes itself, before it says its text. `pages` are address and title."""

    query: str
    pages: tuple[tuple[str, str], ...] = ()
    cited: tuple[tuple[str, str], ...] = ()  # what the text relies on
    error: str = ""
    open: bool = False  # it stops before the result


@dataclass(frozen=True)
class Tokens:
    input: int = 11
    output: int = 7
    cached: int = 0


@dataclass(frozen=True)
class Reply:
    """One answer. Strings in `text` and `thinking` are the deltas."""

    text: tuple[str, ...] = ()
    thinking: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    search: Searched | None = None
    choices: tuple[tuple[str, float], ...] = ()  # what closed questions are answered with, and how surely
    stop: str = ""  # "" = what the content says | length | refusal | pause
    usage: Tokens | None = Tokens()
    served: str | None = ASKED
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None  # sent instead of a stream; for a status it is the message of the vendor's error
    content_type: str = "application/json"
    error: tuple[str, str] | None = None  # type and message of an error inside the stream, behind its content
    cut_after: int | None = None  # events; then the connection drops
    clean_cut: bool = False  # the body ends as if it were whole
    stall_after: int | None = None  # events; then silence until the client hangs up
    gate: threading.Event | None = None  # awaited before the first event
    bytes_per_write: int = 0  # 0 = one write per event


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]  # names in lower case
    raw: bytes
    body: Any

    @property
    def bearer(self) -> str:
        key = self.headers.get("x-goog-api-key", "")
        return key or self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def model(self) -> str:
        named = google.PATH.fullmatch(self.path)
        return unquote(named[1]).removeprefix("models/") if named else str(self.body["model"])


Script = Iterable[Reply] | Callable[[Any], Reply]


class VendorServer:
    """Use as a context manager. Replies are given in order, or by a function of the request's body.

    Asked once too often it answers 500, and leaving the context fails. `strict` refuses what a real service would.
    """

    def __init__(self, script: Script = (), *, strict: bool = False) -> None:
        self.requests: list[Received] = []
        self.hung_up = threading.Event()  # a client left during a stall
        self.unasked: list[str] = []
        self.connections = 0
        self.models: list[dict[str, Any]] = []  # what its list of models says, as the vendor spells it
        self.listing = Reply()  # how the list is answered: a status, or a body of its own
        self.listings: list[Received] = []
        self._strict = strict
        self._decide = script if callable(script) else None
        self._queue = deque(() if callable(script) else script)
        self._lock = threading.Lock()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def anthropic_url(self) -> str:
        return self.url

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.requests]

    def add(self, *replies: Reply) -> None:
        self._queue.extend(replies)

    def __enter__(self) -> VendorServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if kind is None and self.unasked:
            raise AssertionError(f"the server was asked once too often: {self.unasked}")

    def take(self, request: Received) -> Reply:
        with self._lock:
            self.requests.append(request)
            wrong = violation(request.path, request.body) if self._strict else ""
            if wrong:
                return Reply(status=400, body=wrong)
            if self._decide:
                return self._decide(request.body)
            if self._queue:
                return self._queue.popleft()
            self.unasked.append(request.path)
            return Reply(status=500, body="the script has no reply left")


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: VendorServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def do_POST(self) -> None:
        owner = self.server.owner
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.path, headers, raw, json.loads(raw))
        if self.path in decisions.PATHS:
            self._decide(owner.take(request), request)
            return
        wire = GOOGLE if google.PATH.fullmatch(self.path) else WIRES.get(self.path)
        if wire is None:
            self._whole(Reply(status=404), json.dumps({"error": {"message": f"no such path {self.path}"}}))
            return
        reply = owner.take(request)
        if reply.status != 200:
            self._whole(reply, json.dumps(wire.refusal(reply.status, reply.body or "")))
        elif reply.body is not None:
            self._whole(reply, reply.body)
        else:
            model = request.model if reply.served == ASKED else reply.served
            self._stream(reply, list(wire.events(reply, model, len(owner.requests))), owner)

    def _decide(self, reply: Reply, request: Received) -> None:
        """An answer to closed questions comes whole, or not at all."""
        if reply.gate:
            reply.gate.wait(30)
        if reply.stall_after is not None:
            self._until_hung_up(self.server.owner)
        elif reply.status != 200:
            wire = GOOGLE if self.path == decisions.GOOGLE else WIRES["/v1/responses"]
            self._whole(reply, json.dumps(wire.refusal(reply.status, reply.body or "")))
        elif reply.body is not None:
            self._whole(reply, reply.body)
        else:
            model = request.model if reply.served == ASKED else reply.served
            self._whole(reply, json.dumps(decisions.answer(self.path, reply, model, request.body)))

    def do_GET(self) -> None:
        owner = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner.listings.append(Received(self.path, headers, b"", None))
        if self.path.partition("?")[0] not in {"/v1/models", google.LIST}:
            self._whole(Reply(status=404), json.dumps({"error": {"message": f"no such path {self.path}"}}))
            return
        reply = owner.listing
        if reply.gate:
            reply.gate.wait(30)
        models = {"object": "list", "data": owner.models, "models": owner.models}
        body = reply.body if reply.body is not None else json.dumps(models)
        self._whole(reply, json.dumps(_openai_refusal(reply.status, body)) if reply.status != 200 else body)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _whole(self, reply: Reply, body: str) -> None:
        data = body.encode()
        self._head(reply, {"Content-Type": reply.content_type, "Content-Length": str(len(data))})
        self.wfile.write(data)

    def _stream(self, reply: Reply, events: list[Event | str | bytes], owner: VendorServer) -> None:
        self._head(reply, {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"})
        if reply.gate:
            reply.gate.wait(30)
        for number, event in enumerate(events):
            if number == reply.stall_after:
                self._until_hung_up(owner)
                return
            if number == reply.cut_after:
                self.close_connection = True
                if not reply.clean_cut:
                    return
                break
            if not self._send(_encoded(event), reply.bytes_per_write):
                owner.hung_up.set()
                return
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, data: bytes, size: int) -> bool:
        try:
            for start in range(0, len(data), size or len(data)):
                piece = data[start : start + (size or len(data))]
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        except ConnectionError:
            self.close_connection = True
            return False
        return True

    def _until_hung_up(self, owner: VendorServer) -> None:
        self.close_connection = True
        self.connection.settimeout(30)
        try:
            gone = self.connection.recv(1) == b""
        except TimeoutError:
            gone = False
        except ConnectionError:
            gone = True
        if gone:
            owner.hung_up.set()

    def _head(self, reply: Reply, headers: Mapping[str, str]) -> None:
        self.send_response(reply.status)
        for name, value in {**headers, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _encoded(event: Event | str | bytes) -> bytes:
    if isinstance(event, bytes):
        return event
    if isinstance(event, str):
        return f"data: {event}\n\n".encode()
    try:
        data = json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        data = json.dumps(event).encode()
    name = event.get("type")
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + data + b"\n\n"


@dataclass(frozen=True)
class _Wire:
    events: Callable[[Reply, str | None, int], Iterator[Event | str | bytes]]
    refusal: Callable[[int, str], Any]


def _named(model: str | None) -> Event:
    return {} if model is None else {"model": model}


def _anthropic(reply: Reply, model: str | None, number: int) -> Iterator[Event | str | bytes]:
    usage = {"input_tokens": 0, "output_tokens": 1}
    if reply.usage:
        fresh = reply.usage.input - reply.usage.cached
        usage = {"input_tokens": fresh, "output_tokens": 1, "cache_read_input_tokens": reply.usage.cached}
    message: Event = {"id": f"msg_{number}", "type": "message", "role": "assistant", "content": [], **_named(model)}
    message |= {"stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": message | ({"usage": usage} if reply.usage else {})}
    yield {"type": "ping"}
    for index, (block, deltas) in enumerate(_anthropic_blocks(reply, number)):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    if reply.error:
        yield {"type": "error", "error": {"type": reply.error[0], "message": reply.error[1]}}
        return
    natural = "tool_use" if reply.calls else "end_turn"
    reasons = {"": natural, "length": "max_tokens", "refusal": "refusal", "pause": "pause_turn"}
    end: Event = {"type": "message_delta", "delta": {"stop_reason": reasons[reply.stop], "stop_sequence": None}}
    searched = {"server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0}} if reply.search else {}
    yield end | ({"usage": {"output_tokens": reply.usage.output, **searched}} if reply.usage else {})
    yield {"type": "message_stop"}


def _anthropic_blocks(reply: Reply, number: int) -> Iterator[tuple[Event, list[Event]]]:
    if reply.thinking:
        deltas: list[Event] = [{"type": "thinking_delta", "thinking": chunk} for chunk in reply.thinking]
        deltas.append({"type": "signature_delta", "signature": f"sig-{number}"})
        yield {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if reply.search:
        yield from _anthropic_search(reply.search, f"srvtoolu_{number}")
    if reply.text:
        said: list[Event] = [{"type": "text_delta", "text": chunk} for chunk in reply.text]
        for url, title in reply.search.cited if reply.search else ():
            place = {"type": "web_search_result_location", "url": url, "title": title, "cited_text": "…"}
            said.append({"type": "citations_delta", "citation": {**place, "encrypted_index": "enc"}})
        yield {"type": "text", "text": ""}, said
    for place, call in enumerate(reply.calls):
        block = {"type": "tool_use", "id": call.id or f"toolu_{number}_{place}", "name": call.name, "input": {}}
        yield block, [{"type": "input_json_delta", "partial_json": chunk} for chunk in call.chunks]


def _anthropic_search(search: Searched, id: str) -> Iterator[tuple[Event, list[Event]]]:
    given = json.dumps({"query": search.query})
    halves = [{"type": "input_json_delta", "partial_json": piece} for piece in (given[:5], given[5:])]
    yield {"type": "server_tool_use", "id": id, "name": "web_search", "input": {}}, halves
    if search.open:
        return
    pages: Any = [
        {"type": "web_search_result", "url": url, "title": title, "encrypted_content": f"enc-{url}", "page_age": None}
        for url, title in search.pages
    ]
    if search.error:
        pages = {"type": "web_search_tool_result_error", "error_code": search.error}
    yield {"type": "web_search_tool_result", "tool_use_id": id, "content": pages}, []


def _responses(reply: Reply, model: str | None, number: int) -> Iterator[Event | str | bytes]:
    for sequence, event in enumerate(_responses_events(reply, model, number)):
        yield event | {"sequence_number": sequence}


def _responses_events(reply: Reply, model: str | None, number: int) -> Iterator[Event]:
    response: Event = {"id": f"resp_{number}", "object": "response", "status": "in_progress", **_named(model)}
    yield {"type": "response.created", "response": response}
    yield {"type": "response.in_progress", "response": response}
    for index, (item, deltas, done) in enumerate(_responses_items(reply, number)):
        where = {"item_id": item["id"], "output_index": index}
        yield {"type": "response.output_item.added", "output_index": index, "item": item}
        for delta in deltas:
            yield where | delta
        yield {"type": "response.output_item.done", "output_index": index, "item": item | done}
    if reply.error:
        yield {"type": "error", "code": reply.error[0], "message": reply.error[1], "param": None}
        return
    ended: Event = {**response, "status": "incomplete" if reply.stop == "length" else "completed"}
    if reply.stop == "length":
        ended["incomplete_details"] = {"reason": "max_output_tokens"}
    if reply.usage:
        ended["usage"] = {
            "input_tokens": reply.usage.input,
            "input_tokens_details": {"cached_tokens": reply.usage.cached, "cache_write_tokens": 0},
            "output_tokens": reply.usage.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": reply.usage.input + reply.usage.output,
        }
    yield {"type": f"response.{ended['status']}", "response": ended}


def _responses_items(reply: Reply, number: int) -> Iterator[tuple[Event, list[Event], Event]]:
    """Each item as it begins, its deltas, and what it has more of when it is done."""
    if reply.thinking:
        item: Event = {"id": f"rs_{number}", "type": "reasoning", "summary": [], "encrypted_content": None}
        deltas: list[Event] = [
            {"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": chunk}
            for chunk in reply.thinking
        ]
        summary = [{"type": "summary_text", "text": "".join(reply.thinking)}]
        yield item, deltas, {"summary": summary, "encrypted_content": f"enc-{number}"}
    if reply.search:
        sources = [{"type": "url", "url": url} for url, _ in reply.search.pages]
        action = {"type": "search", "query": reply.search.query, "queries": [reply.search.query], "sources": sources}
        item = {"id": f"ws_{number}", "type": "web_search_call", "status": "in_progress"}
        yield item, [], {"status": "failed" if reply.search.error else "completed", "action": action}
    if reply.text:
        kind = "refusal" if reply.stop == "refusal" else "output_text"
        item = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        deltas = [{"type": f"response.{kind}.delta", "content_index": 0, "delta": chunk} for chunk in reply.text]
        said: Event = {"type": kind, "refusal" if kind == "refusal" else "text": "".join(reply.text)}
        if reply.search:
            place = {"type": "url_citation", "start_index": 0, "end_index": 1}
            said["annotations"] = [{**place, "url": url, "title": title} for url, title in reply.search.cited]
        yield item, deltas, {"status": "completed", "content": [said]}
    for place, call in enumerate(reply.calls):
        item = {"id": f"fc_{number}_{place}", "type": "function_call", "status": "in_progress"}
        item |= {"call_id": call.id or f"call_{number}_{place}", "name": call.name, "arguments": ""}
        deltas = [{"type": "response.function_call_arguments.delta", "delta": chunk} for chunk in call.chunks]
        whole = "".join(call.chunks)
        deltas.append({"type": "response.function_call_arguments.done", "arguments": whole})
        torn = reply.stop == "length" and place == len(reply.calls) - 1
        yield item, deltas, {"arguments": whole, "status": "incomplete" if torn else "completed"}


def _chat(reply: Reply, model: str | None, number: int) -> Iterator[Event | str | bytes]:
    def chunk(delta: Event, reason: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", **_named(model), "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    for text in reply.thinking:
        yield chunk({"reasoning_content": text})
    for text in reply.text:
        yield chunk({"content": text})
    for place, call in enumerate(reply.calls):
        id = {} if call.id is None else {"id": call.id or f"call_{number}_{place}"}
        begin = {"index": place, **id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        yield chunk({"tool_calls": [begin]})
        for piece in call.chunks:
            yield chunk({"tool_calls": [{"index": place, "function": {"arguments": piece}}]})
    if reply.error:
        yield {"error": {"type": reply.error[0], "message": reply.error[1]}}
        return
    natural = "tool_calls" if reply.calls else "stop"
    yield chunk({}, {"": natural, "length": "length", "refusal": "content_filter"}[reply.stop])
    if reply.usage:
        usage: Event = {"prompt_tokens": reply.usage.input, "completion_tokens": reply.usage.output}
        usage |= {"prompt_tokens_details": {"cached_tokens": reply.usage.cached}}
        yield {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", **_named(model), "choices": []} | {
            "usage": usage
        }
    yield "[DONE]"


ANTHROPIC_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def _anthropic_refusal(status: int, message: str) -> Event:
    return {"type": "error", "error": {"type": ANTHROPIC_ERRORS.get(status, "api_error"), "message": message}}


def _openai_refusal(status: int, message: str) -> Event:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


WIRES = {
    "/v1/messages": _Wire(_anthropic, _anthropic_refusal),
    "/v1/responses": _Wire(_responses, _openai_refusal),
    "/v1/chat/completions": _Wire(_chat, _openai_refusal),
}
GOOGLE = _Wire(google.events, google.refusal)  # its path names the model
