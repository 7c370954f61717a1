"""`enforcer auth`: the keys of model services, kept in a private file; a key is never shown and never an argument."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from enforcer.core.errors import EnforcerError, ExitCode, UsageError

if TYPE_CHECKING:
    from enforcer.config.keys import ProviderConfig
    from enforcer.config.paths import Paths
    from enforcer.config.settings import Settings
    from enforcer.providers.base import ListedModel

app = typer.Typer(
    help="Keep, list and remove the keys of model services.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)

NOT_HERE = (
    "a key does not belong on the command line, where other programs and your shell's history see it; "
    "type it when you are asked, or pipe it in: enforcer auth set PROVIDER < FILE. Better get a new one in its place"
)
LARGEST = 10_000
TELLING = 20  # characters a key has before its last four are shown
_LIKE_A_KEY = re.compile(r"(sk|pk|gsk|xai|hf|AIza)[-_A-Za-z0-9].{12,}|\S{40,}")

Provider = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="anthropic, openai, google, or openai-compatible:NAME.")
]
# What stands behind the provider is most likely a key: it is caught here so that no message repeats it.
Extra = Annotated[list[str] | None, typer.Argument(hidden=True)]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Check = Annotated[bool, typer.Option("--check", help="Ask the service for its list of models, which is free.")]


@app.callback(invoke_without_command=True)
def auth(context: typer.Context) -> int | None:
    return list_() if context.invoked_subcommand is None else None


@app.command("set")
def set_(provider: Provider, extra: Extra = None, check: Check = False) -> None:
    """Keep a key: you are asked for it, or it is read from a pipe. It is not shown."""
    from enforcer.config.keys import SECRETS, check_vendor, store_key, tidy

    paths, settings = _paths(), _settings()
    name = _named(provider, extra, settings)
    key = tidy(_typed(name), "the key")
    SECRETS.add(key)
    entry = settings.providers.get(name)
    check_vendor(name, key, (entry.base_url or "") if entry else "")
    if check:
        _write(_accepted(name, key, settings, paths))
    _write(f"kept: the key for {name} in {store_key(paths, name, key)}")
    for variable in _set_variables(name, settings):
        _write(f"{variable} is set too, and wins over the file")


@app.command("list")
def list_(check: Check = False, as_json: Json = False) -> int:
    """Which services have a key, and where it comes from."""
    from enforcer.ui.tables import print_table

    paths, settings = _paths(), _settings()
    rows = [row for name in _names(paths, settings) if (row := _row(name, settings, paths, check=check))]
    if as_json:
        sys.stdout.write(json.dumps([row.to_json() for row in rows], ensure_ascii=False, indent=2) + "\n")
    else:
        print_table(("provider", "from", "key"), [(row.provider, row.origin or "-", row.text) for row in rows])
    return int(ExitCode.RUN_ERROR if any(row.works is False for row in rows) else ExitCode.OK)


@app.command()
def remove(provider: Provider, extra: Extra = None) -> None:
    """Take a key out of the file."""
    from enforcer.config.keys import remove_key, stored_names

    paths, settings = _paths(), _settings()
    name = provider if provider in stored_names(paths) and not extra else _named(provider, extra, settings)
    if remove_key(paths, name):
        _write(f"removed: the key for {name} from {paths.credentials}")
    else:
        _write(f"there is no key for {name} in {paths.credentials}")
    for variable in _set_variables(name, settings):
        _write(f"{variable} still has one; take it out of your environment yourself")


# Names


def _named(provider: str, extra: list[str] | None, settings: Settings) -> str:
    """The full name of a provider. Raises: UsageError, without repeating what could be a key."""
    from enforcer.config.keys import COMPATIBLE, KEY_ENV, SERVERS
    from enforcer.config.nearest import nearest

    if extra or _LIKE_A_KEY.fullmatch(provider):
        raise UsageError(NOT_HERE)
    servers = [*(f"{COMPATIBLE}:{name}" for name in SERVERS), *settings.providers]
    kind, _, server = provider.partition(":")
    if provider in KEY_ENV or (kind == COMPATIBLE and server) or provider in settings.providers:
        return provider
    if short := next((name for name in servers if name.endswith(f":{provider}")), None):
        return short
    near = nearest(provider, [*KEY_ENV, *servers, *SERVERS])
    hint = f"did you mean {near}?" if near else f"there are {', '.join(KEY_ENV)} and {COMPATIBLE}:NAME"
    raise UsageError(f"there is no provider {provider}; {hint}")


def _names(paths: Paths, settings: Settings) -> Iterable[str]:
    from enforcer.config.keys import COMPATIBLE, KEY_ENV, SERVERS, stored_names

    servers = [f"{COMPATIBLE}:{name}" for name in SERVERS]
    return dict.fromkeys([*KEY_ENV, *stored_names(paths), *servers, *settings.providers])


def _set_variables(name: str, settings: Settings) -> list[str]:
    from enforcer.config.keys import key_names

    entry = settings.providers.get(name)
    names = (entry.key_env,) if entry and entry.key_env else key_names(name)
    return [variable for variable in names if os.environ.get(variable, "").strip()]


# What is there


@dataclass(frozen=True, slots=True)
class Row:
    """One service. `text` is for people: the end of the key, what the service said of it, or how to get one."""

    provider: str
    origin: str  # the variable or the file, "" without a key
    text: str
    works: bool | None = None  # None = it was not asked

    def to_json(self) -> dict[str, str | bool | None]:
        return {"provider": self.provider, "from": self.origin or None, "key": self.text, "works": self.works}


def _row(name: str, settings: Settings, paths: Paths, *, check: bool) -> Row | None:
    """None for a server that has no key, since most want none."""
    from enforcer.config.keys import KEY_ENV, provider_config

    try:
        config = provider_config(name, settings, os.environ, paths)
    except EnforcerError as error:
        return Row(name, "", str(error), works=False)
    if not config.key:
        how = config.notice or f"none; set {config.key_env}, or run: enforcer auth set {name}"
        return Row(name, "", how) if name in KEY_ENV else None
    hint = f"…{config.key[-4:]}" if len(config.key) >= TELLING else "…"
    if not check:
        return Row(name, config.found_in, hint)
    try:
        return Row(name, config.found_in, f"{hint} works: {_listed(config)}", works=True)
    except EnforcerError as error:
        return Row(name, config.found_in, f"{hint} {error}", works=False)


def _accepted(name: str, key: str, settings: Settings, paths: Paths) -> str:
    """What the service says of a key that is not kept yet. Raises: EnforcerError when it refuses the key."""
    from enforcer.config.keys import provider_config
    from enforcer.providers.base import Failure, ProviderError

    entry = settings.providers.get(name)
    alone = settings.model_copy(update={"providers": {name: entry} if entry else {}})
    config = provider_config(name, alone, _without_keys(), paths)
    try:
        return f"{name} takes it: {_listed(replace(config, key=key))}"
    except ProviderError as error:
        if error.failure is Failure.AUTH:
            raise EnforcerError(f"{name} refuses the key; it was not kept") from error
        return f"it could not be checked: {error}"


def _without_keys() -> dict[str, str]:
    """The environment with addresses, and without keys, of which one may be wrong."""
    from enforcer.tools.process import is_key

    return {name: text for name, text in os.environ.items() if not is_key(name)}


def _listed(config: ProviderConfig) -> str:
    """Raises: EnforcerError."""
    count = len(asyncio.run(_models(config)))
    return f"{count} model{'' if count == 1 else 's'} listed"


async def _models(config: ProviderConfig) -> tuple[ListedModel, ...]:
    from enforcer.cli.sources import settings_of
    from enforcer.providers.registry import create

    provider = create(settings_of(config, tries=1))
    try:
        return await provider.models()
    finally:
        await provider.close()


# Input and places


def _typed(name: str) -> str:
    """The key from the terminal, not shown, or from a pipe. Raises: UsageError."""
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError(f"there is nobody to ask; pipe the key in: enforcer auth set {name} < FILE")
    if not sys.stdin.isatty():
        given = sys.stdin.buffer.read(LARGEST + 1)
        if len(given) > LARGEST:
            raise UsageError("this is longer than any key; nothing was changed")
        return given.decode("utf-8", errors="replace")
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(f"Key for {name} (it is not shown): ", stream=sys.stderr)
        except getpass.GetPassWarning:
            raise UsageError(f"this terminal would show the key; pipe it in: enforcer auth set {name} < FILE") from None
        except EOFError:
            raise UsageError("no key was given, and nothing was changed") from None


def _paths() -> Paths:
    from enforcer.config.paths import Paths

    return Paths.from_env(os.environ)


def _settings() -> Settings:
    """As they hold here; a broken file is named, and does not keep a key from being set."""
    from enforcer.cli.here import settings_here
    from enforcer.cli.place import working_folder
    from enforcer.config.settings import Settings

    try:
        return settings_here(working_folder(), _paths(), os.environ).settings
    except EnforcerError as error:
        _say(str(error))
        return Settings()


def _write(text: str) -> None:
    from enforcer.ui.sanitize import line

    sys.stdout.write(f"{line(text)}\n")


def _say(text: str) -> None:
    from enforcer.ui.sanitize import line

    sys.stderr.write(f"enforcer: {line(text)}\n")
