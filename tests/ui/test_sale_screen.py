"""The sale, typed at as a scanner and a cashier do."""

from __future__ import annotations

import pytest
from stand_in_till import StandIn
from textual import events
from ui_helpers import burst, codes, eventually, opened, paced, sale_screen, shown

from tui_pos.domain.errors import PosError
from tui_pos.domain.events import BackendChanged, Level, Noticed, SaleChanged
from tui_pos.domain.money import Money
from tui_pos.domain.order import Order
from tui_pos.ui.screens.find import FindScreen
from tui_pos.ui.screens.help import HelpScreen
from tui_pos.ui.screens.message import Message, Question
from tui_pos.ui.screens.recall import RecallScreen

THIRTY = [str(4006381330000 + n * 7) for n in range(30)]


@pytest.mark.parametrize("send", [burst, paced])
async def test_thirty_scans_become_thirty_lines_in_order(send: type[burst]) -> None:  # type: ignore[valid-type]
    async with opened() as (app, _, _):
        send(app, "".join(f"{code}\r" for code in THIRTY))  # type: ignore[misc]
        await eventually(lambda: len(codes(app)) == 30)
        assert codes(app) == THIRTY
        assert THIRTY[-1] in shown(app)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t"])
async def test_any_line_end_ends_a_scan(end: str) -> None:
    async with opened() as (app, _, _):
        burst(app, f"871{end}872{end}".replace("\r\n", "\r"))
        await eventually(lambda: codes(app) == ["871", "872"])


async def test_keys_of_textual_and_pastes_are_lines_too() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("8", "7", "1", "enter")
        app.post_message(events.Paste("872\n873"))
        await pilot.press("ctrl+j")
        await eventually(lambda: codes(app) == ["871", "872", "873"])


async def test_quantities() -> None:
    async with opened() as (app, till, _):
        burst(app, "3*871\r872\r*5\r", "up")
        burst(app, "7*\r", "down")
        burst(app, "12", "f4")
        await eventually(lambda: [x.quantity for x in till.current.basket] == [7, 12])
        burst(app, "0*873\r")
        await eventually(lambda: "0 is not a quantity" in shown(app))
        assert len(till.current.basket) == 2


async def test_star_on_an_empty_line_begins_a_quantity() -> None:
    async with opened() as (app, till, _):
        burst(app, "871\r", "f4")
        burst(app, "4\r")
        await eventually(lambda: [x.quantity for x in till.current.basket] == [4])


async def test_a_line_is_cleared_and_nothing_else() -> None:
    async with opened() as (app, till, _):
        burst(app, "871\r872", "escape")
        burst(app, "873", "ctrl+u")
        burst(app, "874", "backspace", "escape", "escape", "escape")
        await eventually(lambda: sale_screen(app).editor.text == "")
        burst(app, "875\r")
        await eventually(lambda: codes(app) == ["871", "875"])
        assert till.current.basket.units == 2


async def test_minus_removes_the_chosen_line() -> None:
    async with opened() as (app, till, _):
        burst(app, "871\r872\r873\r", "up")
        burst(app, "-")
        await eventually(lambda: codes(app) == ["871", "873"])
        assert "Removed" in shown(app)
        burst(app, "vd\r", "f8")
        await eventually(lambda: not till.current.basket)
        burst(app, "-")
        await eventually(lambda: "no line to remove" in shown(app))


async def test_the_whole_sale_is_cancelled_by_its_word_only() -> None:
    async with opened() as (app, till, _):
        burst(app, "871\rcance\r", "escape", "escape", "ctrl+c", "ctrl+z", "f12")
        await eventually(lambda: "871" in codes(app))
        burst(app, "cancel\r")
        await eventually(lambda: not till.current.basket)


async def test_a_code_that_begins_with_a_symbol_is_a_code() -> None:
    async with opened() as (app, _, _):
        burst(app, "+A123BJC5D6E71\r-8\r")
        await eventually(lambda: codes(app) == ["+A123BJC5D6E71", "-8"])
        assert len(app.stack) == 1


async def test_an_unknown_code_is_loud_and_blocks_nothing() -> None:
    async with opened() as (app, _, _):
        burst(app, "871\r00001234\r872\r")
        await eventually(lambda: len(codes(app)) == 3)
        text = shown(app)
        assert "UNKNOWN CODE" in text
        assert "not counted" in text
        burst(app, "00009999\r")
        await eventually(lambda: "Unknown code 00009999" in shown(app))


async def test_a_refusal_of_the_services_is_said() -> None:
    class Locked(StandIn):
        def ring_up(self, code: str, quantity: int = 1) -> object:  # type: ignore[override]
            raise PosError(title="This sale is being paid", advice="F6 lets it run.")

    async with opened(Locked()) as (app, _, _):
        burst(app, "871\r")
        await eventually(lambda: "This sale is being paid. F6 lets it run." in shown(app))


async def test_a_scan_raises_the_same_article() -> None:
    async with opened() as (app, till, _):
        burst(app, "8712345678906\r8712345678906\r")
        await eventually(lambda: till.current.basket and till.current.basket[0].quantity == 2)
        assert "+1: now 2 x" in shown(app)


async def test_scans_wait_while_a_dialog_is_open() -> None:
    async with opened() as (app, _, _):
        app.open_screen(Message("Careful", "Something happened."))
        burst(app, "8712345678906\r")
        paced(app, "4006381333931\r")
        await eventually(lambda: len(app.waiting) == 2)
        assert "2 scans waiting" in shown(app)
        assert codes(app) == []
        burst(app, "", "escape")
        await eventually(lambda: codes(app) == ["8712345678906", "4006381333931"])
        assert len(app.stack) == 1


async def test_found_articles_are_rung_up() -> None:
    async with opened() as (app, _, pilot):
        burst(app, "milk\r")
        await eventually(lambda: isinstance(app.top, FindScreen) and "Oat milk no. 1" in shown(app))
        await pilot.press("3", "enter")
        await eventually(lambda: codes(app) == ["SKU-13"])
        burst(app, "", "f2")
        paced(app, "mug")
        await eventually(lambda: "Mug, white no. 5" in shown(app))
        burst(app, "", "down", "enter")
        await eventually(lambda: codes(app) == ["SKU-13", "SKU-11"])


async def test_a_scan_does_not_answer_a_search() -> None:
    async with opened() as (app, _, _):
        burst(app, "", "f2")
        paced(app, "mug")
        await eventually(lambda: "Mug, white no. 5" in shown(app))
        paced(app, "8712345678906\r")
        await eventually(lambda: list(app.waiting) == ["8712345678906"])
        assert isinstance(app.top, FindScreen)
        burst(app, "", "escape")
        await eventually(lambda: codes(app) == ["8712345678906"])


async def test_sales_are_put_aside_and_brought_back() -> None:
    async with opened() as (app, till, _):
        burst(app, "871\rTable 4", "f6")
        await eventually(lambda: "put aside" in shown(app))
        assert not till.current.basket
        burst(app, "", "f7")
        await eventually(lambda: isinstance(app.top, RecallScreen))
        assert "Table 4" in shown(app)
        burst(app, "", "enter")
        await eventually(lambda: codes(app) == ["871"])
        burst(app, "hd\rhd\r")
        await eventually(lambda: "There is nothing to hold" in shown(app))


async def test_help_lists_every_door() -> None:
    async with opened(size=(100, 40)) as (app, _, _):
        burst(app, "?")
        await eventually(lambda: isinstance(app.top, HelpScreen))
        text = shown(app)
        for door in ("F2", "F9", "vd", "tl", "3*code", "cancel"):
            assert door in text
        burst(app, "", "escape")
        await eventually(lambda: len(app.stack) == 1)


async def test_more_does_what_it_lists() -> None:
    async with opened() as (app, _, pilot):
        burst(app, "", "f10")
        await pilot.press("1", "enter")
        await eventually(lambda: isinstance(app.top, HelpScreen))


async def test_the_till_is_left_on_purpose_only() -> None:
    async with opened() as (app, till, _):
        burst(app, "871\r", "ctrl+q")
        await eventually(lambda: "There are open sales" in shown(app))
        burst(app, "cancel\r", "ctrl+q")
        await eventually(lambda: isinstance(app.top, Question))
        burst(app, "", "escape")
        burst(app, "exit\r")
        await eventually(lambda: isinstance(app.top, Question))
        burst(app, "", "enter", "ctrl+q")
        assert isinstance(app.top, Question)
        burst(app, "", "f9")
        await eventually(lambda: app.return_code == 0)
        assert not till.current.basket


async def test_a_long_basket_turns_its_pages() -> None:
    async with opened() as (app, _, _):
        burst(app, "".join(f"{code}\r" for code in THIRTY))
        await eventually(lambda: len(codes(app)) == 30)
        assert THIRTY[29] in shown(app)
        assert THIRTY[0] not in shown(app)
        burst(app, "", "home")
        await eventually(lambda: THIRTY[0] in shown(app))
        burst(app, "", "pagedown", "pageup", "end")
        await eventually(lambda: THIRTY[29] in shown(app))


async def test_what_services_say_is_shown() -> None:
    async with opened() as (app, till, _):
        await eventually(lambda: till.started)
        burst(app, "871\r")
        await eventually(lambda: codes(app))
        sale = till.current
        sale.order = Order("o", "1", "CONCEPT", sale.total + Money(250, "EUR"))
        sale.is_converged = True
        till.emit(SaleChanged(sale.sale_id))
        await eventually(lambda: "The server's total is € 2,50 higher" in shown(app))
        till.health.trouble = "token refused"
        till.emit(BackendChanged())
        await eventually(lambda: "token refused" in shown(app))
        till.emit(Noticed(Level.GOOD, "Invoice 2026-1 is ready"))
        await eventually(lambda: "Invoice 2026-1 is ready" in shown(app))


async def test_names_are_shown_as_sent_and_obeyed_by_nothing() -> None:
    async with opened() as (app, till, _):
        hostile = "Bolt [/M6] \x1b]0;x\x07\x9b2J\u202egnp [@click=app.quit]x[/]"
        till.find = lambda code: type(till.items.get("x") or StandIn().find("1"))("s", hostile)  # type: ignore[method-assign]
        burst(app, "871\r")
        await eventually(lambda: codes(app))
        text = shown(app)
        assert "Bolt [/M6]" in text
        assert all(char == "\n" or char.isprintable() for char in text)


async def test_a_basket_of_ten_thousand_lines_counts_on() -> None:
    till = StandIn()
    for number in range(10_000):
        till.ring_up(f"{number:06d}5")
    async with opened(till) as (app, _, _):
        burst(app, "8712345678906\r")
        await eventually(lambda: len(till.current.basket) == 10_001)
        assert "10001  8712345678906" in shown(app)
