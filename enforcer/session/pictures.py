"""Images beside the record: a line names the file, so that a session with pictures is read as fast as one without."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from enforcer.config.paths import PRIVATE_FILE, private_folder

FOLDER = "images"
PASTED = "pasted"
SMALL = 2_000  # characters of base64; less stays in its line


def put_aside(session: Path, image: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of an image without its data, which is in a file named by its hash; where that fails it stays."""
    plain = dict(image)
    if len(str(plain.get("data", ""))) < SMALL:
        return plain
    try:
        data = base64.b64decode(plain["data"], validate=True)
        name = f"{hashlib.sha256(data).hexdigest()[:32]}.{_ending(str(plain['media_type']))}"
        write(private_folder(session / FOLDER) / name, data)
    except (binascii.Error, OSError):
        return plain
    return {**plain, "data": "", "file": name}


def pasted(session: Path) -> Path:
    """Where images from the clipboard are put; it need not be there yet."""
    return session / PASTED


def paste(session: Path, data: bytes) -> str:
    """The name of a new file of the session; a prompt mentions it by that."""
    folder = private_folder(pasted(session))
    number = sum(1 for _ in folder.iterdir()) + 1
    name = f"pasted-{number}.png"
    write(folder / name, data)
    return name


def write(path: Path, data: bytes) -> None:
    """Private from its first byte. The name is the content's hash, so a file that is there already is the same."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE), "wb") as file:
        file.write(data)
    fresh.replace(path)


def brought_back(session: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the record with the images of its messages."""
    match entry:
        case {"type": "message_added", "message": {"parts": list()} as message}:
            return {**entry, "message": _message(session, message)}
        case {"type": "history_replayed", "messages": list(messages)}:
            return {**entry, "messages": [_message(session, each) for each in messages if isinstance(each, dict)]}
    return dict(entry)


def _message(session: Path, message: Mapping[str, Any]) -> dict[str, Any]:
    parts = message.get("parts")
    return {**message, "parts": [_part(session, part) for part in parts]} if isinstance(parts, list) else {**message}


def _part(session: Path, part: Any) -> Any:
    match part:
        case {"type": "image", "file": str(name)}:
            return _read(session, part, name)
        case {"type": "tool_result", "images": list(images), "content": str(content)}:
            shown = [_part(session, image) for image in images if isinstance(image, dict)]
            lost = [str(image["text"]) for image in shown if image.get("type") == "text"]
            kept = [image for image in shown if image.get("type") == "image"]
            return {**part, "images": kept, "content": "\n".join([content, *lost])}
    return part


def _read(session: Path, image: Mapping[str, Any], name: str) -> dict[str, Any]:
    try:
        data = (session / FOLDER / Path(name).name).read_bytes()
    except (OSError, ValueError):  # a name with a zero byte
        return {"type": "text", "text": f"[image {image.get('media_type')} is no longer in the session's folder]"}
    return {**image, "data": base64.b64encode(data).decode("ascii")}


def _ending(media_type: str) -> str:
    kind = media_type.rpartition("/")[2]
    return kind if kind.isalnum() else "bin"
