"""Cash is rounded per country, on the cash part only, the same way up and down.

Source: payment-safety.md, 6 (M11, M12, M14).
"""

from __future__ import annotations

import pytest

from tui_pos.domain.money import Money
from tui_pos.domain.rounding import cash_amount

TABLES = [
    ("NL", "EUR", 5),
    ("BE", "EUR", 5),
    ("FI", "EUR", 5),
    ("SK", "EUR", 5),
    ("CH", "CHF", 5),
    ("CA", "CAD", 5),
    ("SE", "SEK", 100),
    ("NO", "NOK", 100),
    ("DK", "DKK", 50),
]


@pytest.mark.parametrize(
    ("country", "currency", "due", "asked"),
    [
        ("NL", "EUR", 2748, 2750),
        ("NL", "EUR", 748, 750),
        ("NL", "EUR", 1748, 1750),
        ("NL", "EUR", 1001, 1000),
        ("NL", "EUR", 1002, 1000),
        ("NL", "EUR", 1003, 1005),
        ("NL", "EUR", 1004, 1005),
        ("NL", "EUR", 1006, 1005),
        ("NL", "EUR", 1007, 1005),
        ("NL", "EUR", 1008, 1010),
        ("NL", "EUR", 1009, 1010),
        ("NL", "EUR", -2748, -2750),
        ("NL", "EUR", -2, 0),
        ("NL", "EUR", 2, 0),
        ("BE", "EUR", 2748, 2750),
        ("BE", "EUR", 1, 1),
        ("BE", "EUR", 4, 4),
        ("BE", "EUR", 5, 5),
        ("BE", "EUR", 6, 5),
        ("SK", "EUR", 1, 5),
        ("SK", "EUR", 2, 5),
        ("SK", "EUR", 3, 5),
        ("SK", "EUR", 7, 5),
        ("FI", "EUR", 2748, 2750),
        ("FI", "EUR", 2, 0),
        ("CH", "CHF", 102, 100),
        ("CH", "CHF", 103, 105),
        ("SE", "SEK", 22349, 22300),
        ("SE", "SEK", 22350, 22400),
        ("NO", "NOK", 49, 0),
        ("NO", "NOK", 50, 100),
        ("DK", "DKK", 1024, 1000),
        ("DK", "DKK", 1025, 1050),
        ("DK", "DKK", 1074, 1050),
        ("DK", "DKK", 1075, 1100),
        ("CA", "CAD", 1002, 1000),
        ("CA", "CAD", 1003, 1005),
    ],
)
def test_the_examples(country: str, currency: str, due: int, asked: int) -> None:
    amount = cash_amount(Money(due, currency), country, voluntary=True)
    assert amount == Money(asked, currency)


def test_the_dutch_round_only_where_the_shop_announced_it() -> None:
    due = Money(2748, "EUR")
    assert cash_amount(due, "NL") == due
    assert cash_amount(due, "NL", voluntary=True) == Money(2750, "EUR")


@pytest.mark.parametrize("country", ["BE", "FI", "SK"])
def test_where_the_law_says_so_nothing_need_be_announced(country: str) -> None:
    assert cash_amount(Money(2748, "EUR"), country) == Money(2750, "EUR")


@pytest.mark.parametrize(
    ("country", "currency"),
    [("DE", "EUR"), ("NL", "USD"), ("SE", "EUR"), ("", "EUR"), ("nl", "EUR")],
)
def test_without_a_rule_for_country_and_currency_nothing_is_rounded(
    country: str, currency: str
) -> None:
    due = Money(2748, currency)
    assert cash_amount(due, country, voluntary=True) == due


@pytest.mark.parametrize(("country", "currency", "step"), TABLES)
def test_every_amount_is_asked_as_the_nearest_coins_and_symmetrically(
    country: str, currency: str, step: int
) -> None:
    wrong = []
    for due in range(100_001):
        asked = cash_amount(Money(due, currency), country, voluntary=True).minor
        refund = cash_amount(Money(-due, currency), country, voluntary=True).minor
        fits = asked % step == 0 and 2 * abs(asked - due) <= step
        if country == "BE" and due < step:
            fits = asked == due
        if country == "SK" and 0 < due < step:
            fits = asked == step
        if not fits or refund != -asked:
            wrong.append((due, asked, refund))
    assert wrong == []


@pytest.mark.parametrize(("country", "currency", "step"), TABLES)
def test_what_was_rounded_stays_as_it_is(country: str, currency: str, step: int) -> None:
    for due in range(-3 * step, 3 * step + 1):
        asked = cash_amount(Money(due, currency), country, voluntary=True)
        assert cash_amount(asked, country, voluntary=True) == asked
