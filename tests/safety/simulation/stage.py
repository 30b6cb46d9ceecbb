"""One till on a stage: what happens is written down beforehand, and nothing is left to chance."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from simulation.backend import Backend
from simulation.judge import Judge, Verdict
from simulation.shift import alone
from simulation.shop import DRAWER
from simulation.station import Station
from simulation.world import Chances, World
from tui_pos.domain.attempt import Attempt, Cash
from tui_pos.services.payment_view import Choice, PaymentView
from tui_pos.services.payments import Tender
from tui_pos.services.sale import Sale
from tui_pos.services.till import Till


class Stage:
    """A till with one sale, its server and two terminals."""

    def __init__(self, variant: int) -> None:
        self.world = World(0, Chances())
        self.backend = Backend(self.world, variant, 2)
        self.backend.status_on_end = "PENDING"
        self.judge = Judge(self.backend)
        self.station = Station(self.world, self.backend, self.judge, "till-1")

    @property
    def till(self) -> Till:
        return self.station.till

    @property
    def sale(self) -> Sale:
        till = self.till
        if till.current.basket or not till.sales:
            return till.current
        return next((s for s in till.sales.values() if s.basket), till.current)

    @property
    def view(self) -> PaymentView:
        attempt_id = self.till.payments.latest(self.sale)
        assert attempt_id is not None
        return self.till.payments.view(attempt_id)

    @property
    def attempt(self) -> Attempt:
        return self.sale.attempts[self.view.attempt_id]

    @property
    def charged(self) -> list[int]:
        return [charge.amount for charge in self.backend.ledger]

    def do(self, act: Callable[[], object], *, then: float = 0.0) -> None:
        """Press a key on the machine, then let time pass."""

        async def press() -> None:
            with self.station.machine.at_work():
                result = act()
                if isinstance(result, Awaitable):
                    await result

        self.world.loop.run_until_complete(press())
        self.wait(then)

    def wait(self, seconds: float) -> None:
        self.world.loop.run_until_complete(asyncio.sleep(seconds))

    def wait_for(self, fact: Callable[[], object], within: float = 600.0) -> None:
        end = self.world.now() + within
        while not fact():
            assert self.world.now() < end, self.story
            self.wait(0.25)

    def sells(self, *codes: str) -> None:
        """Ring up and wait until the server has followed."""
        for code in codes:
            self.do(lambda code=code: self.till.ring_up(code))  # type: ignore[misc]
        self.wait_for(lambda: self.till.current.is_converged)

    def card(self, *outcomes: str, fault: str = "", terminal: int = 0, then: float = 0.0) -> None:
        """Begin to pay by card what is due."""
        self.backend.terminals[f"T{terminal + 1}"].script += outcomes
        self.world.script.setdefault("start", []).append(fault)

        async def pay() -> None:
            methods = await self.till.ready_to_pay(self.sale)
            method = next(m for m in methods if m.code == "PIN")
            tender = Tender(method, self.sale.due, method.terminals[terminal])
            self.till.payments.begin(self.sale, tender)

        self.do(pay, then=then)

    def cash(self, then: float = 0.0) -> None:
        async def pay() -> None:
            methods = await self.till.ready_to_pay(self.sale)
            method = next(m for m in methods if m.code == "CASH")
            due = self.sale.due
            cash = Cash(DRAWER.drawer_id, due, due)
            self.till.payments.begin(self.sale, Tender(method, due, cash=cash))

        self.do(pay, then=then)

    def press(self, choice: Choice, then: float = 0.0) -> None:
        payments, attempt_id = self.till.payments, self.view.attempt_id
        match choice:
            case Choice.AGAIN:
                self.do(lambda: payments.again(attempt_id), then=then)
            case Choice.OTHER | Choice.BACK:
                to_basket = choice is Choice.BACK
                self.do(lambda: payments.leave(attempt_id, to_basket=to_basket), then=then)
            case _:
                self.do(lambda: payments.say(attempt_id, choice, supervisor="Chef"), then=then)

    def restart(self, then: float = 0.0) -> None:
        async def again() -> None:
            await self.station.kill()
            await self.station.boot()

        self.do(again, then=then)

    def end(self, wait: float = 1_500.0) -> Verdict:
        """All faults gone; what the ledger says then."""
        self.world.script.clear()
        self.wait(wait)
        return self.judge.close()

    @property
    def story(self) -> str:
        return "\n".join([*self.world.timeline, str(self.judge.verdict)])


@contextmanager
def stage(variant: int = 2) -> Iterator[Stage]:
    """A started till; gone without a trace afterwards."""
    scene = Stage(variant)
    with alone(scene.world):
        scene.do(scene.station.boot)
        try:
            yield scene
        finally:
            scene.station.machine.die()
            scene.do(scene.station.machine.settle)
