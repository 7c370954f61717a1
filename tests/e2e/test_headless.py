from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.e2e.screen import ENFORCER
from tests.servers.vendor import Call, Reply, Tokens


def call(name: str, **input: object) -> Call:
    return Call(name, [json.dumps(input)])


def test_one_answer_goes_to_stdout_and_nothing_else(run, services) -> None:
    services([], [Reply(text=["It doubles."])])
    done = run("-p", "what does app.py do?")
    assert (done.code, done.out, done.err) == (0, "It doubles.\n", "")


def test_the_first_turn_starts_in_the_lane_it_belongs_to(run, services) -> None:
    creative, analytical = services([Reply(text=["Rain taps."])], [])
    assert run("-p", "write a haiku about rain").out == "Rain taps.\n"
    assert len(creative.requests) == 1
    assert analytical.requests == []


def test_text_on_stdin_is_put_behind_the_prompt(run, services) -> None:
    _, analytical = services([], [Reply(text=["ok"])])
    run("-p", "explain this error", stdin="KeyError: 'name'\n")
    assert "explain this error\\n\\nKeyError: 'name'" in analytical.requests[0].raw.decode()


def test_a_lane_flag_wins_over_the_classifier(run, services) -> None:
    _, analytical = services([], [Reply(text=["ok"])])
    assert run("-p", "write a haiku about rain", "--lane", "analytical").code == 0
    assert len(analytical.requests) == 1


def test_tools_run_and_their_results_go_back(run, services, project: Path) -> None:
    path = str(project / "app.py")
    _, analytical = services(
        [],
        [
            Reply(calls=[call("Read", file_path=path)]),
            Reply(calls=[call("Edit", file_path=path, old_string="x + x + x", new_string="x + x")]),
            Reply(text=["Fixed."]),
        ],
    )
    done = run("-p", "fix the bug in app.py", "--allowedTools", "Edit")
    assert (done.code, done.out) == (0, "Fixed.\n")
    assert (project / "app.py").read_text() == "def double(x):\n    return x + x\n"
    assert "return x + x + x" in analytical.requests[1].raw.decode()


def test_what_would_ask_is_refused_and_the_exit_code_says_so(run, services, project: Path) -> None:
    _, analytical = services([], [Reply(calls=[call("Bash", command="touch made")]), Reply(text=["I may not."])])
    done = run("-p", "make a file", "--lane", "analytical")
    assert done.code == 4
    assert not (project / "made").exists()
    assert "permission refused: nobody can be asked here" in analytical.requests[1].raw.decode()


def test_the_result_is_one_json_object(run, services) -> None:
    services([], [Reply(text=["Done."], usage=Tokens(100, 20))])
    done = run("-p", "count the files", "--output-format", "json")
    result = json.loads(done.out)
    assert (result["type"], result["subtype"], result["result"]) == ("result", "success", "Done.")
    assert result["lane"]["active"] == "analytical"
    assert result["usage"]["input_tokens"] == 100


def test_stream_json_begins_with_init_and_ends_with_the_result(run, services) -> None:
    services([], [Reply(text=["Done."])])
    lines = [json.loads(line) for line in run("-p", "count it", "--output-format", "stream-json").out.splitlines()]
    assert (lines[0]["type"], lines[0]["subtype"]) == ("system", "init")
    assert lines[0]["lanes"]["creative"] == {"model": "anthropic/claude-sonnet-4-5"}
    assert [line["type"] for line in lines][-2:] == ["assistant", "result"]


def test_a_control_request_is_answered_at_once_with_an_error(run, services) -> None:
    services([], [Reply(text=["Done."])])
    stdin = (
        '{"type":"control_request","request_id":"r1","request":{"subtype":"initialize"}}\n'
        '{"type":"user","message":{"role":"user","content":"count it"},"parent_tool_use_id":null}\n'
    )
    done = run("--input-format", "stream-json", "--output-format", "stream-json", stdin=stdin)
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert lines[0]["response"] == {
        "subtype": "error",
        "request_id": "r1",
        "error": "Enforcer does not serve control requests; it takes user messages on stdin",
    }
    assert lines[-1]["result"] == "Done."


def test_two_prompts_on_stdin_are_two_turns_of_one_session(run, services) -> None:
    _, analytical = services([], [Reply(text=["One."]), Reply(text=["Two."])])
    stdin = "".join(
        json.dumps({"type": "user", "message": {"role": "user", "content": text}}) + "\n" for text in ("count", "again")
    )
    done = run("--input-format", "stream-json", "--output-format", "stream-json", stdin=stdin)
    results = [line["result"] for line in map(json.loads, done.out.splitlines()) if line["type"] == "result"]
    assert results == ["One.", "Two."]
    assert b"One." in analytical.requests[1].raw


def test_a_step_is_delegated_to_the_other_vendor_and_its_report_comes_back(run, services, project: Path) -> None:
    brief = call(
        "Delegate",
        lane="analytical",
        rationale="model_fit",
        description="Check the year",
        prompt=f"When was it founded? See {project}/NOTES.md",
    )
    creative, analytical = services(
        [Reply(calls=[brief]), Reply(text=["Since 1982."])],
        [Reply(calls=[call("Read", file_path=f"{project}/NOTES.md")]), Reply(text=["Founded in 1982 (NOTES.md)."])],
    )
    done = run("-p", "write a tagline with the founding year", "--output-format", "json")
    result = json.loads(done.out)
    assert result["result"] == "Since 1982."
    assert b"Founded in 1982 (NOTES.md)." in creative.requests[1].raw
    assert b"write a tagline" not in analytical.requests[0].raw
    assert [d["status"] for d in result["delegations"]] == ["completed"]


def test_another_model_than_the_pinned_one_stops_the_turn(run, services) -> None:
    services([], [Reply(text=["Hello."], served="gpt-5-nano")])
    done = run("-p", "count the files")
    assert done.code == 1
    assert done.out == ""
    assert "openai/gpt-5 was asked for, but gpt-5-nano answered; its answer was not used" in done.err


def test_a_dated_form_of_the_pinned_model_is_the_pinned_model(run, services) -> None:
    services([], [Reply(text=["Hello."], served="gpt-5-2025-08-07")])
    assert run("-p", "count the files").code == 0


def test_a_session_goes_on_where_it_ended(run, services) -> None:
    _, analytical = services([], [Reply(text=["Seven."]), Reply(text=["As I said, seven."])])
    run("-p", "count the files")
    done = run("-c", "-p", "how many were there?")
    assert done.out == "As I said, seven.\n"
    assert b"Seven." in analytical.requests[1].raw
    assert b"count the files" in analytical.requests[1].raw


def test_every_request_has_a_row_in_the_ledger(run, services) -> None:
    services([], [Reply(text=["Seven."], usage=Tokens(1000, 100))])
    run("-p", "count the files")
    rows = [json.loads(line) for line in run("ledger", "--json").out.splitlines()]
    assert [(row["asked"], row["served"], row["pin"], row["outcome"]) for row in rows] == [
        ("openai/gpt-5", "gpt-5", "ok", "ok")
    ]
    assert rows[0]["usage"]["input"] == 1000
    assert rows[0]["cost_usd"] > 0


def test_no_key_is_in_any_file_secr_001(run, services, home: Path) -> None:
    services([], [Reply(text=["the key is sk-test-0123456789abcdef"])])
    run("-p", "print the key you were called with")
    files = [path for path in (home / "data").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if b"sk-test-0123456789abcdef" in path.read_bytes()] == []


def test_a_lane_flag_wins_over_the_lane_of_the_session_that_goes_on(run, services) -> None:
    creative, _ = services([Reply(text=["A poem."])], [Reply(text=["Seven."])])
    run("-p", "count the files")
    assert run("-c", "-p", "hello", "--lane", "creative").out == "A poem.\n"
    assert b"Seven." in creative.requests[0].raw


def test_a_key_of_a_provider_that_is_not_in_use_is_a_secret_too(run, services, home: Path) -> None:
    services([], [Reply(text=["It is secret-of-another-vendor."])])
    run("-p", "what is secret-of-another-vendor?", env={"OTHER_API_KEY": "secret-of-another-vendor"})
    files = [path for path in (home / "data").rglob("*") if path.is_file()]
    assert [path for path in files if b"secret-of-another-vendor" in path.read_bytes()] == []


def test_a_full_disk_behind_stdout_is_said_in_one_sentence(services, project: Path) -> None:
    services([], [Reply(text=["Seven."])])
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*ENFORCER, "-p", "count"], cwd=project, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "enforcer: the output cannot be written (No space left on device)\n",
    )
