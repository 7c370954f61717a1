"""Finding a session again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.events import PromptSubmitted
from enforcer.session.record import InUse, Record
from enforcer.session.store import Store
from tests.unit.session.conftest import CREATIVE, POET, Desk, turn


def session(desk: Desk, id: str, prompt: str, minute: int = 0, root: Path | None = None) -> Path:
    record = Record.create(desk.paths, root or desk.root, id)
    for event in turn(1, prompt, "answer") if prompt else []:
        record.write(event)
    record.close()
    os.utime(record.path, (1_800_000_000 + minute * 60,) * 2)
    return record.folder


@pytest.fixture
def store(desk: Desk) -> Store:
    return Store(desk.paths)


def test_ids_are_short_and_sort_by_time(store: Store) -> None:
    ids = [store.new_id() for _ in range(200)]
    assert all(re.fullmatch(r"[0-9a-z]{10}", id) for id in ids)
    assert [id[:8] for id in ids] == sorted(id[:8] for id in ids)


def test_sessions_are_listed_with_what_tells_them_apart(desk: Desk, store: Store) -> None:
    desk.written(*turn(1, "fix  the\nkettle", "done"), *turn(2, "a haiku", "rain", CREATIVE, POET))
    os.utime(desk.transcript, (1_800_000_000,) * 2)
    (info,) = store.list(desk.root)
    assert (info.id, info.root, info.folder, info.title) == ("s1", desk.root, desk.folder, "fix the kettle")
    assert (info.turns, info.lanes) == (2, ("analytical", "creative"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", info.started)
    assert info.updated.startswith("2027-01-1")


def test_the_newest_comes_first(desk: Desk, store: Store) -> None:
    session(desk, "a", "one", minute=1)
    session(desk, "b", "two", minute=3)
    session(desk, "c", "three", minute=2)
    assert [info.id for info in store.list(desk.root)] == ["b", "c", "a"]
    assert [info.id for info in store.list(desk.root, most=2)] == ["b", "c"]
    latest = store.latest(desk.root)
    assert latest is not None
    assert latest.id == "b"


def test_a_long_prompt_is_clipped(desk: Desk, store: Store) -> None:
    session(desk, "a", "x" * 100_000)
    assert store.list()[0].title == "x" * 59 + "…"


def test_sessions_in_which_nothing_was_said_are_not_listed_crash_012(desk: Desk, store: Store) -> None:
    session(desk, "a", "")
    (session(desk, "b", "x") / "transcript.jsonl").write_bytes(b"")
    assert (store.list(), store.latest(desk.root)) == ((), None)


def test_broken_lines_do_not_hide_a_session_crash_004(desk: Desk, store: Store) -> None:
    path = session(desk, "a", "hello") / "transcript.jsonl"
    path.write_bytes(path.read_bytes() + b'{"type":"turn_finished" torn')
    assert [(info.title, info.turns) for info in store.list()] == [("hello", 1)]


def test_each_project_has_its_own_sessions(desk: Desk, store: Store, tmp_path: Path) -> None:
    session(desk, "a", "here")
    session(desk, "b", "there", root=tmp_path / "other")
    assert [info.id for info in store.list(desk.root)] == ["a"]
    assert sorted(info.id for info in store.list()) == ["a", "b"]
    assert store.folder(tmp_path / "other", "b").is_dir()


def test_without_any_data_there_is_no_session(desk: Desk, store: Store, tmp_path: Path) -> None:
    assert store.list(tmp_path / "nowhere") == ()


@pytest.mark.parametrize("typed", ["abc1", "abc", "ab"])
def test_a_session_is_found_by_its_beginning_in_any_project(
    desk: Desk, store: Store, tmp_path: Path, typed: str
) -> None:
    session(desk, "abc1", "one", root=tmp_path / "other")
    session(desk, "xyz2", "two")
    assert store.find(typed).id == "abc1"


def test_a_whole_id_wins_over_a_longer_one(desk: Desk, store: Store) -> None:
    session(desk, "abc", "one")
    session(desk, "abcd", "two")
    assert store.find("abc").title == "one"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("zzz", "no session begins with 'zzz'; list those of this project with: enforcer -r"),
        ("", "no session begins with ''; list those of this project with: enforcer -r"),
        ("*", "no session begins with '*'; list those of this project with: enforcer -r"),
        ("../", "no session begins with '../'; list those of this project with: enforcer -r"),
        ("ab", "2 sessions begin with 'ab' (abc1, abd2); give more of the id"),
        ("quiet", "nothing was said in session quiet; start a new one with: enforcer"),
    ],
)
def test_what_cannot_be_found_is_said_in_one_sentence(desk: Desk, store: Store, typed: str, message: str) -> None:
    session(desk, "abc1", "one")
    session(desk, "abd2", "two")
    session(desk, "quiet", "")
    with pytest.raises(UsageError) as refused:
        store.find(typed)
    assert str(refused.value) == message


def test_an_id_of_somebody_s_own_must_be_a_name(desk: Desk, store: Store) -> None:
    with pytest.raises(UsageError) as refused:
        store.folder(desk.root, "../x")
    assert str(refused.value) == ("'../x' cannot be the id of a session; use letters, digits and - only, at most 64")


def test_open_sessions_of_a_project_are_known_conc_002(desk: Desk, store: Store) -> None:
    session(desk, "a", "one")
    assert store.live(desk.root) == ("s1",)
    desk.record.close()
    assert store.live(desk.root) == ()


def test_old_sessions_are_removed_but_never_one_that_is_open_conc_008(desk: Desk, store: Store) -> None:
    old = session(desk, "old", "one")
    new = session(desk, "new", "two")
    desk.write(PromptSubmitted(1, "idle for a month"))
    for folder in (old, desk.folder):
        os.utime(folder / "transcript.jsonl", (1_600_000_000,) * 2)
    assert store.remove_older(30) == ("old",)
    assert (old.exists(), new.exists(), desk.folder.exists()) == (False, True, True)


def test_a_session_that_is_open_is_never_removed_conc_008(desk: Desk, store: Store) -> None:
    desk.write(*turn(1, "one", "1"))
    with pytest.raises(InUse, match="session s1 is open in another terminal"):
        store.remove(store.find("s1"))
    assert desk.transcript.exists()


def test_a_session_is_removed_with_all_that_belongs_to_it(desk: Desk, store: Store) -> None:
    (desk.record.outputs / "1.txt").write_text("long", encoding="utf-8")
    desk.written(*turn(1, "one", "1"))
    store.remove(store.find("s1"))
    assert (desk.folder.exists(), list(desk.folder.parent.iterdir())) == (False, [])


def test_what_an_interrupted_removal_left_is_no_session_and_goes_with_the_next(desk: Desk, store: Store) -> None:
    left = session(desk, "old", "one")
    left.rename(left.with_name(".gone-old"))
    assert store.list() == ()
    store.remove_older(30)
    assert not left.with_name(".gone-old").exists()


def test_at_most_so_many_old_sessions_go_at_once_the_oldest_first(desk: Desk, store: Store) -> None:
    for number, id in enumerate(("b", "a", "c")):
        os.utime(session(desk, id, "one") / "transcript.jsonl", (1_600_000_000 + number,) * 2)
    assert store.remove_older(30, most=2) == ("b", "a")


def test_a_record_that_cannot_be_opened_does_not_stop_the_others_from_going(desk: Desk, store: Store) -> None:
    old, link = session(desk, "old", "one"), session(desk, "link", "one") / "transcript.jsonl"
    os.utime(old / "transcript.jsonl", (1_600_000_000,) * 2)
    os.utime(link, (1_600_000_000,) * 2)
    link.rename(link.with_name("elsewhere"))
    link.symlink_to(link.with_name("elsewhere"))
    assert store.remove_older(30) == ("old",)


def test_sessions_in_which_nothing_was_said_are_found_when_they_are_wanted(desk: Desk, store: Store) -> None:
    session(desk, "quiet", "")
    assert store.find("qui", silent=True).id == "quiet"
