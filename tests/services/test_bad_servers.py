"""Whatever the server does: a calm sentence with a next step, the basket kept, and the sale goes on afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from harness import Bench, a_till, codes, eventually

from tui_pos.adapters.commerce.limits import Limits
from tui_pos.domain.errors import PosError
from tui_pos.domain.order import TenderKind
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import Phase
from tui_pos.services.payments import Tender
from tui_pos.services.sale import Stage

FAULTS = [
    "drop_before",
    "drop_after",
    "hang",
    "status:401",
    "status:403",
    "status:429",
    "status:500",
    "status:502",
    "status:503",
    "status:504",
    "rate_limited",
    "html",
    "redirect",
    "garbage",
    "truncate",
    "cut",
    "wrong_types",
    "partial_errors",
    "slow_drip",
]
QUICK = Limits(
    read_s=0.3,
    read_deadline_s=0.5,
    money_read_s=0.3,
    money_deadline_s=0.5,
    start_read_s=1.0,
    start_grace_s=0.2,
    retry_waits_s=(0.02,),
    longest_wait_s=0.05,
)
NEVER_SAID = ("Traceback", "Error(", "http://", "Bearer", "<html", "None", "{", "127.0.0.1")


def is_calm(words: str) -> bool:
    """Whether a sentence is fit for a person: what happened, and what is safe or next."""
    return words.endswith(".") and not any(part in words for part in NEVER_SAID)


@pytest.mark.parametrize("operation", ["createOrder", "addItemsToOrder", "order"])
@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_before_the_money(kind: str, operation: str, tmp_path: Path) -> None:
    async with SandboxServer() as server, a_till(server, tmp_path, limits=QUICK) as bench:
        till = bench.till
        server.fault(operation, kind, count=None)
        for code in codes(2):
            till.ring_up(code)
        said = ""
        try:
            async with asyncio.timeout(8):
                await till.ready_to_pay(till.current)
        except PosError as error:
            said = error.sentence
        assert not said or is_calm(said), said
        assert len(till.current.basket) == 2
        server.clear_faults()
        await till.ready_to_pay(till.current)
        assert till.current.order is not None
        wanted = {line.sku: line.quantity for line in till.current.basket}
        assert till.current.order.quantities() == wanted
        assert not any(line.is_refused for line in till.current.basket)


@pytest.mark.parametrize(
    "operation", ["addPaymentMethodToOrder", "createPayment", "start", "openOrder", "invoiceItems"]
)
@pytest.mark.parametrize("kind", [k for k in FAULTS if k not in ("hang", "slow_drip")])
async def test_a_fault_on_the_way_of_the_money(kind: str, operation: str, tmp_path: Path) -> None:
    """At each step of a card sale: one charge at the most, one invoice at the most, and an end that is true."""
    async with SandboxServer() as server, a_till(server, tmp_path, limits=QUICK) as bench:
        till = bench.till
        for code in codes(2):
            till.ring_up(code)
        await till.ready_to_pay(till.current)
        sale = till.current
        method = next(m for m in sale.methods if m.kind is TenderKind.CARD)
        terminal = next(t for t in method.terminals if t.name == "Counter 1")
        server.fault(operation, kind)
        attempt = till.payments.begin(sale, Tender(method, sale.due, terminal))
        await eventually(lambda: sale.stage is Stage.DONE or stands(bench, attempt), within_s=20)
        if operation in ("openOrder", "invoiceItems"):
            await eventually(lambda: sale.stage is Stage.DONE, within_s=30)
        if sale.stage is Stage.DONE:
            assert len([c for c in server.ledger() if c.kind == "card"]) == 1
            assert len(server.state()["invoices"]) == 1
        else:
            view = till.payments.view(attempt)
            assert is_calm(f"{view.reason}.")
            assert view.reason or view.status
            assert len(server.ledger()) <= 1
            assert view.phase in (Phase.UNKNOWN, Phase.UNPROVEN) or not server.ledger()


def stands(bench: Bench, attempt: str) -> bool:
    """Whether a person must decide."""
    if attempt not in bench.till.payments.jobs:
        return False
    phases = (Phase.UNKNOWN, Phase.UNPROVEN, Phase.RETRY, Phase.REFUSED)
    return bench.till.payments.view(attempt).phase in phases
