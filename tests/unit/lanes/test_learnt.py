from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import Lane, LaneDecision, Source, Task
from enforcer.lanes.learnt import Learnt, LearntRule, words_of

DAY = date(2025, 9, 29)
ARTICLE = "draft an article on tea"


def decision(reason: str = "draft, article", task: Task = Task.WRITE) -> LaneDecision:
    return LaneDecision(Lane.CREATIVE, task, 0.97, Source.LOCAL, reason)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "lanes.yaml"


def given(path: Path, text: str) -> Learnt:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return Learnt(path)


# Written


def test_a_rule_is_one_readable_line(path: Path) -> None:
    note = Learnt(path).learn(decision(), ARTICLE, DAY)

    assert note == 'from now on: "article" (write) is creative; enforcer lanes forget 1 undoes it'
    assert path.read_text("utf-8") == (
        "# Rules Enforcer learnt from your answers; edit or delete them as you like.\n"
        "- {when: [article], lane: creative, task: write, learnt: 2025-09-29}\n"
    )


def test_a_rule_is_used_at_once_and_by_the_next_session(path: Path) -> None:
    learnt = Learnt(path)
    learnt.learn(decision(), ARTICLE, DAY)
    rule = LearntRule(("article",), Lane.CREATIVE, Task.WRITE, "2025-09-29")

    assert learnt.match("an article on tea", Task.WRITE) == rule
    assert Learnt(path).match("an article on tea", Task.WRITE) == rule


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    Learnt(path).learn(decision(), ARTICLE, DAY)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_rule_leaves_the_first_and_the_person_s_comments(path: Path) -> None:
    learnt = given(path, "# mine\n- when: [haiku] # short ones\n  lane: creative\n")

    assert learnt.learn(decision(), ARTICLE, DAY).endswith("enforcer lanes forget 2 undoes it")
    assert path.read_text("utf-8") == (
        "# mine\n- when: [haiku] # short ones\n  lane: creative\n"
        "- {when: [article], lane: creative, task: write, learnt: 2025-09-29}\n"
    )


def test_a_list_that_is_indented_stays_one(path: Path) -> None:
    given(path, "  - {when: [haiku], lane: creative}\n").learn(decision(), ARTICLE, DAY)

    assert [rule.when for rule in Learnt(path).rules] == [("haiku",), ("article",)]


def test_a_list_in_brackets_is_rewritten_line_by_line(path: Path) -> None:
    given(path, "[{when: [haiku], lane: creative}]\n").learn(decision(), ARTICLE, DAY)

    assert path.read_text("utf-8").splitlines()[1:] == [
        "- {when: [haiku], lane: creative}",
        "- {when: [article], lane: creative, task: write, learnt: 2025-09-29}",
    ]


def test_what_was_learnt_of_the_same_prompts_before_is_replaced_in_its_place(path: Path) -> None:
    learnt = given(path, "- {when: [article], lane: analytical, task: write}\n- {when: [haiku], lane: creative}\n")

    assert learnt.put(LearntRule(("article",), Lane.CREATIVE, Task.WRITE)) == 1
    assert path.read_text("utf-8") == (
        "- {when: [article], lane: creative, task: write}\n- {when: [haiku], lane: creative}\n"
    )


def test_a_linked_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.yaml"
    kept.write_text("", "utf-8")
    path.parent.mkdir()
    path.symlink_to(kept)

    Learnt(path).learn(decision(), ARTICLE, DAY)

    assert path.is_symlink()
    assert "article" in kept.read_text("utf-8")


def test_nothing_is_written_when_no_word_tells_the_kind(path: Path) -> None:
    assert Learnt(path).learn(decision("", Task.OTHER), "do it now", DAY) == (
        "no rule was written: nothing in this prompt tells its kind; "
        'write one with: enforcer lanes set "the words" creative'
    )
    assert not path.exists()


def test_what_a_model_said_are_no_words_of_the_prompt(path: Path) -> None:
    said = LaneDecision(Lane.CREATIVE, Task.WRITE, 0.9, Source.MODEL, "so says openai/small")
    Learnt(path).learn(said, "so, maybe a haiku for openai/small", DAY)

    assert [rule.when for rule in Learnt(path).rules] == [("haiku",)]


# Forgotten


def test_a_forgotten_rule_takes_its_lines_and_leaves_the_others_with_their_comments(path: Path) -> None:
    learnt = given(
        path,
        "# all mine\n- {when: [haiku], lane: creative}\n- when: [report]\n  lane: analytical  # numbers\n\n# names\n"
        "- {when: [slogan], lane: creative}\n",
    )

    assert learnt.forget(2) == "- when: [report]\n  lane: analytical  # numbers"
    assert path.read_text("utf-8") == (
        "# all mine\n- {when: [haiku], lane: creative}\n\n# names\n- {when: [slogan], lane: creative}\n"
    )
    assert [rule.when for rule in learnt.rules] == [("haiku",), ("slogan",)]


def test_a_broken_rule_can_be_forgotten_too(path: Path) -> None:
    learnt = given(path, "- {when: [haiku], lane: creative}\n- {when: [report, lane: fast}\n")

    assert learnt.forget(2) == "- {when: [report, lane: fast}"
    assert (learnt.problems, len(learnt.rules)) == ((), 1)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        pytest.param("", "none", id="no rule"),
        pytest.param("- {when: [a], lane: creative}\n", "only 1", id="one"),
        pytest.param("- {when: [a], lane: creative}\n- {when: [b], lane: creative}\n", "1 to 2", id="two"),
    ],
)
def test_a_number_that_is_not_there_is_told_with_those_that_are(path: Path, text: str, there: str) -> None:
    with pytest.raises(EnforcerError) as told:
        given(path, text).forget(7)

    assert str(told.value) == f"there is no rule 7 in {path}; the numbers there are: {there}"
    assert path.read_text("utf-8") == text


# Read


@pytest.mark.parametrize(
    ("text", "task", "fits"),
    [
        pytest.param("write an article", Task.WRITE, True, id="the word"),
        pytest.param("Two ARTICLES please", Task.WRITE, True, id="its plural, in any case"),
        pytest.param("write a particle system", Task.WRITE, False, id="not inside another word"),
        pytest.param("test the article parser", Task.TEST, False, id="another task"),
        pytest.param("write a poem", Task.WRITE, False, id="another word"),
    ],
)
def test_a_rule_fits_prompts_of_its_kind(text: str, task: Task, fits: bool) -> None:
    assert LearntRule(("article",), Lane.CREATIVE, Task.WRITE).fits(text, task) is fits


def test_every_word_of_a_rule_must_occur() -> None:
    rule = LearntRule(("release", "notes"), Lane.CREATIVE)

    assert rule.fits("draft the release notes", Task.OTHER)
    assert not rule.fits("release the build", Task.OTHER)


def test_a_phrase_of_a_rule_must_occur_as_one() -> None:
    rule = LearntRule(words_of("Release  Notes"), Lane.CREATIVE)

    assert rule.fits("draft the release\nnotes", Task.OTHER)
    assert not rule.fits("notes on the release", Task.OTHER)


def test_a_word_without_spaces_around_it_fits_in_scripts_that_have_none() -> None:
    assert LearntRule(("俳句",), Lane.CREATIVE).fits("雨の俳句を書いて", Task.WRITE)


BAD_ENTRIES = """\
- {when: [haiku], lane: creative}
- {when: [], lane: creative}
- {when: [report], lane: fast}
- {when: [no], lane: analytical}
- {when: [memo], lane: creative, task: poetry}
- just words
- {when: slogan, lane: creative, learnt: 2025-09-29}
"""


def test_bad_entries_are_named_and_skipped(path: Path) -> None:
    learnt = given(path, BAD_ENTRIES)

    assert [rule.when for rule in learnt.rules] == [("haiku",), ("slogan",)]
    assert learnt.problems == (
        f"{path}: rule 2 is skipped: 'when' must be a list of words",
        f"{path}: rule 3 is skipped: 'lane' is 'fast', and must be one of creative, analytical",
        f"{path}: rule 4 is skipped: 'when' holds something that is not a word; put it in quotes",
        f"{path}: rule 5 is skipped: 'task' is 'poetry', and must be one of plan, implement, debug, review, test,"
        " research, data, ops, write, edit, brainstorm, translate, design, routine, other",
        f"{path}: rule 6 is skipped: it is not a mapping with when and lane",
    )


@pytest.mark.parametrize(
    "broken",
    ["- {when: [report, lane: creative}", '- {when: ["report], lane: creative}', "- when: [x]\n    lane:: - a\n  b"],
    ids=["a bracket", "a quote", "its indents"],
)
def test_a_rule_that_is_no_yaml_any_more_is_one_sentence_and_the_others_hold(path: Path, broken: str) -> None:
    learnt = given(
        path, f"# mine\n- {{when: [haiku], lane: creative}}\n{broken}\n- {{when: [memo], lane: analytical}}\n"
    )

    assert [rule.when for rule in learnt.rules] == [("haiku",), ("memo",)]
    assert learnt.problems == (
        f"{path}: rule 2 is skipped: line 3 cannot be read as YAML; look at its brackets and quotes",
    )


def test_a_broken_file_is_never_added_to(path: Path) -> None:
    learnt = given(path, "- when: [haiku\n")

    with pytest.raises(EnforcerError, match="is not a list of rules; mend it or move it away"):
        learnt.learn(decision(), ARTICLE, DAY)
    assert path.read_text("utf-8") == "- when: [haiku\n"


def test_a_file_that_is_no_list_is_named_and_never_overwritten(path: Path) -> None:
    learnt = given(path, "lane: creative\n")

    assert learnt.problems == (
        f"{path} is not a list of rules; write entries like '- {{when: [haiku], lane: creative}}'",
    )
    with pytest.raises(EnforcerError, match="is not a list of rules; mend it or move it away"):
        learnt.learn(decision(), ARTICLE, DAY)
    assert path.read_text("utf-8") == "lane: creative\n"


def test_what_is_no_yaml_at_all_is_named(path: Path) -> None:
    assert (
        given(path, "{lane: [creative\n")
        .problems[0]
        .startswith(f"{path} cannot be read, so its lane rules are not used: ")
    )


def test_a_missing_file_is_no_problem(path: Path) -> None:
    assert (Learnt(path).rules, Learnt(path).problems) == ((), ())


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file", "utf-8")

    with pytest.raises(EnforcerError, match=r"the rule could not be written to .*lanes\.yaml"):
        Learnt(tmp_path / "config" / "lanes.yaml").learn(decision(), ARTICLE, DAY)


@pytest.mark.parametrize(
    ("above", "below", "shadows"),
    [
        pytest.param("[notes]", "[release notes]", True, id="a word of its phrase"),
        pytest.param("[release, notes]", "[notes, release, launch]", True, id="all of its words"),
        pytest.param("[release notes]", "[notes]", False, id="a phrase, of its word"),
        pytest.param("[notes], task: edit", "[notes]", False, id="for one task only"),
    ],
)
def test_a_rule_that_an_earlier_one_never_lets_through_is_known(
    path: Path, above: str, below: str, shadows: bool
) -> None:
    learnt = given(path, f"- {{lane: analytical, when: {above}}}\n- {{lane: creative, when: {below}}}\n")

    shadow = learnt.shadow(learnt.rules[1])
    assert (shadow.number if shadow else None) == (1 if shadows else None)
