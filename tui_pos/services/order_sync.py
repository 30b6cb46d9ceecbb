"""Makes the order follow the basket, in the background, one ordered task per sale.

Everything rung up since the last call goes in one call. What the backend cannot undo is done by opening
a fresh order and letting the old one lapse (architecture.md, "The one idea").
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tui_pos.domain.basket import Line, LineState
from tui_pos.domain.errors import (
    Conflict,
    MaybeDone,
    NotAllowed,
    NotFound,
    PosError,
    RateLimited,
    Refused,
)
from tui_pos.domain.money import Money, round_half_up
from tui_pos.domain.order import CONCEPT, Order, OrderLine
from tui_pos.ports.catalogue import Catalogue, Item
from tui_pos.ports.clock import Clock
from tui_pos.ports.commerce import Commerce, Wanted
from tui_pos.ports.journal import Entry, Journal
from tui_pos.services.sale import Sale
from tui_pos.services.tasks import Tasks

GATHER_S = 0.15  # scans this close together share a call
PATIENCE_S = 0.3  # but the first of them never waits longer than this
REBUILD_S = 0.6  # a correction is often followed by another
LAPSE = timedelta(minutes=15)  # what was left behind goes soon
_BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True, slots=True)
class _InDoubt:
    """An addition whose answer was lost: what the order held before, and what was asked for."""

    before: dict[str, int]
    batch: tuple[Wanted, ...]


class OrderSync:
    """Converges one sale's order on its basket.

    The basket's owner tells every change of quantity with `want`; the sync reads no more of the basket
    than the lines concerned, so that a call costs the same in a long basket as in a short one.
    """

    def __init__(
        self,
        sale: Sale,
        commerce: Commerce,
        catalogue: Catalogue,
        journal: Journal,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[Sale, tuple[int, ...] | None], None],
        told: Callable[[Sale, str, bool], None],
    ) -> None:
        self._sale = sale
        self._commerce = commerce
        self._catalogue = catalogue
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self._told = told
        self._wanted: dict[str, int] = {}
        self._have: dict[str, int] = {}
        self._lines_of: dict[str, list[int]] = {}
        self._dirty: dict[str, None] = {}
        self._needs_fresh = False
        self._doubt: _InDoubt | None = None
        self._tried_afresh: set[str] = set()
        self._oldest_at = self._newest_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._urgent = False
        self._waiters: list[asyncio.Future[Order]] = []
        self._failures = 0

    # -- what the basket's owner calls ---------------------------------------------------------------

    def want(self, line: Line, units: int) -> None:
        """A line was added or changed by so many units (negative: fewer)."""
        sku = line.sku
        self._wanted[sku] = self._wanted.get(sku, 0) + units
        lines = self._lines_of.setdefault(sku, [])
        if line.line_id not in lines:
            lines.append(line.line_id)
        if (
            self._wanted[sku] < self._have.get(sku, 0)
            and not self._commerce.capabilities.removes_lines
        ):
            self._needs_fresh = True
        self._newest_at = self._clock.boot()
        if not self._dirty:
            self._oldest_at = self._newest_at
        self._dirty[sku] = None
        self._sale.is_converged = False
        self._poke()

    async def converge(self) -> Order:
        """Wait until the order holds what the basket asks for.

        Raises:
            PosError: it does not follow just now; the sync goes on trying.
        """
        if self._sale.is_converged and self._sale.order is not None:
            return self._sale.order
        future: asyncio.Future[Order] = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        self._urgent = True
        self._poke()
        return await future

    def preload(self) -> None:
        """Take over the basket of a sale from before a restart; makes no call."""
        for line in self._sale.basket:
            if not line.is_refused:
                self._wanted[line.sku] = self._wanted.get(line.sku, 0) + line.quantity
                self._lines_of.setdefault(line.sku, []).append(line.line_id)
        self._dirty = dict.fromkeys(self._wanted)

    def resume(self, order: Order | None) -> None:
        """Go on with the order of before a restart, if it could be read and none was opened meanwhile.

        If it holds something else than the basket, a fresh one is opened and it is left to lapse; not while
        money moves on it, or has moved.
        """
        if order is not None and self._sale.order is None:
            self._follow(order)
            skus = {**self._wanted, **self._have}
            different = (n for n in skus if self._wanted.get(n, 0) != self._have.get(n, 0))
            self._dirty = dict.fromkeys(different)
            self._needs_fresh = order.status != CONCEPT and not self._sale.is_locked
        elif order is not None:
            self._tasks.spawn(self.let_lapse(order.order_id), f"lapse {order.order_id}")
        self._sale.is_converged = order is not None and not (self._dirty or self._needs_fresh)
        if self._dirty or self._needs_fresh:
            self._poke()

    def start_over(self) -> None:
        """The order is not to be trusted: open a fresh one for the same basket."""
        self._sale.is_converged = False
        self._needs_fresh = True
        self._poke()

    def stop(self) -> None:
        """No more calls for this sale."""
        if self._task is not None:
            self._task.cancel()
        for future in self._waiters:
            future.cancel()

    # -- the task ------------------------------------------------------------------------------------

    def _poke(self) -> None:
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = self._tasks.spawn(self._run(), f"sync {self._sale.sale_id}")

    async def _run(self) -> None:
        while self._dirty or self._doubt is not None or self._needs_fresh:
            if self._sale.is_locked:
                return  # an order that is being paid, or was, is not touched
            self._wake.clear()
            await self._gather()
            try:
                await self._round()
            except PosError as error:
                await self._failed(error)
            else:
                self._failures = 0
                self._set_trouble("")
        self._urgent = False
        order = self._sale.order
        waiters, self._waiters = self._waiters, []
        if order is None:
            for future in waiters:
                if not future.done():
                    future.set_exception(PosError(title="Nothing to pay", advice="Scan an item."))
            return
        self._sale.is_converged = True
        self._changed(self._sale, ())
        for future in waiters:
            if not future.done():
                future.set_result(order)

    async def _gather(self) -> None:
        """Wait for what is scanned in one go, never long, and not at all when somebody wants to pay."""
        while not self._urgent:
            now = self._clock.boot()
            pause = REBUILD_S if self._needs_fresh else GATHER_S
            patience = 3 * REBUILD_S if self._needs_fresh else PATIENCE_S
            left = min(self._newest_at + pause, self._oldest_at + patience) - now
            if self._sale.order is None or left <= 0:
                return
            self._wake.clear()
            try:
                async with asyncio.timeout(left):
                    await self._wake.wait()
            except TimeoutError:
                return

    async def _failed(self, error: PosError) -> None:
        waiters, self._waiters = self._waiters, []
        self._urgent = False
        for future in waiters:
            if not future.done():
                future.set_exception(error)
        self._set_trouble(f"{error.title}.")
        pause = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        if isinstance(error, RateLimited):
            pause = max(pause, min(error.retry_after_s, 60.0))
        self._failures += 1
        self._wake.clear()
        try:
            async with asyncio.timeout(pause):
                while not self._urgent:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            pass

    def _set_trouble(self, words: str) -> None:
        if self._sale.trouble != words:
            self._sale.trouble = words
            self._changed(self._sale, ())

    async def _round(self) -> None:
        if self._doubt is not None:
            await self._verify(self._doubt)
            return
        if self._needs_fresh:
            await self._leave_order()
        order = self._sale.order
        if order is None:
            order = await self._create()
        batch = self._take_batch()
        if batch:
            await self._add(order, batch)

    async def _create(self) -> Order:
        key = uuid.uuid4().hex
        await self._journal.append(Entry("order_intended", {"key": key}, self._sale.sale_id))
        order = await self._commerce.create_order(self._sale.sale_id, key=key)
        if self._sale.order is not None:  # the one of before a restart was found meanwhile
            self._tasks.spawn(self.let_lapse(order.order_id), f"lapse {order.order_id}")
            return self._sale.order
        body = {"order_id": order.order_id, "number": order.number}
        await self._journal.append(Entry("order_created", body, self._sale.sale_id))
        self._sale.order = order
        self._have = {}
        self._dirty.update({sku: None for sku, units in self._wanted.items() if units})
        self._changed(self._sale, ())
        return order

    def _take_batch(self) -> list[Wanted]:
        """What the order lacks, in the order in which it was rung up."""
        skus, self._dirty = self._dirty, {}
        missing = {sku: self._wanted.get(sku, 0) - self._have.get(sku, 0) for sku in skus}
        if any(units < 0 for units in missing.values()):
            self._needs_fresh = True
            return []
        return [Wanted(sku, units) for sku, units in missing.items() if units]

    async def _add(self, order: Order, batch: Sequence[Wanted]) -> None:
        key = uuid.uuid4().hex
        body = {
            "order_id": order.order_id,
            "key": key,
            "items": [{"sku": w.sku, "quantity": w.quantity} for w in batch],
        }
        try:
            await self._journal.append(Entry("items_intended", body, self._sale.sale_id))
            answer = await self._commerce.add_items(order.order_id, batch, key=key)
        except (NotAllowed, RateLimited):
            self._dirty.update({w.sku: None for w in batch})
            raise
        except (MaybeDone, Conflict):
            self._doubt = _InDoubt(dict(self._have), tuple(batch))
            raise
        except Refused as refusal:
            await self._split(order, batch, refusal)
        except PosError:
            self._dirty.update({w.sku: None for w in batch})
            raise
        else:
            self._follow(answer)

    async def _split(self, order: Order, batch: Sequence[Wanted], refusal: Refused) -> None:
        """A batch was refused: find the culprit, so that its neighbours count."""
        if len(batch) == 1:
            sku = batch[0].sku
            self._dirty[sku] = None  # whatever becomes of it, it is not on the order
            if await self._takes_items(order, sku, refusal):
                self._refuse(sku, refusal)
            else:
                self._needs_fresh = True
            return
        named = re.fullmatch(r".*\bitems\W+(\d+)\b.*", refusal.field)
        guess = int(named[1]) if named else -1
        if 0 <= guess < len(batch):
            parts = [[batch[guess]], [w for n, w in enumerate(batch) if n != guess]]
        else:
            middle = len(batch) // 2
            parts = [list(batch[:middle]), list(batch[middle:])]
        rest = {w.sku: None for w in batch}
        try:
            for part in parts:
                for wanted in part:
                    rest.pop(wanted.sku, None)
                await self._add(order, part)
        except PosError:
            self._dirty.update(rest)
            raise

    async def _takes_items(self, order: Order, sku: str, refusal: Refused) -> bool:
        """Whether it was the item that was refused, and not the whole order: opened, cancelled or lapsed."""
        if isinstance(refusal, NotFound) and self._have and sku not in self._tried_afresh:
            # Which of the two is not known is not said: a fresh order tells.
            self._tried_afresh.add(sku)
            return False
        try:
            return (await self._commerce.read_order(order.order_id)).status == CONCEPT
        except NotFound:
            return False

    def _refuse(self, sku: str, refusal: Refused) -> None:
        """Name the line that the backend does not take; it counts for nothing until it is removed."""
        touched = []
        was_known = self._have.get(sku, 0) > 0
        self._dirty[sku] = None  # what was ordered of it before goes with it
        for line_id in self._lines_of.get(sku, []):
            line = self._sale.basket.line(line_id)
            if line is None or line.is_refused:
                continue
            self._wanted[sku] -= line.quantity
            reason = refusal.detail or "not known to the shop's server"
            self._sale.basket.mark(line_id, LineState.REFUSED, reason)
            touched.append(line_id)
            body = {"line_id": line_id}
            self._journal.append(Entry("line_refused", body, self._sale.sale_id))
            if was_known:
                words = f"{line.quantity} x {line.name or line.code} was refused: {reason}. F8 removes it."
            else:
                words = f"Unknown code {line.code}. F8 removes it."
            self._told(self._sale, words, True)
        self._changed(self._sale, tuple(touched))

    async def _verify(self, doubt: _InDoubt) -> None:
        """Compare the order with what it held before and what was asked for (payment-safety.md, 2.3)."""
        assert self._sale.order is not None  # noqa: S101  a batch in doubt belongs to an order
        order = await self._commerce.read_order(self._sale.order.order_id)
        now = order.quantities()
        after = dict(doubt.before)
        for wanted in doubt.batch:
            after[wanted.sku] = after.get(wanted.sku, 0) + wanted.quantity
        self._doubt = None
        self._dirty.update({w.sku: None for w in doubt.batch})
        if now == after:
            self._follow(order)
        else:
            # It may still be on its way, and then arrive after it was paid: nothing is paid on this order yet,
            # so it is left to whatever comes, and a fresh one gets everything.
            self._needs_fresh = True

    async def _leave_order(self) -> None:
        """Give the order up; a fresh one gets everything."""
        old = self._sale.order
        self._needs_fresh = False
        self._have = {}
        self._dirty = {
            line.sku: None for line in self._sale.basket if not line.is_refused
        } | self._dirty
        self._sale.order = None
        if old is None:
            return
        self._sale.left_order_ids.append(old.order_id)
        body = {"order_id": old.order_id}
        await self._journal.append(Entry("order_left", body, self._sale.sale_id))
        self._tasks.spawn(self.let_lapse(old.order_id), f"lapse {old.order_id}")

    async def let_lapse(self, order_id: str) -> None:
        """Let an order lapse that nobody will pay. Best effort: a stray order harms nobody.

        An order with a payment that was started is left alone: it may still turn out paid.
        """
        if any(a.intent.order_id == order_id and a.starts for a in self._sale.attempts.values()):
            return
        for pause in (0.0, 2.0, 10.0):
            await self._clock.sleep(pause)
            try:
                at = self._clock.now() + LAPSE
                await self._commerce.expire_order(order_id, at, key=uuid.uuid4().hex)
            except Refused:
                return
            except PosError:
                continue
            else:
                return

    # -- what an answer teaches ----------------------------------------------------------------------

    def _follow(self, order: Order) -> None:
        self._sale.order = order
        self._have = order.quantities()
        # What arrived late, or was put there by somebody else, is seen here and corrected by the next round.
        for sku, units in self._have.items():
            if units != self._wanted.get(sku, 0):
                self._dirty[sku] = None
        touched: list[int] = []
        learned: list[Item] = []
        for line in order.lines:
            unit = _unit_price(line)
            for line_id in self._lines_of.get(line.sku, []):
                before = self._sale.basket.line(line_id)
                if before is None or before.is_refused:
                    continue
                after = self._sale.basket.learn(line_id, name=line.name, unit_price=unit)
                after = self._sale.basket.mark(line_id, LineState.ORDERED) if after else None
                if after != before:
                    touched.append(line_id)
                if before.unit_price is not None and unit is not None and before.unit_price != unit:
                    self._told(self._sale, f"The server's price of {line.name} differs.", False)
                if (before.name, before.unit_price) != (line.name, unit):
                    learned.append(Item(line.sku, line.name, unit))
        if learned:
            self._catalogue.learn(learned)
        self._changed(self._sale, tuple(touched))


def _unit_price(line: OrderLine) -> Money | None:
    if line.quantity <= 0:
        return None
    return Money(round_half_up(line.total.minor, line.quantity), line.total.currency)
