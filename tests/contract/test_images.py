"""An image that a tool showed, on every wire: in its result where the vendor takes it there, else right behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from enforcer.core.messages import Image, ToolCall, ToolResult, assistant, tool_results, user
from enforcer.providers.replay import Replay
from tests.contract.wires import HELLO, Wire, ask
from tests.servers.vendor import Reply, VendorServer

DOT = Image("image/png", "aGk=")
READS = assistant("", ToolCall("c1", "Read", {"path": "dot.png"}), ToolCall("c2", "Read", {"path": "a.py"}))
SHOWN = tool_results([ToolResult("c1", "dot.png: 2 bytes", images=(DOT,)), ToolResult("c2", "x = 1")])
THREAD = (user("look"), READS, SHOWN, user("and?"))
URL = "data:image/png;base64,aGk="
WIRED: Mapping[str, Any] = {
    "anthropic": {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "c1",
                "content": [
                    {"type": "text", "text": "dot.png: 2 bytes"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                ],
            },
            {"type": "tool_result", "tool_use_id": "c2", "content": "x = 1"},
            {"type": "text", "text": "and?"},
        ],
    },
    "openai": {
        "type": "function_call_output",
        "call_id": "c1",
        "output": [
            {"type": "input_text", "text": "dot.png: 2 bytes"},
            {"type": "input_image", "detail": "auto", "image_url": URL},
        ],
    },
    "chat": {
        "role": "user",
        "content": [
            {"type": "text", "text": "The images of these results:"},
            {"type": "image_url", "image_url": {"url": URL}},
            {"type": "text", "text": "and?"},
        ],
    },
}


def sent(wire: Wire, *, images: bool = True) -> tuple[Any, str]:
    request = replace(HELLO, messages=Replay(wire.kind, images=images).render(THREAD))
    with VendorServer([Reply(text=("A dot.",))], strict=True) as server:
        assert ask(wire.settings(wire.address(server)), request).completed.message.text == "A dot."
    return server.bodies[0], server.requests[0].raw.decode()


def test_the_image_of_a_result_is_sent_once_and_the_service_takes_it(wire: Wire) -> None:
    body, raw = sent(wire)
    assert raw.count("aGk=") == 1
    if wire.kind in WIRED:
        assert WIRED[wire.kind] in body["input" if wire.kind == "openai" else "messages"]


def test_a_model_without_eyes_reads_that_there_was_one(wire: Wire) -> None:
    _, raw = sent(wire, images=False)
    assert "aGk=" not in raw
    assert raw.count("dot.png: 2 bytes\\n[image image/png left out: this model reads text only]") == 1


@pytest.mark.parametrize("kind", ["anthropic", "openai", "chat", "google"])
def test_what_was_rendered_once_stays_the_same_object_when_the_thread_grows(kind: str) -> None:
    replay = Replay(kind)
    before = replay.render(THREAD[:3])
    after = replay.render(THREAD)
    assert all(one is other for one, other in zip(before, after, strict=False))
