"""What a session that goes on brings with it from before."""

from __future__ import annotations

from pathlib import Path

from enforcer.core.errors import EnforcerError
from enforcer.ledger.ledger import Ledger
from enforcer.ledger.totals import Spent
from enforcer.session.facts import facts_of
from enforcer.session.record import NAME
from enforcer.session.resume import Resumed


def spent_before(folder: Path | None, ledger: Ledger) -> Spent:
    """What the session in `folder` cost so far; requests the ledger does not have are counted as unknown."""
    if folder is None:
        return Spent()
    requests = facts_of(folder / NAME).requests
    try:
        return ledger.spent([folder.name]).get(folder.name, Spent()).of(requests)
    except EnforcerError:  # is told as soon as the ledger is written
        return Spent().of(requests)


def outputs_before(folder: Path, resumed: Resumed | None) -> tuple[Path, ...]:
    """What was said in a fork names files of the sessions it comes from, which may be read."""
    return tuple(folder.parent / each / "outputs" for each in resumed.header.origins) if resumed else ()
