"""What real services refuse in a history; each function names the first thing that is wrong, or gives ""."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.servers import decisions, google

ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def violation(path: str, body: Mapping[str, Any]) -> str:
    try:
        if path in decisions.PATHS:
            return decisions.violation(path, body)
        return google.violation(body) if google.PATH.fullmatch(path) else CHECKS[path](body)
    except (KeyError, TypeError, AttributeError) as error:
        return f"a field is missing or of the wrong kind: {error!r}"


def _anthropic(body: Mapping[str, Any]) -> str:
    messages = body["messages"]
    roles = [message["role"] for message in messages]
    if not roles or roles[0] != "user" or any(a == b for a, b in pairwise(roles)):
        return f"roles must take turns and begin with user, not {roles}"
    open_ids: list[str] = []
    seen: set[str] = set()
    for message in messages:
        blocks = message["content"]
        if not blocks:
            return "a message has no content"
        for block in blocks:
            if wrong := _anthropic_block(message["role"], block):
                return wrong
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if message["role"] == "user" and sorted(results) != sorted(open_ids):
            return f"results {results} do not answer the calls {open_ids}"
        if message["role"] == "user" and [block["type"] for block in blocks[: len(results)]] != ["tool_result"] * len(
            results
        ):
            return "results must come first"
        if message["role"] == "assistant":
            if message is not messages[-1] and (loose := _searches_without_result(blocks)):
                return f"searches {loose} have no result"
            open_ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
            if blocks[-1]["type"] in {"thinking", "redacted_thinking"}:
                return "a message ends with thinking"
            if seen & set(open_ids) or len(set(open_ids)) != len(open_ids):
                return "ids of calls are not unique"
            seen |= set(open_ids)
    return f"calls {open_ids} have no result" if roles[-1] == "assistant" and open_ids else ""


def _searches_without_result(blocks: Sequence[Mapping[str, Any]]) -> set[str]:
    asked = {block["id"] for block in blocks if block["type"] == "server_tool_use"}
    return asked - {block["tool_use_id"] for block in blocks if block["type"] == "web_search_tool_result"}


def _anthropic_block(role: str, block: Mapping[str, Any]) -> str:
    allowed = {
        "user": {"text", "image", "tool_result"},
        "assistant": {
            *("text", "thinking", "redacted_thinking", "tool_use"),
            *("server_tool_use", "web_search_tool_result"),
        },
    }
    if block["type"] not in allowed[role]:
        return f"a {block['type']} in a message of {role}"
    match block["type"]:
        case "text":
            return "" if block["text"].strip() else "an empty text"
        case "thinking":
            return "" if re.fullmatch(r"sig-\d+", block["signature"]) else "a signature of another service"
        case "tool_use":
            return _call(block["id"], block["name"], block["input"])
    return ""


def _responses(body: Mapping[str, Any]) -> str:
    open_ids: list[str] = []
    seen: set[str] = set()
    items = body["input"]
    for place, item in enumerate(items):
        if open_ids and item["type"] not in {"function_call", "function_call_output"}:
            return f"calls {open_ids} have no result"
        match item["type"]:
            case "function_call":
                if wrong := _call(item["call_id"], item["name"], json.loads(item["arguments"])):
                    return wrong
                if item["call_id"] in seen:
                    return "ids of calls are not unique"
                seen.add(item["call_id"])
                open_ids.append(item["call_id"])
            case "function_call_output":
                if item["call_id"] not in open_ids:
                    return f"a result for {item['call_id']}, which is no open call"
                open_ids.remove(item["call_id"])
            case "reasoning":
                if wrong := _reasoning(item, items[place + 1 :]):
                    return wrong
            case _:
                if wrong := _other(item):
                    return wrong
    return f"calls {open_ids} have no result" if open_ids else ""


def _other(item: Mapping[str, Any]) -> str:
    match item["type"]:
        case "message":
            return "" if item["content"] else "an empty message"
        case "web_search_call":
            own = item["id"].startswith("ws_") and item["action"]["type"] == "search"
            return "" if own else "a search that this service did not make"
        case kind:
            return f"an item of the unknown type {kind}"


def _reasoning(item: Mapping[str, Any], rest: Sequence[Mapping[str, Any]]) -> str:
    if not re.fullmatch(r"enc-\d+", item["encrypted_content"]):
        return "reasoning of another service"
    if not rest or rest[0]["type"] == "function_call_output" or rest[0].get("role") == "user":
        return "reasoning without the item it led to"
    return ""


def _chat(body: Mapping[str, Any]) -> str:
    open_ids: list[str] = []
    seen: set[str] = set()
    before = ""
    for place, message in enumerate(body["messages"]):
        role = message["role"]
        known = {"role", "content", "tool_calls", "tool_call_id"}
        if unknown := set(message) - (known | {"reasoning_content"} if role == "assistant" else known):
            return f"unknown fields {sorted(unknown)}"
        if role == "system" and place:
            return "a system message that is not the first"
        if role == "tool":
            if message["tool_call_id"] not in open_ids:
                return f"a result for {message['tool_call_id']}, which is no open call"
            open_ids.remove(message["tool_call_id"])
            before = role
            continue
        if open_ids:
            return f"calls {open_ids} have no result"
        if role == before:
            return f"two messages of {role} in a row"
        before = role
        calls = message.get("tool_calls", [])
        if not message["content"] and not calls:
            return "an empty message"
        for call in calls:
            function = call["function"]
            if wrong := _call(call["id"], function["name"], json.loads(function["arguments"])):
                return wrong
        open_ids = [call["id"] for call in calls]
        if seen & set(open_ids) or len(set(open_ids)) != len(open_ids):
            return "ids of calls are not unique"
        seen |= set(open_ids)
    return f"calls {open_ids} have no result" if open_ids else ""


def _call(id: str, name: str, input: Any) -> str:
    if not ID.fullmatch(id):
        return f"'{id}' is not an id"
    if not ID.fullmatch(name):
        return f"'{name}' is not the name of a tool"
    return "" if isinstance(input, dict) else "arguments that are no object"


CHECKS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "/v1/messages": _anthropic,
    "/v1/responses": _responses,
    "/v1/chat/completions": _chat,
}
