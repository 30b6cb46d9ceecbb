"""Amounts are whole minor units of one currency: exact, never mixed, never a float.

Source: payment-safety.md, 6 (M1, M2, M6, M8).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.domain.money import Money, exponent, round_half_up, total

MINORS = st.integers(-(10**15), 10**15)
CURRENCIES = st.sampled_from(["EUR", "JPY", "BHD", "UYW", "SEK", "CHF"])


def eur(*minors: int) -> list[Money]:
    return [Money(minor, "EUR") for minor in minors]


@pytest.mark.parametrize(
    ("minor", "currency", "digits", "units"),
    [
        (14994, "EUR", 2, "149.94"),
        (1080, "JPY", 0, "1080"),
        (1234, "BHD", 3, "1.234"),
        (12345, "UYW", 4, "1.2345"),
        (5, "CLF", 4, "0.0005"),
        (1500, "ISK", 0, "1500"),
        (1500, "UGX", 0, "1500"),
        (1500, "KRW", 0, "1500"),
        (1500, "CLP", 0, "1500"),
        (1500, "IQD", 3, "1.500"),
        (1500, "TND", 3, "1.500"),
        (1500, "LBP", 2, "15.00"),
        (1500, "RSD", 2, "15.00"),
        (1500, "IRR", 2, "15.00"),
        (-1, "EUR", 2, "-0.01"),
        (0, "EUR", 2, "0.00"),
    ],
)
def test_minor_units_follow_iso_4217_and_not_what_is_displayed(
    minor: int, currency: str, digits: int, units: str
) -> None:
    assert exponent(currency) == digits
    assert str(Money(minor, currency).to_decimal()) == units
    assert Money.from_decimal(Decimal(units), currency) == Money(minor, currency)


@pytest.mark.parametrize(("units", "minor"), [("1.15", 115), ("19.99", 1999), ("2.665e1", 2665)])
def test_amounts_that_floats_get_wrong_are_exact(units: str, minor: int) -> None:
    assert Money.from_decimal(Decimal(units), "EUR") == Money(minor, "EUR")


@pytest.mark.parametrize(
    ("units", "currency"),
    [
        ("1.001", "EUR"),
        ("0.001", "EUR"),
        ("-2.665", "EUR"),
        ("1.5", "JPY"),
        ("1.2345", "BHD"),
        ("NaN", "EUR"),
        ("sNaN", "EUR"),
        ("Infinity", "EUR"),
        ("-Infinity", "EUR"),
        ("1" + "0" * 30 + ".001", "EUR"),
        ("1E+999999", "EUR"),
    ],
)
def test_a_decimal_that_is_no_amount_of_the_currency_is_refused(units: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|not an amount"):
        Money.from_decimal(Decimal(units), currency)


def test_trailing_zeros_are_no_further_decimals() -> None:
    assert Money.from_decimal(Decimal("149.9400"), "EUR") == Money(14994, "EUR")
    assert Money.from_decimal(Decimal("1E+3"), "JPY") == Money(1000, "JPY")


@pytest.mark.parametrize("minor", [1.0, 149.94, True, "1", None, Decimal(1)])
def test_minor_units_are_integers_and_nothing_like_them(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")


@pytest.mark.parametrize(
    "currency", ["", "eur", "Eur", "EU", "EURO", "ÉUR", "€", "E1R", "E R", "E\x1bR", "US$"]
)
def test_a_currency_is_an_iso_4217_code(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize("times", [1.5, 0.1, Decimal("1.5")])
def test_money_times_a_fraction_is_refused(times: Any) -> None:
    with pytest.raises(TypeError):
        Money(100, "EUR") * times


@pytest.mark.parametrize(
    "combine",
    [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_currencies_do_not_mix(combine: Callable[[Money, Money], object]) -> None:
    with pytest.raises(ValueError, match="EUR and USD"):
        combine(Money(1, "EUR"), Money(1, "USD"))


def test_a_sum_of_mixed_currencies_is_refused_and_an_empty_one_is_zero() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        total([Money(1, "EUR"), Money(1, "CHF")], "EUR")
    with pytest.raises(ValueError, match="do not add up"):
        total([Money(0, "CHF")], "EUR")
    assert total([], "SEK") == Money.zero("SEK")


def test_the_same_number_of_another_currency_is_another_amount() -> None:
    assert Money(100, "EUR") != Money(100, "CHF")
    assert len({Money(100, "EUR"), Money(100, "EUR"), Money(100, "CHF")}) == 2


def test_only_zero_is_false() -> None:
    assert not Money.zero("EUR")
    assert Money(1, "EUR")
    assert Money(-1, "EUR")


@given(st.lists(MINORS, max_size=50), CURRENCIES)
def test_sums_are_exact(minors: list[int], currency: str) -> None:
    assert total([Money(minor, currency) for minor in minors], currency).minor == sum(minors)


@given(MINORS, MINORS, MINORS, st.integers(-9999, 9999))
def test_amounts_obey_the_laws_of_whole_numbers(a: int, b: int, c: int, times: int) -> None:
    x, y, z = eur(a, b, c)
    assert x + y == y + x
    assert (x + y) + z == x + (y + z)
    assert x - y == x + -y
    assert (x + y) * times == x * times + y * times
    assert [x < y, x <= y, x > y, x >= y] == [a < b, a <= b, a > b, a >= b]


@given(st.integers(-(10**40), 10**40), CURRENCIES)
def test_an_amount_survives_its_decimal_form(minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    assert Money.from_decimal(amount.to_decimal(), currency) == amount


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (500, [1999, 999, 1], [333, 167, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [1, 2], [0, 0]),
        (1, [0, 1, 1], [0, 1, 0]),
        (5, [1], [5]),
        (7, [0, 0, 3], [0, 0, 7]),
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
    ],
)
def test_shares_go_to_the_largest_remainders_in_order(
    minor: int, weights: list[int], parts: list[int]
) -> None:
    assert Money(minor, "EUR").share(weights) == eur(*parts)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2], [1, -1], [5, -1, 0]])
def test_shares_without_a_sensible_weight_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "EUR").share(weights)


@given(
    minor=MINORS,
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any),
)
def test_parts_add_up_and_are_fair(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "EUR").share(weights)
    assert sum(part.minor for part in parts) == minor
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * whole - minor * weight) < whole  # less than one minor unit off
        assert weight or not part


@given(minor=MINORS, weights=st.lists(st.integers(1, 1000), min_size=1, max_size=10))
def test_a_negative_amount_is_shared_like_a_positive_one(minor: int, weights: list[int]) -> None:
    amount = Money(minor, "EUR")
    assert (-amount).share(weights) == [-part for part in amount.share(weights)]


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (5, -2, -3),
        (-5, -2, 3),
        (1, 3, 0),
        (2, 3, 1),
        (-1, 3, 0),
        (0, 7, 0),
        (2665, 10, 267),  # 2.665 is 2.67, where half-even would print 2.66
        (14994 * 21, 121, 2602),  # M9: the VAT in 149.94 at 21 %
        (1000 * 9, 109, 83),
        (10 * 21, 121, 2),  # per line 0.02, three lines 0.06
        (30 * 21, 121, 5),  # on the total 0.05
        (3 * 95 * 85, 100, 242),  # M7: 3 x 0.95 less 15 %, per line
        (95 * 85, 100, 81),  # per unit: 0.81, three of them 2.43
    ],
)
def test_halves_round_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


@given(MINORS, st.integers(-(10**6), 10**6).filter(bool))
def test_rounding_is_symmetric_and_never_more_than_a_half_off(n: int, d: int) -> None:
    rounded = round_half_up(n, d)
    assert 2 * abs(rounded * d - n) <= abs(d)
    assert round_half_up(-n, d) == -rounded
    assert round_half_up(n, -d) == -rounded
