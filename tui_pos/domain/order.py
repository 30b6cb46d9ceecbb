"""The order: what the backend says. Read-only facts, as of one answer."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass

from tui_pos.domain.money import Money, total

CONCEPT, OPEN, CLOSED = "CONCEPT", "OPEN", "CLOSED"
PENDING, PAID, CANCELLED, EXPIRED = "PENDING", "PAID", "CANCELLED", "EXPIRED"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order, with one id per unit where the backend gives them."""

    unit_ids: tuple[str, ...]
    sku: str
    name: str
    quantity: int
    total: Money


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """A payment as the order lists it.

    Attributes:
        status: the backend's own word; only exactly `PAID` means paid.
        amount: what it was made for, if told.
        amount_paid: what was taken, if told.
    """

    payment_id: str
    status: str
    amount: Money | None = None
    amount_paid: Money | None = None
    is_refund: bool = False

    @property
    def is_paid(self) -> bool:
        return self.status == PAID and not self.is_refund

    @property
    def taken(self) -> Money | None:
        """What was taken, as far as the backend tells."""
        return self.amount if self.amount_paid is None else self.amount_paid

    @property
    def is_dead(self) -> bool:
        """Whether the backend says it will never be paid. The till watches it all the same."""
        return self.status in (CANCELLED, EXPIRED)


@dataclass(frozen=True, slots=True)
class VatAmount:
    rate: str
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoiceRef:
    """An invoice as far as it is known. `pdf_url` is checked when it is fetched, not before."""

    invoice_id: str
    number: str
    total: Money | None = None
    pdf_url: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One answer about an order.

    Attributes:
        status: the backend's own word: `CONCEPT`, `OPEN`, `CLOSED`, or one the till does not know.
        invoiceable: the unit ids that may be invoiced now.
    """

    order_id: str
    number: str
    status: str
    total: Money
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[OrderPayment, ...] = ()
    vat: tuple[VatAmount, ...] = ()
    invoiceable: tuple[str, ...] = ()
    invoices: tuple[InvoiceRef, ...] = ()
    method_id: str = ""

    @property
    def paid(self) -> Money:
        """The sum of its payments that are proven paid."""
        taken = (p.taken for p in self.payments if p.is_paid)
        return total((t for t in taken if t is not None), self.total.currency)

    @property
    def due(self) -> Money:
        return self.total - self.paid

    @property
    def is_opened(self) -> bool:
        """Whether it left `CONCEPT`: a paid order may be opened by the platform itself."""
        return self.status in (OPEN, CLOSED)

    def payment(self, payment_id: str) -> OrderPayment | None:
        return next((p for p in self.payments if p.payment_id == payment_id), None)

    def quantities(self) -> dict[str, int]:
        """Units per SKU."""
        result: dict[str, int] = {}
        for line in self.lines:
            result[line.sku] = result.get(line.sku, 0) + line.quantity
        return result

    def fingerprint(self) -> str:
        """A short hash of what is sold for how much, to see that nobody changed it in between."""
        parts = [str(self.total.minor), self.total.currency]
        parts += sorted(f"{x.sku}\0{x.quantity}\0{x.total.minor}" for x in self.lines)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class ActionKind(enum.Enum):
    """How a payment goes on."""

    START = "START"  # a card terminal: one blocking call
    PAY = "PAY"  # the till marks it paid itself
    FOLLOW = "FOLLOW"  # the customer opens a link


@dataclass(frozen=True, slots=True)
class Action:
    """The backend's word on how a payment goes on; `kind` is None for a word the till does not know."""

    kind: ActionKind | None
    word: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RemotePayment:
    """A payment as its own calls answer it.

    Attributes:
        is_paid: True only if the backend sent a JSON `true` or the exact word `PAID`.
        amount: None if not told.
    """

    payment_id: str
    status: str
    is_paid: bool
    amount: Money | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """A card terminal. `is_online` is a snapshot; None where the backend does not tell."""

    terminal_id: str
    name: str
    is_online: bool | None


@dataclass(frozen=True, slots=True)
class Drawer:
    drawer_id: str
    name: str


class TenderKind(enum.Enum):
    """What the customer pays with, as far as the till must treat it differently."""

    CARD = "card"
    CASH = "cash"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One of an order's own methods. The card method is the one that has terminals (guide 001, step 3)."""

    method_id: str
    code: str
    name: str
    terminals: tuple[Terminal, ...] = ()
    drawers: tuple[Drawer, ...] = ()
    issuer_ids: tuple[str, ...] = ()

    @property
    def kind(self) -> TenderKind:
        if self.terminals:
            return TenderKind.CARD
        return TenderKind.CASH if self.drawers or self.code.upper() == "CASH" else TenderKind.OTHER
