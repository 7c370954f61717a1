from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.kinds import Kind, kind_of

WRITE, DEBUG, OTHER = Task.WRITE, Task.DEBUG, Task.OTHER


def decided(reason: str, task: Task, source: Source = Source.LOCAL) -> LaneDecision:
    return LaneDecision(Lane.CREATIVE, task, 0.97, source, reason)


@pytest.mark.parametrize(
    ("prompt", "reason", "task", "kind"),
    [
        pytest.param("draft an article on tea", "draft, article", WRITE, Kind(("article",), WRITE), id="what is made"),
        pytest.param("the launch email", "launch email", WRITE, Kind(("launch email",)), id="a phrase of two words"),
        pytest.param("a poem, a haiku", "poem, haiku", WRITE, Kind(("poem", "haiku")), id="two words"),
        pytest.param("give me names for a cat", "names for a", WRITE, Kind(("names",), WRITE), id="a phrase trimmed"),
        pytest.param("fix the failing test", "fix, failing", DEBUG, Kind(("failing", "test")), id="a bare common word"),
        pytest.param("why is the build failing", "failing", DEBUG, Kind(("build", "failing")), id="before it"),
        pytest.param("refactor the parser", "parser", Task.IMPLEMENT, Kind(("refactor", "parser")), id="and its verb"),
        pytest.param("a haiku", "haiku", OTHER, None, id="one word of no task"),
        pytest.param(
            "Tagline!", "tagline; a hook chose creative", WRITE, Kind(("tagline",), WRITE), id="a hook's words"
        ),
        pytest.param("Schreib ein Gedicht", "gedicht", WRITE, Kind(("gedicht",), WRITE), id="another language"),
        pytest.param("雨の俳句を書いて", "俳句", WRITE, Kind(("俳句",), WRITE), id="a script without spaces"),
        pytest.param("fix it", "fix", DEBUG, None, id="a verb only"),
        pytest.param("why is it failing", "failing", DEBUG, None, id="a bare word with nothing beside it"),
        pytest.param("a haiku", "its shape", WRITE, Kind(("haiku",), WRITE), id="a reason that is no word of it"),
    ],
)
def test_the_kind_of_a_prompt_is(prompt: str, reason: str, task: Task, kind: Kind | None) -> None:
    assert kind_of(decided(reason, task), prompt) == kind


def test_a_skill_is_a_kind_by_its_name() -> None:
    assert kind_of(decided("/Study:chat", WRITE, Source.DECLARED), "/Study:chat tides") == Kind(("/study:chat",))


def test_what_was_pasted_names_no_kind() -> None:
    prompt = "make this warmer\n\n```\nthe haiku parser\n```"

    assert kind_of(decided("its shape", Task.EDIT), prompt) is None
