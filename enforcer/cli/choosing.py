"""Earlier sessions as a person sees them: rows of a table, choices of the picker, what each cost."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from enforcer.config.paths import Paths, project_root
from enforcer.core.errors import UsageError
from enforcer.ledger import report
from enforcer.ledger.ledger import Ledger
from enforcer.ledger.totals import Spent
from enforcer.session.store import SessionInfo, Store
from enforcer.ui.figures import age, count

if TYPE_CHECKING:
    from enforcer.cli.build import Session
    from enforcer.ui.picker import Choice, Fragment

COLUMNS = ("id", "last used", "lanes", "turns", "cost", "title")
OPEN = "open in another terminal; go on there, or branch it with --fork-session"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Sessions with what they cost, by id."""

    infos: Sequence[SessionInfo]
    spent: Mapping[str, Spent]

    def cost(self, info: SessionInfo) -> Spent:
        """Requests the ledger does not have, or has no longer, are unknown."""
        return self.spent.get(info.id, Spent()).of(info.facts.requests)

    def rows(self) -> list[tuple[str, ...]]:
        return [
            (
                info.id,
                info.updated,
                " ".join(info.lanes),
                str(info.turns),
                report.spent(self.cost(info)),
                info.title,
            )
            for info in self.infos
        ]

    def choices(self, *, here: str = "", fork: bool = False) -> list[Choice]:
        """For the picker; not the session one is in, and an open one only to be forked."""
        from enforcer.ui.picker import Choice

        return [
            Choice(
                info.id,
                info.title,
                age(time.time() - info.written),
                info.lanes,
                info.turns,
                report.spent(self.cost(info)),
                "\n".join([info.facts.search, *(each.model for each in info.facts.served)]),
                self._preview(info),
                OPEN if not fork and info.open else "",
            )
            for info in self.infos
            if info.id != here
        ]

    def _preview(self, info: SessionInfo) -> tuple[Fragment, ...]:
        facts = info.facts
        about = [info.id, info.updated, count(info.turns, "turn"), report.spent(self.cost(info))]
        served: list[Fragment] = [
            (f"class:{each.lane}", f"{each.lane} · {each.model}: {count(each.turns, 'turn')}")
            for each in facts.served[-2:]
        ]
        last = facts.last_prompt if facts.last_prompt != facts.first else ""
        said = [("first", facts.first), ("last", last), ("answer", facts.last_answer)]
        texts: list[Fragment] = [("", f"{name}: {text}") for name, text in said if text]
        return (("class:dim", " · ".join(about)), *served, *texts)


def shelf(store: Store, ledger: Path, root: Path | None = None) -> Shelf:
    """The sessions of a project, or all. Raises: EnforcerError when the ledger cannot be read."""
    return shelf_of(store.list(root), ledger)


def shelf_of(infos: Sequence[SessionInfo], ledger: Path) -> Shelf:
    """Raises: EnforcerError when the ledger cannot be read."""
    with closing(Ledger(ledger)) as ledger_:
        return Shelf(infos, ledger_.spent([info.id for info in infos]))


def choose(cwd: Path, *, fork: bool) -> str:
    """The id of the session the person chose, "" for none. Raises: UsageError."""
    found = _here(cwd)
    if os.environ.get("TERM", "dumb") == "dumb":
        return _by_number(found)
    from enforcer.ui.picker import pick

    return asyncio.run(pick(found.choices(fork=fork)))


async def choose_another(session: Session) -> str:
    """The same, out of a session. Raises: UsageError."""
    root = session.loaded.project_root
    choices = shelf(session.store, session.ledger.path, root).choices(here=session.session_id)
    if not choices:
        raise UsageError("this project has no earlier session")
    from enforcer.ui.picker import pick

    return await pick(choices)


def print_sessions(cwd: Path) -> None:
    """What `-r` says into a pipe. Raises: UsageError."""
    from enforcer.ui.tables import print_table

    print_table(COLUMNS, _here(cwd).rows())


def _here(cwd: Path) -> Shelf:
    paths = Paths.from_env(os.environ)
    found = shelf(Store(paths), paths.data / "ledger.sqlite3", project_root(cwd))
    if not found.infos:
        raise UsageError("this project has no earlier session; start one with: enforcer")
    return found


def _by_number(found: Shelf) -> str:
    """For a terminal that can only print lines."""
    from enforcer.ui.tables import print_table

    rows = [(str(number), *row) for number, row in enumerate(found.rows()[:20], 1)]
    print_table(("", *COLUMNS), rows)
    try:
        answer = input("number, or Enter to leave: ").strip()
    except (EOFError, KeyboardInterrupt):
        sys.stdout.write("\n")
        return ""
    chosen = next((row[1] for row in rows if answer in row[:2]), "")
    if answer and not chosen:
        raise UsageError(f"'{answer}' is not on the list; choose one of 1 to {len(rows)}")
    return chosen
