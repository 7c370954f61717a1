from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from enforcer.providers.base import Failure, ProviderSettings
from enforcer.providers.faults import broke_off, clipped, refused, retry_after_s
from enforcer.providers.response import unreachable

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
SETTINGS = ProviderSettings("acme", key="sk-123456", key_env="ACME_KEY", first_byte_s=600)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Fri, 02 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Fri, 02 Jan 2026 12:00:30 +9999999999999"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("one.\n  two\t!", "one. two"),
        ("key sk-123456 is bad", "key *** is bad"),
        ("\x1b[31mred\x07", "[31mred"),
        ("x" * 300, "x" * 199 + "…"),
    ],
    ids=["lines", "key", "control", "long"],
)
def test_what_a_service_says_becomes_one_short_line_without_the_key(said: str, line: str) -> None:
    assert clipped(SETTINGS, said) == line


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "why"}}, ": why"),
        ({"error": "why"}, ": why"),
        ({"message": "why"}, ": why"),
        ({"detail": "why"}, ": why"),
        ("why", ": why"),
        ({"detail": [{"loc": ["body"]}]}, ": it gave no reason"),
        ("<!DOCTYPE html><p>why", ": it gave no reason"),
        (None, ": it gave no reason"),
        ([], ": it gave no reason"),
    ],
    ids=["vendor", "text error", "bare", "detail", "text", "list", "page", "none", "odd"],
)
def test_the_reason_is_found_wherever_a_service_puts_it(body: object, said: str) -> None:
    assert str(refused(SETTINGS, "m", 400, {}, body)) == f"acme refused the request (400){said}"


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, Failure.FATAL),
        (401, Failure.AUTH),
        (402, Failure.FATAL),
        (403, Failure.AUTH),
        (404, Failure.NOT_FOUND),
        (408, Failure.RETRY),
        (409, Failure.RETRY),
        (413, Failure.CONTEXT),
        (422, Failure.FATAL),
        (429, Failure.RETRY),
        (500, Failure.RETRY),
        (503, Failure.RETRY),
        (529, Failure.RETRY),
    ],
)
def test_each_status_says_what_can_be_done(status: int, failure: Failure) -> None:
    assert refused(SETTINGS, "m", status, {}, None).failure is failure


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"type": "overloaded_error"}, Failure.RETRY),
        ({"code": "server_error"}, Failure.RETRY),
        ("boom", Failure.RETRY),
        ({"type": "authentication_error"}, Failure.AUTH),
        ({"type": "not_found_error"}, Failure.NOT_FOUND),
        ({"type": "request_too_large"}, Failure.CONTEXT),
        ({"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}, Failure.CONTEXT),
        ({"type": "invalid_request_error"}, Failure.FATAL),
        ({"code": "bio_policy"}, Failure.FATAL),
    ],
    ids=["overloaded", "server", "text", "auth", "not found", "too large", "context", "invalid", "policy"],
)
def test_an_error_in_a_stream_is_worth_another_try_unless_it_says_otherwise(error: object, failure: Failure) -> None:
    assert broke_off(SETTINGS, "m", error, None).failure is failure


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (httpx2.ConnectError("All connection attempts failed"), "All connection attempts failed"),
        (httpx2.ConnectTimeout(""), "it did not answer in time"),
        (httpx2.ReadTimeout(""), "no answer within 600 s"),
        (
            httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
            "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed",
        ),
    ],
    ids=["refused", "connect", "first byte", "TLS"],
)
def test_a_service_out_of_reach_is_named_with_its_host(cause: Exception, why: str) -> None:
    error = unreachable(SETTINGS, "https://person:secret@api.acme.test:8443/v1", cause)
    assert str(error) == f"cannot reach acme at api.acme.test:8443: {why}; check the network and the address"
    assert error.failure is Failure.UNREACHABLE
