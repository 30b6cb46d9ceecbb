"""The proofs about output find what they look for: a wall that is taken down is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_console import a_till
from hostile_shop import a_shop
from hostile_till import a_wired_till
from raw_output import is_harmless, take_apart
from test_canary import FAULTS, attempt, reports_are_silent
from walls_corpus import STRINGS, harm

from tui_pos.adapters.commerce import http

DOWN = """
import sys
import tui_pos.domain.text as text
text.clean = lambda words, limit=200: words
from tui_pos.ui import grid
grid.harmless = lambda words: words
grid.cells_of = lambda row, size: ([(c, s) for t, s in row for c in t] + [grid.BLANK] * size)[:size]
from tui_pos.cli import main
sys.exit(main())
"""
# These are the program's own sequences too, or are swallowed by what stands around them.
TWINS = 40


def test_the_reader_of_output_knows_foreign_sequences() -> None:
    missed = []
    harmful = [
        text for text in STRINGS if harm(text) and text.encode("utf-8", "ignore").decode() == text
    ]
    for text in harmful:
        try:
            is_harmless(take_apart(f"\x1b[1;1H\x1b[0;1m{text}\x1b[m".encode(), columns=80, rows=24))
        except AssertionError:
            continue
        missed.append(text)
    assert len(harmful) > 600
    assert len(missed) <= TWINS, missed


@pytest.mark.parametrize("label", ["Cof\x1b[31mfee", "Cof\x1b]52;c;eA==\x07fee", "Cof\x9b2Jfee"])
def test_a_till_without_its_walls_is_caught(label: str, tmp_path: Path) -> None:
    program = tmp_path / "without_walls.py"
    program.write_text(DOWN)
    with a_shop(words={"label": label}) as shop:
        with a_till(shop, tmp_path, program=[str(program)]) as till:
            till.wrote("Scan an item").send("0000000000001\r").wrote("fee")
            till.leave()
            with pytest.raises(AssertionError):
                is_harmless(till.found)


async def test_a_client_that_repeats_the_token_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_without", lambda token, answer: answer)
    with a_shop(raw={"createPayment": FAULTS["error 422"]}) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            await attempt(bench, shop, is_judged=False)
        with pytest.raises(AssertionError):
            reports_are_silent(tmp_path / "till.journal")
