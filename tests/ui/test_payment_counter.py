"""The counter that the other payment tests sell at, and how many keys a sale takes there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import LIMITS, POLICY, SHOP, Bench, a_till, codes, eventually

from tui_pos.adapters.commerce.limits import Limits
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import PaymentView
from tui_pos.services.payments import PaymentPolicy
from tui_pos.services.sale import Sale
from tui_pos.services.till import Shop, Till
from tui_pos.ui.app import TillApp
from tui_pos.ui.screens.payment import PaymentScreen
from tui_pos.ui.terminal import Typed

QUIET_POLICY = PaymentPolicy(
    quarantine_s=60.0, hold_s=30.0, first_read_s=60.0, read_s=60.0, slow_read_s=60.0
)
"""Nothing is read by itself: what is seen came from a key or from the terminal."""


@dataclass
class Counter:
    """The real app on a real till on the sandbox over HTTP; counts the keys that a cashier presses."""

    app: TillApp
    bench: Bench
    keys: int = 0

    @property
    def till(self) -> Till:
        return self.bench.till

    @property
    def server(self) -> SandboxServer:
        return self.bench.server

    @property
    def sale(self) -> Sale:
        return self.till.current

    @property
    def text(self) -> str:
        """What the screen shows, drawn now."""
        self.app.paint()
        return self.app.canvas.text()

    @property
    def flat(self) -> str:
        """The same with every run of white space as one space."""
        return " ".join(self.text.split())

    @property
    def screen(self) -> PaymentScreen:
        assert isinstance(self.app.top, PaymentScreen)
        return self.app.top

    @property
    def view(self) -> PaymentView:
        view = self.screen.view
        assert view is not None
        return view

    def scan(self, *found: str) -> None:
        """Each code in one event with its Enter, as a scanner sends it."""
        for code in found:
            self.app.post_message(Typed([*code, "enter"]))

    def press(self, *strokes: str) -> None:
        """Keys, one event each."""
        self.keys += len(strokes)
        for stroke in strokes:
            self.app.post_message(Typed([stroke]))

    def type(self, text: str) -> None:
        self.press(*text)

    async def sees(self, *words: str) -> None:
        """Wait until the screen shows all of these."""
        try:
            await eventually(lambda: all(word in self.flat for word in words))
        except AssertionError:
            missing = [word for word in words if word not in self.flat]
            raise AssertionError(f"{missing} never came:\n{self.text}") from None

    async def customer(self, key: str = "approve") -> None:
        """The customer presses a key on Counter 1, once it shows something."""
        await eventually(lambda: self.server.press("Counter 1", key))

    async def sold(self, found: Sequence[str]) -> None:
        """Scan, and wait until the order has followed."""
        self.scan(*found)
        await eventually(lambda: self.sale.basket and self.sale.is_total_certain)

    async def at_the_list(self, found: Sequence[str]) -> None:
        """Scan, press F9, and wait for the ways to pay."""
        await self.sold(found)
        self.press("f9")
        await self.sees("Counter 1", "Amount")

    def starts(self) -> int:
        return len(self.server.calls("start"))

    def charges(self) -> list[int]:
        return [charge.amount for charge in self.server.ledger()]


@asynccontextmanager
async def a_counter(
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    shop: Shop = SHOP,
    policy: PaymentPolicy = POLICY,
    limits: Limits = LIMITS,
    server: SandboxServer | None = None,
    **settings: Any,
) -> AsyncIterator[Counter]:
    """Open the shop; with a server that goes on from before, it is not closed."""
    if server is None:
        async with SandboxServer(outcome_by_cents=False, **settings) as server:
            async with a_counter(
                folder, size=size, shop=shop, policy=policy, limits=limits, server=server
            ) as counter:
                yield counter
        return
    async with a_till(
        server, folder, shop=shop, policy=policy, limits=limits, start=False
    ) as bench:
        app = TillApp(bench.till)
        async with app.run_test(size=size):
            await eventually(lambda: app.canvas.size == size and bool(app.stack))
            yield Counter(app, bench)


async def test_three_scans_pay_and_the_next_customer_are_two_keys(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        first = counter.sale
        await counter.sold(codes(3))
        counter.press("f9", "enter")
        await counter.sees("Paid", "Scan the next item")
        await eventually(lambda: first.invoice is not None)
        counter.scan(*codes(1, 5))
        await eventually(lambda: counter.sale is not first and len(counter.sale.basket) == 1)
        assert counter.keys == 2
        assert len(counter.app.stack) == 1
        assert counter.charges() == [first.total.minor]


async def test_with_a_quantity_they_are_four(tmp_path: Path) -> None:
    async with a_counter(tmp_path) as counter:
        first = counter.sale
        counter.scan(*codes(2))
        counter.press("3", "*")
        await counter.sold(codes(1, 2))
        counter.press("+", "enter")
        await counter.sees("Paid")
        counter.scan(*codes(1))
        await eventually(lambda: counter.sale is not first and len(counter.sale.basket) == 1)
        assert first.basket.units == 5
        assert counter.keys == 4
        assert len(counter.charges()) == 1


async def test_pay_and_enter_in_one_packet_with_the_scans_start_one_payment(tmp_path: Path) -> None:
    async with a_counter(tmp_path, duration_s=0.2) as counter:
        counter.server.latency("*", 0.05)
        burst = [stroke for code in codes(3) for stroke in [*code, "enter"]]
        counter.app.post_message(Typed([*burst, "f9", "enter", "enter", "enter"]))
        await counter.sees("Noted: it starts as soon as the list is here")
        await counter.sees("follow the terminal")
        counter.press("enter", "enter")
        await counter.sees("Paid")
        assert counter.starts() == 1
        assert len(counter.charges()) == 1
