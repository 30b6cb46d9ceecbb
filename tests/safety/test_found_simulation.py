"""No paid sale is lost, and every paid sale comes to its end with the goods that were rung up."""

from __future__ import annotations

import pytest
from test_simulation import COUNT, PARTS, played


@pytest.mark.timeout(0 if COUNT > 1_000 else 120)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_paid_sale_is_finished_as_it_was_rung_up(part: int) -> None:
    for run in played(part):
        assert run.verdict.is_clean, run.story
