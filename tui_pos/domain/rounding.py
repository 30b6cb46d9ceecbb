"""Cash rounding: per country, only on the part paid in cash, last."""

from __future__ import annotations

from dataclasses import dataclass

from tui_pos.domain.money import Money


@dataclass(frozen=True, slots=True)
class CashRule:
    """How a country rounds cash: to a step in minor units; by law, or only where the shop says so."""

    step: int
    by_law: bool


# Per country and not per currency: the euro differs by country (payment-safety.md, M11 and M12).
_RULES = {
    ("NL", "EUR"): CashRule(5, by_law=False),
    ("FI", "EUR"): CashRule(5, by_law=True),
    ("BE", "EUR"): CashRule(5, by_law=True),
    ("SK", "EUR"): CashRule(5, by_law=True),
    ("CA", "CAD"): CashRule(5, by_law=True),
    ("CH", "CHF"): CashRule(5, by_law=True),
    ("SE", "SEK"): CashRule(100, by_law=True),
    ("NO", "NOK"): CashRule(100, by_law=True),
    ("DK", "DKK"): CashRule(50, by_law=True),
}


def cash_amount(due: Money, country: str, *, voluntary: bool = False) -> Money:
    """What is asked in cash for an amount due.

    Args:
        due: the part that is paid in cash.
        country: ISO 3166 alpha-2 of the shop.
        voluntary: the shop announced that it rounds where the law leaves it free.

    Returns:
        The amount rounded to the country's step, halves away from zero; `due` itself without a rule.
    """
    rule = _RULES.get((country, due.currency))
    if rule is None or not (rule.by_law or voluntary):
        return due
    sign, amount = (-1, -due.minor) if due.minor < 0 else (1, due.minor)
    rounded = (amount + rule.step // 2) // rule.step * rule.step
    if country in ("BE", "SK") and 0 < amount < rule.step:
        rounded = rule.step if country == "SK" else amount
    return Money(sign * rounded, due.currency)
