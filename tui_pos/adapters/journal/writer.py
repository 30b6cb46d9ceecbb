"""The one thread that writes: what waits together is committed together, in order."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_pos.adapters.journal.ballast import Ballast
from tui_pos.adapters.journal.chain import digest
from tui_pos.adapters.journal.sql import queries
from tui_pos.domain.errors import InvalidTransition, JournalError, PosError
from tui_pos.ports.journal import AttemptIndex

_GROUP = 512
# A checkpoint flushes the main file. It waits for a pause, so that no payment waits for it.
_ROWS_PER_CHECKPOINT, _ROWS_AT_MOST, _PAUSE_S = 200, 600, 0.5
_SIZE_ERRORS = frozenset((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR))


class Written:
    """Await it to learn the last number of the unit, or why it is not durable.

    The fate of the unit does not hang on who waits: a cancelled wait cancels nothing, and a failure
    that nobody awaits makes no noise here; the journal keeps it in `trouble`.
    """

    __slots__ = ("_loop", "_outcome", "_waiting", "is_awaited")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._outcome: int | PosError | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self.is_awaited = False

    def __await__(self) -> Generator[Any, None, int]:
        self.is_awaited = True
        if self._outcome is None:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(waiter)
            yield from waiter
        if isinstance(self._outcome, int):
            return self._outcome
        raise self._outcome or JournalError("nothing is known of it")

    def settle(self, outcome: int | PosError) -> None:
        """On the event loop: tell all who wait, and whoever asks later."""
        self._outcome = outcome
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()


@dataclass(frozen=True, slots=True)
class Draft:
    """A row without its place in the chain."""

    at: str
    boot_s: float
    cashier: str
    sale_id: str
    attempt_id: str
    kind: str
    body: str
    attempt: AttemptIndex | None
    closes_sale: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """Rows that are written together or not at all."""

    drafts: tuple[Draft, ...]
    written: Written
    loop: asyncio.AbstractEventLoop
    is_intent: bool


Outcome = tuple[Unit, "int | PosError"]
_Report = Callable[[list[Outcome], str], None]


class Writer:
    """Owns the writing connection from `start` to `stop`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        ballast: Ballast,
        *,
        till: str,
        boot_id: str,
        seq: int,
        head: str,
        report: _Report,
    ) -> None:
        self._connection = connection
        self._path = path
        self._ballast = ballast
        self._till, self._boot_id = till, boot_id
        self._seq, self._head = seq, head
        self._report = report
        self._sql = queries()
        self._queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._unchecked = 0
        self.damage = ""

    def start(self) -> None:
        self._thread.start()

    def put(self, unit: Unit) -> None:
        self._queue.put(unit)

    def stop(self) -> None:
        """Write what was handed over, then close the connection. Blocks."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        if not self._ballast.restore():
            self._report([], "there is no room kept free for results")
        is_open = True
        while is_open:
            group: list[Unit] = []
            try:
                timeout = _PAUSE_S if self._unchecked >= _ROWS_PER_CHECKPOINT else None
                unit = self._queue.get(timeout=timeout)
                while unit is not None:
                    group.append(unit)
                    if len(group) == _GROUP:
                        break
                    unit = self._queue.get_nowait()
                else:
                    is_open = False
            except queue.Empty:
                if not group:
                    self._checkpoint()
                    continue
            if group:
                self._report(*self._write(group))
            if self._unchecked >= _ROWS_AT_MOST:
                self._checkpoint()
        try:
            self._connection.close()
        except sqlite3.Error as error:
            self._report([], str(error))

    def _checkpoint(self) -> None:
        self._unchecked = 0
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            self._report([], f"{self._path}: {error}")

    def _write(self, group: list[Unit]) -> tuple[list[Outcome], str]:
        """What became of each unit, and the trouble that remains."""
        refused: list[Outcome] = []
        if self.damage:
            group, refused = self._without_intents(group, self.damage)
        if not self._ballast.restore():
            group, refused = self._without_intents(group, "the disk is full", refused)
        try:
            try:
                outcomes = self._commit(group)
            except sqlite3.Error as error:
                self._undo()
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                if code not in _SIZE_ERRORS or not self._ballast.free():
                    raise
                group, refused = self._without_intents(group, str(error), refused)
                outcomes = self._commit(group)
        except Exception as error:  # whoever waits must hear of it, and the thread must live on
            self._undo()
            cause = f"{self._path}: {error}"
            return refused + [(unit, JournalError(cause)) for unit in group], cause
        if self.damage:
            return refused + outcomes, self.damage
        return refused + outcomes, "" if self._ballast.is_there else "the disk is full"

    @staticmethod
    def _without_intents(
        group: list[Unit], cause: str, refused: Sequence[Outcome] = ()
    ) -> tuple[list[Unit], list[Outcome]]:
        """Results are still saved; nothing new is begun."""
        intents = [unit for unit in group if unit.is_intent]
        rest = [unit for unit in group if not unit.is_intent]
        return rest, [*refused, *((unit, JournalError(cause)) for unit in intents)]

    def _undo(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            pass  # the next BEGIN tells

    def _commit(self, group: list[Unit]) -> list[Outcome]:
        if not group:
            return []
        execute = self._connection.execute
        seq, head = self._seq, self._head
        outcomes: list[Outcome] = []
        is_alone = len(group) == 1
        execute("BEGIN IMMEDIATE")
        for unit in group:
            if not is_alone:
                execute("SAVEPOINT unit")
            try:
                new_seq, new_head = self._insert(unit, seq, head)
            except (sqlite3.IntegrityError, InvalidTransition) as error:
                outcomes.append((unit, _refusal(error)))
                if is_alone:
                    execute("ROLLBACK")
                    return outcomes
                execute("ROLLBACK TO unit")
            else:
                seq, head = new_seq, new_head
                outcomes.append((unit, seq))
            if not is_alone:
                execute("RELEASE unit")
        execute("COMMIT")
        self._unchecked += seq - self._seq
        self._seq, self._head = seq, head
        return outcomes

    def _insert(self, unit: Unit, seq: int, head: str) -> tuple[int, str]:
        execute, sql = self._connection.execute, self._sql
        for draft in unit.drafts:
            seq += 1
            row = [
                seq,
                self._till,
                self._boot_id,
                draft.at,
                draft.boot_s,
                draft.cashier,
                draft.sale_id,
                draft.attempt_id,
                draft.kind,
                draft.body,
            ]
            prev, head = head, digest(head, row)
            execute(sql["add_row"], (*row, prev, head))
            if draft.sale_id:
                execute(sql["open_sale"], (draft.sale_id, seq))
                if draft.closes_sale:
                    execute(sql["close_sale"], (seq, draft.sale_id))
            if (attempt := draft.attempt) is not None:
                changed = execute(
                    sql["put_attempt"],
                    (
                        attempt.attempt_id,
                        draft.sale_id,
                        attempt.payment_id,
                        attempt.terminal_id,
                        attempt.state,
                        attempt.is_resolved,
                        draft.at,
                    ),
                ).rowcount
                if not changed:
                    raise InvalidTransition(
                        f"attempt {attempt.attempt_id} belongs to another sale or payment"
                    )
        return seq, head


def _refusal(error: Exception) -> InvalidTransition:
    if isinstance(error, InvalidTransition):
        return error
    text = str(error)
    if "attempts.sale_id" in text:
        return InvalidTransition("this sale has an unresolved payment already")
    if "attempts.payment_id" in text:
        return InvalidTransition("this payment belongs to another attempt")
    return InvalidTransition(text)
