"""Writes the table of keys in docs/configuration.md from the types in enforcer/config/schema.py.

Without arguments it writes; with --check it says whether the table is current. The words of a key are in
enforcer/config/meanings.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from enforcer.config.describe import every_key

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
BEGIN, END = "<!-- keys: written by scripts/make_config_docs.py -->\n", "<!-- end of keys -->\n"


def table() -> str:
    """The keys that act, then the ones that are only accepted."""
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{key.name}` | {key.kind} | {f'`{key.default}`' if key.default else ''} | {key.meaning} |"
        for key in every_key()
        if key.acts
    ]
    lines += ["", "Accepted, and without effect in this version:", "", "| key | type | meaning |", "|---|---|---|"]
    lines += [f"| `{key.name}` | {key.kind} | {key.meaning} |" for key in every_key() if not key.acts]
    return "\n".join([*lines, ""])


def main() -> int:
    text = PAGE.read_text("utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    current = pattern.sub(lambda _: f"{BEGIN}{table()}{END}", text)
    if "--check" in sys.argv[1:]:
        if current != text:
            sys.stderr.write("docs/configuration.md is not current; run: python scripts/make_config_docs.py\n")
        return int(current != text)
    PAGE.write_text(current, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
