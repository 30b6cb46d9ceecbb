"""Arithmetic on integer cents: line totals, shares per unit, VAT out of prices that include it.

Rounding is half away from zero, per line for adjustments and per rate for VAT.
Source: payment-safety.md M6, M7, M9; guide 002 step 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tui_pos.sandbox.afosto.model import Line


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero; the denominator is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def vat_part(total: int, rate: int) -> int:
    """The VAT inside an amount that includes it."""
    return half_up(total * rate, 100 + rate)


def subtotal(line: Line) -> int:
    """Price times quantity, before adjustments."""
    return line.price * len(line.unit_ids)


def adjusted(line: Line, per: str) -> tuple[int, list[int]]:
    """The line's total and what each adjustment did to it, in order.

    `per` is the setting `adjustment_amount_per`. A discount never makes a line negative.
    """
    total, outcomes = subtotal(line), []
    for adjustment in line.adjustments:
        amount = adjustment["amount"]
        if adjustment["is_percentage"]:
            amount = half_up(total * amount, 100)
        elif per == "unit":
            amount *= len(line.unit_ids)
        change = -min(amount, total) if adjustment["is_discount"] else amount
        total += change
        outcomes.append(change)
    return total, outcomes


def unit_totals(line: Line, per: str) -> dict[str, int]:
    """The line's total shared over its units, to the cent: earlier units take the extra cents."""
    total, _ = adjusted(line, per)
    share, rest = divmod(total, len(line.unit_ids))
    return {unit: share + (n < rest) for n, unit in enumerate(line.unit_ids)}


def vat_by_rate(amounts: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """`[{rate, amount}]` from (rate, total including VAT) pairs, highest rate first."""
    totals: dict[int, int] = defaultdict(int)
    for rate, total in amounts:
        totals[rate] += total
    return [
        {"rate": rate, "amount": vat_part(totals[rate], rate)}
        for rate in sorted(totals, reverse=True)
    ]
