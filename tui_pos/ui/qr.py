"""QR codes from half blocks: two modules in one cell, dark ink on white paper whatever the theme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tui_pos.ui.grid import Row, Span

QUIET = 2
PAPER = "paper"
_INK = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code with its quiet zone, as rows of equal width."""

    rows: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.rows[0])

    @property
    def height(self) -> int:
        return len(self.rows)

    def fits(self, cells: int, height: int) -> bool:
        return self.width <= cells and self.height <= height

    def drawn(self) -> list[Row]:
        return [(Span(row, PAPER),) for row in self.rows]


@lru_cache(16)
def qr_code(text: str) -> QrCode | None:
    """The smallest code that holds a text; None where none does. Takes some milliseconds."""
    import segno

    if not text:
        return None
    try:
        modules = segno.make_qr(text, error="l", boost_error=False).matrix
    except ValueError:
        return None
    size = len(modules) + 2 * QUIET
    grid = [[0] * size for _ in range(size + size % 2)]
    for y, line in enumerate(modules):
        grid[y + QUIET][QUIET : QUIET + len(line)] = [int(module) for module in line]
    return QrCode(
        tuple(
            "".join(_INK[pair] for pair in zip(top, bottom, strict=True))
            for top, bottom in zip(grid[::2], grid[1::2], strict=True)
        )
    )


def why_not(code: QrCode | None, cells: int, height: int) -> str:
    """Why a code is not shown; "" if it is."""
    if code is None:
        return "The link is too long for a QR code."
    if code.fits(cells, height):
        return ""
    return (
        f"The QR code needs {code.width} x {code.height} free cells; "
        f"this window has {max(0, cells)} x {max(0, height)}."
    )
