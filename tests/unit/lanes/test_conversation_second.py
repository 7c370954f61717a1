"""A conversation in which the classifier abstains and a model is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enforcer.agent.meter import Meter
from enforcer.agent.turn import Turn
from enforcer.core.events import LaneDecided, Notice, PromptReturned, Retrying, TurnFinished
from enforcer.core.lanes import Lane, LaneDecision, ModelRef, Source, Task
from enforcer.core.messages import Text
from enforcer.core.requests import Purpose
from enforcer.lanes.bridge import Bridge
from enforcer.lanes.classify import Classifier
from enforcer.lanes.conversation import Conversation
from enforcer.lanes.handoff import HandoffFacts
from enforcer.lanes.policy import SwitchPolicy
from enforcer.lanes.prediction import Prediction
from enforcer.lanes.seats import Seats, Setup
from enforcer.lanes.second import Second
from enforcer.providers.base import Failure, Provider
from enforcer.providers.models import Models
from enforcer.providers.scripted import Fault, Reply, Scenario, ScriptedProvider
from tests.fakes import Bench, Stuck, endpoint

REFS = {Lane.CREATIVE: ModelRef("scripted", "muse"), Lane.ANALYTICAL: ModelRef("scripted", "logic")}
SMALL = ModelRef("scripted", "small")
PROMPT = "the one about the harbour, please"
CREATIVE = Reply(text='{"lane": "creative", "task": "write", "confidence": 0.84}')


@dataclass(frozen=True)
class Doubtful:
    """A local classifier that is never sure, but for prompts about tests."""

    ask_at: float = 0.7

    def predict(self, text: str) -> Prediction:
        if "test" in text:
            return Prediction(Lane.ANALYTICAL, Task.DEBUG, 0.97, "test", Lane.CREATIVE)
        return Prediction(None, Task.OTHER, 0.5, "no words that tell")


@dataclass
class Person:
    keys: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    async def lane_question(self, question: str) -> str:
        self.questions.append(question)
        return self.keys.pop(0)

    async def edit(self, path: Path) -> None:
        """Nothing is changed."""


@dataclass
class Talk:
    it: Conversation
    bench: Bench
    person: Person
    small: Provider
    models: dict[Lane, ScriptedProvider]

    def says(self, *texts: str) -> TurnFinished:
        return [asyncio.run(self.it.submit(text)) for text in texts][-1]

    @property
    def asked(self) -> list[str]:
        """What the second stage was shown."""
        assert isinstance(self.small, ScriptedProvider)
        return [request.messages[0].text for request in self.small.requests]

    @property
    def decisions(self) -> list[LaneDecision]:
        return [event.decision for event in self.bench.of(LaneDecided)]


Begin = Callable[..., Talk]


@pytest.fixture
def begin(tmp_path: Path, home: Path) -> Begin:
    def make(small: Sequence[Reply] | Provider = (), *, lanes: Sequence[Lane] = tuple(Lane), **given: Any) -> Talk:
        bench, meter, person = Bench(tmp_path.resolve(), home), Meter(), Person(list(given.pop("keys", ())))
        bench.readers.append(meter)
        models = {
            lane: ScriptedProvider.of(Scenario({REFS[lane].model: [Reply(text=f"{lane} said")] * 4})) for lane in lanes
        }
        seats = {lane: (endpoint(models[lane], REFS[lane]),) if lane in models else () for lane in Lane}
        agents = {lane: bench.agent(provider=models[lane]) for lane in models}
        for lane, agent in agents.items():
            agent.endpoint = seats[lane][0]
        opinions = ScriptedProvider.of(Scenario({"small": small})) if isinstance(small, Sequence) else small
        interactive = given.pop("interactive", True)
        conversation = Conversation(
            turn=Turn("s1"),
            seats=Seats(seats, agents.__getitem__),
            policy=SwitchPolicy(Lane.ANALYTICAL),
            classifier=Classifier(local=Doubtful()),
            bridge=Bridge(bench.root, lambda: tmp_path / "handoffs", HandoffFacts, bench.emit),
            hooks=bench.hooks(None),
            asker=person if interactive else None,
            meter=meter,
            emit=bench.emit,
            setup=Setup(interactive=interactive),
            second=Second(endpoint(opinions, SMALL), Models(), bench.emit, 20.0, **given),
        )
        return Talk(conversation, bench, person, opinions, models)

    return make


def test_what_the_model_says_is_asked_about_like_any_other_decision(begin: Begin) -> None:
    talk = begin([CREATIVE], keys=["enter"])
    assert talk.says(PROMPT).lane is Lane.CREATIVE
    assert talk.person.questions == [
        "creative work (0.84: so says scripted/small) · you are on analytical/scripted/logic"
    ]
    assert talk.asked == ['{"prompt": "the one about the harbour, please"}']


def test_the_decision_says_who_would_serve_it(begin: Begin) -> None:
    talk = begin([CREATIVE, Reply(text="no idea")], keys=["n"])
    talk.says("fix the test", PROMPT, "the mountain, then")
    assert [str(decision.model) for decision in talk.decisions] == ["scripted/logic", "scripted/muse", "scripted/logic"]
    assert [decision.source for decision in talk.decisions] == [Source.LOCAL, Source.MODEL, Source.ABSTAIN]


def test_the_prompt_before_goes_along_and_only_that(begin: Begin) -> None:
    talk = begin([CREATIVE], keys=["n"])
    talk.says("fix the test first", "fix the test second", PROMPT)
    assert talk.asked == ['{"previous": "fix the test second", "prompt": "the one about the harbour, please"}']


def test_nothing_of_it_enters_a_thread_and_its_row_is_the_classifiers(begin: Begin) -> None:
    talk = begin([CREATIVE], keys=["enter"])
    talk.says(PROMPT)
    said = [part.text for thread in talk.it.threads.values() for m in thread.messages for part in m.parts
            if isinstance(part, Text)]  # fmt: skip
    assert said == [PROMPT, "creative said"]
    assert [(row.purpose, str(row.asked), row.decided.id) for row in talk.it.meter.rows] == [
        (Purpose.CLASSIFIER, "scripted/small", "s1:1"),
        (Purpose.MAIN, "scripted/muse", "s1:1"),
    ]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(error=Fault(failure=Failure.RETRY, message="small is busy; wait", status=429)), "small is busy"),
        (Reply(text="Let me think."), "its answer could not be used"),
        (CREATIVE.model_copy(update={"served": "another"}), "scripted/small was asked for, but another answered"),
    ],
    ids=["busy", "nonsense", "another-model"],
)
def test_a_failure_is_seen_in_why_alone(reply: Reply, why: str, begin: Begin) -> None:
    talk = begin([reply])
    assert talk.says(PROMPT).lane is Lane.ANALYTICAL
    assert talk.it.last_decision is not None
    assert talk.it.last_decision.reason == f"not sure (no words that tell); scripted/small was asked: {why}"
    assert (talk.it.last_decision.abstained, talk.it.last_decision.source) == (True, Source.ABSTAIN)
    assert talk.person.questions == []
    assert [*talk.bench.of(Notice), *talk.bench.of(Retrying)] == []


def test_ctrl_c_while_it_is_asked_gives_the_prompt_back(begin: Begin) -> None:
    silent = Stuck("{")
    talk = begin(silent)
    before = talk.it.policy.state

    async def run() -> None:
        task = asyncio.create_task(talk.it.submit(f" {PROMPT}"))
        await silent.quiet()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert talk.it.returned_prompt == f" {PROMPT}"
    assert talk.bench.of(PromptReturned) == [PromptReturned(Lane.ANALYTICAL, 1)]
    assert (talk.it.policy.state, talk.decisions) == (before, [])
    assert [row.outcome for row in talk.it.meter.rows] == ["cancelled"]
    assert [len(thread) for thread in talk.it.threads.values()] == [0, 0]


def test_with_one_model_there_is_nothing_to_decide_and_nobody_is_asked(begin: Begin) -> None:
    talk = begin([], lanes=[Lane.ANALYTICAL])
    assert talk.says(PROMPT).lane is Lane.ANALYTICAL
    assert talk.asked == []


def test_a_prompt_with_a_lane_in_front_is_not_asked_about(begin: Begin) -> None:
    talk = begin([])
    assert talk.says(f"@creative {PROMPT}").lane is Lane.CREATIVE
    assert talk.asked == []


def test_without_a_person_the_first_prompt_starts_where_the_model_says(begin: Begin) -> None:
    talk = begin([CREATIVE], interactive=False)
    assert talk.says(PROMPT).lane is Lane.CREATIVE


def test_small_talk_by_its_word_stays_without_a_question(begin: Begin) -> None:
    talk = begin([Reply(text='{"lane": "neutral", "task": "other", "confidence": 0.9}')])
    assert talk.says(PROMPT).lane is Lane.ANALYTICAL
    assert talk.person.questions == []
    assert (talk.decisions[0].lane, talk.decisions[0].source) == (None, Source.MODEL)
