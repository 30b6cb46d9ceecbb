"""The receipt of a finished sale, as plain lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tui_pos.domain.money import Money
from tui_pos.domain.text import cells, cut
from tui_pos.services.sale import Sale


def receipt(
    sale: Sale,
    *,
    store: str,
    till_id: str,
    cashier: str,
    at: datetime,
    money: Callable[[Money], str],
    width: int = 42,
) -> list[str]:
    """What the customer takes along: lines, total, VAT, how it was paid, the invoice's number.

    Args:
        at: local time of the sale's end.
        money: how amounts are written.
        width: characters of a line; 42 is what an 80 mm printer has.
    """
    order = sale.order
    number = order.number if order else sale.sale_id[:8]
    lines = [_middle(store, width), _middle(f"{till_id}  {cashier}", width), ""]
    lines.append(_both(f"Order {number}", at.strftime("%d-%m-%Y %H:%M"), width))
    lines.append("-" * width)
    for line in sale.basket:
        if line.is_refused:
            continue
        amount = money(line.amount) if line.amount is not None else ""
        lines.append(_both(line.name or line.code, amount, width))
        if line.quantity != 1 and line.unit_price is not None:
            lines.append(f"   {line.quantity} x {money(line.unit_price)}")
    lines.append("-" * width)
    lines.append(_both("TOTAL", money(sale.total), width))
    for vat in order.vat if order else ():
        lines.append(_both(f"of which VAT {vat.rate} %", money(vat.amount), width))
    lines.append("")
    for attempt in sale.attempts.values():
        if not attempt.is_paid:
            continue
        intent = attempt.intent
        where = f" ({intent.terminal_name})" if intent.terminal_name else ""
        lines.append(_both(f"{intent.method_name}{where}", money(attempt.amount), width))
        if intent.cash is not None:
            rounding = intent.cash.asked - attempt.amount
            if rounding:
                lines.append(_both("  rounding", money(rounding), width))
            lines.append(_both("  given", money(intent.cash.tendered), width))
            lines.append(_both("  change", money(intent.cash.change), width))
    if sale.invoice is not None and sale.invoice.number:
        lines += ["", f"Invoice {sale.invoice.number}"]
    return lines


def _middle(text: str, width: int) -> str:
    text = cut(text, width)
    return " " * ((width - cells(text)) // 2) + text


def _both(left: str, right: str, width: int) -> str:
    """Both on one line; the left one is cut, and an amount that leaves no room stands alone."""
    room = width - cells(right) - 1
    if room < 4:
        return cut(right, width)
    left = cut(left, room)
    return left + " " * (room - cells(left)) + " " + right
