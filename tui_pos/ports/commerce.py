"""The shop's commerce backend."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tui_pos.domain.money import Money
from tui_pos.domain.order import (
    InvoiceRef,
    Order,
    PaymentMethod,
    RemotePayment,
)


class StartStrategy(enum.Enum):
    """How a card terminal is started."""

    BLOCKING = "blocking"  # one call that is answered when the terminal is done (guide 001)
    EXECUTE = "execute"  # one call that begins it, then reading (guide 000)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do. The till asks this and never tries.

    The last seven are facts about START that only a recorded contract test may set.
    """

    prices_while_building: bool = False
    removes_lines: bool = False
    terminals: bool = False
    drawers: bool = False
    split_payments: bool = False
    invoices: bool = False
    refunds: bool = False
    lists_orders: bool = False
    customers: bool = False
    searches_catalogue: bool = False
    start: StartStrategy = StartStrategy.BLOCKING

    paid_start_is_noop: bool = False
    start_joins: bool = False
    idem_key_honoured: bool = False
    disconnect_aborts_terminal: bool = False
    has_cancel: bool = False
    has_payment_read: bool = False
    pending_final_on_abort: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of an item to put on an order. `price` overrides the catalogue, in minor units, tax as the order's."""

    sku: str
    quantity: int
    price: Money | None = None
    original_price: Money | None = None


@dataclass(slots=True)
class Health:
    """How the backend does, as the last calls saw it.

    Attributes:
        is_reachable: None before the first call.
        latency_ms: of the last answered call that was not a START; None before.
        trouble: a few words for the status bar, "" when all is well.
    """

    is_reachable: bool | None = None
    latency_ms: float | None = None
    trouble: str = ""
    recent_ms: list[float] = field(default_factory=list)


class Commerce(Protocol):
    """One vendor. Every call may raise a `BackendError`; `NotSent`, `MaybeDone` and `Refused` mean what they say.

    No call is repeated by the adapter except reads. Amounts are minor units of the order's currency.
    """

    @property
    def name(self) -> str:
        """The vendor, for the status bar."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def health(self) -> Health: ...

    async def warm(self) -> None:
        """Load what the first call needs, off the event loop. Makes no call."""
        ...

    async def probe(self) -> None:
        """A cheap read that proves address and token."""
        ...

    async def create_order(self, reference: str, *, key: str) -> Order:
        """A new, empty order in the settings' channel, currency and country.

        Args:
            reference: the till's own id of the sale, where the backend keeps one.
            key: sent as Idempotency-Key; never relied upon. So in every call below.
        """
        ...

    async def add_items(self, order_id: str, items: Sequence[Wanted], *, key: str) -> Order:
        """Add units; answers the whole order. Adds again when repeated."""
        ...

    async def expire_order(self, order_id: str, at: datetime, *, key: str) -> None:
        """Let an order that was left behind lapse."""
        ...

    async def read_order(self, order_id: str) -> Order: ...

    async def payment_methods(self, order_id: str) -> Sequence[PaymentMethod]:
        """The order's own methods with terminals and drawers, read fresh: rules may hide one for an amount."""
        ...

    async def attach_method(
        self, order_id: str, method: PaymentMethod, *, terminal_id: str, drawer_id: str, key: str
    ) -> Order | None:
        """Choose how the next payment of an order is made; the order if the backend answers it."""
        ...

    async def create_payment(self, order_id: str, amount: Money, *, key: str) -> RemotePayment: ...

    async def start(self, payment: RemotePayment) -> RemotePayment:
        """Run the terminal; answers when the terminal has a result. Never repeated by machinery.

        Raises:
            ForeignAddress: the action's address is not the backend's; nothing was sent.
        """
        ...

    async def mark_paid(self, payment_id: str, amount: Money, *, key: str) -> RemotePayment: ...

    async def open_order(self, order_id: str, *, key: str) -> Order | None: ...

    async def invoice_items(
        self, unit_ids: Sequence[str], *, invoice_id: str, key: str
    ) -> InvoiceRef:
        """Invoice units, on a new invoice or (`invoice_id`) on an existing one."""
        ...

    async def read_invoice(self, invoice_id: str) -> InvoiceRef | None: ...

    async def fetch_document(self, url: str) -> bytes:
        """The bytes of an invoice's PDF.

        Raises:
            ForeignAddress: the address is not one the settings allow.
            Malformed: it is not a PDF, or too large.
        """
        ...

    async def close(self) -> None: ...
