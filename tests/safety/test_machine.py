"""One sale at the real till, driven step by step; after every step the guards of payment-safety.md, 3.4 hold.

`SAFETY_EXAMPLES=2000 SAFETY_STEPS=50` plays more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from simulation.backend import Backend
from simulation.cashier import Cashier
from simulation.judge import Judge
from simulation.shift import alone
from simulation.shop import DRAWER, money
from simulation.station import Station
from simulation.terminals import OUTCOMES
from simulation.wire import CALL_FAULTS, READ_FAULTS, START_FAULTS
from simulation.world import Chances, World

from tui_pos.domain.attempt import Cash
from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Choice, PaymentView, Phase
from tui_pos.services.payments import Tender
from tui_pos.services.sale import Sale, Stage

FAULTS = {
    "start": START_FAULTS,
    "read_order": READ_FAULTS,
    "attach": CALL_FAULTS,
    "create_payment": CALL_FAULTS,
    "mark_paid": CALL_FAULTS,
    "open_order": CALL_FAULTS,
}
_LEADS = (Choice.AGAIN, Choice.OTHER, Choice.BACK)
_LONGEST_S = 1_500.0


class OneSale(RuleBasedStateMachine):
    """A cashier, a card, a terminal, and everything that can go wrong between them."""

    @initialize(
        seed=st.integers(0, 9_999), variant=st.integers(1, 3), lag=st.sampled_from((0.0, 1.0))
    )
    def open_shop(self, seed: int, variant: int, lag: float) -> None:
        self.world = World(seed, Chances(lag=lag))
        self.stack = ExitStack()
        self.stack.enter_context(alone(self.world))
        self.backend = Backend(self.world, variant, 2)
        self.judge = Judge(self.backend)
        self.station = Station(self.world, self.backend, self.judge, "till-1")
        self.paid: set[str] = set()
        self._do(self.station.boot)
        self._do(self._ring_up)
        self._pass(3.0)

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        self.world.script.clear()
        self.world.is_calm = True
        with self.stack:
            self._pass(_LONGEST_S)
            verdict = self.judge.close()
            self._do(self.station.till.close)
            self.station.machine.die()
            self._do(self.station.machine.settle)
        assert verdict.is_safe, self._story()
        assert not verdict.reported, self._story()

    async def _ring_up(self) -> None:
        self.station.till.ring_up("COLA", 3)

    # -- what people do ------------------------------------------------------------------------------

    @precondition(lambda self: self.sale.unresolved is None)
    @rule(
        card=st.sampled_from((True, True, True, False)),
        terminal=st.integers(0, 1),
        part=st.sampled_from((1, 1, 1, 2)),
        fault=st.sampled_from(("", "", *START_FAULTS)),
        gateway=st.sampled_from(("", "", "504", "pending")),
        outcome=st.sampled_from(OUTCOMES),
        wait=st.sampled_from((0.0, 0.1, 1.0, 20.0)),
    )
    def begin(
        self,
        card: bool,
        terminal: int,
        part: int,
        fault: str,
        gateway: str,
        outcome: str,
        wait: float,
    ) -> None:
        till, sale, script = self.station.till, self.sale, self.world.script
        script["start"] = [fault]
        script["gateway"] = [gateway] if gateway else []
        self.backend.terminals[f"T{terminal + 1}"].script = [outcome]

        async def pay() -> None:
            with suppress(PosError, TimeoutError):
                if not sale.basket or sale.stage is Stage.DONE:
                    till.next_sale()
                    await self._ring_up()
                    return
                async with asyncio.timeout(60.0):
                    methods = await till.ready_to_pay(sale)
                code = "PIN" if card else "CASH"
                method = next(m for m in methods if m.code == code)
                amount = money(sale.due.minor // part)
                if card:
                    till.payments.begin(sale, Tender(method, amount, method.terminals[terminal]))
                else:
                    cash = Cash(DRAWER.drawer_id, amount, amount)
                    till.payments.begin(sale, Tender(method, amount, cash=cash))

        self._do(pay)
        self._pass(wait)

    @precondition(lambda self: self.view is not None)
    @rule(wait=st.sampled_from((0.1, 20.0, 61.0)))
    def say(self, wait: float) -> None:
        """The truth, or nothing if the till does not ask."""
        self._pass(wait)
        view = self.view
        if view is not None and view.phase in (Phase.UNKNOWN, Phase.UNPROVEN):
            self._press(view, self._cashier().reads_terminal(view))

    @precondition(lambda self: self.view is not None)
    @rule(choice=st.sampled_from(_LEADS), times=st.integers(1, 2))
    def choose(self, choice: Choice, times: int) -> None:
        for _ in range(times):
            if (view := self.view) is not None:
                self._press(view, choice)

    @precondition(lambda self: self.view is not None)
    @rule()
    def leave_and_come_back(self) -> None:
        till, sale = self.station.till, self.sale

        async def away() -> None:
            till.next_sale()
            await asyncio.sleep(1.0)
            with suppress(PosError):
                till.recall(sale.sale_id)

        self._do(away)

    # -- what the world does -------------------------------------------------------------------------

    @rule(data=st.data(), call=st.sampled_from(sorted(FAULTS)))
    def fault(self, data: st.DataObject, call: str) -> None:
        """The next call of this kind goes wrong."""
        self.world.script.setdefault(call, []).append(data.draw(st.sampled_from(FAULTS[call])))

    @rule(seconds=st.sampled_from((0.01, 0.5, 2.0, 10.0, 61.0, 61.0, 260.0)))
    def wait(self, seconds: float) -> None:
        self._pass(seconds)

    @rule(seconds=st.sampled_from((0.0, 0.0, 100.0, 400.0)), reboot=st.booleans())
    def crash_or_sleep(self, seconds: float, reboot: bool) -> None:
        """kill -9 and a restart, or a machine that is closed for a while."""
        if seconds:
            self.world.suspend(seconds)
            self._pass(0.01)
            return

        async def again() -> None:
            await self.station.kill(reboot=reboot)
            await self.station.boot()

        self._do(again)

    # -- what always holds ---------------------------------------------------------------------------

    @invariant()
    def the_guards_hold(self) -> None:
        if not hasattr(self, "station"):
            return
        verdict = self.judge.verdict
        assert not verdict.broken, self._story()
        assert not verdict.ghost, self._story()
        assert not self.world.loop.surprises, self._story()
        indexes = [index for _, index, _ in self.station.disk.attempts.values()]
        assert sum(not index.is_resolved for index in indexes) <= 1, self._story()  # G1
        paid = {index.attempt_id for index in indexes if index.state in ("paid", "closed")}
        assert self.paid <= paid, self._story()  # G4, G6
        self.paid = paid

    # -- inside --------------------------------------------------------------------------------------

    @property
    def sale(self) -> Sale:
        till = self.station.till
        open_ = (s for s in till.sales.values() if s.basket and s.stage is not Stage.DONE)
        return next(open_, till.current)

    @property
    def view(self) -> PaymentView | None:
        payments = self.station.till.payments
        attempt_id = payments.latest(self.sale)
        return None if attempt_id is None else payments.view(attempt_id)

    def _cashier(self) -> Cashier:
        station = self.station
        return Cashier(station.till, station.machine, self.backend, self.judge)

    def _press(self, view: PaymentView, choice: Choice) -> None:
        payments, offered = self.station.till.payments, choice in view.choices

        async def press() -> None:
            try:
                if choice is Choice.AGAIN:
                    payments.again(view.attempt_id)
                elif choice in (Choice.OTHER, Choice.BACK):
                    payments.leave(view.attempt_id, to_basket=choice is Choice.BACK)
                else:
                    payments.say(view.attempt_id, choice, supervisor="Chef")
            except PosError:
                return
            assert offered, f"{choice} was not offered and taken\n{self._story()}"

        self._do(press)

    def _do(self, work: Callable[[], Any]) -> None:
        """As the program on its machine would, so that it dies with it."""
        self.world.loop.run_until_complete(self._on_machine(work))

    async def _on_machine(self, work: Callable[[], Any]) -> None:
        with self.station.machine.at_work():
            await work()

    def _pass(self, seconds: float) -> None:
        self.world.loop.run_until_complete(asyncio.sleep(seconds))

    def _story(self) -> str:
        return "\n".join([*self.world.timeline, str(self.judge.verdict)])


OneSale.TestCase.settings = settings(
    max_examples=int(os.environ.get("SAFETY_EXAMPLES", "400")),
    stateful_step_count=int(os.environ.get("SAFETY_STEPS", "30")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

TestOneSale = OneSale.TestCase
