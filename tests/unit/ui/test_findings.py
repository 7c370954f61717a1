"""Findings on a screen: a word, a line, the remedy below."""

from __future__ import annotations

from enforcer.ui.findings import Found, error, exit_code, lines, note, ok, summary, warning

SOME = (
    Found("keys", ok("a", "all is well")),
    Found("keys", error("b", "openai has no key, and a lane needs it", "enforcer auth set openai")),
    Found("disk", warning("c", "little room", "make some")),
    Found("disk", note("d", "by the way")),
)


def test_without_a_width_every_finding_is_one_line_and_its_remedy_another() -> None:
    assert list(lines(SOME, None)) == [
        "keys",
        "  ok       all is well",
        "  error    openai has no key, and a lane needs it",
        "           → enforcer auth set openai",
        "disk",
        "  warning  little room",
        "           → make some",
        "  note     by the way",
    ]


def test_a_width_wraps_words_and_keeps_paths_whole() -> None:
    path = "/a/very/long/path/that-is-copied/from-here.yaml"
    assert list(lines([Found("x", error("e", f"cannot read {path} at all", "do this, then do that again"))], 40)) == [
        "x",
        "  error    cannot read",
        f"           {path}",
        "           at all",
        "           → do this, then do that",
        "             again",
    ]


def test_colour_is_one_code_around_the_word() -> None:
    assert list(lines(SOME[1:2], None, {"error": "31"}))[1].startswith("  \x1b[31merror  \x1b[0m  openai")


def test_the_end_counts_what_is_to_do() -> None:
    assert (summary(SOME), exit_code(SOME)) == ("1 error, 1 warning", 1)
    assert (summary([*SOME, *SOME]), exit_code(SOME[2:])) == ("2 errors, 2 warnings", 0)
    assert (summary(SOME[:1]), exit_code(SOME[:1])) == ("everything is in order", 0)


def test_foreign_text_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in "".join(lines([Found("x", ok("o", "\x1b[2J"))], None))
