"""The pages of the documentation: their fenced blocks, tables, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)")
_CODE = re.compile(r"`[^`\n]+`")
_CELLS = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """A fenced block. ```` ```sh no-run: installs ```` has the language `sh` and the mark `no-run: installs`."""

    page: str
    line: int
    language: str
    mark: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """What a person reads; the notes on single decisions and the changelog are history."""
    named = ("README.md", "CONTRIBUTING.md", "hooks/README.md", "benchmarks/README.md", "data/lanes/README.md")
    return [*(ROOT / name for name in named), *sorted((ROOT / "docs").glob("*.md"))]


def linked_pages() -> list[Path]:
    return [*pages(), ROOT / "AGENTS.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(path: Path) -> Iterator[Block]:
    content = path.read_text("utf-8")
    for found in FENCE.finditer(content):
        language, _, mark = found["info"].strip().partition(" ")
        line = content.count("\n", 0, found.start()) + 1
        yield Block(path.relative_to(ROOT).as_posix(), line, language, mark.strip(), found["text"])


def all_blocks(*languages: str) -> list[Block]:
    """Of every page; those of some languages, or all."""
    return [block for path in pages() for block in blocks(path) if not languages or block.language in languages]


def prose(path: Path) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def links(path: Path) -> list[str]:
    """Where the page's links and pictures lead, as written."""
    return _LINK.findall(_CODE.sub("", prose(path)))


def anchors(path: Path) -> set[str]:
    """What a link into this page may name behind the #."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def tables(markdown: str) -> Iterator[list[tuple[str, ...]]]:
    """Each table as the cells of its rows, the heading first and the rule left out."""
    for found in re.finditer(r"(?:^\|.*\n)+", markdown + "\n", re.MULTILINE):
        heading, _, *below = found[0].splitlines()
        yield [tuple(cell.strip() for cell in _CELLS.split(line.strip()[1:-1])) for line in (heading, *below)]


def rows(markdown: str, heading: str = "") -> list[tuple[str, ...]]:
    """The rows of all tables, or of those whose first column is headed so."""
    return [row for table in tables(markdown) if heading in {"", table[0][0]} for row in table[1:]]


def codes(cell: str) -> list[str]:
    """What stands between backticks, with the bars of a table as bars."""
    return [code.strip("`").replace("\\|", "|") for code in _CODE.findall(cell)]


def section(markdown: str, heading: str) -> str:
    """From a heading `## …` to the next one of its level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    if found is None:
        raise AssertionError(f"there is no section {heading!r}")
    return found[1]
