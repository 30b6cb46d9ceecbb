"""The vendor's JSON, read leniently: unknown fields are ignored, states are open words, money is strict.

Imported late: only a till that talks to the vendor needs it. Source: vendors.md, 1.3 to 1.14 and 5 (11, 13).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tui_pos.adapters.commerce.afosto.reading import (
    Unusable,
    exactly,
    from_json,
    many,
    maybe,
    model,
    of,
    read,
    text,
)
from tui_pos.domain.text import MARK

_INT64 = 2**63

_name = text(200)
_word = text(40)


def _state(value: Any) -> str:
    """A state as an open word. One that had to be cleaned is none that a server has: it is marked, and matches none."""
    word = _word(value)
    return word if word == value or value is None else f"{word}{MARK}"


_address = text(2048)
_whole = exactly(int)
_bool_or_none = maybe(exactly(bool))


def _id(value: Any) -> str:
    """An opaque id, never changed: it is sent back as it came."""
    given = str(value) if type(value) is int else value
    if not isinstance(given, str) or not given.strip() or len(given) > 200:
        raise Unusable
    if not given.isprintable() or given in (".", ".."):
        raise Unusable
    return given


def _optional_id(value: Any) -> str:
    return "" if value is None or value == "" else _id(value)


def _rate(value: Any) -> str:
    """A VAT rate as text: 21, 21.0 and "21" are the same."""
    return text(20)(format(value.normalize(), "f") if isinstance(value, Decimal) else value)


def _flag(value: Any) -> bool | None:
    return value if type(value) is bool else None


def _minor(value: Any) -> int:
    amount = _whole(value)
    if not -_INT64 <= amount < _INT64:
        raise Unusable
    return amount


@from_json
class Cents:
    """`Money`: a bare integer of minor units, or the object of the older pages. Nothing else is money."""

    amount: int = of(_minor)
    currency: str = of(_word)


def _cents(value: Any) -> Cents:
    return read(Cents, value if isinstance(value, dict) else {"amount": value})


_money = maybe(_cents)


@from_json
class VatData:
    rate: str = of(_rate)
    amount: Cents | None = of(_money)


@from_json
class LineData:
    """`items[]`: one element per line, one id per unit."""

    ids: tuple[str, ...] = of(many(_id))
    sku: str = of(_name)
    label: str = of(_name)
    quantity: int | None = of(maybe(_whole))
    total: Cents | None = of(_money)


@from_json
class PaymentDetails:
    id: str = of(_optional_id)
    status: str = of(_state)
    amount_paid: Cents | None = of(_money)
    is_refund: bool | None = of(_bool_or_none)
    currency: str = of(_word)


@from_json
class OrderPaymentData:
    """`payments[]`: guide 000 takes the payment's id from `details`."""

    id: str = of(_optional_id)
    amount: Cents | None = of(_money)
    status: str = of(_state)
    details: PaymentDetails | None = of(maybe(model(PaymentDetails)))


@from_json
class OrderActionData:
    """`actions[]`: what the id list is called is not documented."""

    action: str = of(_word)
    ids: tuple[str, ...] = of(many(_id))
    items: tuple[str, ...] = of(many(_id))
    item_ids: tuple[str, ...] = of(many(_id))


@from_json
class InvoiceData:
    id: str = of(_optional_id)
    number: str = of(_name)
    total: Cents | None = of(_money)
    pdf_url: str = of(_address)


@from_json
class MethodRef:
    id: str = of(_optional_id)


@from_json
class BillingPayment:
    method: MethodRef | None = of(maybe(model(MethodRef)))


@from_json
class Billing:
    payment: BillingPayment | None = of(maybe(model(BillingPayment)))


@from_json
class OrderData:
    id: str = of(_id)
    number: str = of(_name)
    status: str = of(_state)
    currency: str = of(_word)
    total: Cents = of(_cents)
    items: tuple[LineData, ...] = of(many(model(LineData)))
    payments: tuple[OrderPaymentData, ...] = of(many(model(OrderPaymentData)))
    actions: tuple[OrderActionData, ...] = of(many(model(OrderActionData)))
    vat: tuple[VatData, ...] = of(many(model(VatData)))
    invoices: tuple[InvoiceData, ...] = of(many(model(InvoiceData)))
    billing: Billing | None = of(maybe(model(Billing)))


@from_json
class ActionData:
    type: str = of(_word)
    url: str = of(_address)


@from_json
class PaymentData:
    """A payment as REST and `executePayment` answer it. `is_paid` is a JSON boolean or it is nothing."""

    id: str = of(_id)
    status: str = of(_state)
    is_paid: bool | None = of(_bool_or_none)
    amount: Cents | None = of(_money)
    currency: str = of(_word)
    action: ActionData | None = of(maybe(model(ActionData)))


@from_json
class NamedData:
    id: str = of(_id)
    name: str = of(_name)
    is_online: bool | None = of(_flag)


@from_json
class MethodData:
    id: str = of(_id)
    code: str = of(_word)
    name: str = of(_name)
    issuers: tuple[MethodRef, ...] = of(many(model(MethodRef)))
    terminals: tuple[NamedData, ...] = of(many(model(NamedData)))
    drawers: tuple[NamedData, ...] = of(many(model(NamedData)))


@from_json
class ChannelPricing:
    currency: str = of(_word)


@from_json
class ChannelData:
    id: str = of(_optional_id)
    name: str = of(_name)
    pricing: ChannelPricing | None = of(maybe(model(ChannelPricing)))
