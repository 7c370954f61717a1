from __future__ import annotations

import pytest

from enforcer.tools.diffs import compare

NUMBERS = "".join(f"{number}\n" for number in range(1, 101))


def test_a_change_in_the_middle_is_shown_where_it_stands() -> None:
    diff = compare(NUMBERS, NUMBERS.replace("50\n", "fifty\nand a half\n"))
    assert (diff.added, diff.removed) == (2, 1)
    assert diff.text == "@@ -47,7 +47,8 @@\n 47\n 48\n 49\n-50\n+fifty\n+and a half\n 51\n 52\n 53"


@pytest.mark.parametrize(
    ("old", "new", "added", "removed"),
    [
        pytest.param("", "a\nb\n", 2, 0, id="new file"),
        pytest.param("a\nb\n", "", 0, 2, id="emptied"),
        pytest.param("a\n", "a\n", 0, 0, id="the same"),
        pytest.param("a", "a\n", 0, 0, id="only the last newline"),
        pytest.param("a\r\nb\r\n", "a\r\nc\r\n", 1, 1, id="CRLF"),
        pytest.param("x\nx\nx\n", "x\nx\n", 0, 1, id="repeated lines"),
        pytest.param("a\n-b\n", "a\n--b\n", 1, 1, id="lines that look like a diff"),
    ],
)
def test_lines_are_counted(old: str, new: str, added: int, removed: int) -> None:
    diff = compare(old, new)
    assert (diff.added, diff.removed) == (added, removed)


def test_two_far_changes_are_two_hunks() -> None:
    diff = compare(NUMBERS, NUMBERS.replace("10\n", "ten\n", 1).replace("\n90\n", "\nninety\n"))
    assert [line for line in diff.text.splitlines() if line.startswith("@@")] == [
        "@@ -7,7 +7,7 @@",
        "@@ -87,7 +87,7 @@",
    ]


def test_a_huge_change_is_counted_without_comparing_every_line() -> None:
    diff = compare("a\n" * 3000, "b\n" * 3000)
    assert (diff.added, diff.removed) == (3000, 3000)


def test_a_long_diff_is_cut_for_the_person() -> None:
    diff = compare("", "x" * 100 + "\n" + f"{'y' * 99}\n" * 500)
    assert diff.added == 501
    assert diff.text.endswith("\n(the rest of the diff is left out)")
    assert len(diff.text) < 20_100
