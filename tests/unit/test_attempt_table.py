"""Every fact in every state leads where the table says, or nowhere.

Source: payment-safety.md, 3.4 and 3.5.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from attempts import AMOUNT, EXAMPLES, INTENT, LATER
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.domain import attempt as facts
from tui_pos.domain.attempt import (
    IN_DOUBT,
    MAY_START,
    RESOLVED,
    Attempt,
    Cash,
    Evidence,
    Fact,
    State,
    advance,
)
from tui_pos.domain.errors import InvalidTransition
from tui_pos.domain.money import Money

S = State

# What 3.4 allows, row by row: from a state, by a fact, to a state. Nothing else.
SPECIFICATION: dict[State, dict[type[Fact], State]] = {
    S.CREATE_INTENT: {
        facts.Created: S.CREATED,
        facts.CreateLost: S.CREATE_UNKNOWN,
        facts.CreateRefused: S.REFUSED,
    },
    S.CREATE_UNKNOWN: {
        facts.Created: S.CREATED,  # adopted
        facts.CreateRepeated: S.CREATE_INTENT,
        facts.CreateRefused: S.REFUSED,
        facts.FoundPaid: S.PAID,
    },
    S.REFUSED: {},
    S.CREATED: {
        facts.StartIntended: S.START_INTENT,
        facts.FollowOffered: S.FOLLOWING,
        facts.PayIntended: S.PAY_INTENT,
        facts.CreateRefused: S.REFUSED,  # an action that the till must not go on with
        facts.FoundPaid: S.PAID,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.Abandoned: S.ABANDONED,
    },
    S.START_INTENT: {
        facts.FoundPaid: S.PAID,
        facts.AnsweredPending: S.UNPROVEN,
        facts.OutcomeLost: S.UNKNOWN,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.StartNotSent: S.NOT_SENT,
    },
    S.NOT_SENT: {
        facts.StartIntended: S.START_INTENT,
        facts.FoundPaid: S.PAID,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.Abandoned: S.ABANDONED,
    },
    S.UNKNOWN: {
        facts.FoundPaid: S.PAID,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.OutcomeSettled: S.RETRYABLE,
        facts.Overridden: S.OVERRIDDEN,
    },
    S.UNPROVEN: {
        facts.FoundPaid: S.PAID,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.OutcomeSettled: S.RETRYABLE,
        facts.Overridden: S.OVERRIDDEN,
        facts.OutcomeLost: S.UNKNOWN,  # the stricter of the two: no answer counts any more
    },
    S.FOLLOWING: {
        facts.FoundPaid: S.PAID,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.Abandoned: S.ABANDONED,
    },
    S.PAY_INTENT: {
        facts.PayIntended: S.PAY_INTENT,
        facts.PayLost: S.PAY_INTENT,
        facts.FoundPaid: S.PAID,
    },
    S.FINAL_UNPAID: {facts.FoundPaid: S.PAID, facts.Abandoned: S.ABANDONED},
    S.RETRYABLE: {
        facts.OutcomeLost: S.UNKNOWN,  # the backend says that another amount was paid
        facts.StartIntended: S.START_INTENT,
        facts.FoundPaid: S.PAID,
        facts.FoundUnpaid: S.FINAL_UNPAID,
        facts.Abandoned: S.ABANDONED,
    },
    S.PAID: {facts.FoundPaid: S.PAID, facts.Closed: S.CLOSED},
    S.ABANDONED: {facts.FoundPaid: S.LATE_PAID},
    S.OVERRIDDEN: {facts.FoundPaid: S.LATE_PAID},
    S.LATE_PAID: {facts.FoundPaid: S.LATE_PAID},
    S.CLOSED: {facts.FoundPaid: S.CLOSED},
}
PAIRS = list(itertools.product(State, EXAMPLES))
STARTABLE = {S.CREATED, S.NOT_SENT, S.RETRYABLE}


def in_state(state: State) -> Attempt:
    return replace(Attempt(INTENT), state=state)


def test_the_specification_names_every_state_and_every_kind_of_fact() -> None:
    assert set(SPECIFICATION) == set(State)
    assert {k.__name__ for k in EXAMPLES} == {k.__name__ for k in Fact.__subclasses__()}
    used = {kind for row in SPECIFICATION.values() for kind in row}
    assert used == set(EXAMPLES) - {facts.CreateIntended}  # that one begins an attempt


@pytest.mark.parametrize(
    ("state", "kind"), PAIRS, ids=[f"{state.value}-{kind.__name__}" for state, kind in PAIRS]
)
def test_a_fact_leads_where_it_must_or_nowhere(state: State, kind: type[Fact]) -> None:
    attempt = in_state(state)
    expected = SPECIFICATION[state].get(kind)
    if expected is None:
        with pytest.raises(InvalidTransition, match=f"{kind.__name__} in {state.value}"):
            advance(attempt, EXAMPLES[kind])
    else:
        assert advance(attempt, EXAMPLES[kind]).state is expected
    assert attempt == in_state(state)


def test_paid_absorbs() -> None:
    assert set(SPECIFICATION[S.PAID].values()) == {S.PAID, S.CLOSED}
    assert set(SPECIFICATION[S.CLOSED].values()) == {S.CLOSED}


def edges(*, without: tuple[type[Fact], ...] = ()) -> Iterator[tuple[State, State]]:
    """The ways that the code itself takes, not those of the specification."""
    for state, kind in PAIRS:
        if kind in without:
            continue
        try:
            yield state, advance(in_state(state), EXAMPLES[kind]).state
        except InvalidTransition:
            continue


def reachable(start: State, *, without: tuple[type[Fact], ...] = ()) -> set[State]:
    ways, seen, todo = list(edges(without=without)), {start}, [start]
    while todo:
        here = todo.pop()
        for origin, target in ways:
            if origin is here and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def test_after_a_start_only_proof_or_evidence_allows_another() -> None:
    assert reachable(S.START_INTENT) >= {S.NOT_SENT, S.RETRYABLE}
    evidence = (facts.StartNotSent, facts.OutcomeSettled)
    assert not reachable(S.START_INTENT, without=evidence) & STARTABLE
    assert S.RETRYABLE not in reachable(S.START_INTENT, without=(facts.OutcomeSettled,))
    for doubt in (S.UNKNOWN, S.UNPROVEN):
        assert not reachable(doubt, without=(facts.OutcomeSettled,)) & STARTABLE


def test_a_start_needs_an_intent_and_a_created_payment() -> None:
    into = {origin for origin, target in edges() if target is S.START_INTENT}
    assert into == STARTABLE == set(MAY_START)
    assert S.START_INTENT not in reachable(S.CREATE_INTENT, without=(facts.StartIntended,))
    assert S.START_INTENT not in reachable(S.CREATE_INTENT, without=(facts.Created,))


def test_money_that_was_found_is_never_unfound() -> None:
    assert reachable(S.PAID) == {S.PAID, S.CLOSED}
    assert reachable(S.LATE_PAID) == {S.LATE_PAID}


def test_what_was_given_up_can_only_turn_out_paid_late() -> None:
    for state in (S.ABANDONED, S.OVERRIDDEN):
        assert reachable(state) == {state, S.LATE_PAID}
    assert reachable(S.REFUSED) == {S.REFUSED}


def test_from_wherever_a_charge_can_be_paid_stays_within_reach() -> None:
    charged = reachable(S.START_INTENT)
    for state in charged:
        assert reachable(state) & {S.PAID, S.LATE_PAID, S.CLOSED}


def test_nothing_in_doubt_is_given_up_without_a_supervisor() -> None:
    for state in IN_DOUBT | {S.START_INTENT}:
        with pytest.raises(InvalidTransition):
            advance(in_state(state), EXAMPLES[facts.Abandoned])


@pytest.mark.parametrize("state", State)
def test_the_properties_of_each_state(state: State) -> None:
    attempt = in_state(state)
    resolved = {S.REFUSED, S.PAID, S.ABANDONED, S.OVERRIDDEN, S.LATE_PAID, S.CLOSED}
    assert attempt.is_resolved == (state in resolved) == (state in RESOLVED)
    assert attempt.holds_money != attempt.is_resolved
    assert attempt.is_paid == (state in {S.PAID, S.CLOSED})
    assert attempt.is_closed == (state is S.CLOSED)
    assert attempt.may_start == (state in STARTABLE)


def play(*played: Fact) -> Attempt:
    attempt = Attempt(INTENT)
    for fact in played:
        attempt = advance(attempt, fact)
    return attempt


def test_the_whole_way_of_an_abort_and_a_second_start() -> None:
    attempt = play(
        facts.Created("p1", "START"),
        facts.StartIntended(1, "Anna", "boot-1", 10.0, 250.0),
        facts.AnsweredPending("PENDING"),
    )
    assert (attempt.payment_id, attempt.action, attempt.status) == ("p1", "START", "PENDING")
    assert attempt.was_answered
    attempt = advance(attempt, facts.OutcomeSettled(Evidence.ATTESTED, "cancelled", "Anna"))
    assert (attempt.denials, attempt.reason) == (1, "cancelled")
    attempt = advance(attempt, facts.StartIntended(2, "Anna", "boot-2", 20.0, 300.0))
    assert (attempt.starts, attempt.boot_id, attempt.boot_at_s) == (2, "boot-2", 20.0)
    assert attempt.quarantine_s == 300.0
    assert (attempt.was_answered, attempt.status, attempt.reason) == (False, "", "")
    attempt = advance(attempt, facts.FoundPaid("answer", AMOUNT))
    assert attempt.paid == AMOUNT
    assert attempt.payment_id == "p1"
    assert attempt.denials == 1


@pytest.mark.parametrize("evidence", [Evidence.QUARANTINE, Evidence.CAPABILITY])
def test_only_a_cashiers_word_counts_as_a_denial(evidence: Evidence) -> None:
    attempt = advance(in_state(S.UNKNOWN), facts.OutcomeSettled(evidence, "over"))
    assert attempt.denials == 0


def test_the_change_is_what_was_handed_over_less_what_was_asked() -> None:
    cash = Cash("d1", Money(2750, "EUR"), Money(5000, "EUR"))
    assert cash.change == Money(2250, "EUR")


@given(st.lists(st.one_of(LATER), max_size=60))
def test_whatever_happens_the_rules_hold(happened: list[Fact]) -> None:
    attempt, was_paid, evidence = Attempt(INTENT), False, True
    for fact in happened:
        before = attempt
        try:
            attempt = advance(attempt, fact)
        except InvalidTransition:
            assert attempt is before
            continue
        assert attempt.intent is INTENT
        if isinstance(fact, facts.StartIntended):
            assert evidence
            evidence = False
        evidence = evidence or isinstance(fact, (facts.StartNotSent, facts.OutcomeSettled))
        was_paid = was_paid or attempt.is_paid
        assert attempt.is_paid == was_paid
        if attempt.state in {S.PAID, S.CLOSED, S.LATE_PAID}:
            assert attempt.paid is not None
