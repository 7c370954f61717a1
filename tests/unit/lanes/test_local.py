from __future__ import annotations

import pytest

from enforcer.core.lanes import Lane, Task
from enforcer.lanes.local import RuleClassifier

LOCAL = RuleClassifier()

ANALYTICAL = [
    "write a commit message for this change",
    "suggest a good commit message",
    "commit message for the poem parser fix",
    "convert the story to plain text",
    "save the poem as plain text",
    "make the poem exporter language-agnostic",
    "is the story format language-agnostic",
    "write a test for the haiku module",
    "write tests for the story engine",
    "write a function",
    "write a function that counts rhymes",
    "design the schema",
    "design the schema for the poems table",
    "edit the config",
    "edit the config of the blog",
    "run a style check on the chapter",
    "style check the essay files",
    "open a draft PR",
    "draft PR for the story branch",
    "debug my poem generator",
    "debug the lyrics page",
    "refactor",
    "refactor the letter template",
    "my novel-writing app crashes",
    "research the history of sonnets",
    "research how fairy tales travelled to Europe",
    "who wrote the first limerick?",
    "which of the poems is the longest?",
    "count the syllables in this haiku",
    "the newsletter parser crashes on submit",
]

CREATIVE = [
    "write the README intro",
    "README intro for my parser",
    "improve the error message wording",
    "error message wording for the login form",
    "name this product",
    "name the product",
    "translate the tagline",
    "translate the tagline into German",
    "a fable where a merge conflict learns humility",
    "write a poem about a race condition",
    "a haiku about kubernetes",
    "write a bedtime story in which a database forgets names",
    "draft an article about unit tests",
    "rewrite this paragraph so it sounds human",
    "ten names for a testing library",
    "write a limerick about my build pipeline",
    "write the launch email",
    "a haiku for the footer",
    "draft the press release",
    "what could we call the new release?",
]


@pytest.mark.parametrize("text", ANALYTICAL)
def test_the_work_is_analytical(text: str) -> None:
    found = LOCAL.predict(text)

    assert (found.lane, found.confidence >= LOCAL.ask_at) == (Lane.ANALYTICAL, True)


@pytest.mark.parametrize("text", CREATIVE)
def test_the_work_is_creative(text: str) -> None:
    found = LOCAL.predict(text)

    assert (found.lane, found.confidence >= LOCAL.ask_at) == (Lane.CREATIVE, True)


@pytest.mark.parametrize(
    ("text", "task"),
    [
        pytest.param("debug the login page", Task.DEBUG, id="debug"),
        pytest.param("write unit tests for the parser", Task.TEST, id="test"),
        pytest.param("implement a rate limiter", Task.IMPLEMENT, id="implement"),
        pytest.param("review my diff", Task.REVIEW, id="review"),
        pytest.param("research heat pumps", Task.RESEARCH, id="research"),
        pytest.param("calculate the median of column 3", Task.DATA, id="data"),
        pytest.param("deploy to staging", Task.OPS, id="ops"),
        pytest.param("make a project plan for the move", Task.PLAN, id="plan"),
        pytest.param("squash the last two commits", Task.ROUTINE, id="routine"),
        pytest.param("write a sonnet", Task.WRITE, id="write"),
        pytest.param("rephrase the second paragraph", Task.EDIT, id="edit"),
        pytest.param("brainstorm names for a bakery", Task.BRAINSTORM, id="brainstorm"),
        pytest.param("translate the slogan", Task.TRANSLATE, id="translate"),
        pytest.param("a colour palette for a tea shop", Task.DESIGN, id="design"),
    ],
)
def test_the_task_type_is(text: str, task: Task) -> None:
    assert LOCAL.predict(text).task is task


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("draft an article", "draft, article", id="the thing and the verb"),
        pytest.param("debug my poem generator", "debug", id="not the topic"),
    ],
)
def test_the_reason_names_the_words_that_decided(text: str, reason: str) -> None:
    assert LOCAL.predict(text).reason == reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("the blue one", id="no word that tells"),
        pytest.param("zzz qqq xxx", id="no words at all"),
    ],
)
def test_without_a_word_that_tells_it_guesses_nothing(text: str) -> None:
    found = LOCAL.predict(text)

    assert (found.lane, found.confidence, found.reason) == (None, 0.5, "no words that tell")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("draft the report", id="a report may be either"),
        pytest.param("name the file", id="a name for a thing in code"),
    ],
)
def test_where_words_speak_against_each_other_it_is_not_sure(text: str) -> None:
    assert LOCAL.predict(text).confidence < LOCAL.ask_at


def test_small_talk_is_neutral_for_sure() -> None:
    found = LOCAL.predict("thanks a lot")

    assert (found.lane, found.confidence, found.runner_up) == (None, 0.95, None)


def test_the_request_counts_and_not_the_log_pasted_behind_it() -> None:
    log = "2024-05-09 09:00:01 error: timeout in api\n2024-05-09 09:00:02 error: exception in parser\n" * 20

    assert LOCAL.predict(f"write a bedtime story about this night\n\n{log}").lane is Lane.CREATIVE


def test_the_request_counts_and_not_the_story_pasted_before_it() -> None:
    story = '"The poem of the dragon," said the ghost, "is a lullaby."\n"A ballad," sang the villain.\n'

    assert LOCAL.predict(f"{story}\ncount the lines that contain a quotation mark").lane is Lane.ANALYTICAL


def test_what_is_only_quoted_does_not_count() -> None:
    assert LOCAL.predict('rename the table "poem, sonnet, haiku" in the database').lane is Lane.ANALYTICAL
