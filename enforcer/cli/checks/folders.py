"""Our own folders: may we write there, may nobody else read there, is there room."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from enforcer.cli.checks.scene import Scene
from enforcer.ui.findings import Finding, error, note, ok, warning

LOW_BYTES = 500_000_000
EMPTY_BYTES = 50_000_000
MOST_LOOKED_AT = 20_000
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check(scene: Scene) -> Iterator[Finding]:
    for what, folder in (("settings", scene.paths.config), ("data", scene.paths.data)):
        yield from _folder(what, folder)
    yield from _open_files(scene.paths.data)
    yield from _room(scene.paths.data)


def make_private(scene: Scene) -> int:
    """Take what others may do from our folders, the keys and the data; how many were changed. Links are left alone."""
    inside = (Path(folder, name) for folder, names, files in os.walk(scene.paths.data) for name in (*names, *files))
    ours = (scene.paths.config, scene.paths.credentials, scene.paths.data, *inside)
    opened = [path for path in ours if _mode(path) & OTHERS]
    for path in opened:
        path.chmod(_mode(path) & ~OTHERS)
    return len(opened)


def _folder(what: str, folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        first = next(path for path in folder.parents if path.exists())
        if os.access(first, os.W_OK | os.X_OK):
            yield ok("folder-later", f"{what}: {folder}, made when it is needed")
        else:
            yield error("folder-cannot", f"{what}: {folder} cannot be made below {first}", _elsewhere(what))
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield error("folder-read-only", f"{what}: {folder} cannot be written", _elsewhere(what))
    elif mode & OTHERS:
        text = f"{what}: others may look into {folder} (mode {mode:03o})"
        yield warning("folder-open", text, "enforcer doctor --fix")
    else:
        yield ok("folder", f"{what}: {folder}")


def _elsewhere(what: str) -> str:
    name = "ENFORCER_CONFIG_DIR" if what == "settings" else "ENFORCER_DATA_DIR"
    return f"export {name}=FOLDER, an absolute path you may write to"


def _open_files(data: Path) -> Iterator[Finding]:
    """Records and the ledger hold what was said: nobody else's business."""
    found = [path for path in _files(data) if _mode(path) & OTHERS]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield warning("file-open", f"others may read {found[0]}{more}", "enforcer doctor --fix")


def _files(data: Path) -> Iterator[Path]:
    count = 0
    for folder, _, names in os.walk(data):
        for name in names:
            count += 1
            if count > MOST_LOOKED_AT:
                return
            yield Path(folder, name)


def _mode(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)


def _room(data: Path) -> Iterator[Finding]:
    there = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:.1f} GB free on the disk of {there}"
    if free < EMPTY_BYTES:
        yield error("disk-full", text, "make room; records cannot be kept without")
    elif free < LOW_BYTES:
        yield warning("disk-low", text, "make room soon; enforcer sessions list shows what can go")
    else:
        yield note("disk", text) if free < 2 * LOW_BYTES else ok("disk", text)
