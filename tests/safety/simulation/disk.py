"""The journal port on a simulated disk: what was not flushed when the power failed is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from simulation.world import Machine
from tui_pos.adapters.journal.body import to_text
from tui_pos.adapters.journal.writer import Written
from tui_pos.domain.errors import InvalidTransition, JournalError, PosError
from tui_pos.ports.journal import AttemptIndex, Entry, Row

_GIVEN_UP = ("abandoned", "overridden")


class Disk:
    """What is durable. Outlives every process of its till."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.attempts: dict[str, tuple[str, AttemptIndex, datetime]] = {}
        self.open: dict[str, None] = {}
        self.closed: set[str] = set()
        self.is_full = False
        self.is_read_only = False
        self.is_broken = False
        self.on_row: Callable[[Row], None] = lambda row: None

    def commit(self, at: datetime, entries: Sequence[Entry]) -> int:
        """All of a unit or nothing.

        Raises:
            JournalError: the disk does not take it.
            InvalidTransition: the indexes forbid it.
        """
        is_intent = any(entry.kind.endswith("_intended") for entry in entries)
        if self.is_broken or self.is_read_only or (self.is_full and is_intent):
            raise JournalError("the disk is full")
        for entry in entries:
            if entry.attempt is not None:
                self._check(entry.sale_id, entry.attempt)
        for entry in entries:
            index = entry.attempt
            attempt_id = index.attempt_id if index else ""
            body = json.loads(to_text(entry.body))
            seq = len(self.rows) + 1
            self.rows.append(Row(seq, at, entry.kind, entry.sale_id, attempt_id, body))
            if entry.sale_id and entry.sale_id not in self.closed:
                self.open[entry.sale_id] = None
            if entry.closes_sale:
                self.open.pop(entry.sale_id, None)
                self.closed.add(entry.sale_id)
            if index is not None:
                self.attempts[attempt_id] = (entry.sale_id, index, at)
            self.on_row(self.rows[-1])
        return len(self.rows)

    def _check(self, sale_id: str, new: AttemptIndex) -> None:
        for attempt_id, (other_sale, old, _) in self.attempts.items():
            if attempt_id == new.attempt_id:
                continue
            if other_sale == sale_id and not old.is_resolved and not new.is_resolved:
                raise InvalidTransition("this sale has an unresolved payment already")
            if new.payment_id and old.payment_id == new.payment_id:
                raise InvalidTransition("this payment belongs to another attempt")

    def facts(self, payment_id: str) -> list[str]:
        """The kinds of the rows of the attempt that has this payment."""
        ids = {a for a, (_, index, _) in self.attempts.items() if index.payment_id == payment_id}
        return [row.kind for row in self.rows if row.attempt_id in ids]


class DiskJournal:
    """The journal of one process."""

    def __init__(self, machine: Machine, disk: Disk) -> None:
        self._machine = machine
        self._disk = disk
        self._world = machine.world
        self._pending: list[tuple[datetime, tuple[Entry, ...], Written]] = []
        self._is_closed = False

    def append(self, *entries: Entry) -> Written:
        written = Written(self._world.loop)
        if self._machine.is_dead:
            return written
        if self._is_closed:
            raise JournalError("the journal is closed")
        for entry in entries:
            to_text(entry.body)
        if not self._pending:
            slow = self._world.chance(0.05)
            self._world.at(self._world.rng.uniform(0.0, 2.0 if slow else 0.005), self.flush)
        self._pending.append((self._machine.now(), entries, written))
        return written

    def flush(self, count: int | None = None) -> None:
        """Commit what waits, in order; `count` units of it when the power fails meanwhile."""
        taken = self._pending if count is None else self._pending[:count]
        self._pending = []
        if self._machine.is_dead and count is None:
            return
        self._disk.is_full = self._world.chance(self._world.chances.disk)
        self._disk.is_read_only = self._disk.is_full and self._world.chance(0.5)
        for at, entries, written in taken:
            outcome: int | PosError
            try:
                outcome = self._disk.commit(at, entries)
            except PosError as error:
                outcome = error
            if outcome.__class__ is int:
                for entry in entries:
                    where = f"{entry.sale_id[:4]} {entry.attempt.attempt_id[:4] if entry.attempt else ''}"
                    self._world.log(
                        f"{self._machine.name}: wrote {entry.kind} {where} {_brief(entry)}"
                    )
            else:
                self._world.log(f"{self._machine.name}: NOT written {entries[0].kind}: {outcome}")
            written.settle(outcome)

    def power_fails(self) -> None:
        self.flush(self._world.rng.randint(0, len(self._pending)))

    async def open_sales(self) -> Sequence[str]:
        await self._machine.point("open_sales")
        return list(self._disk.open)

    async def rows(self, sale_id: str) -> Sequence[Row]:
        await self._machine.point("rows")
        return [row for row in self._disk.rows if row.sale_id == sale_id]

    async def watched(self) -> Sequence[str]:
        since = self._machine.now() - timedelta(hours=24)
        found = (
            s for s, a, at in self._disk.attempts.values() if a.state in _GIVEN_UP and at > since
        )
        return list(dict.fromkeys(found))

    async def close(self) -> None:
        self._is_closed = True
        self.flush()


def _brief(entry: Entry) -> str:
    keys = ("n", "reason", "status", "source", "words", "evidence", "items", "said", "quantity")
    return " ".join(f"{k}={entry.body[k]}" for k in keys if entry.body.get(k))
