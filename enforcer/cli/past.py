"""What a session that goes on brings with it from before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from enforcer.core.errors import EnforcerError
from enforcer.core.messages import Role, Text
from enforcer.lanes.seats import Seats
from enforcer.ledger.ledger import Ledger
from enforcer.ledger.totals import Spent
from enforcer.session.facts import clipped, facts_of
from enforcer.session.record import NAME
from enforcer.session.resume import Resumed
from enforcer.ui.figures import count

LONGEST = 200  # characters; the screen cuts to its width
ROWS = 4  # of the last answer


def spent_before(folder: Path | None, ledger: Ledger) -> Spent:
    """What the session in `folder` cost so far; requests the ledger does not have are counted as unknown."""
    if folder is None:
        return Spent()
    requests = facts_of(folder / NAME).requests
    try:
        return ledger.spent([folder.name]).get(folder.name, Spent()).of(requests)
    except EnforcerError:  # is told as soon as the ledger is written
        return Spent().of(requests)


def recap(resumed: Resumed, seats: Seats) -> list[tuple[str, str]]:
    """Style and text of the rows that say where one left off: each answer under the name of the model that wrote it."""
    about = [clipped(resumed.title, LONGEST), count(resumed.turns, "turn")]
    about += [f"forked from {origin}" for origin in resumed.header.origins[:1]]
    rows = [("dim", " · ".join(about))] if resumed.title else []
    own = [each for each in resumed.said if not each.replayed]
    last = next((each for each in reversed(own) if each.message.role is Role.ASSISTANT), None)
    prompts = [each for each in own if each.message.role is Role.USER]
    asked = next((each for each in prompts if last and (each.turn, each.lane) == (last.turn, last.lane)), None)
    texts = [part.text for part in asked.message.parts if isinstance(part, Text)] if asked else []
    if texts and last:
        rows.append(("dim", f"› {clipped(texts[-1], LONGEST)}"))
    if last and last.message.text.strip():
        said = last.message.text.strip().splitlines()
        rows.append((last.lane.value, f"{last.lane} · {last.message.model or 'unknown model'}"))
        rows += [("", f"  {each}") for each in said[:ROWS]] + ([("dim", "  …")] if len(said) > ROWS else [])
    return rows + [("yellow", sentence) for sentence in _moved(resumed, seats)]


def _moved(resumed: Resumed, seats: Seats) -> Iterator[str]:
    """Lanes that another model serves now; nothing that was said is relabelled."""
    wrote = {each.lane: each.message.model for each in resumed.said if each.message.model and not each.replayed}
    for lane, before in wrote.items():
        now = seats.model(lane)
        if now is not None and now != before:
            yield f"{lane} is now {now}; {before} keeps what it wrote"


def outputs_before(folder: Path, resumed: Resumed | None) -> tuple[Path, ...]:
    """What was said in a fork names files of the sessions it comes from, which may be read."""
    return tuple(folder.parent / each / "outputs" for each in resumed.header.origins) if resumed else ()
