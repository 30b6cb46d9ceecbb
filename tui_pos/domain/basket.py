"""The basket: what the cashier wants. Changes at once, knows nothing of networks."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tui_pos.domain.money import Money

MAX_QUANTITY = 9_999


class LineState(enum.Enum):
    """How far the backend has followed a line."""

    WANTED = "wanted"
    ORDERED = "ordered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: an item, how many, and what is known of its price.

    Attributes:
        line_id: unique in its basket, never used again.
        code: as scanned or typed.
        sku: what the backend is asked for; the code itself where no catalogue knows it.
        name: for people; "" until the catalogue or the backend told.
        unit_price: what one costs the customer, tax included; None until known.
        reason: why the backend refused it, for people.
    """

    line_id: int
    code: str
    sku: str
    quantity: int
    name: str = ""
    unit_price: Money | None = None
    state: LineState = LineState.WANTED
    reason: str = ""

    @property
    def amount(self) -> Money | None:
        """Quantity times unit price; None while the price is not known."""
        return None if self.unit_price is None else self.unit_price * self.quantity

    @property
    def is_refused(self) -> bool:
        return self.state is LineState.REFUSED


class Basket:
    """The lines of one sale in the order they were rung up, with running sums.

    A refused line stays visible until the cashier removes it and counts for nothing.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self._lines: list[Line] = []
        self._place: dict[int, int] = {}
        self._next_id = 1
        self.units = 0
        self._known_minor = 0
        self._unpriced = 0
        self._refused = 0
        self.version = 0

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)

    def __getitem__(self, index: int) -> Line:
        return self._lines[index]

    def __bool__(self) -> bool:
        return bool(self._lines)

    @property
    def preview(self) -> Money:
        """The sum of what is priced; the backend's total is the truth once it is known."""
        return Money(self._known_minor, self.currency)

    @property
    def has_unpriced(self) -> bool:
        return self._unpriced > 0

    @property
    def refused(self) -> int:
        """How many lines the backend refused."""
        return self._refused

    def line(self, line_id: int) -> Line | None:
        place = self._place.get(line_id)
        return None if place is None else self._lines[place]

    def index(self, line_id: int) -> int:
        """The row of a line.

        Raises:
            KeyError: it is not in the basket.
        """
        return self._place[line_id]

    def add(
        self,
        code: str,
        *,
        sku: str = "",
        quantity: int = 1,
        name: str = "",
        unit_price: Money | None = None,
        line_id: int | None = None,
    ) -> Line:
        """Ring up an item: raise the last line if it is the same item, else a new line at the end.

        Raises:
            ValueError: the quantity is not from 1 to `MAX_QUANTITY`, the price is in another currency, or
                the id belongs to another line.
        """
        self._check(quantity)
        self._check_price(unit_price)
        sku = sku or code
        last = self._lines[-1] if self._lines else None
        if (
            last is not None
            and line_id in (None, last.line_id)
            and last.sku == sku
            and not last.is_refused
            and last.quantity + quantity <= MAX_QUANTITY
        ):
            return self._put(replace(last, quantity=last.quantity + quantity))
        if line_id in self._place:
            raise ValueError(f"line {line_id} is there already")
        line = Line(
            self._next_id if line_id is None else line_id, code, sku, quantity, name, unit_price
        )
        self._next_id = max(self._next_id, line.line_id) + 1
        self._place[line.line_id] = len(self._lines)
        self._lines.append(line)
        self._count(line, +1)
        self.version += 1
        return line

    def set_quantity(self, line_id: int, quantity: int) -> Line:
        """Change how many.

        Raises:
            KeyError: no such line.
            ValueError: the quantity is not from 1 to `MAX_QUANTITY`.
        """
        self._check(quantity)
        return self._put(replace(self._lines[self._place[line_id]], quantity=quantity))

    def remove(self, line_id: int) -> Line:
        """Take a line out.

        Raises:
            KeyError: no such line.
        """
        place = self._place.pop(line_id)
        line = self._lines.pop(place)
        for other in self._lines[place:]:
            self._place[other.line_id] -= 1
        self._count(line, -1)
        self.version += 1
        return line

    def learn(self, line_id: int, *, name: str, unit_price: Money | None) -> Line | None:
        """What the catalogue or the backend knows about a line; None if it is gone by now.

        Raises:
            ValueError: the price is in another currency.
        """
        self._check_price(unit_price)
        line = self.line(line_id)
        if line is None:
            return None
        price = line.unit_price if unit_price is None else unit_price
        known = replace(line, name=name or line.name, unit_price=price)
        return line if known == line else self._put(known)

    def mark(self, line_id: int, state: LineState, reason: str = "") -> Line | None:
        """What the backend made of a line; None if it is gone by now."""
        line = self.line(line_id)
        if line is None or (line.state is state and line.reason == reason):
            return line
        return self._put(replace(line, state=state, reason=reason))

    @staticmethod
    def _check(quantity: int) -> None:
        if not 1 <= quantity <= MAX_QUANTITY:
            raise ValueError(f"a quantity is from 1 to {MAX_QUANTITY}")

    def _check_price(self, price: Money | None) -> None:
        if price is not None and price.currency != self.currency:
            raise ValueError(f"a price in {price.currency} in a basket in {self.currency}")

    def _put(self, line: Line) -> Line:
        place = self._place[line.line_id]
        self._count(self._lines[place], -1)
        self._lines[place] = line
        self._count(line, +1)
        self.version += 1
        return line

    def _count(self, line: Line, sign: int) -> None:
        if line.is_refused:
            self._refused += sign
            return
        self.units += sign * line.quantity
        amount = line.amount
        if amount is None:
            self._unpriced += sign
        else:
            self._known_minor += sign * amount.minor
