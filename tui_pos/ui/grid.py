"""Text as cells: how wide it is, what fits, and which cells of a row changed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import get_character_cell_size

from tui_pos.domain.text import BLANK as BLANK_LETTERS

MARK = "\N{REPLACEMENT CHARACTER}"
_MAX_MARKS = 4
_GAP = 6  # moving the cursor costs about as many bytes as rewriting so many cells


class Span(NamedTuple):
    """A piece of a row in one style; the style is a component class of the canvas."""

    text: str
    style: str = "text"


Row = Sequence[Span]
Cell = tuple[
    str, str
]  # a character with its marks ("" is the right half of a wide one), and its style
Run = tuple[int, int]

BLANK: Cell = (" ", "text")


def harmless(text: str) -> str:
    """A text without anything that a terminal would obey: the wall in front of the screen.

    Names are cleaned when they come in; here nothing passes, whatever was forgotten.

    Source: payment-safety.md, 5.1 TX2.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(char: str) -> str:
    if char.isprintable():
        return MARK if char in BLANK_LETTERS else char
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    return "" if category == "Cf" else MARK


@lru_cache(4096)
def _width(char: str) -> int:
    if unicodedata.category(char).startswith("M") or char in "\ufe0e\ufe0f":
        return 0
    return max(0, get_character_cell_size(char))


def width(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def fit(text: str, cells: int) -> str:
    """A text in exactly so many cells, cut with an ellipsis or filled with spaces."""
    text = harmless(text)
    have = width(text)
    if have <= cells:
        return text + " " * (cells - have)
    if cells <= 0:
        return ""
    kept, used = [], 0
    for char in text:
        size = _width(char)
        if used + size > cells - 1:
            break
        kept.append(char)
        used += size
    return "".join(kept) + "…" + " " * (cells - 1 - used)


def right(text: str, cells: int) -> str:
    """A text at the right of so many cells."""
    text = harmless(text)
    have = width(text)
    return " " * (cells - have) + text if have <= cells else fit(text, cells)


def wrap(text: str, cells: int) -> list[str]:
    """A text in lines of at most so many cells, broken at spaces where it can be."""
    lines: list[str] = []
    current = ""
    for word in harmless(text).split():
        candidate = f"{current} {word}" if current else word
        if width(candidate) <= cells:
            current = candidate
            continue
        if current:
            lines.append(current)
        while width(word) > cells > 0:
            part = ""
            for char in word:
                if width(part + char) > cells:
                    break
                part += char
            if not part:
                break
            lines.append(part)
            word = word[len(part) :]
        current = word
    if current or not lines:
        lines.append(current)
    return lines


def cells_of(row: Row, size: int) -> list[Cell]:
    """A row as exactly `size` cells."""
    result: list[Cell] = []
    for text, style in row:
        if text.isascii() and text.isprintable():
            result += [(char, style) for char in text]
        else:
            _append_wide(result, harmless(text), style, size)
        if len(result) >= size:
            break
    if len(result) > size:
        del result[size:]
    if len(result) < size:
        result += [BLANK] * (size - len(result))
    return result


def _append_wide(result: list[Cell], text: str, style: str, size: int) -> None:
    for char in text:
        cells = _width(char)
        if cells == 0:
            for place in range(len(result) - 1, max(-1, len(result) - 3), -1):
                if result[place][0]:
                    base, base_style = result[place]
                    if len(base) <= _MAX_MARKS:
                        result[place] = (base + char, base_style)
                    break
        elif cells == 1:
            result.append((char, style))
        elif len(result) + 2 <= size:
            result.append((char, style))
            result.append(("", style))
        else:
            result.append((" ", style))


def changes(old: Sequence[Cell], new: Sequence[Cell]) -> list[Run]:
    """The runs of cells, from and to, that must be written to make `old` look like `new`.

    Runs that lie close together are one: to move the cursor costs bytes too.
    """
    if old == new:
        return []
    runs: list[list[int]] = []
    for x, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if runs and x - runs[-1][1] < _GAP:
            runs[-1][1] = x + 1
        else:
            runs.append([x, x + 1])
    return [_whole(old, new, start, end) for start, end in runs]


def _whole(old: Sequence[Cell], new: Sequence[Cell], start: int, end: int) -> Run:
    """A run that cuts no wide character in half."""
    while start > 0 and (not old[start][0] or not new[start][0]):
        start -= 1
    while end < len(new) and (not old[end][0] or not new[end][0]):
        end += 1
    return start, end


def pieces(cells: Iterable[Cell]) -> list[Span]:
    """Cells joined into the longest pieces of one style."""
    result: list[Span] = []
    chars: list[str] = []
    current = ""
    for char, style in cells:
        if style != current:
            if chars:
                result.append(Span("".join(chars), current))
                chars = []
            current = style
        chars.append(char)
    if chars:
        result.append(Span("".join(chars), current))
    return result
