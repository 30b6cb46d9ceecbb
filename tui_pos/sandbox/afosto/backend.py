"""The backend's memory and clock, shared by everything that answers requests."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import uuid
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from tui_pos.sandbox.afosto import pricing
from tui_pos.sandbox.afosto.errors import ApiError, not_found
from tui_pos.sandbox.afosto.model import Invoice, Order, Payment
from tui_pos.sandbox.afosto.terminals import Terminals
from tui_pos.sandbox.settings import Settings
from tui_pos.sandbox.store import Charge, Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Token:
    """A bearer token. `scopes` None means all; `channel_id` makes it a storefront token."""

    value: str
    scopes: frozenset[str] | None = None
    channel_id: str | None = None


class Backend:
    """Orders, payments, invoices, terminals and the ledger of one shop."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.base_url = ""
        self.clock_offset_s = 0.0
        self.tokens: dict[str, Token] = {}
        self.orders: dict[str, Order] = {}
        self.payments: dict[str, Payment] = {}
        self.invoices: dict[str, Invoice] = {}
        self.invoices_of: dict[str, list[Invoice]] = defaultdict(list)
        self.order_of_unit: dict[str, str] = {}
        self._payments_of: dict[str, list[Payment]] = defaultdict(list)
        for document in store.load("order"):
            self._index(Order.from_document(document))
        for document in store.load("payment"):
            self._index(Payment(**document))
        for document in store.load("invoice"):
            self._index(Invoice(**document))
        self.terminals = Terminals(settings, self.now)
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- time and identity

    def now(self) -> int:
        """Unix ms, moved by `clock_offset_s`."""
        return int((time.time() + self.clock_offset_s) * 1000)

    def new_id(self) -> str:
        """A fresh UUID."""
        return str(uuid.uuid4())

    def main_token(self, wanted: str | None) -> Token:
        """The token with every right: the given one, else the one this store already has."""
        value = wanted or self.store.get("meta", "token") or f"sandbox_{secrets.token_urlsafe(24)}"
        self.store.put("meta", "token", value)
        return self.add_token(Token(value))

    def add_token(self, token: Token) -> Token:
        """Accept one more bearer token."""
        self.tokens[token.value] = token
        return token

    def background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something that outlives its request; ended by `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ApiError):  # refusals have no reader here
            _log.error("background work failed", exc_info=error)

    async def close(self) -> None:
        """End terminal transactions and background work, then release the store."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.store.close()

    # -- orders

    def order(self, order_id: str, *, field: str | None = None) -> Order:
        """The order, lapsed first if its time has come; NOT_FOUND otherwise."""
        order = self.orders.get(order_id)
        if order is None:
            raise not_found("order", field=field)
        is_due = order.expires_at is not None and order.expires_at <= self.now()
        if is_due and order.status == "CONCEPT" and not order.is_cancelled:
            if not any(p.status == "PAID" for p in self.payments_of(order)):
                order.is_cancelled = True
                self.save(order)
        return order

    def changeable(self, order_id: str, *, field: str = "order_id") -> Order:
        """The order if it still lives: a cancelled or expired one counts as not found."""
        order = self.order(order_id, field=field)
        if order.is_cancelled:
            raise not_found("order", field=field)
        return order

    def total(self, order: Order) -> int:
        """Cents including VAT."""
        per = self.settings.adjustment_amount_per
        return sum(pricing.adjusted(line, per)[0] for line in order.lines)

    def due(self, order: Order) -> int:
        """What is still to be paid, as far as reads show; never negative."""
        paid = sum(p.amount for p in self.payments_of(order) if self.status(p) == "PAID")
        return max(0, self.total(order) - paid)

    # -- payments

    def payment(self, payment_id: str) -> Payment:
        """The payment or NOT_FOUND."""
        payment = self.payments.get(payment_id)
        if payment is None:
            raise not_found("payment")
        return payment

    def payments_of(self, order: Order) -> list[Payment]:
        """Payments of an order, oldest first."""
        return self._payments_of[order.id]

    def status(self, payment: Payment) -> str:
        """The status reads show now: expired when its time is over, late when reads lag."""
        now = self.now()
        if payment.hidden_until is not None and now < payment.hidden_until:
            return "PENDING"
        is_over = payment.expires_at is not None and payment.expires_at <= now
        if is_over and payment.status == "PENDING" and not self.terminals.live(payment.id):
            payment.status = "EXPIRED"
            self.save(payment)
        return payment.status

    # -- keeping

    def save(self, thing: Order | Payment | Invoice) -> None:
        """Keep a changed order, payment or invoice."""
        if not isinstance(thing, Invoice):
            thing.updated_at = self.now()
        self._index(thing)
        self.store.put(type(thing).__name__.lower(), thing.id, thing)

    def _index(self, thing: Order | Payment | Invoice) -> None:
        if isinstance(thing, Order):
            self.orders[thing.id] = thing
            units = (unit for line in thing.lines for unit in line.unit_ids)
            self.order_of_unit.update(dict.fromkeys(units, thing.id))
        elif isinstance(thing, Payment):
            if thing.id not in self.payments:
                self._payments_of[thing.order_id].append(thing)
            self.payments[thing.id] = thing
        else:
            if thing.id not in self.invoices:
                self.invoices_of[thing.order_id].append(thing)
            self.invoices[thing.id] = thing

    def ledger(self) -> list[Charge]:
        """Every charge, oldest first."""
        return self.store.ledger()
