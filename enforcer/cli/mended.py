"""Before the ledger is read: what it lost comes back from the session records, said in one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from enforcer.cli.here import settings_here
from enforcer.cli.place import working_folder
from enforcer.config.paths import Paths
from enforcer.config.schema import LedgerSettings
from enforcer.core.errors import EnforcerError, UsageError
from enforcer.ledger.ledger import Damaged, Ledger
from enforcer.ledger.mending import mend
from enforcer.session.rows import requests_of_all

OFF = "{where}: ledger.enabled is false, so nothing is read back; set it to true first"


def mended(ledger: Ledger, settings: Callable[[], LedgerSettings], *, always: bool = False) -> str:
    """What came back, or ""; nothing does when the person keeps no ledger. Settings are read only when it matters.

    Raises: EnforcerError when the ledger cannot be used; UsageError of the settings.
    """
    if not always and _whole(ledger):
        return ""
    wanted = settings()
    if not wanted.enabled:
        return ""
    oldest = datetime.now(UTC) - timedelta(days=wanted.keep_days) if wanted.keep_days is not None else None
    return mend(ledger, lambda: requests_of_all(ledger.path.parent), oldest=oldest, always=always)


def mended_here(ledger: Ledger, paths: Paths, *, always: bool = False) -> str:
    """As `mended`, with the settings of this folder; those that cannot be read leave the ledger as it is.

    `always` raises what it cannot do. Raises: EnforcerError when the ledger cannot be used.
    """

    def settings() -> LedgerSettings:
        found = settings_here(working_folder(), paths, os.environ).settings
        if always and not found.ledger.enabled:
            raise UsageError(OFF.format(where=found.origin("ledger.enabled")))
        return found.ledger

    try:
        return mended(ledger, settings, always=always)
    except UsageError:
        if always:
            raise
        return ""


def pruned(ledger: Ledger, keep_days: int | None) -> list[str]:
    """Rows that are too old go; a ledger that cannot be used keeps nobody from working, but is told."""
    try:
        if keep_days is not None:
            ledger.prune(keep_days)
    except EnforcerError as error:
        return [str(error)]
    return []


def _whole(ledger: Ledger) -> bool:
    try:
        return ledger.whole
    except Damaged:
        return False
