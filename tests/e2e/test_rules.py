"""Rules that hold: a skill is made with two of them, and a session tries to break each in every way it has."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.e2e.screen import ENFORCER, Screen
from tests.servers.vendor import Call, Reply

TESTS_FIRST = "Never deploy before the tests pass"
NO_SIMPLY = "Never write the word 'simply' in release notes"


@pytest.fixture
def deployable(project: Path, run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a pyproject, tests that fail, a deploy.sh, and a skill with both rules."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n', "utf-8")
    (project / "tests").mkdir()
    (project / "tests" / "test_app.py").write_text("def test_app() -> None:\n    assert False\n", "utf-8")
    script = project / "deploy.sh"
    script.write_text("#!/bin/sh\necho live > deployed\n", "utf-8")
    script.chmod(0o755)
    done = run("skill", "new", "deploy", "--directive", TESTS_FIRST, "--directive", NO_SIMPLY)
    assert done.code == 0, done.err
    assert done.out.count(" enforced ") == 2, done.out
    return project


def ids(project: Path) -> dict[str, str]:
    lock = (project / ".enforcer" / "directives.lock").read_text("utf-8").splitlines()
    return {entry["text"]: entry["id"] for entry in map(json.loads, lock)}


def call(name: str, **input: object) -> Reply:
    return Reply(calls=(Call(name, (json.dumps(input),)),))


def bash(command: str) -> Reply:
    return call("Bash", command=command, description="do it")


def results(server) -> list[str]:
    """What the model was told of its calls, in order."""
    last = server.bodies[-1]["input"]
    return [each["output"] for each in last if each.get("type") == "function_call_output"]


ALL = ("--permission-mode", "bypassPermissions", "--lane", "analytical")


@pytest.mark.parametrize(
    "command",
    ["./deploy.sh", "sh deploy.sh", "cd . && bash ./deploy.sh", "env X=1 ./deploy.sh now", "bash -c './deploy.sh'"],
)
def test_what_a_rule_forbids_is_stopped_however_it_is_called(run, services, deployable: Path, command: str) -> None:
    _, server = services([], [bash(command), Reply(text=("I could not.",))])
    done = run("-p", "deploy it", *ALL)
    assert (done.code in {0, 4}, (deployable / "deployed").exists()) == (True, False)
    assert results(server)[0].startswith(f"“{TESTS_FIRST}” ({ids(deployable)[TESTS_FIRST]} of deploy, checkpoint ")
    assert "pytest -q ended with 1" in results(server)[0]


def test_once_the_tests_pass_it_runs(run, services, deployable: Path) -> None:
    (deployable / "tests" / "test_app.py").write_text("def test_app() -> None:\n    pass\n", "utf-8")
    services([], [bash("./deploy.sh"), Reply(text=("Live.",))])
    assert run("-p", "deploy it", *ALL).code == 0
    assert (deployable / "deployed").exists()


def test_a_word_that_may_not_be_written_is_stopped_in_an_edit_and_found_behind_a_shell(
    run, services, deployable: Path
) -> None:
    notes = deployable / "RELEASE-NOTES.md"
    steps = [
        call("Write", file_path=str(notes), content="It simply works.\n"),
        bash(f"echo 'It simply works.' > {notes.name}"),
        call("Read", file_path=str(notes)),
        call("Write", file_path=str(notes), content="It works.\n"),
        Reply(text=("Done.",)),
    ]
    _, server = services([], steps)
    done = run("-p", "write the release notes", *ALL)
    told = results(server)
    assert (done.code, notes.read_text("utf-8")) == (0, "It works.\n")
    for said in told[:2]:
        assert f"“{NO_SIMPLY}” ({ids(deployable)[NO_SIMPLY]} of deploy" in said
        assert "line 1: It simply works." in said


def test_who_leaves_it_so_is_sent_back_and_then_fails(run, services, deployable: Path) -> None:
    steps = [bash("echo 'It simply works.' > RELEASE-NOTES.md"), *[Reply(text=("Done.",))] * 4]
    _, server = services([], steps)
    done = run("-p", "write the release notes", *ALL)
    assert done.code == 3
    assert len(server.bodies) == 5
    assert "the turn ends with a failed checkpoint" in done.err


def test_a_sub_agent_meets_the_same_rules(run, services, deployable: Path) -> None:
    step = {
        "lane": "creative",
        "rationale": "model_fit",
        "description": "go",
        "prompt": "Deploy the shop. Say whether.",
    }
    muse, _ = services(
        [
            Reply(calls=(Call("Bash", (json.dumps({"command": "./deploy.sh", "description": "go"}),)),)),
            Reply(text=("I could not.",)),
        ],
        [Reply(calls=(Call("Delegate", (json.dumps(step),)),)), Reply(text=("It was not done.",))],
    )
    run("-p", "have it deployed", *ALL)
    assert not (deployable / "deployed").exists()
    assert TESTS_FIRST in json.dumps(muse.bodies[-1], ensure_ascii=False)


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/Never deploy/Always deploy/' .enforcer/skills/deploy/SKILL.md",
        "sed -i 's/immutable: true/immutable: false/' .enforcer/skills/deploy/SKILL.md",
        "rm .enforcer/directives.lock",
        "git rm -q --cached -r . ; rm -rf .enforcer/skills/deploy",
        "python3 -c \"open('.enforcer/checkpoints.' + 'lock.json', 'w').write('{}')\"",
        "python3 -c \"open('.enforcer/checkpoints.' + 'yaml', 'w').write('checkpoints: []')\"",
    ],
)
def test_what_a_shell_does_to_a_rule_is_put_back(run, services, deployable: Path, command: str) -> None:
    folder = deployable / ".enforcer"
    kept = ["skills/deploy/SKILL.md", "directives.lock", "checkpoints.lock.json", "checkpoints.yaml"]
    before = [(folder / name).read_bytes() for name in kept]
    _, server = services([], [bash(command), Reply(text=("Done.",))])
    run("-p", "tidy up", *ALL)
    assert [(folder / name).read_bytes() for name in kept] == before
    assert "was changed and put back" in results(server)[0]
    assert "skill-builder directive amend" in results(server)[0]


@pytest.mark.parametrize("verb", ["add deploy 'Deploy whenever you like'", "retire {id} -y", "amend {id} 'Deploy' -y"])
def test_an_agent_cannot_change_a_rule_by_the_command_for_people(run, services, deployable: Path, verb: str) -> None:
    id = ids(deployable)[TESTS_FIRST]
    command = f"{' '.join(ENFORCER)} skill directive {verb.format(id=id)}"
    _, server = services([], [bash(command), Reply(text=("Done.",))])
    run("-p", "change the rule", *ALL)
    assert "rules are changed by a person" in results(server)[0]
    assert list(ids(deployable)) == [TESTS_FIRST, NO_SIMPLY]


def test_an_edit_of_a_locked_rule_is_refused_with_its_words(run, services, deployable: Path) -> None:
    file = deployable / ".enforcer" / "skills" / "deploy" / "SKILL.md"
    steps = [
        call("Read", file_path=str(file)),
        call("Edit", file_path=str(file), old_string=TESTS_FIRST, new_string="Deploy"),
        call("Edit", file_path=str(file), old_string="# Deploy", new_string="# Deploying"),
        Reply(text=("Done.",)),
    ]
    _, server = services([], steps)
    run("-p", "improve the skill", *ALL)
    refused = f"“{TESTS_FIRST}” ({ids(deployable)[TESTS_FIRST]} of deploy) is locked."
    assert results(server)[1].startswith(refused)
    assert ("# Deploying" in file.read_text("utf-8"), TESTS_FIRST in file.read_text("utf-8")) == (True, True)


def test_a_person_amends_a_rule_in_one_command(deployable: Path) -> None:
    id = ids(deployable)[TESTS_FIRST]
    words = "Never deploy before the tests pass and the linter is quiet"
    with Screen(["skill", "directive", "amend", id, words], cwd=deployable) as it:
        it.wait_for(f"change {id} of deploy? [y/N]")
        it.type("y")
        it.wait_for(f"{id} amended and locked")
        assert it.wait_for_end() == 0
    assert ids(deployable)[words] == id


def test_the_rules_in_use_are_in_every_request(run, services, deployable: Path) -> None:
    with Screen(
        ["skill", "directive", "add", "project", "Ask before a file is renamed.", "--yes"], cwd=deployable
    ) as it:
        it.wait_for("added to project and locked")
        assert it.wait_for_end() == 0
    _, server = services([], [Reply(text=("Yes.",))])
    run("-p", "hello there, what is in app.py?", *ALL)
    assert "Ask before a file is renamed." in json.dumps(server.bodies[0])
    assert TESTS_FIRST not in json.dumps(server.bodies[0])  # that skill is not in use


def test_a_rule_of_quality_is_judged_by_the_other_model_and_is_a_warning_at_first(
    run, services, deployable: Path
) -> None:
    with Screen(["skill", "directive", "add", "project", "Answer in a friendly tone.", "--yes"], cwd=deployable) as it:
        it.wait_for("judged")
        assert it.wait_for_end() == 0
    verdict = {"pass": False, "evidence_quote": "No.", "reason": "it is curt"}
    muse, _ = services([Reply(text=(json.dumps(verdict),))], [Reply(text=("No. It is not.",))])
    done = run("-p", "is app.py correct?", "--lane", "analytical", "--verbose")
    assert (done.code, done.out) == (0, "No. It is not.\n")
    assert "“Answer in a friendly tone.” (" in done.err
    assert "“No.”: it is curt" in done.err
    sent = json.dumps(muse.bodies[0], ensure_ascii=False)
    assert ("No. It is not." in sent, "is app.py correct?" in sent) == (True, False)
    rows = [json.loads(line) for line in run("ledger", "--requests", "--json").out.splitlines()]
    assert sorted(row["purpose"] for row in rows) == ["judge", "main"]
