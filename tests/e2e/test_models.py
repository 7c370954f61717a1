"""A model that no file knows, and `enforcer models` on a small screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.screen import Screen
from tests.servers.vendor import Reply, VendorServer

UNKNOWN = "openai-compatible:vllm/nobody/has-heard-of-it"


def test_a_model_nobody_knows_works_with_cautious_defaults(run, monkeypatch: pytest.MonkeyPatch) -> None:
    with VendorServer([Reply(text=("Here I am.",))]) as server:
        monkeypatch.setenv("VLLM_BASE_URL", server.openai_url)
        done = run("-p", "are you there?", "-m", UNKNOWN, "--output-format", "json")
    result = json.loads(done.out)
    assert (done.code, result["result"], done.err) == (0, "Here I am.", "")
    assert (server.bodies[0]["model"], server.bodies[0]["max_tokens"]) == ("nobody/has-heard-of-it", 8_192)
    usage = result["modelUsage"][UNKNOWN]
    assert (usage["contextWindow"], usage["maxOutputTokens"]) == (128_000, 8_192)
    assert usage["costUnknown"] is True


def test_what_a_list_said_of_a_model_holds_for_the_next_session(run, monkeypatch: pytest.MonkeyPatch) -> None:
    with VendorServer([Reply(text=("Here I am.",))]) as server:
        server.models = [{"id": "nobody/has-heard-of-it", "max_model_len": 40_960}]
        monkeypatch.setenv("VLLM_BASE_URL", server.openai_url)
        assert run("models", "openai-compatible:vllm", "--refresh").code == 0
        done = run("-p", "are you there?", "-m", UNKNOWN, "--output-format", "json")
    assert json.loads(done.out)["modelUsage"][UNKNOWN]["contextWindow"] == 40_960


def test_the_models_fit_on_a_small_screen(project: Path) -> None:
    with Screen(["models", "anthropic"], cwd=project) as it:
        it.wait_for("anthropic/claude-haiku-4-5")
        assert it.wait_for_end() == 0
        heads = [row.split() for row in it.text.splitlines() if row.split()[:1] == ["model"]]
    assert heads == [["model", "context", "output", "USD/Mtok", "as", "of"]]
