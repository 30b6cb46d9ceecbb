"""The till: what a screen works with. Keys change it at once; the network follows."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tui_pos.domain.basket import MAX_QUANTITY, Basket, Line
from tui_pos.domain.errors import JournalError, PosError
from tui_pos.domain.events import (
    BackendChanged,
    Event,
    Level,
    Noticed,
    PaymentChanged,
    SaleChanged,
)
from tui_pos.domain.money import Money
from tui_pos.domain.order import Drawer, Order, PaymentMethod
from tui_pos.domain.rounding import cash_amount
from tui_pos.domain.text import clean
from tui_pos.ports.catalogue import Catalogue, Item
from tui_pos.ports.clock import Clock
from tui_pos.ports.commerce import Capabilities, Commerce, Health
from tui_pos.ports.documents import Documents
from tui_pos.ports.journal import Entry, Journal
from tui_pos.services.finishing import Finisher
from tui_pos.services.order_sync import OrderSync
from tui_pos.services.payment_view import Phase
from tui_pos.services.payments import PaymentPolicy, PaymentRunner
from tui_pos.services.recovery import Recovered, Recovery
from tui_pos.services.sale import Sale, Stage
from tui_pos.services.tasks import Tasks

if TYPE_CHECKING:
    from tui_pos.services.day import Day

log = logging.getLogger("tui_pos")

_CALLS_BACK = (Phase.UNPROVEN, Phase.UNKNOWN, Phase.RETRY, Phase.REFUSED)
METHODS_AHEAD_S = 0.5
LAST_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class Shop:
    """What the settings say about this till."""

    till_id: str
    store: str = ""
    locale: str = "nl_NL"
    currency: str = "EUR"
    country: str = "NL"
    cashier: str = ""
    note: str = ""
    terminal_id: str = ""
    drawer_id: str = ""
    cash_rounding: bool = False
    invoicing: str = "all"


@dataclass(frozen=True, slots=True)
class Doors:
    """The ports a till works through."""

    commerce: Commerce
    catalogue: Catalogue
    journal: Journal
    clock: Clock
    documents: Documents
    policy: PaymentPolicy = field(default_factory=PaymentPolicy)


class Till:
    """One selling position. Lives on the event loop; nothing here blocks it."""

    def __init__(self, shop: Shop, doors: Doors) -> None:
        self.shop = shop
        self._commerce = doors.commerce
        self._catalogue = doors.catalogue
        self._journal = doors.journal
        self._clock = doors.clock
        self._watchers: list[Callable[[Event], None]] = []
        self._tasks = Tasks(self._on_bug)
        self._syncs: dict[str, OrderSync] = {}
        self._ahead: asyncio.Task[None] | None = None
        self._phases: dict[str, Phase] = {}
        self._recovery = Recovery(doors.journal, doors.catalogue, shop.currency)
        self._recovered: list[Sale] = []
        self.sales: dict[str, Sale] = {}
        self.last_terminal_id = shop.terminal_id
        self.last_done: Sale | None = None
        self.finisher = Finisher(
            doors.commerce,
            doors.journal,
            doors.clock,
            doors.documents,
            self._tasks,
            invoicing=shop.invoicing,
            emit=self.emit,
            on_done=self._on_done,
        )
        self.payments = PaymentRunner(
            doors.commerce,
            doors.journal,
            doors.clock,
            self._tasks,
            doors.policy,
            emit=self.emit,
            on_paid=self._on_paid,
            on_conflict=self._on_conflict,
            cashier=lambda: shop.cashier,
        )
        self.current = self._new_sale()

    # -- facts for the screen --------------------------------------------------------------------------

    @property
    def till_id(self) -> str:
        return self.shop.till_id

    @property
    def store(self) -> str:
        return self.shop.store

    @property
    def locale(self) -> str:
        return self.shop.locale

    @property
    def currency(self) -> str:
        return self.shop.currency

    @property
    def cashier(self) -> str:
        return self.shop.cashier

    @property
    def backend_name(self) -> str:
        return self._commerce.name

    @cached_property
    def day(self) -> Day:
        """The figures of the day, and its close."""
        from tui_pos.services.day import Day  # asked for once a day, and not at the start

        return Day(self._journal, self._commerce, self._clock, self._recovery, self.currency)

    @property
    def health(self) -> Health:
        return self._commerce.health

    @property
    def capabilities(self) -> Capabilities:
        return self._commerce.capabilities

    def now(self) -> datetime:
        """Wall time, for people."""
        return self._clock.now()

    def subscribe(self, watcher: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of every event, on the event loop; the result ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def emit(self, event: Event) -> None:
        if isinstance(event, PaymentChanged):
            self._call_back(event)
        for watcher in list(self._watchers):
            try:
                watcher(event)
            except Exception:
                # A screen that stumbles must not stop the payment that told it.
                log.exception("a watcher failed on %s", type(event).__name__)

    def _call_back(self, event: PaymentChanged) -> None:
        """Say what became of a payment that runs while the next customer is served."""
        if event.attempt_id not in self.payments.jobs:
            return
        view = self.payments.view(event.attempt_id)
        before, self._phases[event.attempt_id] = self._phases.get(event.attempt_id), view.phase
        if before is view.phase or event.sale_id == self.current.sale_id:
            return
        where = view.terminal_name or view.method_name
        if view.phase in _CALLS_BACK:
            words = f"{where}: a payment needs you. F7 brings its sale back."
            self.emit(Noticed(Level.ALARM, words, event.sale_id, view.reference))
        elif view.phase is Phase.PAID:
            self.emit(Noticed(Level.GOOD, f"{where}: paid.", event.sale_id, view.reference))

    # -- life ------------------------------------------------------------------------------------------

    async def recover(self) -> Recovered:
        """Go on with what the journal has open; before the first key."""
        recovered = await self._recovery.read()
        for sale in recovered.sales:
            self.sales[sale.sale_id] = sale
            self._sync(sale).preload()
        selling = [s for s in recovered.sales if s.stage is Stage.SELLING and not s.is_held]
        if selling:
            self.current = selling[-1]
            for sale in selling[:-1]:
                sale.is_held = True
        self._recovered = recovered.sales
        return recovered

    async def start(self) -> None:
        """Warm the backend up, prove that it answers, and go on with what is open. After the first frame."""
        await self._commerce.warm()
        self._tasks.spawn(self._probe(), "probe")
        recovered, self._recovered = self._recovered, []
        self._tasks.spawn(self._watch_again(), "watch again")
        for sale in recovered:
            self._tasks.spawn(self._resume(sale), f"resume {sale.sale_id}")

    async def close(self) -> None:
        """Give an answer that is on its way a moment, then stop. The journal keeps the rest."""
        views = [view for view in self.payments.running() if view.attempt_id]
        if any(self.payments.is_on_its_way(view.attempt_id) for view in views):
            for _ in range(int(LAST_GRACE_S / 0.1)):
                if not any(self.payments.is_on_its_way(v.attempt_id) for v in views):
                    break
                await self._clock.sleep(0.1)
        await self._tasks.close()
        await self._commerce.close()
        await self._journal.close()

    # -- ringing up ------------------------------------------------------------------------------------

    def ring_up(self, code: str, quantity: int = 1) -> Line:
        """Add an item by what was scanned or typed; starts the next sale if this one is paid.

        Raises:
            PosError: the sale is locked, or the quantity is not one; nothing changed.
        """
        if self.current.stage in (Stage.PAID, Stage.DONE):
            self.next_sale()
        sale = self._unlocked()
        if not 1 <= quantity <= MAX_QUANTITY:
            raise PosError(
                title=f"{quantity} is not a quantity", advice=f"Type 1 to {MAX_QUANTITY}."
            )
        asked, code = code.strip(), clean(code, limit=200)
        item = self._catalogue.find(asked)
        try:
            if item is None:
                line = sale.basket.add(code, sku=asked, quantity=quantity)
            else:
                line = sale.basket.add(
                    code, sku=item.sku, quantity=quantity, name=item.name, unit_price=item.price
                )
        except ValueError as error:
            raise PosError(title=str(error), advice="Nothing changed.") from error
        self._record_opening(sale)
        self._note(
            "line_added",
            {"line_id": line.line_id, "code": code, "sku": line.sku, "quantity": quantity},
        )
        self._sync(sale).want(line, quantity)
        self._basket_changed(sale, line.line_id)
        return line

    def set_quantity(self, line_id: int, quantity: int) -> Line:
        """Change how many of a line.

        Raises:
            PosError: the sale is locked, the line is gone, or the quantity is not one.
        """
        sale = self._unlocked()
        before = sale.basket.line(line_id)
        if before is None or before.is_refused:
            raise PosError(title="That line cannot be changed", advice="F8 removes it.")
        if not 1 <= quantity <= MAX_QUANTITY:
            raise PosError(
                title=f"{quantity} is not a quantity",
                advice=f"Type 1 to {MAX_QUANTITY}, or F8 to remove the line.",
            )
        line = sale.basket.set_quantity(line_id, quantity)
        known = {"line_id": line_id, "code": line.code, "sku": line.sku}
        self._note("quantity_set", known | {"quantity": quantity})
        self._sync(sale).want(line, quantity - before.quantity)
        self._basket_changed(sale, line_id)
        return line

    def remove(self, line_id: int) -> Line:
        """Take a line out.

        Raises:
            PosError: the sale is locked, or the line is gone.
        """
        sale = self._unlocked()
        if sale.basket.line(line_id) is None:
            raise PosError(title="There is no line to remove", advice="Scan an item.")
        line = sale.basket.remove(line_id)
        self._note("line_removed", {"line_id": line_id})
        if not line.is_refused:
            self._sync(sale).want(line, -line.quantity)
        self._basket_changed(sale, None)
        return line

    def clear(self) -> None:
        """Drop the whole sale; its order is left to lapse.

        Raises:
            PosError: money moves, or has moved, for it.
        """
        sale = self._unlocked()
        if sale.basket:
            self._drop(sale)
        self.current = self._new_sale()
        self.emit(SaleChanged(self.current.sale_id))

    def next_sale(self) -> None:
        """Turn to the next customer; what runs for this one runs on."""
        sale = self.current
        if sale.stage is Stage.SELLING and sale.basket and not sale.is_locked:
            self._hold(sale, "")
        if sale.stage is Stage.DONE:
            self._forget(sale)
        self.current = self._new_sale()
        self.emit(SaleChanged(self.current.sale_id))

    def hold(self, label: str = "") -> None:
        """Set the sale aside.

        Raises:
            PosError: there is nothing to set aside.
        """
        sale = self.current
        if not sale.basket:
            raise PosError(title="There is nothing to hold", advice="Scan an item.")
        self._hold(sale, label)
        self.current = self._new_sale()
        self.emit(SaleChanged(self.current.sale_id))

    def recall(self, sale_id: str) -> Sale:
        """Bring an open sale back; the one on the screen is set aside if it has lines.

        Raises:
            PosError: it is not open any more.
        """
        sale = self.sales.get(sale_id)
        if sale is None:
            raise PosError(title="That sale is not open any more", advice="Choose another one.")
        old = self.current
        if old is not sale and old.basket and old.stage is Stage.SELLING and not old.is_locked:
            self._hold(old, "")
        if sale.is_held:
            sale.is_held = False
            self._note("sale_recalled", {}, sale)
        self.current = sale
        self.emit(SaleChanged(sale_id))
        return sale

    def open_sales(self) -> list[Sale]:
        """The sales that are not finished and not on the screen, oldest first."""
        return [
            s
            for s in self.sales.values()
            if s is not self.current and s.stage is not Stage.DONE and (s.basket or s.attempts)
        ]

    def knows(self, code: str) -> bool:
        """Whether the local catalogue has an item of exactly this code."""
        return self._catalogue.find(code) is not None

    @property
    def can_search(self) -> bool:
        """Whether there is a local catalogue to search in; without one every text is a code."""
        return self._catalogue.count() > 0

    async def search(self, text: str) -> Sequence[Item]:
        """Items by the beginnings of words in their names."""
        return await self._catalogue.search(text)

    # -- paying ----------------------------------------------------------------------------------------

    async def ready_to_pay(self, sale: Sale) -> Sequence[PaymentMethod]:
        """Wait until the order has followed, and answer its own methods, read for this total.

        Raises:
            PosError: the basket is empty, a line is refused, or the backend cannot be reached.
        """
        if sale.basket.refused:
            raise PosError(
                title=f"{sale.basket.refused} line(s) are not known to the shop's server",
                advice="Remove them with F8, then pay.",
            )
        if not sale.basket:
            raise PosError(title="There is nothing to pay", advice="Scan an item.")
        order = sale.order if sale.is_locked else await self._sync(sale).converge()
        if order is None:
            raise PosError(title="The order is not known", advice="Go back and try again.")
        if sale.basket.refused:
            return await self.ready_to_pay(sale)
        if sale.methods_for != (order.order_id, order.fingerprint()):
            await self._read_methods(sale)
        return sale.methods

    async def refresh_methods(self, sale: Sale) -> Sequence[PaymentMethod]:
        """Read the methods and terminals again: a terminal may have gone offline.

        Raises:
            PosError: they could not be read.
        """
        await self._read_methods(sale)
        return sale.methods

    def finish_free(self, sale: Sale) -> None:
        """Finish a sale of which nothing is due: no payment call is made for zero (M17).

        Raises:
            PosError: something is due.
        """
        if not sale.is_total_certain or sale.due:
            raise PosError(title="There is still something to pay", advice="Choose how to pay.")
        self._on_paid(sale)

    def cash_asked(self, amount: Money) -> Money:
        """What to ask in cash for an amount: rounded as the country rounds."""
        return cash_amount(amount, self.shop.country, voluntary=self.shop.cash_rounding)

    def drawers(self, method: PaymentMethod) -> tuple[Drawer, ...]:
        """The drawers cash may go into: the shop's own first."""
        mine = self.shop.drawer_id
        if not method.drawers:
            return (Drawer(mine, mine),) if mine else ()
        return tuple(sorted(method.drawers, key=lambda d: d.drawer_id != mine))

    # -- inside ----------------------------------------------------------------------------------------

    def _new_sale(self) -> Sale:
        return Sale(uuid.uuid4().hex, Basket(self.shop.currency), self._clock.now())

    def _unlocked(self) -> Sale:
        sale = self.current
        if self.payments.unsaved:
            raise JournalError("a payment's result is still to be saved")
        if sale.is_locked or self.payments.busy(sale):
            raise PosError(
                title="This sale is being paid",
                advice="Its lines cannot change. F6 lets it run and starts the next sale.",
            )
        return sale

    def _sync(self, sale: Sale) -> OrderSync:
        sync = self._syncs.get(sale.sale_id)
        if sync is None:
            sync = self._syncs[sale.sale_id] = OrderSync(
                sale,
                self._commerce,
                self._catalogue,
                self._journal,
                self._clock,
                self._tasks,
                self._order_changed,
                self._line_told,
            )
        return sync

    def _record_opening(self, sale: Sale) -> None:
        if not sale.is_recorded:
            sale.is_recorded = True
            self.sales[sale.sale_id] = sale
            body = {"currency": sale.currency, "opened_at": sale.opened_at.isoformat()}
            self._note("sale_opened", body, sale)

    def _note(self, kind: str, body: Mapping[str, object], sale: Sale | None = None) -> None:
        """Write beside the repaint, not before it; the journal reports what it cannot keep."""
        self._journal.append(Entry(kind, body, (sale or self.current).sale_id))

    def _hold(self, sale: Sale, label: str) -> None:
        sale.is_held = True
        sale.label = label or sale.label
        self._note("sale_held", {"label": sale.label}, sale)

    def _drop(self, sale: Sale) -> None:
        self._sync(sale).stop()
        if sale.order is not None:
            order_id = sale.order.order_id
            self._tasks.spawn(self._sync(sale).let_lapse(order_id), f"lapse {order_id}")
        self._journal.append(
            Entry("sale_cleared", {}, sale.sale_id),
            Entry("sale_closed", {}, sale.sale_id, closes_sale=True),
        )
        sale.stage = Stage.DONE
        self._forget(sale)

    def _forget(self, sale: Sale) -> None:
        self.sales.pop(sale.sale_id, None)
        self._syncs.pop(sale.sale_id, None)
        self.payments.forget(sale)
        for attempt_id in sale.attempts:
            self._phases.pop(attempt_id, None)

    def _basket_changed(self, sale: Sale, line_id: int | None) -> None:
        self.emit(SaleChanged(sale.sale_id, None if line_id is None else (line_id,)))

    def _order_changed(self, sale: Sale, line_ids: tuple[int, ...] | None) -> None:
        self.emit(SaleChanged(sale.sale_id, line_ids))
        if sale.is_converged and sale is self.current and sale.basket:
            if self._ahead is None or self._ahead.done():
                self._ahead = self._tasks.spawn(self._read_ahead(sale), "methods ahead")

    async def _read_ahead(self, sale: Sale) -> None:
        """Read the methods once the order is quiet, so that Pay need not wait for them."""
        await self._clock.sleep(METHODS_AHEAD_S)
        order = sale.order
        if not sale.is_converged or order is None or sale.is_locked:
            return
        if sale.methods_for == (order.order_id, order.fingerprint()):
            return
        try:
            await self._read_methods(sale)
        except PosError:
            return  # Pay reads them itself, and says what is wrong

    async def _read_methods(self, sale: Sale) -> None:
        order = sale.order
        if order is None:
            raise PosError(title="The order is not known", advice="Go back and try again.")
        methods = await self._commerce.payment_methods(order.order_id)
        sale.methods = tuple(methods)
        sale.methods_for = (order.order_id, order.fingerprint())
        self.emit(SaleChanged(sale.sale_id, ()))

    def _line_told(self, sale: Sale, words: str, is_alarm: bool) -> None:
        level = Level.ALARM if is_alarm else Level.ADVICE
        self.emit(Noticed(level, words, sale.sale_id))

    def _on_paid(self, sale: Sale) -> None:
        for attempt in sale.attempts.values():
            if attempt.is_paid and attempt.intent.terminal_id:
                self.last_terminal_id = attempt.intent.terminal_id
        order = sale.order
        if order is not None and (order.is_opened or sale.paid == order.total):
            self.finisher.finish(sale)
        self.emit(SaleChanged(sale.sale_id, ()))

    def _on_conflict(self, sale: Sale) -> None:
        """The order is not what the basket asked for: where nothing is paid, a fresh one is opened."""
        if not sale.paid and sale.foreign is None:
            self._sync(sale).start_over()

    def _on_bug(self, reference: str) -> None:
        words = f"The till stumbled over something unexpected. Nothing was sent twice. Reference {reference}."
        self.emit(Noticed(Level.ALARM, words, reference=reference))

    async def _probe(self) -> None:
        try:
            await self._commerce.probe()
        except PosError:
            pass  # `health` says what is wrong
        self.emit(BackendChanged())

    async def _resume(self, sale: Sale) -> None:
        """Go on with a sale from before a restart: its payments first, then its order."""
        if sale.stage is Stage.SELLING:
            order = await self._order_before(sale)
            if sale.sale_id in self._syncs:
                self._syncs[sale.sale_id].resume(order)
            return
        if sale.unresolved is not None:
            self.payments.resume(sale)
        order = await self._order_before(sale)
        if sale.sale_id in self._syncs:
            self._syncs[sale.sale_id].resume(order)
        self.emit(SaleChanged(sale.sale_id))
        if sale.unresolved is None:
            self._on_paid(sale)

    async def _watch_again(self) -> None:
        """Late approvals of the last 24 hours are looked for once more at every start."""
        try:
            watched = await self._recovery.watched()
        except PosError as error:
            self.emit(Noticed(Level.ALARM, error.sentence))
            return
        for sale in watched:
            self.payments.watch_again(self.sales.get(sale.sale_id, sale))

    async def _order_before(self, sale: Sale) -> Order | None:
        """The order a sale had before a restart; where money is concerned it is asked for until it answers."""
        if not sale.order_id_before:
            return None
        pauses = iter((0.0, 1.0, 3.0, 10.0))
        while True:
            pause = next(pauses, 30.0 if sale.stage is not Stage.SELLING else None)
            if pause is None:
                return None
            await self._clock.sleep(pause)
            try:
                order = await self._commerce.read_order(sale.order_id_before)
            except PosError as error:
                sale.trouble = f"{error.title}."
            else:
                sale.trouble = ""
                return order

    def _on_done(self, sale: Sale) -> None:
        self.last_done = sale
        if sale.order_id_before and sale.order is not None:
            words = f"Order {sale.order.number}, from before the restart, is paid and finished."
            self.emit(Noticed(Level.GOOD, words, sale.sale_id))
        if sale is not self.current:
            self._forget(sale)
