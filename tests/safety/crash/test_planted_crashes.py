"""The matrix sees a till that is wrong: three faults that engineers have built, built in on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crash.matrix import Death, Scene, play
from crash.station import Shop

CASES: list[tuple[str, str, int, str, dict[str, Any], set[str]]] = [
    (
        "intents not awaited",
        "start/after_send",
        1,
        "card",
        {"script": ["read_lag"]},
        {"unwritten", "lost"},
    ),
    (
        "intents not awaited",
        "start/after_send",
        0,
        "card",
        {"held_s": 3.0},
        {"unwritten", "double"},
    ),
    ("intents not awaited", "pay/after_send", 1, "cash", {}, {"unwritten"}),
    ("START again in recovery", "start/after_send", 1, "card", {}, {"double"}),
    ("START again in recovery", "start/after_answer", 0, "card", {}, {"double"}),
    ("blind finishing", "open_order/after_answer", 0, "card", {}, {"repeated"}),
    ("blind finishing", "invoice/after_answer", 0, "cash", {}, {"repeated"}),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("plant", "point", "way", "tender", "terminal", "kinds"), CASES)
def test_a_planted_fault_is_seen(
    plant: str,
    point: str,
    way: int,
    tender: str,
    terminal: dict[str, Any],
    kinds: set[str],
    shop: Shop,
    tmp_path: Path,
) -> None:
    deaths = (Death(point, way),)
    planted = Scene(f"planted/{point}", deaths, tender, terminal, plant, patience_s=6.0)
    played = play(shop, tmp_path, planted)
    assert kinds <= set(played.verdict.found), played.story
