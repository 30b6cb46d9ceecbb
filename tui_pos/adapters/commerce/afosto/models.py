"""The vendor's JSON, read leniently: unknown fields are ignored, states are open words, money is strict.

Imported late: building these takes tens of milliseconds. Source: vendors.md, 1.3 to 1.14 and 5 (11, 13).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    model_validator,
)

from tui_pos.domain.text import clean

T = TypeVar("T")
_INT64 = 2**63


def _text(limit: int) -> BeforeValidator:
    """Cleaned text; whole numbers are written out, null is "", anything else is refused."""

    def read(value: Any) -> str:
        if value is None:
            return ""
        if type(value) is int:
            return str(value)
        if isinstance(value, str):
            return clean(value, limit=limit)
        raise ValueError("not text")

    return BeforeValidator(read)


def _id(value: Any) -> str:
    """An opaque id, never changed: it is sent back as it came."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not text.strip() or len(text) > 200 or not text.isprintable():
        raise ValueError("not an id")
    if text in (".", ".."):
        raise ValueError("not an id")
    return text


def _rate(value: Any) -> str:
    """A VAT rate as text: 21, 21.0 and "21" are the same."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if value is None or type(value) is int:
        return "" if value is None else str(value)
    if isinstance(value, str):
        return clean(value, limit=20)
    raise ValueError("not a rate")


SafeText = Annotated[str, _text(200)]
Word = Annotated[str, _text(40)]
Url = Annotated[str, _text(2048)]
Id = Annotated[str, BeforeValidator(_id)]
OptionalId = Annotated[str, BeforeValidator(lambda v: "" if v is None or v == "" else _id(v))]
Rate = Annotated[str, BeforeValidator(_rate)]
Flag = Annotated[bool | None, BeforeValidator(lambda v: v if type(v) is bool else None)]
Many = Annotated[list[T], BeforeValidator(lambda v: [] if v is None else v)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class Cents(_Model):
    """`Money`: a bare integer of minor units, or the object of the older pages. Nothing else is money."""

    amount: Annotated[int, Strict(), Field(ge=-_INT64, lt=_INT64)]
    currency: Word = ""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"amount": value}


class VatData(_Model):
    rate: Rate = ""
    amount: Cents | None = None


class LineData(_Model):
    """`items[]`: one element per line, one id per unit."""

    ids: Many[Id] = []
    sku: SafeText = ""
    label: SafeText = ""
    quantity: Annotated[int, Strict()] | None = None
    total: Cents | None = None


class PaymentDetails(_Model):
    id: OptionalId = ""
    status: Word = ""
    amount_paid: Cents | None = None
    is_refund: StrictBool | None = None
    currency: Word = ""


class OrderPaymentData(_Model):
    """`payments[]`: guide 000 takes the payment's id from `details`."""

    id: OptionalId = ""
    amount: Cents | None = None
    status: Word = ""
    details: PaymentDetails | None = None


class OrderActionData(_Model):
    """`actions[]`: what the id list is called is not documented."""

    action: Word = ""
    ids: Many[Id] = []
    items: Many[Id] = []
    item_ids: Many[Id] = []


class InvoiceData(_Model):
    id: OptionalId = ""
    number: SafeText = ""
    total: Cents | None = None
    pdf_url: Url = ""


class MethodRef(_Model):
    id: OptionalId = ""


class BillingPayment(_Model):
    method: MethodRef | None = None


class Billing(_Model):
    payment: BillingPayment | None = None


class OrderData(_Model):
    id: Id
    number: SafeText = ""
    status: Word = ""
    currency: Word = ""
    total: Cents
    items: Many[LineData] = []
    payments: Many[OrderPaymentData] = []
    actions: Many[OrderActionData] = []
    vat: Many[VatData] = []
    invoices: Many[InvoiceData] = []
    billing: Billing | None = None


class ActionData(_Model):
    type: Word = ""
    url: Url = ""


class PaymentData(_Model):
    """A payment as REST and `executePayment` answer it. `is_paid` is a JSON boolean or it is nothing."""

    id: Id
    status: Word = ""
    is_paid: StrictBool | None = None
    amount: Cents | None = None
    currency: Word = ""
    action: ActionData | None = None


class NamedData(_Model):
    id: Id
    name: SafeText = ""
    is_online: Flag = None


class MethodData(_Model):
    id: Id
    code: Word = ""
    name: SafeText = ""
    issuers: Many[MethodRef] = []
    terminals: Many[NamedData] = []
    drawers: Many[NamedData] = []


class ChannelPricing(_Model):
    currency: Word = ""


class ChannelData(_Model):
    id: OptionalId = ""
    name: SafeText = ""
    pricing: ChannelPricing | None = None


def prepare() -> None:
    """Build all models now, off the event loop, instead of at the first answer."""
    for model in (OrderData, PaymentData, MethodData, InvoiceData, ChannelData):
        model.model_rebuild(force=True)
