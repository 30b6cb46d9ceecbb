"""The figures of a day: what came in by each means of payment, on each terminal and in each drawer.

Source: payment-safety.md, 3.8 (three lists), 6 M13 (rounding apart), M19 (the drawer from the journal only).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tui_pos.domain.attempt import Attempt, Cash, State
from tui_pos.domain.money import Money, total
from tui_pos.domain.order import Order, TenderKind
from tui_pos.ports.journal import Link
from tui_pos.services.day_compare import Answers, Book, Difference, Kind

_GIVEN_BACK = (State.REFUSED, State.ABANDONED)


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


def sums(
    books: Iterable[Book],
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


def drawers(books: Iterable[Book]) -> tuple[CashFigures, ...]:
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
