from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.permissions.trust import Difference, Power, Trust, TrustStore

HOOK = Power("hook", "SessionStart: touch PWNED")
CHANGED_HOOK = Power("hook", "SessionStart: touch OTHER")
ENV = Power("env", "PATH=./bin")


@pytest.fixture
def store(home: Path) -> TrustStore:
    return TrustStore(home / "data" / "trust.json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_nothing_acts_before_the_answer_repo_001(store: TrustStore, project: Path) -> None:
    assert store.status(project, [HOOK]) is Trust.UNKNOWN
    assert not store.status(project, [HOOK]).acts


def test_a_folder_without_powers_needs_no_answer(store: TrustStore, project: Path) -> None:
    assert store.status(project, []) is Trust.EMPTY


def test_a_yes_is_remembered(store: TrustStore, project: Path, home: Path) -> None:
    assert store.save(project, [HOOK, ENV])
    assert TrustStore(home / "data" / "trust.json").status(project, [ENV, HOOK]) is Trust.TRUSTED


@pytest.mark.parametrize("now", [[CHANGED_HOOK], [HOOK, ENV], [Power("env", HOOK.text)]], ids=["text", "more", "kind"])
def test_a_changed_folder_asks_again_repo_006(store: TrustStore, project: Path, now: list[Power]) -> None:
    store.save(project, [HOOK])
    assert store.status(project, now) is Trust.CHANGED
    assert not store.status(project, now).acts


def test_the_difference_is_shown_repo_006(store: TrustStore, project: Path) -> None:
    store.save(project, [HOOK, ENV])
    assert store.difference(project, [CHANGED_HOOK, ENV]) == Difference((CHANGED_HOOK,), (HOOK,))


def test_without_an_answer_everything_is_new(store: TrustStore, project: Path) -> None:
    assert store.difference(project, [HOOK]) == Difference((HOOK,), ())


def test_a_looser_mode_in_a_repository_is_a_power_that_must_be_asked_for_repo_004(
    store: TrustStore, project: Path
) -> None:
    assert store.status(project, [Power("looser", "defaultMode: bypassPermissions")]) is Trust.UNKNOWN


def test_a_nested_repository_asks_for_itself_repo_008(store: TrustStore, project: Path) -> None:
    nested = project / "vendor" / "lib"
    nested.mkdir(parents=True)
    store.save(project, [HOOK])
    assert store.status(nested, [HOOK]) is Trust.UNKNOWN


def test_the_same_folder_through_a_link_is_the_same_folder(store: TrustStore, project: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)
    store.save(tmp_path / "link", [HOOK])
    assert store.status(project, [HOOK]) is Trust.TRUSTED


def test_home_what_holds_it_and_the_root_are_never_saved_repo_009(store: TrustStore, home: Path) -> None:
    assert [store.save(folder, [HOOK]) for folder in (home, home.parent, Path("/"))] == [False, False, False]
    assert store.status(home, [HOOK]) is Trust.UNKNOWN


def test_the_file_is_private(store: TrustStore, project: Path, home: Path) -> None:
    store.save(project, [HOOK])
    assert stat.S_IMODE((home / "data" / "trust.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700


def test_a_yes_can_be_taken_back(store: TrustStore, project: Path) -> None:
    store.save(project, [HOOK])
    store.forget(project)
    assert store.status(project, [HOOK]) is Trust.UNKNOWN


@pytest.mark.parametrize("text", ["{", "[]", '{"folders": 1}', "\x80"], ids=["cut", "list", "shape", "noise"])
def test_a_broken_store_is_named_and_trusts_nobody(store: TrustStore, project: Path, home: Path, text: str) -> None:
    (home / "data").mkdir()
    (home / "data" / "trust.json").write_text(text, encoding="latin-1")
    with pytest.raises(EnforcerError, match=r"trust\.json .*remove it and answer again"):
        store.status(project, [HOOK])


def test_answers_given_at_once_are_all_kept(store: TrustStore, tmp_path: Path, home: Path) -> None:
    folders = [tmp_path / f"p{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda folder: TrustStore(home / "data" / "trust.json").save(folder, [HOOK]), folders))
    assert [store.status(folder, [HOOK]) for folder in folders] == [Trust.TRUSTED] * 12


def test_the_store_says_what_was_agreed_to(store: TrustStore, project: Path, home: Path) -> None:
    store.save(project, [HOOK])
    kept = json.loads((home / "data" / "trust.json").read_text(encoding="utf-8"))
    assert kept["folders"][str(project.resolve())]["powers"] == [["hook", "SessionStart: touch PWNED"]]
