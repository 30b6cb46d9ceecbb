"""Cash, split payments, other ways to pay, and what is typed for them."""

from __future__ import annotations

import asyncio
import urllib.parse
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from harness import SHOP, codes, eventually
from test_payment_counter import Counter, a_counter

from tui_pos.domain.attempt import Cash
from tui_pos.domain.money import Money
from tui_pos.domain.order import Drawer, PaymentMethod, TenderKind, Terminal
from tui_pos.sandbox.shop import products
from tui_pos.services.sale import Stage
from tui_pos.ui.screens import tender


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.parametrize(
    ("text", "minor"),
    [("20", 2000), ("12,50", 1250), ("12.5", 1250), (",5", 50), ("5,", 500), ("1250", 125000)],
)
def test_digits_are_whole_units_and_what_follows_the_comma_is_cents(text: str, minor: int) -> None:
    assert tender.amount_of(text, "EUR") == euro(minor)


@pytest.mark.parametrize(
    "text", ["", ",", "1,234", "1.250", "1,2,3", "12a", "-5", "٣", "8712345678906"]
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert tender.amount_of(text, "EUR") is None


def test_a_currency_without_cents_has_no_comma() -> None:
    assert tender.amount_of("1500", "JPY") == Money(1500, "JPY")
    assert tender.amount_of("15,0", "JPY") is None


def test_far_too_much_is_asked_about_with_the_likely_meaning() -> None:
    plan = tender.handed("5000", euro(750), euro(750), "d1")
    assert plan is not None
    assert plan.is_much
    assert plan.guess == euro(5000)
    plan = tender.handed("50", euro(750), euro(750), "d1")
    assert plan is not None
    assert not plan.is_much
    assert plan.cash.change == euro(4250)


def test_less_than_is_asked_pays_that_part_unrounded() -> None:
    plan = tender.handed("10", euro(2748), euro(2750), "d1")
    assert plan is not None
    assert (plan.amount, plan.cash) == (euro(1000), Cash("d1", euro(1000), euro(1000)))
    assert plan.is_part
    assert tender.handed("27,49", euro(2748), euro(2750), "d1") is None
    whole = tender.handed("", euro(2748), euro(2750), "d1")
    assert whole is not None
    assert (whole.amount, whole.cash.asked) == (euro(2748), euro(2750))


def test_the_last_terminal_comes_first_and_offline_ones_after_the_others() -> None:
    terminals = (
        Terminal("a", "A", True),
        Terminal("b", "B", False),
        Terminal("c", "C", True),
        Terminal("d", "D", None),
    )
    methods = [
        PaymentMethod("g", "GIFT", "Gift card"),
        PaymentMethod("p", "PIN", "PIN", terminals),
        PaymentMethod("k", "CASH", "Cash", drawers=(Drawer("1", "Left"), Drawer("2", "Right"))),
    ]
    rows = tender.ways(methods, lambda m: m.drawers, last_terminal_id="c", in_use={"D"})
    labels = ["C", "A", "B", "D", "Cash, Left", "Cash, Right", "Gift card"]
    assert [way.label for way in rows] == labels
    assert [way.is_open for way in rows][:4] == [True, True, False, False]
    assert tender.default(rows) == 0
    assert [way.label for way in tender.numbered(rows)] == ["C", "A", *labels[4:]]
    first = tender.first(rows, TenderKind.CASH)
    assert first is not None
    assert first.drawer == Drawer("1", "Left")


def test_one_digit_is_a_number_and_more_are_an_amount() -> None:
    rows = tender.ways(
        [PaymentMethod("p", "PIN", "PIN", (Terminal("a", "A", True), Terminal("b", "B", True)))],
        lambda m: m.drawers,
    )
    due = euro(4320)
    assert tender.meaning("2", rows, rows[0], due) == tender.Meaning("row", rows[1], due)
    assert tender.meaning("3", rows, rows[0], due).kind == "wrong"
    assert tender.meaning("20", rows, rows[0], due) == tender.Meaning("part", rows[0], euro(2000))
    assert tender.meaning("43,20", rows, rows[0], due).kind == "all"
    assert tender.meaning("1250", rows, rows[0], due) == tender.Meaning("wrong", hint=euro(1250))
    assert tender.meaning("", rows, rows[0], due).kind == "all"


@pytest.mark.parametrize(
    ("text", "at_once", "is_scan"),
    [
        ("8712345000004", True, True),
        ("COF-ESP-250", False, True),
        ("20", True, False),
        ("12,50", True, False),
        ("1250", False, False),
        ("4011", True, True),
        ("20,00*", False, False),
        ("ca", True, False),
    ],
)
def test_an_amount_is_no_scan(text: str, at_once: bool, is_scan: bool) -> None:
    assert tender.is_typed_scan(text, at_once, {"ca", "cc"}) is is_scan


async def paid_with(counter: Counter) -> list[tuple[str, int]]:
    await eventually(lambda: counter.sale.stage is Stage.DONE)
    return [
        (a.intent.method_name, a.amount.minor) for a in counter.sale.attempts.values() if a.is_paid
    ]


async def test_exact_cash_is_two_keys_after_pay(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(2))
        counter.press("f10", "enter")
        await counter.sees("Paid in cash, no change")
        assert await paid_with(counter) == [("Cash", counter.sale.total.minor)]


async def test_change_is_large_before_and_after(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(2))  # 6,95 + 12,50
        counter.press("/")
        await counter.sees("To pay: Cash", "Handed over")
        counter.type("50")
        await counter.sees("= € 50,00", "Change", "takes € 50,00")
        counter.press("enter")
        await counter.sees("Paid. Change", "Handed over € 50,00")
        assert counter.sale.stage is not Stage.SELLING
        attempt = next(iter(counter.sale.attempts.values()))
        assert attempt.intent.cash is not None
        assert attempt.intent.cash.change == euro(5000 - 1945)


async def test_an_amount_and_the_cash_key_take_it_at_once(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(2))
        counter.press(*"50", "/")
        await counter.sees("Paid. Change", "Handed over € 50,00")
        await paid_with(counter)


async def test_cash_is_rounded_as_the_shop_rounds_and_the_server_gets_the_exact_amount(
    tmp_path: Path,
) -> None:
    shop = replace(SHOP, cash_rounding=True)
    odd = next(p.gtin for p in products().values() if p.price % 5)
    async with a_counter(tmp_path, shop=shop) as counter:
        await counter.at_the_list([odd])
        due = counter.sale.total.minor
        counter.press("f10")
        await counter.sees("Rounded for cash", "Handed over")
        assert counter.till.cash_asked(counter.sale.total).minor != due
        counter.press("enter")
        await counter.sees("Paid in cash")
        await paid_with(counter)
        assert counter.charges() == [due]


async def test_far_too_much_cash_is_taken_only_when_it_is_said_twice(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(1))  # 6,95
        counter.press("f10", *"5000", "enter")
        await counter.sees("Did you mean € 50,00?", "Handed over 50,00")
        assert not counter.sale.attempts
        counter.press("enter")
        await counter.sees("Paid. Change", "Handed over € 50,00")
        await paid_with(counter)


async def test_a_split_goes_on_until_nothing_is_due(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(3))
        total = counter.sale.total.minor
        counter.type("10")
        await counter.sees("= € 10,00", "stays due")
        counter.press("*")
        await counter.sees("Counter 1 € 10,00 paid", "To pay", "Amount")
        counter.press("escape")
        await counter.sees("A part is paid")
        counter.press(*"5,", "/")
        await counter.sees("Cash € 5,00 paid")
        counter.press("enter")
        await counter.sees("Paid", "Scan the next item")
        paid = await paid_with(counter)
        assert paid == [("PIN terminal", 1000), ("Cash", 500), ("PIN terminal", total - 1500)]
        assert sum(counter.charges()) == total


async def test_more_than_is_due_is_not_taken_by_card(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(3))
        counter.type("1250")
        await counter.sees("more than is due. Did you mean 12,50?")
        counter.press("enter")
        await counter.sees("Nothing was started")
        counter.press("escape")
        await counter.sees("all of it; or type a part")
        assert counter.starts() == 0


async def test_words_reach_the_same_ways(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(1))
        counter.press(*"ca", "enter")
        await counter.sees("Handed over")
        counter.press("escape")
        await counter.sees("Amount")
        counter.press(*"cc", "enter")
        await counter.sees("Paid", "Counter 1")
        assert len(counter.charges()) == 1


async def test_a_scan_at_the_list_goes_into_this_sale_when_the_cashier_goes_back(
    tmp_path: Path,
) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(1))
        counter.press("2")
        counter.scan(*codes(2, 5))
        await counter.sees("2 scans waiting: Esc rings them up in this sale")
        counter.press("escape", "escape")
        await eventually(lambda: counter.sale.basket.units == 3)
        assert counter.starts() == 0


async def test_a_link_is_shown_with_its_code_and_followed(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(1))
        counter.press("8", "enter")
        await counter.sees("iDEAL", "Let the customer scan the code", "█▀▀▀▀▀█")
        link = counter.view.link
        assert link.rpartition("/")[2][:8] in counter.flat
        body = urllib.parse.urlencode({"choice": "pay"}).encode()

        def pay() -> None:
            urllib.request.urlopen(link, body).close()  # noqa: S310  loopback

        await asyncio.to_thread(pay)
        counter.press("f2")
        await counter.sees("Paid", "iDEAL")


async def test_a_gift_card_is_booked_and_then_paid(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.at_the_list(codes(1))
        counter.press("9", "enter")
        await counter.sees("Paid", "Gift card")
        assert await paid_with(counter) == [("Gift card", counter.sale.total.minor)]


async def test_a_server_that_is_away_is_said_and_enter_tries_again(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await counter.sold(codes(1))
        counter.server.fault("*", "drop_before", count=None)
        counter.scan(*codes(1, 3))
        counter.press("f9")
        await counter.sees("The basket is kept", "Enter tries again")
        counter.server.clear_faults()
        counter.press("enter")
        await counter.sees("Counter 1", "Amount")
        counter.press("enter")
        await counter.sees("Paid")
        assert len(counter.charges()) == 1
