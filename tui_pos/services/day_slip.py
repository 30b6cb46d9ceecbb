"""The closing slip of a day, as plain lines for paper and screen."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tui_pos.domain.money import Money
from tui_pos.domain.text import cells, cut
from tui_pos.services.day_figures import DayFigures


@dataclass(frozen=True, slots=True)
class DaySlip:
    """A day that was closed.

    Attributes:
        decisions: who signed for which difference.
        seq, head: the journal's row of the close and its hash: it proves that row and all before it.
    """

    number: int
    at: datetime
    closer: str
    figures: DayFigures
    decisions: Mapping[str, str]
    seq: int
    head: str


def slip(
    day: DaySlip,
    *,
    store: str,
    till_id: str,
    money: Callable[[Money], str],
    width: int = 42,
) -> list[str]:
    """The closing slip as plain lines: the three totals, what differed and who signed, and the chain's head.

    Args:
        money: how amounts are written.
        width: characters of a line; 42 is what an 80 mm printer has.
    """
    figures = day.figures
    lines = [_middle(store, width), _middle(f"{till_id}  {day.closer}", width), ""]
    lines.append(_both(f"DAY {day.number}", _local(day.at), width))
    if figures.since is not None:
        lines.append(_both("since", _local(figures.since), width))
    lines.append("-" * width)
    lines.append(_both("Sales", str(figures.sales), width))
    lines.append(_both("Payments refused", str(figures.refused), width))
    lines.append(_both("Payments given up", str(figures.abandoned), width))
    for line in (*figures.tenders, *figures.terminals):
        if line is next(iter(figures.terminals), None) or line is next(iter(figures.tenders), None):
            lines.append("-" * width)
        lines.append(_both(f"{line.count} x {line.name}", money(line.booked), width))
        says = money(line.backend) if line.is_checked else "not all read"
        lines.append(_both("  the server", says, width))
        if line.terminal_id:
            typed = money(line.typed) if line.typed is not None else "not typed"
            lines.append(_both("  the terminal", typed, width))
    for drawer in figures.cash:
        lines.append("-" * width)
        name = f"Cash {drawer.drawer_id[:8]}" if len(figures.cash) > 1 else "Cash"
        lines.append(_both(f"{name}, expected", money(drawer.expected), width))
        lines.append(_both("  of it rounding", money(drawer.rounding), width))
        if drawer.waiting:
            lines.append(_both("  of it not booked yet", money(drawer.waiting), width))
    lines.append("-" * width)
    if not figures.differences:
        lines.append("Nothing differs.")
    for difference in figures.differences:
        amount = money(difference.amount) if difference.amount is not None else ""
        lines.append(_both(difference.kind.title, amount, width))
        place = ", ".join(part for part in (difference.where, difference.order) if part)
        lines += [f"  {line}" for line in _wrapped(place, width - 2)]
        lines += [f"  {line}" for line in _wrapped(difference.words, width - 2)]
        lines += _wrapped(f"  signed: {day.decisions[difference.difference_id]}", width)
    lines.append("-" * width)
    lines.append(_both("Closed by", day.closer, width))
    lines.append(_both("Journal row", str(day.seq), width))
    groups = [day.head[at : at + 16] for at in range(0, len(day.head), 16)]
    lines += [_middle(" ".join(groups[at : at + 2]), width) for at in range(0, len(groups), 2)]
    return lines


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%d-%m-%Y %H:%M")


def _middle(text: str, width: int) -> str:
    text = cut(text, width)
    return " " * ((width - cells(text)) // 2) + text


def _both(left: str, right: str, width: int) -> str:
    right = cut(right, width)
    room = width - cells(right) - 1
    left = cut(left, max(0, room))
    return left + " " * (room - cells(left)) + " " + right if right else left


def _wrapped(text: str, width: int) -> list[str]:
    return [cut(line, width) for line in textwrap.wrap(text, width)]
