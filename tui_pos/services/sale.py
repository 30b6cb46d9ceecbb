"""One sale: the basket, the order that follows it, the attempts to pay it, and its invoice."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from tui_pos.domain.attempt import Attempt
from tui_pos.domain.basket import Basket
from tui_pos.domain.money import Money, total
from tui_pos.domain.order import InvoiceRef, Order, PaymentMethod


class Stage(enum.Enum):
    """How far a sale is."""

    SELLING = "selling"
    PAYING = "paying"  # a payment runs or is in doubt, or part of the sale is paid
    PAID = "paid"  # nothing is due; the order is being opened and invoiced
    DONE = "done"


class InvoiceStage(enum.Enum):
    """How far the invoice of a paid sale is. Late invoicing never undoes a sale."""

    NONE = "none"
    WAITING = "waiting"
    CHOOSING = "choosing"  # the cashier chooses the units
    LATE = "late"  # not there in time; goes on in the background
    MADE = "made"
    SKIPPED = "skipped"
    STOPPED = "stopped"  # the backend refused; a person must look


@dataclass(slots=True)
class Sale:
    """Mutable, owned by the event loop; screens read it and never write it.

    Attributes:
        order: the backend's last answer about this sale's order.
        order_id_before: the order a sale had before a restart, until it was read again.
        is_converged: the order holds exactly what the basket asks for.
        trouble: why the order does not follow just now, for people; "" when it does.
        foreign: what the order shows paid that this till did not take; a person must look before anything is paid.
        approved: attempts that the cashier read as approved on the terminal.
        left_order_ids: orders that this sale gave up, for the journal and the watch.
        invoice_wish: `all`, `choose` or `none` for this sale; "" is what the settings say.
        methods: the order's own payment methods, and for which order and fingerprint they were read.
    """

    sale_id: str
    basket: Basket
    opened_at: datetime
    label: str = ""
    stage: Stage = Stage.SELLING
    is_held: bool = False
    is_recorded: bool = False
    order: Order | None = None
    order_id_before: str = ""
    is_converged: bool = False
    trouble: str = ""
    foreign: Money | None = None
    approved: set[str] = field(default_factory=set)
    left_order_ids: list[str] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    methods: tuple[PaymentMethod, ...] = ()
    methods_for: tuple[str, str] = ("", "")
    invoice_wish: str = ""
    invoice_stage: InvoiceStage = InvoiceStage.NONE
    invoiceable: tuple[str, ...] = ()
    invoice: InvoiceRef | None = None
    invoice_path: str = ""
    invoice_trouble: str = ""

    @property
    def currency(self) -> str:
        return self.basket.currency

    @property
    def total(self) -> Money:
        """The backend's total once the order has converged; what the till knows of prices before."""
        return self.order.total if self.is_total_certain and self.order else self.basket.preview

    @property
    def is_total_certain(self) -> bool:
        return self.is_converged and self.order is not None

    @property
    def drift(self) -> Money | None:
        """The backend's total less the till's own sum, when they differ."""
        if self.order is None or not self.is_converged or self.basket.has_unpriced:
            return None
        drift = self.order.total - self.basket.preview
        return drift if drift else None

    @property
    def paid(self) -> Money:
        """What is proven paid, by this till's own attempts."""
        amounts = (a.paid or a.amount for a in self.attempts.values() if a.is_paid)
        return total(amounts, self.currency)

    @property
    def believed(self) -> Money:
        """What a terminal's receipt says was paid and the backend does not confirm."""
        return total((a.amount for a in self.attempts.values() if a.is_believed), self.currency)

    @property
    def due(self) -> Money:
        return self.total - self.paid - self.believed

    @property
    def unresolved(self) -> Attempt | None:
        """The attempt that must be resolved before anything else may be paid."""
        return next((a for a in self.attempts.values() if not a.is_resolved), None)

    @property
    def is_locked(self) -> bool:
        """Whether lines may not change: money moves, or has moved, for what they add up to."""
        is_over = self.stage in (Stage.PAID, Stage.DONE)
        return is_over or self.unresolved is not None or bool(self.paid or self.believed)
