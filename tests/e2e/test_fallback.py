"""A lane whose own model is away: the next one of its chain answers, once, and says so."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers.vendor import Call, Reply

CONFIG = """
lanes:
  analytical: {fallback: [anthropic/claude-sonnet-4-5]}
providers:
  openai: {tries: 1}
"""
SAID = (
    "enforcer: openai cannot answer now (529): Overloaded; try again in a moment. This turn goes on with "
    "anthropic/claude-sonnet-4-5, a fallback of the lane; /model analytical=anthropic/claude-sonnet-4-5 keeps it\n"
)


def test_the_other_vendor_takes_the_whole_turn_over_and_gives_it_back(run, services, project: Path, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text(CONFIG)
    read = Call("Read", [json.dumps({"file_path": str(project / "app.py")})])
    second, first = services(
        [Reply(text=["It triples."])],
        [
            Reply(thinking=["Look."], calls=[read]),
            Reply(status=529, body="Overloaded"),
            Reply(text=["I am back."]),
        ],
    )
    done = run("-p", "what does double do?", "--lane", "analytical")
    assert (done.code, done.out, done.err) == (0, "It triples.\n", SAID)
    (body,) = second.bodies
    assert [block["type"] for message in body["messages"] for block in message["content"]] == [
        "text",
        "tool_use",
        "tool_result",
    ]
    assert "return x + x + x" in json.dumps(body)
    again = run("-p", "and now?", "-c")
    assert (again.out, again.err) == ("I am back.\n", "")
    assert "It triples." in first.requests[2].raw.decode()
    assert "fallback for openai/gpt-5" in run("ledger", "--json").out
