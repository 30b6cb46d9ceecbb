"""K5: the till dies once to three times more while it recovers.

`TUI_POS_CRASH_RUNS=20` plays a hundred and twenty.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crash.matrix import RUNS, play, scene_of_many
from crash.station import Shop


@pytest.mark.timeout(120)
@pytest.mark.parametrize("n", range(6 * (RUNS // 2)))
def test_killed_again_and_again_nobody_pays_twice(n: int, shop: Shop, tmp_path: Path) -> None:
    played = play(shop, tmp_path, scene_of_many(n))
    assert played.deaths, f"it never died\n{played.story}"
    assert not played.verdict.found, played.story
