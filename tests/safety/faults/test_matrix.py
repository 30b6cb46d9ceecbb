"""The failure model, cell by cell, against a whole till: `fault_matrix.py` has the table.

Source: payment-safety.md, 3.2 (what each letter means) and 3.3 (the cells).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fault_bench import DOUBT, LIMITS, ROOTS, World, a_world
from fault_matrix import OPERATIONS, Cell, cells
from harness import eventually

from tui_pos.adapters.commerce.limits import Limits
from tui_pos.domain.errors import PosError
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.sale import InvoiceStage

Plan = dict[str, Any]
# The ways in which each fault of the wire shows; with "act": "before" the server did what was asked.
WIRE: dict[str, list[Plan]] = {
    "F2": [{"kind": "hang", "act": "before"}, {"kind": "hang"}],
    "F3": [{"kind": "drop_after", "reset": True}, {"kind": "drop_before"}, {"kind": "cut"}],
    "F4": [{"kind": "status:404"}, {"kind": "status:422"}],
    "F4b": [{"kind": "status:409"}, {"kind": "status:423"}],
    "F5": [{"kind": "rate_limited"}],
    "F6": [{"kind": "status:500", "act": "before"}, {"kind": "status:500"}],
    "F7": [{"kind": "status:504", "act": "before"}, {"kind": "status:502"}],
    "F8": [{"kind": "partial_errors"}],
    "F9": [{"kind": "garbage"}, {"kind": "html"}, {"kind": "wrong_types"}],
    "F19": [{"kind": "status:401"}],
    "F22": [{"kind": "redirect"}, {"kind": "redirect", "act": "before"}],
    "F23": [{"kind": "huge", "megabytes": 1}, {"kind": "slow_drip", "interval_s": 0.1}],
}
ON_THE_WIRE = [
    pytest.param(cell, plan, id=f"{cell.name}-{n}")
    for cell in cells()
    for n, plan in enumerate(WIRE.get(cell.fault, [{}] if cell.fault == "F1" else []))
    # A document has no types, and a list of methods none that are believed.
    if plan.get("kind") != "wrong_types" or cell.step not in ("3", "10")
    if cell.name != "F22-10"
]


def arm(world: World, cell: Cell, plan: Plan, times: int = 1) -> str:
    """Let the next requests of the cell's step meet its fault; the step's operation."""
    operation = OPERATIONS[cell.step]
    if cell.fault == "F1":
        world.gate.refuse[operation] = times
        return operation

    def meet() -> None:
        world.server.fault(ROOTS.get(operation, operation), **plan)

    world.gate.hooks[operation] = [meet] * times
    return operation


@asynccontextmanager
async def sandbox(
    tmp_path: Path, *, limits: Limits = LIMITS, **settings: Any
) -> AsyncIterator[World]:
    async with (
        SandboxServer(**settings) as server,
        a_world(server, tmp_path, limits=limits) as world,
    ):
        yield world


async def sell(world: World, step: str) -> None:
    """As a cashier does it, until it is finished or somebody must do something else."""
    world.ring_up()
    if step in ("1", "2"):
        await eventually(lambda: world.of_sale.is_converged)
    if not await world.ready():
        return
    world.begin(world.cash() if step == "6c" else world.card())
    await world.rest()
    if step == "10":
        await eventually(lambda: world.of_sale.invoice_path or world.of_sale.invoice_trouble)


@pytest.mark.parametrize(("cell", "plan"), ON_THE_WIRE)
async def test_a_fault_of_the_wire(cell: Cell, plan: Plan, tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        operation = arm(world, cell, plan, times=3 if cell.code == "O" else 1)
        await CHECKS[cell.code](world, cell, operation, plan)
        await world.see_through()
        world.judge()


async def repeated(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """R: by itself, and not before the server wants it."""
    await sell(world, cell.step)
    assert world.is_done, (world.said, world.phase, world.reason)
    if cell.step == "10":
        await eventually(lambda: world.of_sale.invoice_path)
    assert world.gate.count(operation) >= 2
    assert not world.said
    if (cell.fault, cell.step) == ("F4", "7"):
        assert world.alarms
    if cell.fault == "F5" and cell.step not in ("3", "8"):
        assert max(world.clock.asked) >= 1.0 or cell.step in ("1", "2")


async def verified(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """V: read before anything is sent again, two sends at most."""
    await sell(world, cell.step)
    assert world.is_done, (world.said, world.phase, world.reason, world.of_sale.invoice_trouble)
    sent = [n for n, name in enumerate(world.gate.attempts) if name == operation]
    assert len(sent) <= 2, world.gate.attempts
    if len(sent) == 2 and operation != "createOrder":
        between = world.gate.attempts[sent[0] + 1 : sent[1]]
        # An attached method answers the whole order, which is compared like a read.
        assert {"order", "poll", "addPaymentMethodToOrder"} & {*between, operation}, between
    assert not world.said


async def in_doubt(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """U: nothing else for this money until the outcome is known, and no START by itself."""
    refused = 0

    def check() -> bool:
        nonlocal refused
        if world.phase in DOUBT:
            refused += 1
            assert Choice.AGAIN not in world.choices
            assert Choice.OTHER not in world.choices
            for act in (
                lambda: world.till.payments.again(world.attempt),
                lambda: world.begin(world.card("Counter 2")),
                lambda: world.begin(world.cash()),
                lambda: world.till.payments.leave(world.attempt, to_basket=True),
            ):
                with pytest.raises(PosError):
                    act()
        return world.is_done or world.phase is Phase.RETRY

    world.ring_up()
    assert await world.ready()
    world.begin(world.card())
    await eventually(check)
    assert world.starts() == 1
    assert world.gate.count("createPayment") == 1
    if world.is_done:
        assert world.server.ledger()
    else:
        assert refused
        assert world.phases[-2] in DOUBT
        assert not world.server.ledger()
    assert {"order", "poll"} & set(world.gate.attempts)
    if cell.fault == "F22" and refused:
        rows = await world.disk.rows(world.of_sale.sale_id)
        assert any("elsewhere" in str(row.body.get("reason")) for row in rows)


async def kept(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """O: the cash is taken; the customer may go, and the server is told until it knows."""
    world.ring_up()
    assert await world.ready()
    world.begin(world.cash())
    await eventually(lambda: world.gate.count(operation) >= 2)
    sale = world.of_sale
    world.till.next_sale()
    world.till.ring_up("4006381333931")
    world.till.clear()
    world.sale = sale
    await world.rest()
    assert world.is_done
    assert world.gate.count(operation) <= 4
    assert any("money was taken" in text for text in world.alarms) == (
        cell.fault in ("F4", "F4b", "F5", "F19")
    )


async def stopped(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """H: a sentence, and nothing is repeated by itself."""
    await sell(world, cell.step)
    if cell.step == "10":
        await world.settle()
        assert world.is_done
        assert world.of_sale.invoice_trouble
        assert world.gate.count(operation) <= 4
        return
    assert not world.is_done
    sentences = [*world.said, world.reason, *world.alarms]
    assert any(sentences)
    count = world.gate.count(operation)
    assert count == 1
    await world.settle()
    assert world.gate.count(operation) == count
    assert len(world.of_sale.basket) == 2
    if cell.step == "6":
        assert world.phase is Phase.RETRY
        assert cell.fault == "F1" or "order" in world.gate.attempts


async def sent_in_parts(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """H of a batch: each of its lines is asked for alone, none is added twice."""
    await sell(world, cell.step)
    assert world.is_done
    assert world.gate.count(operation) == 3
    assert not world.of_sale.basket.refused


async def stopped_at_the_invoice(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """H after the money: read once, then an alarm; the sale stays paid."""
    await sell(world, cell.step)
    assert world.of_sale.invoice_stage is InvoiceStage.STOPPED
    assert world.gate.attempts[-2:] == [operation, "poll"]
    assert world.alarms
    await world.settle()
    assert world.gate.count(operation) == 1


async def renewed(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """T: the token is read anew, and the step goes on by itself."""
    await sell(world, cell.step)
    assert world.is_done, (world.said, world.phase, world.reason)
    assert world.gate.count(operation) == 2
    assert len(world.tokens) >= len(world.gate.attempts)


async def renewed_by_hand(world: World, cell: Cell, operation: str, plan: Plan) -> None:
    """T, asked for by a person: it stops with a sentence, and the next try reads the token anew."""
    await stopped(world, cell, operation, plan)
    assert any("token" in text for text in (*world.said, world.reason))
    tokens = len(world.tokens)
    await world.see_through()
    assert len(world.tokens) > tokens


CHECKS = {
    "R": repeated,
    "V": verified,
    "U": in_doubt,
    "O": kept,
    "H": stopped,
    "split": sent_in_parts,
    "stop": stopped_at_the_invoice,
    "T": renewed,
    "TH": renewed_by_hand,
}
