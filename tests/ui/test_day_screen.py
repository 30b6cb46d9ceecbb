"""The end of the day at the real screen: looked at, closed by F9 with names, never by accident."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness import POLICY, SHOP, eventually
from test_payment_counter import QUIET_POLICY, Counter, a_counter

from tui_pos.services.payment_view import Phase
from tui_pos.services.sale import Sale, Stage
from tui_pos.ui.screens.day import DayScreen
from tui_pos.ui.screens.sale import SaleScreen
from tui_pos.ui.terminal import Typed

BEANS, WATER = "8712345000004", "8712345000011"


async def sold(counter: Counter) -> Sale:
    """A sale of 6,95 by card, and the next customer."""
    sale = counter.sale
    await counter.at_the_list([BEANS])
    counter.press("enter")
    await counter.sees("Paid")
    await eventually(lambda: sale.stage is Stage.DONE)
    counter.press("enter")
    await eventually(lambda: isinstance(counter.app.top, SaleScreen))
    return sale


async def opened(counter: Counter, word: str) -> None:
    counter.type(word)
    counter.press("enter")
    await counter.sees("Day 1, so far" if word == "xr" else "Close day")
    await eventually(lambda: isinstance(counter.app.top, DayScreen) and not counter.app.top.doing)


def day_screen(counter: Counter) -> DayScreen:
    assert isinstance(counter.app.top, DayScreen)
    return counter.app.top


async def closes(counter: Counter) -> int:
    return (await counter.till.day.last()).number


async def test_the_figures_are_shown_and_nothing_is_changed(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await sold(counter)
        await opened(counter, "xr")
        await counter.sees("the first day, 1 sale", "Counter 1", "€ 6,95", "Nothing differs.")
        counter.press("f9", "enter", "f6")
        counter.press("f1")
        await counter.sees("Read the journal and the server once more.")
        counter.press("escape", "escape")
        await eventually(lambda: isinstance(counter.app.top, SaleScreen))
        assert await closes(counter) == 0


async def test_a_clean_day_is_closed_with_its_terminal_s_total_typed(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await sold(counter)
        await opened(counter, "zr")
        await counter.sees("1 difference without a name", "Its total was not typed")
        counter.type("6,95")
        await counter.sees("F9 closes day 1", "Nothing differs.", "Closed by Anna")
        counter.press("f9")
        last = await counter_closed(counter)
        await counter.sees("Day 1 is closed", f"Journal head {last[:16]}", "DAY 1")
        counter.press("f9", "enter")
        counter.press("escape")
        await eventually(lambda: isinstance(counter.app.top, SaleScreen))
        assert await closes(counter) == 1
        counter.type("xr")
        counter.press("enter")
        await counter.sees("Day 2, so far", "Nothing was paid.", "Day 1 was closed", last[:16])


async def counter_closed(counter: Counter) -> str:
    """Wait for the slip; the chain's head on it."""
    await counter.sees("is closed", "Journal head")
    return (await counter.till.day.last()).head


async def test_a_total_that_differs_needs_a_name(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(80, 30)) as counter:
        await sold(counter)
        await opened(counter, "zr")
        counter.type("10")
        await counter.sees("Terminal total", "€ 3,05", "3.05 more")
        counter.press("f9")
        await counter.sees("Nothing was closed. Type a name under each.")
        assert await closes(counter) == 0
        counter.type("Bea")
        await counter.sees("F9 closes day 1")
        counter.press("enter")
        await counter.sees("signed: Bea")
        counter.press("f9")
        await counter_closed(counter)
        counter.press("pagedown")
        await counter.sees("signed: Bea")


async def test_what_is_no_amount_is_said_and_nothing_is_closed(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await sold(counter)
        await opened(counter, "zr")
        counter.type("6,9,5")
        counter.press("f9")
        await counter.sees("Nothing was closed: 6,9,5 is not an amount (Counter 1)")
        counter.press("escape")  # empties the field
        await eventually(lambda: "6,9,5 " not in counter.text.split("Nothing was closed")[0])
        counter.press("escape")
        await eventually(lambda: isinstance(counter.app.top, SaleScreen))
        assert await closes(counter) == 0


async def test_an_open_unknown_is_signed_by_a_supervisor(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(80, 40), policy=QUIET_POLICY) as counter:
        counter.server.terminal("Counter 1", mode="manual")
        counter.server.fault("start", "drop_after")
        await counter.at_the_list([BEANS])
        counter.press("enter")
        await eventually(lambda: counter.screen.view and counter.screen.view.phase is Phase.UNKNOWN)
        counter.press("f6")
        await eventually(lambda: isinstance(counter.app.top, SaleScreen))
        await opened(counter, "zr")
        await counter.sees("Outcome not known", "Counter 1, order", "how it ended is not known")
        counter.type("0")
        counter.press("f9")
        await counter.sees("needs a supervisor's name")
        await counter.sees("Supervisor's name")
        assert await closes(counter) == 0
        counter.type("Bea de Vries")
        counter.press("f6")
        await counter.sees("Each of these needs its own name")
        counter.press("down")
        await counter.sees("signed: Bea de Vries")
        counter.type("Bea")
        counter.press("f9")
        await counter_closed(counter)
        assert await closes(counter) == 1


async def test_one_name_goes_under_all_of_a_kind(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(80, 40)) as counter:
        sales = [await sold(counter), await sold(counter)]
        for sale in sales:
            assert sale.order is not None
            counter.server.foreign_payment(sale.order.order_id, 500)
        await opened(counter, "zr")
        await counter.sees("3 differences", "Unknown payment € 5,00")
        counter.type("13,90")
        counter.press("enter")
        counter.type("Bea")
        counter.press("f6")
        await counter.sees("F9 closes day 1")
        assert counter.flat.count("signed: Bea") == 1  # and the other one is being typed


async def test_scans_wait_and_sign_for_nothing(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        await sold(counter)
        await opened(counter, "zr")
        screen = counter.app.top
        assert isinstance(screen, DayScreen)
        counter.scan(BEANS)
        await counter.sees("1 scan waiting")
        counter.press("down")
        counter.type(WATER)  # a scanner that sends a key at a time
        counter.press("enter")
        await counter.sees("2 scans waiting")
        counter.app.post_message(Typed(["tab", *"AB-12345", "enter"]))
        await counter.sees("3 scans waiting")
        assert not any(screen.texts.values())
        counter.press("escape")
        await eventually(lambda: len(counter.sale.basket) >= 2)
        assert await closes(counter) == 0


async def test_a_server_that_cannot_be_reached_leaves_the_orders_unchecked(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(80, 40)) as counter:
        await sold(counter)
        counter.server.fault("order", "drop_before", count=None)
        await opened(counter, "xr")
        await counter.sees("not read", "Not checked", "The order could not be read.")
        counter.server.clear_faults()
        counter.press("f2")
        await counter.sees("Nothing differs.")


async def test_nobody_s_till_asks_who_closes_the_day(tmp_path: Path) -> None:
    async with a_counter(tmp_path, shop=replace(SHOP, cashier="")) as counter:
        await opened(counter, "zr")
        await counter.sees("Nothing was paid.", "Type who closes the day")
        counter.press("f9")
        await counter.sees("Nobody closes the day")
        counter.type("Bo")
        await counter.sees("F9 closes day 1")
        counter.press("f9")
        await counter_closed(counter)


async def test_esc_while_everything_is_read_closes_nothing(tmp_path: Path) -> None:
    async with a_counter(tmp_path, policy=POLICY) as counter:
        await sold(counter)
        await opened(counter, "zr")
        counter.type("6,95")
        counter.server.latency("order", 30.0)
        counter.press("f9")
        await counter.sees("Reading everything once more")
        counter.press("escape")
        await eventually(lambda: isinstance(counter.app.top, SaleScreen))
        counter.server.clear_faults()
        assert await closes(counter) == 0


@pytest.mark.parametrize("size", [(20, 5), (30, 8), (50, 12), (200, 60)])
async def test_no_window_is_too_small(size: tuple[int, int], tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=size) as counter:
        counter.scan(BEANS)
        await eventually(lambda: counter.sale.is_total_certain and counter.sale.basket)
        for word in ("xr", "zr"):
            counter.type(word)
            counter.press("enter")
            await eventually(lambda: isinstance(counter.app.top, DayScreen))
            await eventually(lambda: day_screen(counter).figures)
            assert len(day_screen(counter).draw(*size)) <= size[1]
            counter.press("down", "pagedown", "up", "escape")
            await eventually(lambda: isinstance(counter.app.top, SaleScreen))
