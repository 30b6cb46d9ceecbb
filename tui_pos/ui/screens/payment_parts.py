"""Pieces of the payment screens: the amount large, sentences, keys with what they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_pos.ui.bigdigits import big, big_width
from tui_pos.ui.grid import Row, Span, cells_of, fit, pieces, right, width, wrap

_WIDEST = 104
Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Space:
    """The room between the status bar and the message line."""

    width: int
    height: int
    column: int = 0  # where something stands at the right

    def beside(self, cells: int) -> Space:
        """The room left of something so wide."""
        end = min(self.width - 2, self.margin + self.inner + 2)
        return Space(self.width, self.height, end - cells)

    @property
    def margin(self) -> int:
        if self.width < 60:
            return min(1, self.width)
        return max(4, (self.width - _WIDEST) // 2)

    @property
    def inner(self) -> int:
        if self.column:
            return max(1, self.column - self.margin - 2)
        return max(1, self.width - 2 * self.margin)

    @property
    def is_small(self) -> bool:
        return self.height < 14 or self.width < 50

    @property
    def air(self) -> list[Row]:
        """What stands above the amount: nothing where every row counts."""
        return [] if self.is_small else [()] * (1 + min(3, max(0, self.height - 24) // 6))

    def row(self, *spans: Span) -> Row:
        return (Span(" " * self.margin, "text"), *spans)


def hero(
    label: str, amount: str, space: Space, *, facts: Facts = (), style: str = "total"
) -> list[Row]:
    """An amount, as large as there is room for, under its label; what else is to be known at the right."""
    lead = label if not space.is_small else f"{label}  "
    if space.is_small or big_width(amount) > space.inner:
        rows = [space.row(Span(lead, "dim"), Span(amount, style))]
        return rows + [fact(space, name, value) for name, value in facts] if facts else rows
    digits = big(amount)
    gap = [("", "text")] if space.height >= 20 else []
    left = [(label, "strong"), *gap, *((line, style) for line in digits)]
    place = max(width(digits[0]), width(label)) + 4
    rows = []
    for at, (text, look) in enumerate(left):
        spans = [Span(fit(text, place), look)]
        if at < len(facts) and space.inner - place > 12:
            name, value = facts[at]
            spans += pair(name, value, space.inner - place)
        rows.append(space.row(*spans))
    return rows


def pair(name: str, value: str, cells: int) -> list[Span]:
    """A fact at the right end of so many cells."""
    size = min(width(value), cells)
    return [Span(right(f"{name}  ", cells - size), "dim"), Span(fit(value, size), "text")]


def fact(space: Space, name: str, value: str, style: str = "text") -> Row:
    return space.row(Span(f"{name}  " if name else "", "dim"), Span(value, style))


def para(text: str, space: Space, style: str = "text") -> list[Row]:
    """A sentence in as many rows as it takes."""
    room = min(space.inner, _WIDEST)
    return [space.row(Span(line, style)) for line in wrap(text, room)] if text else []


def key_line(space: Space, key: str, text: str, *, style: str = "text", pad: int = 5) -> Row:
    """A key and what it does."""
    return space.row(Span(fit(key, max(pad, width(key))) + " ", "title"), Span(text, style))


def next_step(space: Space, key: str, text: str) -> Row:
    """The one thing to do next."""
    return space.row(Span("► ", "title"), Span(f"{key} ", "title"), Span(text, "strong"))


def beside(left: Sequence[Row], right_rows: Sequence[Row], at: int, *, top: int = 0) -> list[Row]:
    """Rows with others to the right of them, from a column and a row on."""
    rows: list[Row] = []
    for y in range(max(len(left), top + len(right_rows))):
        row: Row = left[y] if y < len(left) else ()
        if top <= y < top + len(right_rows):
            row = [*pieces(cells_of(row, at)), *right_rows[y - top]]
        rows.append(row)
    return rows


def window(size: int, chosen: int, room: int) -> range:
    """Which of `size` rows to show in `room`, so that the chosen one is among them."""
    room = max(1, room)
    top = min(max(0, chosen - room // 2), max(0, size - room))
    return range(top, min(size, top + room))


def clock(seconds: float) -> str:
    """A waiting time that counts: 0:07, 12:30."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
