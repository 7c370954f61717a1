"""`routes:` and `escalate:` in a real session: who serves a turn, who is asked first, and what the ledger says."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from enforcer.cli.given import given
from enforcer.cli.main import run
from enforcer.cli.routing import Prompt, Router
from enforcer.core.events import EscalationAnswered, LaneDecided, Notice, TurnFinished
from enforcer.core.lanes import Lane, ModelRef
from tests.servers.vendor import Call, Reply
from tests.unit.cli.loopback import HAIKU, LOGIC, MUSE, Talk, services, talk

CRASH = "debug the crash in app.py"
DROP = "drop the users table in the database"
MINI, BIG = "openai/gpt-5-mini", "openai/gpt-5-pro"
RISK = "high risk (deletion: drop, users)"


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / ".git").mkdir(parents=True)
    (home / "config").mkdir()
    return root


def write(home: Path, text: str) -> None:
    (home / "config" / "config.yaml").write_text(text, "utf-8")


def done(body: Any) -> Reply:
    return Reply(text=("Done.",))


def asked(requests: list[Any]) -> list[str]:
    return [body["model"] for body in requests]


def notices(talk: Talk) -> list[str]:
    return [event.text for event in talk.events if isinstance(event, Notice)]


def served(talk: Talk) -> list[str]:
    return [str(event.model) for event in talk.events if isinstance(event, TurnFinished)]


def whys(talk: Talk) -> list[str]:
    return [row.why for row in talk.session.ledger.rows() if str(row.purpose) == "main"]


def test_a_routed_task_is_served_by_its_own_model_and_the_next_prompt_is_not(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, f"routes: {{debug: {MINI}}}\n")
    with services(monkeypatch, done, done) as (_, logic), talk(root) as open_:
        open_.says(CRASH, "list the files in src")

        assert asked(logic.bodies) == ["gpt-5-mini", "gpt-5"]
        assert served(open_) == [MINI, LOGIC]
        assert notices(open_) == [f"debug: served by {MINI} (routes.debug)"]
        assert [why.startswith("routes.debug; ") for why in whys(open_)] == [True, False]
        assert open_.session.conversation.active is Lane.ANALYTICAL


def test_a_task_can_be_given_to_the_other_lane(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "routes: {debug: creative}\n")
    with services(monkeypatch, done, done), talk(root, ["enter"], lane="analytical") as open_:
        open_.says("list the files in src", CRASH)

        decided = [event.decision for event in open_.events if isinstance(event, LaneDecided)][-1]
        assert (decided.lane, decided.route, str(decided.model)) == (Lane.CREATIVE, "routes.debug", MUSE)
        assert decided.reason.endswith("routes.debug is creative")
        assert served(open_) == [LOGIC, MUSE]


def test_the_person_s_own_word_is_stronger_than_a_route(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, f"routes: {{debug: {MINI}}}\n")
    with services(monkeypatch, done, done), talk(root) as open_:
        open_.says(f"@creative {CRASH}")

        assert served(open_) == [MUSE]


def test_with_one_model_for_both_nothing_is_routed(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, f"routes: {{debug: {MINI}}}\n")
    options = {"creative": None, "analytical": None, "model": LOGIC}
    with services(monkeypatch, done, done), talk(root, **options) as open_:
        open_.says(CRASH)

        assert served(open_) == [LOGIC]


def test_a_routed_model_that_cannot_answer_hands_back_to_the_lane_s_own(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(body: Any) -> Reply:
        return Reply(status=529, body="Overloaded") if body["model"] == "gpt-5-mini" else Reply(text=("Done.",))

    write(home, f"routes: {{debug: {MINI}}}\nproviders: {{openai: {{tries: 1}}}}\n")
    with services(monkeypatch, done, answer) as (_, logic), talk(root) as open_:
        open_.says(CRASH)

        assert asked(logic.bodies) == ["gpt-5-mini", "gpt-5"]
        assert notices(open_)[-1].endswith(f"This turn goes on with {LOGIC}, the model of the lane")


def test_a_session_held_to_one_vendor_leaves_a_route_to_another_out(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, "routes: {debug: anthropic/claude-haiku-4-5}\nescalate: {model: anthropic/claude-opus-4-5}\n")
    with services(monkeypatch, done, done) as (muse, logic), talk(root, creative=None, one_vendor=True) as open_:
        open_.says(CRASH, DROP)

        held = "is of another vendor, and this session is held to openai (--one-vendor)"
        assert notices(open_) == [
            f"routes.debug is left out: anthropic/claude-haiku-4-5 {held}",
            f"escalate.model is left out: anthropic/claude-opus-4-5 {held}",
        ]
        assert (muse.bodies, asked(logic.bodies)) == ([], ["gpt-5", "gpt-5"])


def test_a_delegated_step_of_a_routed_task_goes_to_the_routed_model(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = {
        "lane": "analytical",
        "rationale": "model_fit",
        "task": "test",
        "description": "run the tests",
        "prompt": "Say whether 2 + 2 is 4.",
    }

    def answer(body: Any) -> Reply:
        if body["model"] == "gpt-5-mini" or "function_call_output" in json.dumps(body):
            return Reply(text=("It is.",))
        return Reply(calls=(Call("Delegate", (json.dumps(step),)),))

    write(home, f"routes: {{test: {MINI}}}\n")
    with services(monkeypatch, done, answer) as (_, logic), talk(root) as open_:
        open_.says(CRASH)

        assert asked(logic.bodies) == ["gpt-5", "gpt-5-mini", "gpt-5"]


def test_risky_work_is_proposed_to_the_stronger_model_once_and_a_yes_holds_for_the_endeavor(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, f"escalate: {{model: {BIG}}}\n")
    with services(monkeypatch, done, done) as (_, logic), talk(root, ["enter"]) as open_:
        open_.says(DROP, DROP, "list the files in src")

        assert open_.person.offers == [(f"{RISK} · you are on analytical/{LOGIC}", f"{BIG} takes this turn")]
        assert asked(logic.bodies) == ["gpt-5-pro", "gpt-5-pro", "gpt-5"]
        answered = [event for event in open_.events if isinstance(event, EscalationAnswered)]
        assert [(str(each.model), each.answer) for each in answered] == [(BIG, "yes")]
        assert whys(open_)[0].startswith(f"escalate: {RISK}; ")


def test_a_no_is_remembered_also_by_the_next_process(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, f"escalate: {{model: {BIG}}}\n")
    with services(monkeypatch, done, done) as (_, logic):
        with talk(root, ["n"]) as open_:
            open_.says(DROP)
            id = open_.session.session_id
        with talk(root, resume=id) as again:
            again.says(DROP)

            assert again.person.offers == []
        assert asked(logic.bodies) == ["gpt-5", "gpt-5"]


def test_ctrl_c_at_the_question_gives_the_prompt_back(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, f"escalate: {{model: {BIG}}}\n")
    with services(monkeypatch, done, done) as (_, logic), talk(root, ["cancel"]) as open_:
        open_.says(DROP)

        assert open_.session.conversation.returned_prompt == DROP
        assert logic.bodies == []


def test_a_check_that_keeps_failing_is_proposed_in_the_middle_of_the_turn(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Reply(calls=(Call("Bash", (json.dumps({"command": "./run-tests.sh", "description": "tests"}),)),))
    (root / "run-tests.sh").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (root / "run-tests.sh").chmod(0o755)

    def answer(body: Any) -> Reply:
        return Reply(text=("Found it.",)) if body["model"] == "gpt-5-pro" else check

    write(home, f"escalate: {{model: {BIG}, after_failures: 2}}\n")
    with services(monkeypatch, done, answer) as (_, logic), talk(root, ["enter"]) as open_:
        open_.says(CRASH)

        why = "run-tests.sh failed 2 times"
        assert open_.person.offers == [(f"{why} · you are on analytical/{LOGIC}", f"{BIG} takes the rest of the turn")]
        assert asked(logic.bodies) == ["gpt-5", "gpt-5", "gpt-5-pro"]
        assert whys(open_)[-1].startswith(f"escalate: {why}; ")


def test_ctrl_c_at_that_question_ends_the_turn(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = Reply(calls=(Call("Bash", (json.dumps({"command": "./run-tests.sh", "description": "tests"}),)),))
    (root / "run-tests.sh").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (root / "run-tests.sh").chmod(0o755)
    write(home, f"escalate: {{model: {BIG}, after_failures: 1}}\n")
    with services(monkeypatch, done, lambda body: check) as (_, logic), talk(root, ["cancel"]) as open_:
        with pytest.raises(asyncio.CancelledError):
            open_.says(CRASH)

        assert asked(logic.bodies) == ["gpt-5"]
        assert [event.reason for event in open_.events if isinstance(event, TurnFinished)] == ["interrupted"]


def test_without_a_person_it_is_said_once_and_not_done(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, f"escalate: {{model: {BIG}}}\n")
    with services(monkeypatch, done, done) as (_, logic), talk(root, alone=True) as open_:
        open_.says(DROP, DROP)

        assert asked(logic.bodies) == ["gpt-5", "gpt-5"]
        assert notices(open_) == [
            f"{RISK}: escalate.model is {BIG}, but nobody is here to ask, so analytical/{LOGIC} goes on"
        ]


def test_a_yes_beforehand_lets_it_be_done(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, f"escalate: {{model: {BIG}, headless: allow}}\n")
    with services(monkeypatch, done, done) as (_, logic), talk(root, alone=True) as open_:
        open_.says(DROP)

        assert asked(logic.bodies) == ["gpt-5-pro"]
        assert notices(open_) == [f"{RISK}: {BIG} takes this turn (escalate.headless is allow)"]


def test_what_nobody_could_be_asked_about_is_asked_once_a_person_is_there(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, f"escalate: {{model: {BIG}}}\n")
    with services(monkeypatch, done, done) as (_, logic):
        with talk(root, alone=True) as open_:
            open_.says(DROP)
            id = open_.session.session_id
        with talk(root, ["enter"], resume=id) as again:
            again.says(DROP)
        assert asked(logic.bodies) == ["gpt-5", "gpt-5-pro"]


def test_a_lane_can_be_who_takes_over(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "escalate: {model: creative}\n")
    with services(monkeypatch, done, done), talk(root, ["enter"]) as open_:
        open_.says(DROP)

        assert open_.person.offers == [(f"{RISK} · you are on analytical/{LOGIC}", f"{MUSE} takes this turn")]
        assert served(open_) == [MUSE]
        assert open_.session.conversation.active is Lane.ANALYTICAL


def test_a_model_without_a_key_is_left_out_and_the_lane_serves(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, "routes: {debug: google/gemini-3-pro}\n")
    with services(monkeypatch, done, done), talk(root) as open_:
        open_.says(CRASH)

        assert served(open_) == [LOGIC]
        no_key = "google has no key; set one with: enforcer auth set google"
        assert notices(open_) == [f"routes.debug is left out: {no_key}"]


def test_why_tells_who_was_proposed_and_who_served(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home, f"escalate: {{model: {BIG}}}\nroutes: {{debug: {MINI}}}\n")
    monkeypatch.chdir(root)
    with services(monkeypatch, done, done), talk(root, ["enter"]) as open_:
        open_.says(DROP, CRASH)

    assert [run(["why", "1"]), run(["why", "2"])] == [0, 0]
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(("proposed", "model", "fallback"))] == [
        f"proposed\t{BIG}, because {RISK}; you answered Enter, so it took over",
        f"model\tasked for {BIG} (escalate: {RISK}); served by gpt-5-pro, pin ok; 1 request",
        f"model\tasked for {MINI} (routes.debug); served by gpt-5-mini, pin ok; 1 request",
    ]


PROMPTS = (CRASH, HAIKU, "thanks", f"@creative {CRASH}")


@pytest.mark.parametrize(
    ("table", "default", "creative"),
    [
        pytest.param({"debug": MINI, "write": "analytical"}, "analytical", MUSE, id="a model, a lane"),
        pytest.param({"other": MINI, "debug": "creative"}, "creative", MUSE, id="a lane the task leaves"),
        pytest.param({"debug": "creative", "write": MINI}, "analytical", None, id="a lane that is off"),
    ],
)
def test_route_names_whom_a_session_asks(
    root: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: dict[str, str],
    default: str,
    creative: str | None,
) -> None:
    lanes = {"default": default, "ask": "auto", "analytical": {"model": LOGIC}, "creative": {"model": creative}}
    write(home, json.dumps({"routes": table, "lanes": lanes}))
    with services(monkeypatch, done, done):
        for prompt in PROMPTS:
            with talk(root, creative=None, analytical=None) as open_:
                router = Router(given(root, os.environ), local=_local(open_))
                told = router.decide(Prompt(prompt)).model
                open_.says(prompt)

                finished = next(event for event in open_.events if isinstance(event, TurnFinished))
                assert finished.model == (told or ModelRef("none", "none")), prompt


def _local(talk: Talk) -> Any:
    return talk.session.conversation.classifier.local
