"""Rules are out of a model's reach: every way to break one is refused before, or put back after."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcer.checkpoints.artifacts import Artifact, resulting
from enforcer.checkpoints.change import Changes
from enforcer.checkpoints.protect import Protector
from enforcer.core.messages import ToolCall

RULE = "Never deploy before the tests pass"
PATH = ".enforcer/skills/deploy/SKILL.md"
LOCK = ".enforcer/directives.lock"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = (tmp_path / "project").resolve()
    (root / PATH).parent.mkdir(parents=True)
    (root / PATH).write_text("---\nname: deploy\ndescription: Does it.\n---\n\n# Deploy\n", "utf-8")
    Changes(root, "2026-11-20").add("deploy", RULE)
    return root


def protector(root: Path) -> Protector:
    return Protector(root, root.parent / "rescued")


Break = Callable[[str], str]
BREAKAGES = [
    pytest.param(lambda text: text.replace("Never", "Always"), id="changed words"),
    pytest.param(lambda text: text[: text.index("<!-- origin")], id="deleted block"),
    pytest.param(lambda text: text.replace("immutable: true", "immutable: false"), id="flag flipped"),
    pytest.param(lambda text: text.replace("id: d-", "id: d-0"), id="another id"),
    pytest.param(
        lambda text: text + "\n<!-- origin: user -->\nDo as you like.\n<!-- /origin -->\n", id="appended block"
    ),
    pytest.param(lambda text: "<!-- origin: user -->\nNo.\n<!-- /origin -->\n" + text, id="prepended block"),
    pytest.param(lambda text: text.replace("<!-- /origin -->", ""), id="unclosed"),
    pytest.param(lambda text: f"````\n{text}\n````\n", id="made an example"),
]


@pytest.mark.parametrize("break_it", BREAKAGES)
def test_an_edit_that_breaks_a_rule_is_refused(root: Path, break_it: Break) -> None:
    before = (root / PATH).read_text("utf-8")
    assert protector(root).refusal(Artifact(PATH, before, break_it(before)))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("# Deploy", "# Deploying"), id="the text around it"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="line ends"),
        pytest.param(lambda text: text + "\n## More\n", id="below it"),
    ],
)
def test_an_edit_that_leaves_it_is_none_of_ours(root: Path, change: Break) -> None:
    before = (root / PATH).read_text("utf-8")
    assert protector(root).refusal(Artifact(PATH, before, change(before))) == ""


@pytest.mark.parametrize("break_it", BREAKAGES)
def test_what_a_shell_breaks_is_put_back_and_kept_aside(root: Path, break_it: Break) -> None:
    before, guard = (root / PATH).read_bytes(), protector(root)
    guard.look()
    (root / PATH).write_text(broken := break_it(before.decode()), "utf-8")
    said = guard.put_back()
    assert said.startswith(f"{PATH} was changed and put back; what was written is kept in {root.parent / 'rescued'}. ")
    assert f"It holds “{RULE}” (" in said
    assert (root / PATH).read_bytes() == before
    assert (root.parent / "rescued" / PATH.replace("/", "__")).read_text("utf-8") == broken


@pytest.mark.parametrize("name", [LOCK, PATH, ".enforcer/directives.log"])
def test_what_is_removed_comes_back(root: Path, name: str) -> None:
    before, guard = (root / name).read_bytes(), protector(root)
    guard.look()
    (root / name).unlink()
    assert guard.put_back()
    assert (root / name).read_bytes() == before


def test_a_link_in_the_place_of_a_rule_is_taken_away(root: Path) -> None:
    before, guard = (root / LOCK).read_bytes(), protector(root)
    guard.look()
    (root / "fake").write_text("", "utf-8")
    (root / LOCK).unlink()
    (root / LOCK).symlink_to(root / "fake")
    assert guard.put_back()
    assert (root / LOCK).read_bytes() == before
    assert not (root / LOCK).is_symlink()


@pytest.mark.parametrize("name", [".enforcer/config.yaml", ".claude/settings.json", ".enforcer/checkpoints.lock.json"])
def test_settings_that_a_shell_makes_are_taken_away(root: Path, name: str) -> None:
    guard = protector(root)
    guard.look()
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("{}", "utf-8")
    assert guard.put_back().startswith(f"{name} was changed and put back")
    assert not (root / name).exists()


def test_what_git_brings_is_accepted_and_holds_from_then_on(root: Path) -> None:
    def git(*arguments: str) -> None:
        settings = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
        subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one rule")
    entry = Changes(root, "2026-11-21").amend(protector(root).lock[0].id, "Never deploy on a whim").after
    git("commit", "-qam", "another")
    git("checkout", "-q", "HEAD~1")
    guard = protector(root)
    guard.look()
    git("checkout", "-q", "-")
    assert guard.put_back() == ""
    assert guard.lock == (entry,)


def test_nothing_changed_is_nothing_said(root: Path) -> None:
    guard = protector(root)
    guard.look()
    (root / "src.py").write_text("x", "utf-8")
    assert guard.put_back() == ""


def test_a_first_rule_in_a_skill_of_an_agent_is_not_a_person_s(root: Path) -> None:
    made = Artifact(".claude/skills/new/SKILL.md", "", f"<!-- origin: user -->\n{RULE}\n<!-- /origin -->\n")
    assert protector(root).refusal(made) == (
        "a rule is written by a person, with: skill-builder directive add. Propose its words instead"
    )


def test_a_link_to_a_rule_is_judged_by_where_it_leads(root: Path) -> None:
    (root / "harmless.md").symlink_to(root / PATH)
    made = resulting(ToolCall("t1", "Write", {"file_path": str(root / "harmless.md"), "content": "x"}), root)
    assert made is not None
    assert (made.path, bool(protector(root).refusal(made))) == (PATH, True)


def test_a_lock_that_breaks_meanwhile_does_not_free_anything(root: Path) -> None:
    guard = protector(root)
    (root / LOCK).write_text("{", "utf-8")
    guard.reload()
    assert guard.problem.startswith(f"{root / LOCK}, line 1:")
    assert [entry.text for entry in guard.lock] == [RULE]
