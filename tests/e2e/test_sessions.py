"""Sessions that go on: by whom what was written, what they cost, copies, names, and those that are too old."""

from __future__ import annotations

import json
import os
import select
import signal
from pathlib import Path
from typing import Any

import pytest

from enforcer.ui.figures import money
from tests.e2e.screen import CTRL_C, CTRL_D, ENTER, PATIENCE_S, Screen
from tests.servers.vendor import Call, Reply

READY = "ask for something"
COUNT = "count the files"
HOT = ("--lane", "analytical")


def listed(run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("sessions", "list", "--json").out.splitlines()]


def leave(it: Screen) -> None:
    it.send(CTRL_D)
    assert it.wait_for_end() == 0


def test_a_copy_for_a_session_that_cannot_begin_leaves_nothing_behind(run, services, home: Path) -> None:
    services([], [Reply(text=("Three.",))])
    run("-p", COUNT, *HOT)
    done = run("-p", "again", "-c", "--fork", env={"ENFORCER_CREATIVE": "", "ENFORCER_ANALYTICAL": "acme/x"})
    assert (done.code, len(listed(run))) == (2, 1)
    assert [path.name for path in (home / "data" / "projects").glob("*/*")] == [listed(run)[0]["id"]]


def test_what_was_written_keeps_the_name_of_its_model(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(text=("Three.",)), Reply(text=("Still three.",))])
    run("-p", COUNT, *HOT)
    with Screen(["-c", "--analytical", "openai/gpt-5-mini"], cwd=project) as it:
        it.wait_for("analytical · openai/gpt-5 Three.")
        it.wait_for("analytical is now openai/gpt-5-mini; openai/gpt-5 keeps what it wrote")
        it.wait_for(READY)
        it.type("sure?")
        it.wait_for("Still three.")
        leave(it)
    assert b'"gpt-5-mini"' in analytical.requests[1].raw
    (session,) = listed(run)
    assert [each["model"] for each in session["models"]] == ["openai/gpt-5", "openai/gpt-5-mini"]
    text = run("sessions", "export", session["id"]).out
    assert text.index("**analytical · openai/gpt-5**") < text.index("**analytical · openai/gpt-5-mini**")


def test_after_a_resume_the_cost_is_that_of_the_whole_session(run, services, project: Path) -> None:
    services([], [Reply(text=("Three.",)), Reply(text=("Still three.",))])
    spent = json.loads(run("-p", COUNT, *HOT, "--output-format", "json").out)["total_cost_usd"]
    assert spent > 0
    with Screen(["-c"], cwd=project) as it:
        it.wait_for(f"default │ {money(spent)}")
        it.type("sure?")
        it.wait_for("Still three.")
        leave(it)
    assert listed(run)[0]["cost_usd"] > spent


def test_a_copy_goes_on_and_the_session_stays_as_it_was(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(text=("Three.",)), Reply(text=("Four.",))])
    run("-p", COUNT, *HOT)
    (before,) = listed(run)
    record = Path(before["record"]) / "transcript.jsonl"
    kept = record.read_bytes()
    with Screen(["-c", "--fork-session"], cwd=project) as it:
        it.wait_for(f"forked from {before['id']}")
        it.wait_for(READY)
        it.type("and now?")
        it.wait_for("Four.")
        leave(it)
    assert COUNT.encode() in analytical.requests[1].raw
    assert record.read_bytes() == kept
    copy = next(each for each in listed(run) if each["id"] != before["id"])
    assert (copy["forked_from"], copy["turns"], copy["title"]) == (before["id"], 2, f"{COUNT} (fork)")


def test_a_session_is_named_copied_exported_and_found_by_its_name(run, services, project: Path) -> None:
    services([], [Reply(text=("Three.",))])
    with Screen([*HOT], cwd=project) as it:
        it.wait_for(READY)
        it.type("/fork")
        it.wait_for("nothing was said yet, so there is nothing to fork")
        it.type("/copy")
        it.wait_for("nothing was answered yet, so there is nothing to copy")
        it.type(COUNT)
        it.wait_for("Three.")
        it.wait_for(READY)
        it.type("/rename kettle")
        it.wait_for("this session is called kettle")
        it.type("/copy")
        it.wait_for("6 characters of the last answer went to the clipboard, if the terminal allows it")
        assert b"\x1b]52;c;VGhyZWUu\x07" in it.raw
        it.type("/export out.md")
        it.wait_for("check it before you share it")
        it.type("/fork")
        it.wait_for("this goes on as session")
        it.wait_for("kettle · 1 turn · forked from")
        it.type("/resume")
        it.wait_for("Enter opens, Esc leaves, type to search")
        it.send("kettle")
        it.wait_for("1 of 1")
        it.send(ENTER)
        it.wait_for("kettle · 1 turn ›")
        it.wait_for(READY)
        leave(it)
    assert "# kettle" in (project / "out.md").read_text("utf-8")


def test_sessions_are_removed_for_their_age_only_when_the_person_said_so(
    run, services, project: Path, home: Path
) -> None:
    services([], [Reply(text=("One.",)), Reply(text=("Two.",)), Reply(text=("Three.",))])
    run("-p", "first", *HOT)
    (old,) = listed(run)
    os.utime(Path(old["record"]) / "transcript.jsonl", (1_600_000_000,) * 2)
    run("-p", "second", *HOT)
    assert len(listed(run)) == 2
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.yaml").write_text("cleanupPeriodDays: 30\n", encoding="utf-8")
    assert run("-p", "third", *HOT).code == 0
    assert [each["title"] for each in listed(run)] == ["third", "second"]


def test_a_prompt_a_hook_blocked_is_back_in_the_input_line(services, project: Path, home: Path) -> None:
    services([], [])
    (home / "config").mkdir(exist_ok=True)
    hook = "hooks: {UserPromptSubmit: [{hooks: [{type: command, command: 'echo not today >&2; exit 2'}]}]}\n"
    (home / "config" / "config.yaml").write_text(hook, encoding="utf-8")
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        it.type(COUNT)
        it.wait_for("not today")
        it.wait_for(f"analytical › {COUNT}", count=2)


def test_ctrl_c_twice_leaves_the_record_whole_and_free_crash_008(run, services, project: Path) -> None:
    services([], [Reply(text=("Three.",))])
    with Screen([*HOT, COUNT], cwd=project) as it:
        it.wait_for("Three.")
        it.wait_for(READY)
        it.send(CTRL_C)
        it.wait_for("Ctrl+C again to leave")
        it.send(CTRL_C)
        assert it.wait_for_end() == 130
    (session,) = listed(run)
    record = (Path(session["record"]) / "transcript.jsonl").read_bytes()
    assert (session["open"], session["turns"], record.endswith(b"\n")) == (False, 1, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_who_is_told_to_end_ends_its_children_and_frees_the_record_crash_009(
    run, services, project: Path, number: int
) -> None:
    os.mkfifo(project / "alive")
    alive = os.open(project / "alive", os.O_RDONLY | os.O_NONBLOCK)
    command = "exec 3> alive; echo up >&3; exec sleep 300"
    services([], [Reply(calls=(Call("Bash", (json.dumps({"command": command}),)),))])
    with Screen([*HOT, "--permission-mode", "bypassPermissions", COUNT], cwd=project) as it:
        it.wait_for("Bash")
        assert told(alive) == b"up\n"
        os.kill(it.child.pid, number)
        assert it.wait_for_end() == 143
    assert told(alive) == b""  # nobody holds the other end any more
    os.close(alive)
    (session,) = listed(run)
    assert (session["open"], session["title"]) == (False, COUNT)


def told(pipe: int) -> bytes:
    select.select([pipe], [], [], PATIENCE_S)
    return os.read(pipe, 100)


@pytest.mark.parametrize(("answer", "code", "left"), [("", 1, 1), ("n", 1, 1), ("y", 0, 0)], ids=["Enter", "n", "y"])
def test_a_person_is_asked_before_a_session_is_deleted(
    run, services, project: Path, answer: str, code: int, left: int
) -> None:
    services([], [Reply(text=("Three.",))])
    run("-p", COUNT, *HOT)
    with Screen(["sessions", "delete", listed(run)[0]["id"][:6]], cwd=project) as it:
        it.wait_for(f"{COUNT} Delete this session for good? [y/N]")
        it.type(answer)
        assert it.wait_for_end() == code
    assert len(listed(run)) == left
