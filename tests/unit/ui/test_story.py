from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from enforcer.core.errors import UsageError
from enforcer.ui.story import as_html, as_json, as_markdown, cost, form_of, save

BY = {"lane": "creative", "model": "p/poet"}
SUMS = {"known_usd": 0.25, "requests": 3, "unknown_requests": 0}
SESSION = {"id": "s1", "title": "kettle", "started": "2026-11-20T10:00:00.000+00:00", "cost": SUMS}


def story(*items: dict[str, Any], prompt: str = "fix it", **turn: Any) -> dict[str, Any]:
    told = {"turn": 1, "started": "", "prompt": prompt, "items": list(items), "reason": "end", "ms": 4100, **turn}
    return {"session": SESSION, "turns": [told]}


def test_markdown_reads_like_the_conversation() -> None:
    tool = {"type": "tool", **BY, "name": "Bash", "input": {"command": "make"}, "result": "done", "is_error": False}
    text = {"type": "text", **BY, "text": "**Rain** taps."}
    assert as_markdown(story(tool, text, cost_usd=None)) == (
        "# kettle\n\nsession `s1` · 2026-11-20 10:00 · 1 turn · $0.25\n\n## Turn 1\n\n> fix it\n\n"
        "**creative · p/poet**\n\n<details><summary>Bash make</summary>\n\n```\ndone\n```\n\n</details>\n\n"
        "**Rain** taps.\n\n*end · 4.1s · cost unknown*\n"
    )


def test_a_result_cannot_close_the_fence_around_it_or_steer_a_terminal_term_001() -> None:
    text = as_markdown(story({"type": "tool", **BY, "name": "Bash", "input": {}, "result": "a\n````\n\x1b[2Jb"}))
    assert "`````\na\n````\n␛[2Jb\n`````" in text


def test_a_long_result_is_cut_and_says_so() -> None:
    result = "x" * 5_000
    text = as_markdown(story({"type": "tool", **BY, "name": "Read", "input": {}, "result": result}))
    assert "… 3,000 more characters" in text
    assert result in as_json(story({"type": "tool", **BY, "name": "Read", "input": {}, "result": result}))


@pytest.mark.parametrize(
    ("requests", "unknown", "known", "said"),
    [(0, 0, 0, "no request"), (2, 2, 0, "cost unknown"), (2, 1, 0.5, "at least $0.50"), (2, 0, 0, "$0.00")],
)
def test_what_is_unknown_is_never_nothing(requests: int, unknown: int, known: float, said: str) -> None:
    assert cost({"requests": requests, "unknown_requests": unknown, "known_usd": known}) == said


# The page


class Page(HTMLParser):
    """What a browser would load and run of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.scripts: list[tuple[str, str]] = []
        self.policy = ""
        self._kind: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.loads += [name for name in ("src", "href", "action", "data") if name in told]
        if tag == "meta" and told.get("http-equiv") == "Content-Security-Policy":
            self.policy = told["content"] or ""
        self._kind = (told.get("type") or "code") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._kind:
            self.scripts.append((self._kind, data))

    def handle_endtag(self, tag: str) -> None:
        self._kind = None


EVIL = {"type": "text", **BY, "text": "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--"}


def test_the_page_carries_its_data_and_nothing_in_it_can_run() -> None:
    told = story(EVIL, prompt="</script> STORY-DATA <b>")
    page = Page(as_html(told))
    (kind, data), (code, _) = page.scripts
    assert (kind, json.loads(data), code) == ("application/json", told, "code")


def test_the_page_loads_nothing_and_allows_its_own_script_only() -> None:
    page = Page(as_html(story(EVIL)))
    digest = base64.b64encode(hashlib.sha256(page.scripts[1][1].encode()).digest()).decode()
    assert page.loads == []
    assert page.policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in page.policy
    assert re.findall(r"https?://|//cdn|@import|url\(", as_html(story())) == []


def test_the_page_never_takes_text_for_markup() -> None:
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", as_html(story())) == []


# Files


def test_a_file_is_private_and_never_written_over_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    save("one", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageError) as refused:
        save("two", path)
    assert str(refused.value) == f"{path} exists; give another name, or --force to write over it"
    save("two", path, force=True)
    assert path.read_text("utf-8") == "two"


def test_the_name_says_the_form() -> None:
    assert [form_of(Path(name)) for name in ("a.md", "a.JSON", "a.html")] == ["markdown", "json", "html"]
    with pytest.raises(UsageError) as refused:
        form_of(Path("a.txt"))
    assert str(refused.value) == "a.txt: the name says no form; end it with .md, .json or .html"
