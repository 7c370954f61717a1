"""API keys and addresses: from the person's environment and files only, passed on explicitly, never shown."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from enforcer.config.edit import with_key, without_key
from enforcer.config.nodes import join_key
from enforcer.config.paths import PRIVATE_FILE, Paths, private_folder
from enforcer.config.schema import ProviderEntry
from enforcer.config.secrets import SECRETS as SECRETS
from enforcer.config.settings import Settings
from enforcer.config.yaml import read_file, source_of
from enforcer.core.errors import UsageError

COMPATIBLE = "openai-compatible"
KEY_ENV = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "google": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
}
BASE_URL_ENV = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "openai": "OPENAI_BASE_URL",
    "google": "GOOGLE_GEMINI_BASE_URL",
}
# Where each listens unless it was told otherwise.
SERVERS = {
    "ollama": "http://127.0.0.1:11434/v1",
    "llamacpp": "http://127.0.0.1:8080/v1",
    "lmstudio": "http://127.0.0.1:1234/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "openrouter": "https://openrouter.ai/api/v1",
}
# How the keys of a vendor begin that no other vendor's do.
_BEGINNINGS = {"sk-ant-": "anthropic", "AIza": "google", "sk-or-": "openai-compatible:openrouter"}
_BLANKS_AND_QUOTES = " \t\r\n\v\f\"'`\ufeff\u00a0"


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """What a provider is built from. `notice` is a sentence for the person, "" when there is nothing to say."""

    name: str
    base_url: str | None
    key: str | None = field(repr=False)
    key_env: str = ""  # where the key was found, else the variable it is looked for in; for messages
    tries: int = 5
    first_byte_s: float = 600.0
    idle_s: float = 90.0
    transport: str = "auto"
    notice: str = ""
    found_in: str = ""  # the variable or the file that has the key, "" without one


def provider_config(name: str, settings: Settings, env: Mapping[str, str], paths: Paths) -> ProviderConfig:
    """`name` as in a model reference. The key becomes one of the known secrets.

    Raises: UsageError for a key that cannot be one, and for a server whose address nobody gave.
    """
    entry = settings.providers.get(name) or ProviderEntry()
    names = (entry.key_env,) if entry.key_env else key_names(name)
    key, found_in, notice = _key(name, names, env, paths)
    base_url = entry.base_url or _base_url(name, env, paths)
    if key:
        SECRETS.add(key)
        check_vendor(name, key, entry.base_url or "")
    return ProviderConfig(
        name,
        base_url,
        key,
        found_in or (names[0] if names else ""),
        entry.tries,
        entry.first_byte_s,
        entry.idle_s,
        entry.transport,
        notice,
        found_in,
    )


def stored_names(paths: Paths) -> tuple[str, ...]:
    """The providers with a key in the person's credentials file. Raises: UsageError."""
    return tuple(_credentials(paths.credentials)[0])


def store_key(paths: Paths, name: str, key: str) -> Path:
    """Keep a key in the person's credentials file, private from its first byte. Raises: UsageError."""
    key = tidy(key, "the key")
    SECRETS.add(key)
    _edit_credentials(paths, lambda text: with_key(text, str(paths.credentials), join_key([name]), key))
    return paths.credentials


def remove_key(paths: Paths, name: str) -> bool:
    """Take a provider's key out of the file; False when there was none. Raises: UsageError."""
    if name not in stored_names(paths):
        return False
    _edit_credentials(paths, lambda text: without_key(text, str(paths.credentials), join_key([name])))
    return True


def _edit_credentials(paths: Paths, change: Callable[[str], str]) -> None:
    private_folder(paths.config)
    path = paths.credentials
    with FileLock(f"{path}.lock", mode=PRIVATE_FILE):
        if notice := _credentials(path)[1]:
            raise UsageError(notice.replace("was not used", "is not changed"))
        text = change(source_of(path) if path.exists() else "")
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".credentials-")  # mkstemp makes it 0600
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


def tidy(value: str, where: str) -> str:
    """A key as it was copied: blanks, line ends and quotes around it are not part of it. Raises: UsageError."""
    key = value.strip(_BLANKS_AND_QUOTES)
    if not key:
        raise UsageError(f"{where} is empty; copy the key again")
    if re.search(r"\s", key):
        raise UsageError(f"{where} has a blank or a line end in the middle, which no key has; copy the key again")
    if not key.isascii() or not key.isprintable():
        raise UsageError(f"{where} has characters that no key has; copy the key again")
    return key


def key_names(name: str) -> tuple[str, ...]:
    """The variables a provider's key is looked for in, unless `key_env` names another one."""
    kind, _, server = name.partition(":")
    if kind == COMPATIBLE and server:
        return (_variable(server, "API_KEY"),)
    return KEY_ENV.get(kind, ())


def _variable(server: str, what: str) -> str:
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', server).strip('_').upper()}_{what}"


def _key(name: str, names: tuple[str, ...], env: Mapping[str, str], paths: Paths) -> tuple[str | None, str, str]:
    """The key, where it was found, and a notice."""
    for variable in names:
        if env.get(variable, "").strip(_BLANKS_AND_QUOTES):
            return tidy(env[variable], variable), variable, ""
    keys, notice = _credentials(paths.credentials)
    if name in keys:
        return tidy(keys[name], f"{paths.credentials}: {name}"), str(paths.credentials), notice
    return None, "", notice


def _credentials(path: Path) -> tuple[dict[str, str], str]:
    """Provider and key; nothing and a notice when others could have read the file."""
    try:
        others = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    except OSError:
        return {}, ""
    if others:
        return {}, f"{path} can be read by other users and was not used; mend it with: chmod 600 {path}"
    keys: Any = read_file(path)
    if keys is None:
        return {}, ""
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise UsageError(f"{path}: write one line for each provider, like anthropic: KEY")
    return {str(provider): str(key) for provider, key in keys.items()}, ""


def check_vendor(name: str, key: str, base_url: str) -> None:
    """A key that was put into the wrong place would be sent to the wrong company. Raises: UsageError."""
    owner = next((owner for beginning, owner in _BEGINNINGS.items() if key.startswith(beginning)), name)
    if owner != name and name in KEY_ENV and not base_url:
        raise UsageError(f"the key for {name} is one for {owner}; put each key where its provider looks for it")


def _base_url(name: str, env: Mapping[str, str], paths: Paths) -> str | None:
    kind, _, server = name.partition(":")
    if kind in BASE_URL_ENV:
        return env.get(BASE_URL_ENV[kind], "").strip() or None
    if kind != COMPATIBLE:
        return None
    if not server:
        raise UsageError(f"'{name}' names no server; write {COMPATIBLE}:NAME/model, e.g. {COMPATIBLE}:ollama/qwen3")
    if server == "ollama" and env.get("OLLAMA_HOST", "").strip():
        return _ollama(env["OLLAMA_HOST"].strip())
    if said := env.get(_variable(server, "BASE_URL"), "").strip():
        return said
    if server in SERVERS:
        return SERVERS[server]
    raise UsageError(
        f"{name} has no address; set providers.{name}.base_url in {paths.config_file}, e.g. http://127.0.0.1:8080/v1"
    )


def _ollama(host: str) -> str:
    """OLLAMA_HOST is an address to listen on as well: `0.0.0.0`, `host:port`, or a whole URL."""
    scheme, _, rest = host.rpartition("://")
    place, slash, path = rest.partition("/")
    name, colon, port = place.rpartition(":") if re.search(r":\d*$", place) else (place, "", "")
    name = "127.0.0.1" if re.fullmatch(r"|0\.0\.0\.0|\[::\]", name) else name
    port = port or ("443" if scheme == "https" else "80" if scheme == "http" and not colon else "11434")
    return f"{scheme or 'http'}://{name}:{port}{slash}{path}".rstrip("/").removesuffix("/v1") + "/v1"
