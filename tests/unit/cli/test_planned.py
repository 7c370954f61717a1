"""`/plan` in a real session: looked at by one model, approved by a person, built clean by another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from enforcer.cli.building import approved, building
from enforcer.core.errors import UsageError
from enforcer.core.events import CleanStart, Event, SpecificationMade, TasksChanged, ToolFinished, TurnFinished
from enforcer.core.lanes import Lane
from enforcer.lanes import cleanstart
from enforcer.lanes.planning import BUILD, Phase, Planning
from enforcer.permissions.policy import Mode
from enforcer.session.reasons import why
from tests.servers.vendor import Call, Reply
from tests.unit.cli.loopback import HAIKU, LOGIC, Talk, services, talk

REQUEST = "add a greeting module"
EARLIER = "list the files in src"
PLAN = """## Goal
A greeting.
## Structure
greet.py
## Interfaces
greet(name: str) -> str
## Responsibilities
greet.py greets.
## Build order
1. write greet.py
2. test it
## Acceptance checks
- `python greet.py` says hello
"""
MINI = "openai/gpt-5-mini"


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    (home / "config").mkdir()
    return root


def exits(plan: str = PLAN) -> Reply:
    return Reply(calls=(Call("ExitPlanMode", (json.dumps({"plan": plan}),)),))


def says(*texts: str) -> list[Reply]:
    return [Reply(text=(text,)) for text in texts]


def planning(open_: Talk) -> Planning:
    found = open_.session.conversation.beyond.planning
    assert found is not None
    return found


def plans(open_: Talk, request: str = REQUEST) -> None:
    """What `/plan` does."""
    session = open_.session
    open_.wait(cleanstart.plan(session.conversation, planning(open_), request))
    planning(open_).mode, session.policy.mode = session.policy.mode.value, Mode.PLAN
    open_.says(request)


def builds(open_: Talk) -> None:
    assert approved(open_.session)
    open_.says(building(open_.session))


def of(open_: Talk, kind: type[Event]) -> list[Any]:
    return [event for event in open_.events if isinstance(event, kind)]


def told(open_: Talk) -> list[str]:
    return [event.content for event in of(open_, ToolFinished) if event.call.name == "ExitPlanMode"]


def test_the_model_that_builds_begins_with_the_specification_alone(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logic = [*says("a.py"), exits(), *says("Planned.", "Built.")]
    with services(monkeypatch, [], logic) as (_, server), talk(root, ["build"]) as open_:
        open_.says(EARLIER)
        plans(open_)
        assert open_.session.policy.mode is Mode.PLAN  # until its turn has ended
        builds(open_)

        last = json.dumps(server.bodies[-1])
        assert (EARLIER in last, "Planned." in last) == (False, False)
        assert "<specification>" in last
        assert "greet(name: str) -> str" in last
        assert BUILD in last
        assert told(open_) == [
            "The person approved the specification. Another model builds it, and begins from it alone: "
            "end your turn now with one sentence, and do not carry it out."
        ]
        assert [task["subject"] for task in of(open_, TasksChanged)[-1].tasks] == ["write greet.py", "test it"]
        assert open_.session.policy.mode is Mode.ACCEPT_EDITS  # as it was before
        assert [event.lane for event in of(open_, CleanStart)] == [Lane.ANALYTICAL]


def test_the_parts_can_have_models_of_their_own(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config" / "config.yaml").write_text(f"routes: {{plan: {MINI}, implement: creative}}\n", "utf-8")
    logic, muse = [exits(), *says("Planned.")], says("Built.")
    with services(monkeypatch, muse, logic) as (first, second), talk(root, ["build"]) as open_:
        plans(open_)
        builds(open_)

        assert [body["model"] for body in second.bodies] == ["gpt-5-mini", "gpt-5-mini"]
        assert "<specification>" in json.dumps(first.bodies[0])
        assert [str(event.model) for event in of(open_, TurnFinished)] == [MINI, "anthropic/claude-sonnet-4-5"]
        assert open_.session.conversation.active is Lane.CREATIVE


def test_a_plan_for_words_is_made_by_the_one_lane_and_built_by_the_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logic, muse = [exits(), *says("Planned.")], says("Written.")
    with services(monkeypatch, muse, logic) as (first, _), talk(root, ["build"], lane="creative") as open_:
        plans(open_, HAIKU)
        assert open_.session.conversation.active is Lane.ANALYTICAL
        builds(open_)

        assert open_.session.conversation.active is Lane.CREATIVE
        assert len(first.bodies) == 1


def test_an_incomplete_plan_goes_back_to_the_model_once_and_then_to_the_person(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thin = "## Goal\nA greeting.\n## Build order\n1. write it\n"
    with services(monkeypatch, [], [exits(thin), exits(thin), *says("So be it.")]), talk(root, ["build"]) as open_:
        plans(open_)

        back, taken = told(open_)
        assert back.startswith("this is no specification yet: section 'Structure' is missing or empty; section 'Int")
        assert back.endswith(". Mend it and call ExitPlanMode again")
        assert taken.startswith("The person approved the specification.")
        assert len(of(open_, SpecificationMade)) == 1
        assert open_.person.offers[0][0] == "section 'Structure' is missing or empty"


def test_a_remark_goes_to_the_model_and_planning_goes_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logic = [exits(), exits(PLAN.replace("greet.py", "hello.py")), *says("Planned.")]
    with services(monkeypatch, [], logic), talk(root, ["plan", "accept"]) as open_:
        plans(open_)

        assert told(open_)[0] == (
            "The person wants to go on planning; mend the plan and call ExitPlanMode again. smaller"
        )
        found = planning(open_).specification
        assert found is not None
        assert found.structure == "hello.py"
        assert planning(open_).mode == "acceptEdits"
        assert [path.name for path in sorted(planning(open_).folder().iterdir())] == ["01.json", "01.md"]


def test_what_is_dropped_leaves_the_session_as_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logic = [*says("a.py"), exits(), *says("Dropped."), *says("b.py")]
    with services(monkeypatch, [], logic) as (_, server), talk(root, ["drop"]) as open_:
        open_.says(EARLIER)
        plans(open_)
        open_.says(EARLIER)

        assert (open_.session.policy.mode, planning(open_).phase) == (Mode.ACCEPT_EDITS, Phase.NONE)
        assert "Planned" not in json.dumps(server.bodies[-1])
        assert of(open_, CleanStart) == []


def test_plan_mode_only_looks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Reply(calls=(Call("Write", (json.dumps({"file_path": str(root / "greet.py"), "content": "x"}),)),))
    with services(monkeypatch, [], [write, *says("I may not.")]), talk(root) as open_:
        plans(open_)

        assert not (root / "greet.py").exists()


def test_a_resume_goes_on_planning(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logic = [*says("What colour?"), exits(), *says("Planned.", "Built.")]
    with services(monkeypatch, [], logic) as (_, server):
        with talk(root) as open_:
            plans(open_)
            id = open_.session.session_id
        with talk(root, ["build"], resume=id) as again:
            assert again.session.policy.mode is Mode.PLAN
            again.says("green")
            builds(again)

            assert "What colour?" not in json.dumps(server.bodies[-1])
            assert "<specification>" in json.dumps(server.bodies[-1])


def test_a_resume_behind_the_approval_builds_when_it_is_told_to(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services(monkeypatch, [], [exits(), *says("Planned.", "Built.")]) as (_, server):
        with talk(root, ["build"]) as open_:
            plans(open_)
            id = open_.session.session_id
        with talk(root, resume=id) as again:
            assert approved(again.session)
            builds(again)

            assert "Planned." not in json.dumps(server.bodies[-1])


def test_a_resume_behind_the_clean_start_does_not_bring_the_conversation_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logic = [*says("a.py"), exits(), *says("Planned.", "Built.", "Yes.")]
    with services(monkeypatch, [], logic) as (_, server):
        with talk(root, ["build"]) as open_:
            open_.says(EARLIER)
            plans(open_)
            builds(open_)
            id = open_.session.session_id
        with talk(root, resume=id) as again:
            again.says("is it done?")

        last = json.dumps(server.bodies[-1])
        assert (EARLIER in last, "Built." in last, "<specification>" in last) == (False, True, True)


def test_why_says_that_it_was_the_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with services(monkeypatch, [], [exits(), *says("Planned.", "Built.")]), talk(root, ["build"]) as open_:
        plans(open_)
        builds(open_)

        folder = open_.session.folder
    found = [why(folder, turn).decision for turn in (1, 2)]
    assert [(each.reason, each.task.value) for each in found if each] == [
        ("/plan", "plan"),
        ("the approved specification", "implement"),
    ]


def test_without_a_person_the_specification_is_kept_and_nothing_is_built(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logic = [exits(), *says("Planned.")]
    with services(monkeypatch, [], logic), talk(root, alone=True, permission_mode="plan", prompt=REQUEST) as open_:
        open_.says(REQUEST)

        made = of(open_, SpecificationMade)[0]
        assert (made.problems, made.specification["goal"]) == ((), "A greeting.")
        assert not approved(open_.session)
        assert str(of(open_, TurnFinished)[0].model) == LOGIC


def test_without_a_specification_nothing_is_built(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        services(monkeypatch, [], []),
        talk(root) as open_,
        pytest.raises(UsageError, match="there is no specification yet; /plan makes one"),
    ):
        building(open_.session)
