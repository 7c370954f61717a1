"""Errors as Google's services tell them."""

from __future__ import annotations

from typing import Any

import pytest

from enforcer.providers.base import Failure, ProviderSettings
from enforcer.providers.faults import broke_off, refused
from enforcer.providers.rpc import delay_s

SETTINGS = ProviderSettings("google", key="AIza-secret", key_env="GEMINI_API_KEY")
BAD_KEY = {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
}
EXPIRED = {"code": 400, "message": "API key expired. Please renew the API key.", "status": "INVALID_ARGUMENT"}
QUOTA = "You exceeded your current quota, please check your plan and billing details."
COMES_BACK = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}


def quota(id: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": id}]}


def error_429(*details: Any) -> dict[str, Any]:
    return {"error": {"code": 429, "message": QUOTA, "status": "RESOURCE_EXHAUSTED", "details": list(details)}}


@pytest.mark.parametrize("body", [{"error": BAD_KEY}, [{"error": BAD_KEY}], {"error": EXPIRED}])
def test_a_bad_key_is_told_as_one_though_the_service_says_400(body: object) -> None:
    error = refused(SETTINGS, "gemini", 400, {}, body)
    assert error.failure is Failure.AUTH
    assert str(error) == "google refused the key from GEMINI_API_KEY (400): check it"


@pytest.mark.parametrize(
    ("headers", "details", "failure", "wait_s"),
    [
        ({}, [COMES_BACK], Failure.RETRY, 34.5),
        ({}, [quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), COMES_BACK], Failure.RETRY, 34.5),
        ({"retry-after": "2"}, [COMES_BACK], Failure.RETRY, 2.0),
        ({}, [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), COMES_BACK], Failure.FATAL, None),
        ({}, [], Failure.FATAL, None),
        ({}, ["odd", {"violations": "odd"}, {"violations": ["odd"]}], Failure.FATAL, None),
    ],
    ids=["a delay", "a minute's quota", "the header comes first", "a day's quota", "no word of when", "odd details"],
)
def test_a_spent_quota_is_waited_for_when_it_comes_back(
    headers: dict[str, str], details: list[Any], failure: Failure, wait_s: float | None
) -> None:
    error = refused(SETTINGS, "gemini", 429, headers, error_429(*details))
    assert error.failure is failure
    assert error.retry_after_s == wait_s


def test_the_words_of_a_service_that_is_overloaded() -> None:
    body = [{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}]
    error = refused(SETTINGS, "gemini", 503, {}, body)
    assert str(error) == "google cannot answer now (503): The model is overloaded; try again in a moment"


def test_a_conversation_that_is_too_long() -> None:
    said = "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
    error = refused(SETTINGS, "gemini", 400, {}, {"error": {"message": said, "status": "INVALID_ARGUMENT"}})
    assert error.failure is Failure.CONTEXT


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"code": 503, "status": "UNAVAILABLE"}, Failure.RETRY),
        ({"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [COMES_BACK]}, Failure.RETRY),
        ({"code": 400, "status": "INVALID_ARGUMENT"}, Failure.FATAL),
        ({"status": "UNAUTHENTICATED"}, Failure.AUTH),
        ({"status": "PERMISSION_DENIED"}, Failure.AUTH),
        ({"status": "NOT_FOUND"}, Failure.NOT_FOUND),
        ({"status": "FAILED_PRECONDITION"}, Failure.FATAL),
        ({"status": "INTERNAL"}, Failure.RETRY),
        ({"status": "MALFORMED_FUNCTION_CALL"}, Failure.RETRY),
        ({"status": "MISSING_THOUGHT_SIGNATURE"}, Failure.FATAL),
    ],
    ids=lambda value: value["status"] if isinstance(value, dict) else "",
)
def test_what_an_error_inside_the_stream_means(error: dict[str, Any], failure: Failure) -> None:
    raised = broke_off(SETTINGS, "gemini", {"message": "in its own words", **error}, None)
    assert raised.failure is failure
    assert "in its own words" in str(raised)


def test_a_delay_inside_the_stream_is_kept_too() -> None:
    assert broke_off(SETTINGS, "gemini", {"code": 503, "details": [COMES_BACK]}, None).retry_after_s == 34.5


@pytest.mark.parametrize("said", ["soon", "5", "-1s", None, 5])
def test_a_delay_that_cannot_be_read_is_none(said: object) -> None:
    assert delay_s({"details": [{"retryDelay": said}]}) is None
    assert delay_s("odd") is None
