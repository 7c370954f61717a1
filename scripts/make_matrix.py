"""Writes tests/e2e/MATRIX.md: one numbered line for each end-to-end test, from its name. --check only compares."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests" / "e2e"
HEAD = "# What is tried end to end\n\nThe command in a real terminal or pipe, against services on 127.0.0.1.\n"


def matrix() -> str:
    lines, number = [HEAD], 0
    for path in sorted(FOLDER.glob("test_*.py")):
        lines.append(f"\n## {path.name}\n\n")
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                number += 1
                lines.append(f"{number}. {node.name.removeprefix('test_').replace('_', ' ')}\n")
    return "".join(lines)


def main() -> int:
    page, wanted = FOLDER / "MATRIX.md", matrix()
    if "--check" not in sys.argv[1:]:
        page.write_text(wanted, "utf-8")
        return 0
    if page.read_text("utf-8") == wanted:
        return 0
    sys.stderr.write("tests/e2e/MATRIX.md is not current; run: python scripts/make_matrix.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
