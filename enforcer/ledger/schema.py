"""The table of the ledger: its versions, and a row as SQLite keeps it."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from enforcer.core.messages import Usage
from enforcer.core.requests import Decided, RequestRow

# One script per schema version, never edited once released: a change is a new script at the end.
MIGRATIONS = (
    """
    CREATE TABLE requests (
        id TEXT PRIMARY KEY, session TEXT NOT NULL, turn INTEGER NOT NULL, step INTEGER NOT NULL, lane TEXT NOT NULL,
        purpose TEXT NOT NULL, asked TEXT NOT NULL, served TEXT, pin TEXT NOT NULL, why TEXT NOT NULL,
        input INTEGER, output INTEGER, cache_read INTEGER, cache_write INTEGER,
        cost_usd REAL, price TEXT NOT NULL, started TEXT NOT NULL, latency_ms INTEGER NOT NULL, outcome TEXT NOT NULL,
        tries INTEGER NOT NULL, parent TEXT, agent TEXT
    );
    CREATE INDEX requests_by_session ON requests (session);
    CREATE INDEX requests_by_start ON requests (started);
    """,
    "ALTER TABLE requests ADD COLUMN searches INTEGER",
    # A ledger that has rows by now is taken for whole; one that is begun later is, once the records were read.
    """
    ALTER TABLE requests ADD COLUMN decision TEXT NOT NULL DEFAULT '';
    ALTER TABLE requests ADD COLUMN source TEXT;
    ALTER TABLE requests ADD COLUMN confidence REAL;
    ALTER TABLE requests ADD COLUMN runner_up TEXT;
    ALTER TABLE requests ADD COLUMN answer TEXT NOT NULL DEFAULT '';
    ALTER TABLE requests ADD COLUMN endeavor INTEGER;
    ALTER TABLE requests ADD COLUMN task TEXT;
    ALTER TABLE requests ADD COLUMN skill TEXT NOT NULL DEFAULT '';
    ALTER TABLE requests ADD COLUMN check_outcome TEXT NOT NULL DEFAULT 'none';
    ALTER TABLE requests ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE marks (name TEXT PRIMARY KEY);
    INSERT INTO marks SELECT 'whole' WHERE EXISTS (SELECT 1 FROM requests);
    """,
)
COUNTS = tuple(field.name for field in fields(Usage))
DECIDED = {"id": "decision"} | {field.name: field.name for field in fields(Decided) if field.name != "id"}
COLUMNS = (
    *("id", "session", "turn", "step", "lane", "purpose", "asked", "served", "pin", "why"),
    *COUNTS,
    *("cost_usd", "price", "started", "latency_ms", "outcome", "tries", "parent", "agent"),
    *DECIDED.values(),
    *("check_outcome", "changed"),
)
_INSERT = "INSERT OR IGNORE INTO requests ({names}) VALUES ({marks})"
INSERT = _INSERT.format(names=", ".join(COLUMNS), marks=", ".join(f":{name}" for name in COLUMNS))


def values(row: RequestRow) -> dict[str, Any]:
    """By column, in their order: text, numbers and None."""
    found = asdict(row) | asdict(row.usage) | {"asked": str(row.asked), "check_outcome": row.check}
    found |= {column: getattr(row.decided, name) for name, column in DECIDED.items()}
    return {name: _text(found[name]) for name in COLUMNS}


def row_of(found: dict[str, Any]) -> RequestRow:
    """Raises: ValueError when the row is of another version's making."""
    usage = {name: found[name] for name in COUNTS}
    decided = {name: found[column] for name, column in DECIDED.items()}
    return RequestRow.from_json({**found, "usage": usage, "decided": decided, "check": found["check_outcome"]})


def _text(value: Any) -> Any:
    """Half of a surrogate pair, as a name of a file can have, is no text SQLite takes."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
