"""One key of a settings file is changed; everything else stays as the person wrote it."""

from __future__ import annotations

import difflib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from enforcer.config.edit import set_key, unset_key, with_key, without_key
from enforcer.config.nodes import line_of, split_key
from enforcer.config.yaml import Plain, read_text, resolved
from enforcer.core.errors import UsageError

WRITTEN = """\
# my settings
lanes:   # two of them
  creative: {model: anthropic/one}  # the poet
  ask: once      # for now

  # the other one
  analytical:
    model: openai/two
    fallback:
      - anthropic/one
      - openai/three  # cheap

permissions:
  deny: ["Read(./secrets/**)"]
# the end
"""


def diff(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:2] not in {"--", "++", "@@"}]


@pytest.mark.parametrize(
    ("key", "value", "lines"),
    [
        pytest.param("lanes.ask", "never", ["-  ask: once      # for now", "+  ask: never      # for now"], id="word"),
        pytest.param(
            "lanes.creative.model",
            "google/three",
            [
                "-  creative: {model: anthropic/one}  # the poet",
                "+  creative: {model: google/three}  # the poet",
            ],
            id="inside-braces",
        ),
        pytest.param(
            "lanes.creative.effort",
            "high",
            [
                "-  creative: {model: anthropic/one}  # the poet",
                "+  creative: {model: anthropic/one, effort: high}  # the poet",
            ],
            id="new-inside-braces",
        ),
        pytest.param("lanes.default", "creative", ["+  default: creative"], id="new-in-a-section"),
        pytest.param("review", "required", ["+review: required"], id="new-at-the-top"),
        pytest.param(
            "lanes.handoff.tail_turns", 3, ["+  handoff:", "+    tail_turns: 3"], id="new-section-in-a-section"
        ),
        pytest.param(
            "permissions.deny",
            ["Read(./a)", "Bash(rm *)"],
            ['-  deny: ["Read(./secrets/**)"]', '+  deny: ["Read(./a)", "Bash(rm *)"]'],
            id="list",
        ),
        pytest.param(
            "lanes.analytical.fallback",
            ["openai/four"],
            ["-      - anthropic/one", "-      - openai/three  # cheap", "+      - openai/four  # cheap"],
            id="list-with-dashes",
        ),
        pytest.param("lanes.ask_timeout_s", None, ["+  ask_timeout_s: null"], id="null"),
        pytest.param(
            "ui",
            {"vi": True, "keys": {"a b": "c: d"}},
            ["+ui:", "+  vi: true", "+  keys:", '+    "a b": "c: d"'],
            id="map",
        ),
    ],
)
def test_only_the_line_of_the_key_changes(key: str, value: object, lines: list[str]) -> None:
    assert diff(WRITTEN, with_key(WRITTEN, "config.yaml", key, value)) == lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "lanes:\n  ask: never\n", id="empty-file"),
        pytest.param("# nothing yet", "# nothing yet\nlanes:\n  ask: never\n", id="only-a-comment"),
        pytest.param("review: required", "review: required\nlanes:\n  ask: never\n", id="no-last-line-end"),
        pytest.param("lanes:\n  # ask: once\n", "lanes:\n  ask: never\n  # ask: once\n", id="section-commented-out"),
        pytest.param("lanes: {}  # soon\n", "lanes: {ask: never}  # soon\n", id="empty-braces"),
        pytest.param("lanes: null # soon\n", "lanes: # soon\n  ask: never\n", id="null-section"),
        pytest.param("lanes:\n    ask:\n", "lanes:\n    ask: never\n", id="no-value-yet"),
        pytest.param("lanes:\r\n  pin: warn\r\n", "lanes:\r\n  pin: warn\r\n  ask: never\r\n", id="windows-line-ends"),
        pytest.param("lanes: {pin: warn,}\n", "lanes: {pin: warn, ask: never,}\n", id="comma-at-the-end"),
        pytest.param('{"lanes": {"ask": "once"}}', '{\n  "lanes": {\n    "ask": "never"\n  }\n}\n', id="json"),
        pytest.param(
            "model: |\n  a\n\nlanes:\n  pin: warn\n", "model: |\n  a\n\nlanes:\n  pin: warn\n  ask: never\n", id="block"
        ),
        pytest.param('"lanes":\n  "ask": >-\n    once\n# z\n', '"lanes":\n  "ask": never\n# z\n', id="folded"),
    ],
)
def test_a_file_of_any_shape_takes_a_key(before: str, after: str) -> None:
    assert with_key(before, "config.yaml", "lanes.ask", "never") == after


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        pytest.param("lanes.ask", ["-  ask: once      # for now"], id="line"),
        pytest.param(
            "lanes.creative.model", ["-  creative: {model: anthropic/one}  # the poet"], id="last-of-a-section"
        ),
        pytest.param("permissions.deny", ["-permissions:", '-  deny: ["Read(./secrets/**)"]'], id="whole-section"),
        pytest.param(
            "lanes.analytical.fallback",
            ["-    fallback:", "-      - anthropic/one", "-      - openai/three  # cheap"],
            id="block",
        ),
        pytest.param("lanes.pin", [], id="not-there"),
        pytest.param("git.strict", [], id="section-not-there"),
    ],
)
def test_a_key_is_taken_out_with_its_line(key: str, lines: list[str]) -> None:
    assert diff(WRITTEN, without_key(WRITTEN, "config.yaml", key)) == lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("lanes: {ask: once, pin: warn}\n", "lanes: {pin: warn}\n", id="first"),
        pytest.param("lanes: {pin: warn, ask: once}\n", "lanes: {pin: warn}\n", id="last"),
        pytest.param("lanes:\n  # mine\n  ask: once\n", "lanes:\n  # mine\n", id="comment-stays"),
        pytest.param("lanes:\n  ask: once", "", id="nothing-left"),
    ],
)
def test_braces_and_comments_stay_whole_when_a_key_goes(before: str, after: str) -> None:
    assert without_key(before, "config.yaml", "lanes.ask") == after


@pytest.mark.parametrize(
    ("text", "key", "sentence"),
    [
        pytest.param(
            "a: &x {ask: once}\nlanes: *x\n",
            "lanes.ask",
            "config.yaml: lanes.ask cannot be changed without touching what stands around it; do it by hand",
            id="alias",
        ),
        pytest.param(
            "lanes: creative\n",
            "lanes.ask",
            "config.yaml: what lanes.ask belongs to is not a mapping there; change it by hand",
            id="no-mapping",
        ),
        pytest.param(
            "lanes: {}\nlanes: {}\n",
            "lanes.ask",
            "config.yaml:2: the key 'lanes' stands there twice; keep one",
            id="twice",
        ),
        pytest.param(
            "lanes:\n  pin:\twarn\n",
            "lanes.ask",
            "config.yaml: lanes.ask cannot be changed without touching what stands around it; do it by hand",
            id="a tab behind a colon",
        ),
    ],
)
def test_what_cannot_be_changed_safely_is_left_to_the_person(text: str, key: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        with_key(text, "config.yaml", key, "never")
    assert str(refused.value) == sentence


def test_taking_out_what_is_not_there_leaves_even_a_text_with_tabs_alone() -> None:
    assert without_key("lanes:\n  pin:\twarn\n", "config.yaml", "lanes.ask") == "lanes:\n  pin:\twarn\n"


def test_a_link_to_itself_is_named_and_left(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.symlink_to(path)
    with pytest.raises(UsageError) as refused:
        set_key(path, "lanes.ask", "never")
    assert str(refused.value).startswith(f"{path} cannot be written (")
    assert path.is_symlink()


@pytest.mark.parametrize(
    "word", ["on", "yes", "null", "~", "1.10", "2026-01-31", "a: b", "- x", "# y", "", "'", "\x1b[2J\u2028"]
)
def test_text_that_yaml_would_read_as_something_else_is_quoted_conf_006(word: str) -> None:
    text = with_key("", "config.yaml", "outputStyle", word)
    assert resolved(read_text(text, "config.yaml")) == {"outputStyle": word}
    assert all(char.isprintable() or char == "\n" for char in text)


def test_a_word_is_written_as_it_was_typed() -> None:
    assert with_key("", "config.yaml", "model", Plain("1.10")) == "model: 1.10\n"


NAMES = some.sampled_from(["a", "b", "on", "x y", "q:r", "1"])
WORDS = some.one_of(
    some.none(), some.booleans(), some.integers(-99, 99), some.text(max_size=8), some.sampled_from(["a", "on"])
)
VALUES = some.recursive(
    WORDS, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
EDITS = some.lists(some.tuples(some.lists(NAMES, min_size=1, max_size=3).map(".".join), VALUES), min_size=1, max_size=6)


@given(EDITS)
def test_the_file_says_what_was_set_or_stays_as_it_was(edits: list[tuple[str, Any]]) -> None:
    text = "# top\n"
    for key, value in edits:
        before = resolved(read_text(text, "f")) or {}
        text, refused = attempt(text, key, value)
        after = resolved(read_text(text, "f")) or {}
        assert refused or inside(after, key) == value or value in ({}, None)
        assert "is not a mapping there" in refused or not refused  # never for want of a way to write it
        assert {name: item for name, item in after.items() if name != key.split(".")[0]} == {
            name: item for name, item in before.items() if name != key.split(".")[0]
        }
        assert text.startswith("# top\n")


def attempt(text: str, key: str, value: object) -> tuple[str, str]:
    try:
        return with_key(text, "f", key, value), ""
    except UsageError as refused:
        return text, str(refused)


def inside(tree: Any, key: str) -> Any:
    for part in key.split("."):
        tree = tree[part]
    return tree


# The file


def test_a_new_file_is_private_and_so_is_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "config" / "config.yaml"
    set_key(path, "lanes.ask", "never")
    assert path.read_text("utf-8") == "lanes:\n  ask: never\n"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]


def test_a_file_for_everybody_can_be_read_by_everybody(tmp_path: Path) -> None:
    path = tmp_path / ".enforcer" / "config.yaml"
    set_key(path, "lanes.ask", "never", private=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_file_keeps_its_mode_and_a_link_to_it_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.yaml", tmp_path / "config.yaml"
    real.write_text("lanes: {}\n", "utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    set_key(link, "lanes.ask", "never")
    assert link.is_symlink()
    assert (real.read_text("utf-8"), stat.S_IMODE(real.stat().st_mode)) == ("lanes: {ask: never}\n", 0o640)


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    set_key(tmp_path / "config.yaml", "lanes.ask", "never")
    assert [each.name for each in tmp_path.iterdir()] == ["config.yaml"]


def test_keys_set_at_the_same_time_are_all_there_conc_005(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    keys = [f"env.V{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: set_key(path, key, "x"), keys))
    assert set(read_text(path.read_text("utf-8"), "f")["env"]) == {f"V{number}" for number in range(20)}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where a folder should be", "utf-8")
    with pytest.raises(UsageError, match="cannot be"):
        set_key(tmp_path / "config" / "config.yaml", "lanes.ask", "never")


def test_taking_out_tells_whether_there_was_something(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    assert unset_key(path, "lanes.ask") is False
    set_key(path, "lanes.ask", "never")
    assert (unset_key(path, "lanes.ask"), unset_key(path, "lanes.ask")) == (True, False)
    assert path.read_text("utf-8") == ""


# Keys and lines


def test_a_part_with_a_dot_in_it_is_quoted() -> None:
    assert split_key('providers."openai-compatible:a.b".base_url') == ("providers", "openai-compatible:a.b", "base_url")


@pytest.mark.parametrize("key", ["", ".", "lanes.", ".ask", "lanes..ask", 'a"b'])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(UsageError) as refused:
        split_key(key)
    assert str(refused.value) == f"'{key}' is not a key; write it like lanes.creative.model"


def test_the_line_of_a_key_is_known() -> None:
    keys = ("lanes.ask", "lanes.analytical.fallback", "lanes.creative.model", "lanes.pin")
    assert [line_of(WRITTEN, key.split(".")) for key in keys] == [4, 9, 3, None]
