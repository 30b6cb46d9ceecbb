from __future__ import annotations

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.domain.money import Money
from tui_pos.ui.bigdigits import big
from tui_pos.ui.present import _LATIN, Format, age, count, duration, latency


def plain(text: str) -> str:
    return "".join(" " if c in "\u00a0\u202f" else "" if c in "\u200e\u200f" else c for c in text)


@given(
    st.sampled_from([*_LATIN, "sv_SE", "pl_PL", "ar_EG", "de_CH"]),
    st.sampled_from(["EUR", "USD", "GBP", "JPY", "SEK", "CHF"]),
    st.integers(-(10**10), 10**10),
)
def test_money_is_written_as_babel_writes_it(locale: str, currency: str, minor: int) -> None:
    money = Money(minor, currency)
    form = Format(locale)
    assert form.money(money) == plain(format_currency(money.to_decimal(), currency, locale=locale))
    pattern = "#,##0" if currency == "JPY" else "#,##0.00"
    number = format_decimal(money.to_decimal(), format=pattern, locale=locale)
    assert form.number(money) == plain(number)


def test_money_of_the_netherlands() -> None:
    assert Format("nl_NL").money(Money(14994, "EUR")) == "€ 149,94"
    assert Format("nl_NL").money(Money(-123456789, "EUR")) == "€ -1.234.567,89"
    assert Format("nl_NL").number(Money(5, "EUR")) == "0,05"


@given(st.text("0123456789.,- €$", max_size=14))
def test_big_digits_are_three_equal_rows(text: str) -> None:
    rows = big(text)
    assert len({len(row) for row in rows}) == 1
    assert set("".join(rows)) <= set("█▀▄ €$")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (65, "1:05"), (3723, "1:02:03"), (-1, "0 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3, "just now"), (240, "4 min"), (7300, "2 h"), (90_000, "1 day"), (260_000, "3 days")],
)
def test_ages(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_counts_and_latencies() -> None:
    assert [count(n, "item") for n in (0, 1, 2)] == ["0 items", "1 item", "2 items"]
    assert [latency(ms) for ms in (0.4, 42, 307, 830, 2400)] == [
        "10 ms",
        "40 ms",
        "300 ms",
        "800 ms",
        "2 s",
    ]
