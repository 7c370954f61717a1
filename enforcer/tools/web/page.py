"""From the bytes of an answer to text: its kind, its characters, and markdown for HTML."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import os
import re
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enforcer.core.errors import ToolError
from enforcer.tools.web.client import Answer
from enforcer.tools.web.state import Page

CONVERTER = Path(__file__).with_name("convert.py")
CONVERT_S = 20.0
AS_SOURCE = "it could not be made markdown; this is its source"
NO_TEXT = "no text was found in it; it may need its scripts"
_MEDIA = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TEXTS = re.compile(
    r"text/.*|.*\+(?:json|xml|yaml)|application/(?:json|xml|javascript|ecmascript|yaml|x-yaml|toml|x-sh|x-ndjson|sql)"
)
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|iso[-_]?8859-\d{1,2}|windows-\d{3,4}|cp\d{3,4}|euc-?(?:jp|kr)|shift[-_]?jis|sjis"
    r"|iso-2022-jp|gb2312|gbk|gb18030|big5|koi8-[ru]|macintosh|tis-620"
)
_LATIN = frozenset({"ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1", "iso_8859-1"})
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_INVISIBLE = re.compile(  # what a person cannot see, a page must not say: controls, bidi, tag characters
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """Something that is no text, kept as a file."""

    path: Path
    kind: str
    size: int


async def page_of(answer: Answer, outputs: Path) -> Page | Saved:
    """Raises: ToolError when it has to be kept and cannot."""
    kind = _kind(answer)
    if kind == "text/html":
        source = decoded(answer.body, answer.content_type, html=True)
        return await _markdown(answer, source)
    if not _TEXTS.fullmatch(kind):
        return Saved(saved(answer.body, outputs, mimetypes.guess_extension(kind) or ".bin"), kind, len(answer.body))
    return Page(answer.address.url, kind, cleaned(decoded(answer.body, answer.content_type)))


def decoded(body: bytes, content_type: str, *, html: bool = False) -> str:
    """By its byte order mark, what the server says, what the page says, UTF-8, or what is left; never fails."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    said = _CHARSET.search(content_type.lower())
    name = said[1] if said else ""
    if not name and html and (meta := _META.search(body[:4096])):
        name = meta[1].decode("ascii").lower()
        name = "utf-8" if name.startswith("utf-16") else name  # what could be read as ASCII is not UTF-16
    if name in _LATIN:
        name = "windows-1252"
    if _ENCODINGS.fullmatch(name):
        with suppress(LookupError):
            return body.decode(name, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")


def cleaned(text: str) -> str:
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def saved(data: bytes, outputs: Path, suffix: str) -> Path:
    """Raises: ToolError."""
    try:
        outputs.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="web-", suffix=suffix, dir=outputs)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        raise ToolError(f"the answer could not be kept in {outputs}: {error.strerror or error}") from error
    return Path(name)


def _kind(answer: Answer) -> str:
    said = answer.content_type.partition(";")[0].strip().lower()
    kind = said if _MEDIA.fullmatch(said) else ""
    start = answer.body[:8192]
    if kind == "application/xhtml+xml" or (kind in {"", "application/octet-stream"} and _HTML.match(start)):
        return "text/html"
    if not kind or _TEXTS.fullmatch(kind):
        wide = start.startswith((b"\xff\xfe", b"\xfe\xff")) or "utf-16" in answer.content_type.lower()
        if b"\0" in start and not wide:
            return "application/octet-stream"
        return kind or "text/plain"
    return kind


async def _markdown(answer: Answer, source: str) -> Page:
    url = answer.address.url
    done = await _converted(source, url)
    if done is None:
        return Page(url, "text/html", cleaned(source), (AS_SOURCE,))
    title, text = cleaned(str(done.get("title", ""))), cleaned(str(done.get("text", "")))
    if not text:
        return Page(url, "text/html", title, (NO_TEXT,))
    heading = f"# {title}\n\n" if title and not text.startswith("# ") else ""
    return Page(url, "text/html", heading + text)


async def _converted(source: str, url: str) -> dict[str, Any] | None:
    """None when the converter gave up; nothing of it is left running."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-X", "utf8", str(CONVERTER)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.defpath},
        start_new_session=True,
    )
    given = json.dumps({"html": source, "url": url}).encode()
    try:
        async with asyncio.timeout(CONVERT_S):
            out, _ = await process.communicate(given)
        done = json.loads(out) if process.returncode == 0 else None
    except (TimeoutError, ValueError):
        return None
    finally:
        await _ended(process)
    return done if isinstance(done, dict) else None


async def _ended(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
