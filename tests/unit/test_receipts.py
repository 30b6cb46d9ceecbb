"""A receipt tells what was bought, the VAT in it, how it was paid, and fits the paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from unicodedata import east_asian_width

import pytest
from attempts import INTENT
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.domain.attempt import Attempt, Cash, State
from tui_pos.domain.basket import Basket, LineState
from tui_pos.domain.money import Money
from tui_pos.domain.order import InvoiceRef, Order, TenderKind, VatAmount
from tui_pos.services.receipts import receipt
from tui_pos.services.sale import Sale

AT = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def written(amount: Money) -> str:
    return f"EUR {amount.to_decimal()}"


def a_sale(*lines: tuple[str, int, int], vat: tuple[VatAmount, ...] = ()) -> Sale:
    """A converged sale of (name, quantity, unit price in cents)."""
    basket = Basket("EUR")
    for n, (name, quantity, price) in enumerate(lines):
        basket.add(f"SKU-{n}", name=name, quantity=quantity, unit_price=eur(price))
    sale = Sale("0123456789abcdef", basket, AT, is_converged=True)
    sale.order = Order("o1", "100001", "OPEN", basket.preview, vat=vat)
    return sale


def pay(sale: Sale, minor: int, *, state: State = State.CLOSED, cash: Cash | None = None) -> None:
    intent = replace(INTENT, attempt_id=f"a{len(sale.attempts)}", amount=eur(minor), cash=cash)
    if cash is not None:
        intent = replace(
            intent, tender=TenderKind.CASH, method_name="Cash", terminal_id="", terminal_name=""
        )
    sale.attempts[intent.attempt_id] = Attempt(intent, state=state, paid=eur(minor))


def print_out(
    sale: Sale,
    width: int = 42,
    *,
    store: str = "Utrecht",
    till_id: str = "till-1",
    cashier: str = "Anna",
) -> list[str]:
    return receipt(
        sale,
        store=store,
        till_id=till_id,
        cashier=cashier,
        at=AT,
        money=written,
        width=width,
    )


def columns(line: str) -> int:
    """What a line takes on paper, where an East Asian letter is as wide as two others."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


def amounts(lines: list[str]) -> dict[str, str]:
    """What stands left and right of each line with an amount."""
    return {
        left.strip(): f"EUR{right}"
        for left, mark, right in (line.rpartition("EUR") for line in lines)
        if mark
    }


def test_a_card_sale() -> None:
    vat = (VatAmount("21", eur(121)), VatAmount("9", eur(83)))
    sale = a_sale(("Espresso", 1, 695), ("Tea", 3, 250), vat=vat)
    pay(sale, 1445)
    sale.invoice = InvoiceRef("i1", "2026-0001")
    assert print_out(sale) == [
        "                 Utrecht",
        "               till-1  Anna",
        "",
        "Order 100001              01-03-2026 14:05",
        "-" * 42,
        "Espresso                          EUR 6.95",
        "Tea                               EUR 7.50",
        "   3 x EUR 2.50",
        "-" * 42,
        "TOTAL                            EUR 14.45",
        "of which VAT 21 %                 EUR 1.21",
        "of which VAT 9 %                  EUR 0.83",
        "",
        "PIN terminal (Counter 1)         EUR 14.45",
        "",
        "Invoice 2026-0001",
    ]


def test_cash_shows_rounding_given_and_change() -> None:
    sale = a_sale(("Espresso", 1, 2748))
    pay(sale, 2748, cash=Cash("d1", asked=eur(2750), tendered=eur(5000)))
    shown = amounts(print_out(sale))
    assert shown["TOTAL"] == "EUR 27.48"  # rounding never changes the total
    assert shown["Cash"] == "EUR 27.48"
    assert shown["rounding"] == "EUR 0.02"
    assert shown["given"] == "EUR 50.00"
    assert shown["change"] == "EUR 22.50"


def test_cash_that_needs_no_rounding_shows_none() -> None:
    sale = a_sale(("Espresso", 1, 2750))
    pay(sale, 2750, cash=Cash("d1", asked=eur(2750), tendered=eur(2750)))
    shown = amounts(print_out(sale))
    assert "rounding" not in shown
    assert shown["change"] == "EUR 0.00"


def test_cash_rounded_down_shows_a_negative_rounding() -> None:
    sale = a_sale(("Espresso", 1, 2742))
    pay(sale, 2742, cash=Cash("d1", asked=eur(2740), tendered=eur(3000)))
    assert amounts(print_out(sale))["rounding"] == "EUR -0.02"


def test_a_split_sale_rounds_the_cash_part_only() -> None:
    sale = a_sale(("Espresso", 1, 2748))
    pay(sale, 2000)
    pay(sale, 748, cash=Cash("d1", asked=eur(750), tendered=eur(1000)))
    shown = amounts(print_out(sale))
    assert shown["PIN terminal (Counter 1)"] == "EUR 20.00"
    assert shown["Cash"] == "EUR 7.48"
    assert (shown["rounding"], shown["change"]) == ("EUR 0.02", "EUR 2.50")


@pytest.mark.parametrize("state", [s for s in State if s not in (State.PAID, State.CLOSED)])
def test_only_what_is_proven_paid_stands_on_it(state: State) -> None:
    sale = a_sale(("Espresso", 1, 695))
    pay(sale, 695, state=state)
    assert "PIN terminal" not in "\n".join(print_out(sale))


def test_refused_lines_are_left_out() -> None:
    sale = a_sale(("Espresso", 1, 695), ("Unknown", 1, 100))
    sale.basket.mark(2, LineState.REFUSED, "unknown")
    assert "Unknown" not in "\n".join(print_out(sale))


def test_a_line_without_a_name_or_a_price_shows_its_code() -> None:
    sale = a_sale()
    sale.basket.add("8712345000004", quantity=2)
    assert "8712345000004" in [line.strip() for line in print_out(sale)]


def test_a_sale_without_an_order_shows_its_own_number() -> None:
    sale = a_sale(("Espresso", 1, 695))
    sale.order = None
    assert any(line.startswith("Order 01234567 ") for line in print_out(sale))


def test_without_an_invoice_none_is_named() -> None:
    sale = a_sale(("Espresso", 1, 695))
    assert "Invoice" not in "\n".join(print_out(sale))
    sale.invoice = InvoiceRef("i1", "")
    assert "Invoice" not in "\n".join(print_out(sale))


def test_a_long_name_is_cut_and_its_amount_stays() -> None:
    line = print_out(a_sale(("Very " * 20, 1, 695)))[5]
    assert line == "Very Very Very Very Very Very Ve… EUR 6.95"
    assert len(line) == 42


def test_a_long_name_of_wide_letters_is_cut_by_the_columns_that_it_takes() -> None:
    line = print_out(a_sale(("コーヒー豆" * 8, 1, 695)))[5]
    assert line == "コーヒー豆コーヒー豆コーヒー豆コ… EUR 6.95"
    assert columns(line) == 42


def test_long_names_of_the_shop_and_of_people_are_cut_too() -> None:
    lines = print_out(a_sale(), store="S" * 80, till_id="t" * 63, cashier="c" * 80)
    assert lines[:2] == ["S" * 41 + "…", "t" * 41 + "…"]


def test_an_amount_that_fills_the_paper_stands_alone_and_whole() -> None:
    sale = a_sale(("Espresso", 1, 10**14))
    assert print_out(sale, 20)[5] == "EUR 1000000000000.00"
    assert max(map(columns, print_out(sale, 16))) <= 16


NAMES = st.text(
    st.characters(codec="ascii", categories=["L", "N"]) | st.sampled_from("コー豆커피咖"),
    max_size=60,
)


@given(
    lines=st.lists(st.tuples(NAMES, st.integers(1, 9999), st.integers(0, 10**7)), max_size=6),
    store=NAMES,
    cashier=NAMES,
    width=st.integers(32, 56),
)
def test_no_line_is_wider_than_the_paper(
    lines: list[tuple[str, int, int]], store: str, cashier: str, width: int
) -> None:
    sale = a_sale(*lines, vat=(VatAmount("21", eur(1)),))
    pay(sale, max(1, sale.total.minor))
    assert max(map(columns, print_out(sale, width, store=store, cashier=cashier))) <= width
