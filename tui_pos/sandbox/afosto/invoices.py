"""Invoices over the units an open order offers, and their PDF.

Source: guide 001 step 8, vendors.md 1.14.
"""

from __future__ import annotations

import time

from tui_pos.sandbox.afosto import pricing
from tui_pos.sandbox.afosto.backend import Backend
from tui_pos.sandbox.afosto.errors import invalid, not_found
from tui_pos.sandbox.afosto.model import Invoice, Line, Order


def of_order(backend: Backend, order: Order) -> list[Invoice]:
    """The order's invoices, oldest first."""
    return backend.invoices_of[order.id]


def open_units(backend: Backend, order: Order) -> list[str]:
    """Unit ids ready to be invoiced now: what the action `invoice` lists."""
    if order.status != "OPEN" or order.opened_at is None:
        return []
    if backend.now() < order.opened_at + int(backend.settings.invoice_delay_s * 1000):
        return []
    done = {unit for invoice in of_order(backend, order) for unit in invoice.unit_ids}
    return [unit for line in order.lines for unit in line.unit_ids if unit not in done]


def invoice_items(backend: Backend, unit_ids: list[str], invoice_id: str | None) -> Invoice:
    """invoiceItems: a new invoice for exactly these units, or more of them on an existing one.

    Raises:
        ApiError: VALIDATION_ERROR for a unit that is not offered (`items.N`), twice in the list
            or of another order; NOT_FOUND for the invoice.
    """
    if not unit_ids:
        raise invalid("items", "items must not be empty")
    order = backend.orders.get(backend.order_of_unit.get(unit_ids[0], ""))
    offered = set(open_units(backend, order)) if order else set()
    for n, unit in enumerate(unit_ids):
        if unit in offered:
            offered.remove(unit)
        else:
            raise invalid(f"items.{n}", f"item {unit} is not ready to be invoiced")
    if order is None:
        raise not_found("item", field="items.0")
    invoice = _existing(backend, invoice_id, order) if invoice_id else _new(backend, order)
    invoice.unit_ids.extend(unit_ids)
    backend.save(invoice)
    if not open_units(backend, order):
        order.status = "CLOSED"
        backend.save(order)
    return invoice


def _existing(backend: Backend, invoice_id: str, order: Order) -> Invoice:
    invoice = backend.invoices.get(invoice_id)
    if invoice is None:
        raise not_found("invoice", field="invoice_id")
    if invoice.order_id != order.id:
        raise invalid("invoice_id", "the invoice belongs to another order")
    return invoice


def _new(backend: Backend, order: Order) -> Invoice:
    now = backend.now()
    year = time.gmtime(now / 1000).tm_year
    count = sum(1 for i in backend.invoices.values() if i.number.startswith(f"{year}-"))
    return Invoice(backend.new_id(), f"{year}-{count + 1:04d}", order.id, [], now)


def invoice_lines(backend: Backend, invoice: Invoice) -> list[tuple[Line, int, int]]:
    """(line, quantity, total in cents) for what is on the invoice, in order of the order."""
    wanted = set(invoice.unit_ids)
    per = backend.settings.adjustment_amount_per
    found = []
    for line in backend.orders[invoice.order_id].lines:
        totals = pricing.unit_totals(line, per)
        amounts = [totals[unit] for unit in line.unit_ids if unit in wanted]
        if amounts:
            found.append((line, len(amounts), sum(amounts)))
    return found


def invoice_total(backend: Backend, invoice: Invoice) -> int:
    """Cents including VAT."""
    return sum(total for _, _, total in invoice_lines(backend, invoice))
