"""One sale, played without a console: three scans, an abort at the terminal, once more, an invoice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from tui_pos.domain.errors import PosError
from tui_pos.domain.order import PaymentMethod, TenderKind
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.payments import Tender
from tui_pos.services.receipts import receipt
from tui_pos.services.sale import Stage
from tui_pos.ui.present import Format

if TYPE_CHECKING:
    from tui_pos.bootstrap import Wired
    from tui_pos.services.till import Till

CODES = ("8712345000004", "8712345000370", "8712345000004")
TERMINAL = "Counter 1"
_PATIENCE_S = 30.0


async def play_sale(wired: Wired, steer: Callable[..., object], out: TextIO) -> int:
    """Play it and print the transcript and the receipt; 0 if it ended paid and invoiced.

    Args:
        steer: sets properties of a simulated terminal: what its customers will do.
    """
    till, money = wired.till, Format(wired.till.locale).money
    began = time.monotonic()

    def tell(words: str) -> None:
        print(f"{time.monotonic() - began:6.2f}  {words}", file=out, flush=True)

    try:
        await wired.open()
        await till.start()
        sale = till.current
        for code in CODES:
            line = till.ring_up(code)
            tell(f"scanned {code}  {line.name}")
        methods = await _until_ready(till)
        tell(f"order {sale.order.number if sale.order else ''}  {money(sale.total)} to pay")
        card = next(m for m in methods if m.kind is TenderKind.CARD)
        for terminal in card.terminals:
            tell(f"terminal {terminal.name}: {'online' if terminal.is_online else 'offline'}")
        terminal = next(t for t in card.terminals if t.name == TERMINAL)
        script = ["abort", "approve"]
        await asyncio.to_thread(steer, terminal.terminal_id, script=script)
        attempt = till.payments.begin(sale, Tender(card, sale.due, terminal))
        tell(f"{money(sale.due)} on {terminal.name}; the customer presses the red key")
        await _until(lambda: till.payments.view(attempt).phase is Phase.UNPROVEN)
        tell("not paid, says the server; the cashier reads on the terminal: cancelled")
        till.payments.say(attempt, Choice.SAY_DECLINED)
        await _until(lambda: Choice.AGAIN in till.payments.view(attempt).choices)
        attempt = till.payments.again(attempt)
        tell("once more on the same terminal, the same payment")
        await _until(lambda: till.payments.view(attempt).phase is Phase.PAID)
        tell("paid")
        await _until(lambda: sale.stage is Stage.DONE)
        await _until(lambda: bool(sale.invoice_path))
        number = sale.invoice.number if sale.invoice else ""
        tell(f"order opened, invoice {number} kept as {sale.invoice_path}")
        print(file=out)
        lines = receipt(
            sale,
            store=till.store,
            till_id=till.till_id,
            cashier=till.cashier,
            at=till.now().astimezone(),
            money=money,
        )
        print("\n".join(lines), file=out)
        return 0
    finally:
        await wired.close()


async def _until_ready(till: Till) -> Sequence[PaymentMethod]:
    """The methods, once the shop's server is up."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return await till.ready_to_pay(till.current)
        except PosError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.1)


async def _until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not fact():
        if time.monotonic() > end:
            raise PosError(title="The demo did not get on", advice="Nothing was charged for real.")
        await asyncio.sleep(0.02)
