"""Reading front matter: what is understood, what is mended, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.skills.frontmatter import Front, Unreadable, mapping, parse, read_text

KNOWN = {"name", "description", "metadata"}


def test_front_matter_and_body_are_told_apart() -> None:
    assert parse("---\nname: a\n---\n\n# A\n\n---\nrest\n", KNOWN) == Front({"name": "a"}, "# A\n\n---\nrest")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("on", "on", id="a word YAML takes for a boolean"),
        pytest.param("1e3", "1e3", id="a number"),
        pytest.param("2026-01-01", "2026-01-01", id="a date"),
        pytest.param("!!python/object/apply:os.getcwd []", [], id="CONF-004 a tag builds nothing"),
    ],
)
def test_values_stay_text(text: str, value: object) -> None:
    assert mapping(f"key: {text}") == {"key": value}


def test_an_alias_bomb_is_read_without_being_unfolded() -> None:
    bomb = "a0: &a0 [x, x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))
    assert len(mapping(bomb)) == 40


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: " + "[" * 60_000, id="open brackets"),
        pytest.param("a: " + "[" * 21 + "]" * 21, id="closed brackets"),
        pytest.param("- " * 30_000, id="dashes"),
        pytest.param("? " * 30_000, id="keys"),
    ],
)
def test_endless_nesting_is_refused_before_it_ends_the_process(text: str) -> None:
    with pytest.raises(Unreadable, match=r"^it is nested more than 20 levels deep$"):
        mapping(text)


def test_an_unquoted_colon_is_read_line_by_line_with_a_warning() -> None:
    front = parse("---\nname: a\ndescription: Use when: it rains\n---\nbody", KNOWN)
    assert front.fields == {"name": "a", "description": "Use when: it rains"}
    assert front.warnings == (
        "the front matter is not YAML (line 3: mapping values are not allowed in this context); "
        "quote values that hold a colon",
    )


def test_text_at_the_left_edge_goes_on_with_the_value_before() -> None:
    front = parse("---\ndescription: Use it. For example:\n<example>\nuser: hello: there\n</example>\n---\n", KNOWN)
    assert front.fields == {"description": "Use it. For example:\n<example>\nuser: hello: there\n</example>"}


def test_metadata_and_block_text_survive_the_reading_line_by_line() -> None:
    text = '---\nname: "a"\ndescription: |\n  first: a: b\nmetadata:\n  enforcer-lane: creative\n  x: a: b\n---\n'
    assert parse(text.replace("|\n", ">-\n") + "", KNOWN | {"x"}).fields["metadata"] == {
        "enforcer-lane": "creative",
        "x": "a: b",
    }
    assert parse(text, KNOWN).fields["description"] == "first: a: b"
    assert parse(text, KNOWN).fields["name"] == "a"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "it is empty", id="CONF-008 0 bytes"),
        pytest.param(
            "# A skill\n", "it has no front matter; its first line must be ---", id="CONF-008 no front matter"
        ),
        pytest.param("---\nname: a\n", "its front matter is not closed by a line ---", id="CONF-008 not closed"),
        pytest.param("---\n- a\n- b\n---\n", "it is no list of keys and values", id="CONF-008 a list"),
        pytest.param(
            "---\n{[\n---\n",
            "its front matter is not YAML (line 3: did not find expected node content)",
            id="CONF-008 bad",
        ),
        pytest.param(
            "---\na: " + "x" * 70_000 + "\n---\n", "its front matter is longer than 65536 characters", id="long"
        ),
    ],
)
def test_what_cannot_be_used_says_why(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(text, KNOWN)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"\xef\xbb\xbf---\nname: a\n---\n", "---\nname: a\n---\n", id="byte order mark"),
        pytest.param(b"---\r\nname: a\r\n---\r\n", "---\nname: a\n---\n", id="Windows line ends"),
        pytest.param(b"\xef\xbb\xbf", "", id="CONF-008 only a byte order mark"),
    ],
)
def test_a_file_is_read_without_its_quirks(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "SKILL.md").write_bytes(content)
    assert read_text(tmp_path / "SKILL.md") == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"x" * 2_000_000, "it is 2.0 MB long; at most 1 MB is read", id="CONF-009 2 MB"),
        pytest.param("name: a".encode("utf-16"), "it is not UTF-8 text", id="UTF-16"),
    ],
)
def test_a_file_that_is_no_text_of_a_sane_size_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "SKILL.md").write_bytes(content)
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_text(tmp_path / "SKILL.md")


def test_a_folder_called_like_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "SKILL.md").mkdir()
    with pytest.raises(Unreadable, match=r"^it is not a regular file$"):
        read_text(tmp_path / "SKILL.md")
