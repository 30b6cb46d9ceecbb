"""The way between a till and the server: the commerce port over a network that fails in every known way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from simulation.backend import Backend
from simulation.judge import Judge
from simulation.shop import DRAWER
from simulation.world import L, Machine, W
from tui_pos.domain.errors import (
    BackendError,
    Conflict,
    Malformed,
    MaybeDone,
    NotAllowed,
    NotSent,
    PosError,
    RateLimited,
    Refused,
)
from tui_pos.domain.money import Money
from tui_pos.domain.order import (
    PENDING,
    InvoiceRef,
    Order,
    PaymentMethod,
    RemotePayment,
)
from tui_pos.domain.order import Terminal as TerminalChoice
from tui_pos.ports.commerce import Capabilities, Health, Wanted

T = TypeVar("T")
READ_FAULTS = ("not_sent", "lost_before", "malformed", "401", "429", "slow", "500")
CALL_FAULTS = (*READ_FAULTS, "lost_after", "held", "500_after", "409")
START_FAULTS = (
    "not_sent",
    "lost_before",
    "lost_after",
    "held",
    "cut",
    "malformed",
    "401",
    "429",
    "409",
)
_SENT_LATE = ("lost_after", "held", "500_after", "malformed", "slow")
CLIENT_WAITS_S = 240.0


class Wire:
    """One till's connection. Every fault says what it proves, as the port promises."""

    name = "simulated"

    def __init__(self, machine: Machine, backend: Backend, judge: Judge) -> None:
        self.capabilities = Capabilities(
            prices_while_building=True, terminals=True, split_payments=True, invoices=True
        )
        self.health = Health()
        self._machine = machine
        self._backend = backend
        self._judge = judge
        self._world = machine.world
        self._offline_until = 0.0

    # -- the network ---------------------------------------------------------------------------------

    def _fault(self, operation: str, kinds: Sequence[str]) -> str:
        world = self._world
        script = world.script.get(operation)
        if script:
            return script.pop(0)
        if world.now() < self._offline_until and not world.is_calm:
            return world.rng.choice(("not_sent", "lost_before"))
        if world.chance(world.chances.offline):
            self._offline_until = world.now() + world.rng.uniform(5.0, 90.0)
            world.log(f"{self._machine.name}: the network is down")
        return world.rng.choice(kinds) if world.chance(world.chances.fault) else ""

    async def _call(self, operation: str, act: Callable[[], T], *, is_read: bool = False) -> T:
        machine, rng = self._machine, self._world.rng
        await machine.point(f"{operation}, not sent")
        fault = self._fault(operation, READ_FAULTS if is_read else CALL_FAULTS)
        fault, _, seconds = fault.partition(":")
        if fault and not is_read:
            self._world.log(f"{machine.name}: {operation} {fault}")
        there, back = rng.uniform(0.02, 0.2), rng.uniform(0.02, 0.2)
        match fault:
            case "slow":
                there, back = float(seconds or rng.uniform(0.1, 9.0)), rng.uniform(0.1, 9.0)
            case "held":
                there, back = float(seconds or rng.uniform(1.0, L)), rng.uniform(0.1, 15.0)
            case "not_sent" | "401" | "429" | "409" | "422" | "lost_before" | "500":
                await asyncio.sleep(rng.uniform(0.1, 10.0) if fault == "lost_before" else back)
                raise _error(fault)
            case _:
                pass
        answer = self._send(act, there, back)
        if fault == "held":
            await asyncio.sleep(back)
            raise _error(fault)
        result = await answer
        await machine.point(f"{operation}, answered")
        if fault in ("lost_after", "500_after", "malformed"):
            raise _error(fault)
        return result

    def _send(self, act: Callable[[], T], there: float, back: float) -> asyncio.Future[T]:
        """The request travels on whether or not anybody still waits for its answer."""
        world, answer = self._world, self._world.loop.create_future()

        def arrive() -> None:
            outcome: Any
            try:
                outcome = act()
            except PosError as error:
                outcome = error
            world.at(back, lambda: _settle(answer, outcome))

        world.at(there, arrive)
        return answer

    # -- the port ------------------------------------------------------------------------------------

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def probe(self) -> None:
        await self._call("probe", lambda: None, is_read=True)

    async def create_order(self, reference: str, *, key: str) -> Order:
        return await self._call("create_order", lambda: self._backend.create_order(reference))

    async def add_items(self, order_id: str, items: Sequence[Wanted], *, key: str) -> Order:
        wanted = tuple(items)
        return await self._call("add_items", lambda: self._backend.add_items(order_id, wanted))

    async def expire_order(self, order_id: str, at: datetime, *, key: str) -> None:
        await self._call("expire_order", lambda: None)

    async def read_order(self, order_id: str) -> Order:
        world, backend = self._world, self._backend
        lag = world.rng.uniform(0.0, W) if world.chance(world.chances.lag) else 0.0
        order = await self._call(
            "read_order", lambda: backend.show(backend.order(order_id), lag), is_read=True
        )
        self._judge.has_read(self._machine, order)
        return order

    async def payment_methods(self, order_id: str) -> Sequence[PaymentMethod]:
        terminals = tuple(TerminalChoice(t, t, True) for t in self._backend.terminals)
        methods = (
            PaymentMethod("card", "PIN", "Card", terminals),
            PaymentMethod("cash", "CASH", "Cash", drawers=(DRAWER,)),
            PaymentMethod("link", "LINK", "Link"),
        )
        return await self._call("payment_methods", lambda: methods, is_read=True)

    async def attach_method(
        self, order_id: str, method: PaymentMethod, *, terminal_id: str, drawer_id: str, key: str
    ) -> Order | None:
        act = self._backend.attach
        return await self._call("attach", lambda: act(order_id, method.method_id, terminal_id))

    async def create_payment(self, order_id: str, amount: Money, *, key: str) -> RemotePayment:
        self._judge.creating(self._machine, order_id)
        act = self._backend.create_payment
        return await self._call("create_payment", lambda: act(order_id, amount.minor))

    async def mark_paid(self, payment_id: str, amount: Money, *, key: str) -> RemotePayment:
        self._judge.booking(self._machine, payment_id)
        act = self._backend.mark_paid
        return await self._call("mark_paid", lambda: act(payment_id, amount.minor))

    async def open_order(self, order_id: str, *, key: str) -> Order | None:
        self._judge.opening(self._machine, order_id)
        return await self._call("open_order", lambda: self._backend.open_order(order_id))

    async def invoice_items(
        self, unit_ids: Sequence[str], *, invoice_id: str, key: str
    ) -> InvoiceRef:
        return await self._call("invoice_items", lambda: self._backend.invoice(tuple(unit_ids)))

    async def read_invoice(self, invoice_id: str) -> InvoiceRef | None:
        return InvoiceRef(invoice_id, invoice_id)

    async def fetch_document(self, url: str) -> bytes:
        return b"%PDF-"

    async def start(self, payment: RemotePayment) -> RemotePayment:
        """Held until the terminal is done, the server gives up, or the line is lost."""
        machine, world, rng = self._machine, self._world, self._world.rng
        payment_id = payment.payment_id
        self._judge.starting(machine, payment_id)
        await machine.point("start, not sent")
        fault = self._fault("start", START_FAULTS)
        fault, _, seconds = fault.partition(":")
        world.log(f"{machine.name}: START {payment_id} {fault}")
        if fault in ("not_sent", "401", "429", "409"):
            await asyncio.sleep(0.1)
            raise _error(fault)
        if fault == "lost_before":
            await asyncio.sleep(rng.uniform(0.5, 60.0))
            raise _error(fault)
        answer: asyncio.Future[RemotePayment] = world.loop.create_future()
        there = rng.uniform(0.02, 0.3)
        if fault == "held":
            there = float(seconds or rng.uniform(1.0, L))
        world.at(there, lambda: self._arrive(payment_id, answer))
        if fault == "held":
            await asyncio.sleep(0.5 if seconds else rng.uniform(0.5, there))
            raise _error(fault)
        if fault == "cut":
            world.at(rng.uniform(0.3, 30.0), lambda: _settle(answer, _error("cut")))
        elif world.script.get("gateway") or world.chance(world.chances.gateway):
            words = (world.script.get("gateway") or [rng.choice(("504", "pending"))]).pop(0)
            gone: Any = _error("500")
            if words == "pending":
                gone = self._backend.tell(self._backend.payments[payment_id], PENDING)
            world.at(rng.uniform(5.0, 60.0), lambda: _settle(answer, gone))
        world.at(CLIENT_WAITS_S, lambda: _settle(answer, MaybeDone("no answer in time")))
        result = await answer
        await machine.point("start, answered")
        if fault in ("lost_after", "malformed"):
            raise _error(fault)
        return result

    def _arrive(self, payment_id: str, answer: asyncio.Future[RemotePayment]) -> None:
        backend = self._backend

        def done(status: str) -> None:
            told = backend.tell(backend.payments[payment_id], status)
            self._world.at(0.1, lambda: _settle(answer, told))

        try:
            backend.start(payment_id, done)
        except PosError as error:
            _settle(answer, error)


def _settle(answer: asyncio.Future[Any], outcome: Any) -> None:
    if answer.done():
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
        answer.exception()  # nobody may be there any more to hear of it
    else:
        answer.set_result(outcome)


def _error(fault: str) -> BackendError:
    match fault:
        case "not_sent":
            return NotSent("no connection")
        case "401":
            return NotAllowed("expired", code="401")
        case "429":
            return RateLimited("slow down", retry_after_s=2.0)
        case "409":
            return Conflict("busy")
        case "422":
            return Refused("not now")
        case "malformed":
            return Malformed("not JSON")
        case _:
            return MaybeDone(fault)
