"""From the vendor's JSON to what the till knows; contradictions are refused, never guessed at.

Source: payment-safety.md, 3.4 G8 (what counts as paid), 6 M5 (money); vendors.md, 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from tui_pos.adapters.commerce.afosto import models as wire
from tui_pos.adapters.commerce.afosto import reading
from tui_pos.domain.errors import Malformed, Refused
from tui_pos.domain.money import Money
from tui_pos.domain.order import (
    CANCELLED,
    EXPIRED,
    PAID,
    PENDING,
    Action,
    ActionKind,
    Drawer,
    InvoiceRef,
    Order,
    OrderLine,
    OrderPayment,
    PaymentMethod,
    RemotePayment,
    Terminal,
    VatAmount,
)

M = TypeVar("M")
_INVOICE = ("invoice", "handle_invoice")


def _read(model: type[M], value: Any) -> M:
    """Raises: Malformed, naming the field but not its content."""
    try:
        return reading.read(model, value)
    except reading.Unusable as error:
        where = ".".join(str(step) for step in error.path)
    raise Malformed(f"its answer has no usable {where}" if where else "its answer is not readable")


def _money(cents: wire.Cents, currency: str) -> Money:
    if cents.currency and cents.currency != currency:
        raise Malformed("its answer mixes currencies")
    return Money(cents.amount, currency)


def _money_or_none(cents: wire.Cents | None, currency: str) -> Money | None:
    return None if cents is None else _money(cents, currency)


def order(value: Any, *, currency: str, order_id: str = "") -> Order:
    """An order.

    Args:
        currency: the till's; an order in another one cannot be sold here.
        order_id: the one that was asked for; "" for a new one.

    Raises:
        Malformed: it is another order, in another currency, or not readable.
    """
    data = _read(wire.OrderData, value)
    if order_id and data.id != order_id:
        raise Malformed("it answered about another order")
    if data.currency and data.currency != currency:
        raise Malformed("the order is not in the till's currency")
    invoiceable = [
        unit
        for action in data.actions
        if action.action.lower() in _INVOICE
        for unit in (*action.ids, *action.items, *action.item_ids)
    ]
    billing = data.billing.payment if data.billing else None
    return Order(
        order_id=data.id,
        number=data.number,
        status=data.status,
        total=_money(data.total, currency),
        lines=tuple(_line(line, currency) for line in data.items),
        payments=tuple(p for p in (_payment(x, currency) for x in data.payments) if p is not None),
        vat=tuple(
            VatAmount(vat.rate, _money(vat.amount, currency))
            for vat in data.vat
            if vat.amount is not None
        ),
        invoiceable=tuple(dict.fromkeys(invoiceable)),
        invoices=tuple(_invoice(x, currency) for x in data.invoices if x.id),
        method_id=billing.method.id if billing and billing.method else "",
    )


def _line(line: wire.LineData, currency: str) -> OrderLine:
    return OrderLine(
        unit_ids=tuple(line.ids),
        sku=line.sku,
        name=line.label,
        quantity=len(line.ids) if line.quantity is None else line.quantity,
        total=_money_or_none(line.total, currency) or Money.zero(currency),
    )


def _payment(data: wire.OrderPaymentData, currency: str) -> OrderPayment | None:
    """A payment of an order; None for an entry that is only a chosen method."""
    details = data.details or wire.PaymentDetails()
    status = details.status or data.status
    payment_id = details.id or data.id
    if not payment_id:
        if status:
            raise Malformed("its answer has a payment without an id")
        return None
    if details.currency and details.currency != currency:
        raise Malformed("its answer mixes currencies")
    return OrderPayment(
        payment_id=payment_id,
        status=status,
        amount=_money_or_none(data.amount, currency),
        amount_paid=_money_or_none(details.amount_paid, currency),
        is_refund=bool(details.is_refund),
    )


def payment(value: Any, *, currency: str, payment_id: str = "") -> RemotePayment:
    """A payment's own answer.

    Args:
        payment_id: the one that was asked for; "" for a new one.

    Raises:
        Malformed: another payment, another currency, or paid and unpaid at once.
    """
    data = _read(wire.PaymentData, value)
    if payment_id and data.id != payment_id:
        raise Malformed("it answered about another payment")
    if data.currency and data.currency != currency:
        raise Malformed("its answer mixes currencies")
    is_denied = data.is_paid is False and data.status == PAID
    if is_denied or (data.is_paid and data.status in (PENDING, CANCELLED, EXPIRED)):
        raise Malformed("it says paid and not paid at once")
    return RemotePayment(
        payment_id=data.id,
        status=data.status,
        is_paid=data.is_paid is True or data.status == PAID,
        amount=_money_or_none(data.amount, currency),
        action=_action(data.action),
    )


def _action(data: wire.ActionData | None) -> Action | None:
    if data is None:
        return None
    word = data.type.upper()
    kind = ActionKind(word) if word in ActionKind.__members__ else None
    return Action(kind, data.type, data.url)


def invoice(value: Any, *, currency: str) -> InvoiceRef:
    """An invoice. Raises: Malformed: it has no id."""
    data = _read(wire.InvoiceData, value)
    if not data.id:
        raise Malformed("its answer has no usable id")
    return _invoice(data, currency)


def _invoice(data: wire.InvoiceData, currency: str) -> InvoiceRef:
    return InvoiceRef(data.id, data.number, _money_or_none(data.total, currency), data.pdf_url)


def methods(
    value: Any, *, path: str, order_id: str, drawers: Sequence[Drawer]
) -> tuple[PaymentMethod, ...]:
    """An order's payment methods.

    Args:
        value: the order as the `paymentOptions` document asked for it.
        path: from there to the list; a null on the way means that there are none.
        drawers: for a cash method that lists none itself.
    """
    if not isinstance(value, Mapping) or value.get("id") != order_id:
        raise Malformed("it answered about another order")
    found: Any = value
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    if found is None:
        return ()
    if not isinstance(found, list):
        raise Malformed("its answer has no usable payment methods")
    return tuple(_method(_read(wire.MethodData, each), drawers) for each in found)


def _method(data: wire.MethodData, drawers: Sequence[Drawer]) -> PaymentMethod:
    own = tuple(Drawer(x.id, x.name) for x in data.drawers)
    return PaymentMethod(
        method_id=data.id,
        code=data.code,
        name=data.name or data.code,
        terminals=tuple(Terminal(x.id, x.name or x.id, x.is_online) for x in data.terminals),
        drawers=own or (tuple(drawers) if data.code.upper() == "CASH" else ()),
        issuer_ids=tuple(x.id for x in data.issuers if x.id),
    )


def check_channel(value: Any, *, currency: str) -> None:
    """Raises: Refused: the channel sells in another currency than the till."""
    pricing = _read(wire.ChannelData, value).pricing
    if pricing is not None and pricing.currency and pricing.currency != currency:
        raise Refused(f"the channel sells in {pricing.currency}, the till in {currency}")
