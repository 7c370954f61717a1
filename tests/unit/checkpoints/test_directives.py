"""Rules in marked blocks: what is one, what it says, and how a file changes around it."""

from __future__ import annotations

import pytest

from enforcer.checkpoints.directives import Directive, Unclosed, added, digest, exchanged, new_id, read

RULE = "Never deploy before the tests pass"
BLOCK = f"<!-- origin: user | id: d-7f3a | added: 2026-11-20 | immutable: true -->\n{RULE}\n<!-- /origin -->"


def test_a_block_is_read_with_its_marks_and_lines() -> None:
    (found,) = read(f"# Deploy\n\n## Directives\n\n{BLOCK}\n")
    assert (found.text, found.id, found.added, found.immutable) == (RULE, "d-7f3a", "2026-11-20", True)
    assert (found.origin, found.first, found.last) == ("user", 5, 7)
    assert found.block() == BLOCK


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{BLOCK}\n```\n",
        f"~~~~\n```\n{BLOCK}\n~~~~\n",
        "Write `<!-- origin: user -->` above it.\n",
        "    nothing\n",
    ],
    ids=["fence", "fence in a fence", "in a line", "none"],
)
def test_an_example_of_a_block_is_none(text: str) -> None:
    assert read(text) == ()


def test_a_rule_may_hold_a_code_block_that_shows_the_marks() -> None:
    body = "Say it like this:\n```\n<!-- /origin -->\n```"
    (found,) = read(f"<!-- origin: user -->\n{body}\n<!-- /origin -->\n")
    assert found.text == body


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"<!-- origin: user -->\n{RULE}\n", "line 1: the block is not closed; add <!-- /origin --> below it"),
        (f"<!-- origin: user -->\n{BLOCK}\n", "line 1: the block is not closed before line 2; add <!-- /origin -->"),
    ],
)
def test_a_block_that_is_not_closed_is_named(text: str, said: str) -> None:
    with pytest.raises(Unclosed) as caught:
        read(text)
    assert str(caught.value) == said


@pytest.mark.parametrize("same", [f"{RULE}\n", f"{RULE}  ", f"\n{RULE}\r\n", f"{RULE}\r"])
def test_line_ends_and_blanks_behind_a_line_change_no_rule(same: str) -> None:
    assert digest(same) == digest(RULE)


def test_two_forms_of_one_letter_are_the_same_rule() -> None:
    assert digest("cafe\u0301") == digest("caf\u00e9")


def test_a_changed_word_is_another_rule() -> None:
    assert digest(RULE) != digest(RULE.replace("Never", "Always"))


def test_an_id_is_as_long_as_it_takes_to_be_the_only_one() -> None:
    short = new_id("deploy", RULE, ())
    assert len(short) == 6
    assert new_id("deploy", RULE, {short}).startswith(short)
    assert len(new_id("deploy", RULE, {short})) == 7
    assert new_id("release", RULE, ()) != short


def test_a_rule_is_added_below_the_others_and_under_its_heading() -> None:
    first = added("# Deploy\n\nText.\n", Directive("One.", "d-1111"))
    both = added(first, Directive("Two.", "d-2222"))
    assert [each.id for each in read(both)] == ["d-1111", "d-2222"]
    assert both.count("## Directives") == 1
    assert both.endswith("<!-- /origin -->\n")


def test_exchanging_and_removing_a_rule_leaves_the_rest_as_it_was() -> None:
    text = f"# Deploy\n\n{BLOCK}\n\nBehind it.\n"
    (old,) = read(text)
    assert exchanged(text, old, Directive("Other.", "d-7f3a")).count("Other.") == 1
    assert exchanged(text, old, None) == "# Deploy\n\nBehind it.\n"
