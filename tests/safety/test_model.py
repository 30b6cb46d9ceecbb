"""The rules of payment-safety.md, 3.5 are safe in every run; each careless rule of 3.6 is caught.

Run with `-s` to read the shortest ways to harm. `SAFETY_MODEL=large` searches D, W, L = 4, 2, 3 with 3 STARTs
and 3 crashes.
"""

from __future__ import annotations

import os

import pytest
from model import CARELESS, LOST, STARTED, Policy, Size, after, search

from tui_pos.domain.attempt import MAY_START, State
from tui_pos.domain.errors import InvalidTransition

LARGE = Size(4, 2, 3, 3, 3)
SIZE = LARGE if os.environ.get("SAFETY_MODEL") == "large" else Size()
HARM = {  # per variant of the server, as in the table of 3.6; a set names every harm that may be met
    "quarantine without L": ("", "double", "double"),
    "PENDING = retry now": ("", "double", "double"),
    "accept 'the terminal is idle'": ("", "double", "double"),
    "accept a denial although no answer came": ("", "double", "double"),
    "short poll, then retry": ("lost", "double", "double"),
    "repeat START on error": ("", "double", "double"),
    "new payment on error": ("double", "double", "double"),
    "re-execute the step after a crash": ("", "double", "double"),
    "no journal": ("lost", "lost", "lost"),
}


@pytest.mark.parametrize("variant", [1, 2, 3])
def test_the_rules_are_safe_and_every_charge_can_still_be_found(variant: int) -> None:
    found = search(Policy(), variant, SIZE)
    print(f"variant {variant}: {found.states} states")
    assert not found.bad, found.bad
    assert not found.dead_ends
    assert found.states > 500


@pytest.mark.parametrize("variant", [1, 2, 3])
@pytest.mark.parametrize("policy", CARELESS, ids=lambda policy: policy.name)
def test_a_careless_rule_is_caught(policy: Policy, variant: int) -> None:
    found = search(policy, variant, SIZE)
    expected = HARM[policy.name][variant - 1]
    for harm, way in found.bad.items():
        print(f"{policy.name}, variant {variant}: {harm} in {len(way)}: " + " -> ".join(way))
    if expected:
        assert expected in found.bad
    else:
        assert not found.bad


@pytest.mark.parametrize("state", [s for s in State if s not in MAY_START])
def test_the_real_till_starts_nothing_outside_of_the_states_that_the_model_starts(
    state: State,
) -> None:
    with pytest.raises(InvalidTransition):
        after(state, STARTED)


def test_the_real_till_cannot_take_an_unanswered_start_for_failed() -> None:
    """What `repeat START on error` would need: there is no way from a lost answer to a START."""
    assert after(State.START_INTENT, LOST) is State.UNKNOWN
    assert State.UNKNOWN not in MAY_START
