"""Google's own types, which take no field that they do not know, as the oracle of our body and of our test server."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from google.genai import types

from enforcer.core.messages import Text, Thinking
from enforcer.providers.google import to_wire
from tests.contract.test_requests import FULL
from tests.servers.google import events
from tests.servers.vendor import Call, Reply, Tokens


def test_the_body_is_one_that_the_client_would_send() -> None:
    body = to_wire(replace(FULL, thinking=True))
    read = [types.Content.model_validate(content) for content in body["contents"]]
    (tool,) = (types.Tool.model_validate(tool) for tool in body["tools"])
    config = types.GenerationConfig.model_validate(body["generationConfig"])
    assert [content.model_dump(mode="json", by_alias=True, exclude_none=True) for content in read] == body["contents"]
    assert tool.model_dump(mode="json", by_alias=True, exclude_none=True) == body["tools"][0]
    assert config.model_dump(mode="json", by_alias=True, exclude_none=True) == body["generationConfig"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(thinking=("hm",), text=("Good ", "morning"), usage=Tokens(900, 5, cached=800)),
        Reply(calls=(Call("Read", ('{"p": 1}',), id=None), Call("Read", ("{}",)))),
        Reply(text=("I cannot",), stop="refusal", served=None),
        Reply(calls=(Call("Read", ("{broken",)),)),
    ],
    ids=["thoughts", "calls", "refusal", "spoiled"],
)
def test_the_server_of_these_tests_says_what_the_client_would_read(reply: Reply) -> None:
    for event in events(reply, "gemini", 1):
        types.GenerateContentResponse.model_validate(event)


def test_a_signed_part_is_what_the_client_reads_it_as() -> None:
    signed = Text("morning"), Thinking("", "google", {"text": "", "thoughtSignature": "thought00001"})
    message = replace(FULL.messages[1], parts=signed)
    (content,) = to_wire(replace(FULL, messages=(message,)))["contents"]
    text, signature = types.Content.model_validate(content).parts or ()
    assert text.text == "morning"
    assert (signature.text, signature.thought_signature) == ("", base64.b64decode("thought00001"))
