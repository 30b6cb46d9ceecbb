"""Facts of payment attempts, and how Hypothesis makes them."""

from __future__ import annotations

from hypothesis import strategies as st

from tui_pos.domain import attempt as facts
from tui_pos.domain.attempt import Cash, CreateIntended, Evidence, Fact
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind

AMOUNT = Money(2640, "EUR")
INTENT = CreateIntended(
    attempt_id="a1",
    sale_id="s1",
    order_id="o1",
    amount=AMOUNT,
    tender=TenderKind.CARD,
    method_id="m1",
    method_name="PIN terminal",
    fingerprint="f1",
    idempotency_key="k1",
    terminal_id="t1",
    terminal_name="Counter 1",
)
EXAMPLES: dict[type[Fact], Fact] = {
    type(fact): fact
    for fact in (
        INTENT,
        facts.CreateLost("no answer"),
        facts.CreateRepeated(2),
        facts.CreateRefused("no"),
        facts.Created("p1", "START", "shop.example", "h1"),
        facts.StartIntended(1, "Anna", "boot", 12.5, 250.0),
        facts.StartNotSent("no network"),
        facts.OutcomeLost("no answer"),
        facts.AnsweredPending("PENDING"),
        facts.FollowOffered(),
        facts.PayIntended(1),
        facts.PayLost("no answer"),
        facts.FoundUnpaid("CANCELLED", "read"),
        facts.OutcomeSettled(Evidence.QUARANTINE, "long enough"),
        facts.FoundPaid("read", AMOUNT),
        facts.Abandoned("Anna", "cash"),
        facts.Overridden("Bea", "seen on the terminal", "123456"),
        facts.Closed(),
    )
}

WORDS = st.text(max_size=40)
COUNTS = st.integers(1, 10_000)
SECONDS = st.floats(0, 10**9, allow_nan=False)
MONEY = st.builds(Money, st.integers(-(2**63), 2**63), st.sampled_from(["EUR", "JPY", "SEK"]))
CASH = st.builds(Cash, WORDS, MONEY, MONEY)
INTENTS = st.builds(
    CreateIntended,
    attempt_id=WORDS,
    sale_id=WORDS,
    order_id=WORDS,
    amount=MONEY,
    tender=st.sampled_from(TenderKind),
    method_id=WORDS,
    method_name=WORDS,
    fingerprint=WORDS,
    idempotency_key=WORDS,
    terminal_id=WORDS,
    terminal_name=WORDS,
    cash=st.none() | CASH,
)
LATER: list[st.SearchStrategy[Fact]] = [
    st.builds(facts.CreateLost, WORDS),
    st.builds(facts.CreateRepeated, COUNTS),
    st.builds(facts.CreateRefused, WORDS),
    st.builds(facts.Created, WORDS, WORDS, WORDS, WORDS),
    st.builds(facts.StartIntended, COUNTS, WORDS, WORDS, SECONDS, SECONDS),
    st.builds(facts.StartNotSent, WORDS),
    st.builds(facts.OutcomeLost, WORDS),
    st.builds(facts.AnsweredPending, WORDS),
    st.just(facts.FollowOffered()),
    st.builds(facts.PayIntended, COUNTS),
    st.builds(facts.PayLost, WORDS),
    st.builds(facts.FoundUnpaid, WORDS, WORDS),
    st.builds(facts.OutcomeSettled, st.sampled_from(Evidence), WORDS, WORDS),
    st.builds(facts.FoundPaid, WORDS, MONEY),
    st.builds(facts.Abandoned, WORDS, WORDS),
    st.builds(facts.Overridden, WORDS, WORDS, WORDS),
    st.just(facts.Closed()),
]
FACTS: st.SearchStrategy[Fact] = st.one_of(INTENTS, *LATER)
