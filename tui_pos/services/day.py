"""The end of the day: what the journal, the backend and the terminals say, side by side.

A day is the rows of the journal after those that the last close looked at. Whatever differs has a name, and
the day closes only when each difference has a decision and somebody's name under it.

Source: payment-safety.md, 3.8 (three lists), 6 M13 (rounding apart), M19 (the drawer from the journal only).
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tui_pos.domain.attempt import Attempt, Cash, State
from tui_pos.domain.errors import JournalError, NotFound, PosError
from tui_pos.domain.money import Money, total
from tui_pos.domain.order import PENDING, Order, OrderPayment, TenderKind
from tui_pos.domain.text import cells, clean, cut
from tui_pos.ports.clock import Clock
from tui_pos.ports.commerce import Commerce
from tui_pos.ports.journal import DayJournal, Entry, Journal, Link, Row
from tui_pos.services.recovery import Recovery
from tui_pos.services.sale import Sale

READS_AT_ONCE = 4
KIND = "day_closed"
_NAME = 80
_LETTERS = 2  # fewer are no name
_GIVEN_BACK = (State.REFUSED, State.ABANDONED)
_RUNNING = (State.START_INTENT, State.UNKNOWN, State.UNPROVEN)


class Kind(enum.Enum):
    """What can differ. A value is journalled; its title is for people."""

    CHARGED_NOT_BOOKED = "charged_not_booked"
    BOOKED_NOT_CHARGED = "booked_not_charged"
    OVERRIDDEN = "overridden"
    IN_DOUBT = "in_doubt"
    FOREIGN = "foreign"
    NOT_FINISHED = "not_finished"
    NOT_CHECKED = "not_checked"
    TERMINAL_TOTAL = "terminal_total"

    @property
    def title(self) -> str:
        return _TITLES[self]


_TITLES = {
    Kind.CHARGED_NOT_BOOKED: "Charged, not booked",
    Kind.BOOKED_NOT_CHARGED: "Booked, not charged",
    Kind.OVERRIDDEN: "Not confirmed",
    Kind.IN_DOUBT: "Outcome not known",
    Kind.FOREIGN: "Unknown payment",
    Kind.NOT_FINISHED: "Not finished",
    Kind.NOT_CHECKED: "Not checked",
    Kind.TERMINAL_TOTAL: "Terminal total",
}
_ONCE = (Kind.CHARGED_NOT_BOOKED, Kind.BOOKED_NOT_CHARGED, Kind.OVERRIDDEN, Kind.FOREIGN)
"""Decided once is decided; the others are asked again every day for as long as they last."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that two of the three lists do not agree about.

    Attributes:
        difference_id: the same at every look.
        words: what differs, as a sentence.
        advice: what to do.
        amount: how much money it is about; None where that is not known.
        where: the terminal or the means of payment.
        order: the order's number, as people know it.
    """

    difference_id: str
    kind: Kind
    words: str
    advice: str
    amount: Money | None = None
    where: str = ""
    order: str = ""
    sale_id: str = ""
    terminal_id: str = ""

    @property
    def name(self) -> str:
        """What it is called where there is room for a few words only."""
        place = ", ".join(part for part in (self.where, self.order) if part)
        return f"{self.kind.title} ({place})" if place else self.kind.title


@dataclass(frozen=True, slots=True)
class TenderFigures:
    """What came in by one means of payment, or on one terminal.

    Attributes:
        booked: what the journal holds as proven paid.
        backend: what the backend says of it, with what it charged besides.
        is_checked: every order of it could be read.
        typed: the terminal's own total, once it was typed.
    """

    name: str
    kind: TenderKind
    count: int
    booked: Money
    backend: Money
    is_checked: bool = True
    terminal_id: str = ""
    typed: Money | None = None


@dataclass(frozen=True, slots=True)
class CashFigures:
    """What a drawer must hold more than at the start of the day.

    Attributes:
        expected: what was asked for, rounded as cash is.
        rounding: how much of it is rounding; not in what is booked.
        waiting: how much of it the backend does not know yet.
    """

    drawer_id: str
    count: int
    expected: Money
    rounding: Money
    waiting: Money


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The day so far.

    Attributes:
        number: the one that the day will have once it is closed.
        since: when the day before was closed; None on the first one.
        after, head: the rows of the journal that it is about: behind `after`, up to the head.
        refused, abandoned: payments that were not made, and that were given up.
        unchecked: the sales of which an order could not be read.
    """

    number: int
    since: datetime | None
    at: datetime
    after: int
    head: Link
    sales: int = 0
    refused: int = 0
    abandoned: int = 0
    tenders: tuple[TenderFigures, ...] = ()
    terminals: tuple[TenderFigures, ...] = ()
    cash: tuple[CashFigures, ...] = ()
    differences: tuple[Difference, ...] = ()
    unchecked: tuple[str, ...] = ()

    def with_totals(self, typed: Mapping[str, Money]) -> DayFigures:
        """The same beside the totals that the terminals themselves print, by terminal id.

        A terminal of which no total is given differs too: it was not compared.
        """
        terminals = tuple(replace(t, typed=typed.get(t.terminal_id)) for t in self.terminals)
        others = [d for d in self.differences if d.kind is not Kind.TERMINAL_TOTAL]
        differing = (_compare_total(t, others) for t in terminals)
        found = (d for d in differing if d is not None)
        return replace(self, terminals=terminals, differences=(*others, *found))


@dataclass(frozen=True, slots=True)
class DaySlip:
    """A day that was closed.

    Attributes:
        decisions: who signed for which difference.
        seq, head: the journal's row of the close and its hash: it proves that row and all before it.
    """

    number: int
    at: datetime
    closer: str
    figures: DayFigures
    decisions: Mapping[str, str]
    seq: int
    head: str


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
        differences = [d for d in found if d.kind not in _ONCE or d.difference_id not in decided]
        return DayFigures(
            number=last.number + 1,
            since=last.at,
            at=self._clock.now(),
            after=last.upto,
            head=head,
            sales=sum(book.is_sold for book in books),
            refused=sum(book.newly(State.REFUSED) for book in books),
            abandoned=sum(book.newly(State.ABANDONED) for book in books),
            tenders=_sums(books, answers, differences, by_terminal=False),
            terminals=_sums(books, answers, differences, by_terminal=True),
            cash=_drawers(books),
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

    async def _books(self, after: int, upto: int, unchecked: Iterable[str]) -> list[_Book]:
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
                books.append(_Book(now, then, rows, old))
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


Answers = Mapping[str, "Order | PosError"]


@dataclass(slots=True)
class _Book:
    """A sale as the journal has it now and had it when the last day was closed."""

    now: Sale
    then: Sale | None
    rows: list[Row]
    old: list[Row]
    order_ids: list[str] = field(init=False)

    def __post_init__(self) -> None:
        ids = [*self.now.left_order_ids, self.now.order_id_before]
        ids += [attempt.intent.order_id for attempt in self.now.attempts.values()]
        self.order_ids = list(dict.fromkeys(order_id for order_id in ids if order_id))

    def has(self, kind: str) -> bool:
        return any(row.kind == kind for row in self.rows)

    @property
    def is_sold(self) -> bool:
        """Whether it was finished this day."""
        was = any(row.kind == "sale_closed" for row in self.old)
        return self.has("sale_closed") and not self.has("sale_cleared") and not was

    def before(self, attempt: Attempt) -> Attempt | None:
        return self.then.attempts.get(attempt.attempt_id) if self.then else None

    def newly(self, state: State) -> int:
        """How many attempts came to this state this day."""
        return sum(
            attempt.state is state and not ((old := self.before(attempt)) and old.state is state)
            for attempt in self.now.attempts.values()
        )

    def newly_paid(self) -> Iterator[Attempt]:
        for attempt in self.now.attempts.values():
            old = self.before(attempt)
            if attempt.is_paid and not (old is not None and old.is_paid):
                yield attempt

    def number(self, answers: Answers) -> str:
        """How people call its order."""
        orders = (answers.get(order_id) for order_id in reversed(self.order_ids))
        return next((f"order {o.number}" for o in orders if isinstance(o, Order) and o.number), "")

    # What differs

    def differences(self, answers: Answers) -> Iterator[Difference]:
        """All that the journal and the backend do not agree about in this sale."""
        for attempt in self.now.attempts.values():
            order = answers.get(attempt.intent.order_id)
            found = self._of_attempt(attempt, order if isinstance(order, Order) else None)
            if found is not None:
                yield self._about(found, attempt, answers)
        number = self.number(answers)
        for order_id in self.order_ids:
            answer = answers[order_id]
            if isinstance(answer, Order):
                for foreign in self._foreign(answer):
                    yield replace(foreign, order=number, sale_id=self.now.sale_id)
            elif not isinstance(answer, NotFound) or self._has_attempt_on(order_id):
                yield Difference(
                    f"{Kind.NOT_CHECKED.value}:{order_id}",
                    Kind.NOT_CHECKED,
                    f"The order could not be read. {answer.title}.",
                    "Read again once the server can be reached, or sign: it is read again tomorrow.",
                    amount=self.now.paid or None,
                    order=number or f"sale {self.now.sale_id[:8]}",
                    sale_id=self.now.sale_id,
                )
        if self.now.paid and not self.has("sale_closed"):
            words, advice = self._unfinished(answers)
            yield Difference(
                f"{Kind.NOT_FINISHED.value}:{self.now.sale_id}",
                Kind.NOT_FINISHED,
                words,
                advice,
                amount=self.now.paid,
                order=number,
                sale_id=self.now.sale_id,
            )

    def _has_attempt_on(self, order_id: str) -> bool:
        return any(a.intent.order_id == order_id for a in self.now.attempts.values())

    def _about(self, found: Difference, attempt: Attempt, answers: Answers) -> Difference:
        intent = attempt.intent
        return replace(
            found,
            difference_id=f"{found.kind.value}:{attempt.payment_id or attempt.attempt_id}",
            amount=found.amount or attempt.amount,
            where=intent.terminal_name or intent.method_name,
            order=self.number(answers) or f"sale {intent.sale_id[:8]}",
            sale_id=intent.sale_id,
            terminal_id=intent.terminal_id,
        )

    def _of_attempt(self, attempt: Attempt, order: Order | None) -> Difference | None:
        """What differs about one attempt; the one thing that weighs most."""
        remote = order.payment(attempt.payment_id) if order and attempt.payment_id else None
        if attempt.is_paid:
            return _booked(attempt, remote) if order is not None else None
        if attempt.state is State.LATE_PAID:
            return _named(
                Kind.CHARGED_NOT_BOOKED,
                "It was given up, and was paid after all.",
                "Refund the customer, then sign.",
            )
        if remote is not None and remote.is_paid:
            return _named(
                Kind.CHARGED_NOT_BOOKED,
                "The server says that it was paid; the till does not have it as paid.",
                "Read again in a moment. If it stays, refund or book it, then sign.",
                amount=remote.taken,
            )
        if attempt.state is State.OVERRIDDEN:
            if attempt.is_believed:
                words = f"Paid by the terminal's receipt {attempt.receipt}; the server does not confirm it."
                return _named(Kind.OVERRIDDEN, words, "Keep the receipt, ask the bank, then sign.")
            return _named(
                Kind.OVERRIDDEN,
                "Its outcome is not known; the customer paid another way.",
                "Look for it on the terminal's list, then sign. It is watched for 24 hours.",
            )
        if attempt.is_resolved:
            return None
        if attempt.intent.cash is not None:
            return _named(
                Kind.NOT_FINISHED,
                "Cash was taken; the server does not know it yet.",
                "The till goes on telling it. Wait a moment and read again, or sign.",
            )
        return _named(
            Kind.IN_DOUBT,
            _DOUBT.get(attempt.state, "A payment is still open."),
            "F7 on the sale screen brings it back. Or a supervisor signs: it stays open.",
        )

    def _foreign(self, order: Order) -> Iterator[Difference]:
        """Payments on our order that the journal does not know."""
        known = {attempt.payment_id for attempt in self.now.attempts.values()}
        lost = self._lost_creations()
        for payment in order.payments:
            if payment.payment_id in known or payment.is_dead:
                continue
            if payment.is_refund:
                words = "A refund that this till did not make."
            elif payment.is_paid:
                words = "Paid on our order, and not by this till."
            elif payment.status == PENDING and payment.amount in lost:
                lost.remove(payment.amount)  # made by this till, its answer lost: never started
                continue
            else:
                words = (
                    f"Begun on our order, and not by this till ({clean(payment.status, limit=20)})."
                )
            yield Difference(
                f"{Kind.FOREIGN.value}:{payment.payment_id}",
                Kind.FOREIGN,
                words,
                "Ask who took it: another till or the office. Refund what was paid twice, then sign.",
                amount=payment.taken,
            )

    def _lost_creations(self) -> list[Money | None]:
        attempts = self.now.attempts
        return [
            attempts[row.attempt_id].amount
            for row in self.rows
            if row.kind == "create_lost" and row.attempt_id in attempts
        ]

    def _unfinished(self, answers: Answers) -> tuple[str, str]:
        order = answers.get(self.now.order_id_before)
        if self.has("order_opened"):
            return (
                "Paid; its invoice is not made yet.",
                "The till goes on with it. Wait a moment and read again, or sign.",
            )
        if isinstance(order, Order) and self.now.paid < order.total:
            return (
                "A part of the sale is paid, the rest is not.",
                "F7 on the sale screen brings it back: take the rest, or sign.",
            )
        return (
            "Paid; its order is not opened yet.",
            "The till goes on with it. Wait a moment and read again, or sign.",
        )


_DOUBT = {
    **dict.fromkeys(_RUNNING, "The terminal was asked, and how it ended is not known."),
    State.FOLLOWING: "The customer has a link that can still be paid.",
}


def _named(kind: Kind, words: str, advice: str, amount: Money | None = None) -> Difference:
    return Difference("", kind, words, advice, amount)


def _booked(attempt: Attempt, remote: OrderPayment | None) -> Difference | None:
    """What differs about an attempt that the journal has as paid."""
    mine = attempt.paid or attempt.amount
    if remote is None or not remote.is_paid:
        word = clean(remote.status, limit=20) if remote is not None else ""
        return _named(
            Kind.BOOKED_NOT_CHARGED,
            f"The till has it as paid; the server {f'says {word}' if word else 'does not show it'}.",
            "Look for a refund or a void in the office, then sign.",
            amount=mine,
        )
    taken = remote.taken
    if taken is None or taken == mine:
        return None
    is_more = taken > mine
    return _named(
        Kind.CHARGED_NOT_BOOKED if is_more else Kind.BOOKED_NOT_CHARGED,
        f"The till has {mine.to_decimal()}, the server {taken.to_decimal()}.",
        "Look at the payment in the office, then sign.",
        amount=taken - mine if is_more else mine - taken,
    )


def _compare_total(terminal: TenderFigures, others: Iterable[Difference]) -> Difference | None:
    named = Difference(
        f"{Kind.TERMINAL_TOTAL.value}:{terminal.terminal_id}",
        Kind.TERMINAL_TOTAL,
        "Its total was not typed, so it was not compared.",
        "Print the terminal's day total and type it, or sign.",
        where=terminal.name,
        terminal_id=terminal.terminal_id,
    )
    if terminal.typed is None or terminal.typed.currency != terminal.booked.currency:
        return named
    gap = terminal.typed - terminal.booked
    if not gap:
        return None
    words = (
        f"The terminal says {terminal.typed.to_decimal()}, the till {terminal.booked.to_decimal()}:"
        f" {abs(gap.to_decimal())} {'more' if gap.minor > 0 else 'less'}."
    )
    extra = total(
        (
            d.amount
            for d in others
            if d.terminal_id == terminal.terminal_id
            and d.amount is not None
            and d.amount.currency == gap.currency
            and d.kind in (Kind.CHARGED_NOT_BOOKED, Kind.OVERRIDDEN, Kind.IN_DOUBT)
        ),
        gap.currency,
    )
    if extra == gap:
        words += " It is as much as is named above for this terminal."
    return replace(
        named,
        words=words,
        advice="Compare the terminal's list with `tui-pos journal list`, then sign.",
        amount=gap,
    )


# -- sums ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Sum:
    name: str
    kind: TenderKind
    booked: Money
    backend: Money
    count: int = 0
    is_checked: bool = True


def _sums(
    books: Iterable[_Book],
    answers: Answers,
    differences: Iterable[Difference],
    *,
    by_terminal: bool,
) -> tuple[TenderFigures, ...]:
    """What is booked and what the backend says, per means of payment or per terminal."""
    sums: dict[tuple[str, str], _Sum] = {}
    named = {d.difference_id.partition(":")[2] for d in differences}
    for book in books:
        paid = {attempt.attempt_id for attempt in book.newly_paid()}
        for attempt in book.now.attempts.values():
            is_paid = attempt.attempt_id in paid
            if not is_paid and (attempt.payment_id or attempt.attempt_id) not in named:
                continue
            intent, zero = attempt.intent, Money.zero(attempt.amount.currency)
            key = intent.terminal_id if by_terminal else intent.method_id
            if by_terminal and not key:
                continue
            name = intent.terminal_name if by_terminal else intent.method_name
            line = sums.setdefault(
                (key, zero.currency), _Sum(name or key, intent.tender, zero, zero)
            )
            order = answers.get(intent.order_id)
            if isinstance(order, Order):
                remote = order.payment(attempt.payment_id) if attempt.payment_id else None
                if remote is not None and remote.is_paid and (is_paid or not attempt.is_paid):
                    line.backend += remote.taken or attempt.amount
            else:
                line.is_checked = False
            if is_paid:
                line.count += 1
                line.booked += attempt.paid or attempt.amount
    rank = (TenderKind.CARD, TenderKind.CASH, TenderKind.OTHER)
    return tuple(
        TenderFigures(
            line.name,
            line.kind,
            line.count,
            line.booked,
            line.backend,
            line.is_checked,
            key if by_terminal else "",
        )
        for (key, _), line in sorted(
            sums.items(), key=lambda item: (rank.index(item[1].kind), item[1].name, item[0])
        )
    )


def _in_drawer(attempt: Attempt | None) -> Cash | None:
    """The cash of an attempt, if it lies in the drawer: it does from the first word about it."""
    is_kept = attempt is not None and attempt.state not in _GIVEN_BACK
    return attempt.intent.cash if attempt is not None and is_kept else None


def _drawers(books: Iterable[_Book]) -> tuple[CashFigures, ...]:
    """What the day changed in each drawer, from the journal only."""
    drawers: dict[tuple[str, str], CashFigures] = {}
    for book in books:
        for attempt in book.now.attempts.values():
            is_in = _in_drawer(attempt) is not None
            change = is_in - (_in_drawer(book.before(attempt)) is not None)
            cash = attempt.intent.cash
            if cash is None or not change:
                continue
            key, zero = (cash.drawer_id, cash.asked.currency), Money.zero(cash.asked.currency)
            old = drawers.get(key, CashFigures(cash.drawer_id, 0, zero, zero, zero))
            drawers[key] = CashFigures(
                cash.drawer_id,
                old.count + change,
                old.expected + cash.asked * change,
                old.rounding + (cash.asked - attempt.amount) * change,
                old.waiting if attempt.is_resolved else old.waiting + cash.asked,
            )
    return tuple(drawers[key] for key in sorted(drawers))


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


# -- the slip --------------------------------------------------------------------------------------------


def slip(
    day: DaySlip,
    *,
    store: str,
    till_id: str,
    money: Callable[[Money], str],
    width: int = 42,
) -> list[str]:
    """The closing slip as plain lines: the three totals, what differed and who signed, and the chain's head.

    Args:
        money: how amounts are written.
        width: characters of a line; 42 is what an 80 mm printer has.
    """
    figures = day.figures
    lines = [_middle(store, width), _middle(f"{till_id}  {day.closer}", width), ""]
    lines.append(_both(f"DAY {day.number}", _local(day.at), width))
    if figures.since is not None:
        lines.append(_both("since", _local(figures.since), width))
    lines.append("-" * width)
    lines.append(_both("Sales", str(figures.sales), width))
    lines.append(_both("Payments refused", str(figures.refused), width))
    lines.append(_both("Payments given up", str(figures.abandoned), width))
    for line in (*figures.tenders, *figures.terminals):
        if line is next(iter(figures.terminals), None) or line is next(iter(figures.tenders), None):
            lines.append("-" * width)
        lines.append(_both(f"{line.count} x {line.name}", money(line.booked), width))
        says = money(line.backend) if line.is_checked else "not all read"
        lines.append(_both("  the server", says, width))
        if line.terminal_id:
            typed = money(line.typed) if line.typed is not None else "not typed"
            lines.append(_both("  the terminal", typed, width))
    for drawer in figures.cash:
        lines.append("-" * width)
        name = f"Cash {drawer.drawer_id[:8]}" if len(figures.cash) > 1 else "Cash"
        lines.append(_both(f"{name}, expected", money(drawer.expected), width))
        lines.append(_both("  of it rounding", money(drawer.rounding), width))
        if drawer.waiting:
            lines.append(_both("  of it not booked yet", money(drawer.waiting), width))
    lines.append("-" * width)
    if not figures.differences:
        lines.append("Nothing differs.")
    for difference in figures.differences:
        amount = money(difference.amount) if difference.amount is not None else ""
        lines.append(_both(difference.kind.title, amount, width))
        place = ", ".join(part for part in (difference.where, difference.order) if part)
        lines += [f"  {line}" for line in _wrapped(place, width - 2)]
        lines += [f"  {line}" for line in _wrapped(difference.words, width - 2)]
        lines += _wrapped(f"  signed: {day.decisions[difference.difference_id]}", width)
    lines.append("-" * width)
    lines.append(_both("Closed by", day.closer, width))
    lines.append(_both("Journal row", str(day.seq), width))
    groups = [day.head[at : at + 16] for at in range(0, len(day.head), 16)]
    lines += [_middle(" ".join(groups[at : at + 2]), width) for at in range(0, len(groups), 2)]
    return lines


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%d-%m-%Y %H:%M")


def _middle(text: str, width: int) -> str:
    text = cut(text, width)
    return " " * ((width - cells(text)) // 2) + text


def _both(left: str, right: str, width: int) -> str:
    right = cut(right, width)
    room = width - cells(right) - 1
    left = cut(left, max(0, room))
    return left + " " * (room - cells(left)) + " " + right if right else left


def _wrapped(text: str, width: int) -> list[str]:
    return [cut(line, width) for line in textwrap.wrap(text, width)]
