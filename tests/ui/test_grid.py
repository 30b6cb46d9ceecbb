from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tui_pos.ui.grid import Cell, Span, cells_of, changes, fit, harmless, pieces, right, width, wrap

texts = st.text(max_size=30)
rows = st.lists(
    st.builds(Span, st.text("ab 漢é\u0301\x1b\u202e", max_size=8), st.sampled_from("xy")),
    max_size=5,
)


@given(texts, st.integers(0, 40))
def test_a_fitted_text_has_its_width(text: str, cells: int) -> None:
    assert width(fit(text, cells)) == cells
    assert width(right(text, cells)) == cells


@given(texts, st.integers(2, 40))
def test_wrapped_lines_fit(text: str, cells: int) -> None:
    assert all(width(line) <= cells for line in wrap(text, cells))


@given(st.text())
def test_nothing_that_a_terminal_obeys_passes(text: str) -> None:
    assert not {unicodedata.category(c) for c in harmless(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(rows, st.integers(1, 30))
def test_a_row_has_exactly_its_cells(row: list[Span], size: int) -> None:
    cells = cells_of(row, size)
    assert len(cells) == size
    assert sum(width(char) for char, _ in cells) == size


@given(rows, rows, st.integers(1, 30))
def test_writing_the_changes_shows_the_new_row(old: list[Span], new: list[Span], size: int) -> None:
    before, after = cells_of(old, size), cells_of(new, size)
    written: list[Cell] = list(before)
    for start, end in changes(before, after):
        assert after[start][0]
        assert end == size or after[end][0]
        assert before[start][0]
        written[start:end] = after[start:end]
    assert written == after


@given(rows)
def test_pieces_hold_the_same_text(row: list[Span]) -> None:
    cells = cells_of(row, 30)
    assert "".join(text for text, _ in pieces(cells)) == "".join(char for char, _ in cells)


def test_an_unchanged_row_costs_nothing() -> None:
    cells = cells_of([Span("same")], 20)
    assert changes(cells, list(cells)) == []
