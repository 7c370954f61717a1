from __future__ import annotations

import pytest

from enforcer.config.tokens import scrub_forms

KEY = "-----BEGIN RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("key: sk-ant-api03-abcdefghijklmnopqrstuvwx.", "key: [secret]."),
        ("sk-proj-abcdefghijklmnopqrstuvwx", "[secret]"),
        ("AIza" + "a" * 35, "[secret]"),
        ("id AKIAABCDEFGHIJKLMNOP", "id [secret]"),
        ("ghp_" + "a" * 36, "[secret]"),
        ("xoxb-123456789012-abc", "[secret]"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4", "[secret]"),
        ("aws_secret_access_key = " + "a/B+" * 10, "aws_secret_access_key = [secret]"),
        ("https://bob:hunter2@host/x", "https://[secret]@host/x"),
        (f"{KEY}\nProc-Type: 4\nabc=\n-----END RSA PRIVATE KEY-----\nafter", "[secret]\nafter"),
        (f"{KEY}\n" + "abcd" * 30 + " …", "[secret]…"),
    ],
)
def test_what_looks_like_a_key_is_taken_out_secr_004_secr_009(text: str, left: str) -> None:
    assert scrub_forms(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn and task-force",
        "https://host:8080/a@b",
        f"look for {KEY} in the text, then go on",
        "e" * 64,
        "AKIA",
    ],
)
def test_what_only_resembles_one_stays(text: str) -> None:
    assert scrub_forms(text) == text
