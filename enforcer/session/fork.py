"""Begins a session with what another one has said so far; the other one is not touched, and may be open."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enforcer.config.paths import PRIVATE_FILE, PRIVATE_FOLDER, private_folder
from enforcer.session.journal import VERSION, RecordError
from enforcer.session.record import NAME, checked_id
from enforcer.session.resume import HEADER, Lines, read_lines

_BESIDE = ("outputs", "handoffs", "delegations", "images", "pasted")  # what entries of a record point to


def fork(source: Path, id: str, *, root: Path, version: str) -> Path:
    """The folder of the new session. Entries are copied as they stand: who wrote what is in them.

    Raises: what `read_lines` does; RecordError when the copy cannot be written.
    """
    folder = source.parent / checked_id(id)
    lines = read_lines(source / NAME)
    header = _header(source.name, lines) | {"session": id, "root": str(root), "version": version}
    try:
        private_folder(folder).chmod(PRIVATE_FOLDER)
        for name in _BESIDE:
            if (source / name).is_dir():
                shutil.copytree(source / name, folder / name, symlinks=True)
        first = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
        _write(folder / NAME, first.encode() + b"\n" + _said(source / NAME))
    except OSError as error:
        raise RecordError(f"session {source.name} cannot be copied to {folder} ({error.strerror})") from error
    return folder


def _header(source: str, lines: Lines) -> dict[str, Any]:
    """Names the sessions this one comes from, the nearest first, and the last entry that was copied."""
    entries = [entry for _, entry in lines if entry is not None]
    before = next((entry for entry in entries if entry["type"] == HEADER), {})
    last = max((entry["id"] for entry in entries if isinstance(entry.get("id"), int)), default=1)
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {
        "v": VERSION,
        "id": 1,
        "parent": None,
        "ts": stamp,
        "type": HEADER,
        "fork_of": source,
        "forked_at": last,
        "origins": [source, *(origins if isinstance(origins := before.get("origins"), list) else [])],
    }


def _said(record: Path) -> bytes:
    """Every whole line but the header; one that is being written is not there yet."""
    data = record.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    first, _, rest = whole.partition(b"\n")
    return rest if b'"type":"header"' in first else whole


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
