"""Ways around the shell judge that were seen, each one closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Mode
from enforcer.tools.base import Effect
from tests.unit.permissions.conftest import Build, Shell

ALLOW, ASK, DENY = Ruling.ALLOW, Ruling.ASK, Ruling.DENY


# A wrapper is judged by what it runs


@pytest.mark.parametrize(
    ("command", "allow"),
    [
        pytest.param("uv run rm -rf src", "Bash(uv run *)", id="uv run"),
        pytest.param("poetry run rm -rf src", "Bash(poetry run *)", id="poetry run"),
        pytest.param("uv run -m ls", "Bash(uv run *)", id="a module is no program"),
        pytest.param("uv run rm -rf src", "Bash(uv run pytest *)", id="another program"),
        pytest.param("go test -exec rm", "Bash(go test *)", id="go test -exec"),
        pytest.param("go test --exec=rm ./...", "Bash(go test *)", id="go test --exec="),
        pytest.param("go vet -vettool=./x", "Bash(go vet *)", id="go vet -vettool"),
        pytest.param("go build -toolexec ./x", "Bash(go *)", id="go build -toolexec"),
    ],
)
def test_a_rule_for_a_wrapper_does_not_cover_what_it_runs(shell: Shell, command: str, allow: str) -> None:
    assert shell(command, allow=(allow,)).ruling is ASK


@pytest.mark.parametrize(
    ("command", "allow"),
    [
        ("uv run pytest -q", ("Bash(uv run pytest *)",)),
        ("uv run pytest -q", ("Bash(uv run *)", "Bash(pytest *)")),
        ("uv run python -m pytest -q", ("Bash(uv run python -m pytest:*)",)),
        ("uv sync", ("Bash(uv sync)",)),
        ("go test ./...", ("Bash(go test *)",)),
        ("python --version", ("Bash(python --version)",)),
    ],
)
def test_a_rule_that_names_what_the_wrapper_runs_covers_it(shell: Shell, command: str, allow: tuple[str, ...]) -> None:
    assert shell(command, allow=allow).ruling is ALLOW


# The folder a command runs in


@pytest.mark.parametrize(
    "command",
    [
        "true || cd sub && cat ../x",
        "true || cd sub && cat < ../x",
        "ls | cat || cd sub && cat ../x",
        "true || cd sub && cd src && cat ../../x",
        "cd sub && true || cd src && cat ../x",
        "command cd sub && cat ../x",
        "builtin cd sub && cat ../x",
        "time cd sub && cat ../x",
        "pushd sub && cat ../x",
        "popd && cat ../x",
    ],
)
def test_a_cd_that_may_not_happen_moves_nothing(shell: Shell, command: str) -> None:
    assert shell(command, allow=("Bash(pushd *)", "Bash(popd)")).ruling is ASK


@pytest.mark.parametrize(
    "command",
    [
        "true || cd sub && cat ../x",
        "true || cd sub && echo a >> ../x",
        "command cd sub && cat ../x",
        "builtin cd sub && cat ../x",
        "time cd sub && echo a >> ../x",
        "cd missing; cat ../x",
        "cd missing\ncat ../x",
        "cd sub || cat ../x",
    ],
)
def test_a_command_is_judged_in_every_folder_it_may_run_in(shell: Shell, command: str) -> None:
    assert shell(command, Mode.ACCEPT_EDITS).ruling is not ALLOW


def test_a_denied_file_is_denied_behind_a_cd_that_is_skipped(shell: Shell) -> None:
    assert shell("true || cd src && cat ../f", deny=("Read(/f)",)).ruling is DENY
    assert shell("true || cd sub && cat f", deny=("Read(/f)",)).ruling is DENY


@pytest.mark.parametrize(
    "command",
    [
        "cd -P / && rm -rf usr",
        "cd -- / && rm -rf usr",
        "pushd / && rm -rf usr",
        "command cd / && rm -rf usr",
        "true || cd / && rm -rf usr",
        "cd -P / && rm -rf usr && $x",
    ],
)
def test_no_spelling_of_cd_hides_a_catastrophe(shell: Shell, command: str) -> None:
    assert shell(command, Mode.BYPASS).ruling is DENY


def test_a_chain_of_cds_that_must_all_succeed_is_sure(shell: Shell) -> None:
    assert shell("false || true && cd sub && cat ../f").ruling is ALLOW


# What git is made to show


@pytest.mark.parametrize(
    "command",
    [
        "git show :0:.env",
        "git show HEAD:.env",
        "git show HEAD~2:./.env",
        "git show :.env",
        "git log -L 1,5:.env",
        "git log -p -- :/.env",
        "cd sub && git show HEAD:.env",
        "git frobnicate :0:.env",
    ],
)
def test_a_denied_file_is_not_shown_by_its_revision(shell: Shell, command: str) -> None:
    assert shell(command, allow=("Bash(git *)",), deny=("Read(.env)",)).ruling is DENY


@pytest.mark.parametrize(
    "command",
    [
        'git log -p -- ".en*"',
        "git diff -- '.?nv'",
        "git log -p -- '.[e]nv'",
        "git log -p -- ':(glob).env'",
        "git log -p -- ':(icase).ENV'",
        "git log -p -- ':!src'",
        "git log -p -- ':^src'",
    ],
)
def test_a_pattern_that_could_name_a_denied_file_asks(shell: Shell, command: str) -> None:
    assert shell(command, deny=("Read(.env)",)).ruling is not ALLOW


def test_a_denied_file_is_found_from_the_top_of_the_repository_too(shell: Shell, workspace: Path) -> None:
    (workspace / ".git").mkdir()
    assert shell("cd sub && git show HEAD:keys/x", deny=("Read(/keys/**)",)).ruling is DENY


@pytest.mark.parametrize("command", ["git show HEAD:src/a.py", "git branch --list 'a*'", "git log -p -- src"])
def test_what_names_no_denied_file_is_shown(shell: Shell, command: str) -> None:
    assert shell(command, deny=("Read(.env)",)).ruling is ALLOW


def test_a_revision_with_many_colons_is_followed_to_its_end(shell: Shell) -> None:
    assert shell("git show 'HEAD^{/" + "a:" * 2000 + "}:.env'", deny=("Read(.env)",)).ruling is DENY


# Which repository git reads


@pytest.mark.parametrize("command", ["cd sub && git status", "cd sub; git diff", "true || cd sub && git log"])
@pytest.mark.parametrize("given", [(), ("Bash(git *)",)], ids=["no rule", "a rule"])
@pytest.mark.parametrize("name", ["objects", "refs", "commondir"])
def test_git_asks_in_a_folder_that_only_looks_like_a_repository(
    shell: Shell, workspace: Path, command: str, given: tuple[str, ...], name: str
) -> None:
    (workspace / ".git").mkdir()
    (workspace / "sub" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (workspace / "sub" / name).mkdir()
    assert shell(command, Mode.ACCEPT_EDITS, allow=given).ruling is ASK
    assert shell("git status", Mode.ACCEPT_EDITS).ruling is ALLOW


@pytest.mark.parametrize("dotgit", ["a folder", "a file"])
def test_git_asks_in_a_repository_inside_the_project(shell: Shell, workspace: Path, dotgit: str) -> None:
    nested = workspace / "sub" / ".git"
    nested.mkdir() if dotgit == "a folder" else nested.write_text("gitdir: ../src\n", encoding="utf-8")
    assert shell("cd sub && git status").ruling is ASK
    assert shell("cd sub && git status", allow=("Bash(git status)",)).ruling is ALLOW


@pytest.mark.parametrize(
    "config",
    [
        "[core]\n\tfsmonitor = ./evil\n",
        "[core] fsmonitor = ./evil\n",
        "[CORE]\nFSMonitor=./evil\n",
        "[core]\n\tworktree = /\n",
        "[diff]\n\texternal = ./evil\n",
        '[diff "x"]\n\ttextconv = ./evil\n',
        "[diff.x]\n\tcommand = ./evil\n",
        '[filter "x"]\n\tclean = ./evil\n',
        "[include]\n\tpath = ../evil\n",
        '[includeIf "gitdir:/"]\n\tpath = ../evil\n',
        "[log]\n\tshowSignature\n",
        '[remote "origin"]\n\tuploadpack = ./evil\n',
        "[core]\n\tbare = fal\\\nse\n",
        "[core] [diff] external = ./evil\n",
        "external = ./evil\n",
    ],
)
def test_git_asks_where_the_configuration_of_the_project_may_run_a_program(
    shell: Shell, workspace: Path, config: str
) -> None:
    (workspace / ".git").mkdir()
    (workspace / ".git" / "config").write_text(config, encoding="utf-8")
    assert shell("git diff").ruling is ASK


def test_git_asks_where_refreshing_the_index_runs_a_hook(shell: Shell, workspace: Path) -> None:
    (workspace / ".git" / "hooks").mkdir(parents=True)
    (workspace / ".git" / "hooks" / "post-index-change").write_text("", encoding="utf-8")
    assert shell("git status").ruling is ASK


def test_git_asks_where_the_hooks_of_the_project_lie_among_its_files(shell: Shell, workspace: Path) -> None:
    (workspace / ".git").mkdir()
    (workspace / ".git" / "config").write_text("[core]\n\thooksPath = src\n", encoding="utf-8")
    (workspace / "src" / "post-index-change").write_text("", encoding="utf-8")
    assert shell("git diff").ruling is ASK


def test_git_asks_where_a_submodule_has_a_configuration_of_its_own(shell: Shell, workspace: Path) -> None:
    (workspace / ".git" / "modules").mkdir(parents=True)
    assert shell("git status").ruling is ASK


ORDINARY = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
\thooksPath = .husky
[remote "origin"]
\turl = https://example.test/a.git
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
\tremote = origin
\tmerge = refs/heads/main
# a remark
[user]
\tname = A
"""


def test_an_ordinary_repository_is_read_without_a_question(shell: Shell, workspace: Path) -> None:
    (workspace / ".git").mkdir()
    (workspace / ".git" / "config").write_text(ORDINARY, encoding="utf-8")
    assert shell("git status && git diff && cd src && git log -3 -p").ruling is ALLOW


def test_a_linked_work_tree_is_judged_by_the_repository_it_belongs_to(shell: Shell, workspace: Path) -> None:
    own = workspace.parent / "main" / ".git" / "worktrees" / "w"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n", encoding="utf-8")
    (workspace / ".git").write_text(f"gitdir: {own}\n", encoding="utf-8")
    assert shell("git status").ruling is ALLOW
    (own.parents[1] / "config").write_text("[diff]\nexternal=./evil\n", encoding="utf-8")
    assert shell("git status").ruling is ASK


# What makes a repository of a plain folder


@pytest.mark.parametrize(
    ("name", "ruling"),
    [
        ("sub/HEAD", ASK),
        ("sub/head", ASK),
        ("sub/config", ALLOW),
        ("src/config", ASK),
        ("src/commondir", ASK),
        ("bare/refs/heads/main", ASK),
        ("bare/objects/x", ASK),
        ("bare/config", ASK),
        ("sub/objects/x", ALLOW),
    ],
)
def test_a_write_that_may_make_a_repository_asks_though_edits_are_accepted(
    policy: Build, workspace: Path, name: str, ruling: Ruling
) -> None:
    (workspace / "src" / "refs").mkdir()
    (workspace / "bare").mkdir()
    (workspace / "bare" / "HEAD").write_text("x\n", encoding="utf-8")
    call = ToolCall("t1", "Write", {"file_path": str(workspace / name), "content": "x"})
    assert policy(Mode.ACCEPT_EDITS).judge(call, Effect.WRITE).ruling is ruling
    assert shell_write(policy, name) is ruling


def shell_write(policy: Build, name: str) -> Ruling:
    call = ToolCall("t1", "Bash", {"command": f"echo x > {name}"})
    return policy(Mode.ACCEPT_EDITS).judge(call, Effect.EXECUTE).ruling
