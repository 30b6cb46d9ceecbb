"""The end of a sale at the real screen: invoice, units, an invoice in the background, earlier ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness import SHOP, codes, eventually
from test_payment_counter import Counter, a_counter

from tui_pos.sandbox.afosto import invoices
from tui_pos.services.sale import InvoiceStage, Stage
from tui_pos.ui.screens.invoice import InvoiceScreen


async def paid(counter: Counter, found: list[str]) -> None:
    await counter.at_the_list(found)
    counter.press("enter")
    await counter.sees("Paid")


async def test_the_invoice_is_shown_with_its_number_total_file_and_code(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await paid(counter, codes(2))
        await counter.sees("Invoice 20", "€ 19,45", "Saved:", "█▀▀▀▀▀█")
        sale = counter.sale
        assert sale.invoice is not None
        assert sale.invoice.number in counter.flat
        await counter.sees("The code opens it")


async def test_a_window_too_low_for_the_code_shows_the_link_and_says_why(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(80, 20)) as counter:
        await paid(counter, codes(2))
        await counter.sees("The QR code needs 41 x 21 free cells", "http://127.0.0.1:")


async def test_a_late_invoice_says_so_and_does_not_hold_anybody(tmp_path: Path) -> None:
    async with a_counter(tmp_path, invoice_delay_s=600) as counter:
        first = counter.sale
        await paid(counter, codes(1))
        await counter.sees("The invoice is being made")
        first.invoice_stage = InvoiceStage.LATE
        await counter.sees("The invoice follows in the background")
        counter.scan(*codes(1, 4))
        await eventually(lambda: counter.sale is not first and counter.sale.basket)
        await eventually(lambda: first.stage is Stage.PAID)
        await eventually(lambda: first.order is not None and first.order.is_opened)
        counter.server.advance(700)
        first.invoice_stage = InvoiceStage.WAITING
        await eventually(lambda: first.stage is Stage.DONE)
        assert first.invoice is not None


async def test_units_are_chosen_after_paying_when_the_cashier_asked_for_it(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        sale = counter.sale
        a, b = codes(2)
        await counter.at_the_list([f"3*{a}", b])
        counter.press("f5")
        await counter.sees("Invoice chosen after paying")
        counter.press("enter")
        await counter.sees(
            "Which units are invoiced?", "3 of 3", "1 of 1", "Enter invoices everything"
        )
        counter.press("-", "-", "down", " ")
        await counter.sees("1 of 3", "0 of 1", "Enter invoices 1 unit")
        counter.press("enter")
        await counter.sees("Scan the next item", "Invoice 20", "€ 6,95")
        assert sale.invoice is not None
        assert sale.invoice.total is not None
        assert sale.invoice.total.minor == 695
        assert len(counter.charges()) == 1


async def test_units_can_be_added_to_an_invoice_of_this_order(tmp_path: Path) -> None:
    shop = replace(SHOP, invoicing="choose")
    async with a_counter(tmp_path, shop=shop) as counter:
        await counter.at_the_list(codes(2))
        counter.press("enter")
        await counter.sees("Which units are invoiced?", "1 of 1")
        done = counter.sale.invoiceable[0]
        other = invoices.invoice_items(counter.server.backend, [done], None)
        counter.press(" ", "f4")
        await counter.sees("Type the id of an invoice of this order")
        counter.type(other.id)
        counter.press("enter")
        await counter.sees("Enter invoices 1 unit on invoice")
        counter.press("enter")
        await counter.sees("Scan the next item", f"Invoice {other.number}")
        assert counter.sale.invoice is not None
        assert counter.sale.invoice.total == counter.sale.total


async def test_a_sale_can_end_without_an_invoice(tmp_path: Path) -> None:
    shop = replace(SHOP, invoicing="choose")
    async with a_counter(tmp_path, shop=shop) as counter:
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("Which units are invoiced?")
        counter.press("escape")
        await counter.sees("F8 nothing")
        counter.press("f8")
        await counter.sees("No invoice was asked for")
        assert counter.sale.invoice is None


async def test_scans_while_units_are_chosen_wait_and_choose_nothing(tmp_path: Path) -> None:
    shop = replace(SHOP, invoicing="choose")
    async with a_counter(tmp_path, shop=shop) as counter:
        sale = counter.sale
        await counter.at_the_list(codes(1))
        counter.press("enter")
        await counter.sees("Which units are invoiced?")
        counter.press(*"-87-x45", "enter")
        await eventually(lambda: list(counter.app.waiting) == ["-87-x45"])
        await counter.sees("1 of 1")
        counter.press("f6")
        await eventually(lambda: counter.sale is not sale and counter.sale.basket)
        assert sale.stage is Stage.PAID
        counter.press("f7")
        assert sale in counter.till.open_sales()


async def test_an_invoice_that_is_refused_says_that_the_sale_is_safe(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        counter.server.fault("invoiceItems", "status:422", count=None)
        await paid(counter, codes(1))
        await counter.sees("The invoice was refused; the sale is paid and safe")


async def test_the_last_invoice_is_there_at_once_and_another_one_by_its_id(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(100, 30)) as counter:
        await paid(counter, codes(1))
        await eventually(lambda: counter.sale.stage is Stage.DONE)
        first = counter.sale.invoice
        assert first is not None
        counter.press("enter")
        await paid(counter, codes(2, 2))
        await eventually(lambda: counter.sale.stage is Stage.DONE)
        second = counter.sale.invoice
        assert second is not None
        counter.press("enter")
        counter.app.open_screen(InvoiceScreen())
        await counter.sees(f"Invoice {second.number}", "type another id")
        counter.type(first.invoice_id)
        counter.press("enter")
        await counter.sees(f"Invoice {first.number}")
        counter.type("nothing-like-it")
        counter.press("enter")
        await counter.sees("There is no such invoice")
        counter.scan(codes(1)[0])
        await counter.sees("1 scan waiting")
        counter.press("escape", "escape")
        await eventually(lambda: counter.sale.basket.units == 1)


async def test_without_any_sale_the_invoice_screen_asks_for_an_id(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        counter.app.open_screen(InvoiceScreen())
        await counter.sees("Earlier invoices", "Invoice id")
        counter.press("enter")
        await counter.sees("No sale was finished yet")
