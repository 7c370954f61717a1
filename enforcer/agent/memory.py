"""Standing instructions of people: AGENTS.md or CLAUDE.md from the user's folder down to the working folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 100_000  # of one file; larger ones are cut and named
MAX_DEPTH = 5  # of imports
_IMPORT = re.compile(r"^(?:[-*]\s+)?@(?P<path>[^\s`]+)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Memory:
    """`text` is ready for the system prompt; `files` were read, `notices` say what was not and why."""

    text: str
    files: tuple[Path, ...]
    notices: tuple[str, ...]


def read_memory(
    cwd: Path,
    root: Path,
    names: Sequence[str],
    *,
    user: Path | None = None,
    imports: bool = True,
    outside: bool = False,
    denied: Callable[[Path], bool] = lambda path: False,
) -> Memory:
    """Farthest first, so that the nearest has the last word; in one folder the first of `names` found is taken.

    `@path` on a line of its own is replaced by that file. A path outside the project is only followed when
    `outside` is true (the folder is trusted); a cycle or a missing file is named and left as it was written.
    """
    reader = _Reader(root.resolve(), imports=imports, outside=outside, denied=denied)
    mine = _files(user, user, names) if user else ()
    sections = [reader.section(path, own=True) for path in mine]
    sections += [reader.section(path) for path in _files(cwd, root, names)]
    return Memory("\n\n".join(filter(None, sections)), tuple(reader.files), tuple(reader.notices))


def _files(cwd: Path, root: Path, names: Sequence[str]) -> Iterable[Path]:
    inside = [folder for folder in (cwd, *cwd.parents) if folder == root or root in folder.parents]
    for folder in reversed(inside):
        found = next((folder / name for name in names if (folder / name).is_file()), None)
        if found:
            yield found


class _Reader:
    def __init__(self, root: Path, *, imports: bool, outside: bool, denied: Callable[[Path], bool]) -> None:
        self._denied = denied
        self._root = root
        self._imports = imports
        self._outside = outside
        self.files: list[Path] = []
        self.notices: list[str] = []

    def section(self, path: Path, *, own: bool = False) -> str:
        """`own`: the person's file, wherever it lies. One of the project may be a link that leads elsewhere."""
        problem = "" if own else self._problem(path.resolve(), ())
        if problem:
            self.notices.append(f"{path.name} {problem}")
            return ""
        text = self._read(path)
        return f"## {self._shown(path)}\n{self._expand(text, path, (path.resolve(),)).strip()}" if text.strip() else ""

    def _expand(self, text: str, origin: Path, chain: tuple[Path, ...]) -> str:
        if not self._imports:
            return text
        pieces = _FENCE.split(text)  # odd pieces are the fences: text between two of them is code
        outside_code = True
        for index, piece in enumerate(pieces):
            if index % 2:
                outside_code = not outside_code
            elif outside_code:
                pieces[index] = _IMPORT.sub(lambda match: self._import(match, origin, chain), piece)
        return "".join(pieces)

    def _import(self, match: re.Match[str], origin: Path, chain: tuple[Path, ...]) -> str:
        written = match["path"]
        target = (origin.parent / Path(written).expanduser()).resolve()
        problem = self._problem(target, chain)
        if problem:
            self.notices.append(f"{self._shown(origin)}: @{written} {problem}")
            return match[0]
        return self._expand(self._read(target), target, (*chain, target))

    def _problem(self, target: Path, chain: tuple[Path, ...]) -> str:
        if target in chain:
            return "imports itself; left out"
        if len(chain) >= MAX_DEPTH:
            return f"is more than {MAX_DEPTH} imports deep; left out"
        if not self._outside and target != self._root and self._root not in target.parents:
            return "lies outside the project; left out"
        if self._denied(target):
            return "may not be read; left out"
        return "" if target.is_file() else "is not a file; left out"

    def _read(self, path: Path) -> str:
        try:
            data = path.read_bytes()
        except OSError as error:
            self.notices.append(f"{self._shown(path)} cannot be read ({error.strerror}); left out")
            return ""
        if len(data) > MAX_BYTES:
            self.notices.append(f"{self._shown(path)} is {len(data):,} bytes; only the first {MAX_BYTES:,} are used")
        self.files.append(path)
        return data[:MAX_BYTES].decode("utf-8-sig", errors="replace").replace("\r\n", "\n")

    def _shown(self, path: Path) -> str:
        try:
            return str(path.resolve().relative_to(self._root))
        except ValueError:
            return str(path)
