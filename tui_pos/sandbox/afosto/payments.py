"""Payments: created over REST, run on a terminal, marked paid by hand or paid on a page.

Source: guide 001 steps 5-6 and notes, vendors.md 1.10-1.13; what the contract leaves open is a
setting (settings.py).
"""

from __future__ import annotations

import asyncio
from typing import Any

from tui_pos.sandbox.afosto import orders
from tui_pos.sandbox.afosto.backend import Backend
from tui_pos.sandbox.afosto.errors import ApiError, conflict, invalid, not_found
from tui_pos.sandbox.afosto.model import Order, Payment
from tui_pos.sandbox.afosto.terminals import Judge, Reply, Terminal, Transaction
from tui_pos.sandbox.shop import METHODS
from tui_pos.sandbox.store import Charge


def attach_method(backend: Backend, wanted: dict[str, Any]) -> Order:
    """addPaymentMethodToOrder: the last one attached decides how payments proceed."""
    order = backend.changeable(wanted["order_id"])
    if order.status == "CLOSED":
        raise invalid("order_id", "the order is closed")
    method = METHODS.get(wanted["method_id"])
    if method is None:
        raise not_found("payment method", field="method_id")
    entry = {key: wanted.get(key) for key in ("method_id", "terminal_id", "drawer_id")}
    entry["issuer_id"] = wanted.get("issuer_id") or None
    if backend.settings.issuer_required and wanted.get("issuer_id") is None:
        raise invalid("issuer_id", "issuer_id is required")
    if entry["issuer_id"] and entry["issuer_id"] not in {i["id"] for i in method.issuers}:
        if method.issuers:
            raise not_found("issuer", field="issuer_id")
        entry["issuer_id"] = None  # not used for this method
    if method.code == "PIN":
        if not entry["terminal_id"]:
            raise invalid("terminal_id", "terminal_id is required for in-person PIN payments")
        if entry["terminal_id"] not in backend.terminals.all:
            raise not_found("terminal", field="terminal_id")
    if method.code == "CASH":
        if not entry["drawer_id"] and backend.settings.drawer_required:
            raise invalid("drawer_id", "drawer_id is required for cash payments")
        if entry["drawer_id"] and entry["drawer_id"] not in {d["id"] for d in method.drawers}:
            raise not_found("cash drawer", field="drawer_id")
    order.methods.append(entry)
    backend.save(order)
    if backend.settings.method_creates_payment and backend.due(order):
        create(backend, order.id, backend.due(order))
    return order


def create(backend: Backend, order_id: str, amount: int) -> Payment:
    """A PENDING payment for (part of) the amount due.

    Raises:
        ApiError: 404 no such order; 422 no method, amount not in 1..due, order closed.
    """
    order = backend.changeable(order_id)
    if order.status == "CLOSED":
        raise invalid(None, "the order is closed")
    if not order.methods:
        raise invalid(None, "the order has no payment method; use addPaymentMethodToOrder")
    due = backend.due(order)
    if amount <= 0:
        raise invalid("amount", "amount must be positive")
    if amount > due:
        raise invalid("amount", f"amount {amount} exceeds the amount due, {due}")
    payment = new_payment(backend, order, order.methods[-1], amount)
    backend.save(payment)
    return payment


def new_payment(
    backend: Backend, order: Order, entry: dict[str, Any], amount: int, status: str = "PENDING"
) -> Payment:
    """A payment by an attached method, not yet kept."""
    method = METHODS[entry["method_id"]]
    now, life = backend.now(), backend.settings.payment_life_s
    return Payment(
        id=backend.new_id(),
        entry_id=backend.new_id(),
        order_id=order.id,
        amount=amount,
        currency=order.currency,
        method_id=method.id,
        method_code=method.code,
        action=method.action,
        created_at=now,
        updated_at=now,
        expires_at=None if life is None else now + int(life * 1000),
        terminal_id=entry.get("terminal_id") if method.code == "PIN" else None,
        drawer_id=entry.get("drawer_id") if method.code == "CASH" else None,
        issuer_id=entry.get("issuer_id"),
        status=status,
    )


def settle(
    backend: Backend,
    payment: Payment,
    amount: int,
    kind: str,
    outcome: str,
) -> None:
    """Money moved: into the ledger first, then onto the payment.

    The payment is PAID for what was charged, which is less than asked for after `partial`.
    """
    now = backend.now()
    backend.store.charge(
        Charge(
            charge_id=backend.new_id(),
            payment_id=payment.id,
            order_id=payment.order_id,
            terminal_id=payment.terminal_id,
            amount=amount,
            currency=payment.currency,
            at=now,
            kind=kind,
            outcome=outcome,
        )
    )
    payment.status, payment.amount, payment.paid_at = "PAID", amount, now
    if outcome == "read_lag":
        payment.hidden_until = now + int(backend.settings.read_lag_s * 1000)
    backend.save(payment)
    order = backend.orders[payment.order_id]
    if backend.settings.opens_when_paid and order.status == "CONCEPT" and not backend.due(order):
        orders.open_now(backend, order)


def pay_by_hand(backend: Backend, payment: Payment, amount: int) -> Payment:
    """PUT .../pay: mark a PAY payment as paid. The same PUT again changes nothing."""
    if payment.action != "PAY":
        raise invalid(None, f"a {payment.method_code} payment cannot be marked as paid")
    if amount != payment.amount:
        raise invalid("amount", f"amount must be {payment.amount}")
    status = backend.status(payment)
    if status == "PAID":
        return payment
    if status != "PENDING" or backend.order(payment.order_id).is_cancelled:
        raise invalid(None, f"the payment is {status}")
    settle(backend, payment, amount, "cash" if payment.method_code == "CASH" else "manual", "pay")
    return payment


def follow(backend: Backend, payment: Payment, choice: str) -> None:
    """The customer's choice on the payment page: `pay`, `cancel` or `expire`."""
    if backend.status(payment) != "PENDING":
        return
    if choice == "pay":
        settle(backend, payment, payment.amount, "link", "pay")
        return
    payment.status = {"cancel": "CANCELLED", "expire": "EXPIRED"}[choice]
    backend.save(payment)


async def start(backend: Backend, payment: Payment) -> Reply:
    """GET action.url: run the payment on its terminal and wait for how START is answered.

    A caller that goes away does not end the transaction on the terminal.

    Raises:
        ApiError: 422 not a terminal payment, order gone, terminal offline; 409 busy.
    """
    if payment.action != "START":
        raise invalid(None, f"a {payment.method_code} payment is not started on a terminal")
    settings = backend.settings
    running = backend.terminals.live(payment.id)
    if running is not None:
        if settings.start_while_running == "conflict":
            raise conflict("the payment is already running on its terminal")
        await running.finished.wait()
        if settings.start_while_running == "join":
            return "payment"
    elif payment.status == "PAID":
        if settings.start_on_paid == "return":
            return "payment"
        if settings.start_on_paid == "queue":
            backend.background(_queued(backend, payment))
            return "payment"
    elif backend.order(payment.order_id).is_cancelled:
        raise invalid(None, "the order is cancelled or expired")
    return await _patiently(backend, _begin(backend, payment))


def execute(backend: Backend, payment: Payment) -> Payment:
    """executePayment, the old flow: the terminal starts and the answer does not wait for it."""
    if payment.action != "START":
        raise invalid("payment_id", f"a {payment.method_code} payment cannot be executed")
    if backend.terminals.live(payment.id):
        raise invalid("payment_id", "the payment is already running on its terminal")
    if payment.status == "PAID" and backend.settings.start_on_paid == "return":
        return payment
    if backend.order(payment.order_id).is_cancelled:
        raise not_found("order")
    _begin(backend, payment)
    return payment


async def _queued(backend: Backend, payment: Payment) -> None:
    _begin(backend, payment)


async def _patiently(backend: Backend, tx: Transaction) -> Reply:
    """Wait for the terminal, but no longer than the gateway does."""
    try:
        return await asyncio.wait_for(
            asyncio.shield(tx.reply), backend.settings.gateway_timeout_s or None
        )
    except TimeoutError:
        return "payment" if backend.settings.gateway_answer == "pending" else "504"


def _begin(backend: Backend, payment: Payment) -> Transaction:
    """Put the payment on its terminal, which then goes on by itself."""
    terminal = backend.terminals.all[payment.terminal_id or ""]
    _check_reachable(terminal)
    siblings = backend.payments_of(backend.orders[payment.order_id])
    is_first = not any(p.starts for p in siblings if p.amount == payment.amount)
    outcome = backend.terminals.outcome_for(terminal, payment.amount, is_first=is_first)
    payment.starts += 1
    backend.save(payment)
    if outcome == "offline":
        raise _offline(terminal)
    if payment.status in ("CANCELLED", "EXPIRED"):
        payment.status = "PENDING"  # restarting is allowed, guide 001 step 6
        backend.save(payment)
    tx = Transaction(
        payment.id, payment.order_id, payment.amount, payment.currency, outcome, backend.now()
    )
    backend.terminals.begin(terminal, tx)
    backend.background(_run(backend, terminal, tx, payment))
    return tx


def _check_reachable(terminal: Terminal) -> None:
    if not terminal.is_online:
        raise _offline(terminal)
    if terminal.current is not None or terminal.is_held:
        raise conflict(f"terminal {terminal.name} is busy with another payment")
    terminal.tries += 1
    if terminal.is_flaky and terminal.tries % 2:
        raise _offline(terminal)


def _offline(terminal: Terminal) -> ApiError:
    return invalid(None, f"terminal {terminal.name} is offline")


async def _run(backend: Backend, terminal: Terminal, tx: Transaction, payment: Payment) -> None:
    result = "interrupted"
    try:
        result = await backend.terminals.play(terminal, tx, _PaymentJudge(backend, payment))
    finally:
        backend.terminals.end(terminal, result)


class _PaymentJudge(Judge):
    def __init__(self, backend: Backend, payment: Payment) -> None:
        self._backend, self._payment = backend, payment

    def charge(self, amount: int, outcome: str) -> None:
        settle(self._backend, self._payment, amount, "card", outcome)

    def unpaid(self, status: str) -> None:
        if self._payment.status != "PAID":  # a second run never takes money back
            self._payment.status = status
            self._backend.save(self._payment)
