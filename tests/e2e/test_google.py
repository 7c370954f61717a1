from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.servers.google import FOREIGN
from tests.servers.vendor import Call, Reply, VendorServer

GEMINI = "google/gemini-3.8-flash"
Start = Callable[[Sequence[Reply], Sequence[Reply]], tuple[VendorServer, VendorServer]]


def call(name: str, **input: object) -> Call:
    return Call(name, (json.dumps(input),))


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Google serves the analytical lane and Anthropic the creative one; both refuse what the real ones refuse."""
    running: list[VendorServer] = []

    def start(creative: Sequence[Reply], analytical: Sequence[Reply]) -> tuple[VendorServer, VendorServer]:
        first, second = (VendorServer(list(replies), strict=True) for replies in (creative, analytical))
        running.extend(server.__enter__() for server in (first, second))
        monkeypatch.setenv("ANTHROPIC_BASE_URL", first.anthropic_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789abcdef")
        monkeypatch.setenv("OPENAI_BASE_URL", second.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", second.url)
        monkeypatch.setenv("GEMINI_API_KEY", "AIza-test-0123456789abcdef")
        monkeypatch.setenv("ENFORCER_CREATIVE", "anthropic/claude-sonnet-5-5")
        monkeypatch.setenv("ENFORCER_ANALYTICAL", GEMINI)
        return first, second

    yield start
    for server in running:
        server.__exit__(*sys.exc_info())


def test_a_session_of_two_vendors_with_google_in_the_analytical_lane(google: Start, run, project: Path) -> None:
    path = str(project / "app.py")
    delegate = call(
        "Delegate",
        lane="analytical",
        rationale="model_fit",
        description="Check the year",
        prompt="In which year was it founded? Read NOTES.md and quote the line.",
    )
    creative, analytical = google(
        [Reply(calls=[delegate]), Reply(text=["It doubles again. Since 1982."])],
        [
            Reply(thinking=["Both at once."], calls=[call("Read", file_path=path), call("Grep", pattern="double")]),
            Reply(calls=[call("Edit", file_path=path, old_string="x + x + x", new_string="x + x")]),
            Reply(thinking=["Done."], text=["Fixed."]),
            Reply(calls=[call("Read", file_path=str(project / "NOTES.md"))]),
            Reply(text=['1982: "Founded in 1982." (NOTES.md)']),
            Reply(text=["It added x once too often."]),
        ],
    )
    assert run("-p", "fix the bug in app.py", "--allowedTools", "Edit").out == "Fixed.\n"
    written = run("-c", "-p", "write the release announcement with the founding year", "--lane", "creative")
    assert written.out == "It doubles again. Since 1982.\n"
    assert run("-c", "-p", "what was wrong?", "--lane", "analytical").out == "It added x once too often.\n"
    assert (project / "app.py").read_text() == "def double(x):\n    return x + x\n"
    assert b"Founded in 1982." in creative.requests[1].raw
    assert signatures(analytical.bodies[-1]) == ["thought00001", "thought00002", "thought00003"]
    assert analytical.bodies[0]["generationConfig"]["thinkingConfig"] == {"includeThoughts": True}
    rows = [json.loads(line) for line in run("ledger", "--json").out.splitlines()]
    assert {row["served"] for row in rows if row["lane"] == "analytical"} == {"gemini-3.8-flash"}


def test_google_goes_on_with_what_another_vendor_did(google: Start, run, project: Path, monkeypatch) -> None:
    _, analytical = google(
        [],
        [
            Reply(calls=[call("Read", file_path=str(project / "app.py"))]),
            Reply(text=["Three times."]),
            Reply(text=["Yes."]),
        ],
    )
    monkeypatch.setenv("ENFORCER_ANALYTICAL", "openai/gpt-5")
    assert run("-p", "how often does app.py add x?").out == "Three times.\n"
    monkeypatch.setenv("ENFORCER_ANALYTICAL", GEMINI)
    assert run("-c", "-p", "are you sure?", "--lane", "analytical").out == "Yes.\n"
    assert [request.path.partition(":")[0] for request in analytical.requests] == [
        "/v1/responses",
        "/v1/responses",
        "/v1beta/models/gemini-3.8-flash",
    ]
    assert signatures(analytical.bodies[-1]) == [FOREIGN]


def test_a_key_that_google_does_not_take_names_its_variable(google: Start, run) -> None:
    bad = '{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}'
    google([], [Reply(status=400, body=bad)])
    done = run("-p", "count it", "--lane", "analytical")
    assert done.code != 0
    assert "google refused the key from GEMINI_API_KEY (400): check it" in done.err


def signatures(body: Any) -> list[str]:
    """Of a request to Google, in order."""
    parts = [part for content in body["contents"] for part in content["parts"]]
    return [part["thoughtSignature"] for part in parts if "thoughtSignature" in part]
