from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Mode
from enforcer.tools.base import Effect
from tests.unit.permissions.conftest import Build

ALLOW, ASK, DENY = Ruling.ALLOW, Ruling.ASK, Ruling.DENY


def write(path: Path | str) -> ToolCall:
    return ToolCall("t1", "Write", {"file_path": str(path), "content": "x"})


def read(path: Path | str) -> ToolCall:
    return ToolCall("t1", "Read", {"file_path": str(path)})


@pytest.mark.parametrize(
    ("path", "ruling"),
    [
        pytest.param("{root}/../outside.txt", DENY, id="PATH-001"),
        pytest.param("{root}2/x", DENY, id="PATH-002"),
        pytest.param("{root}/.git/hooks/pre-commit", DENY, id="PATH-005"),
        pytest.param("{root}/.GIT/config", DENY, id="PATH-006"),
        pytest.param("{root}/.enforcer/config.yaml", DENY, id="PATH-007"),
        pytest.param("{root}/.enforcer/config.local.yaml", DENY, id="local-config"),
        pytest.param("{root}/.enforcer/checkpoints.lock.json", DENY, id="compiled-checkpoints"),
        pytest.param("{root}/sub/new/file.txt", ALLOW, id="PATH-010"),
        pytest.param("{root}/a\0b", DENY, id="PATH-011"),
        pytest.param("{root}/.git", DENY, id="PATH-014"),
        pytest.param("{root}/sub/.git/config", DENY, id="a-nested-repository"),
        pytest.param("{home}/config/config.yaml", DENY, id="own-policy-of-the-person"),
        pytest.param("{home}/data/key", DENY, id="signing-key"),
        pytest.param("{home}/.ssh/authorized_keys", DENY, id="ssh"),
        pytest.param("{root}/.enforcer/skills/x/SKILL.md", ASK, id="a-skill"),
        pytest.param("{root}/.VSCode/tasks.json", ASK, id="editor-tasks-in-any-case"),
        pytest.param("{root}/.mcp.json", ASK, id="tool-servers"),
        pytest.param("{root}/.pre-commit-config.yaml", ASK, id="pre-commit"),
        pytest.param("{root}/.zshrc", ASK, id="shell-start-file"),
        pytest.param("{home}/notes.md", ASK, id="plainly-outside"),
        pytest.param("{root}/f", ALLOW, id="inside"),
    ],
)
def test_a_write_is_judged_by_where_it_leads(
    policy: Build, workspace: Path, home: Path, path: str, ruling: Ruling
) -> None:
    call = write(path.format(root=workspace, home=home))
    assert policy(Mode.ACCEPT_EDITS).judge(call, Effect.WRITE).ruling is ruling


@pytest.mark.parametrize(
    ("path", "ruling"),
    [
        pytest.param("{home}/config/credentials.yaml", DENY, id="PATH-008"),
        pytest.param("/proc/self/environ", DENY, id="PATH-009"),
        pytest.param("/proc/1/task/1/environ", DENY, id="environ-of-a-thread"),
        pytest.param("{home}/data/key", DENY, id="signing-key"),
        pytest.param("{home}/.ssh/id_ed25519", DENY, id="ssh-key"),
        pytest.param("{root}/../app/f", ALLOW, id="out-and-in-again"),
        pytest.param("{root}/f", ALLOW, id="inside"),
        pytest.param("{root}2/f", ASK, id="a-sibling-of-the-same-beginning"),
        pytest.param("/etc/hosts", ASK, id="outside"),
    ],
)
def test_a_read_is_judged_by_where_it_leads(
    policy: Build, workspace: Path, home: Path, path: str, ruling: Ruling
) -> None:
    assert policy().judge(read(path.format(root=workspace, home=home)), Effect.READ).ruling is ruling


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("name", [".git/hooks/pre-commit", ".git", ".enforcer/config.yaml"])
def test_no_mode_opens_what_decides_over_later_sessions_path_005(
    policy: Build, workspace: Path, mode: Mode, name: str
) -> None:
    call = write(workspace / name)
    assert policy(mode, allow=("Edit", "Write", "Edit(**)")).judge(call, Effect.WRITE).ruling is DENY


def test_a_deny_rule_is_judged_on_the_resolved_path_path_003(policy: Build, workspace: Path) -> None:
    (workspace / "link").symlink_to("/etc")
    call = read(workspace / "link" / "passwd")
    verdict = policy(deny=("Read(//etc/**)",), allow=("Read",)).judge(call, Effect.READ)
    assert (verdict.ruling, verdict.reason) == (DENY, "denied by the rule Read(//etc/**) (settings)")


def test_a_link_below_the_workspace_leads_no_write_out_of_it_path_004(
    policy: Build, workspace: Path, home: Path
) -> None:
    (home / ".ssh").mkdir()
    (workspace / "sub" / "d").symlink_to(home / ".ssh")
    call = write(workspace / "sub" / "d" / "authorized_keys")
    assert policy(Mode.BYPASS).judge(call, Effect.WRITE).ruling is DENY


def test_a_link_to_a_harmless_folder_outside_is_an_escape_too(policy: Build, workspace: Path, home: Path) -> None:
    (workspace / "out").symlink_to(home)
    verdict = policy().judge(write(workspace / "out" / "x"), Effect.WRITE)
    assert verdict.ruling is DENY
    assert f"leads out of the workspace, to {home}/x" in verdict.reason


@pytest.mark.parametrize(
    "pattern",
    ["../../**/*.pem", "/etc/*", "~/x", "sub/../../x"],
)
def test_a_glob_does_not_climb_out_of_its_folder_path_015(policy: Build, workspace: Path, pattern: str) -> None:
    call = ToolCall("t1", "Glob", {"pattern": pattern, "path": str(workspace)})
    assert policy().judge(call, Effect.READ).ruling is DENY


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        pytest.param("Read(secrets/**)", "docs/../secrets/key.pem", id="PATH-016"),
        pytest.param("Read(secrets/)", "secrets/key.pem", id="trailing-slash"),
        pytest.param("Read(./secrets)", "secrets/deep/key.pem", id="a-folder-by-name"),
        pytest.param("Read(secrets/**)", "SECRETS/Key.pem", id="another-case"),
        pytest.param("Read(*.pem)", "a/b/key.pem", id="by-name-anywhere"),
    ],
)
def test_a_denied_file_is_denied_however_it_is_written(policy: Build, workspace: Path, rule: str, path: str) -> None:
    guarded = policy(deny=(rule,))
    assert guarded.judge(read(f"{workspace}/{path}"), Effect.READ).ruling is DENY
    assert guarded.judge(write(f"{workspace}/{path}"), Effect.WRITE).ruling is DENY


def test_what_a_read_rule_denies_the_shell_does_not_read_either(policy: Build) -> None:
    guarded = policy(deny=("Read(.env)",), allow=("Bash(*)",))
    for command in ("cat .env", "head -1 ./.env", "wc -l < .env", "python x.py .env", "cat $X ./.env"):
        assert guarded.judge(ToolCall("t1", "Bash", {"command": command}), Effect.EXECUTE).ruling is DENY, command


def test_a_search_through_folders_asks_where_a_rule_hides_files(policy: Build) -> None:
    guarded = policy(deny=("Read(.env)",))
    verdict = guarded.judge(ToolCall("t1", "Bash", {"command": "grep -r KEY ."}), Effect.EXECUTE)
    assert (verdict.ruling, verdict.reason) == (
        ASK,
        "it goes through folders where Read(.env) hides files; use Grep instead",
    )


def test_walking_tools_are_told_what_to_leave_out(policy: Build, workspace: Path) -> None:
    guarded = policy(deny=("Read(secrets/**)",))
    assert guarded.denied_read(workspace / "secrets" / "key.pem")
    assert not guarded.denied_read(workspace / "src" / "a.py")


def test_a_folder_named_readable_may_be_read_and_not_written(policy: Build, home: Path) -> None:
    outputs = home / "outputs"
    opened = policy(readable=(outputs,))
    assert opened.judge(read(outputs / "1.txt"), Effect.READ).ruling is ALLOW
    assert opened.judge(write(outputs / "1.txt"), Effect.WRITE).ruling is ASK


@pytest.mark.parametrize(
    "name",
    [
        "Makefile",
        "package.json",
        "conftest.py",
        ".github/workflows/ci.yml",
        "pyproject.toml",
        "setup.py",
        "sub/MAKEFILE",
    ],
)
def test_files_that_run_later_are_not_accepted_with_the_edits_perm_063(
    policy: Build, workspace: Path, name: str
) -> None:
    verdict = policy(Mode.ACCEPT_EDITS).judge(write(workspace / name), Effect.WRITE)
    assert (verdict.ruling, verdict.firm) == (ASK, True)
    assert verdict.reason == f"{Path(name).name} holds what other tools run later"


def test_an_edit_rule_opens_a_folder_outside_but_a_bare_one_does_not(policy: Build, home: Path) -> None:
    call = write(home / "notes" / "a.md")
    assert policy(allow=("Edit(~/notes/**)",)).judge(call, Effect.WRITE).ruling is ALLOW
    assert policy(allow=("Edit",)).judge(call, Effect.WRITE).ruling is ASK


def test_no_allow_rule_opens_a_protected_path(policy: Build, workspace: Path) -> None:
    verdict = policy(allow=("Edit(.claude/**)",)).judge(write(workspace / ".claude" / "settings.json"), Effect.WRITE)
    assert (verdict.ruling, verdict.firm) == (ASK, True)


@pytest.mark.parametrize(
    "command",
    [
        "cp x .git/hooks/pre-commit",
        "tee .git/hooks/pre-commit",
        "echo x > .enforcer/config.yaml",
        "echo $X > .git/config",
    ],
)
def test_an_allowed_program_does_not_reach_the_hooks_or_our_policy(policy: Build, command: str) -> None:
    call = ToolCall("t1", "Bash", {"command": command})
    assert policy(Mode.BYPASS, allow=("Bash(*)",)).judge(call, Effect.EXECUTE).ruling is DENY


def test_an_allowed_program_asks_before_it_touches_a_protected_path(policy: Build) -> None:
    call = ToolCall("t1", "Bash", {"command": "rm -r .vscode"})
    verdict = policy(allow=("Bash(rm *)",)).judge(call, Effect.EXECUTE)
    assert (verdict.ruling, verdict.firm) == (ASK, True)
