"""Pieces that screens are drawn from: bars, boxes, rows that are sure of their width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_pos.ui.grid import Row, Span, cells_of, fit, harmless, pieces, width
from tui_pos.ui.keymap import Keymap


@dataclass(frozen=True, slots=True)
class Lines:
    """What boxes and rules are drawn with."""

    across: str
    down: str
    corners: tuple[str, str, str, str]  # top left, top right, bottom left, bottom right


FINE = Lines("─", "│", ("┌", "┐", "└", "┘"))


def spread(left: Sequence[Span], right: Sequence[Span], cells: int, style: str) -> list[Span]:
    """Spans at both ends of a row of exactly so many cells; the left end is cut if they meet."""
    room = max(0, cells - sum(width(span.text) for span in right))
    result: list[Span] = []
    for span in left:
        size = width(harmless(span.text))
        if size > room:
            result.append(Span(fit(span.text, room), span.style))
            room = 0
            break
        result.append(Span(harmless(span.text), span.style))
        room -= size
    if room:
        result.append(Span(" " * room, style))
    return [*result, *right]


def key_bar(
    keymap: Keymap, cells: int, *, next_step: str = "", extra: tuple[str, str] | None = None
) -> list[Span]:
    """The keys of a screen, in one row: those that fit. The action `next_step` stands out.

    `extra` is a key of the app's own, shown at the right where there is room.
    """
    sizes = [len(action.door) + len(action.label) + 3 for action in keymap.shown]
    air = " " if sum(sizes) + len(sizes) <= cells else ""
    row: list[Span] = []
    used = 0
    for action, size in zip(keymap.shown, sizes, strict=True):
        used += size + len(air)
        if used > cells:
            break
        if action.id == next_step:
            row += [Span(f" {action.door} {action.label} ", "key-next"), Span(air, "key-label")]
        else:
            row += [Span(f" {action.door}", "key"), Span(f" {action.label} {air}", "key-label")]
    right: list[Span] = []
    if extra and used + len(extra[0]) + len(extra[1]) + 3 <= cells:
        right = [Span(extra[0], "key"), Span(f" {extra[1]} ", "key-label")]
    return spread(row, right, cells, "key-label")


def rule(cells: int) -> list[Span]:
    return [Span(FINE.across * max(0, cells), "rule")]


def box(
    title: str, content: Sequence[Row], keymap: Keymap, inner: int, lines: Lines = FINE
) -> list[list[Span]]:
    """A dialog: its rows between lines, its keys at the bottom. `inner` is the width of the content."""
    tl, tr, bl, br = lines.corners
    head = fit(f" {title} ", min(inner, width(title) + 2)) if title else ""
    across = lines.across * (inner + 2 - width(head) - 1)
    result = [
        [
            Span(tl + lines.across, "box-title"),
            Span(head, "box-title"),
            Span(across + tr, "box-title"),
        ]
    ]
    side = Span(lines.down, "box-title")
    for row in [(), *content, ()]:
        cells = [(char, _boxed(style)) for char, style in cells_of(row, inner)]
        result.append([side, Span(" ", "box"), *pieces(cells), Span(" ", "box"), side])
    keys: list[Span] = []
    used = 0
    for action in keymap:
        if (
            action.label
            and action.door
            and used + len(action.door) + len(action.label) + 3 <= inner
        ):
            keys += [Span(action.door, "box-key"), Span(f" {action.label}  ", "box-dim")]
            used += len(action.door) + len(action.label) + 3
    result.append([side, Span(" ", "box"), *keys, Span(" " * (inner + 1 - used), "box"), side])
    result.append([Span(bl + lines.across * (inner + 2) + br, "box-title")])
    return result


_IN_BOX = {
    "text": "box",
    "dim": "box-dim",
    "strong": "box-strong",
    "title": "box-title",
    "accent": "box-accent",
    "good": "box-good",
    "warn": "box-warn",
    "bad": "box-bad",
    "selected": "box-selected",
    "typed": "box-typed",
    "key": "box-key",
}


def _boxed(style: str) -> str:
    return _IN_BOX.get(style, style)


def over(
    below: Sequence[Row], dialog: Sequence[Row], cells: int, height: int
) -> tuple[list[Row], int, int]:
    """A dialog in the middle of what lies below it, which is dimmed; and where its corner is."""
    dialog = dialog[:height]
    inner = max((sum(width(s.text) for s in row) for row in dialog), default=0)
    x, y = max(0, (cells - inner) // 2), max(0, (height - len(dialog)) // 2)
    rows: list[Row] = []
    for at in range(height):
        base = [
            (char, "shade") for char, _ in cells_of(below[at] if at < len(below) else (), cells)
        ]
        if y <= at < y + len(dialog):
            middle = cells_of(dialog[at - y], min(inner, cells))
            left, rest = base[:x], base[x + len(middle) :]
            if left and x < cells and not base[x][0]:
                left[-1] = (" ", "shade")
            if rest and not rest[0][0]:
                rest[0] = (" ", "shade")
            base = [*left, *middle, *rest]
        rows.append(pieces(base))
    return rows, x, y
