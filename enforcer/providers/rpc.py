"""What Google's services put into the details of an error: why, which quota, and when to come back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

BAD_KEY = re.compile(r"API_KEY_INVALID|API key (not valid|expired)")
COMES_BACK = "RetryInfo"  # the kind of detail that names a delay
SPENT_TODAY = "PerDay"  # in the id of a quota; such an error may name a delay all the same
SECONDS = re.compile(r"(\d{1,9}(?:\.\d+)?)s\Z")


def words(error: Mapping[str, Any]) -> str:
    """The status, and of each detail its kind, its reason and its quotas."""
    said = [error.get("status")]
    for detail in _details(error):
        said += [str(detail.get("@type", "")).rpartition(".")[2], detail.get("reason")]
        violations = detail.get("violations")
        said += [_id(violation) for violation in violations] if isinstance(violations, list) else []
    return " ".join(str(word) for word in said if word)


def delay_s(error: object) -> float | None:
    """How long the service wants to be left alone."""
    for detail in _details(error) if isinstance(error, Mapping) else ():
        if found := SECONDS.fullmatch(str(detail.get("retryDelay", ""))):
            return float(found[1])
    return None


def _details(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping):
            yield detail


def _id(violation: object) -> object:
    return violation.get("quotaId") if isinstance(violation, Mapping) else None
