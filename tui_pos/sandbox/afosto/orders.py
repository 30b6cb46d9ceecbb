"""Orders from CONCEPT to OPEN: create, add items, expire, open.

Source: guide 002, guide 001 steps 1, 2 and 7, vendors.md 1.5-1.7, 1.14.
"""

from __future__ import annotations

import re
from typing import Any

from tui_pos.sandbox import shop, shop_people
from tui_pos.sandbox.afosto.backend import Backend, Token
from tui_pos.sandbox.afosto.errors import ApiError, invalid, not_found
from tui_pos.sandbox.afosto.model import Line, Order

_MOST_UNITS = 9999
_MILLISECONDS_FROM = 10**11
"""Unix seconds stay below this until the year 5138, milliseconds have been above since 1973."""


def create(backend: Backend, wanted: dict[str, Any], token: Token) -> Order:
    """createOrder: a CONCEPT order without lines.

    Raises:
        ApiError: VALIDATION_ERROR for channel, currency or country; NOT_FOUND for an id.
    """
    channel_id = wanted.get("channel_id") or token.channel_id
    if channel_id is None:
        raise invalid("channel_id", "channel_id is required without a storefront token")
    if channel_id not in shop.CHANNELS:
        raise not_found("channel", field="channel_id")
    currency = wanted.get("currency") or shop.CURRENCY
    if currency != shop.CURRENCY:
        raise invalid("currency", f"currency {currency} does not match the channel's price list")
    country = wanted.get("country_code")
    if country is not None and not re.fullmatch(r"[A-Z]{2}", country):
        raise invalid("country_code", "country_code must be an ISO 3166-1 alpha-2 code")
    now = backend.now()
    order = Order(
        id=backend.new_id(),
        number=str(100001 + len(backend.orders)),
        channel_id=channel_id,
        currency=currency,
        created_at=now,
        updated_at=now,
        country_code=country,
        customer=_customer(backend, wanted.get("customer") or {}),
        billing=_address(backend, wanted.get("billing"), "billing"),
        delivery=_delivery(backend, wanted.get("delivery")),
        phone_number=_known(
            shop_people.phone_numbers(),
            wanted.get("phone_number_id"),
            "phone number",
            "phone_number_id",
        ),
    )
    backend.save(order)
    return order


def _known(
    things: dict[str, dict[str, Any]], key: str | None, what: str, field: str
) -> dict[str, Any] | None:
    if key is None:
        return None
    if key not in things:
        raise not_found(what, field=field)
    return things[key]


def _customer(backend: Backend, wanted: dict[str, Any]) -> dict[str, Any]:
    contact = _known(
        shop_people.contacts(), wanted.get("contact_id"), "contact", "customer.contact_id"
    )
    organisation = _known(
        shop_people.organisations(),
        wanted.get("organisation_id"),
        "organisation",
        "customer.organisation_id",
    )
    project = _known(
        shop_people.projects(), wanted.get("project_id"), "project", "customer.project_id"
    )
    if contact is None and wanted.get("contact"):
        contact = _inline_contact(backend, wanted["contact"])
    if organisation is None and wanted.get("organisation"):
        inline = wanted["organisation"]
        organisation = {"id": backend.new_id(), "type": "DEFAULT", "addresses": []}
        organisation |= {k: inline.get(k) for k in ("name", "number", "coc_number")}
        organisation |= {k: inline.get(k) for k in ("administration", "registration")}
    found = {"contact": contact, "organisation": organisation, "project": project}
    return found | {key: wanted.get(key) for key in ("reference", "notes", "locale")}


def _inline_contact(backend: Backend, wanted: dict[str, Any]) -> dict[str, Any]:
    names = ("given_name", "additional_name", "family_name")
    contact: dict[str, Any] = {key: wanted.get(key) for key in ("email", "is_guest", *names)}
    contact["id"] = backend.new_id()
    contact["name"] = " ".join(wanted[key] for key in names if wanted.get(key))
    contact["addresses"] = []
    return contact


def _address(backend: Backend, wanted: dict[str, Any] | None, field: str) -> dict[str, Any] | None:
    if not wanted:
        return None
    if wanted.get("address_id"):
        return _known(
            shop_people.addresses(), wanted["address_id"], "address", f"{field}.address_id"
        )
    inline = wanted.get("address")
    return {"id": backend.new_id(), **inline} if inline else None


def _delivery(backend: Backend, wanted: dict[str, Any] | None) -> dict[str, Any] | None:
    found = [
        _address(backend, address, f"delivery.addresses.{n}")
        for n, address in enumerate((wanted or {}).get("addresses", []))
    ]
    return found[0] if found else None


def set_expiration(backend: Backend, order_id: str, expires_at: int) -> Order:
    """setExpirationDateForOrder: Unix ms; a time that has passed lets the order lapse now."""
    order = _concept(backend, order_id)
    if expires_at < _MILLISECONDS_FROM:
        raise invalid("expires_at", "expires_at must be a Unix timestamp in milliseconds")
    order.expires_at = expires_at
    backend.save(order)
    return backend.order(order_id)


def _concept(backend: Backend, order_id: str) -> Order:
    order = backend.changeable(order_id)
    if order.status != "CONCEPT":
        raise invalid("order_id", f"the order is {order.status}, not CONCEPT")
    return order


def add_items(backend: Backend, order_id: str, wanted: list[dict[str, Any]]) -> Order:
    """addItemsToOrder: all items or none. Calling it again adds again.

    An item like a line that is there (same SKU and price, nothing special) joins that line.

    Raises:
        ApiError: VALIDATION_ERROR naming the first item at fault, for example `items.1.sku`.
    """
    order = _concept(backend, order_id)
    if not wanted:
        raise invalid("items", "items must not be empty")
    return append(backend, order, wanted)


def append(backend: Backend, order: Order, wanted: list[dict[str, Any]]) -> Order:
    """Put checked items on an order without asking for its state."""
    lines = [_line(backend, item, f"items.{n}") for n, item in enumerate(wanted)]
    for line in lines:
        _merge(order, line)
    backend.save(order)
    return order


def _line(backend: Backend, item: dict[str, Any], field: str) -> Line:
    product = shop.products().get(item["sku"])
    if product is None:
        raise invalid(f"{field}.sku", f"unknown sku {item['sku']}")
    quantity = item["quantity"]
    if not 1 <= quantity <= _MOST_UNITS:
        raise invalid(f"{field}.quantity", f"quantity must be between 1 and {_MOST_UNITS}")
    price, original = item.get("price"), item.get("original_price")
    if price is not None and price < 0:
        raise invalid(f"{field}.price", "price must not be negative")
    if original is not None and price is None:
        raise invalid(f"{field}.original_price", "original_price needs price")
    adjustments = [
        _adjustment(backend, a, f"{field}.adjustments.{n}")
        for n, a in enumerate(item.get("adjustments") or [])
    ]
    special = {key: item[key] for key in ("batch", "serial_number", "expected_at") if item.get(key)}
    return Line(
        sku=product.sku,
        label=product.label,
        brand=product.brand,
        gtin=[product.gtin],
        price=product.price if price is None else price,
        original_price=original,
        vat_rate=product.vat_rate,
        unit_ids=[backend.new_id() for _ in range(quantity)],
        adjustments=adjustments,
        meta_data={**(item.get("meta_data") or {}), **special} or None,
    )


def _adjustment(backend: Backend, wanted: dict[str, Any], field: str) -> dict[str, Any]:
    amount = wanted.get("amount")
    is_percentage = bool(wanted.get("is_percentage"))
    is_discount = bool(wanted.get("is_discount"))
    if amount is None or amount < 0:
        raise invalid(f"{field}.amount", "amount must be zero or more")
    if is_percentage and is_discount and amount > 100:
        raise invalid(f"{field}.amount", "a discount cannot exceed 100 percent")
    return {
        "id": wanted.get("id") or backend.new_id(),
        "description": wanted.get("description"),
        "amount": amount,
        "is_percentage": is_percentage,
        "is_discount": is_discount,
    }


def _merge(order: Order, line: Line) -> None:
    if not line.adjustments and line.meta_data is None:
        for other in order.lines:
            is_same = (other.sku, other.price, other.original_price, other.meta_data) == (
                line.sku,
                line.price,
                line.original_price,
                None,
            )
            if is_same and not other.adjustments:
                other.unit_ids += line.unit_ids
                return
    order.lines.append(line)


def open_order(backend: Backend, order_id: str) -> Order:
    """openOrder: CONCEPT to OPEN once fully paid; an order already open is returned as it is."""
    order = backend.changeable(order_id)
    if order.status != "CONCEPT":
        if backend.settings.open_twice == "error":
            raise invalid("order_id", f"the order is {order.status}, not CONCEPT")
        return order
    if not order.lines:
        raise invalid("order_id", "the order has no items")
    due = backend.due(order)
    if due and not backend.settings.open_unpaid:
        raise ApiError(
            "VALIDATION_ERROR", f"the order is not fully paid, {due} is due", field="order_id"
        )
    return open_now(backend, order)


def open_now(backend: Backend, order: Order) -> Order:
    """Start processing: the invoice action appears `invoice_delay_s` later."""
    order.status, order.opened_at = "OPEN", backend.now()
    backend.save(order)
    return order
