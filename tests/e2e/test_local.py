"""Sessions with a server of one's own as a lane: what it thinks and calls, and what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.screen import CTRL_D, ENTER, Screen
from tests.servers.llama import MODEL, LlamaServer, Says
from tests.servers.vendor import Call, Reply

LOCAL = f"openai-compatible:box/{MODEL}"
NOTES = '{"decisions": ["double adds three times"], "open_questions": []}'


def test_a_mixed_session_with_a_local_server_and_another_vendor(services, monkeypatch, project: Path) -> None:
    notes = str(project / "NOTES.md")
    year = {
        "lane": "analytical",
        "rationale": "model_fit",
        "description": "Check the year",
        "prompt": f"In which year was it founded? Read {notes} and quote the line.",
    }
    _, analytical = services(
        [],
        [
            Reply(text=["It triples."]),
            Reply(text=[NOTES]),
            Reply(calls=[Call("Read", [json.dumps({"file_path": notes})])]),
            Reply(text=['1982: "Founded in 1982." (NOTES.md)']),
        ],
    )
    script = [
        Says(thinking="A launch needs a year.", calls=[("Delegate", year)]),
        Says(thinking="Now I know.", text="Twice as nice,\nsince 1982."),
        Says(text="Nicer still."),
    ]
    with LlamaServer(script) as llama:
        monkeypatch.setenv("BOX_BASE_URL", llama.url)
        monkeypatch.setenv("ENFORCER_CREATIVE", LOCAL)
        with Screen([], cwd=project) as it:
            it.wait_for("ask for something")
            it.type("what does app.py do?")
            it.wait_for("It triples.")
            it.type("write the launch email")
            it.wait_for("creative work")
            it.send(ENTER)
            it.wait_for("since 1982.")
            it.type("make it warmer")
            it.wait_for("Nicer still.")
            it.send(CTRL_D)
            assert it.wait_for_end() == 0
    first, second, third = llama.bodies
    assert first["model"] == MODEL
    assert "Handoff: analytical to creative" in json.dumps(first)
    assert second["messages"][-2]["reasoning_content"].strip() == "A launch needs a year."
    assert "1982" in second["messages"][-1]["content"]
    assert third["messages"][: len(second["messages"])] == second["messages"]
    assert "A launch needs a year" not in str([request.raw for request in analytical.requests])


def test_a_local_server_that_is_not_running_says_how_to_start_it(run, monkeypatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    done = run("-p", "hello", "-m", "openai-compatible:ollama/qwen3")
    assert done.code == 1
    assert "enforcer: cannot reach openai-compatible:ollama at 127.0.0.1:9" in done.err
    assert done.err.endswith("; is the server running?\n")


def test_an_image_a_local_model_cannot_see_is_told_once_and_the_work_goes_on(
    run, monkeypatch, project: Path, home: Path
) -> None:
    picture = project / "dot.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    read = Says(calls=[("Read", {"file_path": str(picture)})])
    (home / "config").mkdir()
    (home / "config" / "models.yaml").write_text(json.dumps({LOCAL: {"images": True}}))
    with LlamaServer([read, Says(text="A picture, I hear.")]) as llama:
        monkeypatch.setenv("BOX_BASE_URL", llama.url)
        done = run("-p", "what is on dot.png?", "-m", LOCAL)
    assert (done.code, done.out) == (0, "A picture, I hear.\n")
    assert done.err.count("takes no images; it is told where one was left out") == 1
    assert "[image/png left out]" in json.dumps(llama.bodies[-1])
