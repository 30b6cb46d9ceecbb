"""The cells of the failure model that are no plain fault of the wire: restarts, disks, clocks, other people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fault_bench import DOUBT, POLICY, ROOTS, Hook, World, a_world
from fault_matrix import OPERATIONS, Cell, cells
from harness import codes, eventually
from test_matrix import sandbox, sell

from tui_pos.domain.attempt import State
from tui_pos.domain.errors import PosError
from tui_pos.sandbox.afosto import invoices, views
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.receipts import receipt
from tui_pos.services.sale import InvoiceStage, Stage

Test = TypeVar("Test", bound=Callable[..., Any])


def of(fault: str, *but: str) -> Callable[[Test], Test]:
    """The cells of a fault, without those that have a test of their own."""
    found = [cell for cell in cells() if cell.fault == fault and cell.step not in but]
    marked: Callable[[Test], Test] = pytest.mark.parametrize(
        "cell", found, ids=[cell.name for cell in found]
    )
    return marked


def when(world: World, cell: Cell, act: Hook) -> str:
    """Do something just before the next request of a step leaves."""
    operation = OPERATIONS[cell.step]
    world.gate.hooks.setdefault(operation, []).append(act)
    return operation


def order_id(world: World) -> str:
    order = world.of_sale.order
    assert order is not None
    return order.order_id


def add_elsewhere(world: World) -> None:
    """The back office puts one more line on the order."""
    order = world.server.backend.orders[order_id(world)]
    world.server.add_line(order.id, order.lines[0].sku, 1, 100)


async def paying(world: World) -> None:
    """As far as the terminal, which waits for the customer."""
    world.ring_up()
    assert await world.ready()
    world.server.terminal("Counter 1", mode="manual")
    world.begin(world.card())
    await eventually(lambda: world.server.terminal("Counter 1")["payment_id"])
    await eventually(lambda: world.phase is Phase.WAITING)


# -- F10 ---------------------------------------------------------------------------------------------------


@of("F10")
async def test_an_older_answer_undoes_nothing(cell: Cell, tmp_path: Path) -> None:
    """The answer of a step is lost, and the first read after it still shows how things were before."""
    async with sandbox(tmp_path) as world:
        operation = OPERATIONS[cell.step]

        def older() -> None:
            sale = world.sale
            backend = world.server.backend
            if sale is not None and sale.order is not None:
                view = views.order_view(backend, backend.orders[sale.order.order_id])
                body = json.dumps({"data": {"order": view}}).encode()
                for name in ("order", "poll"):
                    world.gate.rewrite[name] = [lambda _: body]
            world.server.fault(ROOTS.get(operation, operation), "drop_after")

        when(world, cell, older)
        await sell(world, cell.step)
        seen = len(world.phases)
        await world.see_through()
        assert Phase.PAID in world.phases
        assert world.phases[-1] is Phase.PAID or seen
        assert world.gate.count("start") <= 1
        world.judge()


async def test_paid_absorbs_what_an_older_read_says(tmp_path: Path) -> None:
    async with sandbox(tmp_path, invoice_delay_s=60) as world:
        await paying(world)
        backend = world.server.backend
        view = views.order_view(backend, backend.orders[order_id(world)])
        older = json.dumps({"data": {"order": view}}).encode()
        world.server.press("Counter 1", "approve")
        await eventually(lambda: world.phase is Phase.PAID)
        for name in ("order", "poll"):
            world.gate.rewrite[name] = [lambda _: older] * 3
        before = len(world.gate.attempts)
        await eventually(lambda: len(world.gate.attempts) > before + 5)
        assert world.of_sale.attempts[world.attempt].state is State.PAID
        world.server.advance(120)
        await world.see_through()
        world.judge()


# -- F11, F12 ------------------------------------------------------------------------------------------------


@of("F11")
async def test_a_till_that_ends_after_the_server_acted(cell: Cell, tmp_path: Path) -> None:
    await ended_at(cell, tmp_path, "before")


@of("F12")
async def test_a_till_that_ends_before_the_server_acted(cell: Cell, tmp_path: Path) -> None:
    await ended_at(cell, tmp_path, "never")


async def ended_at(cell: Cell, tmp_path: Path, act: str) -> None:
    """The rows are on disk and the request is out when the till ends; the next one judges by reading."""
    operation = OPERATIONS[cell.step]
    root = ROOTS.get(operation, operation)
    async with SandboxServer() as server:
        async with a_world(server, tmp_path) as world:
            before = len(server.calls(root))
            when(world, cell, lambda: void(server.fault(root, "hang", act=act, count=None)))
            world.ring_up()
            started = asyncio.ensure_future(sell_on(world, cell.step))
            await eventually(lambda: acted(server, root, before))
            started.cancel()
            await asyncio.gather(started, return_exceptions=True)
            sale_id = world.of_sale.sale_id
        server.clear_faults()
        starts = len(server.calls("start"))
        async with a_world(server, tmp_path) as world:
            if sale_id not in world.till.sales:
                assert cell.step == "10"  # finished, and so forgotten: its invoice is on the server
                assert len(server.ledger()) == len(server.state()["invoices"]) == 1
                return
            world.sale = world.till.sales[sale_id]
            world.attempt = next(iter(world.sale.attempts), "")
            if cell.step == "6":
                await resumed_in_doubt(world)
                assert len(server.calls("start")) == starts == 1
            elif cell.step in ("4", "5"):
                # A payment that was never started is given up: the person begins a new one.
                await eventually(lambda: world.phase is Phase.REFUSED)
            else:
                await eventually(lambda: world.is_done or world.of_sale.stage is Stage.SELLING)
            await world.see_through()
            world.judge()
            if cell.step in ("6c", "7", "8", "9"):
                assert len(server.calls("createPayment")) == 1


def void(_: object) -> None:
    return


def acted(server: SandboxServer, root: str, before: int) -> bool:
    """Whether the server has done, or not done, what the hanging request asked."""
    calls = server.calls(root)[before:]
    return any(call["fault"] == "hang" and call["finished_at"] for call in calls)


async def sell_on(world: World, step: str) -> None:
    if await world.ready():
        world.begin(world.cash() if step == "6c" else world.card())
        await eventually(lambda: False, within_s=30)


async def resumed_in_doubt(world: World) -> None:
    """UNKNOWN for a whole quarantine from now, unless a read proves it paid."""
    began = world.clock.boot()
    await eventually(lambda: world.is_done or world.phase in (*DOUBT, Phase.RETRY, Phase.PAID))
    await eventually(lambda: world.is_done or world.phase in (Phase.RETRY, Phase.PAID))
    if world.phase is Phase.RETRY:
        assert world.clock.boot() - began >= POLICY.quarantine_s - 0.05


# -- F13, F13b -----------------------------------------------------------------------------------------------

INTENTS = {
    "1": ["order_intended"],
    "2": ["items_intended"],
    "4": ["create_intended", "attach_intended"],
    "5": ["create_intended", "attach_intended", "create_repeated"],
    "6": ["start_intended"],
    "6c": ["create_intended", "pay_intended"],
    "7": ["open_intended"],
    "9": ["invoice_intended"],
}
RESULTS = {
    "1": "order_created",
    "5": "created",
    "6": "found_paid",
    "6c": "found_paid",
    "7": "order_opened",
    "9": "invoice_made",
}


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        pytest.param(cell, kind, id=f"{cell.name}-{kind}")
        for cell in cells()
        if cell.fault == "F13"
        for kind in INTENTS.get(cell.step, [])
    ],
)
async def test_without_its_row_nothing_is_sent(cell: Cell, kind: str, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        operation = OPERATIONS[cell.step]
        world.ring_up()
        if cell.step not in ("1", "2"):
            assert await world.ready()
        world.disk.fails = lambda entry: entry.kind == kind
        if kind == "create_repeated":
            world.server.fault("createPayment", "drop_before")
        if cell.step in ("1", "2"):
            assert not await world.ready()
        else:
            world.begin(world.cash() if cell.step == "6c" else world.card())
        await eventually(lambda: world.disk.failed)
        await world.settle()
        assert len(world.server.calls(operation)) == (1 if kind == "create_repeated" else 0)
        if cell.step in ("7", "9"):
            assert world.of_sale.paid
            assert world.of_sale.invoice_trouble
        elif kind == "pay_intended":
            assert world.phase in (Phase.PREPARING, Phase.CONFIRMING)
            assert world.alarms
        else:
            assert any([*world.said, world.reason, *world.alarms])
            assert not world.server.ledger()
            assert Choice.LEAVE in world.choices or world.phase in (
                None,
                Phase.REFUSED,
                Phase.RETRY,
            )
        await world.see_through()
        world.judge()


@of("F13", *INTENTS)
async def test_a_read_needs_no_row(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        if cell.step == "3":
            world.ring_up()
            await eventually(lambda: world.of_sale.is_converged)
            world.disk.fails = lambda entry: True
            assert await world.ready()
            return
        after = "order_opened" if cell.step == "8" else "sale_closed"
        world.disk.fails = lambda entry: after in world.disk.kinds
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        if cell.step == "8":
            await eventually(lambda: world.of_sale.invoiceable)
            await world.see_through()
            world.judge()
        else:
            await eventually(lambda: world.of_sale.invoice_path)


@of("F13b")
async def test_a_result_that_cannot_be_saved_is_kept(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        operation = OPERATIONS[cell.step]
        kind = RESULTS[cell.step]
        world.ring_up()
        world.disk.fails = lambda entry: entry.kind == kind
        assert await world.ready() == (cell.step != "1")
        if cell.step != "1":
            world.begin(world.cash() if cell.step == "6c" else world.card())
        await eventually(lambda: world.disk.failed)
        if cell.step in ("5", "6", "6c"):
            await eventually(lambda: any("known but not saved" in text for text in world.alarms))
            world.till.next_sale()
            with pytest.raises(PosError):
                world.till.ring_up(codes(1)[0])
            with pytest.raises(PosError):
                world.begin(world.card("Counter 2"))
        await world.settle()
        assert len(world.server.calls(operation)) == 1 or cell.step == "1"
        await world.see_through()
        world.judge()
        orders = world.server.state()["orders"]
        # An order that was not written down is left behind empty; nobody pays it.
        assert cell.step == "1" or len(orders) == 1


# -- F14 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=366)], ids=["back", "ahead"])
@of("F14", "8")
async def test_a_wall_clock_that_jumps_changes_nothing(
    cell: Cell, jump: timedelta, tmp_path: Path
) -> None:
    async with sandbox(tmp_path) as world:
        when(world, cell, lambda: setattr(world.clock, "wall_offset", jump))
        await sell(world, cell.step)
        assert world.is_done
        assert world.gate.count(OPERATIONS[cell.step]) == 1
        world.judge()


@of("F14", "1", "2", "3", "6")
async def test_the_patience_for_an_invoice_is_counted_on_the_boot_clock(
    cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sandbox(tmp_path, invoice_delay_s=60) as world:
        monkeypatch.setattr("tui_pos.services.finishing.PATIENCE_S", 15.0)
        when(world, cell, lambda: setattr(world.clock, "wall_offset", timedelta(days=366)))
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        await eventually(lambda: world.gate.count("poll") > 3)
        assert world.of_sale.invoice_stage is InvoiceStage.WAITING
        world.clock.boot_offset_s += 15
        await eventually(lambda: world.of_sale.invoice_stage is InvoiceStage.LATE)
        world.server.advance(120)
        await world.see_through()
        world.judge()


# -- F15, F16, F18 -------------------------------------------------------------------------------------------


@of("F15", "6")
async def test_a_terminal_is_leased_to_one_payment(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        await paying(world)
        first, first_attempt = world.of_sale, world.attempt
        world.till.next_sale()
        world.ring_up(1, start=5)
        assert await world.ready()
        with pytest.raises(PosError, match="busy"):
            world.begin(world.card())
        assert world.gate.count(OPERATIONS[cell.step]) == 1
        world.sale, world.attempt = first, first_attempt
        world.server.press("Counter 1", "approve")
        await world.see_through()
        world.judge()


@of("F15", "4")
async def test_a_terminal_that_another_till_holds_is_not_waited_for(
    cell: Cell, tmp_path: Path
) -> None:
    async with sandbox(tmp_path) as world:
        world.ring_up()
        assert await world.ready()
        world.server.terminal("Counter 1", is_held=True)
        world.begin(world.card())
        await eventually(lambda: world.phase is Phase.UNKNOWN)
        assert Choice.AGAIN not in world.choices
        await eventually(lambda: world.phase is Phase.RETRY)
        assert world.starts() == 1
        world.server.terminal("Counter 1", is_held=False)
        await world.see_through()
        world.judge()


@of("F16")
async def test_while_the_card_is_tapped_nothing_is_cancelled(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        await paying(world)
        assert set(world.choices) == {Choice.ASK, Choice.LEAVE}
        for to_basket in (True, False):
            with pytest.raises(PosError):
                world.till.payments.leave(world.attempt, to_basket=to_basket)
        with pytest.raises(PosError):
            world.till.clear()
        world.server.press("Counter 1", "approve")
        await world.see_through()
        assert world.starts() == 1
        world.judge()


@of("F18")
async def test_a_terminal_that_is_offline(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        operation = when(
            world, cell, lambda: void(world.server.terminal("Counter 1", is_online=False))
        )
        world.ring_up()
        assert await world.ready()
        if cell.step == "3":
            with pytest.raises(PosError, match="offline"):
                world.begin(world.card())
            assert not world.gate.count("addPaymentMethodToOrder")
            world.begin(world.card("Counter 2"))
        else:
            world.begin(world.card())
            await world.rest()
            assert world.phase is Phase.RETRY
            assert "offline" in world.reason
            assert world.gate.count(operation) == 1
            assert not world.server.ledger()
            world.server.terminal("Counter 1", is_online=True)
        await world.see_through()
        world.judge()


async def test_a_terminal_that_falls_silent_is_in_doubt(tmp_path: Path) -> None:
    async with sandbox(tmp_path, terminal_life_s=1.0) as world:
        world.ring_up()
        assert await world.ready()
        world.server.terminal("Counter 1", script=["silent"])
        world.begin(world.card())
        await eventually(lambda: world.phase in DOUBT)
        await eventually(lambda: world.phase is Phase.RETRY)
        assert world.starts() == 1
        await world.see_through()
        world.judge()


# -- F17 -----------------------------------------------------------------------------------------------------


async def test_more_than_is_due_is_not_asked_for(tmp_path: Path) -> None:
    """F17 at 5: somebody else paid a part just before."""
    async with sandbox(tmp_path) as world:
        cell = next(c for c in cells() if c.name == "F17-5")
        when(world, cell, lambda: void(world.server.foreign_payment(order_id(world), 100)))
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        await world.rest()
        assert world.phase is Phase.REFUSED
        assert world.reason
        await world.settle()
        assert not world.starts()
        assert world.gate.count("createPayment") == 1


async def test_a_payment_of_another_amount_is_not_believed(tmp_path: Path) -> None:
    """F17 at 6: half of it was taken; the order stays closed and a person is told how much."""
    async with sandbox(tmp_path) as world:
        world.ring_up()
        assert await world.ready()
        world.server.terminal("Counter 1", script=["partial"])
        world.begin(world.card())
        await eventually(lambda: world.phase is Phase.UNKNOWN)
        await eventually(lambda: "another amount" in world.reason)
        world.clock.boot_offset_s += POLICY.quarantine_s
        await world.settle()
        assert world.phase is Phase.UNKNOWN  # time settles nothing here
        assert not world.gate.count("openOrder")
        with pytest.raises(PosError):
            world.begin(world.cash())


@pytest.mark.parametrize("tender", ["card", "cash"])
async def test_an_order_that_costs_more_than_was_paid_stays_closed(
    tender: str, tmp_path: Path
) -> None:
    """F17 at 7, F20 at 5, 6 and 6c: the order changed after it was compared and before it was opened."""
    async with sandbox(tmp_path) as world:
        operation = "pay" if tender == "cash" else "start"
        world.gate.hooks[operation] = [lambda: add_elsewhere(world)]
        world.ring_up()
        assert await world.ready()
        world.begin(world.cash() if tender == "cash" else world.card())
        await eventually(lambda: any("now costs" in text for text in world.alarms))
        await world.settle()
        assert not world.gate.count("openOrder")
        assert world.of_sale.paid
        assert len(world.server.ledger()) == 1


# -- F20 -----------------------------------------------------------------------------------------------------


async def test_methods_are_read_of_an_order_that_changed_elsewhere(tmp_path: Path) -> None:
    """F20 at 3 and 4: the read is no proof of anything; the comparison when the method is attached stops it."""
    async with sandbox(tmp_path) as world:
        world.gate.hooks["paymentOptions"] = [lambda: add_elsewhere(world)]
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        await world.rest()
        assert world.phase is Phase.REFUSED
        assert "changed elsewhere" in world.reason
        assert not world.gate.count("createPayment")
        await world.see_through()
        world.judge()


async def test_an_order_that_opened_by_itself_is_not_opened_again(tmp_path: Path) -> None:
    """F20 at 7."""
    async with sandbox(tmp_path, opens_when_paid=True) as world:
        await sell(world, "7")
        assert world.is_done
        assert not world.gate.count("openOrder")
        world.judge()


async def test_an_order_cancelled_while_its_invoice_is_awaited(tmp_path: Path) -> None:
    """F20 at 8: reads go on."""
    async with sandbox(tmp_path, invoice_delay_s=60) as world:
        await paying(world)
        world.server.press("Counter 1", "approve")
        await eventually(lambda: world.gate.count("poll") > 2)
        world.server.cancel_order(order_id(world))
        polls = world.gate.count("poll")
        await eventually(lambda: world.gate.count("poll") > polls + 2)
        assert world.of_sale.paid
        assert len(world.server.ledger()) == 1


async def test_units_invoiced_elsewhere_are_not_invoiced_again(tmp_path: Path) -> None:
    """F20 at 9."""
    async with sandbox(tmp_path) as world:

        def elsewhere() -> None:
            backend = world.server.backend
            units = invoices.open_units(backend, backend.orders[order_id(world)])
            invoices.invoice_items(backend, units, None)

        world.gate.hooks["invoiceItems"] = [elsewhere]
        await sell(world, "9")
        assert world.is_done
        world.judge()


# -- F21 -----------------------------------------------------------------------------------------------------


@of("F21", "6")
async def test_a_machine_that_slept_finds_its_connections_gone(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        operation = OPERATIONS[cell.step]

        def sleep() -> None:
            world.clock.boot_offset_s += 8 * 3600
            world.server.fault(ROOTS.get(operation, operation), "drop_after")

        when(world, cell, sleep)
        await sell(world, cell.step)
        assert world.is_done, (world.said, world.reason)
        if cell.step == "10":
            await eventually(lambda: world.of_sale.invoice_path)
        assert world.gate.count(operation) == 2 or cell.code == "V"
        assert world.gate.count(operation) <= 2
        world.judge()


@of("F21", "1", "2", "3", "4", "5", "6c", "7", "8", "9", "10")
async def test_a_start_is_in_doubt_after_a_sleep(cell: Cell, tmp_path: Path) -> None:
    assert cell.code == "U"
    async with sandbox(tmp_path) as world:
        await paying(world)
        world.clock.boot_offset_s += 10
        await eventually(lambda: world.phase is Phase.UNKNOWN)
        assert "slept" in world.reason
        with pytest.raises(PosError):
            world.till.payments.again(world.attempt)
        world.server.press("Counter 1", "approve")
        await world.see_through()
        assert world.starts() == 1
        world.judge()


# -- F22, F25 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_document_may_move_once_and_only_at_home(is_ours: bool, tmp_path: Path) -> None:
    """F22 at 10."""
    async with sandbox(tmp_path) as world:

        def move() -> None:
            made = world.of_sale.invoice
            assert made is not None
            home = made.pdf_url if is_ours else "https://login.example.invalid/x.pdf"
            world.server.fault("document", "redirect", location=home)

        world.gate.hooks["document"] = [move]
        await sell(world, "10")
        assert world.is_done
        assert bool(world.of_sale.invoice_path) == is_ours
        assert world.gate.count("document") == (2 if is_ours else 1)
        world.judge()


@of("F25")
async def test_an_invoice_that_is_late_keeps_nobody(cell: Cell, tmp_path: Path) -> None:
    async with sandbox(tmp_path, invoice_delay_s=60) as world:
        world.ring_up()
        assert await world.ready()
        world.begin(world.card())
        sale = world.of_sale
        await eventually(lambda: sale.invoice_stage is InvoiceStage.LATE)
        if cell.step == "10":
            lines = receipt(
                sale,
                store="Utrecht",
                till_id="till-1",
                cashier="Anna",
                at=world.clock.now(),
                money=lambda amount: str(amount.to_decimal()),
            )
            assert any(str(sale.total.to_decimal()) in line for line in lines)
            assert not any("2026-" in line for line in lines)
        world.till.next_sale()
        world.till.ring_up(codes(1)[0])
        world.till.clear()
        assert not world.gate.count("invoiceItems")
        world.server.advance(120)
        await world.see_through()
        world.judge()
