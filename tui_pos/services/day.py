"""The end of the day: what the journal, the backend and the terminals say, side by side.

A day is the rows of the journal after those that the last close looked at. Whatever differs has a name, and
the day closes only when each difference has a decision and somebody's name under it.

Source: payment-safety.md, 3.8 (three lists), 6 M13 (rounding apart), M19 (the drawer from the journal only).
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tui_pos.domain.attempt import State
from tui_pos.domain.errors import JournalError, PosError
from tui_pos.domain.money import Money
from tui_pos.domain.order import Order
from tui_pos.domain.text import clean
from tui_pos.ports.clock import Clock
from tui_pos.ports.commerce import Commerce
from tui_pos.ports.journal import DayJournal, Entry, Journal, Row
from tui_pos.services.day_compare import ONCE, Book, Difference, Kind
from tui_pos.services.day_figures import CashFigures, DayFigures, TenderFigures, drawers, sums
from tui_pos.services.day_slip import DaySlip, slip
from tui_pos.services.recovery import Recovery

__all__ = [
    "KIND",
    "READS_AT_ONCE",
    "CashFigures",
    "Day",
    "DayFigures",
    "DaySlip",
    "Difference",
    "Kind",
    "LastClose",
    "TenderFigures",
    "Undecided",
    "is_signed",
    "slip",
]

READS_AT_ONCE = 4
KIND = "day_closed"
_NAME = 80
_LETTERS = 2  # fewer are no name


@dataclass(frozen=True, slots=True)
class LastClose:
    """The close before this day, as the journal has it."""

    number: int = 0
    at: datetime | None = None
    closer: str = ""
    upto: int = 0
    head: str = ""


class Undecided(PosError):
    """The day is not closed: something differs and nobody signed for it.

    Attributes:
        figures: as they are now.
        missing: what lacks a decision.
    """

    title = "The day cannot be closed yet"

    def __init__(self, figures: DayFigures, missing: Sequence[Difference]) -> None:
        self.figures, self.missing = figures, tuple(missing)
        named = "; ".join(d.name for d in missing[:3])
        more = f"; and {len(missing) - 3} more" if len(missing) > 3 else ""
        advice = "Nothing was closed. Type a name under each."
        if any(d.kind is Kind.IN_DOUBT for d in missing):
            advice = "Nothing was closed. What is not known needs a supervisor's name."
        super().__init__(f"no name for {named}{more}", advice=advice)


def is_signed(decision: str) -> bool:
    """Whether a decision has a name in it."""
    return sum(map(str.isalpha, decision)) >= _LETTERS


class Day:
    """The days of a till: figures at any time, and the numbered close."""

    def __init__(
        self, journal: Journal, commerce: Commerce, clock: Clock, recovery: Recovery, currency: str
    ) -> None:
        self._any_journal = journal
        self._commerce = commerce
        self._clock = clock
        self._recovery = recovery
        self._currency = currency
        self._closing = asyncio.Lock()
        self._writing: asyncio.Future[int] | None = None
        self._is_final = False

    @property
    def is_writing(self) -> bool:
        """Whether a close is on its way into the journal, and can no longer be taken back."""
        return self._is_final

    @property
    def _journal(self) -> DayJournal:
        if not isinstance(self._any_journal, DayJournal):
            raise JournalError("it cannot be read by days")
        return self._any_journal

    async def last(self) -> LastClose:
        """The last close; number 0 before the first one.

        Raises:
            JournalError: the journal cannot be read.
        """
        return await self._last(await self._closes())

    async def figures(self) -> DayFigures:
        """All that happened since the last close, read and compared. Changes nothing.

        Raises:
            JournalError: the journal cannot be read.
        """
        closes = await self._closes()
        last = await self._last(closes)
        head = await self._journal.link()
        books = await self._books(last.upto, head.seq, _unchecked(closes))
        answers = await self._ask(order_id for book in books for order_id in book.order_ids)
        found = [d for book in books for d in book.differences(answers)]
        decided = _decided(closes)
        differences = [d for d in found if d.kind not in ONCE or d.difference_id not in decided]
        return DayFigures(
            number=last.number + 1,
            since=last.at,
            at=self._clock.now(),
            after=last.upto,
            head=head,
            sales=sum(book.is_sold for book in books),
            refused=sum(book.newly(State.REFUSED) for book in books),
            abandoned=sum(book.newly(State.ABANDONED) for book in books),
            tenders=sums(books, answers, differences, by_terminal=False),
            terminals=sums(books, answers, differences, by_terminal=True),
            cash=drawers(books),
            differences=tuple(differences),
            unchecked=tuple(
                dict.fromkeys(d.sale_id for d in differences if d.kind is Kind.NOT_CHECKED)
            ),
        )

    async def close(
        self, terminal_totals: Mapping[str, Money], decisions: Mapping[str, str], closer: str
    ) -> DaySlip:
        """Look once more, then close the day under the next number.

        Args:
            terminal_totals: what each terminal says it took, by terminal id.
            decisions: per difference the name of who decided it.
            closer: who closes the day.

        Raises:
            Undecided: something differs and has no name; nothing was written.
            PosError: nobody closes it, or the journal's chain is broken; nothing was written.
            JournalError: the journal cannot be read or written.
        """
        closer = clean(closer, limit=_NAME)
        if not is_signed(closer):
            raise PosError(
                title="Nobody closes the day", advice="Nothing was closed. Type your name."
            )
        async with self._closing:
            if self._writing is not None:  # a close that nobody waited for takes its number first
                await asyncio.wait((self._writing,))
            figures = (await self.figures()).with_totals(terminal_totals)
            signed = {
                d.difference_id: clean(decisions.get(d.difference_id, ""), limit=_NAME)
                for d in figures.differences
            }
            missing = [d for d in figures.differences if not is_signed(signed[d.difference_id])]
            if missing:
                raise Undecided(figures, missing)
            bad = await self._journal.verify()
            if bad is not None:
                raise PosError(
                    str(bad),
                    title="The journal's chain is broken",
                    advice="The day was not closed. Keep a copy of the journal and report this.",
                )
            at = self._clock.now()
            row = Entry(KIND, _body(figures, signed, closer, at))
            self._is_final = True
            try:
                self._writing = asyncio.ensure_future(self._journal.append(row))
                seq = await asyncio.shield(self._writing)
                link = await self._journal.link(seq)
            finally:
                self._is_final = False
        return DaySlip(figures.number, at, closer, figures, signed, seq, link.hash)

    # -- reading ---------------------------------------------------------------------------------------

    async def _closes(self) -> list[Row]:
        return [row for row in await self._journal.rows("") if row.kind == KIND]

    async def _last(self, closes: Sequence[Row]) -> LastClose:
        if not closes:
            return LastClose()
        row = closes[-1]
        link = await self._journal.link(row.seq)
        body = row.body
        return LastClose(
            body["number"], row.at, str(body["closer"]), body["before"]["seq"], link.hash
        )

    async def _books(self, after: int, upto: int, unchecked: Iterable[str]) -> list[Book]:
        """The sales of the day, with those from before of which something may still come."""
        journal = self._journal
        ids = dict.fromkeys(await journal.sales_after(after))
        ids |= dict.fromkeys([*unchecked, *await journal.open_sales(), *await journal.watched()])
        books = []
        for sale_id in ids:
            rows = [row for row in await journal.rows(sale_id) if row.seq <= upto]
            if rows:
                old = [row for row in rows if row.seq <= after]
                now = self._recovery.rebuild(sale_id, rows)
                then = self._recovery.rebuild(sale_id, old) if old else None
                books.append(Book(now, then, rows, old))
        return books

    async def _ask(self, order_ids: Iterable[str]) -> dict[str, Order | PosError]:
        """Every order as the backend has it, or why it could not be read."""
        gate = asyncio.Semaphore(READS_AT_ONCE)

        async def read(order_id: str) -> Order | PosError:
            async with gate:
                try:
                    return await self._commerce.read_order(order_id)
                except PosError as error:
                    return error

        wanted = list(dict.fromkeys(order_ids))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read(order_id)) for order_id in wanted]
        return {order_id: task.result() for order_id, task in zip(wanted, tasks, strict=True)}


def _decided(closes: Iterable[Row]) -> set[str]:
    return {d["difference_id"] for row in closes for d in row.body["decisions"]}


def _unchecked(closes: Sequence[Row]) -> list[str]:
    """The sales that the last close could not look at: looked at again."""
    return list(closes[-1].body["unchecked_ids"]) if closes else []


# -- the journal's row -----------------------------------------------------------------------------------


def _body(
    figures: DayFigures, signed: Mapping[str, str], closer: str, at: datetime
) -> dict[str, Any]:
    decisions = [{**_plain(d), "decision": signed[d.difference_id]} for d in figures.differences]
    return {
        "number": figures.number,
        "closer": closer,
        "closed_at": at.isoformat(),
        "after": figures.after,
        "before": _plain(figures.head),
        "sales": figures.sales,
        "refused": figures.refused,
        "abandoned": figures.abandoned,
        "tenders": _plain(figures.tenders),
        "terminals": _plain(figures.terminals),
        "cash": _plain(figures.cash),
        "decisions": decisions,
        "unchecked_ids": list(figures.unchecked),
    }


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value
