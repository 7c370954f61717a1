"""The model service of the benchmarks, a process of its own: it answers from bytes made beforehand, and notes times.

`python -m benchmarks.server` prints its port. Times are of the system's monotonic clock, which processes share.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.scenarios import SCENARIOS
from tests.servers.vendor import WIRES, Reply

EVENTS_PER_WRITE = 32
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: keep-alive\r\n\r\n"
)


@dataclass(frozen=True)
class Noted:
    """One request: when it was here as a whole, when the last byte of its answer had left."""

    path: str
    arrived_s: float
    answered_s: float
    size: int
    kept_prefix: bool  # it begins with the whole request before it


class Script:
    """The answers of one scenario for one wire, and what was asked meanwhile."""

    def __init__(self) -> None:
        self.noted: list[Noted] = []
        self._answers: list[list[bytes]] = []
        self._path = ""
        self._before = b""

    def play(self, path: str, model: str, name: str, folder: str, count: int) -> None:
        replies = SCENARIOS[name](folder, count)
        self.noted, self._path, self._before = [], path, b""
        self._answers = [_writes(path, reply, model, number) for number, reply in enumerate(replies, 1)]

    def answer(self, path: str, body: bytes) -> tuple[list[bytes], bool]:
        """The writes of the next answer; whether the request begins as the one before."""
        kept = body.startswith(self._before[: self._before.rfind(b"]")].rstrip(b"]"))
        self._before = body
        if path != self._path or not self._answers:
            return [_whole(500, {"error": {"message": "not in the script"}})], kept
        return self._answers.pop(0), kept


def serve() -> None:
    script = Script()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_converse, args=(connection, script), daemon=True).start()


def _converse(connection: socket.socket, script: Script) -> None:
    with connection, connection.makefile("rb") as stream:
        while (request := _request(stream)) is not None:
            path, body = request
            arrived = time.monotonic()
            if path.startswith("/bench/"):
                connection.sendall(_whole(200, _control(path, body, script)))
                continue
            writes, kept = script.answer(path, body)
            try:
                for data in writes:
                    connection.sendall(data)
            except ConnectionError:
                return
            script.noted.append(Noted(path, arrived, time.monotonic(), len(body), kept))


def _request(stream: Any) -> tuple[str, bytes] | None:
    first = stream.readline()
    if not first.strip():
        return None
    size = 0
    while (line := stream.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return first.split()[1].decode(), stream.read(size)


def _control(path: str, body: bytes, script: Script) -> object:
    if path == "/bench/log":
        return [asdict(noted) for noted in script.noted]
    script.play(**json.loads(body))
    return {}


def _whole(status: int, value: object) -> bytes:
    data = json.dumps(value).encode()
    return (
        f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    )


def _writes(path: str, reply: Reply, model: str, number: int) -> list[bytes]:
    """The head alone, then some events at a time, each event a chunk of its own, then the end."""
    chunks = [_chunk(event) for event in WIRES[path].events(reply, model, number)]
    groups = [chunks[n : n + EVENTS_PER_WRITE] for n in range(0, len(chunks), EVENTS_PER_WRITE)]
    groups[-1].append(b"0\r\n\r\n")
    return [HEAD, *(b"".join(group) for group in groups)]


def _chunk(event: dict[str, Any] | str) -> bytes:
    data = event if isinstance(event, str) else json.dumps(event)
    name = f"event: {event['type']}\n" if isinstance(event, dict) and "type" in event else ""
    whole = f"{name}data: {data}\n\n".encode()
    return f"{len(whole):x}\r\n".encode() + whole + b"\r\n"


if __name__ == "__main__":
    serve()
