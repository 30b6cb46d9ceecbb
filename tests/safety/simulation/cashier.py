"""People at a till: a cashier who tells the truth, and customers who sometimes change their mind."""

from __future__ import annotations

import asyncio

from simulation.backend import Backend
from simulation.judge import Judge
from simulation.shop import CODES, DRAWER, UNKNOWN, money
from simulation.world import Machine
from tui_pos.domain.attempt import Cash
from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Choice, PaymentView, Phase
from tui_pos.services.payments import Tender
from tui_pos.services.sale import Sale, Stage
from tui_pos.services.till import Till

_PATIENCE_S = 1_500.0
_OVER = (Phase.PAID, Phase.LEFT, Phase.LATE_PAID)
_LINK_S = 130.0  # longer than any customer in the simulation takes to pay by link


class Cashier:
    """Rings up, takes money, and says what the terminal said."""

    def __init__(self, till: Till, machine: Machine, backend: Backend, judge: Judge) -> None:
        self._till = till
        self._world = machine.world
        self._rng = machine.world.rng
        self._backend = backend
        self._judge = judge

    async def work(self, sales: int) -> None:
        """First what was left open, then new customers, then what was left open again."""
        await self._tidy()
        for _ in range(sales):
            await self._serve()
        for _ in range(3):
            await self._tidy()

    async def _tidy(self) -> None:
        for sale in self._till.open_sales():
            if sale.sale_id in self._till.sales:
                try:
                    self._till.recall(sale.sale_id)
                except PosError:
                    continue
                await self._pay(sale)

    async def _serve(self) -> None:
        rng, till = self._rng, self._till
        till.next_sale()
        for _ in range(rng.randint(1, 4)):
            code = UNKNOWN if rng.random() < 0.05 else rng.choice(CODES[:-1])
            try:
                till.ring_up(code, rng.choice((1, 1, 1, 2, 5)))
            except PosError:
                await asyncio.sleep(3.0)
            await asyncio.sleep(rng.choice((0.05, 0.2, 1.0, 3.0)))
        sale = till.current
        await self._change(sale)
        if rng.random() < 0.1 and sale.basket:
            till.hold("later")
            return
        await self._pay(sale)

    async def _change(self, sale: Sale) -> None:
        rng, till = self._rng, self._till
        try:
            if sale.basket and rng.random() < 0.2:
                line = rng.choice(list(sale.basket))
                till.set_quantity(line.line_id, rng.randint(1, 3))
            if len(sale.basket) > 1 and rng.random() < 0.2:
                till.remove(rng.choice(list(sale.basket)).line_id)
        except PosError:
            await asyncio.sleep(1.0)

    # -- paying --------------------------------------------------------------------------------------

    async def _pay(self, sale: Sale) -> None:
        till, world = self._till, self._world
        end = world.now() + _PATIENCE_S
        while world.now() < end and sale.basket and sale.sale_id in till.sales:
            if sale.stage in (Stage.PAID, Stage.DONE):
                return
            if sale.unresolved is not None or till.payments.busy(sale):
                if not await self._attend(sale):
                    return
            elif till.current is sale:
                await self._begin(sale)
            else:
                return
            await asyncio.sleep(1.0)

    async def _begin(self, sale: Sale) -> None:
        till, rng = self._till, self._rng
        try:
            for line in [line for line in sale.basket if line.is_refused]:
                till.remove(line.line_id)
            if not sale.basket:
                return
            if not sale.is_locked and rng.random() < 0.1:
                till.ring_up(rng.choice(CODES[:-1]))
            async with asyncio.timeout(90.0):
                await till.ready_to_pay(sale)
            tender = self._tender(sale)
            till.payments.begin(sale, tender)
        except (PosError, TimeoutError):
            await asyncio.sleep(rng.uniform(1.0, 10.0))
        else:
            self._judge.sold[sale.sale_id] = _goods(sale)
            what = f"{tender.kind.value} {tender.amount.to_decimal()} of {sale.total.to_decimal()}"
            self._world.log(f"{till.till_id}: begins {sale.sale_id[:4]} {what}")

    def _tender(self, sale: Sale) -> Tender:
        rng, due = self._rng, sale.due
        amount = due
        if due.minor > 200 and rng.random() < 0.2:
            amount = money(rng.randint(1, due.minor - 1))
        code = rng.choices(("PIN", "CASH", "LINK"), (75, 18, 7))[0]
        method = next(m for m in sale.methods if m.code == code)
        if code == "CASH":
            asked = self._till.cash_asked(amount)
            return Tender(method, amount, cash=Cash(DRAWER.drawer_id, asked, asked))
        terminal = rng.choice(method.terminals) if method.terminals else None
        return Tender(method, amount, terminal)

    async def _attend(self, sale: Sale) -> bool:
        """Stay with an attempt; False if it is left to run, or the customer went."""
        payments, rng = self._till.payments, self._rng
        while (attempt_id := payments.latest(sale)) is not None:
            view = payments.view(attempt_id)
            if view.phase in _OVER:
                return True
            try:
                if not self._act(sale, view):
                    return False
            except PosError as error:
                self._world.log(f"{self._till.till_id}: the till says {error}")
            if rng.random() < 0.02 and view.phase is not Phase.RETRY:
                return False
            await asyncio.sleep(rng.uniform(0.5, 8.0))
            if sale.unresolved is None and not payments.busy(sale):
                return True
        return sale.unresolved is None

    def _act(self, sale: Sale, view: PaymentView) -> bool:
        payments, rng = self._till.payments, self._rng
        match view.phase:
            case Phase.UNPROVEN | Phase.UNKNOWN:
                choice = self.reads_terminal(view)
                if choice in view.choices:
                    self._world.log(f"{self._till.till_id}: {choice.value} {view.reference[:4]}")
                    payments.say(view.attempt_id, choice, supervisor="Chef")
            case Phase.RETRY | Phase.REFUSED if view.choices:
                what = rng.choices((Choice.AGAIN, Choice.OTHER, Choice.BACK), (55, 25, 20))[0]
                self._world.log(f"{self._till.till_id}: {what.value} {view.reference[:4]}")
                if what is Choice.AGAIN:
                    payments.again(view.attempt_id)
                    return True
                payments.leave(view.attempt_id, to_basket=what is Choice.BACK)
            case Phase.FOLLOWING if view.link and view.elapsed_s < _LINK_S:
                self._backend.shown(self._payment_id(view))
            case Phase.FOLLOWING if view.elapsed_s > 2 * _LINK_S and not self._has_paid(view):
                payments.leave(view.attempt_id, to_basket=False)
            case Phase.WAITING if rng.random() < 0.1:
                payments.ask(view.attempt_id)
            case _:
                pass
        return True

    def reads_terminal(self, view: PaymentView) -> Choice:
        """The truth: what the terminal shows of this sale, as far as a person can tell."""
        intent = self._till.sales[view.sale_id].attempts[view.attempt_id].intent
        terminal = self._backend.terminals.get(intent.terminal_id)
        if terminal is None or terminal.shows.order_id != intent.order_id:
            return Choice.SAY_UNSURE
        match terminal.shows.words:
            case "approved":
                return Choice.SAY_APPROVED
            case "declined" | "aborted":
                return Choice.SAY_DECLINED
            case "present card":
                return Choice.SAY_WAITING
            case _:
                return Choice.SAY_UNSURE

    def _has_paid(self, view: PaymentView) -> bool:
        return any(c.payment_id == self._payment_id(view) for c in self._backend.ledger)

    def _payment_id(self, view: PaymentView) -> str:
        return self._till.sales[view.sale_id].attempts[view.attempt_id].payment_id


def _goods(sale: Sale) -> dict[str, int]:
    goods: dict[str, int] = {}
    for line in sale.basket:
        if not line.is_refused:
            goods[line.sku] = goods.get(line.sku, 0) + line.quantity
    return goods
