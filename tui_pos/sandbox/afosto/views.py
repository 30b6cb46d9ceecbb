"""What reads show: orders, payments and invoices in the schema's and REST's shapes.

Source: vendors.md 1.8, 1.9, 1.11, 1.14.
"""

from __future__ import annotations

from typing import Any

from tui_pos.sandbox import shop
from tui_pos.sandbox.afosto import invoices, pricing
from tui_pos.sandbox.afosto.backend import Backend
from tui_pos.sandbox.afosto.model import Invoice, Line, Order, Payment


def line_view(line: Line, per: str) -> dict[str, Any]:
    """An OrderLine. `subtotal` is before adjustments, `total` after; both include VAT."""
    total, outcomes = pricing.adjusted(line, per)
    adjustments = [
        {**adjustment, "outcome": {"amount": outcome}}
        for adjustment, outcome in zip(line.adjustments, outcomes, strict=True)
    ]
    original = line.price if line.original_price is None else line.original_price
    detail = {
        "ids": line.unit_ids,
        "meta_data": line.meta_data,
        "pricing": {"amount": line.price, "original_amount": original},
        "filters": [],
    }
    return {
        "ids": line.unit_ids,
        "sku": line.sku,
        "label": line.label,
        "brand": line.brand,
        "gtin": line.gtin,
        "image": line.image,
        "quantity": len(line.unit_ids),
        "subtotal": pricing.subtotal(line),
        "total": total,
        "adjustments": adjustments,
        "details": [detail],
        "filters": [],
        "vat": {"rate": line.vat_rate, "amount": pricing.vat_part(total, line.vat_rate)},
    }


def order_view(backend: Backend, order: Order) -> dict[str, Any]:
    """An Order, whole; the query selects from it."""
    lines = [line_view(line, backend.settings.adjustment_amount_per) for line in order.lines]
    total = sum(line["total"] for line in lines)
    vat = pricing.vat_by_rate((line["vat"]["rate"], line["total"]) for line in lines)
    ready = invoices.open_units(backend, order)
    return {
        "id": order.id,
        "number": order.number,
        "total": total,
        "currency": order.currency,
        "status": order.status,
        "progress": order.status,
        "processing": [] if ready or order.status != "OPEN" else ["ALLOCATING"],
        "subtotal": sum(line["subtotal"] for line in lines),
        "total_excluding_vat": total - sum(part["amount"] for part in vat),
        "is_including_vat": True,
        "is_vat_shifted": False,
        "is_cancelled": order.is_cancelled,
        "coupons": [],
        "customer": {"country_code": order.country_code, **order.customer},
        "items": lines,
        "phone_number": order.phone_number,
        "billing": {"address": order.billing, "payment": _attached(order)},
        "delivery": order.delivery and {"address": order.delivery},
        "deliveries": [],
        "adjustments": [],
        "fees": {"shipping": [], "payment": []},
        "vat": vat,
        "payments": [order_payment_view(backend, p) for p in backend.payments_of(order)],
        "invoices": [invoice_view(backend, i) for i in invoices.of_order(backend, order)],
        "options": {
            "proceeding_step": _proceeding(backend, order),
            "payment": {"methods": method_views(backend)},
        },
        "actions": [{"action": "invoice", "ids": ready}] if ready else [],
        "expires_at": order.expires_at,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def _attached(order: Order) -> dict[str, Any] | None:
    if not order.methods:
        return None
    entry = order.methods[-1]
    method = shop.METHODS[entry["method_id"]]
    issuer = next((i for i in method.issuers if i["id"] == entry["issuer_id"]), None)
    return {
        "method": {"id": method.id, "code": method.code, "name": method.name},
        "issuer": issuer,
    }


def _proceeding(backend: Backend, order: Order) -> dict[str, Any]:
    """What is needed to go on with checkout, guide 001 step 4."""
    if order.status != "CONCEPT" or order.is_cancelled:
        return {"is_action_required": False, "proceeding": None}
    if not backend.due(order):
        return {"is_action_required": False, "proceeding": {"action": "OPEN_ORDER"}}
    if not order.methods:
        return {"is_action_required": True, "proceeding": {"action": "ADD_PAYMENT_METHOD"}}
    options = {
        "type": shop.METHODS[order.methods[-1]["method_id"]].action,
        "method": "POST",
        "url": f"{backend.base_url}/api/commerce/orders/{order.id}/payments",
    }
    return {
        "is_action_required": True,
        "proceeding": {"action": "CREATE_PAYMENT", "options": options},
    }


def method_views(backend: Backend) -> list[dict[str, Any]]:
    """The PaymentMethods of the shop; the PIN method is the one with terminals."""
    terminals = [
        {"id": t.id, "name": t.name, "is_online": t.is_online}
        for t in backend.terminals.all.values()
    ]
    return [
        {
            "id": method.id,
            "code": method.code,
            "name": method.name,
            "issuers": method.issuers,
            "terminals": terminals if method.code == "PIN" else [],
            "drawers": method.drawers,
            "pricing": {"fixed": 0, "percentage": 0.0},
        }
        for method in shop.METHODS.values()
    ]


def order_payment_view(backend: Backend, payment: Payment) -> dict[str, Any]:
    """An entry of `order.payments[]`."""
    is_paid = backend.status(payment) == "PAID"
    return {
        "id": payment.entry_id,
        "amount": payment.amount,
        "type": "PAYMENT",
        "details": {
            "id": payment.id,
            "type": payment.method_code,
            "status": backend.status(payment),
            "amount_paid": payment.amount if is_paid else 0,
            "is_refund": False,
            "currency": payment.currency,
            "paid_at": payment.paid_at if is_paid else None,
        },
    }


def payment_view(backend: Backend, payment: Payment) -> dict[str, Any]:
    """A payment as REST and executePayment answer it; a paid one has no action left."""
    status = backend.status(payment)
    is_paid = status == "PAID"
    return {
        "id": payment.id,
        "status": status,
        "is_paid": is_paid,
        "is_refund": False,
        "amount": payment.amount,
        "currency": payment.currency,
        "paid_at": payment.paid_at if is_paid else None,
        "action": None
        if is_paid
        else {"type": payment.action, "url": _action_url(backend, payment)},
    }


def _action_url(backend: Backend, payment: Payment) -> str:
    base = backend.base_url
    return {
        "START": f"{base}/api/commerce/payments/{payment.id}/start",
        "PAY": f"{base}/api/commerce/payments/management/{payment.id}/pay",
        "FOLLOW": f"{base}/pay/{payment.id}",
    }[payment.action]


def invoice_view(backend: Backend, invoice: Invoice) -> dict[str, Any]:
    """An Invoice with the address of its PDF."""
    return {
        "id": invoice.id,
        "number": invoice.number,
        "total": invoices.invoice_total(backend, invoice),
        "pdf_url": f"{backend.base_url}/documents/invoices/{invoice.id}.pdf",
        "created_at": invoice.created_at,
    }


def product_view(product: shop.Product) -> dict[str, Any]:
    """A Product; its price includes VAT."""
    return {
        "id": product.id,
        "name": product.label,
        "sku": product.sku,
        "label": product.label,
        "gtin": [product.gtin],
        "brand": product.brand,
        "slug": product.sku.lower(),
        "images": [],
        "categories": [product.category],
        "filters": [
            {"key": key, "value": "yes"}
            for key, is_set in [
                ("batch_tracked", product.is_batch_tracked),
                ("serial_tracked", product.is_serial_tracked),
            ]
            if is_set
        ],
        "prices": [
            {
                "amount": product.price,
                "original_amount": product.price,
                "vat": {"rate": product.vat_rate, "country_code": "NL"},
            }
        ],
    }
