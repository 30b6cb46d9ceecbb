"""Any keys in any order, in any window: the till stands, and what was charged is what it knows to be paid."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from harness import codes, eventually
from test_payment_counter import Counter, a_counter

from tui_pos.domain.attempt import Attempt
from tui_pos.services.sale import Sale
from tui_pos.ui.screens.payment import PaymentScreen
from tui_pos.ui.screens.tender_panes import CashPane, TenderPane
from tui_pos.ui.strokes import Pasted
from tui_pos.ui.terminal import Typed

CHOOSING = [
    "enter",
    "enter",
    "f9",
    "*",
    "/",
    "+",
    "2",
    "4,",
    "f10",
    "f5",
    "f2",
    "up",
    "tab",
    "escape",
]
OTHERS = [
    "enter",
    "enter",
    "d",
    "d",
    "a",
    "w",
    "t",
    "c",
    "?",
    "x",
    "2",
    "f2",
    "f6",
    "f7",
    "f8",
    "escape",
]
OUTCOMES = ["approve", "abort", "decline", "answer_lost", "cancel_late"]


def strokes_for(counter: Counter, chance: random.Random) -> list[str]:
    """One to three keys, more or less to the point."""
    top = counter.app.top
    if isinstance(top, PaymentScreen):
        keys = CHOOSING if isinstance(top.pane, (TenderPane, CashPane)) else OTHERS
        return [
            key
            for k in chance.choices(keys, k=chance.choice((1, 1, 2, 3)))
            for key in ((k,) if len(k) > 2 else k)
        ]
    if len(counter.app.stack) > 1:
        return ["escape"]
    scan = [*chance.choice(codes(5)), "enter"]
    return ["f9"] if counter.sale.basket else [*scan, chance.choice(("f9", "f7"))]


@pytest.mark.parametrize("seed", range(4))
async def test_any_keys_never_charge_more_than_is_booked(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with a_counter(tmp_path, size=(80, 24), late_s=0.0) as counter:
        for name in ("Counter 1", "Counter 2", "Mobile"):
            counter.server.terminal(name, script=chance.choices(OUTCOMES, k=20))
        seen: dict[str, Sale] = {}
        for _ in range(70):
            sale = counter.till.current
            seen[sale.sale_id] = sale
            strokes = strokes_for(counter, chance)
            if chance.random() < 0.05:
                strokes.append(Pasted("8712345000004\rrest"))
            counter.app.post_message(Typed(strokes))
            await asyncio.sleep(
                chance.choice((0.0, 0.02, 0.05, 0.22))
            )  # so that letters stand alone, too
            width, height = chance.choice([(80, 24), (20, 5), (100, 30), (1, 1)])
            for screen in counter.app.stack:
                screen.draw(width, height)
        assert counter.app.return_code is None
        for sale in counter.till.sales.values():
            seen[sale.sale_id] = sale

        def booked() -> int:
            attempts: list[Attempt] = [a for s in seen.values() for a in s.attempts.values()]
            return sum(a.amount.minor for a in attempts if a.paid is not None)

        await eventually(lambda: sum(counter.charges()) == booked())
        for sale in seen.values():
            assert sale.paid <= sale.total


async def test_a_sale_can_be_paid_in_the_smallest_window(tmp_path: Path) -> None:
    async with a_counter(tmp_path, size=(20, 5)) as counter:
        await counter.sold(codes(1))
        counter.press("f9", "enter")
        await counter.sees("Paid")
        assert len(counter.charges()) == 1
