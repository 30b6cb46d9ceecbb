"""QR codes in half blocks."""

from __future__ import annotations

import segno

from tui_pos.ui.qr import QUIET, qr_code, why_not

LINK = "http://127.0.0.1:46489/documents/invoices/fc895a82-2ae7-4994-8d57-9a87930f30f0.pdf"
DARK = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def modules_of(rows: tuple[str, ...]) -> list[list[int]]:
    """What a camera sees."""
    found: list[list[int]] = []
    for row in rows:
        found.append([DARK[char][0] for char in row])
        found.append([DARK[char][1] for char in row])
    return found


def test_the_cells_show_exactly_the_modules_with_light_around_them() -> None:
    code = qr_code(LINK)
    assert code is not None
    seen = modules_of(code.rows)
    wanted = [list(row) for row in segno.make_qr(LINK, error="l", boost_error=False).matrix]
    size = len(wanted)
    inside = [row[QUIET : QUIET + size] for row in seen[QUIET : QUIET + size]]
    assert inside == wanted
    light = [row[:QUIET] + row[QUIET + size :] for row in seen]
    assert not any(map(any, light))
    assert not any(map(any, seen[:QUIET] + seen[QUIET + size :]))


def test_an_invoice_link_fits_an_ordinary_window_beside_text() -> None:
    code = qr_code(LINK)
    assert code is not None
    assert (code.width, code.height) == (41, 21)
    assert why_not(code, 46, 21) == ""
    assert "needs 41 x 21 free cells; this window has 46 x 20" in why_not(code, 46, 20)


def test_no_link_and_a_link_without_end_have_no_code() -> None:
    assert qr_code("") is None
    assert qr_code("x" * 3000) is None
    assert "too long" in why_not(None, 80, 24)
