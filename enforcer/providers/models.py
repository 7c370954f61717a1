"""What is known of models: windows, prices with their date, other names. The facts are data: `models.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from enforcer.core.errors import UsageError
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.providers.base import ListedModel
from enforcer.providers.pins import undated
from enforcer.providers.remembered import Listed, remembered

SHIPPED = Path(__file__).with_name("models.yaml")
OWN = "models.yaml"  # in the config folder
ANY = "*"  # `provider/*`: what holds for all models of a provider, unless an entry of their own says otherwise
MTOK = 1_000_000

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Rates(BaseModel):
    """USD per million tokens. A part without a price makes the cost of a request that used it unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    search: float | None = Field(default=None, ge=0)  # USD per 1,000 web searches of the service

    def __str__(self) -> str:
        return f"{self.input:g}/{self.output:g} USD per Mtok"


class Price(Rates):
    """What a model costs, as read on a day from its vendor's list."""

    as_of: date
    up_to: int | None = Field(default=None, gt=0)  # tokens of input; a longer request costs `above` as a whole
    above: Rates | None = None
    until: date | None = None  # the last day it holds; after it a request costs `then`
    then: Rates | None = None

    def on(self, day: date) -> Rates | None:
        """The rates of a short request on that day; None when they are not known."""
        return self.then if self.until and day > self.until else self


class Suggestion(BaseModel):
    """Why a first run may propose a model for a lane; the lowest rank comes first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(gt=0)
    why: str


class ModelFacts(BaseModel):
    """Facts of one model. The defaults are what is assumed of a model that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context: int = Field(default=128_000, gt=0)  # tokens
    max_output: int = Field(default=8_192, gt=0)  # tokens
    images: bool = False
    thinking: bool = False
    thinking_tokens: Mapping[str, int] = {}  # of an effort, for models that take a number instead of a word
    price: Price | None = None
    aliases: tuple[str, ...] = ()
    decides: Literal["", "too", "only"] = ""  # answers closed questions at its service's endpoint for them
    ends: date | None = None  # its vendor switches it off that day
    suggest: Mapping[Lane, Suggestion] = {}
    not_chat: tuple[str, ...] = ()  # of `provider/*`: ids a vendor lists that do not answer prompts


Table = Mapping[ModelRef, ModelFacts]


class Models:
    """The shipped facts, what vendors' lists said over them, and a person's own file over both, key by key.

    Files are read when first asked.
    """

    def __init__(
        self, overrides: Path | None = None, lists: Path | None = None, *, today: Callable[[], date] = date.today
    ) -> None:
        """`lists` is the file of `providers/remembered.py`."""
        self._overrides = overrides
        self._lists = lists
        self._today = today

    def facts(self, ref: ModelRef) -> ModelFacts:
        """A dated id is known by its undated one. Raises: UsageError when a file is wrong."""
        facts = self._written(ref) or ModelFacts()
        listed = self.listed(ref.provider).model(ref.model)
        return facts.model_copy(update=self._told(ref, listed)) if listed else facts

    def is_written(self, ref: ModelRef) -> bool:
        """Whether a file has an entry for it, or for the undated form of its id."""
        return any(ModelRef(ref.provider, model) in self._entries for model in _forms(ref))

    def origin(self, ref: ModelRef) -> str:
        """Where its facts come from, for people."""
        places = ["shipped"] if self.is_written(ref) else []
        if any(ModelRef(ref.provider, model) in self._own for model in _forms(ref)):
            places = [OWN]
        listed = self.listed(ref.provider)
        if listed.model(ref.model):
            places.append(f"list of {listed.day}")
        return ", ".join(places) or "not known"

    def cost(self, ref: ModelRef, usage: Usage) -> tuple[float | None, str]:
        """USD, and the price it was counted by; (None, "") when a price or a number of tokens is unknown."""
        price = self.facts(ref).price
        rates = _rates(price, usage, self._today()) if price else None
        usd = _usd(rates, usage) if rates else None
        return (None, "") if usd is None else (usd, f"{rates}, {price.as_of}" if price else "")

    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        """By `provider/model`: the other names a service may answer with."""
        return {str(ref): facts.aliases for ref, facts in self._entries.items() if facts.aliases}

    def known(self, provider: str) -> tuple[str, ...]:
        """The ids listed for a provider, in the order of the files."""
        return tuple(ref.model for ref in self._entries if ref.provider == provider and ref.model != ANY)

    def providers(self) -> tuple[str, ...]:
        """Those with a model in a file or in a list that was asked for."""
        written = (ref.provider for ref in self._entries if ref.model != ANY)
        return tuple(dict.fromkeys((*written, *self._remembered)))

    def listed(self, provider: str) -> Listed:
        """What the vendor's list said when it was last asked for."""
        return self._remembered.get(provider, Listed())

    def chats(self, ref: ModelRef) -> bool:
        """False for what lists have beside models that answer prompts: embeddings, speech, pictures, deciders."""
        if self.facts(ref).decides == "only":
            return False
        places = (ModelRef(name, ANY) for name in (ref.provider, ref.provider.partition(":")[0]))
        patterns = [pattern for place in places if place in self._entries for pattern in self._entries[place].not_chat]
        return self.is_written(ref) or not any(fnmatchcase(ref.model.lower(), pattern) for pattern in patterns)

    def in_use(self, ref: ModelRef) -> bool:
        """False once its vendor has switched it off."""
        ends = self.facts(ref).ends
        return ends is None or self._today() < ends

    def rates(self, ref: ModelRef) -> Rates | None:
        """What a short request costs today."""
        price = self.facts(ref).price
        return price.on(self._today()) if price else None

    def _written(self, ref: ModelRef) -> ModelFacts | None:
        found = (self._entries.get(ModelRef(ref.provider, model)) for model in (*_forms(ref), ANY))
        return next((facts for facts in found if facts), None)

    def _told(self, ref: ModelRef, listed: ListedModel) -> dict[str, int]:
        """What a list said, but for what the person wrote about this very model."""
        own = self._own.get(ref)
        kept = own.model_fields_set if own else set()
        told = {"context": listed.context, "max_output": listed.max_output}
        return {name: value for name, value in told.items() if value and name not in kept}

    @cached_property
    def _own(self) -> Table:
        return _load(self._overrides) if self._overrides and self._overrides.exists() else {}

    @cached_property
    def _remembered(self) -> Mapping[str, Listed]:
        return remembered(self._lists) if self._lists else {}

    @cached_property
    def _entries(self) -> Table:
        shipped = _load(SHIPPED)
        return {ref: _merged(ref, shipped, self._own) for ref in {**shipped, **self._own}}


def read_yaml(path: Path) -> Any:
    """Raises: UsageError naming the file, and the line when it has one."""
    try:
        loader = LOADER(_regular(path).read_text(encoding="utf-8"))
        return loader.get_single_data()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({_why(error)}); check the path and its permissions") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{line} is not YAML ({getattr(error, 'problem', error)}); correct it there") from error
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError) as error:  # PyYAML lets these through
        raise UsageError(f"{path} has a date or a number that is none ({error}); correct it there") from error


def _regular(path: Path) -> Path:
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe keeps us waiting, a device never ends
        raise UsageError(f"{path} is not a regular file; replace it by one")
    return path


def complaint(path: Path | str, key: str, error: ValidationError) -> UsageError:
    """One sentence on the first thing that is wrong."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in (key, *first["loc"]) if step != "")
    return UsageError(f"{path}: '{where}' is wrong ({first['msg'].lower()}); correct or remove it")


def _forms(ref: ModelRef) -> tuple[str, str]:
    return ref.model, undated(ref.model, ref.provider)


def _load(path: Path) -> Table:
    content = read_yaml(path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"{path} must hold entries like 'provider/model: {{…}}', not {type(content).__name__}")
    return {_ref(key, path): _facts(entry, path, str(key)) for key, entry in content.items()}


def _ref(key: Any, path: Path) -> ModelRef:
    try:
        return ModelRef.parse(str(key))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def _facts(entry: Any, path: Path, key: str) -> ModelFacts:
    try:
        return ModelFacts.model_validate(entry or {})
    except ValidationError as error:
        raise complaint(path, key, error) from error


def _merged(ref: ModelRef, shipped: Table, own: Table) -> ModelFacts:
    """An entry over its provider's `*`, and a person's over ours; a price is replaced as a whole."""
    facts = ModelFacts()
    for key in (ModelRef(ref.provider, ANY), ref):
        facts = _over(_over(facts, shipped.get(key)), own.get(key))
    return facts


def _over(below: ModelFacts, above: ModelFacts | None) -> ModelFacts:
    if above is None:
        return below
    return below.model_copy(update={name: getattr(above, name) for name in above.model_fields_set})


def _rates(price: Price, usage: Usage, day: date) -> Rates | None:
    rates = price.on(day)
    if rates is not price or usage.input is None or price.up_to is None or usage.input <= price.up_to:
        return rates
    return price.above


def _usd(rates: Rates, usage: Usage) -> float | None:
    read, write = usage.cache_read or 0, usage.cache_write or 0
    if usage.input is None or usage.output is None:
        return None
    if (read and rates.cache_read is None) or (write and rates.cache_write is None):
        return None
    searches = usage.searches or 0
    if searches and rates.search is None:
        return None
    plain = max(0, usage.input - read - write)
    total = plain * rates.input + usage.output * rates.output
    cached = read * (rates.cache_read or 0) + write * (rates.cache_write or 0)
    return (total + cached) / MTOK + searches * (rates.search or 0) / 1000


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "no reason given" if isinstance(error, OSError) else "it is not UTF-8"
