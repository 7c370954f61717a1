"""The files themselves: their length, their words, the locks and the changelog."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

import enforcer
from tests.unit.guards.source import PACKAGE, ROOT, modules, project_files, version_problem

LONGEST = 400
ALLOWED_LONGER: frozenset[str] = frozenset()  # a name here needs a sentence in the pull request
LOCKS = ["requirements.lock", "requirements-dev.lock"]
REGISTRIES = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|--(?:extra-)?index-url|--find-links")
SOMEBODY_S_HOME = re.compile(r"/(?:home|Users)/(?!me\b|you\b|user\b|someone\b|runner\b)[a-z][a-z0-9_-]*/")


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path.relative_to(PACKAGE).as_posix(): len(path.read_bytes().splitlines()) for path in modules(PACKAGE)}
    assert {name for name, lines in lengths.items() if lines > LONGEST} - ALLOWED_LONGER == set()


def test_every_module_opens_with_a_docstring() -> None:
    assert [path for path in modules(PACKAGE) if not path.read_text(encoding="utf-8").startswith('"""')] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    named = [
        path for path in project_files() if SOMEBODY_S_HOME.search(text := path.read_text("utf-8")) or str(ROOT) in text
    ]
    assert named == []


def test_no_file_names_the_address_of_a_package_registry() -> None:
    others = [path for path in project_files() if path != Path(__file__)]
    assert [path for path in others if REGISTRIES.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 20
    assert [
        entry.splitlines()[0]
        for entry in entries
        if not re.match(r"[a-z0-9.-]+(?:\[[a-z0-9,-]+\])?==\S+ .*--hash=sha256:", entry, re.S)
    ] == []
    assert "://" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_a_package_that_is_asked_for_with_extras_is_locked_with_them(lock: str) -> None:
    """pip takes `name==1` for another requirement than `name[extra]`, and stops at the first newer release."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9.-]+(?:\[[a-z0-9,-]+\])?)==", text, re.M))
    there = {name.lower(): needs for each in distributions() if (name := each.name) and (needs := each.requires)}
    asked = {
        found[0].lower()
        for name in locked
        for need in there.get(name.partition("[")[0], ())
        if "extra ==" not in need and (found := re.match(r"[A-Za-z0-9._-]+\[[A-Za-z0-9,_-]+\]", need))
    }
    assert asked
    assert asked <= locked


def test_what_a_person_installs_is_part_of_what_developers_test() -> None:
    person, developer = ((ROOT / lock).read_text(encoding="utf-8") for lock in LOCKS)
    assert set(re.findall(r"^\S+==\S+", person, re.M)) <= set(re.findall(r"^\S+==\S+", developer, re.M))


def test_the_changelog_agrees_with_the_version() -> None:
    assert version_problem((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), enforcer.__version__) is None


@pytest.mark.parametrize(
    ("changelog", "problem"),
    [
        pytest.param("## [Unreleased]\n", None, id="before the first release"),
        pytest.param("## [Unreleased]\n\n## [1.2.0] - 2026-01-31\n", None, id="released"),
        pytest.param("## [1.2.0] - 2026-01-31\n", "the first heading must be [Unreleased]", id="nothing to add to"),
        pytest.param("", "the first heading must be [Unreleased]", id="empty"),
        pytest.param("## [Unreleased]\n## [1.2.0]\n", "every released version needs a date", id="no date"),
        pytest.param(
            "## [Unreleased]\n## [1.1.0] - 2026-01-31\n",
            "the newest released version is 1.1.0, the package says 1.2.0",
            id="another version",
        ),
    ],
)
def test_a_changelog_that_does_not_fit_the_version_is_named(changelog: str, problem: str | None) -> None:
    assert version_problem(changelog, "1.2.0") == problem


def test_actions_are_pinned_by_commit() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    uses = re.findall(r"uses: (\S+)", text)
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", use)] == []


@pytest.mark.parametrize("script", ["install.sh", "scripts/test", "scripts/check", ".ci/run"])
def test_scripts_can_be_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/")
