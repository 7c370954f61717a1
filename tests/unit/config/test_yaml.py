"""YAML is read one way: no tags, no duplicates, no guessing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from enforcer.config.yaml import Plain, read_file, read_text, resolved
from enforcer.core.errors import UsageError


def refused(text: str) -> str:
    with pytest.raises(UsageError) as error:
        read_text(text, "f.yaml")
    return str(error.value)


@pytest.mark.parametrize(
    "typed",
    ["no", "on", "yes", "off", "1:20", "1e3", "1.10", "007", "0x1F", "1_000", "2026-01-31", ".inf", "<<", "y", "5"],
)
def test_a_plain_word_stays_what_was_typed_conf_006(typed: str) -> None:
    assert read_text(f"key: {typed}", "f.yaml") == {"key": typed}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("true", True),
        ("False", False),
        ("7", 7),
        ("-7", -7),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("no", "no"),
        ("007", "007"),
        ("1:20", "1:20"),
        ("2026-01-31", "2026-01-31"),
        ("'7'", "7"),
        ("!!str 7", "7"),
        ("~", None),
        ("", None),
        ("null", None),
        ("'null'", "null"),
    ],
)
def test_without_a_schema_a_word_means_what_json_means_conf_006(typed: str, value: object) -> None:
    found = resolved(read_text(f"key: {typed}", "f.yaml"))["key"]
    assert (type(found), found) == (type(value), value)


def test_keys_are_never_anything_but_text() -> None:
    assert read_text("on: 1\nno: 2\n3: 4", "f.yaml") == {"on": "1", "no": "2", "3": "4"}


def test_nothing_in_a_file_is_nothing() -> None:
    assert read_text("# only a comment\n", "f.yaml") is None


def test_an_alias_is_what_it_stands_for() -> None:
    assert read_text("a: &x [1, 2]\nb: *x", "f.yaml")["b"] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            'a: 1\nb: !!python/object/apply:os.system ["touch PWNED"]',
            "f.yaml:2: the tag !!python/object/apply:os.system is not allowed; write a plain value",
            id="CONF-004 python tag",
        ),
        pytest.param(
            "a: 1\nb: 2\na: 3", "f.yaml:3: the key 'a' stands there twice; keep one", id="CONF-005 duplicate key"
        ),
        pytest.param(
            '{"a": 1,\n "a": 2}', "f.yaml:2: the key 'a' stands there twice; keep one", id="CONF-005 duplicate in JSON"
        ),
        pytest.param(
            "a: 1\n b: [",
            "f.yaml:2: this is not valid YAML (mapping values are not allowed in this context); "
            "mend it and start again",
            id="CONF-001 not YAML",
        ),
        pytest.param("a: 1\n---\nb: 2", "f.yaml:2: there is a second document; keep one", id="two documents"),
        pytest.param("? [a]\n: 1", "f.yaml:1: a key must be a word", id="a list as key"),
        pytest.param("a: &x [*x]", "f.yaml:1: *x refers to nothing that is complete before it", id="CONF-007 itself"),
        pytest.param("a: *x", "f.yaml:1: *x refers to nothing that is complete before it", id="unknown alias"),
        pytest.param("[" * 5000, "f.yaml:1: it is nested deeper than 50 levels", id="deep"),
        pytest.param('{"a":' * 60 + "1" + "}" * 60, "f.yaml:1: it is nested deeper than 50 levels", id="deep JSON"),
        pytest.param(
            '{"a": "\\ud800"}',
            "f.yaml:1: this is not valid YAML (found invalid Unicode character escape code); mend it and start again",
            id="half a character in JSON",
        ),
        pytest.param("a: !secret x", "f.yaml:1: the tag !secret is not allowed; write a plain value", id="own tag"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, message: str) -> None:
    assert refused(text) == message


def test_a_control_character_is_refused_in_words() -> None:
    assert refused("a: \x07").startswith("f.yaml: this is not valid YAML (")


def test_an_alias_bomb_is_refused_before_it_grows_conf_007() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10))
    assert refused(f"l0: &l0 lol\n{levels}").endswith("it has more than 50,000 values when its aliases are written out")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('{\n\t"a": 1\n}', {"a": "1"}, id="tabs"),
        pytest.param('{"a": "\\ud83d\\ude00"}', {"a": "😀"}, id="surrogate pair"),
        pytest.param('{"a": "x\\/y"}', {"a": "x/y"}, id="escaped slash"),
        pytest.param('{"a": [true, null, 1.50]}', {"a": [True, None, "1.50"]}, id="values"),
        pytest.param("{a: 1, b: x}", {"a": "1", "b": "x"}, id="YAML's own braces"),
    ],
)
def test_json_pastes_in_unchanged(text: str, value: Any) -> None:
    assert read_text(text, "f.yaml") == value


def test_a_byte_order_mark_is_accepted_conf_016(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_file(tmp_path / "f.yaml") == {"a": "1"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named_for_what_it_is_conf_016(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: 1".encode(encoding))
    with pytest.raises(UsageError) as error:
        read_file(path)
    assert str(error.value) == f"{path} is UTF-16 or UTF-32 text; save it as UTF-8"


def test_bytes_that_are_no_text_are_named_with_their_line_conf_016(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: \xe9")
    with pytest.raises(UsageError) as error:
        read_file(path)
    assert str(error.value) == f"{path}:2: this is not UTF-8 text; save the file as UTF-8"


def test_a_pipe_in_the_place_of_a_file_does_not_keep_us_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.yaml")
    with pytest.raises(UsageError, match="is not a regular file; replace it by one"):
        read_file(tmp_path / "f.yaml")


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()
    with pytest.raises(UsageError, match=r"config\.yaml is not a regular file; replace it by one$"):
        read_file(tmp_path / "config.yaml")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match="has 1,000,001 bytes; at most 1,000,000 are read"):
        read_file(tmp_path / "f.yaml")


def test_a_missing_file_is_for_the_caller_to_judge(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "f.yaml")


def test_only_unquoted_words_are_plain() -> None:
    assert [type(word) for word in read_text("[a, 'a', \"a\"]", "f.yaml")] == [Plain, str, str]
