"""`--pins`: one tiny request per lane, to see who answers. It alone costs something: a fraction of a cent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing

from enforcer.agent.endpoint import Endpoint, PinViolation
from enforcer.agent.requester import Origin, Requester
from enforcer.cli.checks.scene import Scene
from enforcer.cli.sources import settings_of
from enforcer.core.errors import EnforcerError
from enforcer.core.events import Event, RequestFinished
from enforcer.core.figures import cost
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Message, Role, Text
from enforcer.core.requests import PinStatus, Purpose, RequestRow
from enforcer.ledger.ledger import Ledger
from enforcer.providers.base import Request
from enforcer.providers.pins import PinGuard, mode_for
from enforcer.providers.registry import create
from enforcer.ui.findings import Finding, error, ok, warning

GROUP = "pins"
SESSION = "doctor"
MAX_TOKENS = 16  # some services refuse less
ANNOUNCED = "asking the model of each lane for one word; this costs a fraction of a cent"


def check(scene: Scene) -> list[Finding]:
    """Asks all lanes at once; every request gets its row in the ledger, unless the ledger is off."""
    with closing(Ledger(scene.paths.data / "ledger.sqlite3")) as ledger:
        keep = ledger.add if scene.here.settings.ledger.enabled else _forget
        found, complaints = asyncio.run(_all(scene, keep))
    return [*found, *(warning("pin-ledger", text, "enforcer doctor shows the ledger's state") for text in complaints)]


async def _all(scene: Scene, keep: Callable[[RequestRow], str]) -> tuple[list[Finding], list[str]]:
    complaints: list[str] = []

    def add(row: RequestRow) -> None:
        complaints.extend(filter(None, [keep(row)]))

    asked = (_lane(scene, lane, ref, add) for lane, ref in scene.here.lanes.items())
    return list(await asyncio.gather(*asked)), complaints


async def _lane(scene: Scene, lane: Lane, ref: ModelRef, keep: Callable[[RequestRow], None]) -> Finding:
    rows: list[RequestRow] = []

    def listen(event: Event) -> None:
        if isinstance(event, RequestFinished):
            rows.append(event.row)
            keep(event.row)

    try:
        await _ask(scene, lane, ref, listen)
    except PinViolation as stopped:
        remedy = "choose the model that answers, or list its name as an alias in models.yaml"
        return error("pin-mismatch", f"{lane}: {stopped}", remedy)
    except EnforcerError as failed:
        return error("pin-failed", f"{lane}: {failed}", "mend that, then run: enforcer doctor --pins")
    return _judged(lane, rows[-1])


async def _ask(scene: Scene, lane: Lane, ref: ModelRef, listen: Callable[[Event], None]) -> None:
    """Raises: EnforcerError."""
    settings = settings_of(scene.here.provider(ref.provider), tries=1)
    provider, models = create(settings), scene.here.models
    guard = PinGuard(ref, mode=mode_for(ref, scene.here.settings.lanes.pin), aliases=models.aliases())
    endpoint = Endpoint(ref, provider, settings, models.facts(ref), guard)
    word = Message(Role.USER, (Text("Answer with the one word: ready"),))
    request = Request(ref.model, "You answer with one word.", (word,), max_tokens=MAX_TOKENS)
    origin = Origin(SESSION, 0, lane, Purpose.DOCTOR, "enforcer doctor --pins")
    try:
        await Requester(models, listen).side(endpoint, request, origin)
    finally:
        await provider.close()


def _judged(lane: Lane, row: RequestRow) -> Finding:
    answered = f"{row.served or 'no name'} answered in {row.latency_ms:,} ms"
    text = f"{lane}: asked for {row.asked}, {answered}, {cost(row.cost_usd)}"
    match row.pin:
        case PinStatus.OK:
            return ok("pin-ok", text)
        case PinStatus.UNVERIFIED:
            return warning("pin-unverified", f"{text}; the service does not say who it was", "nothing to do here")
    remedy = "choose the model that answers, or list its name as an alias in models.yaml"
    return warning("pin-mismatch", text, remedy)


def _forget(row: RequestRow) -> str:
    return ""
