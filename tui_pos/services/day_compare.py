"""What can differ at the end of the day: each sale of the journal beside what the backend says of it.

Source: payment-safety.md, 3.8 (three lists).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tui_pos.domain.attempt import Attempt, State
from tui_pos.domain.errors import NotFound, PosError
from tui_pos.domain.money import Money
from tui_pos.domain.order import PENDING, Order, OrderPayment
from tui_pos.domain.text import clean
from tui_pos.ports.journal import Row
from tui_pos.services.sale import Sale

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
ONCE = (Kind.CHARGED_NOT_BOOKED, Kind.BOOKED_NOT_CHARGED, Kind.OVERRIDDEN, Kind.FOREIGN)
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


Answers = Mapping[str, "Order | PosError"]


@dataclass(slots=True)
class Book:
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
