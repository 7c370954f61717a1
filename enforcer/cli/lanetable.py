"""What `enforcer lanes` shows below the lanes: routed kinds of work, and who is escalated to."""

from __future__ import annotations

from collections.abc import Sequence

from enforcer.cli.given import Given
from enforcer.cli.staffing import cannot
from enforcer.core.lanes import ModelRef
from enforcer.lanes.escalation import KEY as ESCALATE
from enforcer.lanes.routes import key

Row = tuple[str, str, str, str]  # key, goes to, set by, why it cannot be had


def rows_of(here: Given) -> Sequence[Row]:
    """Empty without either key."""
    settings = here.settings
    named = {key(task): to for task, to in settings.routes.items()}
    if settings.escalate.model is not None:
        named[f"{ESCALATE}.model"] = settings.escalate.model
    return [
        (name, str(to), settings.origin(name), cannot(to, here) if isinstance(to, ModelRef) else "")
        for name, to in named.items()
    ]
