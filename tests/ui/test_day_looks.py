"""How the end of the day looks, at the sizes that people use and in a window that is far too small."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from stand_in_till import NOON, StandIn
from syrupy.assertion import SnapshotAssertion
from ui_helpers import burst, eventually, opened, shown

from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind
from tui_pos.ports.journal import Link
from tui_pos.services.day import (
    CashFigures,
    DayFigures,
    DaySlip,
    Difference,
    Kind,
    LastClose,
    TenderFigures,
    slip,
)
from tui_pos.ui.grid import cells_of
from tui_pos.ui.present import Format
from tui_pos.ui.screens.day import DayScreen
from tui_pos.ui.screens.day_view import CLOSER, DayState, draw_day, draw_slip, fields
from tui_pos.ui.screens.payment_parts import Space

SIZES = [(80, 24), (100, 30), (160, 50), (20, 5)]
FORM = Format("nl_NL")


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


DIFFERENCES = (
    Difference(
        "in_doubt:p1",
        Kind.IN_DOUBT,
        "The terminal was asked, and how it ended is not known.",
        "F7 on the sale screen brings it back. Or a supervisor signs: it stays open.",
        euro(1945),
        "Counter [red]1",
        "order 100023",
    ),
    Difference(
        "foreign:p2",
        Kind.FOREIGN,
        "Paid on our order, and not by this till.",
        "Ask who took it: another till or the office. Refund what was paid twice, then sign.",
        euro(500),
        "",
        "order 100024",
    ),
)
FIGURES = DayFigures(
    number=3,
    since=NOON - timedelta(hours=18),
    at=NOON,
    after=40,
    head=Link(90, "ab" * 32),
    sales=12,
    refused=1,
    abandoned=2,
    tenders=(
        TenderFigures("PIN terminal", TenderKind.CARD, 10, euro(149_940), euro(151_885)),
        TenderFigures("Cash", TenderKind.CASH, 3, euro(2_749), euro(2_749)),
    ),
    terminals=(
        TenderFigures(
            "Counter [red]1", TenderKind.CARD, 8, euro(100_000), euro(101_945), terminal_id="t1"
        ),
        TenderFigures(
            "Counter 2", TenderKind.CARD, 2, euro(49_940), euro(0), False, terminal_id="t2"
        ),
    ),
    cash=(CashFigures("d1", 3, euro(2_750), euro(1), euro(0)),),
    differences=DIFFERENCES,
)


class FixedDay:
    """Always the same day."""

    is_writing = False

    async def last(self) -> LastClose:
        return LastClose(2, None, "Anna", 40, "cd" * 32)

    async def figures(self) -> DayFigures:
        return FIGURES


class DayTill(StandIn):
    day: Any = FixedDay()


def text_of(state: DayState, size: tuple[int, int]) -> str:
    rows, caret, _ = draw_day(state, Space(*size), FORM)
    assert len(rows) <= size[1]
    assert caret is None or 0 <= caret[1] < size[1]
    return "\n".join("".join(char for char, _ in cells_of(row, size[0])).rstrip() for row in rows)


@pytest.mark.parametrize("size", SIZES)
async def test_the_close_of_a_day(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with opened(DayTill(), size=size) as (app, _, _):
        burst(app, "zr\r")
        await eventually(lambda: isinstance(app.top, DayScreen) and app.top.figures)
        burst(app, "1000,00", "enter")
        burst(app, "499,", "down")
        burst(app, "Bea")
        await eventually(lambda: isinstance(app.top, DayScreen) and "Bea" in app.top.texts.values())
        assert shown(app) == snapshot


@pytest.mark.parametrize("size", SIZES)
async def test_the_day_so_far(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with opened(DayTill(), size=size) as (app, _, _):
        burst(app, "xr\r")
        await eventually(lambda: isinstance(app.top, DayScreen) and app.top.figures)
        assert shown(app) == snapshot


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (80, 21), (160, 47), (1, 1)])
def test_every_field_is_seen_while_it_is_typed_into(size: tuple[int, int]) -> None:
    figures = FIGURES.with_totals({})
    for name in fields(figures):
        state = DayState(figures, True, name, {name: "Bea 12,50"}, "Anna")
        text = text_of(state, size)
        if size[0] >= 40:
            assert ("Bea 12,50" in text) or name == CLOSER, text
        elif size[0] >= 20:
            assert "Bea" in text


def test_the_slip_has_everything_in_42_columns(snapshot: SnapshotAssertion) -> None:
    typed = FIGURES.with_totals({"t1": euro(100_000), "t2": euro(49_940)})
    signed = {d.difference_id: "Bea de Vries" for d in typed.differences}
    at = NOON + timedelta(hours=6)
    day = DaySlip(3, at, "Anna", typed, signed, 91, "0123456789abcdef" * 4)
    lines = slip(day, store="Utrecht", till_id="till-1", money=FORM.money)
    assert max(map(len, lines)) <= 42
    assert "\n".join(line for line in lines if "11-2026" not in line) == snapshot
    assert len(draw_slip(lines, 500, Space(20, 5))) == 5
