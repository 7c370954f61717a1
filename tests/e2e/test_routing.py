"""Routes and escalation of the installed command, where nobody can be asked."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers.vendor import Reply

RISKY = "apply the database migrations and fix the migration that fails"
TEST = "write unit tests for the parser in parser.py"
STRONG = "anthropic/claude-opus-4-5"


def settings(home: Path, text: str) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.yaml").write_text(text, "utf-8")


def test_a_routed_turn_is_served_told_and_explained(run, services, project: Path, home: Path) -> None:
    settings(home, f"routes: {{test: {STRONG}}}\n")
    services([Reply(text=("Covered.",))], [])
    done = run("-p", TEST, "--lane", "analytical", "--output-format", "json")
    assert (done.code, json.loads(done.out)["result"]) == (0, "Covered.")
    told = json.loads(run("why", "--json").out)
    assert (told["model"], told["decision"]["route"]) == (STRONG, "routes.test")
    assert [row["why"].split(";")[0] for row in told["requests"]] == ["routes.test"]
    named = json.loads(run("route", "--json", TEST).out)
    assert (named["model"], named["route"]) == (STRONG, "routes.test")


def test_without_a_person_an_escalation_is_said_and_not_done(run, services, project: Path, home: Path) -> None:
    settings(home, f"escalate: {{model: {STRONG}}}\n")
    services([], [Reply(text=("Applied.",))])
    done = run("-p", RISKY, "--lane", "analytical")
    assert (done.code, done.out) == (0, "Applied.\n")
    assert done.err.startswith("enforcer: high risk (migration: ")
    assert done.err.endswith(
        f": escalate.model is {STRONG}, but nobody is here to ask, so analytical/openai/gpt-5 goes on\n"
    )


def test_a_yes_beforehand_lets_it_be_done_and_why_says_so(run, services, project: Path, home: Path) -> None:
    settings(home, f"escalate: {{model: {STRONG}, headless: allow}}\n")
    services([Reply(text=("Applied.",))], [])
    done = run("-p", RISKY, "--lane", "analytical")
    assert (done.code, done.out) == (0, "Applied.\n")
    assert done.err.endswith(f": {STRONG} takes this turn (escalate.headless is allow)\n")
    told = json.loads(run("why", "--json").out)
    assert [(each["answer"], each["key"]) for each in told["escalations"]] == [("yes", "auto")]
    proposed = next(line for line in run("why").out.splitlines() if line.startswith("proposed"))
    assert proposed.endswith("; escalate.headless allows it, so it took over")
