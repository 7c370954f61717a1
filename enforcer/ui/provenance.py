"""How settings are shown with where they come from: `enforcer config` and `/config` say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from enforcer.config.describe import facts_of, inside, known
from enforcer.config.load import Loaded
from enforcer.config.nodes import join_key, split_key
from enforcer.config.provenance import Said, State, differs, for_projects, meaning, origin_of, said, set_keys, value_of
from enforcer.config.secrets import MASK, SECRETS
from enforcer.config.settings import DEFAULT
from enforcer.tools.process import is_key

NO_EFFECT = "accepted, and without effect in this version"
_LABELS = {
    State.HIDDEN: "hides",
    State.WAITS: "waits for your yes",
    State.NEVER: "not taken",
}
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
Row = tuple[str, str]


def changed(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Key, value and origin of everything that differs from the default, and of what has no effect."""
    rows = []
    for parts in set_keys(loaded):
        facts = facts_of(parts)
        idle = facts is not None and not facts.acts
        if idle or differs(loaded, parts):
            note = f" ({NO_EFFECT})" if idle else ""
            rows.append((join_key(parts), value(loaded, parts), f"{origin_of(loaded, parts)}{note}"))
    return rows


def entry(loaded: Loaded, parts: Sequence[str]) -> dict[str, Any]:
    """One key as JSON."""
    facts = facts_of(parts)
    holding = [each for each in said(loaded, parts) if each.state in {State.HOLDS, State.JOINED}]
    return {
        "key": join_key(parts),
        "value": safe(parts, value_of(loaded, parts)),
        "from": [{"origin": each.origin, "line": each.line} for each in holding] or [{"origin": DEFAULT, "line": None}],
        "acts": facts is None or facts.acts,
    }


def afterwards(loaded: Loaded, key: str, path: str) -> str:
    """What a person has to know once a key was changed in a file, "" when it simply holds."""
    parts = split_key(key)
    facts = facts_of(parts)
    if facts is not None and not facts.acts:
        return f"{key} is {NO_EFFECT}"
    mine = next((each for each in said(loaded, parts) if each.origin == path), None)
    if mine is not None and mine.state is State.WAITS:
        return "it acts once you have said yes to it; start enforcer in this project"
    if mine is None or mine.state is State.HIDDEN:
        return f"{key} is now {value(loaded, parts)}, from {origin_of(loaded, parts)}"
    return ""


def explained(loaded: Loaded, key: str) -> list[Row]:
    """Label and text, line by line. Raises: UsageError for a key that is not known."""
    parts = split_key(key)
    known(key, parts)
    facts = facts_of(parts)
    if facts is None:
        return [(each.name, meaning(each)) for each in inside(parts)]
    rows = [("means", meaning(facts)), ("takes", facts.kind), ("default", facts.default)]
    if not facts.acts:
        rows.append(("note", NO_EFFECT))
    rows += [("a project", for_projects(parts)), ("now", value(loaded, parts)), *_places(loaded, parts)]
    return [(label, text) for label, text in rows if text]


def value(loaded: Loaded, parts: Sequence[str]) -> str:
    """The value that holds, on one line, without secrets."""
    return shown(safe(parts, value_of(loaded, parts)))


def shown(found: Any) -> str:
    """As a person would write it."""
    if isinstance(found, str):
        return found
    return json.dumps(found, ensure_ascii=False)


def safe(parts: Sequence[str], found: Any) -> Any:
    """The same without keys that were written where no key belongs."""
    match found:
        case str() if parts and is_key(parts[-1]):
            return MASK
        case str():
            return _USER_INFO.sub(f"{MASK}@", SECRETS.scrub(found))
        case Mapping():
            return {name: safe((*parts, str(name)), item) for name, item in found.items()}
        case list():
            return [safe(parts, item) for item in found]
    return found


def _places(loaded: Loaded, parts: Sequence[str]) -> Iterator[Row]:
    places = said(loaded, parts)
    if not any(place.state in {State.HOLDS, State.JOINED} for place in places):
        yield "set by", DEFAULT
    for place in places:
        if place.state in {State.HOLDS, State.JOINED}:
            yield "set by", place.where if place.state is State.HOLDS else _with_value(place, parts)
        else:
            yield _LABELS[place.state], _with_value(place, parts)


def _with_value(place: Said, parts: Sequence[str]) -> str:
    return f"{shown(safe(parts, place.value))} ({place.where})"
