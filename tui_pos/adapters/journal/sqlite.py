"""The journal as one SQLite file per till, from the standard library."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tui_pos.adapters.journal.body import to_text
from tui_pos.adapters.journal.chain import BadPlace
from tui_pos.adapters.journal.lock import TillLock
from tui_pos.adapters.journal.opening import Opened
from tui_pos.adapters.journal.reader import JournalReader, stamp
from tui_pos.adapters.journal.writer import Draft, Outcome, Unit, Writer, Written
from tui_pos.domain.errors import InvalidTransition, JournalError, PosError
from tui_pos.ports.clock import Clock
from tui_pos.ports.journal import Entry, Link, Row

_SMALL = 512 * 1024


class SqliteJournal:
    """The till's journal. Made by `open_journal`.

    Attributes:
        path: the file.
        cashier: who is at the till; written into every row handed over from now on.
        trouble: why the journal cannot be relied on; "" when it can.
    """

    def __init__(self, opened: Opened, lock: TillLock, till_id: str, clock: Clock) -> None:
        self.path: Path = opened.path
        self.cashier = ""
        self.trouble = ""
        self._missed = ""
        self._lock = lock
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_trouble: Callable[[str], None] | None = None
        self.is_closed = False
        self._reader = JournalReader(opened.path)
        self._writer = Writer(
            opened.connection,
            opened.path,
            opened.ballast,
            till=till_id,
            boot_id=clock.boot_id,
            seq=opened.seq,
            head=opened.head,
            report=self._report,
        )
        self._check = threading.Thread(target=self._check_file, name="journal-check", daemon=True)
        if opened.path.stat().st_size <= _SMALL:
            self._check_file()
            if self._writer.damage:
                self._reader.close()
                raise JournalError(self._writer.damage)
        else:
            self._check.start()  # reads the whole file: the first screen does not wait for it
        self._writer.start()

    @property
    def on_trouble(self) -> Callable[[str], None] | None:
        """Called on the event loop with `trouble` whenever it changes. Set it there."""
        return self._on_trouble

    @on_trouble.setter
    def on_trouble(self, callback: Callable[[str], None] | None) -> None:
        self._on_trouble = callback
        if callback is not None:
            self._loop = asyncio.get_running_loop()
            if self.trouble:
                self._loop.call_soon(callback, self.trouble)

    def append(self, *entries: Entry) -> Written:
        """Write entries as one unit; its place in the order is taken now.

        Raises:
            ValueError: a body that must not be kept, or an attempt without a sale: a bug.
            JournalError: the journal is closed.
        """
        if not entries:
            raise ValueError("nothing to write")
        if self.is_closed:
            raise JournalError("the journal is closed")
        at, boot_s = stamp(self._clock.now()), round(self._clock.boot(), 6)
        drafts = tuple(self._draft(entry, at, boot_s) for entry in entries)
        is_intent = any(entry.kind.endswith("_intended") for entry in entries)
        loop = self._loop = asyncio.get_running_loop()
        written = Written(loop)
        self._writer.put(Unit(drafts, written, loop, is_intent))
        return written

    def _draft(self, entry: Entry, at: str, boot_s: float) -> Draft:
        if not entry.sale_id and (entry.attempt is not None or entry.closes_sale):
            raise ValueError(f"{entry.kind} names no sale")
        return Draft(
            at=at,
            boot_s=boot_s,
            cashier=self.cashier,
            sale_id=entry.sale_id,
            attempt_id=entry.attempt.attempt_id if entry.attempt else "",
            kind=entry.kind,
            body=to_text(entry.body),
            attempt=entry.attempt,
            closes_sale=entry.closes_sale,
        )

    async def open_sales(self) -> Sequence[str]:
        return await asyncio.to_thread(self._reader.open_sales)

    async def rows(self, sale_id: str) -> Sequence[Row]:
        return await asyncio.to_thread(self._reader.rows, sale_id)

    async def watched(self) -> Sequence[str]:
        return await asyncio.to_thread(self._reader.watched, self._clock.now())

    async def sales_after(self, seq: int) -> Sequence[str]:
        return await asyncio.to_thread(self._reader.sales_after, seq)

    async def link(self, seq: int | None = None) -> Link:
        return await asyncio.to_thread(self._reader.link, seq)

    async def verify(self) -> BadPlace | None:
        """The first place where the chain breaks; None when it is whole."""
        return await asyncio.to_thread(self._reader.verify)

    def export(self) -> Iterator[dict[str, Any]]:
        """Every row as it was written. Blocks: not for the event loop."""
        return self._reader.export()

    async def checked(self) -> None:
        """Wait until the whole file has been looked at.

        Raises:
            JournalError: it is damaged; names the place.
        """
        if self._check.ident is not None:
            await asyncio.to_thread(self._check.join)
        if self._writer.damage:
            raise JournalError(self._writer.damage)

    def acknowledge(self) -> None:
        """Forget failures that nobody awaited, once they were shown."""
        if self._missed:
            was, self._missed = self._missed, ""
            if self.trouble == was:
                self._note("")

    async def close(self) -> None:
        """Write what was handed over, then let go of the file."""
        self.is_closed = True
        await asyncio.to_thread(self.close_now)
        await asyncio.sleep(0)  # what was settled meanwhile reaches those who wait

    def close_now(self) -> None:
        """`close`, blocking."""
        self.is_closed = True
        if self._check.ident is not None:
            self._check.join()
        self._reader.close()
        self._writer.stop()
        self._lock.release()

    def _check_file(self) -> None:
        damage = self._reader.damage()
        if damage:
            self._writer.damage = f"{self.path} is damaged: {damage}"
            self._report([], self._writer.damage)

    def _report(self, outcomes: list[Outcome], trouble: str) -> None:
        """From another thread: on to the event loop, if it is still there."""
        by_loop: dict[asyncio.AbstractEventLoop | None, list[Outcome]] = {}
        for unit, outcome in outcomes:
            by_loop.setdefault(unit.loop, []).append((unit, outcome))
        for loop, part in (by_loop or {self._loop: []}).items():
            if loop is None:
                self.trouble = trouble
                continue
            try:
                loop.call_soon_threadsafe(self._settle, part, trouble)
            except RuntimeError:  # the loop is gone, and with it everybody who waited
                self.trouble = trouble

    def _settle(self, outcomes: list[Outcome], trouble: str) -> None:
        for unit, outcome in outcomes:
            if isinstance(outcome, PosError) and not unit.written.is_awaited:
                self._missed = _missed(unit, outcome)
            unit.written.settle(outcome)
        self._note(trouble or self._missed)

    def _note(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            if self._on_trouble is not None:
                self._on_trouble(trouble)


def _missed(unit: Unit, error: PosError) -> str:
    what = ", ".join(draft.kind for draft in unit.drafts)
    kind = "refused" if isinstance(error, InvalidTransition) else "not saved"
    return f"{what} was {kind}: {error.detail}"
