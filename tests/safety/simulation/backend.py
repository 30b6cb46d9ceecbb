"""The simulated commerce server. Its ledger is the judge; what it tells may lag behind.

Variants (payment-safety.md, 3.6): (1) START on a paid payment is a no-op and a second START joins; (2) START
on a paid payment charges again; (3) it also queues a second transaction behind one that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simulation.shop import CURRENCY, PRICES, money
from simulation.terminals import Run, Terminal
from simulation.world import World
from tui_pos.domain.errors import Conflict, NotFound, Refused
from tui_pos.domain.order import (
    CONCEPT,
    OPEN,
    PAID,
    PENDING,
    Action,
    ActionKind,
    InvoiceRef,
    Order,
    OrderLine,
    OrderPayment,
    RemotePayment,
)
from tui_pos.ports.commerce import Wanted


@dataclass(frozen=True)
class Charge:
    """Money that moved."""

    at: float
    payment_id: str
    order_id: str
    amount: int
    kind: str


@dataclass(eq=False)
class Paying:
    """A payment as the server keeps it; `history` is what a lagging read may still show."""

    payment_id: str
    order_id: str
    amount: int
    action: ActionKind
    terminal_id: str
    status: str = PENDING
    starts: int = 0
    history: list[tuple[float, str]] = field(default_factory=list)
    waiting: list[Callable[[str], None]] = field(default_factory=list)


@dataclass(eq=False)
class Ordered:
    """An order as the server keeps it."""

    order_id: str
    reference: str
    status: str = CONCEPT
    units: list[tuple[str, str]] = field(default_factory=list)
    payments: list[Paying] = field(default_factory=list)
    invoiced: dict[str, str] = field(default_factory=dict)
    invoiceable_at: float = 0.0
    method: tuple[str, str] = ("", "")
    is_edited: bool = False

    @property
    def total(self) -> int:
        return sum(PRICES[sku] for _, sku in self.units)

    @property
    def paid(self) -> int:
        return sum(p.amount for p in self.payments if p.status == PAID)


class Backend:
    """One shop's server with its terminals."""

    def __init__(self, world: World, variant: int, terminals: int) -> None:
        self.world = world
        self.variant = variant
        self.orders: dict[str, Ordered] = {}
        self.payments: dict[str, Paying] = {}
        self.ledger: list[Charge] = []
        self.terminals = {f"T{n}": Terminal(world, f"T{n}") for n in range(1, terminals + 1)}
        self.invoices: dict[str, int] = {}
        self.status_on_end = world.rng.choice((PENDING, PENDING, "CANCELLED"))
        self.invoices_after_s = 20.0
        self._serial = 0

    def _id(self, kind: str) -> str:
        self._serial += 1
        return f"{kind}{self._serial}"

    def order(self, order_id: str) -> Ordered:
        if order_id not in self.orders:
            raise NotFound("the order")
        return self.orders[order_id]

    # -- selling -------------------------------------------------------------------------------------

    def create_order(self, reference: str) -> Order:
        order = Ordered(self._id("o"), reference)
        self.orders[order.order_id] = order
        return self.show(order)

    def add_items(self, order_id: str, items: Sequence[Wanted]) -> Order:
        order = self.order(order_id)
        if order.status != CONCEPT:
            raise Conflict("the order is not a concept")
        for n, item in enumerate(items):
            if item.sku not in PRICES:
                raise Refused("unknown sku", field=f"items.{n}" if n % 2 else "")
        for item in items:
            order.units += [(self._id("u"), item.sku) for _ in range(item.quantity)]
        return self.show(order)

    def edit_somewhere(self) -> None:
        """Somebody in the back office adds to an order."""
        mine = [o for o in self.orders.values() if o.status == CONCEPT and o.units]
        if mine:
            order = self.world.rng.choice(mine)
            order.is_edited = True
            order.units.append((self._id("u"), "MILK"))
            self.world.log(f"somebody adds to {order.order_id}")

    def show(self, order: Ordered, lag: float = 0.0) -> Order:
        by_sku: dict[str, list[str]] = {}
        for unit, sku in order.units:
            by_sku.setdefault(sku, []).append(unit)
        when = self.world.now() - lag
        is_ready = order.status == OPEN and self.world.now() >= order.invoiceable_at
        return Order(
            order.order_id,
            order.order_id,
            order.status,
            money(order.total),
            tuple(
                OrderLine(tuple(ids), sku, sku, len(ids), money(PRICES[sku] * len(ids)))
                for sku, ids in by_sku.items()
            ),
            tuple(
                OrderPayment(p.payment_id, _status_at(p, when), money(p.amount))
                for p in order.payments
            ),
            invoiceable=tuple(u for u, _ in order.units if u not in order.invoiced)
            if is_ready
            else (),
            invoices=tuple(InvoiceRef(i, i) for i in dict.fromkeys(order.invoiced.values())),
        )

    # -- paying --------------------------------------------------------------------------------------

    def attach(self, order_id: str, method_id: str, terminal_id: str) -> Order:
        order = self.order(order_id)
        order.method = (method_id, terminal_id)
        return self.show(order)

    def create_payment(self, order_id: str, amount: int) -> RemotePayment:
        order = self.order(order_id)
        if amount > order.total - order.paid:
            raise Refused("more than is due")
        method, terminal = order.method
        kind = {"card": ActionKind.START, "cash": ActionKind.PAY, "link": ActionKind.FOLLOW}[method]
        payment = Paying(self._id("p"), order_id, amount, kind, terminal)
        payment.history.append((self.world.now(), PENDING))
        self.payments[payment.payment_id] = payment
        order.payments.append(payment)
        return self.tell(payment)

    def shown(self, payment_id: str) -> None:
        """The customer sees the link of a payment; most of them pay."""
        payment = self.payments[payment_id]
        if payment.starts == 0:
            payment.starts = 1
            if self.world.rng.random() < 0.8:
                wait = self.world.rng.uniform(5.0, 120.0)
                self.world.at(wait, lambda: self._charge(payment, "link"))

    def tell(self, payment: Paying, status: str = "") -> RemotePayment:
        status = status or payment.status
        action = Action(payment.action, payment.action.value, f"https://shop/{payment.payment_id}")
        return RemotePayment(
            payment.payment_id, status, status == PAID, money(payment.amount), action
        )

    def start(self, payment_id: str, answer: Callable[[str], None]) -> None:
        """Run a payment on its terminal; `answer` is told the status once it is over.

        Raises:
            Conflict: the terminal is busy.
        """
        payment = self.payments[payment_id]
        terminal = self.terminals[payment.terminal_id]
        payment.starts += 1
        running = terminal.current
        if payment.status == PAID and self.variant == 1:
            answer(PAID)
            return
        if running is not None and running.payment_id == payment_id and self.variant < 3:
            payment.waiting.append(answer)
            return
        if running is not None and running.payment_id != payment_id:
            raise Conflict("the terminal is busy")
        if payment.status not in (PENDING, PAID):
            self._becomes(payment, PENDING)
        payment.waiting.append(answer)
        run = Run(payment_id, payment.order_id, lambda result: self._ended(payment, result))
        if running is not None:
            terminal.queue.append(run)
        else:
            terminal.begin(run)

    def _ended(self, payment: Paying, result: str) -> None:
        if result == "approved":
            self._charge(payment, "card")
        elif payment.status != PAID:
            self._becomes(payment, self.status_on_end)
        waiting, payment.waiting = payment.waiting, []
        for answer in waiting:
            answer(payment.status)

    def mark_paid(self, payment_id: str, amount: int) -> RemotePayment:
        payment = self.payments[payment_id]
        if payment.status != PAID:
            self._charge(payment, "cash")
        return self.tell(payment)

    def _charge(self, payment: Paying, kind: str) -> None:
        self.ledger.append(
            Charge(self.world.now(), payment.payment_id, payment.order_id, payment.amount, kind)
        )
        self.world.log(f"LEDGER {payment.amount / 100:.2f} {CURRENCY} {payment.payment_id} {kind}")
        self._becomes(payment, PAID)

    def _becomes(self, payment: Paying, status: str) -> None:
        payment.status = status
        payment.history.append((self.world.now(), status))

    def pay_elsewhere(self, order: Ordered) -> str:
        """Somebody takes the money for an order at another desk."""
        payment = Paying(self._id("p"), order.order_id, order.total, ActionKind.PAY, "")
        self.payments[payment.payment_id] = payment
        order.payments.append(payment)
        self._charge(payment, "elsewhere")
        return payment.payment_id

    def pay_late(self, payment: Paying) -> None:
        """An approval that nobody expected any more."""
        self._charge(payment, "card")

    def tidy(self, payment: Paying) -> None:
        """The server cancels what was not paid."""
        if payment.status == PENDING:
            self._becomes(payment, "CANCELLED")

    def hurry(self, run: Run) -> None:
        """The customer taps now, and the shop is quick afterwards."""
        terminal = self.terminals[self.payments[run.payment_id].terminal_id]
        self.world.at(0.3, lambda: terminal.end(run, "approved"))

    # -- after the money -----------------------------------------------------------------------------

    def open_order(self, order_id: str) -> Order:
        order = self.order(order_id)
        if order.status == CONCEPT:
            order.status = OPEN
            order.invoiceable_at = self.world.now() + self.world.rng.uniform(
                0.1, self.invoices_after_s
            )
        return self.show(order)

    def invoice(self, units: Sequence[str]) -> InvoiceRef:
        order = next((o for o in self.orders.values() if units[0] in dict(o.units)), None)
        if order is None or any(u in order.invoiced for u in units):
            raise Refused("these units were invoiced")
        invoice_id = self._id("i")
        order.invoiced |= dict.fromkeys(units, invoice_id)
        return InvoiceRef(invoice_id, invoice_id)


def _status_at(payment: Paying, when: float) -> str:
    return next((s for at, s in reversed(payment.history) if at <= when), PENDING)
