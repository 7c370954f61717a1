"""What a judge says: a fault that quotes nothing of the work is no verdict."""

from __future__ import annotations

import json

import pytest

from enforcer.agent.judging import verdict
from enforcer.checkpoints.evaluate import Outcome, Status

WORK = "No. It is\nnot ready."


def said(passed: object, quote: str = "", reason: str = "it is curt") -> str:
    return f"Here it is: {json.dumps({'pass': passed, 'evidence_quote': quote, 'reason': reason})}"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (said(True), Outcome(Status.PASSED)),
        (said(True, "It is not ready."), Outcome(Status.PASSED)),
        (said(False, "it is not  ready."), Outcome(Status.FAILED, "“it is not ready.”: it is curt")),
        (
            said(False, "Go away."),
            Outcome(Status.ERROR, "the judge quoted what is not in the work, so its verdict does not count"),
        ),
        (
            said(True, "Go away."),
            Outcome(Status.ERROR, "the judge quoted what is not in the work, so its verdict does not count"),
        ),
        (
            said(False),
            Outcome(Status.ERROR, "the judge found a fault and quoted nothing, so its verdict does not count"),
        ),
        (said("yes"), Outcome(Status.ERROR, "the judge gave no verdict")),
        ("I think it is fine.", Outcome(Status.ERROR, "the judge gave no verdict")),
        ("{", Outcome(Status.ERROR, "the judge gave no verdict")),
        ("[1]", Outcome(Status.ERROR, "the judge gave no verdict")),
    ],
)
def test_a_verdict_rests_on_a_quote(text: str, outcome: Outcome) -> None:
    assert verdict(text, WORK) == outcome
