"""The lists of model services: asked for, remembered, and used to check a model before it is written down.

A list is a free request with every service; nothing here asks a model for anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from enforcer.cli.given import Given
from enforcer.cli.sources import settings_of
from enforcer.core.errors import EnforcerError
from enforcer.core.lanes import ModelRef
from enforcer.core.requests import PinStatus
from enforcer.providers.pins import check as same_model
from enforcer.providers.registry import create
from enforcer.providers.remembered import FILE, Listed, remember

WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """`failures` are sentences, by provider."""

    fresh: Mapping[str, Listed]
    failures: Mapping[str, str]


async def ask(name: str, given: Given) -> Listed:
    """What the service lists now. Raises: EnforcerError with the sentence."""
    known = settings_of(given.provider(name))
    provider = create(replace(known, first_byte_s=min(known.first_byte_s, WITHIN_S)))
    try:
        async with asyncio.timeout(WITHIN_S):
            return Listed(await provider.models(), date.today(), known.base_url or f"the list of {name}")
    except TimeoutError:
        raise EnforcerError(f"{name} did not send its list within {WITHIN_S:g} s; try again later") from None
    finally:
        await provider.close()


async def refresh(names: Iterable[str], given: Given) -> Asked:
    """Ask all at the same time and remember what came; one that fails does not stop the others."""
    wanted = tuple(dict.fromkeys(names))
    answers = await asyncio.gather(*(_tried(name, given) for name in wanted))
    fresh = {name: answer for name, answer in zip(wanted, answers, strict=True) if isinstance(answer, Listed)}
    failures = {name: answer for name, answer in zip(wanted, answers, strict=True) if isinstance(answer, str)}
    if fresh:
        remember(given.paths.data / FILE, fresh)
    return Asked(fresh, failures)


async def doubt(ref: ModelRef, given: Given) -> str:
    """Why a model may not work, in one sentence; "" when its service lists it."""
    answer = await _tried(ref.provider, given)
    if isinstance(answer, str):
        return answer
    ids = [model.id for model in answer.models]
    if any(same_model(ref, id, given.models.aliases()) is PinStatus.OK for id in ids):
        return ""
    near = get_close_matches(ref.model, ids, n=1)
    hint = f"; did you mean {ref.provider}/{near[0]}?" if near else f"; see: enforcer models {ref.provider} --refresh"
    return f"{ref.provider} does not list {ref.model}{hint}"


async def _tried(name: str, given: Given) -> Listed | str:
    try:
        return await ask(name, given)
    except EnforcerError as error:
        return str(error)
