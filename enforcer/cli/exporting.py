"""A session on its way out: its story with what it cost, and every secret taken out once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enforcer.config.keys import SECRETS
from enforcer.config.paths import Paths
from enforcer.config.tokens import scrub_forms
from enforcer.config.yaml import read_file
from enforcer.core.errors import UsageError
from enforcer.ledger.totals import Spent
from enforcer.session.facts import facts_of
from enforcer.session.story import Json, story_of
from enforcer.tools.process import is_key

if TYPE_CHECKING:
    from enforcer.cli.build import Session


def story(folder: Path, spent: Spent) -> Json:
    """Raises: EnforcerError when the record cannot be read."""
    told = story_of(folder, scrub=lambda text: scrub_forms(SECRETS.scrub(text)))
    told["session"]["cost"] = {
        "known_usd": round(spent.cost_usd, 6),
        "requests": spent.requests,
        "unknown_requests": spent.unpriced,
    }
    return told


def story_here(session: Session) -> Json:
    """Of a session that runs. Raises: EnforcerError."""
    learn_secrets(session.workshop.inputs.env, session.workshop.inputs.paths)
    requests = facts_of(session.record.path).requests
    known = session.ledger.spent([session.session_id])
    return story(session.folder, known.get(session.session_id, Spent()).of(requests))


def learn_secrets(env: Mapping[str, str], paths: Paths) -> None:
    """Every key of this machine that can be found becomes a known secret, used in the session or not."""
    for value in (*(value for name, value in env.items() if is_key(name)), *_stored(paths.credentials)):
        SECRETS.add(value.strip())


def _stored(path: Path) -> Iterator[str]:
    try:
        keys: Any = read_file(path) if path.exists() else None
    except UsageError:  # nothing is taken from a file that cannot be read, neither by a session
        return
    if isinstance(keys, Mapping):
        yield from (value for value in keys.values() if isinstance(value, str))
