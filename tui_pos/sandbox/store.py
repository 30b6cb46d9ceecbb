"""Where the sandbox keeps its state: one SQLite file, or memory.

Orders, payments and invoices are small JSON documents. The ledger of charges is a table of its
own that refuses to be changed, because tests judge a till by it.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    charge_id TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    terminal_id TEXT,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS ledger_keeps_rows BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_keeps_all BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


@dataclass(frozen=True)
class Charge:
    """Money that moved: cents, Unix ms.

    `kind` says how: `card`, `cash`, `link`, `manual`, `elsewhere`. `outcome` says by which
    story it came about, for example `approve`, `answer_lost`, `partial`.
    """

    charge_id: str
    payment_id: str
    order_id: str
    terminal_id: str | None
    amount: int
    currency: str
    at: int
    kind: str
    outcome: str


class Store:
    """Documents by kind and id, and the ledger. One connection, used from one thread."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        if path is not None:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def load(self, kind: str) -> list[Any]:
        """All documents of a kind, oldest first."""
        rows = self._db.execute("SELECT body FROM document WHERE kind = ? ORDER BY seq", (kind,))
        return [json.loads(row[0]) for row in rows]

    def get(self, kind: str, key: str) -> Any | None:
        """One document, or None."""
        row = self._db.execute(
            "SELECT body FROM document WHERE kind = ? AND id = ?", (kind, key)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, key: str, document: object) -> None:
        """Insert or replace one document; a dataclass or anything JSON takes."""
        body = json.dumps(document, default=vars)
        self._db.execute(
            "INSERT INTO document (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, key, body),
        )

    def charge(self, charge: Charge) -> None:
        """Append to the ledger."""
        self._db.execute(
            "INSERT INTO ledger (charge_id, payment_id, order_id, terminal_id, amount, currency,"
            " at, kind, outcome) VALUES (:charge_id, :payment_id, :order_id, :terminal_id,"
            " :amount, :currency, :at, :kind, :outcome)",
            asdict(charge),
        )

    def ledger(self) -> list[Charge]:
        """Every charge, oldest first."""
        rows = self._db.execute(
            "SELECT charge_id, payment_id, order_id, terminal_id, amount, currency, at, kind,"
            " outcome FROM ledger ORDER BY seq"
        )
        return [Charge(*row) for row in rows]

    def close(self) -> None:
        """Release the file; the store cannot be used afterwards."""
        self._db.close()
