"""The invoice as a PDF: seller, buyer, lines, VAT per rate, total and payments.

Imported only when a document is asked for: reportlab costs a good part of the start time.
"""

from __future__ import annotations

import io
import time
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from tui_pos.sandbox import shop
from tui_pos.sandbox.afosto import invoices, pricing
from tui_pos.sandbox.afosto.backend import Backend
from tui_pos.sandbox.afosto.model import Invoice, Order

_LEFT, _RIGHT, _TOP, _BOTTOM = 20 * mm, 190 * mm, 277 * mm, 25 * mm
_QUANTITY, _PRICE, _RATE = 125 * mm, 148 * mm, 165 * mm
_STEP = 5.5 * mm


def render(backend: Backend, invoice: Invoice) -> bytes:
    """The whole document; amounts as `1234.50`, in the order's currency."""
    order = backend.orders[invoice.order_id]
    out = io.BytesIO()
    sheet = _Sheet(Canvas(out, pagesize=A4, invariant=1))
    sheet.canvas.setTitle(f"Invoice {invoice.number}")
    _head(sheet, order, invoice)
    lines = invoices.invoice_lines(backend, invoice)
    for line, quantity, total in lines:
        sheet.row(line.label, str(quantity), _money(line.price), f"{line.vat_rate}%", _money(total))
        for adjustment in line.adjustments:
            sheet.row(f"   {adjustment['description'] or 'adjustment'}")
    sheet.rule()
    total = sum(amount for _, _, amount in lines)
    vat = pricing.vat_by_rate((line.vat_rate, amount) for line, _, amount in lines)
    sheet.row("Total excluding VAT", last=_money(total - sum(part["amount"] for part in vat)))
    for part in vat:
        sheet.row(f"VAT {part['rate']}%", last=_money(part["amount"]))
    sheet.row(f"Total {order.currency}", last=_money(total), bold=True)
    sheet.gap()
    for payment in backend.payments_of(order):
        if payment.status == "PAID":
            sheet.row(f"Paid by {payment.method_code}", last=_money(payment.amount))
    sheet.canvas.save()
    return out.getvalue()


def _money(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def _head(sheet: _Sheet, order: Order, invoice: Invoice) -> None:
    sheet.row(shop.SELLER_NAME, bold=True)
    for text in shop.SELLER_LINES:
        sheet.row(text)
    sheet.gap()
    for text in _buyer(order):
        sheet.row(text)
    sheet.gap()
    day = time.strftime("%Y-%m-%d", time.gmtime(invoice.created_at / 1000))
    sheet.row(f"Invoice {invoice.number}", bold=True)
    sheet.row(f"Date {day}   Order {order.number}")
    sheet.gap()
    sheet.row("Description", "Qty", "Price", "VAT", "Amount", bold=True)
    sheet.rule()


def _buyer(order: Order) -> list[str]:
    contact: dict[str, Any] = order.customer.get("contact") or {}
    organisation: dict[str, Any] = order.customer.get("organisation") or {}
    found = [organisation.get("name"), contact.get("name")]
    addresses = organisation.get("addresses") or contact.get("addresses") or []
    address = order.billing or (addresses[0] if addresses else {})
    found.append(address.get("address_line_1"))
    found.append(" ".join(filter(None, (address.get("postal_code"), address.get("locality")))))
    if order.customer.get("reference"):
        found.append(f"Reference {order.customer['reference']}")
    return [text for text in found if text]


class _Sheet:
    """Rows from the top of a page downwards, going on to the next page when it is full."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._y = _TOP

    def row(
        self,
        text: str,
        quantity: str = "",
        price: str = "",
        rate: str = "",
        last: str = "",
        *,
        bold: bool = False,
    ) -> None:
        if self._y < _BOTTOM:
            self.canvas.showPage()
            self._y = _TOP
        self.canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10)
        self.canvas.drawString(_LEFT, self._y, text)
        for x, cell in ((_QUANTITY, quantity), (_PRICE, price), (_RATE, rate), (_RIGHT, last)):
            if cell:
                self.canvas.drawRightString(x, self._y, cell)
        self._y -= _STEP

    def rule(self) -> None:
        self.canvas.line(_LEFT, self._y + 3 * mm, _RIGHT, self._y + 3 * mm)
        self.gap()

    def gap(self) -> None:
        self._y -= _STEP / 2
