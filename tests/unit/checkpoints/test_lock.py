"""The lock: how every rule stands against what was locked, and that a broken lock is an error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from enforcer.checkpoints.directives import Directive
from enforcer.checkpoints.lock import BadLock, Locked, Source, State, locked, read_lock, standings, written

RULE = Directive("Never deploy before the tests pass", "d-7f3a", added="2026-11-20")
OTHER = Directive("Say it plainly.", "d-1111")
PATH = ".enforcer/skills/deploy/SKILL.md"
LOCKED = locked(Source("deploy", PATH, ()), RULE)


def states(*blocks: Directive, lock: tuple[Locked, ...] = (LOCKED,), path: str = PATH) -> list[State]:
    return [each.state for each in standings(lock, [Source("deploy", path, blocks)])]


def test_a_rule_that_stands_as_it_was_locked_is_ok() -> None:
    assert states(RULE) == [State.OK]


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        pytest.param((replace(RULE, text=f"{RULE.text}\r\n"),), [State.OK], id="CRLF"),
        pytest.param((replace(RULE, text="Always deploy"),), [State.CHANGED], id="changed words, stale lock"),
        pytest.param((), [State.MISSING], id="gone"),
        pytest.param((RULE, OTHER), [State.OK, State.UNLOCKED], id="appended block"),
        pytest.param((OTHER, RULE), [State.UNLOCKED, State.OK], id="prepended block"),
        pytest.param((replace(RULE, immutable=False),), [State.FORGED], id="flag flipped"),
        pytest.param((replace(RULE, id="d-9999"),), [State.FORGED], id="another id"),
        pytest.param((RULE, RULE), [State.OK, State.UNLOCKED], id="twice"),
    ],
)
def test_what_was_done_to_a_rule_is_told(blocks: tuple[Directive, ...], found: list[State]) -> None:
    numbered = [replace(block, first=number) for number, block in enumerate(blocks, 1)]
    assert sorted(states(*numbered)) == sorted(found)


def test_without_a_lock_nothing_is_locked() -> None:
    assert states(RULE, lock=()) == [State.UNLOCKED]


def test_a_rule_in_another_file_has_moved() -> None:
    assert states(RULE, path=".claude/skills/deploy/SKILL.md") == [State.MOVED]


def test_the_model_is_given_the_locked_words() -> None:
    (standing,) = standings([LOCKED], [Source("deploy", PATH, [replace(RULE, text="Always deploy")])])
    assert standing.text == RULE.text


def test_a_lock_is_read_as_it_was_written_and_sorted(tmp_path: Path) -> None:
    second = locked(Source("deploy", PATH, ()), OTHER)
    file = tmp_path / "directives.lock"
    file.write_text(written([LOCKED, second]), "utf-8")
    assert read_lock(file) == (second, LOCKED)
    assert written(read_lock(file)) == file.read_text("utf-8")


def test_no_lock_is_an_empty_one(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "directives.lock") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1: this is no entry of the lock; take the file back from git"),
        ('{"id": "d-7f3a"}', "line 1: this is no entry of the lock; take the file back from git"),
        (
            written([LOCKED]).replace("Never deploy", "Always deploy"),
            "line 1: the words of d-7f3a do not fit their hash; take it back from git",
        ),
    ],
)
def test_a_broken_lock_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "directives.lock"
    file.write_text(text, "utf-8")
    with pytest.raises(BadLock) as caught:
        read_lock(file)
    assert str(caught.value) == f"{file}, {said}"
