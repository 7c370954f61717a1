"""A session's story for people: Markdown, one HTML file that needs nothing else, or JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from enforcer.core.errors import UsageError
from enforcer.ui import figures
from enforcer.ui.sanitize import clean

Json = Mapping[str, Any]

LONGEST_RESULT = 2_000  # characters of a tool result in Markdown; the other forms have it whole
SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".html": "html", ".htm": "html"}
_INPUTS = ("command", "file_path", "path", "pattern", "url", "query")  # what tells most of a tool call


def rendered(story: Json, form: str) -> str:
    """`form` is one of `FORMS`."""
    return FORMS[form](story)


def form_of(path: Path) -> str:
    """By the end of its name. Raises: UsageError."""
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise UsageError(f"{path}: the name says no form; end it with .md, .json or .html") from None


def save(text: str, path: Path, *, force: bool = False) -> None:
    """For its owner only; a file that is there stays as it is unless `force`. Raises: UsageError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists; give another name, or --force to write over it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); give another place") from error


def cost(sums: Json) -> str:
    """What a session cost, as far as it is known."""
    if not sums["requests"]:
        return "no request"
    if sums["unknown_requests"] == sums["requests"]:
        return "cost unknown"
    known = figures.money(sums["known_usd"])
    return f"at least {known}" if sums["unknown_requests"] else known


def as_json(story: Json) -> str:
    return json.dumps(story, ensure_ascii=False, indent=2) + "\n"


def as_html(story: Json) -> str:
    """The data cannot end its element, nothing is loaded, and no script but the file's own runs."""
    page = resources.files("enforcer.ui").joinpath("viewer.html").read_text("utf-8")
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = hashlib.sha256(script[1].encode() if script else b"").digest()
    data = json.dumps(story, ensure_ascii=True).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    page = page.replace("SCRIPT-SHA256", base64.b64encode(digest).decode())
    return page.replace("STORY-DATA", data)


def as_markdown(story: Json) -> str:
    session = story["session"]
    about = [f"session `{session['id']}`", session.get("started", "")[:16].replace("T", " ")]
    about += [figures.count(len(story["turns"]), "turn"), cost(session["cost"]) if "cost" in session else ""]
    about += [f"forked from `{origin}`" for origin in session.get("forked_from", [])[:1]]
    parts = [f"# {_one_line(session['title'] or 'Session')}", " · ".join(filter(None, about))]
    for turn in story["turns"]:
        parts += _turn(turn)
    return "\n\n".join(parts) + "\n"


def _turn(turn: Json) -> Iterator[str]:
    yield f"## Turn {turn['turn']}"
    yield "\n".join(f"> {line}".rstrip() for line in clean(turn["prompt"]).split("\n"))
    author = ""
    for item in turn["items"]:
        by = f"{item['lane']} · {item.get('model') or 'unknown model'}" if item["type"] in _WRITTEN else author
        if by != author:
            yield f"**{_one_line(by)}**"
        author = by
        yield from filter(None, [_item(item)])
    if turn.get("returned"):
        yield "*no model answered; the prompt went back to the person*"
    yield _closing(turn)


def _closing(turn: Json) -> str:
    said = [turn.get("reason", "not finished"), figures.duration(turn["ms"]) if "ms" in turn else ""]
    said += [figures.cost(turn["cost_usd"]) if "cost_usd" in turn else "", turn.get("error", "")]
    return f"*{_one_line(' · '.join(filter(None, said)))}*"


_WRITTEN = {"text", "thinking", "tool", "search", "ended_early"}


def _item(item: Json) -> str:
    match item["type"]:
        case "text":
            return clean(item["text"]).strip()
        case "thinking":
            return _folded("thinking", item["text"]) if item["text"].strip() else ""
        case "tool":
            return _tool(item)
        case "search":
            found = "\n".join(f"{source['title']}\n  {source['url']}" for source in item["sources"])
            return _folded(f"searched the web for {item['query']}", found or "no source was named")
        case "context":
            return _folded(f"told to the {item['lane']} lane", item["text"])
        case "switch" | "switch_undone":
            undone = " back" if item["type"] == "switch_undone" else ""
            model = f" ({item['model']})" if item.get("model") else ""
            return f"→{undone} **{item['to']}**{_one_line(model)}: {_one_line(item['reason'])}"
        case "delegation":
            status = item["status"] or "not finished"
            about = f"{item['agent']} · {item['lane']} · {item['model']}: {item['step']} ({status})"
            return _folded(about, item["report"] or "")
    remark = _remark(item)
    return f"*{_one_line(remark)}*" if remark else ""


def _remark(item: Json) -> str:
    match item["type"]:
        case "image":
            return f"image, {item['media_type']}, {figures.size(item['bytes'])}"
        case "replay":
            return f"the history went to the {item['lane']} lane word for word"
        case "clear":
            return "both lanes started anew here"
        case "ended_early":
            return str(item["why"])
        case "notice":
            return str(item["text"])
    return ""


def _tool(item: Json) -> str:
    told = next((str(item["input"][key]) for key in _INPUTS if item["input"].get(key)), "")
    result = item["result"] if item["result"] is not None else "no result"
    failed = " (failed)" if item.get("is_error") else ""
    rest = len(result) - LONGEST_RESULT
    images = "".join(f"\n[image, {each['media_type']}]" for each in item.get("images", ()))
    shown = f"{result[:LONGEST_RESULT]}\n… {rest:,} more characters" if rest > 0 else result
    return _folded(f"{item['name']} {told}{failed}", shown + images)


def _folded(summary: str, text: str) -> str:
    """A part that opens when it is wanted; its text cannot close the fence around it."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    fence = "`" * max(3, longest + 1)
    head = figures.shorten(_one_line(summary), 100).replace("&", "&amp;").replace("<", "&lt;")
    return f"<details><summary>{head}</summary>\n\n{fence}\n{clean(text).strip()}\n{fence}\n\n</details>"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


FORMS: dict[str, Callable[[Json], str]] = {"markdown": as_markdown, "json": as_json, "html": as_html}
