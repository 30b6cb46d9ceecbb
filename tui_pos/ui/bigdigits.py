"""Amounts three rows high, from blocks that even the old code page has."""

from __future__ import annotations

HEIGHT = 3
_GLYPHS = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    ",": (" ", " ", "█"),
    ".": (" ", " ", "▀"),
    "-": ("  ", "▀▀", "  "),
    " ": (" ", " ", " "),
    "'": ("▀", " ", " "),
}


def big(text: str) -> tuple[str, str, str]:
    """Digits and their signs as three rows of equal width; other characters stand small on the middle row."""
    rows: tuple[list[str], ...] = ([], [], [])
    for char in text:
        glyph = _GLYPHS.get(char, (" ", char, " "))
        for row, part in zip(rows, glyph, strict=True):
            row.append(part)
    top, middle, bottom = (" ".join(row) for row in rows)
    return top, middle, bottom


def big_width(text: str) -> int:
    """How many columns `big` takes."""
    return len(big(text)[0])
