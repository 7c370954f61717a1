"""Secrets are taken out of a text in whatever form they are in."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.config.secrets import Secrets

KEY = "sk-canary/0123+456=789 abc"


@pytest.fixture
def secrets() -> Secrets:
    secrets = Secrets()
    secrets.add(KEY)
    return secrets


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(KEY, id="itself"),
        pytest.param(quote(KEY, safe=""), id="in a URL"),
        pytest.param(quote_plus(KEY), id="in a form"),
        pytest.param(base64.b64encode(KEY.encode()).decode().rstrip("="), id="base64"),
        pytest.param(base64.urlsafe_b64encode(KEY.encode()).decode(), id="base64 for URLs"),
    ],
)
def test_every_form_of_a_secret_is_scrubbed_secr_001(secrets: Secrets, form: str) -> None:
    scrubbed = secrets.scrub(f"before {form} after")
    assert scrubbed.startswith("before [secret]")
    assert scrubbed.endswith(" after")
    assert KEY[:12] not in scrubbed


@pytest.mark.parametrize("before", ["", "u:", "user:", "Bearer ", "x"])
def test_a_secret_in_the_middle_of_something_encoded_is_scrubbed_secr_001(secrets: Secrets, before: str) -> None:
    assert "[secret]" in secrets.scrub(base64.b64encode(f"{before}{KEY} and more".encode()).decode())


def test_a_secret_in_an_error_s_text_is_scrubbed_secr_005(secrets: Secrets) -> None:
    assert secrets.scrub(f"HTTP 401, request headers {{'x-api-key': '{KEY}'}}") == (
        "HTTP 401, request headers {'x-api-key': '[secret]'}"
    )


def test_of_two_secrets_the_longer_one_is_taken_whole() -> None:
    secrets = Secrets()
    secrets.add("sk-12345")
    secrets.add("sk-1234567890")
    assert secrets.scrub("sk-1234567890 sk-12345") == "[secret] [secret]"
    assert secrets.values() == ("sk-12345", "sk-1234567890")


@pytest.mark.parametrize("value", ["", "none", "ollama"])
def test_a_word_too_short_to_be_a_secret_stays(value: str) -> None:
    secrets = Secrets()
    secrets.add(value)
    assert secrets.scrub("none of the ollama models") == "none of the ollama models"


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_around_a_secret_hides_it(before: str, after: str) -> None:
    secrets = Secrets()
    secrets.add("sk-canary-0123456789")
    assert "sk-canary-0123456789" not in secrets.scrub(f"{before}sk-canary-0123456789{after}")
