from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from enforcer.core.errors import ToolError
from enforcer.tools.text import decode, encode, like, substitute


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        pytest.param("a\nb\nc\n", "b", "B", "a\nB\nc\n", id="one line"),
        pytest.param("a\nb\nc\n", "a\nb\n", "", "c\n", id="lines taken out"),
        pytest.param("a\nb", "b", "c", "a\nc", id="EDIT-011"),
        pytest.param("a.b (c)\n", "a.b (c)", "x", "x\n", id="no regular expression"),
        pytest.param("a\nb\n", "b", "\\1\\g<0>", "a\n\\1\\g<0>\n", id="no group references"),
        pytest.param("a\r\nb\r\nc\r\n", "b", "B", "a\r\nB\r\nc\r\n", id="EDIT-002"),
        pytest.param("a\r\nb\r\nc\r\n", "a\nb", "a\nx\ny", "a\r\nx\r\ny\r\nc\r\n", id="EDIT-002 new lines"),
        pytest.param("a\r\nb\r\n", "b", "x\ny", "a\r\nx\r\ny\r\n", id="EDIT-002 inside one line"),
        pytest.param("a\r\nb\nc\r\nd\n", "b\nc\n", "b\nX\n", "a\r\nb\nX\nd\n", id="mixed ends, the kept line stays"),
        pytest.param("a\r\nb\nc\n", "a\nb\nc", "a\nB\nc", "a\r\nB\nc\n", id="mixed ends, the first line stays"),
        pytest.param("\ufeffa\nb\n", "a", "x", "\ufeffx\nb\n", id="EDIT-003"),
        pytest.param("a\x0bb\u2028c\n", "c", "d", "a\x0bb\u2028d\n", id="only \\n ends a line"),
    ],
)
def test_one_passage_is_exchanged_and_nothing_else(text: str, old: str, new: str, expected: str) -> None:
    assert substitute(text, old, new, replace_all=False).text == expected


def test_all_places_are_exchanged_on_request() -> None:
    done = substitute("x = 1\ny = x\n", "x", "z", replace_all=True)
    assert (done.text, done.count, done.line) == ("z = 1\ny = z\n", 2, 1)


def test_the_line_of_the_change_is_known() -> None:
    assert substitute("a\nb\nc\n", "c", "d", replace_all=False).line == 3


@pytest.mark.parametrize(
    ("text", "old", "said"),
    [
        pytest.param(
            "a\nx\nb\nx\n",
            "x",
            "old_string occurs 2 times (lines 2, 4): add the lines around the one you mean, or set replace_all",
            id="EDIT-008",
        ),
        pytest.param(
            "}\n}\n}\n",
            "}\n}",
            "old_string occurs 2 times (lines 1, 2): add the lines around the one you mean, or set replace_all",
            id="places that overlap",
        ),
        pytest.param(
            "def f():\n    return 1\n",
            "     1\tdef f():",
            "old_string carries the line numbers that Read prints; send it without them",
            id="line numbers",
        ),
        pytest.param(
            "def f():\n\treturn 1\n",
            "def f():\n    return 1",
            "old_string differs in spaces or indentation from line 1; Read there and copy it exactly",
            id="indentation",
        ),
        pytest.param(
            "a\n", "zzz", "old_string was not found; Read the file again and copy the text exactly", id="not there"
        ),
        pytest.param(
            "a\n", " \n ", "old_string was not found; Read the file again and copy the text exactly", id="only space"
        ),
    ],
)
def test_what_cannot_be_exchanged_says_what_to_do(text: str, old: str, said: str) -> None:
    with pytest.raises(ToolError) as error:
        substitute(text, old, "new", replace_all=False)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param("café".encode("latin-1"), "is not UTF-8 (byte 3)", id="EDIT-004"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "is binary", id="EDIT-005"),
        pytest.param("hi".encode("utf-16"), "is binary", id="UTF-16"),
    ],
)
def test_what_could_not_be_written_back_byte_for_byte_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ToolError) as error:
        decode(data, Path("/f"))
    assert said in str(error.value)


def test_decoding_and_encoding_change_no_byte() -> None:
    data = "\ufeffa\r\nb\nc\rd\x85e 🎈".encode()
    assert encode(decode(data, Path("/f"))) == data


def test_half_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(ToolError, match="half of a surrogate pair"):
        encode("\ud800")


@pytest.mark.parametrize(
    ("content", "old", "expected"),
    [
        pytest.param("x\ny\n", "a\r\nb\r\n", "x\r\ny\r\n", id="CRLF kept"),
        pytest.param("x\ny\n", "a\r\nb\n", "x\ny\n", id="mixed is not forced"),
        pytest.param("x\r\ny\n", "a\r\n", "x\r\ny\n", id="ends the model chose"),
        pytest.param("x\n", "\ufeffa\n", "\ufeffx\n", id="byte order mark kept"),
        pytest.param("\ufeffx\n", "\ufeffa\n", "\ufeffx\n", id="byte order mark not doubled"),
        pytest.param("x\n", "a\n", "x\n", id="plain"),
    ],
)
def test_a_rewritten_file_keeps_its_form(content: str, old: str, expected: str) -> None:
    assert like(content, old) == expected


LINES = st.lists(st.tuples(st.text("ab \t\ufeffé", max_size=4), st.sampled_from(["\n", "\r\n"])), max_size=8)


@given(before=LINES, middle=st.text("xyz", min_size=1, max_size=6), after=LINES, new=st.text("AB\n", max_size=6))
def test_no_byte_outside_the_passage_ever_changes(
    before: list[tuple[str, str]], middle: str, after: list[tuple[str, str]], new: str
) -> None:
    head = "".join(text + end for text, end in before)
    tail = "".join(end + text for text, end in after)
    done = substitute(head + middle + tail, middle, new, replace_all=False)
    assert done.text.startswith(head)
    assert done.text.endswith(tail)
    assert done.text[len(head) : len(done.text) - len(tail)].replace("\r\n", "\n") == new


@given(text=st.text("ab\n", max_size=30), old=st.text("ab\n", min_size=1, max_size=3), new=st.text("ab\n", max_size=3))
def test_replacing_all_is_what_it_is_for_any_text_without_crlf(text: str, old: str, new: str) -> None:
    assume(old in text)
    assert substitute(text, old, new, replace_all=True).text == text.replace(old, new)
