"""Keys and addresses come from the person alone."""

from __future__ import annotations

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from enforcer.config.keys import SECRETS, ProviderConfig, provider_config, remove_key, store_key, stored_names, tidy
from enforcer.core.errors import UsageError
from tests.unit.config.conftest import World

LOCAL = "openai-compatible:"


def config(world: World, name: str, **env: str) -> ProviderConfig:
    return provider_config(name, world.load().settings, env, world.paths)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("openai", "OPENAI_API_KEY"),
        ("google", "GEMINI_API_KEY"),
        ("google", "GOOGLE_API_KEY"),
        ("openai-compatible:openrouter", "OPENROUTER_API_KEY"),
        ("openai-compatible:ollama", "OLLAMA_API_KEY"),
    ],
)
def test_a_key_comes_from_the_usual_variable(world: World, name: str, variable: str) -> None:
    assert config(world, name, **{variable: "key-0123456789"}).key == "key-0123456789"


def test_a_key_becomes_a_known_secret_secr_001(world: World) -> None:
    config(world, "openai", OPENAI_API_KEY="key-canary-secr-001")
    assert SECRETS.scrub("it is key-canary-secr-001") == "it is [secret]"


def test_a_key_does_not_show_in_its_config_secr_001(world: World) -> None:
    assert "key-0123456789" not in repr(config(world, "openai", OPENAI_API_KEY="key-0123456789"))


def test_a_configured_variable_wins_over_the_usual_one(world: World) -> None:
    world.person("providers: {openai: {key_env: WORK_KEY, tries: 2, first_byte_s: 9, idle_s: 3}}")
    found = config(world, "openai", WORK_KEY="key-of-work-1", OPENAI_API_KEY="key-of-home-1")
    assert found == ProviderConfig("openai", None, "key-of-work-1", "WORK_KEY", 2, 9.0, 3.0, found_in="WORK_KEY")


def test_without_a_key_the_variable_is_known_for_the_message(world: World) -> None:
    assert config(world, "google") == ProviderConfig("google", None, None, "GEMINI_API_KEY")


def test_a_variable_in_a_project_s_dot_env_is_no_key_repo_003(world: World) -> None:
    world.project("OPENAI_API_KEY=key-0123456789\nOPENAI_BASE_URL=http://127.0.0.1:9\n", ".env")
    found = config(world, "openai")
    assert (found.key, found.base_url) == (None, None)


@pytest.mark.parametrize(
    "typed",
    ["key-0123456789\n", "  key-0123456789\t", '"key-0123456789"', "'key-0123456789'\r\n", "\ufeffkey-0123456789"],
    ids=["line end", "blanks", "quotes", "quotes and line end", "byte order mark"],
)
def test_a_key_is_trimmed_secr_006(world: World, typed: str) -> None:
    assert config(world, "openai", OPENAI_API_KEY=typed).key == "key-0123456789"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("key 0123456789", "X has a blank or a line end in the middle, which no key has; copy the key again"),
        ("key-01\n23456789", "X has a blank or a line end in the middle, which no key has; copy the key again"),
        ("key-0123–456789", "X has characters that no key has; copy the key again"),
        ("key-0123\x00456789", "X has characters that no key has; copy the key again"),
        (' "" ', "X is empty; copy the key again"),
    ],
    ids=["blank", "line end", "long dash", "control", "empty"],
)
def test_what_cannot_be_a_key_is_named_secr_006(typed: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        tidy(typed, "X")
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("name", "key", "owner"),
    [
        ("openai", "sk-ant-0123456789", "anthropic"),
        ("anthropic", "AIza0123456789", "google"),
        ("openai", "sk-or-v1-0123456789", "openai-compatible:openrouter"),
    ],
)
def test_a_key_of_another_company_is_named_before_any_request_secr_006(
    world: World, name: str, key: str, owner: str
) -> None:
    with pytest.raises(UsageError) as refused:
        config(world, name, OPENAI_API_KEY=key, ANTHROPIC_API_KEY=key)
    assert str(refused.value) == (
        f"the key for {name} is one for {owner}; put each key where its provider looks for it"
    )


def test_behind_an_address_of_one_s_own_any_key_may_be_right(world: World) -> None:
    world.person("providers: {openai: {base_url: 'https://gateway.example'}}")
    assert config(world, "openai", OPENAI_API_KEY="sk-ant-0123456789").base_url == "https://gateway.example"


# Addresses


@pytest.mark.parametrize(
    ("name", "env", "address"),
    [
        ("anthropic", {}, None),
        ("anthropic", {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
        ("openai", {"OPENAI_BASE_URL": " http://127.0.0.1:9/v1 "}, "http://127.0.0.1:9/v1"),
        (LOCAL + "ollama", {}, "http://127.0.0.1:11434/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "box"}, "http://box:11434/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "box:7"}, "http://box:7/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "0.0.0.0:7"}, "http://127.0.0.1:7/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": ":7"}, "http://127.0.0.1:7/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "[::1]:7"}, "http://[::1]:7/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "[::]"}, "http://127.0.0.1:11434/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "https://box"}, "https://box:443/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "http://box:7/"}, "http://box:7/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "http://box:7/v1"}, "http://box:7/v1"),
        (LOCAL + "ollama", {"OLLAMA_HOST": "http://box:7/api"}, "http://box:7/api/v1"),
        (LOCAL + "llamacpp", {}, "http://127.0.0.1:8080/v1"),
        (LOCAL + "lmstudio", {}, "http://127.0.0.1:1234/v1"),
        (LOCAL + "vllm", {}, "http://127.0.0.1:8000/v1"),
        (LOCAL + "vllm", {"VLLM_BASE_URL": "http://box:7/v1"}, "http://box:7/v1"),
        (LOCAL + "my-box", {"MY_BOX_BASE_URL": "http://box:7/v1"}, "http://box:7/v1"),
    ],
)
def test_addresses_come_from_the_person_or_are_well_known(
    world: World, name: str, env: dict[str, str], address: str | None
) -> None:
    assert config(world, name, **env).base_url == address


def test_a_configured_address_wins(world: World) -> None:
    world.person("providers: {'openai-compatible:ollama': {base_url: 'http://127.0.0.1:9/v1'}}")
    assert config(world, LOCAL + "ollama", OLLAMA_HOST="box").base_url == "http://127.0.0.1:9/v1"


def test_a_server_without_an_address_names_the_key_to_set(world: World) -> None:
    with pytest.raises(UsageError) as refused:
        config(world, "openai-compatible:mine")
    assert str(refused.value) == (
        "openai-compatible:mine has no address; set providers.openai-compatible:mine.base_url in "
        f"{world.paths.config_file}, e.g. http://127.0.0.1:8080/v1"
    )


def test_a_compatible_model_needs_the_name_of_its_server(world: World) -> None:
    with pytest.raises(UsageError, match=r"'openai-compatible' names no server; write openai-compatible:NAME/model"):
        config(world, "openai-compatible")


def test_where_a_key_was_found_is_known(world: World) -> None:
    assert config(world, "google", GOOGLE_API_KEY="key-0123456789").found_in == "GOOGLE_API_KEY"
    assert config(world, "google").found_in == ""
    store_key(world.paths, "google", "key-0123456789")
    assert config(world, "google").found_in == str(world.paths.credentials)
    assert stored_names(world.paths) == ("google",)


# The credentials file


def test_a_key_can_be_kept_in_a_file_secr_002(world: World) -> None:
    store_key(world.paths, "anthropic", " key-0123456789\n")
    store_key(world.paths, "openai-compatible:mine", "key-abcdefghij")
    assert config(world, "anthropic").key == "key-0123456789"
    assert config(world, "anthropic", ANTHROPIC_API_KEY="key-of-variable").key == "key-of-variable"


def test_the_file_is_private_whatever_the_umask_secr_002(world: World) -> None:
    before = os.umask(0)
    try:
        path = store_key(world.paths, "anthropic", "key-0123456789")
    finally:
        os.umask(before)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (path.parent, *path.parent.iterdir())}
    assert modes == {"config": 0o700, "credentials.yaml": 0o600, "credentials.yaml.lock": 0o600}


def test_keys_kept_at_the_same_time_are_all_there_conc_005(world: World) -> None:
    names = [f"openai-compatible:s{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store_key(world.paths, name, f"key-of-{name}"), names))
    world.person("providers: {" + ", ".join(f"'{name}': {{base_url: 'http://x'}}" for name in names) + "}")
    assert [config(world, name).key for name in names] == [f"key-of-{name}" for name in names]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_others_can_read_is_not_used(world: World, mode: int) -> None:
    path = world.person("anthropic: key-0123456789", "credentials.yaml")
    path.chmod(mode)
    found = config(world, "anthropic")
    assert (found.key, found.notice) == (
        None,
        f"{path} can be read by other users and was not used; mend it with: chmod 600 {path}",
    )


def test_a_file_of_another_shape_is_named(world: World) -> None:
    path = world.person("anthropic: {key: x}", "credentials.yaml")
    with pytest.raises(UsageError) as refused:
        config(world, "anthropic")
    assert str(refused.value) == f"{path}: write one line for each provider, like anthropic: KEY"


def test_a_bad_key_in_the_file_is_named_with_its_place_secr_006(world: World) -> None:
    path = world.person("anthropic: a b c", "credentials.yaml")
    with pytest.raises(UsageError) as refused:
        config(world, "anthropic")
    assert str(refused.value).startswith(f"{path}: anthropic has a blank")
    assert "a b c" not in str(refused.value)


def test_a_planted_link_is_replaced_not_followed_secr_008(world: World, tmp_path: Path) -> None:
    world.paths.config.mkdir(parents=True)
    world.paths.credentials.symlink_to(tmp_path / "elsewhere")
    store_key(world.paths, "anthropic", "key-0123456789")
    assert not (tmp_path / "elsewhere").exists()
    assert not world.paths.credentials.is_symlink()


def test_no_key_is_logged_secr_001(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store_key(world.paths, "anthropic", "key-0123456789")
    config(world, "anthropic")
    assert "key-0123456789" not in caplog.text


def test_messages_name_the_place_a_key_was_found_in(world: World) -> None:
    assert config(world, "anthropic").key_env == "ANTHROPIC_API_KEY"
    path = store_key(world.paths, "anthropic", "key-0123456789")
    assert config(world, "anthropic").key_env == str(path)


def test_a_kept_key_can_be_taken_out_again(world: World) -> None:
    path = store_key(world.paths, "anthropic", "key-0123456789")
    store_key(world.paths, "openai-compatible:my.own", "key-abcdefghij")
    assert (remove_key(world.paths, "anthropic"), remove_key(world.paths, "anthropic")) == (True, False)
    assert path.read_text("utf-8") == "openai-compatible:my.own: key-abcdefghij\n"
