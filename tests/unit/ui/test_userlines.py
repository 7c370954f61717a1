from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest

from enforcer.core.messages import Image
from enforcer.ui.userlines import UNSUPPORTED, BadLine, Reply, UserLine, parse_line, read_user_lines

BLOCKS = '{"type":"user","message":{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}'
IMAGE = '{"type":"user","message":{"role":"user","content":[{"type":"image","source":{}}]}}'


def image(data: str, text: str = "look") -> str:
    source = {"type": "base64", "media_type": "image/gif", "data": data}
    blocks = [{"type": "text", "text": text}, {"type": "image", "source": source}]
    return json.dumps({"type": "user", "message": {"role": "user", "content": blocks}})


CONTROL = '{"type":"control_request","request_id":"r1","request":{"subtype":"initialize"}}'
ANSWER: dict[str, Any] = {
    "type": "control_response",
    "response": {"subtype": "error", "request_id": "r1", "error": UNSUPPORTED},
}


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        pytest.param('{"type":"user","message":{"role":"user","content":"hi"}}', UserLine("hi"), id="text"),
        pytest.param(BLOCKS, UserLine("a\nb"), id="blocks"),
        pytest.param(image("R0lGODlh"), UserLine("look", (Image("image/gif", "R0lGODlh"),)), id="an image"),
        pytest.param(CONTROL, Reply(ANSWER), id="a control request is answered, never left to hang"),
        pytest.param("  \n", None, id="an empty line"),
        pytest.param('{"type":"keep_alive"}', None, id="keep-alive"),
    ],
)
def test_input_lines(text: str, parsed: object) -> None:
    assert parse_line(text) == parsed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{broken", "is not JSON"),
        ("[1]", "must be a JSON object with a type"),
        ('{"type":"banana"}', "type 'banana' is not known"),
        ('{"type":"user","message":"hi"}', "type 'user' is not known"),
        (IMAGE, "may hold text and base64 image blocks"),
        (image("R0lGODlh", text=""), "needs a text"),
        (image("not base64!"), "an image of this line is not base64"),
        (image("aGk="), "the image of this line is not an image that models take; make a PNG or JPEG of it first"),
        ('{"type":"user","message":{"content":[]}}', "needs a text"),
        ('{"type":"user","message":{"content":7}}', "may hold text and base64 image blocks"),
    ],
)
def test_a_bad_line_is_named(text: str, says: str) -> None:
    parsed = parse_line(text)
    assert isinstance(parsed, BadLine)
    assert says in parsed.error


def test_answers_and_errors_go_out_and_the_reading_goes_on() -> None:
    out = io.StringIO()

    async def run() -> list[str]:
        stream = [b"{broken\n", CONTROL.encode(), b"\xff\n", BLOCKS.encode()]
        return [line.text async for line in read_user_lines(stream, out)]

    assert asyncio.run(run()) == ["a\nb"]
    first, second, third = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (first["subtype"], second, third["subtype"]) == ("input_error", ANSWER, "input_error")
