"""API keys and addresses: from the person's environment and files only, passed on explicitly, never shown."""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from enforcer.config.paths import Paths
from enforcer.config.schema import ProviderSection
from enforcer.config.yaml import read_yaml
from enforcer.core.errors import UsageError

KEY_ENV: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "google": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
}
BASE_URL_ENV = {"anthropic": "ANTHROPIC_BASE_URL", "openai": "OPENAI_BASE_URL"}
LOCAL_SERVERS = {  # where each listens unless it was told otherwise
    "ollama": "http://127.0.0.1:11434/v1",
    "llamacpp": "http://127.0.0.1:8080/v1",
    "lmstudio": "http://127.0.0.1:1234/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "openrouter": "https://openrouter.ai/api/v1",
}
COMPATIBLE = "openai-compatible"
CREDENTIALS = "credentials.yaml"
SHORTEST_SECRET = 8  # shorter values would black out ordinary words


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    name: str
    base_url: str | None
    key: str | None = field(repr=False)
    key_env: str = ""  # where the key is looked for, for messages
    tries: int = 5
    first_byte_s: float = 600.0
    idle_s: float = 90.0


class Secrets:
    """Values that must not reach a record, a log or an export, in any of the forms they take."""

    def __init__(self) -> None:
        self._forms: dict[str, None] = {}

    def add(self, value: str) -> None:
        if len(value) < SHORTEST_SECRET:
            return
        encoded = base64.b64encode(value.encode()).decode().rstrip("=")
        for form in (value, quote(value, safe=""), encoded):
            self._forms[form] = None

    def scrub(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, "[secret]")
        return text


SECRETS = Secrets()


def provider_config(
    name: str, providers: Mapping[str, ProviderSection], env: Mapping[str, str], paths: Paths
) -> ProviderConfig:
    """Raises: UsageError for a key that cannot be one, or a server whose address nobody gave."""
    section = providers.get(name) or providers.get(name.partition(":")[2]) or ProviderSection()
    names = (section.key_env,) if section.key_env else _key_names(name)
    key = _from_env(names, env) or _from_file(name, paths)
    if key:
        SECRETS.add(key)
    return ProviderConfig(
        name,
        _base_url(name, section, env, paths),
        key,
        names[0] if names else "",
        section.tries,
        section.first_byte_s,
        section.idle_s,
    )


def _key_names(name: str) -> tuple[str, ...]:
    kind, _, server = name.partition(":")
    if kind == COMPATIBLE and server:
        return (f"{re.sub(r'[^A-Za-z0-9]+', '_', server).upper()}_API_KEY",)
    return KEY_ENV.get(kind, ())


def _from_env(names: tuple[str, ...], env: Mapping[str, str]) -> str | None:
    return next((_tidy(env[name], name) for name in names if env.get(name, "").strip()), None)


def _from_file(name: str, paths: Paths) -> str | None:
    """`credentials.yaml` in the config folder: provider and key, readable by its owner only."""
    path = paths.config / CREDENTIALS
    value = (read_yaml(path) or {}).get(name)
    if value is None:
        return None
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{path} can be read by others; run: chmod 600 {path}")
    if not isinstance(value, str):
        raise UsageError(f"{path}: {name} is not a text; put the key in quotes")
    return _tidy(value, f"{path}: {name}")


def _tidy(value: str, where: str) -> str:
    """A key as it was copied: blanks, line ends and quotes around it are not part of it."""
    key = value.strip().strip("\"'").strip()
    if not key or re.search(r"\s", key) or not key.isascii() or not key.isprintable():
        raise UsageError(f"{where} does not hold a key (it has blanks or strange characters); copy the key again")
    return key


def _base_url(name: str, section: ProviderSection, env: Mapping[str, str], paths: Paths) -> str | None:
    kind, _, server = name.partition(":")
    if section.base_url:
        return section.base_url
    if kind in BASE_URL_ENV:
        return env.get(BASE_URL_ENV[kind]) or None
    if kind != COMPATIBLE:
        return None
    if not server:
        raise UsageError(f"'{name}/…' names no server; write {COMPATIBLE}:NAME/model, e.g. {COMPATIBLE}:ollama/qwen3")
    if server == "ollama" and env.get("OLLAMA_HOST"):
        host = env["OLLAMA_HOST"].rstrip("/")
        return f"{host if '//' in host else f'http://{host}'}/v1"
    if server in LOCAL_SERVERS:
        return LOCAL_SERVERS[server]
    raise UsageError(f"nobody says where {name} is; set providers.{name}.base_url in {paths.config / 'config.yaml'}")
