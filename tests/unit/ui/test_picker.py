from __future__ import annotations

import asyncio
import io

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from enforcer.ui.figures import age, cells
from enforcer.ui.picker import Choice, Picking, pick

HAIKU = Choice("a1", "a haiku", "3h", ("creative",), 1, "$0.08", "rain", (("", "first: a haiku"),))
FIX = Choice("b2", "fix the kettle", "2d", ("creative", "analytical"), 12, "≥ $1.20", "spout p/analyst")
BUSY = Choice("c3", "busy", "now", ("analytical",), 2, "unknown", locked="open in another terminal")
MANY = [Choice(f"s{number}", f"session {number}") for number in range(1000)]


def picked(sent: str, *choices: Choice) -> str:
    async def run() -> str:
        with create_pipe_input() as pipe:
            pipe.send_text(sent)
            async with asyncio.timeout(20):
                return await pick(choices or (HAIKU, FIX, BUSY), io=(pipe, DummyOutput()))

    return asyncio.run(run())


def drawn(picking: Picking, width: int = 80, height: int = 24) -> list[str]:
    return ["".join(text for style, text in row if not style.startswith("[")) for row in picking.rows(width, height)]


@pytest.mark.parametrize(
    ("sent", "id"),
    [
        pytest.param("\r", "a1", id="Enter opens the first"),
        pytest.param("\x1b[B\r", "b2", id="Down"),
        pytest.param("\x1b[B\x1b[B\x1b[A\r", "b2", id="Up"),
        pytest.param("\x0e\x10\x0e\r", "b2", id="Ctrl+N and Ctrl+P"),
        pytest.param("kettle\r", "b2", id="typing searches the title"),
        pytest.param("KETT fix\r", "b2", id="every word, whatever its case"),
        pytest.param("spout\r", "b2", id="typing searches what was said"),
        pytest.param("p/analyst\r", "b2", id="and the models"),
        pytest.param("b2\r", "b2", id="and the id"),
        pytest.param("kettlx\x7fe\r", "b2", id="Backspace"),
        pytest.param("zzz\x15\r", "a1", id="Ctrl+U clears the search"),
        pytest.param("kettle zz\x17\r", "b2", id="Ctrl+W takes a word"),
        pytest.param("\x1b[200~ket\ntle\x1b[201~\x15kettle\r", "b2", id="a paste is one search"),
        pytest.param("zzz\r\x15\r", "a1", id="Enter on nothing stays"),
        pytest.param("busy\r\x15\r", "a1", id="what is open elsewhere cannot be chosen"),
        pytest.param("\x03", "", id="Ctrl+C leaves"),
        pytest.param("\x04", "", id="Ctrl+D leaves"),
    ],
)
def test_keys_choose(sent: str, id: str) -> None:
    assert picked(sent) == id


def test_the_end_and_the_beginning_are_one_key_away() -> None:
    assert picked("\x1b[F\r", *MANY) == "s999"
    assert picked("\x1b[F\x1b[H\r", *MANY) == "s0"
    assert picked("\x1b[6~\r", *MANY) == "s10"


def test_a_row_says_when_what_where_and_what_it_cost() -> None:
    rows = drawn(Picking([HAIKU, FIX]))
    assert rows[0] == "search   2 of 2"
    assert rows[1] == "›   3h  a haiku                                           C·    1 turn     $0.08"
    assert rows[2] == "    2d  fix the kettle                                    CA  12 turns   ≥ $1.20"
    assert rows[-1] == "Enter opens, Esc leaves, type to search"
    assert "first: a haiku" in rows


@pytest.mark.parametrize("width", [1, 5, 12, 20, 34, 40, 60, 80, 200])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 8, 12, 24, 60])
def test_it_is_never_larger_than_the_screen(width: int, height: int) -> None:
    picking = Picking([Choice("w", "寿司 " * 40, "3h", ("creative",), 3, "$1.00", preview=(("", "é" * 300),)), *MANY])
    for move in (0, 3, 999):
        picking.move(move)
        rows = drawn(picking, width, height)
        assert len(rows) <= height
        assert max(map(cells, rows)) <= max(width, 10)


def test_a_narrow_screen_keeps_when_and_what() -> None:
    assert drawn(Picking([HAIKU, FIX]), 34)[1] == "›   3h  a haiku                   "


def test_the_mark_stays_in_sight() -> None:
    picking = Picking(MANY)
    picking.move(500)
    rows = drawn(picking, 80, 10)
    assert [row.strip() for row in rows if row.startswith("›")] == [
        next(row for row in rows if "session 500" in row).strip()
    ]


def test_lanes_have_their_colours_and_a_letter_for_those_who_see_none() -> None:
    row = Picking([HAIKU, FIX]).rows(80, 24)[2]
    assert [part for part in row if part[1] in {"C", "A"}] == [("class:creative", "C"), ("class:analytical", "A")]


def test_a_session_that_is_open_says_so_and_why_it_cannot_be_chosen() -> None:
    picking = Picking([BUSY])
    assert "busy (open)" in drawn(picking)[1]


def test_what_a_model_or_a_person_wrote_cannot_steer_the_terminal_term_001() -> None:
    evil = Choice("x", "a\x1b[2Jb\nc", preview=(("", "\x1b]0;title\x07"),))
    text = "".join(drawn(Picking([evil])))
    assert "\x1b" not in text
    assert "a␛[2Jb␊c" in text


def test_the_screen_is_given_back_as_it_was() -> None:
    async def run() -> str:
        out = io.StringIO()
        with create_pipe_input() as pipe:
            pipe.send_text("\r")
            output = Vt100_Output(out, lambda: Size(24, 80), term="xterm")
            async with asyncio.timeout(20):
                await pick([HAIKU], io=(pipe, output))
        return out.getvalue()

    shown = asyncio.run(run())
    assert shown.count("\x1b[?1049h") == shown.count("\x1b[?1049l") == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1m"),
        (7_200, "2h"),
        (86_400 * 8, "8d"),
        (86_400 * 21, "3w"),
        (86_400 * 800, "2y"),
    ],
)
def test_how_long_ago_takes_few_columns(seconds: float, said: str) -> None:
    assert age(seconds) == said
