"""Keys that are there and servers that answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from enforcer.cli.given import Given
from enforcer.cli.sources import Found, keys, server_name, servers
from enforcer.config.keys import store_key
from enforcer.config.load import load
from enforcer.config.paths import Paths
from enforcer.lanes.proposal import Source
from enforcer.providers.models import Models
from tests.conftest import NOBODY
from tests.servers.vendor import VendorServer

SILENT = {"OLLAMA_HOST": NOBODY, "LLAMACPP_BASE_URL": NOBODY, "LMSTUDIO_BASE_URL": NOBODY, "VLLM_BASE_URL": NOBODY}


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths(home / "config", home / "data")


def person(paths: Paths, text: str = "", **env: str) -> Given:
    paths.config.mkdir(exist_ok=True)
    paths.config_file.write_text(text, encoding="utf-8")
    paths.config_file.chmod(0o600)
    loaded = load(cwd=paths.config, paths=paths, env={"HOME": str(paths.config)}, flags={})
    return Given({**SILENT, **env}, paths, loaded, Models())


def look(paths: Paths, text: str = "", **env: str) -> tuple[Source, ...]:
    return asyncio.run(servers(person(paths, text, **env)))


def test_keys_are_found_in_the_environment_and_in_the_file(paths: Paths) -> None:
    store_key(paths, "openai", "key-0123456789")
    env = {"ANTHROPIC_API_KEY": "sk-ant-0123456789", "OPENROUTER_API_KEY": "sk-or-0123456789"}
    assert keys(person(paths, **env)).sources == (
        Source("anthropic", "ANTHROPIC_API_KEY"),
        Source("openai", str(paths.credentials)),
        Source("openai-compatible:openrouter", "OPENROUTER_API_KEY"),
    )


def test_a_key_under_a_name_of_one_s_own_is_found(paths: Paths) -> None:
    text = "providers: {openai: {key_env: WORK_KEY}}"
    assert keys(person(paths, text, WORK_KEY="key-0123456789")).sources == (Source("openai", "WORK_KEY"),)


def test_a_key_that_cannot_be_one_is_told_and_the_others_count(paths: Paths) -> None:
    env = {"ANTHROPIC_API_KEY": "two words here", "OPENAI_API_KEY": "key-0123456789"}
    assert keys(person(paths, **env)) == Found(
        (Source("openai", "OPENAI_API_KEY"),),
        ("ANTHROPIC_API_KEY has a blank or a line end in the middle, which no key has; copy the key again",),
    )


def test_without_keys_nothing_is_found(paths: Paths) -> None:
    assert keys(person(paths)) == Found()


def test_a_server_that_answers_is_found_with_the_models_that_chat(paths: Paths) -> None:
    with VendorServer() as server:
        server.models = [{"id": "nomic-embed-text:latest"}, {"id": "qwen3:8b"}]
        found = look(paths, OLLAMA_HOST=server.url)
    assert found == (Source("openai-compatible:ollama", server.openai_url, local=True, models=("qwen3:8b",)),)
    assert server.requests == []


def test_a_configured_server_is_asked_too_and_an_address_only_once(paths: Paths) -> None:
    with VendorServer() as server:
        server.models = [{"id": "m"}]
        text = f"providers: {{'openai-compatible:box': {{base_url: '{server.openai_url}'}}}}"
        found = look(paths, text, VLLM_BASE_URL=server.openai_url)
        assert [source.provider for source in found] == ["openai-compatible:vllm"]
        assert [source.provider for source in look(paths, text)] == ["openai-compatible:box"]
    assert len(server.listings) == 2


def test_a_service_far_away_is_not_asked(paths: Paths) -> None:
    assert look(paths, "providers: {'openai-compatible:far': {base_url: 'https://far.example/v1'}}") == ()


@pytest.mark.parametrize(
    ("provider", "name"), [("openai-compatible:lmstudio", "LM Studio"), ("openai-compatible:my-box", "my-box")]
)
def test_a_server_has_a_name_for_people(provider: str, name: str) -> None:
    assert server_name(provider) == name
