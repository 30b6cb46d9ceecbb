"""Whole sales under faults, judged by the server's ledger: nobody charged twice, no paid sale lost.

`SAFETY_SEEDS=20000` plays more; `python tests/safety/simulate.py` does so on all cores. One seed again:
`python tests/safety/simulate.py --seed N`.
"""

from __future__ import annotations

import os

import pytest
from simulation.shift import Run, play

COUNT = int(os.environ.get("SAFETY_SEEDS", "300"))
PARTS = 6


def played(part: int) -> list[Run]:
    return [play(seed) for seed in range(part, COUNT, PARTS)]


@pytest.mark.timeout(0 if COUNT > 1_000 else 120)
@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_is_charged_twice(part: int) -> None:
    """Neither for nothing nor with an alarm; nothing is said to be paid that is not; no guard is passed."""
    for run in played(part):
        found = run.verdict
        wrong = [*found.double, *found.reported, *found.ghost, *found.broken]
        assert not wrong, run.story


def test_a_seed_tells_the_same_story_twice() -> None:
    assert play(8).story == play(8).story


def test_the_simulation_is_not_a_walk_in_the_park() -> None:
    """A quiet simulation proves nothing."""
    runs = [play(seed) for seed in range(40)]
    told = "\n".join(line for run in runs for line in run.timeline)
    assert sum(run.verdict.crashes for run in runs) > 20
    assert sum(run.verdict.charges for run in runs) > 100
    assert {run.variant for run in runs} == {1, 2, 3}
    for word in (
        "outcome_lost",
        "answered_pending",
        "evidence=quarantine",
        "evidence=attested",
        "create_lost",
        "pay_lost",
        "NOT written",
        "the machine sleeps",
        "somebody adds",
        "the network is down",
    ):
        assert word in told, word
