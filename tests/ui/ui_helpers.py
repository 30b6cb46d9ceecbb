"""Ways to type at the real app and to read its screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from stand_in_till import StandIn
from textual.pilot import Pilot

from tui_pos.ui.app import TillApp
from tui_pos.ui.screens.sale import SaleScreen
from tui_pos.ui.strokes import from_text
from tui_pos.ui.terminal import Typed


def burst(app: TillApp, text: str, *keys: str) -> None:
    """Everything in one event, as one read of the terminal brings it."""
    app.post_message(Typed([*from_text(text), *keys]))


def paced(app: TillApp, text: str) -> None:
    """One event per character, with nothing in between."""
    for char in from_text(text):
        app.post_message(Typed([char]))


async def eventually(is_so: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a fact."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.002)


def shown(app: TillApp) -> str:
    """What the screen shows, drawn now."""
    app.paint()
    return app.canvas.text()


def codes(app: TillApp) -> list[str]:
    return [line.code for line in app.till.current.basket]


def sale_screen(app: TillApp) -> SaleScreen:
    screen = app.stack[0]
    assert isinstance(screen, SaleScreen)
    return screen


@asynccontextmanager
async def opened(
    till: StandIn | None = None, *, size: tuple[int, int] = (80, 24), note: str = ""
) -> AsyncIterator[tuple[TillApp, StandIn, Pilot[int]]]:
    """The real app over a stand-in till, without a terminal."""
    till = till or StandIn()
    app = TillApp(till.as_till(), note=note)
    async with app.run_test(size=size) as pilot:
        await eventually(lambda: app.canvas.size == size and app.stack)
        yield app, till, pilot
