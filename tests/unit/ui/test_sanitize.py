from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcer.ui.sanitize import Sanitizer, clean, line

STEERING = st.sampled_from(
    ["\x1b", "\x1b[", "\x1b]52;c;", "\x07", "\x9b2J", "\x1b\\", "\r", "\n", "\r\n", "\x08", "\x7f", "\x00", "m", "31"]
)
HIDDEN = st.sampled_from(
    ["\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "\ud83d", "\ude00", "\u00ad", "é", "漢"]
)
FOREIGN = st.lists(STEERING | HIDDEN | st.text(max_size=4), max_size=30).map("".join)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain text, näher, 漢字, 😀", "plain text, näher, 漢字, 😀", id="ordinary text stays"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and newline stay"),
        pytest.param("a\r\nb", "a\nb", id="a Windows line end is a line end"),
        pytest.param("a\x1b[2Jb", "a␛[2Jb", id="TERM-001 clear screen"),
        pytest.param("a\x1b]52;c;ZXZpbA==\x07b", "a␛]52;c;ZXZpbA==␇b", id="TERM-002 clipboard"),
        pytest.param("a\x1b]0;evil\x07b", "a␛]0;evil␇b", id="TERM-003 window title"),
        pytest.param("\x1b[?1049h", "␛[?1049h", id="TERM-004 alternate screen"),
        pytest.param("\x1b[c", "␛[c", id="TERM-005 device query"),
        pytest.param("a\x9b2Jb", "a<U+009B>2Jb", id="TERM-006 eight-bit CSI"),
        pytest.param("safe\rrm -rf x", "safe␍rm -rf x", id="TERM-007 carriage return"),
        pytest.param("abc\x1b[", "abc␛[", id="TERM-013 dangling introducer"),
        pytest.param("a\x08\x7f\x00", "a␈␡␀", id="backspace, delete, nul"),
        pytest.param("a\u202eb\u2066c", "a<U+202E>b<U+2066>c", id="bidi"),
        pytest.param("pay\u200bpal\ufeff", "pay<U+200B>pal<U+FEFF>", id="zero width"),
        pytest.param("x\U000e0049y", "x<U+E0049>y", id="tag characters"),
        pytest.param("x\ud800y", "x<U+D800>y", id="half a character"),
        pytest.param("\ud83d\ude00", "😀", id="two halves are one"),
    ],
)
def test_what_could_steer_or_hide_is_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


@settings(max_examples=400, deadline=None)
@given(text=FOREIGN, cuts=st.lists(st.integers(min_value=1, max_value=5), max_size=40))
def test_no_control_survives_and_the_cuts_make_no_difference(text: str, cuts: list[int]) -> None:
    sanitizer, at, out = Sanitizer(), 0, ""
    for width in [*cuts, len(text) + 1]:
        out += sanitizer.feed(text[at : at + width])
        at += width
    out += sanitizer.finish()
    assert CONTROL.search(out) is None
    assert {c for c in out if unicodedata.category(c) == "Cf"} <= {c for c in text if c in ARABIC_SIGNS}
    assert out == clean(text)


ARABIC_SIGNS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\U000110bd\U000110cd" + "".join(
    chr(code) for code in range(0x13430, 0x13440)
)  # format characters that are drawn


def test_text_behind_a_dangling_introducer_is_not_eaten() -> None:
    sanitizer = Sanitizer()
    assert sanitizer.feed("abc\x1b[") == "abc␛["
    assert sanitizer.feed("next line") == "next line"


def test_a_carriage_return_waits_for_what_follows_it() -> None:
    sanitizer = Sanitizer()
    assert sanitizer.feed("one\r") == "one"
    assert sanitizer.feed("\ntwo\r") == "\ntwo"
    assert sanitizer.finish() == "␍"


def test_a_one_line_text_has_no_line_ends() -> None:
    assert line("Edit a\nb\tc\x1b") == "Edit a␊b c␛"
