"""A test that cannot fail proves nothing: every planted fault is caught by the simulation's quick set."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from planted import PLANTED, Patch
from simulation.shift import play

SEEDS = 300


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_caught(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    plant(monkeypatch)
    for seed in range(SEEDS):
        run = play(seed)
        if not run.verdict.is_safe:
            print(f"{plant.__name__}: caught by seed {seed}: {run.verdict}")
            monkeypatch.undo()
            assert play(seed).verdict.is_safe, "the till does this without the planted fault"
            return
    pytest.fail(f"not caught in {SEEDS} seeds")
