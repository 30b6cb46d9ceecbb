"""K1: the till is killed at every point of a sale, started again, and the customer has paid exactly once.

`TUI_POS_CRASH_RUNS=20` plays each point twenty times.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crash.matrix import RUNS, play, scene_at
from crash.points import ALL
from crash.station import Shop


@pytest.mark.timeout(60)
@pytest.mark.parametrize("n", range(RUNS))
@pytest.mark.parametrize("point", ALL)
def test_killed_here_nobody_pays_twice_and_nothing_is_lost(
    point: str, n: int, shop: Shop, tmp_path: Path
) -> None:
    played = play(shop, tmp_path, scene_at(point, n))
    assert point in played.deaths, f"it never came to {point}\n{played.story}"
    assert not played.verdict.found, played.story
