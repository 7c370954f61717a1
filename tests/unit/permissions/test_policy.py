from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.errors import UsageError
from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Mode
from enforcer.permissions.rules import BadRule
from enforcer.tools.base import Effect
from tests.unit.permissions.conftest import Build, Shell

ALLOW, ASK, DENY = Ruling.ALLOW, Ruling.ASK, Ruling.DENY


def bash(command: str) -> ToolCall:
    return ToolCall("t1", "Bash", {"command": command})


# Modes


@pytest.mark.parametrize(
    ("mode", "write", "harmless", "other", "fetch"),
    [
        (Mode.DEFAULT, ASK, ALLOW, ASK, ASK),
        (Mode.ACCEPT_EDITS, ALLOW, ALLOW, ASK, ASK),
        (Mode.PLAN, DENY, ALLOW, DENY, ASK),
        (Mode.DONT_ASK, DENY, ALLOW, DENY, DENY),
        (Mode.BYPASS, ALLOW, ALLOW, ALLOW, ALLOW),
    ],
)
def test_what_a_mode_does_with_what_no_rule_speaks_of(
    policy: Build, workspace: Path, mode: Mode, write: Ruling, harmless: Ruling, other: Ruling, fetch: Ruling
) -> None:
    judge = policy(mode).judge
    edit = ToolCall("t1", "Edit", {"file_path": str(workspace / "f")})
    assert judge(edit, Effect.WRITE).ruling is write
    assert judge(bash("git status"), Effect.EXECUTE).ruling is harmless
    assert judge(bash("touch a"), Effect.EXECUTE).ruling is other
    assert judge(ToolCall("t1", "mcp__db__query", {}), Effect.EXECUTE).ruling is other
    assert judge(ToolCall("t1", "WebFetch", {"url": "https://example.test/"}), Effect.READ).ruling is fetch
    assert judge(ToolCall("t1", "TaskCreate", {}), Effect.NONE).ruling is ALLOW


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("default", Mode.DEFAULT),
        ("acceptEdits", Mode.ACCEPT_EDITS),
        ("accept-edits", Mode.ACCEPT_EDITS),
        ("bypassPermissions", Mode.BYPASS),
        ("yolo", Mode.BYPASS),
        ("dontAsk", Mode.DONT_ASK),
        ("plan", Mode.PLAN),
    ],
)
def test_a_mode_has_its_spellings(text: str, mode: Mode) -> None:
    assert Mode.parse(text) is mode


def test_an_unknown_mode_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as raised:
        Mode.parse("auto")
    assert str(raised.value) == (
        "'auto' is not a permission mode; use one of default, acceptEdits, plan, bypassPermissions, dontAsk"
    )


def test_the_mode_can_change_while_the_session_runs(policy: Build) -> None:
    session = policy()
    session.mode = Mode.BYPASS
    assert session.allows_everything
    assert session.judge(bash("touch a"), Effect.EXECUTE).ruling is ALLOW


def test_the_default_ask_of_the_mode_is_not_firm_and_that_of_a_rule_is(shell: Shell) -> None:
    assert not shell("touch a").firm
    assert shell("touch a", ask=("Bash(touch *)",)).firm


def test_a_plan_is_not_widened_by_rules_or_answers(policy: Build) -> None:
    session = policy(Mode.PLAN, allow=("Bash(npm test)",))
    session.remember("Bash(touch *)")
    assert [session.judge(bash(c), Effect.EXECUTE).ruling for c in ("npm test", "touch a", "ls > f")] == [DENY] * 3
    assert session.judge(bash("touch a"), Effect.EXECUTE).reason.startswith("plan mode: ")


def test_where_nobody_is_asked_the_reason_says_so_perm_052(shell: Shell) -> None:
    assert shell("touch a", Mode.DONT_ASK).reason == (
        "nobody is asked in dontAsk mode; 'touch a' is not known to be harmless"
    )


# Precedence


def test_deny_comes_before_ask_and_ask_before_allow_perm_049(shell: Shell) -> None:
    rules = {"allow": ("Bash(git push *)",), "ask": ("Bash(git push *)",), "deny": ("Bash(git push --force *)",)}
    assert shell("git push --force origin main", **rules).ruling is DENY
    assert shell("git push origin main", **rules).ruling is ASK


@pytest.mark.parametrize("mode", list(Mode))
def test_no_mode_lifts_a_deny_rule_perm_050(shell: Shell, mode: Mode) -> None:
    verdict = shell("curl x", mode, deny=("Bash(curl *)",), allow=("Bash(*)",))
    assert (verdict.ruling, verdict.by) == (DENY, "rule Bash(curl *)")


def test_what_a_hook_rewrote_is_judged_like_anything_else_perm_051(shell: Shell) -> None:
    assert shell("ls", deny=("Bash(curl *)",)).ruling is ALLOW
    assert shell("curl x", deny=("Bash(curl *)",)).ruling is DENY


def test_an_ask_rule_asks_even_when_everything_else_is_allowed(shell: Shell) -> None:
    assert shell("git push", Mode.BYPASS, ask=("Bash(git push *)",)).ruling is ASK


def test_a_deny_rule_can_name_a_parameter(policy: Build) -> None:
    session = policy(Mode.BYPASS, deny=("Bash(run_in_background:true)",))
    call = ToolCall("t1", "Bash", {"command": "ls", "run_in_background": True})
    assert session.judge(call, Effect.EXECUTE).ruling is DENY
    assert session.judge(bash("ls"), Effect.EXECUTE).ruling is ALLOW


def test_a_denied_lane_is_denied_though_delegating_touches_nothing(policy: Build) -> None:
    session = policy(deny=("Agent(lane:creative)",))
    assert session.judge(ToolCall("t1", "Delegate", {"lane": "creative"}), Effect.NONE).ruling is DENY
    assert session.judge(ToolCall("t1", "Delegate", {"lane": "analytical"}), Effect.NONE).ruling is ALLOW


@pytest.mark.parametrize(
    ("url", "ruling"),
    [
        ("https://docs.example.test/a", ALLOW),
        ("https://docs.example.test.evil.test/", ASK),
        ("https://docs.example.test@evil.test/", DENY),
        ("https://bad.example.test/", DENY),
        ("https://new.example.test/", ASK),
    ],
)
def test_addresses_are_judged_by_host_perm_064(policy: Build, url: str, ruling: Ruling) -> None:
    session = policy(allow=("WebFetch(domain:docs.example.test)",), deny=("WebFetch(domain:bad.example.test)",))
    assert session.judge(ToolCall("t1", "WebFetch", {"url": url}), Effect.READ).ruling is ruling


# Guards no mode lifts


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /",
        "rm -rf /*",
        "rm -fr /etc",
        "rm -rf ~",
        "rm -rf ~/*",
        'rm -rf "$HOME"',
        "rm -rf ${HOME}/",
        "rm -r .",
        "rm -rf ./*",
        "rm -rf *",
        "rm -rf ..",
        "cd / && rm -rf *",
        "cd .. && rm -rf app",
        "sudo rm -rf --no-preserve-root /",
        "bash -c 'rm -rf ~'",
        "if true; then rm -rf ~; fi",
        "find / -delete",
        "find ~ -delete",
        "r''m -rf /",
        "/bin/rm -rf /",
    ],
)
def test_a_catastrophe_is_refused_in_every_mode_perm_046(shell: Shell, command: str) -> None:
    assert shell(command, Mode.BYPASS, allow=("Bash(*)",)).ruling is DENY


@pytest.mark.parametrize("command", ["rm -rf build", "rm -rf ./sub", "rm f", "rm -rf sub/*", "find . -name x -delete"])
def test_an_ordinary_removal_is_no_catastrophe(shell: Shell, command: str) -> None:
    assert shell(command, Mode.BYPASS).ruling is ALLOW


@pytest.mark.parametrize(
    "command",
    [
        "git commit --no-verify -m x",
        "git commit --no-veri -m x",
        "git commit -n -m x",
        "git commit -anm x",
        "git -C sub commit -n",
        "git push --no-verify",
        "git -c core.hooksPath=/dev/null commit",
        "git -c core.HooksPath=/dev/null commit",
        "git config core.hooksPath /dev/null",
        "GIT_CONFIG_COUNT=1 git commit",
        "env GIT_CONFIG_GLOBAL=/tmp/x git commit",
        "git commit-tree HEAD^{tree}",
        "git update-ref refs/heads/main HEAD",
        "git update-ref --stdin",
        "git fast-import",
        "/usr/bin/git commit --no-verify",
        'bash -c "git commit --no-verify"',
        "x=1; git commit --no-verify -m $x",
        "ENFORCER_SKIP=1 git commit -m x",
    ],
)
def test_the_git_hooks_are_not_slipped_past_hook_011(shell: Shell, command: str) -> None:
    assert shell(command, Mode.BYPASS, allow=("Bash(git *)",)).ruling is DENY


@pytest.mark.parametrize(
    "command", ["git commit -m 'never use --no-verify'", "git commit -mn", "git log -n 3", "git tag refs/heads"]
)
def test_a_word_about_the_hooks_is_not_a_way_past_them(shell: Shell, command: str) -> None:
    assert shell(command, allow=("Bash(git *)",)).ruling is ALLOW


# Read-only commands and their flags


@pytest.mark.parametrize(
    "command",
    [
        "sort -o f a",
        "sort --compress-program=./evil.sh a",
        "uniq a b",
        "find . -fls x",
        "find . -okdir x",
        "date -s 12:00",
        "date 010100002030",
        "tail -f f",
        "git -c core.pager=x log",
        "git diff --ext-diff",
        "git log --output=x",
        "git log --format=%GG",
        "git branch new",
        "git branch -D main",
        "git diff --no-index /etc/passwd f",
        "git diff /etc/passwd f",
        "git stash",
        "grep -f /etc/passwd x f",
        "diff -l a b",
        "sed -i s/a/b/ f",
        "sed -n 1,5w out f",
        "printf -v x y",
        "test -v 'a[$(x)]'",
        "cat /etc/passwd",
        "cat ../x",
        "ls ~",
        "cd sub; cat ../../x",
        "cd missing; cat ../x",
        "cd sub | cat ../x",
        "cd",
        "cd -",
        "env",
        "which -x ls",
    ],
)
def test_a_reader_with_another_flag_or_a_path_outside_asks(shell: Shell, command: str) -> None:
    assert shell(command).ruling is ASK


@pytest.mark.parametrize(
    "command",
    [
        "cd sub && cat ../f",
        "cd src && ls && cat a.py | head -3",
        "grep -rn --include='*.py' foo src | sort -u | uniq -c | wc -l",
        "rg -n -tpy foo src",
        "find . -type f -name '*.py' -print",
        "date '+%Y-%m-%d'",
        "git --no-pager log --oneline -5 --format=%h",
        "git branch --list 'feat*'",
        "test -f f && echo yes || echo no",
        "printf '%s\\n' x",
        "stat -c %s f",
        "echo done > /dev/null 2>&1",
        "wc -l < f",
    ],
)
def test_plain_reading_runs_without_a_question(shell: Shell, command: str) -> None:
    assert shell(command).ruling is ALLOW


# What a rule covers


@pytest.mark.parametrize(
    ("command", "allow", "ruling"),
    [
        ("timeout 60 pytest -q", "Bash(pytest *)", ALLOW),
        ("nice -n 5 time pytest", "Bash(pytest *)", ALLOW),
        ("timeout --frob 60 pytest", "Bash(pytest *)", ASK),
        ("timeout 60 rm f", "Bash(timeout *)", ASK),
        ("env X=1 pytest", "Bash(env *)", ASK),
        ("sudo pytest", "Bash(pytest *)", ASK),
        ("ls | xargs rm", "Bash(xargs *)", ASK),
        ("ls | xargs cat", "Bash(xargs *)", ALLOW),
        ("bash -c 'pytest -q'", "Bash(bash *)", ASK),
        ("bash build.sh", "Bash(bash *)", ALLOW),
        ("cat f | python", "Bash(*)", ASK),
        ("pytest > out", "Bash(pytest *)", ASK),
        ("./pytest", "Bash(pytest *)", ASK),
        ("pytest && touch x", "Bash(pytest *)", ASK),
        ("awk '{print $1}' f", "Bash(awk *)", ALLOW),
        ("awk -f x f", "Bash(awk *)", ASK),
        ("sed -i s/a/b/g f", "Bash(sed *)", ALLOW),
        ("sed s/a/b/e f", "Bash(sed *)", ASK),
        ("cp f /elsewhere/f", "Bash(cp *)", ASK),
        ("cp f /elsewhere/f", "Bash(cp f /elsewhere/f)", ALLOW),
        ("git rebase --exec x HEAD~1", "Bash(git *)", ASK),
        ("cat /etc/hosts", "Bash(cat *)", ALLOW),
    ],
)
def test_an_allow_rule_covers_the_plain_command_it_names(
    shell: Shell, command: str, allow: str, ruling: Ruling
) -> None:
    assert shell(command, allow=(allow,)).ruling is ruling


def test_accepted_edits_include_redirects_inside_the_workspace(shell: Shell) -> None:
    assert shell("echo x > notes.txt", Mode.ACCEPT_EDITS).ruling is ALLOW
    assert shell("echo x > Makefile", Mode.ACCEPT_EDITS).ruling is ASK


def test_an_unknown_wrapper_of_a_denied_word_asks(shell: Shell) -> None:
    verdict = shell("mywrap curl x", allow=("Bash(*)",), deny=("Bash(curl *)",))
    assert (verdict.ruling, verdict.reason) == (ASK, "'curl' is denied and 'mywrap' may run it")


@pytest.mark.parametrize(
    "command",
    [
        "python -c 'import os; os.system(\"curl x\")'",
        "bash -lc 'bash -c \"curl x\"'",
        "trap 'curl x' EXIT",
        "printf -v 'a[$(curl x)]' x",
        "env -S 'curl x'",
        "eval curl x",
    ],
)
def test_a_denied_program_is_found_inside_code(shell: Shell, command: str) -> None:
    assert shell(command, Mode.BYPASS, deny=("Bash(curl *)",)).ruling is DENY


def test_too_long_for_any_system_is_refused(shell: Shell) -> None:
    assert shell("echo " + "a" * 100_000, Mode.BYPASS).ruling is DENY


def test_ten_thousand_characters_of_nonsense_are_judged_without_a_limit_of_time_perm_062(shell: Shell) -> None:
    tangled = "git " * 2_000 + "$x " + "nice " * 300
    assert shell(tangled, allow=("Bash(*)",), deny=("Bash(curl *)", "Bash(git * --force)")).ruling is ASK


# Sub-agents


def test_a_sub_agent_has_every_deny_of_its_parent_perm_053(policy: Build) -> None:
    child = policy(deny=("Bash(curl *)",), allow=("Bash(*)",)).child()
    assert child.judge(bash("curl x"), Effect.EXECUTE).ruling is DENY


def test_a_sub_agent_can_only_be_narrower(policy: Build) -> None:
    parent = policy(allow=("Bash(npm test)",))
    child = parent.child(deny=["Bash"])
    assert child.judge(bash("npm test"), Effect.EXECUTE).ruling is DENY
    assert parent.judge(bash("npm test"), Effect.EXECUTE).ruling is ALLOW


def test_an_answer_counts_for_parent_and_child(policy: Build) -> None:
    parent = policy()
    child = parent.child()
    child.remember("Bash(npm test)")
    assert parent.judge(bash("npm test"), Effect.EXECUTE).ruling is ALLOW
    parent.mode = Mode.PLAN
    assert child.mode is Mode.PLAN


# Remembering


@pytest.mark.parametrize(
    ("command", "offered"),
    [
        pytest.param("cd src && npm test", ("Bash(npm test)",), id="PERM-054"),
        pytest.param("npm test && touch x", ("Bash(npm test)", "Bash(touch x)"), id="one-for-each"),
        pytest.param("ls && npm test | tail -3", ("Bash(npm test)",), id="not-for-readers"),
        pytest.param("timeout 60 pytest -q tests", ("Bash(pytest *)",), id="a-checker"),
        pytest.param("git commit -m 'all done'", ("Bash(git commit *)",), id="a-subcommand"),
        pytest.param("git push --force", ("Bash(git push --force)",), id="exact-where-it-could-hurt"),
        pytest.param("python -m pytest -q", ("Bash(python -m pytest -q)",), id="never-the-interpreter"),
        pytest.param("bash -c 'npm test'", (), id="a-shell-is-not-remembered"),
        pytest.param("eval x", (), id="what-no-rule-covers"),
        pytest.param("find . -delete -name x", (), id="a-dangerous-flag"),
        pytest.param("echo $x", (), id="not-plain"),
        pytest.param("frob 'a*'", (), id="a-star-would-become-a-pattern"),
        pytest.param("cp f .vscode/x", (), id="a-protected-path"),
    ],
)
def test_always_offers_one_narrow_rule_for_each_command(policy: Build, command: str, offered: tuple[str, ...]) -> None:
    assert policy().suggest(bash(command)) == offered


@pytest.mark.parametrize("command", ["npm test", "git commit -m 'all done'", "frob '(a b)' \"it's\"", "touch a"])
def test_an_offered_rule_answers_the_question_for_good(policy: Build, command: str) -> None:
    session = policy()
    for rule in session.suggest(bash(command)):
        session.remember(rule)
    assert session.judge(bash(command), Effect.EXECUTE).ruling is ALLOW


def test_offers_for_files_addresses_and_servers(policy: Build, workspace: Path, home: Path) -> None:
    session = policy()
    edit = ToolCall("t1", "Edit", {"file_path": str(workspace / "my [f].py")})
    read = ToolCall("t1", "Read", {"file_path": str(home / "notes" / "a.md")})
    fetch = ToolCall("t1", "WebFetch", {"url": "https://Docs.example.test/x"})
    protected = ToolCall("t1", "Edit", {"file_path": str(workspace / ".vscode" / "x")})
    assert session.suggest(edit) == (f"Edit(/{workspace}/my\\ \\[f\\].py)",)
    assert session.suggest(read) == (f"Read(/{home}/notes/**)",)
    assert session.suggest(fetch) == ("WebFetch(domain:docs.example.test)",)
    assert session.suggest(ToolCall("t1", "mcp__db__query", {})) == ("mcp__db__query",)
    assert session.suggest(protected) == ()


def test_a_bad_rule_is_not_remembered(policy: Build) -> None:
    session = policy()
    with pytest.raises(BadRule):
        session.remember("Bash(")
    assert session.remembered == ()


def test_a_tool_denied_as_a_whole_is_hidden_from_the_model(policy: Build) -> None:
    session = policy(deny=("WebFetch", "Edit", "Bash(curl *)", "mcp__db"))
    assert {"WebFetch", "Edit", "Write"} <= session.hidden_tools()
    assert "Bash" not in session.hidden_tools()
    assert session.hides("mcp__db__query")
    assert not session.hides("Bash")


@pytest.mark.parametrize(
    ("rule", "command", "matches"),
    [
        ("Bash(git *)", "ls && git status", True),
        ("Bash(git *)", "echo $(git status)", True),
        ("Bash(git *)", "npm test", False),
        ("Edit(src/**)", "ls", False),
        ("Bash(", "ls", True),
    ],
)
def test_a_hook_asks_whether_any_part_matches_its_rule(policy: Build, rule: str, command: str, matches: bool) -> None:
    assert policy().matches_rule(rule, bash(command)) is matches


def test_a_hook_can_name_files(policy: Build, workspace: Path) -> None:
    call = ToolCall("t1", "Write", {"file_path": str(workspace / "src" / "a.py")})
    assert policy().matches_rule("Edit(src/**)", call)
    assert not policy().matches_rule("Edit(docs/**)", call)
