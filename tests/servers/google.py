"""Google's wire as `VendorServer` speaks it, and what the real service refuses in a history."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.vendor import Reply

PATH = re.compile(r"/v1(?:beta)?/((?:models|tunedModels)/[^/:]+):streamGenerateContent\?alt=sse")
LIST = "/v1beta/models"
REASONS = {"": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
FIELDS = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
FOREIGN = "skip_thought_signature_validator"
OWN = re.compile(r"thought\d{5}")
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")

Event = dict[str, Any]


def events(reply: Reply, model: str | None, number: int) -> Iterator[Event | str | bytes]:
    """A call comes whole, all calls of an answer in one chunk; the first of them, or an empty last text, is signed."""
    signed = {"thoughtSignature": f"thought{number:05}"}

    def chunk(parts: list[Event], reason: str = "") -> Event:
        content = {"parts": parts, "role": "model"} if parts else {"role": "model"}
        candidate = {"content": content, "index": 0} | ({"finishReason": reason} if reason else {})
        candidate |= _grounding(reply.search) if reply.search and reason else {}
        served = {} if model is None else {"modelVersion": model}
        usage = {"usageMetadata": _usage(reply)} if reply.usage and reason else {}
        return {"candidates": [candidate], **usage, **served, "responseId": f"resp-{number}"}

    yield chunk([])
    for text in reply.thinking:
        yield chunk([{"text": text, "thought": True}])
    if reply.search:
        asked = {"id": f"search_{number}", "toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": [reply.search.query]}}
        found = {"id": f"search_{number}", "toolType": "GOOGLE_SEARCH_WEB", "response": {"search_suggestions": "…"}}
        yield chunk([{"toolCall": asked, **signed}, {"toolResponse": found, **signed}])
    for text in reply.text:
        yield chunk([{"text": text}])
    if broken := [call for call in reply.calls if not _is_json(call)]:
        malformed = f"Malformed function call: {broken[0].name}{''.join(broken[0].chunks)}"
        ended = {"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": malformed, "index": 0}
        yield {"candidates": [ended]}
        return
    if reply.calls:
        calls = [{"functionCall": _call(call, number, place)} for place, call in enumerate(reply.calls)]
        yield chunk([calls[0] | signed, *calls[1:]])
    if reply.error:  # written as it is told outside of a stream: a list over several lines, without "data:"
        yield json.dumps([{"error": {"status": reply.error[0], "message": reply.error[1]}}], indent=2).encode()
        return
    yield chunk([{"text": "", **signed}] if reply.thinking and not reply.calls else [], REASONS[reply.stop])


def _grounding(search: Any) -> Event:
    chunks = [{"web": {"uri": url, "title": title}} for url, title in search.cited]
    return {"groundingMetadata": {"webSearchQueries": [search.query], "groundingChunks": chunks}}


def refusal(status: int, message: str) -> Any:
    """`message` may be the whole error as JSON."""
    if message.startswith(("{", "[")):
        return json.loads(message)
    return {"error": {"code": status, "message": message, "status": STATUSES.get(status, "UNKNOWN")}}


def violation(body: Mapping[str, Any]) -> str:
    if unknown := set(body) - FIELDS:
        return f"unknown fields {sorted(unknown)}"
    contents = body["contents"]
    roles = [content["role"] for content in contents]
    if not roles or roles[0] != "user" or any(a == b for a, b in pairwise(roles)):
        return f"roles must take turns and begin with user, not {roles}"
    open_calls: list[tuple[str, str]] = []
    for content in contents:
        parts = content["parts"]
        check = _of_model if content["role"] == "model" else _of_user
        if wrong := check(parts) if parts else "a turn has no parts":
            return wrong
        results = [_named(part["functionResponse"]) for part in parts if "functionResponse" in part]
        if content["role"] == "user" and results != open_calls:
            return f"results {results} do not answer the calls {open_calls}"
        open_calls = [_named(part["functionCall"]) for part in parts if "functionCall" in part]
    return f"calls {open_calls} have no result" if open_calls else ""


def _usage(reply: Reply) -> Event:
    assert reply.usage
    thoughts = 2 if reply.thinking else 0
    usage = {"promptTokenCount": reply.usage.input, "candidatesTokenCount": reply.usage.output - thoughts}
    usage |= {"thoughtsTokenCount": thoughts} if thoughts else {}
    usage |= {"cachedContentTokenCount": reply.usage.cached} if reply.usage.cached else {}
    return usage | {"totalTokenCount": reply.usage.input + reply.usage.output}


def _call(call: Any, number: int, place: int) -> Event:
    id = {} if call.id is None else {"id": call.id or f"call_{number}_{place}"}
    return {**id, "name": call.name, "args": json.loads("".join(call.chunks) or "{}")}


def _is_json(call: Any) -> bool:
    try:
        json.loads("".join(call.chunks) or "{}")
    except ValueError:
        return False
    return True


def _named(part: Mapping[str, Any]) -> tuple[str, str]:
    return part["id"], part["name"]


def _of_user(parts: Sequence[Mapping[str, Any]]) -> str:
    kinds = [next(iter(part)) for part in parts]
    if unknown := set(kinds) - {"text", "inlineData", "functionResponse"}:
        return f"a {unknown} in a turn of the user"
    if kinds != sorted(kinds, key=lambda kind: kind != "functionResponse"):
        return "results must come first"
    if any(not part["text"].strip() for part in parts if "text" in part):
        return "an empty text"
    responses = [part["functionResponse"]["response"] for part in parts if "functionResponse" in part]
    return "" if all(isinstance(response, dict) for response in responses) else "a response that is no object"


def _of_model(parts: Sequence[Mapping[str, Any]]) -> str:
    calls = [part for part in parts if "functionCall" in part]
    if calls and "thoughtSignature" not in calls[0]:
        return "Function call is missing a thought_signature in functionCall parts."
    for part in parts:
        signature = part.get("thoughtSignature", "")
        if signature and not OWN.fullmatch(signature) and (signature != FOREIGN or "functionCall" not in part):
            return "Thought signature is not valid"
        if "functionCall" in part:
            call = part["functionCall"]
            if not (ID.fullmatch(call["id"]) and NAME.fullmatch(call["name"]) and isinstance(call["args"], dict)):
                return f"a call that is none: {call}"
        elif "toolCall" in part or "toolResponse" in part:
            if not signature:
                return "a search is missing its thought_signature"
        elif not part["text"] and not signature:
            return "an empty text"
    return ""
