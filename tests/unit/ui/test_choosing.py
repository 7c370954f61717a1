"""The screen of a first run, key by key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from enforcer.core.lanes import Lane, ModelRef
from enforcer.lanes.proposal import Choice, Chosen, Proposal
from enforcer.ui.ahead import Draft
from enforcer.ui.choosing import Choosing, Question, offer_demo
from enforcer.ui.keynames import Key
from tests.unit.ui.tty import NO_COLOR, Window

A, B, C = (ModelRef("muse", "bard"), ModelRef("coder", "one"), ModelRef("coder", "two"))
CREATIVE = (Choice(A, 1, "writes well", "2/10 USD per Mtok, 2026-11-01"), Choice(C, 3, "fast", "price not known"))
ANALYTICAL = (Choice(B, 1, "codes well", "4/20 USD per Mtok, 2026-11-01"), *CREATIVE)
PROPOSAL = Proposal({Lane.CREATIVE: A, Lane.ANALYTICAL: B}, {Lane.CREATIVE: CREATIVE, Lane.ANALYTICAL: ANALYTICAL})
FOUND = ("MUSE_API_KEY", "CODER_API_KEY", "Ollama at 127.0.0.1:11434 (2 models)")

ENTER, ESC, UP, DOWN, LEFT, RIGHT = (Key(name) for name in ("enter", "esc", "up", "down", "left", "right"))
BACKSPACE, CTRL_C = Key("backspace"), Key("ctrl-c")


class Fingers:
    """Presses what it is told to."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = list(keys)
        self.forgotten = 0

    async def press(self) -> Key:
        return self._keys.pop(0)

    def forget(self, draft: Draft | None = None) -> None:
        self.forgotten += 1


def typed(text: str) -> list[Key]:
    return [Key("char", char) for char in text]


def objection(ref: ModelRef) -> str:
    return "" if ref.provider != "keyless" else "keyless has no key: set KEYLESS_API_KEY"


def choose(window: Window, *keys: Key, proposal: Proposal = PROPOSAL) -> Chosen | None:
    choosing = Choosing(window.screen, Fingers(keys), Question(proposal, FOUND, objection))
    return asyncio.run(choosing.choose())


def seen(*keys: Key, columns: int = 80, rows: int = 24, proposal: Proposal = PROPOSAL) -> list[str]:
    """What stands on the screen when the last key is awaited."""
    window = Window(columns, rows)

    async def looking() -> None:
        pressing = Choosing(window.screen, Fingers(keys), Question(proposal, FOUND, objection))
        try:
            await pressing.choose()
        except IndexError:  # no key is left
            return

    asyncio.run(looking())
    return window.lines()


def test_the_proposal_fits_on_a_small_screen_and_says_why() -> None:
    assert seen() == [
        "Enforcer works with two models. This is what it would use:",
        "",
        "› creative    muse/bard",
        "              writes well · 2/10 USD per Mtok, 2026-11-01",
        "  analytical  coder/one",
        "              codes well · 4/20 USD per Mtok, 2026-11-01",
        "",
        "  two vendors, so each lane has a mind of its own",
        "",
        "  for creative, with its number:",
        "   1  muse/bard  writes well",
        "   2  coder/two  fast",
        "",
        "found: MUSE_API_KEY, CODER_API_KEY, Ollama at 127.0.0.1:11434 (2 models)",
        "[Enter] use these  [↑↓] lane  [←→] model  [Esc] leave  or type provider/model",
    ]


def test_enter_takes_what_is_proposed_and_leaves_a_clean_screen() -> None:
    window = Window()
    assert choose(window, ENTER) == {Lane.CREATIVE: A, Lane.ANALYTICAL: B}
    assert window.lines() == [""]


@pytest.mark.parametrize("key", [ESC, CTRL_C, Key("ctrl-d"), Key("eof")], ids=lambda key: key.name)
def test_it_can_be_left(key: Key) -> None:
    window = Window()
    assert choose(window, key) is None
    assert window.lines() == [""]


@pytest.mark.parametrize(
    ("keys", "creative", "analytical"),
    [
        pytest.param(typed("2"), C, B, id="a number"),
        pytest.param([RIGHT], C, B, id="right"),
        pytest.param([RIGHT, RIGHT], A, B, id="round"),
        pytest.param([LEFT], C, B, id="left"),
        pytest.param([DOWN, *typed("2")], A, A, id="the other lane"),
        pytest.param([UP, DOWN, *typed("2")], C, B, id="back to the first lane"),
        pytest.param(typed("7"), A, B, id="a number nobody has"),
        pytest.param([*typed("Q/New-1"), ENTER], ModelRef("Q", "New-1"), B, id="typed"),
        pytest.param([Key("paste", "q/new\n"), ENTER], ModelRef("q", "new"), B, id="pasted"),
        pytest.param([*typed("qx"), BACKSPACE, *typed("/1"), ENTER], ModelRef("q", "1"), B, id="mended"),
        pytest.param([*typed("q/1"), ESC], A, B, id="typing given up"),
        pytest.param([*typed("q"), BACKSPACE], A, B, id="typing taken back"),
        pytest.param([DOWN, *typed("q/1"), ENTER], A, ModelRef("q", "1"), id="typed for the other lane"),
    ],
)
def test_a_lane_is_changed(keys: list[Key], creative: ModelRef, analytical: ModelRef) -> None:
    assert choose(Window(), *keys, ENTER) == {Lane.CREATIVE: creative, Lane.ANALYTICAL: analytical}


def test_what_is_typed_stands_in_its_lane() -> None:
    rows = seen(DOWN, *typed("muse/b"))
    assert rows[4] == "› analytical  muse/b▏"
    assert rows[-1] == "[Enter] take it  [Esc] back"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gpt", "'gpt' is not a model; write it as provider/model"),
        ("keyless/one", "keyless has no key: set KEYLESS_API_KEY"),
    ],
)
def test_a_typed_model_that_cannot_be_used_is_told_and_stays_to_be_mended(text: str, sentence: str) -> None:
    rows = seen(*typed(text), ENTER)
    assert rows[2] == f"› creative    {text}▏"
    assert sentence in rows


def test_one_model_for_both_lanes_says_what_that_means() -> None:
    rows = seen(DOWN, *typed("2"))
    assert rows[7] == "  one model for both: nothing switches, and there is no second mind to ask"


def test_a_model_of_one_s_own_is_called_so() -> None:
    assert seen(*typed("q/1"), ENTER)[3] == "              your choice"


def test_without_a_proposal_a_model_has_to_be_typed() -> None:
    nothing = Proposal({}, {Lane.CREATIVE: (), Lane.ANALYTICAL: ()})
    rows = seen(ENTER, proposal=nothing)
    assert rows[2] == "› creative    no model yet; type one, like provider/model"
    assert "no model yet; type one, like provider/model" in rows
    assert choose(Window(), *typed("q/1"), ENTER, ENTER, proposal=nothing) == {Lane.CREATIVE: ModelRef("q", "1")}


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 24), (30, 16), (200, 60), (24, 12)])
def test_it_is_never_wider_or_taller_than_the_screen(columns: int, rows: int) -> None:
    many = tuple(Choice(ModelRef("muse", f"m{n}" * 9), n, "why " * 30, "price") for n in range(1, 30))
    proposal = Proposal({Lane.CREATIVE: A, Lane.ANALYTICAL: B}, {Lane.CREATIVE: many, Lane.ANALYTICAL: many})
    shown = seen(DOWN, UP, columns=columns, rows=rows, proposal=proposal)
    assert len(shown) < rows
    assert [row for row in shown if row.startswith("› creative")] == ["› creative    muse/bard"[: columns - 1]]


def test_a_model_name_cannot_steer_the_terminal() -> None:
    evil = Choice(ModelRef("muse", "m\x1b[2J"), 1, "why", "price")
    proposal = Proposal({Lane.CREATIVE: evil.ref}, {Lane.CREATIVE: (evil, evil), Lane.ANALYTICAL: ()})
    assert seen(proposal=proposal)[2] == "› creative    muse/m␛[2J"


def test_without_colour_there_is_no_escape_sequence() -> None:
    window = Window(env=NO_COLOR)
    choose(window, RIGHT, ENTER)
    assert "\x1b" not in window.bytes


def test_what_was_typed_before_the_screen_stood_is_no_answer() -> None:
    fingers = Fingers([ENTER])
    asyncio.run(Choosing(Window().screen, fingers, Question(PROPOSAL, FOUND, objection)).choose())
    assert fingers.forgotten == 1


@pytest.mark.parametrize(
    ("key", "answer"),
    [(ENTER, "demo"), (Key("char", "R"), "again"), (ESC, "leave"), (CTRL_C, "leave"), (Key("eof"), "leave")],
)
def test_where_nothing_was_found_the_demo_is_offered(key: Key, answer: str) -> None:
    window = Window()
    assert asyncio.run(offer_demo(window.screen, Fingers([Key("char", "x"), key]), ["set a key"])) == answer
    assert window.lines() == [
        "set a key",
        "[Enter] watch the demo, it needs no key  [r] look again  [Esc] leave",
    ]
