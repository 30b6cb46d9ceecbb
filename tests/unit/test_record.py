"""What is journalled about a payment is read back as it was, and leads to the same attempt."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import pytest
from attempts import EXAMPLES, FACTS, INTENT, INTENTS, LATER
from hypothesis import given
from hypothesis import strategies as st

from tui_pos.adapters.journal.body import to_text
from tui_pos.domain import attempt as facts
from tui_pos.domain.attempt import Attempt, CreateIntended, Fact, advance
from tui_pos.domain.errors import InvalidTransition
from tui_pos.services import record


def through_json(attempt: Attempt, fact: Fact) -> Fact:
    entry = record.entry_for(attempt, fact)
    body = json.loads(json.dumps(dict(entry.body), allow_nan=False))
    return record.fact_from(entry.kind, body)


@given(FACTS)
def test_every_fact_is_read_back_as_it_was(fact: Fact) -> None:
    back = through_json(Attempt(INTENT), fact)
    assert back == fact
    assert type(back) is type(fact)


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_every_kind_of_fact_may_stand_in_the_journal(kind: type[Fact]) -> None:
    fact = EXAMPLES[kind]
    entry = record.entry_for(Attempt(INTENT), fact)
    assert record.is_fact(entry.kind)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", entry.kind)
    assert record.fact_from(entry.kind, json.loads(to_text(entry.body))) == fact


@pytest.mark.parametrize(
    "words",
    [
        "card 4111111111111111 refused",
        "no: see https://shop.example/help",
        "4111-1111-1111-1111",
        "8712345990008",  # a barcode that could be a card number
    ],
)
@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_no_words_of_others_keep_a_fact_out_of_the_journal(kind: type[Fact], words: str) -> None:
    example = EXAMPLES[kind]
    texts = [f.name for f in fields(example) if type(getattr(example, f.name)) is str]
    entry = record.entry_for(Attempt(INTENT), replace(example, **dict.fromkeys(texts, words)))
    back = record.fact_from(entry.kind, json.loads(to_text(entry.body)))
    assert type(back) is kind
    assert all(getattr(back, name) == words for name in texts if name.endswith("_id"))


def test_what_is_asked_of_the_backend_is_named_an_intent() -> None:
    """The journal keeps the order of intents and calls by this ending."""
    kinds = {record.entry_for(Attempt(INTENT), fact).kind for fact in EXAMPLES.values()}
    assert {k for k in kinds if k.endswith("_intended")} == {
        "create_intended",
        "start_intended",
        "pay_intended",
    }


@pytest.mark.parametrize("kind", ["", "sale_opened", "fact", "Created", "unheard_of"])
def test_other_rows_are_no_facts(kind: str) -> None:
    assert not record.is_fact(kind)
    with pytest.raises(KeyError):
        record.fact_from(kind, {})


def test_a_row_of_an_older_version_gets_the_defaults() -> None:
    entry = record.entry_for(Attempt(INTENT), INTENT)
    body = {k: v for k, v in entry.body.items() if k not in ("terminal_name", "cash")}
    back = record.fact_from(entry.kind, body)
    assert isinstance(back, CreateIntended)
    assert (back.terminal_name, back.cash) == ("", None)


def test_a_row_of_a_newer_version_is_still_read() -> None:
    entry = record.entry_for(Attempt(INTENT), EXAMPLES[facts.Created])
    body = {**entry.body, "colour": "blue"}
    assert record.fact_from(entry.kind, body) == EXAMPLES[facts.Created]


def test_the_index_of_a_row_is_the_attempt_after_the_fact() -> None:
    created = facts.Created("p1", "START")
    attempt = advance(Attempt(INTENT), created)
    entry = record.entry_for(attempt, created)
    assert entry.sale_id == "s1"
    assert entry.attempt is not None
    assert (entry.attempt.attempt_id, entry.attempt.state) == ("a1", "created")
    assert (entry.attempt.payment_id, entry.attempt.terminal_id) == ("p1", "t1")
    assert not entry.attempt.is_resolved
    assert not entry.closes_sale


@given(INTENTS, st.lists(st.one_of(LATER), max_size=40))
def test_a_replayed_attempt_equals_the_live_one(
    intent: CreateIntended, happened: list[Fact]
) -> None:
    live = Attempt(intent)
    rows = [record.entry_for(live, intent)]
    for fact in happened:
        try:
            live = advance(live, fact)
        except InvalidTransition:
            continue
        rows.append(record.entry_for(live, fact))
    replayed: Attempt | None = None
    for row in rows:
        body = json.loads(json.dumps(dict(row.body)))
        replayed = record.replay(replayed, record.fact_from(row.kind, body))
        assert row.attempt is not None
        assert (row.attempt.state, row.attempt.is_resolved) == (
            replayed.state.value,
            replayed.is_resolved,
        )
    assert replayed == live


def test_an_attempt_begins_with_its_intent_and_only_once() -> None:
    with pytest.raises(ValueError, match="intent"):
        record.replay(None, EXAMPLES[facts.Created])
    with pytest.raises(InvalidTransition):
        record.replay(Attempt(INTENT), INTENT)
