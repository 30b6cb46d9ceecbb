"""A till without network, journal or catalogue file: what the screens need, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from tui_pos.domain.barcode import gtin13
from tui_pos.domain.basket import MAX_QUANTITY, Basket, Line, LineState
from tui_pos.domain.errors import PosError
from tui_pos.domain.events import Event, Level, Noticed, SaleChanged
from tui_pos.domain.money import Money
from tui_pos.ports.catalogue import Item
from tui_pos.ports.commerce import Health
from tui_pos.services.sale import Sale, Stage
from tui_pos.services.till import Till

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAMES = (
    "Coffee beans 1 kg",
    "Oat milk",
    "Chocolate bar 70%",
    "Green tea",
    "Stroopwafels",
    "Mug, white",
)


def article(number: int) -> Item:
    return Item(
        f"SKU-{number}",
        f"{NAMES[number % len(NAMES)]} no. {number}",
        Money(99 + number * 37 % 5000, "EUR"),
    )


class StandIn:
    """Rings up any code of digits; codes that begin with `0000` are not known to the server."""

    till_id, store, backend_name, cashier = "till-1", "Utrecht", "Afosto", "Anna"
    locale, currency = "nl_NL", "EUR"

    def __init__(self, *, clock: Callable[[], datetime] = lambda: NOON) -> None:
        self.now = clock
        self.health = Health(is_reachable=True, latency_ms=42)
        self.sales: dict[str, Sale] = {}
        self.watchers: list[Callable[[Event], None]] = []
        self.items: dict[str, Item] = {}
        self.started = False
        self.current = self._new()

    def _new(self) -> Sale:
        return Sale(uuid.uuid4().hex, Basket("EUR"), self.now())

    def as_till(self) -> Till:
        return cast("Till", self)

    def subscribe(self, watcher: Callable[[Event], None]) -> Callable[[], None]:
        self.watchers.append(watcher)
        return lambda: self.watchers.remove(watcher)

    def emit(self, event: Event) -> None:
        for watcher in list(self.watchers):
            watcher(event)

    async def start(self) -> None:
        self.started = True

    def find(self, code: str) -> Item:
        item = self.items.get(code)
        if item is None:
            item = self.items[code] = article(sum(map(ord, code[-6:])) * 7 % 1000)
        return item

    def ring_up(self, code: str, quantity: int = 1) -> Line:
        self._check(quantity)
        sale = self.current
        code = code.strip()
        item = self.find(gtin13(code))
        line = sale.basket.add(
            code, sku=code, quantity=quantity, name=item.name, unit_price=item.price
        )
        self.sales[sale.sale_id] = sale
        if code.startswith("0000"):
            line = sale.basket.mark(line.line_id, LineState.REFUSED) or line
            self.emit(Noticed(Level.ALARM, f"Unknown code {code}. F8 removes it."))
        self.emit(SaleChanged(sale.sale_id, (line.line_id,)))
        return line

    def set_quantity(self, line_id: int, quantity: int) -> Line:
        self._check(quantity)
        line = self.current.basket.set_quantity(line_id, quantity)
        self.emit(SaleChanged(self.current.sale_id, (line_id,)))
        return line

    @staticmethod
    def _check(quantity: int) -> None:
        if not 1 <= quantity <= MAX_QUANTITY:
            raise PosError(title=f"{quantity} is not a quantity", advice="Type 1 to 9999.")

    def remove(self, line_id: int) -> Line:
        return self.current.basket.remove(line_id)

    def clear(self) -> None:
        self.sales.pop(self.current.sale_id, None)
        self.current = self._new()

    def hold(self, label: str = "") -> None:
        if not self.current.basket:
            raise PosError(title="There is nothing to hold", advice="Scan an item.")
        self.current.label, self.current.is_held = label, True
        self.current = self._new()

    def recall(self, sale_id: str) -> Sale:
        self.current = self.sales[sale_id]
        return self.current

    def next_sale(self) -> None:
        self.current = self._new()

    def open_sales(self) -> list[Sale]:
        return [
            s for s in self.sales.values() if s is not self.current and s.stage is not Stage.DONE
        ]

    can_search = True

    def knows(self, code: str) -> bool:
        return False

    async def search(self, text: str) -> Sequence[Item]:
        words = text.lower()
        return [i for i in map(article, range(60)) if words in i.name.lower()]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
