"""How a sale looks: status, basket, total, what just happened, the input line, the keys.

Every part keeps what it drew last and gives the same object back while nothing in it changed, so that a
key costs its own cells and a scan its row, the total and the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tui_pos.domain.basket import Basket, Line
from tui_pos.services.sale import Sale, Stage
from tui_pos.ui.bigdigits import big
from tui_pos.ui.grid import Row, Span, fit, right, width, wrap
from tui_pos.ui.present import Format, count

SIGN, WARNING = "►", "!"
_WIDEST = 132
_ROOMY = 28
UNKNOWN = "UNKNOWN CODE"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of the basket stand for a width."""

    margin: int
    total: int
    code: int
    name: int
    price: int
    amount: int

    @classmethod
    def of(cls, cells: int) -> Columns:
        total = min(cells, _WIDEST)
        code = 16 if total >= 110 else 14
        price, amount = (11, 13) if total >= 110 else (9, 11)
        gaps = 2 if total >= 60 else 1
        name = total - (2 + 4 + gaps + code + gaps + 5 + 1 + price + 1 + amount + 2)
        if name < 12:
            code, price = 0, 0
            name = total - (2 + 4 + gaps + 5 + 1 + amount + 2)
        return cls((cells - total) // 2, total, code, max(1, name), price, amount)

    def row(
        self, sign: str, texts: tuple[str, str, str, str, str, str], styles: tuple[str, str]
    ) -> Row:
        """Number, code, name, quantity, price and amount as a row; style of the whole and of the name."""
        plain, strong = styles
        number, code, name, quantity, price, amount = texts
        if self.total < 40:
            amount = right(amount, min(10, self.total // 2))
            return (
                Span(fit(sign, 2) + fit(name, self.total - 3 - len(amount)) + " " + amount, strong),
            )
        gap = "  " if self.total >= 60 else " "
        digits = max(4, len(number))
        head = " " * self.margin + fit(sign[: 6 - digits], 6 - digits) + right(number, digits) + gap
        if self.code:
            head += fit(code, self.code) + gap
        tail = right(quantity, 5) + " "
        if self.price:
            tail += right(price, self.price) + " "
        tail += right(amount, self.amount) + "  "
        if plain == strong:
            return (Span(head + fit(name, self.name) + tail, plain),)
        return (Span(head, plain), Span(fit(name, self.name), strong), Span(tail, plain))


@dataclass(slots=True)
class Memo:
    """The last result of each part, and what it was made from."""

    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def __call__(self, part: str, key: Any, make: Callable[[], Any]) -> Any:
        kept = self._kept.get(part)
        if kept is not None and kept[0] == key:
            return kept[1]
        made = make()
        self._kept[part] = (key, made)
        return made


class BasketView:
    """The rows of the basket: pages, not scrolling, so that a scan changes one row of the screen."""

    def __init__(self) -> None:
        self.top = 0
        self._rows: dict[int, tuple[Line, bool, Columns, Row]] = {}

    def show(self, count_: int, chosen: int, height: int) -> None:
        """Turn the page if the chosen row is not on it; half of the old one stays for the eye."""
        height = max(1, height)
        if chosen < self.top:
            self.top = max(0, chosen - height // 2)
        elif chosen >= self.top + height:
            self.top = chosen - height // 2
        if self.top >= max(1, count_):
            self.top = max(0, count_ - height)

    def rows(
        self, basket: Basket, chosen: int, columns: Columns, height: int, form: Format
    ) -> list[Row]:
        self.show(len(basket), chosen, height)
        stop = min(len(basket), self.top + height)
        kept: dict[int, tuple[Line, bool, Columns, Row]] = {}
        for place in range(self.top, stop):
            line, is_chosen = basket[place], place == chosen
            entry = self._rows.get(place)
            if entry is None or entry[0] is not line or entry[1:3] != (is_chosen, columns):
                entry = (line, is_chosen, columns, self._row(place, line, is_chosen, columns, form))
            kept[place] = entry
        self._rows = kept
        return [kept[place][3] for place in range(self.top, stop)]

    @staticmethod
    def _row(place: int, line: Line, is_chosen: bool, columns: Columns, form: Format) -> Row:
        number, quantity = str(place + 1), str(line.quantity)
        if line.is_refused:
            words = f"{UNKNOWN}: {line.reason}" if line.reason else UNKNOWN
            sign = SIGN + WARNING if is_chosen else " " + WARNING
            texts = (number, line.code, words, quantity, "", "not counted")
            return columns.row(sign, texts, ("refused", "refused"))
        price = "" if line.unit_price is None else form.number(line.unit_price)
        amount = "..." if line.amount is None else form.number(line.amount)
        texts = (number, line.code, line.name or "...", quantity, price, amount)
        styles = ("selected", "selected") if is_chosen else ("text", "text")
        return columns.row(SIGN if is_chosen else "", texts, styles)


def heads(columns: Columns) -> Row:
    return columns.row("", ("#", "Code", "Description", "Qty", "Price", "Amount"), ("head", "head"))


def total_rows(sale: Sale, columns: Columns, form: Format) -> list[Row]:
    """Three rows: how much is in the basket and what is to be said about it, and the total, large."""
    basket = sale.basket
    amount = form.money(sale.total)
    label = "Total" if sale.stage is Stage.SELLING else "Due"
    if sale.stage is not Stage.SELLING:
        amount = form.money(sale.due)
    digits = big(amount)
    size = width(digits[0])
    room = max(1, columns.total - size - 2 - 4 - len(label) - 3)
    left = [(count(basket.units, "item"), "strong") if basket else ("", "text")]
    left += [(part, style) for text, style in remarks(sale, form) for part in wrap(text, room)]
    if len(left) == 1 and basket and len(basket) != basket.units:
        left.append((count(len(basket), "line"), "dim"))
    left = [*left, ("", "text"), ("", "text")][:3]
    rows: list[Row] = []
    for at, (text, style) in enumerate(left):
        lead = Span(" " * (columns.margin + 4), "text")
        said = Span(fit(text, room), style)
        tag = Span((label if at == 1 else " " * len(label)) + "   ", "dim")
        rows.append((lead, said, tag, Span(digits[at], "total")))
    return rows


def remarks(sale: Sale, form: Format) -> list[tuple[str, str]]:
    """What must be known about the total, in words."""
    said: list[tuple[str, str]] = []
    if sale.basket.refused:
        said.append((f"{count(sale.basket.refused, 'line')} not counted: unknown code", "bad"))
    if sale.drift is not None:
        more = "higher" if sale.drift.minor > 0 else "lower"
        drift = sale.drift if sale.drift.minor > 0 else -sale.drift
        said.append((f"The server's total is {form.money(drift)} {more}", "warn"))
    if sale.trouble:
        said.append((sale.trouble, "warn"))
    elif sale.basket.has_unpriced:
        said.append(("Prices are on their way", "dim"))
    return said


def welcome(cells: int, height: int, note: str, held: int) -> list[Row]:
    """The empty sale: one clear next step."""
    lines: list[tuple[str, str]] = [
        ("Scan an item, or type its code and Enter", "strong"),
        ("", "text"),
        ("Letters search an article by name      F1 or ? shows every key", "dim"),
    ]
    if held:
        lines += [("", "text"), (f"{count(held, 'sale')} put aside: F7 brings one back", "accent")]
    if note:
        lines += [
            ("", "text"),
            *((part, "accent") for part in wrap(note, max(20, min(70, cells - 8)))),
        ]
    lines = lines[:height]
    before = max(0, (height - len(lines)) // 2)
    rows: list[Row] = [()] * before
    for text, style in lines:
        text = text if width(text) <= cells else fit(text, cells)
        rows.append((Span(" " * ((cells - width(text)) // 2), "text"), Span(text, style)))
    return rows + [()] * (height - len(rows))


@dataclass(frozen=True, slots=True)
class Layout:
    """Which parts a window has room for."""

    basket: int
    has_heads: bool
    has_big: bool
    has_air: bool
    is_tiny: bool

    @classmethod
    def of(cls, cells: int, height: int) -> Layout:
        if height < 12 or cells < 60:
            return cls(max(0, height - 4), False, False, False, True)
        has_air = height >= _ROOMY
        fixed = 1 + 1 + 1 + 3 + 1 + 1 + 1 + (3 if has_air else 0)
        return cls(height - fixed, True, True, has_air, False)
