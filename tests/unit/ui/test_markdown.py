from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enforcer.ui.figures import cells
from enforcer.ui.markdown import MarkdownStream, ink

TEXT = (
    "# A title\n\nSome **bold words** and `code`, then *more* of 2 * 3.\n"
    "- first item that is long enough for a second row\n  1. nested\n> quoted\n"
    "```python\ndef f():\n    return '**x**'\n```\n| a | b |\nlast `open and **open"
)


def formatted(text: str, width: int | None = 40, piece: int = 10_000) -> str:
    stream = MarkdownStream(width, lambda part, style: f"<{style}>{part}</>" if style else part)
    out = "".join(stream.feed(text[at : at + piece]) for at in range(0, len(text), piece))
    return out + stream.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("# Title", "<heading>Title</>", id="heading"),
        pytest.param("#hashtag", "#hashtag", id="no heading without a blank"),
        pytest.param("a **b c** d", "a <bold>b</> <bold>c</> d", id="bold"),
        pytest.param("a ** b", "a ** b", id="two stars with blanks are stars"),
        pytest.param("a **b", "a **b", id="bold that never closes is shown as written"),
        pytest.param("use `x * y` now", "use <code>x</> <code>*</> <code>y</> now", id="code"),
        pytest.param("``a`b``", "<code>a`b</>", id="code with a backtick"),
        pytest.param("a `b", "a `b", id="code that never closes is shown as written"),
        pytest.param("- item", "<bullet>• </>item", id="bullet"),
        pytest.param("  3. item", "  <bullet>3. </>item", id="numbered"),
        pytest.param("-5 degrees", "-5 degrees", id="a minus is no bullet"),
        pytest.param("> said", "<quote>│ </><quote>said</>", id="quote"),
        pytest.param("```py\nx = 1\n```", "<fence>```py</>\nx = 1\n<fence>```</>", id="code block"),
        pytest.param("~~~\n```\n~~~", "<fence>~~~</>\n```\n<fence>~~~</>", id="a fence closes with its own marks"),
        pytest.param("``1`1`` b", "<code>1`1</> b", id="a backtick inside two"),
        pytest.param("a ``b` c", "a ``b` c", id="a run of another length closes nothing"),
        pytest.param("```a``` b", "<code>a</> b", id="three backticks on one line are code"),
    ],
)
def test_light_markdown(text: str, shown: str) -> None:
    assert formatted(text) == shown


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 50])
def test_the_cuts_make_no_difference(piece: int) -> None:
    assert formatted(TEXT, piece=piece) == formatted(TEXT)


@settings(max_examples=200, deadline=None)
@example(text="``1`1``", piece=1)
@given(text=st.text(alphabet="ab *`#->|1.~\n", max_size=120), piece=st.integers(min_value=1, max_value=9))
def test_nothing_is_lost_or_doubled(text: str, piece: int) -> None:
    shown = formatted(text, None, piece)
    assert formatted(text, None) == shown
    assert re.sub(r"<\w*>|</>", "", shown).count("a") == text.count("a")


def test_words_wrap_under_the_text_of_their_item() -> None:
    assert formatted("- one two three four", 12) == "<bullet>• </>one two\n  three four"


def test_a_word_longer_than_the_row_is_folded() -> None:
    assert formatted("abcdefghijklmnop", 10) == "abcdefghij\nklmnop"


def test_no_row_is_wider_than_the_terminal() -> None:
    stream = MarkdownStream(20)
    rows = (stream.feed("漢字 and words `with code` **and bold** to wrap " * 5) + stream.finish()).split("\n")
    assert max(cells(row) for row in rows) <= 20


def test_a_table_keeps_its_rows_whole() -> None:
    assert formatted("| a long cell | another long cell |", 12) == "| a long cell | another long cell |"


def test_a_pipe_gets_long_lines_as_they_are() -> None:
    assert formatted("word " * 40, None) == ("word " * 40).rstrip()


def test_words_come_as_soon_as_they_are_complete() -> None:
    stream = MarkdownStream(40)
    assert stream.feed("Hello wor") == "Hello"
    assert stream.feed("ld and") == " world"


def test_a_line_of_code_waits_for_its_end() -> None:
    stream = MarkdownStream(40, highlight=shouting)
    assert stream.feed("```py\nx = ") == "```py\n"
    assert stream.feed("1\n") == "X = 1\n"


def test_a_line_of_code_that_does_not_end_is_not_held_for_ever() -> None:
    stream = MarkdownStream(40)
    assert len(stream.feed("```\n" + "x" * 5_000)) > 5_000


def test_colours_are_closed_behind_every_part() -> None:
    stream = MarkdownStream(40, ink)
    assert stream.feed("**b** ") == "\x1b[1mb\x1b[0m"


def shouting(language: str, line: str) -> Iterator[tuple[str, str]]:
    yield line.upper(), ""
