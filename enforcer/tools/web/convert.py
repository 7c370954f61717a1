"""HTML to markdown: a program of its own, so that a hostile page can cost neither the session nor its memory.

It is run by its path, reads `{"html": …, "url": …}` and writes `{"title": …, "text": …}`.
"""

from __future__ import annotations

import html
import json
import re
import resource
import sys
from contextlib import suppress

from html_to_markdown import ConversionOptions, InlineDataMedia, PreprocessingOptions, convert

CPU_S = 20
MEMORY_BYTES = 2 << 30
_TITLE = re.compile(r"<title[^<>]*>([^<]{1,300})", re.IGNORECASE)


def main() -> None:
    for what, most in ((resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_AS, MEMORY_BYTES)):
        with suppress(ValueError, OSError):  # some systems have no such limit
            resource.setrlimit(what, (most, most))
    given = json.loads(sys.stdin.buffer.read())
    options = ConversionOptions(
        base_url=given["url"],
        extract_metadata=False,
        inline_data_media=InlineDataMedia.ALT_TEXT_ONLY,
        compact_tables=True,
        preprocessing=PreprocessingOptions(remove_navigation=True, remove_forms=False),
    )
    done = convert(given["html"], options)
    title = _TITLE.search(given["html"])
    said = {"title": " ".join(html.unescape(title[1]).split()) if title else "", "text": done.content or ""}
    sys.stdout.buffer.write(json.dumps(said).encode())


if __name__ == "__main__":
    main()
