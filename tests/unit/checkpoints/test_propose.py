"""From the words of a rule to its check: a table, and nothing guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enforcer.checkpoints.checkpoint import Class, Kind, On, Severity
from enforcer.checkpoints.evaluate import of_text
from enforcer.checkpoints.facts import Project
from enforcer.checkpoints.propose import Proposal, propose


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n[tool.ruff]\n', "utf-8")
    (tmp_path / "deploy.sh").write_text("echo\n", "utf-8")
    (tmp_path / "Makefile").write_text("publish:\n\techo\n", "utf-8")
    return Project(tmp_path)


def proposed(text: str, project: Project, skill: str = "deploy") -> Proposal:
    return propose(text, skill, project)


@pytest.mark.parametrize(
    "text",
    [
        "Never deploy before the tests pass",
        "never deploy unless the test suite is green.",
        "Do not deploy until all tests pass",
        "Only deploy when the tests pass",
        "Run the tests before every deployment",
        "The tests must pass before you deploy",
    ],
)
def test_tests_come_first_in_many_words(project: Project, text: str) -> None:
    found = proposed(text, project)
    assert (found.name, found.check and found.check.run) == ("tests-before-deploy", ("pytest", "-q"))
    assert (found.match.tools, found.on) == (("Bash(deploy.sh *)",), (On.PRE_TOOL,))


@pytest.mark.parametrize(
    ("text", "tools", "on"),
    [
        ("Run the tests before you commit", ("Bash(git commit *)",), (On.PRE_TOOL, On.COMMIT)),
        ("Never push while the linter fails", ("Bash(git push *)",), (On.PRE_TOOL, On.PUSH)),
        ("Never publish before the tests pass", ("Bash(make publish *)",), (On.PRE_TOOL,)),
    ],
)
def test_what_a_verb_means_comes_from_git_or_the_project(
    project: Project, text: str, tools: tuple[str, ...], on: tuple[On, ...]
) -> None:
    found = proposed(text, project)
    assert (found.match.tools[: len(tools)], found.on) == (tools, on)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "Never ship before the tests pass",
            "which command is meant by 'ship'? No script, target or command of that name was found",
        ),
        (
            "Never commit before the build passes",
            "which command runs build here? No file at the top of the project says so",
        ),
    ],
)
def test_what_no_file_says_is_asked(project: Project, text: str, question: str) -> None:
    found = proposed(text, project, "other")
    assert (found.check, found.question) == (None, question)


@pytest.mark.parametrize(
    ("text", "kind", "broken", "fine"),
    [
        ("Never write the word 'simply' in release notes", Kind.REGEX_DENY, "It Simply works.", "A simplyfied one."),
        ('Do not use "going forward".', Kind.REGEX_DENY, "Going  forward, we", "Forward"),
        ("No em dashes.", Kind.REGEX_DENY, "This — that", "This - that"),
        ("Don't use exclamation marks in the docs", Kind.REGEX_DENY, "Hi!", "Hi."),
        ("Never use emojis", Kind.REGEX_DENY, "Done \U0001f389", "Done :)"),
        ("Always include “Tested on” in the README", Kind.REGEX_REQUIRE, "Nothing", "Tested on Linux"),
        ("At most 3 words in release notes", Kind.THRESHOLD, "one two three four", "one two three"),
        ("Cite at least 2 sources", Kind.THRESHOLD, "https://a.example", "https://a.example https://b.example"),
        ("Keep it under 10 characters", Kind.THRESHOLD, "0123456789", "012345678"),
    ],
)
def test_a_rule_about_words_is_a_check_that_tells_them_apart(
    project: Project, text: str, kind: Kind, broken: str, fine: str
) -> None:
    found = proposed(text, project)
    assert found.check is not None
    assert (found.check.kind, found.class_) == (kind, Class.MECHANICAL)
    assert (of_text(found.check, broken).ok, of_text(found.check, fine).ok) == (False, True)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("Never touch `migrations/`", ("migrations/**",)),
        ("Do not edit src/gen/api.py or src/gen/db.py", ("src/gen/api.py", "src/gen/db.py")),
        ("You must not modify *.lock", ("*.lock",)),
    ],
)
def test_hands_off_a_path(project: Project, text: str, paths: tuple[str, ...]) -> None:
    found = proposed(text, project)
    assert (found.check and found.check.kind, found.match.paths) == (Kind.PATH_DENY, paths)


def test_one_command_before_another(project: Project) -> None:
    found = proposed("Run `make fmt` before `git commit`", project)
    assert found.check is not None
    assert (found.check.before, found.check.after) == ("Bash(make fmt *)", "Bash(git commit *)")
    assert proposed("Never `git push` before `make ci`", project).check == found.check.__class__(
        Kind.ORDER, before="Bash(make ci *)", after="Bash(git push *)"
    )


def test_a_place_that_is_named_is_where_it_holds_and_without_one_while_the_skill_is_in_use(project: Project) -> None:
    named = proposed("Never write 'simply' in docs/guide.md", project)
    assert (named.match.paths, named.match.in_use) == (("docs/guide.md",), False)
    anywhere = proposed("Never write 'simply'", project)
    assert (anywhere.match.paths, anywhere.match.in_use, On.COMMIT in anywhere.on) == ((), True, False)


def test_quality_is_judged_and_only_a_warning_at_first(project: Project) -> None:
    found = proposed("Keep a friendly tone", project)
    assert (found.class_, found.check and found.check.kind, found.severity) == (
        Class.JUDGED,
        Kind.JUDGE,
        Severity.WARN,
    )


@pytest.mark.parametrize("text", ["Ask the on-call person first", "Never deploy on Fridays", "Check the calendar"])
def test_everything_else_is_guidance(project: Project, text: str) -> None:
    found = proposed(text, project)
    assert (found.class_, found.check) == (Class.GUIDANCE, None)


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"package.json": json.dumps({"scripts": {"test": "vitest"}})}, ("npm", "test")),
        ({"Cargo.toml": "[package]\n"}, ("cargo", "test")),
        ({"go.mod": "module x\n"}, ("go", "test", "./...")),
        ({"Makefile": "test:\n\techo\n"}, ("make", "test")),
        ({"tests/test_a.py": "import unittest\n"}, ("python3", "-m", "unittest", "discover", "-s", "tests")),
        ({"tests/test_a.py": "def test_a(): ...\n"}, ("pytest", "-q")),
    ],
)
def test_how_tests_are_run_is_read_from_the_project(
    tmp_path: Path, files: dict[str, str], run: tuple[str, ...]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    suite = Project(tmp_path).suite("tests")
    assert suite is not None
    assert suite.run == run


@pytest.mark.parametrize("text", ['{"scripts": [', '{"scripts": 3}', "[]"])
def test_a_broken_package_file_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text, "utf-8")
    assert Project(tmp_path).suite("tests") is None
