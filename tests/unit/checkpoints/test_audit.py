"""The audit: what is proved is wired, what is not is said, and what people wrote stays theirs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from enforcer.checkpoints.audit import Audit, How, audit
from enforcer.checkpoints.authored import read_authored
from enforcer.checkpoints.change import Changes, refuse_agents, today
from enforcer.checkpoints.checkpoint import Severity
from enforcer.checkpoints.directives import read
from enforcer.checkpoints.lock import State
from enforcer.checkpoints.proof import Prover
from enforcer.checkpoints.rulebook import Rulebook, read_compiled, stale
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.permissions.policy import Policy

DATE = "2026-11-20"
TESTS = "Never deploy before the tests pass"
SIMPLY = "Never write the word 'simply' in release notes"
FRONT = "---\nname: {name}\ndescription: Does it.\n---\n\n# It\n\nText.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n', "utf-8")
    (tmp_path / "deploy.sh").write_text("echo\n", "utf-8")
    skill(tmp_path, "deploy")
    return tmp_path


def skill(root: Path, name: str, more: str = "") -> Path:
    path = root / ".enforcer" / "skills" / name / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(FRONT.format(name=name) + more, "utf-8")
    return path


def audited(root: Path, *only: str) -> Audit:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    async def run() -> Audit:
        policy = Policy(cwd=root, roots=(root,))
        return await audit(Rulebook(root), Prover(root, {"PATH": path}, policy.matches_rule), only)

    return asyncio.run(run())


def fixed(root: Path) -> Audit:
    found = audited(root)
    Changes(root, DATE).fix(found)
    return audited(root)


def how(found: Audit) -> dict[str, How]:
    return {item.standing.text: item.how for item in found.items}


def test_what_is_proved_is_planned_wired_once_and_then_nothing_is_left_to_do(root: Path) -> None:
    changes = Changes(root, DATE)
    changes.add("deploy", TESTS)
    changes.add("deploy", SIMPLY)
    changes.add("deploy", "Ask the on-call person first")
    planned = audited(root)
    assert list(how(planned).values()) == [How.ENFORCED, How.ENFORCED, How.GUIDANCE]
    assert [each.id for each in planned.added] == ["deploy/no-simply", "deploy/tests-before-deploy"]
    assert not (root / ".enforcer" / "checkpoints.yaml").exists()

    after = fixed(root)
    assert (after.pending, after.findings) == (0, ())
    running = read_compiled(root / ".enforcer" / "checkpoints.lock.json")
    assert [each.id for each in running.checkpoints] == ["deploy/no-simply", "deploy/tests-before-deploy"]
    assert not stale(running, root)
    example = root / ".enforcer" / "skills" / "deploy" / "fixtures" / "no-simply" / "fail" / "release-notes.md"
    assert example.read_text("utf-8") == "A line with simply in it.\n"


def test_the_same_rules_give_the_same_bytes(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    for place in (root, other):
        if place is other:
            (other / "pyproject.toml").write_text('[project]\nname = "shop"\n', "utf-8")
            (other / "deploy.sh").write_text("echo\n", "utf-8")
            skill(other, "deploy")
        Changes(place, DATE).add("deploy", TESTS)
        fixed(place)
    files = sorted(path.relative_to(root) for path in (root / ".enforcer").rglob("*") if path.is_file())
    assert [(root / path).read_bytes() for path in files] == [(other / path).read_bytes() for path in files]


def test_a_check_whose_example_shows_nothing_is_not_wired(root: Path) -> None:
    Changes(root, DATE).add("deploy", SIMPLY)
    fixed(root)
    example = root / ".enforcer" / "skills" / "deploy" / "fixtures" / "no-simply" / "fail" / "release-notes.md"
    example.write_text("Nothing wrong here.\n", "utf-8")
    (item,) = audited(root).items
    assert (item.how, item.checkpoint, item.why) == (How.UNPROVED, None, "on the failing example it says pass")


def test_a_command_that_is_not_there_is_not_proved(root: Path) -> None:
    Changes(root, DATE).add("deploy", TESTS)

    async def run() -> Audit:
        policy = Policy(cwd=root, roots=(root,))
        return await audit(Rulebook(root), Prover(root, {"PATH": "/nonexistent"}, policy.matches_rule))

    (item,) = asyncio.run(run()).items
    assert item.how is How.UNPROVED
    assert item.why.startswith("on the failing example it says error: pytest -q could not be run")


def test_what_a_person_overrides_and_writes_survives_the_next_fix(root: Path) -> None:
    Changes(root, DATE).add("deploy", SIMPLY)
    fixed(root)
    file = root / ".enforcer" / "checkpoints.yaml"
    own = "- id: own/line\n  'on': [commit]\n  check: {kind: regex-deny, pattern: TODO}\n"
    text = file.read_text("utf-8") + own + "overrides:\n  # softly\n  deploy/no-simply: {severity: warn}\n"
    file.write_text(text, "utf-8")
    assert stale(read_compiled(root / ".enforcer" / "checkpoints.lock.json"), root)

    Changes(root, DATE).add("deploy", "Never write 'leverage' in release notes")
    after = fixed(root)
    assert (after.pending, after.findings) == (0, ())
    assert "# softly" in file.read_text("utf-8")
    running = {each.id: each for each in read_compiled(root / ".enforcer" / "checkpoints.lock.json").checkpoints}
    assert sorted(running) == ["deploy/no-leverage", "deploy/no-simply", "own/line"]
    assert (running["deploy/no-simply"].severity, running["own/line"].by) == (Severity.WARN, "")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("- id: a/b\n", "on: field required"),
        ("- id: a/b\n  'on': [never]\n  check: {kind: order}\n", "input should be 'pre-tool'"),
        ("- id: a/b\n  'on': [stop]\n  check: {kind: regex-deny, pattern: '('}\n", "the pattern cannot be read"),
        ("- id: a/b\n  'on': [stop]\n  check: {kind: order, before: x}\n", "a check of kind order needs after"),
        ("- id: a/b\n  'on': [stop]\n  check: {kind: command, run: [x]}\n  sevrity: warn\n", "extra inputs"),
        ("3\n", "checkpoints must be a list"),
        ("- [\n", "checkpoints.yaml:"),
    ],
)
def test_a_bad_entry_is_named_and_nothing_is_written_over_it(root: Path, entry: str, said: str) -> None:
    file = root / ".enforcer" / "checkpoints.yaml"
    file.write_text(f"checkpoints:\n{entry}" if entry != "3\n" else "checkpoints: 3\n", "utf-8")
    found = audited(root)
    assert [said in str(finding) and str(file) in str(finding) for finding in found.errors][:1] == [True]
    with pytest.raises(EnforcerError, match="nothing was written"):
        Changes(root, DATE).fix(found)


def test_a_rule_that_was_changed_keeps_its_check_and_is_an_error(root: Path) -> None:
    Changes(root, DATE).add("deploy", SIMPLY)
    fixed(root)
    file = root / ".enforcer" / "skills" / "deploy" / "SKILL.md"
    file.write_text(file.read_text("utf-8").replace("simply", "clearly"), "utf-8")
    found = audited(root)
    assert (found.pending, [item.how for item in found.items]) == (0, [How.NOT_LOCKED])
    assert "is changed: its words are not those that were locked" in str(found.errors[0])


def test_a_rule_that_is_retired_takes_its_check_along_and_leaves_its_words_in_the_history(root: Path) -> None:
    change = Changes(root, DATE).add("deploy", SIMPLY)
    assert change.after is not None
    fixed(root)
    Changes(root, DATE).retire(change.after.id)
    after = fixed(root)
    assert (after.items, after.wanted, after.findings) == ((), (), ())
    events = [json.loads(line) for line in (root / ".enforcer" / "directives.log").read_text("utf-8").splitlines()]
    assert [(each["event"], (each["before"] or {}).get("text")) for each in events] == [
        ("added", None),
        ("retired", SIMPLY),
    ]


def test_amending_keeps_the_id_and_the_lock_follows(root: Path) -> None:
    change = Changes(root, DATE).add("deploy", SIMPLY)
    assert change.after is not None
    Changes(root, DATE).amend(change.after.id, "Never write the word 'just' in release notes")
    (standing,) = Rulebook(root).standings
    assert (standing.id, standing.state) == (change.after.id, State.OK)
    assert [each.id for each in fixed(root).wanted] == ["deploy/no-just"]


def test_a_rule_written_by_hand_gets_an_id_and_is_locked_when_a_person_accepts_it(root: Path) -> None:
    skill(root, "release", f"\n## Directives\n\n<!-- origin: user -->\n{SIMPLY}\n<!-- /origin -->\n")
    changes = Changes(root, DATE)
    changes.number(Rulebook(root).standings)
    (standing,) = Rulebook(root).standings
    assert (standing.state, bool(standing.id), standing.found and standing.found.immutable) == (
        State.UNLOCKED,
        True,
        False,
    )
    changes.accept(standing)
    (standing,) = Rulebook(root).standings
    assert (standing.state, standing.found and standing.found.immutable) == (State.OK, True)
    assert how(fixed(root)) == {SIMPLY: How.ENFORCED}


def test_accepting_a_rule_that_is_gone_retires_it(root: Path) -> None:
    Changes(root, DATE).add("deploy", SIMPLY)
    file = root / ".enforcer" / "skills" / "deploy" / "SKILL.md"
    file.write_text(FRONT.format(name="deploy"), "utf-8")
    (standing,) = Rulebook(root).standings
    assert standing.state is State.MISSING
    Changes(root, DATE).accept(standing)
    assert Rulebook(root).standings == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", "the rule is empty"),
        ("Say <!-- /origin -->", "a rule cannot hold <!-- or -->"),
        (SIMPLY, "says that already; nothing was changed"),
    ],
)
def test_a_rule_that_cannot_be_one_is_refused(root: Path, text: str, said: str) -> None:
    changes = Changes(root, DATE)
    changes.add("deploy", SIMPLY)
    with pytest.raises(UsageError, match=said):
        changes.add("deploy", text)


def test_a_project_has_rules_of_its_own(root: Path) -> None:
    Changes(root, DATE).add("project", "Never touch `migrations/`")
    after = fixed(root)
    assert [each.id for each in after.wanted] == ["project/hands-off-migrations"]
    (block,) = read((root / ".enforcer" / "directives.md").read_text("utf-8"))
    assert block.text == "Never touch `migrations/`"


def test_rules_that_contradict_each_other_and_links_that_lead_nowhere_are_found(root: Path) -> None:
    changes = Changes(root, DATE)
    changes.add("deploy", "Never write 'beta' in the README")
    changes.add("deploy", "Always include 'beta' in the README")
    skill(root, "linked", "\nSee [the form](references/form.md) and [ours](https://example.org).\n")
    said = [str(finding) for finding in audited(root).findings]
    assert "deploy/has-beta and deploy/no-beta contradict each other: one wants what the other forbids" in said
    links = [text for text in said if "links to" in text]
    assert [text.rpartition(": ")[2] for text in links] == ["it links to references/form.md, and there is no such file"]


def test_two_rules_of_one_name_get_two_ids(root: Path) -> None:
    changes = Changes(root, DATE)
    changes.add("deploy", SIMPLY)
    second = changes.add("deploy", "Do not say 'simply' in the README")
    assert second.after is not None
    wanted = [each.id for each in fixed(root).wanted]
    assert wanted == ["deploy/no-simply", f"deploy/no-simply-{second.after.id.removeprefix('d-')}"]


@pytest.mark.parametrize(
    ("env", "terminal", "said"),
    [
        ({"ENFORCER_AGENT": "1"}, True, "rules are changed by a person; ask them to run in their own terminal: do it"),
        ({}, False, "a person has to see and agree to it, so it needs a terminal; run there: do it"),
    ],
)
def test_only_a_person_at_a_terminal_changes_rules(env: dict[str, str], terminal: bool, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_agents(env, terminal=terminal, command="do it")
    assert str(caught.value) == said
    refuse_agents({}, terminal=True, command="do it")


def test_the_day_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert today({"SOURCE_DATE_EPOCH": "1763596800"}) == "2025-11-20"


def test_a_link_out_of_the_project_is_not_written_through(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "lock"
    outside.write_text("", "utf-8")
    (root / ".enforcer" / "directives.lock").symlink_to(outside)
    with pytest.raises(EnforcerError, match="leads out of the project"):
        Changes(root, DATE).add("deploy", SIMPLY)
    assert outside.read_text("utf-8") == ""


def test_what_is_written_is_read_back_as_it_was_meant(root: Path) -> None:
    Changes(root, DATE).add("deploy", TESTS)
    found = audited(root)
    Changes(root, DATE).fix(found)
    assert read_authored(root / ".enforcer" / "checkpoints.yaml").checkpoints == tuple(
        replace(each) for each in found.wanted
    )
