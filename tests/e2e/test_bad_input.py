from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.screen import CTRL_C, CTRL_D, ENFORCER, ENTER, ESC, Screen
from tests.servers.vendor import Reply

READY = "ask for something"
COUNT = "count the files"
ONE_MODEL = ("-m", "openai/gpt-5")


@pytest.fixture
def config(home: Path) -> Path:
    (home / "config").mkdir(mode=0o700)
    return home / "config" / "config.yaml"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Taken, so that nobody else gets it, and not listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# Models and keys


def test_a_missing_key_names_its_variable(run, services, monkeypatch: pytest.MonkeyPatch) -> None:
    _, analytical = services([], [])
    monkeypatch.delenv("OPENAI_API_KEY")
    done = run("-p", COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err == "enforcer: openai has no key: set OPENAI_API_KEY, or run: enforcer auth set openai\n"
    assert analytical.connections == 0


def test_a_missing_key_gives_the_prompt_back(services, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services([], [])
    monkeypatch.delenv("OPENAI_API_KEY")
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type(COUNT)
        it.wait_for("openai has no key: set OPENAI_API_KEY")
        it.wait_for("your prompt is back in the input line")
        it.wait_for(f"analytical › {COUNT}", count=2)
        it.send(CTRL_C + CTRL_D)
        assert it.wait_for_end() == 0


def test_a_key_of_another_vendor_is_not_sent(run, services) -> None:
    _, analytical = services([], [])
    done = run("-p", COUNT, env={"OPENAI_API_KEY": "sk-ant-test-0123456789abcdef"})
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "enforcer: the key for openai is one for anthropic; put each key where its provider looks for it\n"
    )
    assert analytical.connections == 0


def test_a_refused_key_names_its_variable(run, services) -> None:
    services([], [Reply(status=401, body="bad key")])
    done = run("-p", COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err == "enforcer: openai refused the key from OPENAI_API_KEY (401): check it\n"


def test_an_unknown_model_is_named_with_the_address(run, services) -> None:
    _, analytical = services([], [Reply(status=404, body="no such model")])
    done = run("-p", COUNT)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "enforcer: openai knows no model 'gpt-5' (404): choose another one "
        f"or check the address {analytical.openai_url}\n"
    )


def test_a_host_that_does_not_answer_is_named(run, services, config: Path, closed_port: int) -> None:
    services([], [])
    config.write_text("providers: {openai: {tries: 1}}\n")
    done = run("-p", COUNT, env={"OPENAI_BASE_URL": f"http://127.0.0.1:{closed_port}/v1"})
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"enforcer: cannot reach openai at 127.0.0.1:{closed_port}: All connection attempts failed; "
        "is the server running?\n"
    )


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("gpt", "--model: 'gpt' is not a model; write it as provider/model"),
        ("openai/", "--model: 'openai/' is not a model; write it as provider/model"),
        ("acme/x", "'acme' is not a provider; known are anthropic, google, openai, openai-compatible, scripted"),
    ],
    ids=["no provider", "no name", "unknown provider"],
)
def test_a_wrong_model_is_named(run, model: str, sentence: str) -> None:
    done = run("-p", COUNT, "-m", model)
    assert (done.code, done.out, done.err) == (2, "", f"enforcer: {sentence}\n")


def test_a_server_without_an_address_names_the_key_to_set(run, home: Path) -> None:
    done = run("-p", COUNT, "-m", "openai-compatible:mine/x")
    assert done.code == 2
    assert done.err == (
        "enforcer: openai-compatible:mine has no address; set providers.openai-compatible:mine.base_url in "
        f"{home}/config/config.yaml, e.g. http://127.0.0.1:8080/v1\n"
    )


# Settings


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lanes:\n  ask: [\n", ":3: this is not valid YAML (did not find expected node content); mend it"),
        ("lanes:\n\task: 1\n", ":2: this is not valid YAML (found character that cannot start any token); mend it"),
        ("- a\n", ": this is not a mapping of settings; write it as key: value"),
    ],
    ids=["bracket", "tab", "list"],
)
def test_a_broken_settings_file_stops_the_run(run, services, config: Path, text: str, problem: str) -> None:
    services([], [])
    config.write_text(text)
    done = run("-p", COUNT)
    assert (done.code, done.out) == (2, "")
    assert done.err.removesuffix(" and start again\n").rstrip() == f"enforcer: {config}{problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lanse: {ask: never}\n", "lanse is not known and was ignored; did you mean lanes?"),
        ("lanes: {ask: [never]}\n", "lanes.ask must be 'once', 'auto' or 'never'; it was left out"),
        ("ui: 3\n", "ui must be a mapping; it was left out"),
    ],
    ids=["unknown key", "wrong value", "wrong type"],
)
def test_what_cannot_be_used_is_named_and_the_rest_works(run, services, config: Path, text: str, problem: str) -> None:
    services([], [Reply(text=("Three.",))])
    config.write_text(text)
    done = run("-p", COUNT)
    assert (done.code, done.out, done.err) == (0, "Three.\n", f"enforcer: {config}: {problem}\n")


def test_a_config_file_others_can_write_is_not_believed(run, services, config: Path) -> None:
    services([], [Reply(text=("Three.",))])
    config.write_text("permissions: {defaultMode: bypassPermissions}\n")
    config.chmod(0o666)
    done = run("-p", COUNT)
    assert done.err == (
        f"enforcer: {config} can be changed by other users and was ignored; mend it with: chmod go-w {config}\n"
    )


# The command line


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-p"], '-p needs a prompt; say it like this: enforcer -p "explain this repository"'),
        (["-p", "  "], '-p needs a prompt; say it like this: enforcer -p "explain this repository"'),
        (["--frobnicate"], "no such option: --frobnicate; see enforcer --help"),
        (["count", "it"], "unexpected: it; words that belong together need quotes; see enforcer --help"),
        (["x", "--lane", "poetic"], "--lane poetic: there is no such lane; use creative or analytical"),
        (["-p", "x", "--output-format", "xml"], "--output-format xml: use one of text, json, stream-json"),
        (["-p", "x", "--input-format", "json"], "--input-format json: use one of text, stream-json"),
        (["-p", "x", "--add-dir", "nowhere"], "--add-dir nowhere: there is no such folder; make it first"),
        (
            ["-p", "x", "--permission-mode", "lax"],
            "--permission-mode: must be 'default', 'acceptEdits', 'plan', 'bypassPermissions' or 'dontAsk'",
        ),
        (["-p", "x", "-r"], "-r needs the id of a session with -p; enforcer -r lists them"),
        (["-p", "x", "-r", "zzz"], "no session begins with 'zzz'; list those of this project with: enforcer -r"),
        (["-p", "x", "-c"], "this project has no earlier session to continue; start one with: enforcer"),
        ([], 'the output is not a terminal; for one answer in a pipe use: enforcer -p "…"'),
        (["count it"], 'the output is not a terminal; for one answer in a pipe use: enforcer -p "…"'),
        (["ledger", "--by", "week"], "--by week: use one of lane, model, task, day, skill, session, delegation"),
        (["route", "x", "--lane", "poetic"], "--lane poetic: there is no such lane; use creative or analytical"),
        (["demo", "--interactive"], "--interactive needs a terminal; run enforcer demo without it"),
        (["why", "two"], "'two' is not the number of a turn; use: enforcer why, or: enforcer why 3"),
        (
            ["ledger", "--since", "once"],
            "--since once: write a day (2026-11-20), a time (2026-11-20T10:00), or 12h, 7d, 2w",
        ),
        (["skill"], "missing command; see enforcer skill --help"),
        (["sessions", "export"], "missing argument 'ID'; see enforcer sessions export --help"),
        (["skill", "mkae"], "no such command 'mkae'; see enforcer skill --help"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_a_mistake_on_the_command_line_is_one_sentence(run, services, arguments: list[str], sentence: str) -> None:
    services([], [])
    done = run(*arguments)
    assert (done.code, done.out, done.err) == (2, "", f"enforcer: {sentence}\n")


def test_a_word_that_is_nearly_a_command_is_a_prompt(run, services) -> None:
    _, analytical = services([], [Reply(text=("Which ledger?",))])
    assert run("-p", "ledgr").out == "Which ledger?\n"
    assert b"ledgr" in analytical.requests[0].raw


# Where it runs


def test_a_folder_without_a_repository_is_fine(run, services, tmp_path: Path) -> None:
    services([], [Reply(text=("Three.",))])
    plain = tmp_path / "plain"
    plain.mkdir()
    done = run("-p", COUNT, cwd=plain)
    assert (done.code, done.out, done.err) == (0, "Three.\n", "")


@pytest.mark.parametrize("command", ["-p x", "route x", "skill list", "demo --fast"])
def test_a_deleted_folder_is_named(tmp_path: Path, command: str) -> None:
    script = f'mkdir gone && cd gone && rmdir ../gone && exec "$@" {command}'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *ENFORCER], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "enforcer: the folder you are in no longer exists; change to another one\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_named(run, services, project: Path) -> None:
    services([], [])
    script = 'chmod 000 . && "$@" -p x; code=$?; chmod 700 .; exit $code'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *ENFORCER], cwd=project, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"enforcer: the folder {project} cannot be read; change to another one\n"


def test_a_data_folder_that_cannot_be_made_is_named(run, services, home: Path) -> None:
    _, analytical = services([], [])
    (home / "file").write_text("")
    done = run("-p", COUNT, env={"ENFORCER_DATA_DIR": f"{home}/file/data"})
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"enforcer: the folder {home}/file/data/projects/project-")
    assert done.err.endswith(
        "cannot be made (Not a directory); set ENFORCER_CONFIG_DIR and ENFORCER_DATA_DIR to folders you may write to\n"
    )
    assert analytical.connections == 0


def test_a_broken_ledger_does_not_stop_the_work(run, services, home: Path) -> None:
    services([], [Reply(text=("Three.",))])
    path = home / "data" / "ledger.sqlite3"
    path.parent.mkdir()
    path.write_text("this was a database once " * 100)
    done = run("-p", COUNT)
    assert (done.code, done.out) == (0, "Three.\n")
    assert done.err == (
        f"enforcer: this session's requests are not in the ledger: {path} is damaged "
        "(file is not a database); enforcer ledger --rebuild makes it anew from the session records\n"
    )


def test_without_a_home_the_xdg_folders_are_enough(services, project: Path, home: Path) -> None:
    services([], [Reply(text=("Three.",))])
    drop = ("HOME", "ENFORCER_CONFIG_DIR", "ENFORCER_DATA_DIR")
    env = {name: value for name, value in os.environ.items() if name not in drop}
    env |= {"XDG_CONFIG_HOME": f"{home}/xdg-config", "XDG_DATA_HOME": f"{home}/xdg-data"}
    done = subprocess.run([*ENFORCER, "-p", COUNT], cwd=project, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Three.\n", "")
    assert (home / "xdg-data" / "enforcer" / "ledger.sqlite3").exists()


ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("env", "shown"),
    [({"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": ""}, "naïve ☃\n"), (ASCII, "na?ve ?\n")],
    ids=["LANG=C", "a terminal that knows ASCII only"],
)
def test_a_plain_locale_is_enough(run, services, env: dict[str, str], shown: str) -> None:
    services([], [Reply(text=("naïve ☃",))])
    done = run("-p", COUNT, env=env)
    assert (done.code, done.out, done.err) == (0, shown, "")


@pytest.mark.parametrize("command", ["route", "demo"])
def test_every_command_works_where_only_ascii_is_known(run, command: str) -> None:
    arguments = {"route": ["route", "write a haiku"], "demo": ["demo", "--fast"]}
    done = run(*arguments[command], env=ASCII)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("term", "prompt"),
    [("dumb", "analytical >"), ("unknown", "analytical ›"), ("", "analytical ›")],
    ids=["dumb", "unknown", "unset"],
)
def test_a_terminal_that_can_do_little_is_enough(services, project: Path, term: str, prompt: str) -> None:
    services([], [Reply(text=("Three files.",))])
    with Screen([], cwd=project, env={"TERM": term}) as it:
        it.wait_for(prompt)
        it.type(COUNT)
        it.wait_for("Three files.")
        it.wait_for(prompt, count=2)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


# Sessions


def test_a_session_belongs_to_its_folder(run, services, project: Path, tmp_path: Path) -> None:
    services([], [Reply(text=("Three.",))])
    session = json.loads(run("-p", COUNT, "--output-format", "json").out)["session_id"]
    other = tmp_path / "other"
    other.mkdir()
    done = run("-p", "again", "-r", session, cwd=other)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"enforcer: session {session} belongs to {project}; change to that folder to go on with it\n"


def test_an_open_session_is_not_opened_twice(run, services, project: Path) -> None:
    services([], [Reply(text=("Three.",))])
    session = json.loads(run("-p", COUNT, "--output-format", "json").out)["session_id"]
    with Screen(["-r", session], cwd=project) as it:
        it.wait_for(READY)
        done = run("-p", "again", "-r", session)
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            f"enforcer: session {session} is open in another terminal; go on there, start a new one with: enforcer, "
            f"or branch it with: enforcer -r {session} --fork-session\n"
        )
        it.send(CTRL_D)
        assert it.wait_for_end() == 0


def test_the_list_of_sessions_opens_one(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(text=("Three.",)), Reply(text=("As I said.",))])
    run("-p", COUNT)
    with Screen(["-r"], cwd=project) as it:
        it.wait_for("Enter opens, Esc leaves, type to search")
        it.send(COUNT[:5])
        it.wait_for("1 of 1")
        it.send(ENTER)
        it.wait_for("analytical · openai/gpt-5 Three.")
        it.wait_for(READY)
        it.type("how many?")
        it.wait_for("As I said.")
    assert COUNT.encode() in analytical.requests[1].raw


@pytest.mark.parametrize("key", [ESC, CTRL_C, CTRL_D], ids=["Esc", "Ctrl+C", "Ctrl+D"])
def test_the_list_of_sessions_can_be_left(run, services, project: Path, key: str) -> None:
    services([], [Reply(text=("Three.",))])
    run("-p", COUNT)
    with Screen(["-r"], cwd=project) as it:
        it.wait_for("Enter opens, Esc leaves, type to search")
        it.send(key)
        assert it.wait_for_end() == 0


@pytest.mark.parametrize(
    ("answer", "code"), [("\r", 0), (CTRL_C, 0), (CTRL_D, 0), ("7\r", 2)], ids=["Enter", "Ctrl+C", "Ctrl+D", "7"]
)
def test_a_terminal_that_only_prints_lines_gets_a_numbered_list(
    run, services, project: Path, answer: str, code: int
) -> None:
    services([], [Reply(text=("Three.",))])
    run("-p", COUNT)
    with Screen(["-r"], cwd=project, env={"TERM": "dumb"}) as it:
        it.wait_for("number, or Enter to leave:")
        it.send(answer)
        assert it.wait_for_end() == code


def test_into_a_pipe_the_sessions_are_listed(run, services, project: Path) -> None:
    services([], [Reply(text=("Three.",))])
    session = json.loads(run("-p", COUNT, "--output-format", "json").out)["session_id"]
    done = run("-r")
    head, row = (line.split("\t") for line in done.out.splitlines())
    assert (done.code, head) == (0, ["id", "last used", "lanes", "turns", "cost", "title"])
    assert (row[0], row[2], row[3], row[5]) == (session, "analytical", "1", COUNT)


def test_a_fork_that_does_not_say_of_what_is_explained(run, services) -> None:
    services([], [])
    done = run("-p", COUNT, "--fork")
    assert (done.code, done.err) == (
        2,
        "enforcer: --fork-session copies an earlier session; say which with -c or -r ID\n",
    )


def test_without_sessions_there_is_no_list(services, project: Path) -> None:
    services([], [])
    with Screen(["-r"], cwd=project) as it:
        it.wait_for("enforcer: this project has no earlier session; start one with: enforcer")
        assert it.wait_for_end() == 2


def test_a_wrong_resume_leaves_the_session_as_it_is(services, project: Path) -> None:
    _, analytical = services([], [Reply(text=("Three.",)), Reply(text=("As I said.",))])
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type(COUNT)
        it.wait_for("Three.")
        it.wait_for(READY)
        it.type("/resume zzz")
        it.wait_for("no session begins with 'zzz'; list those of this project with: enforcer -r")
        it.type("how many?")
        it.wait_for("As I said.")
        it.wait_for(READY)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert COUNT.encode() in analytical.requests[1].raw


# Endings


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl+C", "terminated"]
)
def test_a_signal_ends_a_run_with_its_result_line(services, project: Path, number: int, code: int) -> None:
    services([], [Reply(text=("One. ", "Two."), stall_after=6)])
    with subprocess.Popen(
        [*ENFORCER, "-p", COUNT, "--output-format", "stream-json", "--include-partial-messages"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        assert running.stderr
        next(line for line in running.stdout if "One." in line)
        running.send_signal(number)
        last = list(running.stdout)[-1]
        errors = running.stderr.read()
    assert (running.returncode, errors) == (code, "")
    assert json.loads(last)["type"] == "result"
    assert json.loads(last)["is_error"] is True


def test_an_interrupted_run_can_be_continued(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(text=("One. ", "Two."), stall_after=6), Reply(text=("Three.",))])
    with subprocess.Popen(
        [*ENFORCER, "-p", COUNT, "--output-format", "stream-json", "--include-partial-messages"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        next(line for line in running.stdout if "One." in line)
        running.terminate()
        running.communicate()
    assert run("-p", "go on", "-c").out == "Three.\n"
    assert COUNT.encode() in analytical.requests[1].raw


def test_a_terminated_terminal_session_ends_with_143(services, project: Path) -> None:
    services([], [])
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.child.kill(signal.SIGTERM)
        assert it.wait_for_end() == 143
        assert "Traceback" not in it.text


@pytest.mark.parametrize("format", ["text", "json", "stream-json"])
def test_a_reader_that_leaves_early_is_no_error_message(services, project: Path, format: str) -> None:
    services([], [Reply(text=tuple(f"line {number}\n" for number in range(500)))])
    command = [*ENFORCER, "-p", COUNT, "--output-format", format, "--include-partial-messages"]
    with subprocess.Popen(
        command, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 1
