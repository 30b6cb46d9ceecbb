"""What the backend remembers: orders, payments and invoices, as plain documents.

Money is integer cents including VAT, times are Unix ms, rates are percent points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Line:
    """One order line; `unit_ids` holds one id per unit, so its length is the quantity."""

    sku: str
    label: str
    brand: str
    gtin: list[str]
    price: int
    original_price: int | None
    vat_rate: int
    unit_ids: list[str]
    adjustments: list[dict[str, Any]] = field(default_factory=list)
    meta_data: dict[str, Any] | None = None
    image: str | None = None


@dataclass
class Order:
    """One order. `methods` are the attached payment methods, the last one counts."""

    id: str
    number: str
    channel_id: str
    currency: str
    created_at: int
    updated_at: int
    status: str = "CONCEPT"
    country_code: str | None = None
    customer: dict[str, Any] = field(default_factory=dict)
    billing: dict[str, Any] | None = None
    delivery: dict[str, Any] | None = None
    phone_number: dict[str, Any] | None = None
    lines: list[Line] = field(default_factory=list)
    methods: list[dict[str, Any]] = field(default_factory=list)
    is_cancelled: bool = False
    expires_at: int | None = None
    opened_at: int | None = None

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Order:
        """Rebuild from a stored document."""
        lines = [Line(**line) for line in document.pop("lines")]
        return cls(**document, lines=lines)


@dataclass
class Payment:
    """One payment of an order, with the method, terminal or drawer it was made for."""

    id: str
    entry_id: str
    order_id: str
    amount: int
    currency: str
    method_id: str
    method_code: str
    action: str
    created_at: int
    updated_at: int
    expires_at: int | None
    terminal_id: str | None = None
    drawer_id: str | None = None
    issuer_id: str | None = None
    status: str = "PENDING"
    paid_at: int | None = None
    hidden_until: int | None = None
    starts: int = 0


@dataclass
class Invoice:
    """A numbered invoice over units of one order."""

    id: str
    number: str
    order_id: str
    unit_ids: list[str]
    created_at: int
