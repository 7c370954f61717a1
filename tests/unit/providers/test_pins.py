from __future__ import annotations

import pytest

from enforcer.core.lanes import ModelRef
from enforcer.core.requests import PinStatus
from enforcer.providers.pins import Mode, PinGuard, PinJudgement, check, mode_for

OPUS = "anthropic/claude-opus-4"
ALIASES = {"openai/muse-latest": ("muse-7", "muse-8"), OPUS: ("claude-opus-4-0",)}
OK, UNVERIFIED, MISMATCH = PinStatus.OK, PinStatus.UNVERIFIED, PinStatus.MISMATCH
LOCAL = "openai-compatible:local/llama"


@pytest.mark.parametrize(
    ("pinned", "served", "status"),
    [
        pytest.param(OPUS, "claude-opus-4", OK, id="the_same"),
        pytest.param(OPUS, "claude-opus-4-20250514", OK, id="dated"),
        pytest.param("openai/gpt-5", "gpt-5-2025-08-07", OK, id="dated_with_dashes"),
        pytest.param(OPUS, "claude-opus-4@20250514", OK, id="at_date"),
        pytest.param(OPUS, "claude-opus-4@2025-05-14", OK, id="at_date_with_dashes"),
        pytest.param(OPUS, "claude-opus-4-1", MISMATCH, id="the_next_version"),
        pytest.param(OPUS, "claude-opus-4-1-20250805", MISMATCH, id="the_next_version_dated"),
        pytest.param("anthropic/claude-opus-4-1", "claude-opus-4", MISMATCH, id="the_version_before"),
        pytest.param("anthropic/claude-opus-4-20250514", "claude-opus-4", MISMATCH, id="a_dated_pin_served_undated"),
        pytest.param("anthropic/claude-opus-4-20250514", "claude-opus-4-20250601", MISMATCH, id="another_date"),
        pytest.param("openai/gpt-5", "gpt-5-mini", MISMATCH, id="the_small_one"),
        pytest.param("openai/gpt-5", "gpt-5-mini-2025-08-07", MISMATCH, id="the_small_one_dated"),
        pytest.param("openai/gpt-5", "gpt-5-20259999", MISMATCH, id="digits_that_are_no_date"),
        pytest.param("openai/gpt-5", "gpt-5-2025-08-07-x", MISMATCH, id="more_behind_the_date"),
        pytest.param("openai/gpt-5", "GPT-5", MISMATCH, id="other_letters"),
        pytest.param("google/gemini-2.0-flash", "models/gemini-2.0-flash", OK, id="google_path"),
        pytest.param("google/models/gemini-2.0-flash", "gemini-2.0-flash", OK, id="google_path_in_the_pin"),
        pytest.param("google/gemini-2.0-flash", "models/gemini-2.0-flash-001", OK, id="google_revision"),
        pytest.param("openai/muse", "muse-001", MISMATCH, id="a_revision_elsewhere"),
        pytest.param("google/gemini-2.0-flash", "gemini-2.0-flash-0012", MISMATCH, id="four_digits"),
        pytest.param("openai/muse-latest", "muse-8", OK, id="alias"),
        pytest.param("openai/muse-latest", "muse-9", MISMATCH, id="not_an_alias"),
        pytest.param("anthropic/muse-latest", "muse-8", MISMATCH, id="alias_of_another_provider"),
        pytest.param(OPUS, None, UNVERIFIED, id="not_named"),
        pytest.param(OPUS, "", UNVERIFIED, id="named_empty"),
        pytest.param("acp:helper/any", "something-else", UNVERIFIED, id="acp"),
        pytest.param(LOCAL, "llama", OK, id="compatible"),
        pytest.param("openai-compatible:hub/maker/llama", "maker/llama", OK, id="id_with_a_slash"),
    ],
)
def test_what_serves_a_pin(pinned: str, served: str | None, status: PinStatus) -> None:
    assert check(ModelRef.parse(pinned), served, ALIASES) is status


@pytest.mark.parametrize(
    ("pinned", "setting", "mode"),
    [
        pytest.param(OPUS, None, "strict", id="vendors_are_strict"),
        pytest.param(LOCAL, None, "warn", id="compatible_servers_warn"),
        pytest.param("openai-compatible/llama", None, "warn", id="compatible_without_a_name"),
        pytest.param(OPUS, "warn", "warn", id="vendors_as_set"),
        pytest.param(LOCAL, "strict", "strict", id="compatible_as_set"),
    ],
)
def test_how_a_pin_is_held_by_default(pinned: str, setting: Mode | None, mode: Mode) -> None:
    assert mode_for(ModelRef.parse(pinned), setting) == mode


@pytest.mark.parametrize(
    ("pinned", "mode", "served", "judged"),
    [
        pytest.param(OPUS, "strict", ["claude-opus-4"], [(OK, False)], id="strict_same"),
        pytest.param(OPUS, "strict", ["other"], [(MISMATCH, True)], id="strict_other"),
        pytest.param(OPUS, "strict", [None, None], [(UNVERIFIED, False)] * 2, id="strict_not_named"),
        pytest.param(OPUS, "strict", ["other", "other"], [(MISMATCH, True)] * 2, id="strict_never_learns"),
        pytest.param(OPUS, "warn", ["other", "third"], [(MISMATCH, False)] * 2, id="warn_never_stops"),
        pytest.param(LOCAL, "warn", ["x.gguf", "x.gguf"], [(MISMATCH, False), (OK, False)], id="first_name_told_once"),
        pytest.param(LOCAL, "warn", ["x.gguf", "y.gguf"], [(MISMATCH, False), (MISMATCH, True)], id="a_change_stops"),
        pytest.param(LOCAL, "warn", ["llama", "y.gguf"], [(OK, False), (MISMATCH, True)], id="a_change_from_the_pin"),
        pytest.param(LOCAL, "warn", ["x.gguf", "llama"], [(MISMATCH, False), (OK, False)], id="back_to_the_pin"),
        pytest.param(
            LOCAL,
            "warn",
            ["x.gguf", "llama", "x.gguf"],
            [(MISMATCH, False), (OK, False), (MISMATCH, True)],
            id="away_from_the_pin_again",
        ),
        pytest.param(LOCAL, "warn", [None, "x.gguf"], [(UNVERIFIED, False), (MISMATCH, False)], id="first_name_late"),
        pytest.param(
            LOCAL,
            "warn",
            ["x.gguf", "y.gguf", "y.gguf", "x.gguf"],
            [(MISMATCH, False), (MISMATCH, True), (MISMATCH, True), (OK, False)],
            id="a_stopped_name_is_not_learnt",
        ),
        pytest.param(LOCAL, "strict", ["x.gguf"], [(MISMATCH, True)], id="strict_compatible"),
    ],
)
def test_a_guard_over_the_answers_of_a_session(
    pinned: str, mode: Mode, served: list[str | None], judged: list[tuple[PinStatus, bool]]
) -> None:
    guard = PinGuard(ModelRef.parse(pinned), mode=mode, aliases=ALIASES)
    assert [guard.judge(name) for name in served] == [PinJudgement(*expected) for expected in judged]


def test_a_name_that_a_person_accepted_serves_the_pin() -> None:
    guard = PinGuard(ModelRef.parse(OPUS))
    guard.accept("claude-opus-4-beta")
    assert guard.judge("claude-opus-4-beta") == PinJudgement(OK, stop=False)
    assert guard.judge("claude-opus-4-gamma") == PinJudgement(MISMATCH, stop=True)
