"""What the sale looks like, as text, at the sizes that people use."""

from __future__ import annotations

import pytest
from stand_in_till import StandIn
from syrupy.assertion import SnapshotAssertion
from ui_helpers import burst, eventually, opened, shown

SIZES = [(80, 24), (100, 30), (160, 50)]
SCANS = "8712345678906\r3*4006381333931\r00001234\r8710000000017\r"


@pytest.mark.parametrize("size", SIZES)
async def test_a_sale_with_an_unknown_code(
    size: tuple[int, int], snapshot: SnapshotAssertion
) -> None:
    async with opened(size=size) as (app, till, _):
        burst(app, SCANS + "3*87")
        await eventually(lambda: len(till.current.basket) == 4)
        assert shown(app) == snapshot


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_sale(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with opened(size=size, note="Returns within 30 days, with the receipt.") as (app, _, _):
        assert shown(app) == snapshot


async def test_trouble_is_said_in_words(snapshot: SnapshotAssertion) -> None:
    till = StandIn()
    till.health.trouble = "no answer"
    till.health.is_reachable = False
    async with opened(till) as (app, _, _):
        burst(app, "8712345678906\r")
        await eventually(lambda: till.current.basket)
        till.current.trouble = "The shop's server cannot be reached. Prices are this till's own."
        assert shown(app) == snapshot


async def test_a_search(snapshot: SnapshotAssertion) -> None:
    async with opened() as (app, _, _):
        burst(app, "8712345678906\rmug\r")
        await eventually(lambda: "Mug, white no. 5" in shown(app))
        assert shown(app) == snapshot


async def test_a_tiny_window(snapshot: SnapshotAssertion) -> None:
    async with opened(size=(20, 5)) as (app, till, _):
        burst(app, "8712345678906\r12")
        await eventually(lambda: till.current.basket)
        assert shown(app) == snapshot
