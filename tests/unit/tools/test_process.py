from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from enforcer.core.errors import ToolError
from enforcer.tools.process import Ran, child_environment, ending, program, run_command, shell_argv

pytestmark = pytest.mark.slow  # it waits for processes to end

ENV: Mapping[str, str] = {"PATH": os.defpath + os.pathsep + os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}


def run(command: str, folder: Path, *, timeout_s: float = 60.0, env: Mapping[str, str] = ENV) -> Ran:
    return asyncio.run(run_command(command, cwd=folder, env=env, outputs=folder / "outputs", timeout_s=timeout_s))


def gone(pid: int) -> bool:
    """Ended; one that nobody has collected yet counts as ended too."""
    if Path("/proc/self").exists():
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] in "ZX"
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1] in {"", "Z"}


def test_both_outputs_come_in_their_order(tmp_path: Path) -> None:
    done = run("echo one; echo two >&2; echo three", tmp_path)
    assert (done.exit_code, done.text, done.path, done.left_behind) == (0, "one\ntwo\nthree\n", None, False)


@pytest.mark.parametrize(
    ("command", "code"), [("true", 0), ("exit 7", 7), ("false | true", 0), ("no-such-program-here", 127)]
)
def test_the_exit_code_is_the_commands(tmp_path: Path, command: str, code: int) -> None:
    assert run(command, tmp_path).exit_code == code


@pytest.mark.parametrize(
    ("code", "words"), [(2, "exit code 2"), (-9, "killed by SIGKILL"), (-63, "killed by signal 63")]
)
def test_an_ending_is_told_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_stdin_is_closed(tmp_path: Path) -> None:
    assert run("cat; echo end", tmp_path).text == "end\n"


def test_a_command_has_a_session_of_its_own_and_no_terminal(tmp_path: Path) -> None:
    done = run(f"{sys.executable} -c 'import os; print(os.getsid(0))'; (: < /dev/tty) || echo none", tmp_path)
    lines = done.text.splitlines()
    assert int(lines[0]) != os.getsid(0)
    assert lines[-1] == "none"


def test_no_start_up_file_changes_what_was_judged(tmp_path: Path, home: Path) -> None:
    (home / ".bashrc").write_text("echo from bashrc\n")
    (tmp_path / "env.sh").write_text("echo from BASH_ENV\n")
    env = child_environment({**ENV, "HOME": str(home), "BASH_ENV": str(tmp_path / "env.sh")})
    assert run("echo judged", tmp_path, env=env).text == "judged\n"


def test_without_bash_the_plain_shell_runs_it() -> None:
    assert shell_argv("echo hi", bashes=("/no/bash",)) == ("/bin/sh", "-c", "echo hi")
    assert shell_argv("echo hi", bashes=("/bin/sh",)) == ("/bin/sh", "--noprofile", "--norc", "-c", "echo hi")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param("echo a\0b", "the command holds a NUL character; send it without", id="NUL"),
        pytest.param(f"echo {'x' * 3_000_000}", "the command could not start: argument list too long", id="too long"),
    ],
)
def test_a_command_that_cannot_start_is_said(tmp_path: Path, command: str, said: str) -> None:
    with pytest.raises(ToolError) as error:
        run(command, tmp_path)
    assert str(error.value) == said


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"the command could not start: no .*/gone"):
        asyncio.run(run_command("true", cwd=tmp_path / "gone", env=ENV, outputs=tmp_path))


def test_a_command_that_runs_out_of_time_is_ended_with_its_children(tmp_path: Path) -> None:
    done = run("echo before; sleep 600 & echo $! > pid; wait", tmp_path, timeout_s=1.0)
    assert (done.exit_code, done.text, done.left_behind) == (None, "before\n", True)
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_command_that_will_not_end_politely_is_killed(tmp_path: Path) -> None:
    done = run("trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done", tmp_path, timeout_s=1.0)
    assert done.exit_code is None
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_command_may_tidy_up_when_it_is_asked_to_end(tmp_path: Path) -> None:
    run("trap 'echo tidy > mark; exit' TERM; while :; do sleep 0.05; done", tmp_path, timeout_s=1.0)
    assert (tmp_path / "mark").read_text() == "tidy\n"


def test_a_child_that_keeps_the_output_open_does_not_keep_us(tmp_path: Path) -> None:
    done = run("sleep 600 & echo $! > pid; echo done", tmp_path)
    assert (done.exit_code, done.text, done.left_behind) == (0, "done\n", True)
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_child_that_writes_for_ever_does_not_keep_us(tmp_path: Path) -> None:
    done = run("yes & echo $! > pid", tmp_path)
    assert (done.exit_code, done.left_behind) == (0, True)
    assert gone(int((tmp_path / "pid").read_text()))


def test_crash_007_cancelling_ends_the_whole_group_and_rises(tmp_path: Path) -> None:
    async def interrupted() -> None:
        command = "bash -c 'sleep 600 & echo $! > grandchild; wait' & bash -c 'exec sleep 600' & echo $! > child; wait"
        task = asyncio.create_task(run_command(command, cwd=tmp_path, env=ENV, outputs=tmp_path))
        while not ((tmp_path / "grandchild").exists() and (tmp_path / "grandchild").read_text().endswith("\n")):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    assert gone(int((tmp_path / "grandchild").read_text()))
    assert gone(int((tmp_path / "child").read_text()))


def test_crash_013_a_flood_of_output_needs_little_memory(tmp_path: Path) -> None:
    body = """
        import asyncio, os, resource, sys
        from pathlib import Path
        from enforcer.tools.process import run_command
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        folder = Path(sys.argv[1])
        command = "head -c 300000000 /dev/zero | tr '\\\\0' x; echo; echo the end"
        done = asyncio.run(run_command(command, cwd=folder, env=os.environ, outputs=folder))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        unit = 1 if sys.platform == "darwin" else 1024
        print(done.exit_code, done.text.splitlines()[-1], len(done.text) < 31_000, done.path.stat().st_size)
        print("the first 50,000,000 bytes are in" in done.text, grown * unit < 50_000_000)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(body), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("0 the end True 50000000\nTrue True\n", "")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
def test_secr_007_no_key_is_in_the_arguments_or_the_environment_of_a_child(tmp_path: Path) -> None:
    env = child_environment({**ENV, "ANTHROPIC_API_KEY": "sk-canary", "GREETING": "hello"})
    done = run("tr '\\0' '\\n' < /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$$/environ; env", tmp_path, env=env)
    assert "GREETING=hello" in done.text
    assert "sk-canary" not in done.text


@pytest.mark.parametrize(
    "name",
    [
        *("ANTHROPIC_API_KEY", "OPENAI_KEY", "GITHUB_TOKEN", "TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        *("MY_SECRET_THING", "PGPASSWORD", "SSH_PASSPHRASE", "npm_config_api_key", "GH_PAT"),
        *("BASH_ENV", "ENV", "PS4", "PROMPT_COMMAND", "SHELLOPTS", "BASH_FUNC_git%%", "IFS", "CDPATH"),
        *("LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME"),
        *(
            "GIT_CONFIG_KEY_2",
            "GIT_CONFIG_PARAMETERS",
            "GIT_CONFIG_GLOBAL",
            "GIT_DIR",
            "GIT_SSH_COMMAND",
            "GIT_EXTERNAL_DIFF",
            "GIT_INDEX_FILE",
        ),
        "RIPGREP_CONFIG_PATH",
    ],
)
def test_a_child_does_not_get(name: str) -> None:
    assert name not in child_environment({name: "x", "PATH": "/bin"})


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "LANG", "LC_ALL", "TERM", "USER", "VIRTUAL_ENV", "SSH_AUTH_SOCK", "TMPDIR", "TZ", "KEYBOARD"),
        *(
            "GIT_AUTHOR_NAME",
            "GIT_COMMITTER_EMAIL",
            "PYTHONUTF8",
            "PYTHONUNBUFFERED",
            "ENVIRONMENT",
            "ENFORCER_DATA_DIR",
        ),
    ],
)
def test_a_child_keeps(name: str) -> None:
    assert child_environment({name: "x"})[name] == "x"


def test_a_child_knows_it_is_run_by_an_agent_and_opens_no_editor_or_pager() -> None:
    assert child_environment({"PAGER": "less", "GIT_EDITOR": "vim"}) == {
        "ENFORCER_AGENT": "1",
        "GIT_EDITOR": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "PAGER": "cat",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "safe.bareRepository",
        "GIT_CONFIG_VALUE_0": "explicit",
        "GIT_CONFIG_KEY_1": "core.fsmonitor",
        "GIT_CONFIG_VALUE_1": "false",
    }


def test_no_variable_of_the_parent_replaces_what_git_is_told() -> None:
    env = child_environment({"GIT_CONFIG_COUNT": "9", "GIT_CONFIG_VALUE_1": "./evil"})
    assert (env["GIT_CONFIG_COUNT"], env["GIT_CONFIG_VALUE_1"]) == ("2", "false")


GIT_FOR_TESTS = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test"),
}
EVIL = "printf '#!/bin/sh\\ntouch %s/ran\\n' \"$PWD\" > evil && chmod +x evil && "


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            "git init -q --bare v && cd v && git config core.bare false && git config core.worktree . && "
            "git config core.fsmonitor ../evil && git status",
            id="a plain folder that looks like a repository",
        ),
        pytest.param("git init -q r && cd r && git config core.fsmonitor ../evil && git status", id="a repository"),
    ],
)
def test_git_runs_no_fsmonitor_a_folder_brought_along(tmp_path: Path, command: str) -> None:
    run(EVIL + command, tmp_path, env=child_environment(GIT_FOR_TESTS))
    assert (tmp_path / "evil").exists()
    assert not (tmp_path / "ran").exists()


def test_git_works_as_usual_in_a_repository_and_its_worktree(tmp_path: Path) -> None:
    steps = "git init -q r && cd r && touch a && git add a && git commit -qm first && git worktree add -q ../w && "
    done = run(
        steps + "cd ../w && git log --format=%s && git status -s", tmp_path, env=child_environment(GIT_FOR_TESTS)
    )
    assert (done.exit_code, done.text) == (0, "first\n")


def test_a_known_key_is_found_under_any_name() -> None:
    env = child_environment({"MY_MODEL": "sk-canary", "URL": "https://u:sk-canary@host", "A": "b"}, ["sk-canary", ""])
    assert {"MY_MODEL", "URL"} & set(env) == set()
    assert env["A"] == "b"


def test_a_program_in_the_project_is_not_taken_for_an_installed_one(tmp_path: Path) -> None:
    for folder in ("bin", "project"):
        (tmp_path / folder).mkdir()
    (tmp_path / "project" / "rg").write_text("#!/bin/sh\n")
    (tmp_path / "project" / "rg").chmod(0o755)
    env = {"PATH": str(tmp_path / "project")}
    assert program("rg", env, (tmp_path / "project",)) is None
    assert program("rg", env, (tmp_path / "bin",)) == str(tmp_path / "project" / "rg")
    (tmp_path / "bin" / "rg").symlink_to(tmp_path / "project" / "rg")
    assert program("rg", {"PATH": str(tmp_path / "bin")}, (tmp_path / "project",)) is None


def test_a_signal_that_ends_the_command_is_known(tmp_path: Path) -> None:
    assert run("kill -KILL $$", tmp_path).exit_code == -signal.SIGKILL


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc here")
def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    run("true", tmp_path)
    before = sorted(os.listdir("/proc/self/fd"))
    run("true", tmp_path)
    run("sleep 600 &", tmp_path)
    with pytest.raises(ToolError):
        run("a\0b", tmp_path)
    assert sorted(os.listdir("/proc/self/fd")) == before
