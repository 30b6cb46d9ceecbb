"""One try to take one amount by one tender: its states, and the only ways from one to the next.

The attempt is the fold of its journalled facts: `advance(attempt, fact)` is the whole machine, and what
is not in its table cannot be written.

    CREATE_INTENT ──▶ CREATED ──▶ START_INTENT ──▶ PAID ──▶ CLOSED
         │   ▲           ▲  │          ├─▶ UNKNOWN ──┐
         ▼   │           │  │          ├─▶ UNPROVEN ─┼─▶ RETRYABLE ─▶ START_INTENT (same payment)
    CREATE_UNKNOWN    NOT_SENT         └─▶ FINAL_UNPAID    └─▶ OVERRIDDEN
                            └─▶ ABANDONED (watched) ──▶ LATE_PAID

Source: payment-safety.md, 3.4 (states), 3.5 (what ends an unknown outcome).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Any

from tui_pos.domain.errors import InvalidTransition
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind


class State(enum.Enum):
    """Where an attempt stands; each is durable before anything is done because of it."""

    CREATE_INTENT = "create_intent"
    CREATE_UNKNOWN = "create_unknown"
    REFUSED = "refused"
    CREATED = "created"
    START_INTENT = "start_intent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    UNPROVEN = "unproven"
    FOLLOWING = "following"
    PAY_INTENT = "pay_intent"
    FINAL_UNPAID = "final_unpaid"
    RETRYABLE = "retryable"
    PAID = "paid"
    ABANDONED = "abandoned"
    OVERRIDDEN = "overridden"
    LATE_PAID = "late_paid"
    CLOSED = "closed"


RESOLVED = frozenset(
    (State.REFUSED, State.PAID, State.ABANDONED, State.OVERRIDDEN, State.LATE_PAID, State.CLOSED)
)
IN_DOUBT = frozenset((State.UNKNOWN, State.UNPROVEN))
MAY_START = frozenset((State.CREATED, State.NOT_SENT, State.RETRYABLE))


MAY_ABANDON = frozenset(
    (State.CREATED, State.NOT_SENT, State.FINAL_UNPAID, State.RETRYABLE, State.FOLLOWING)
)


class Evidence(enum.Enum):
    """Why the last START is known to be over."""

    ATTESTED = "attested"  # a cashier said what the terminal said
    QUARANTINE = "quarantine"  # longer than any transaction and any middle box can live
    CAPABILITY = "capability"  # a recorded contract test of this backend


@dataclass(frozen=True, slots=True)
class Cash:
    """The cash part of an attempt: what was handed over, before any call is made.

    Attributes:
        asked: the amount due, rounded as cash is; the backend is told the unrounded amount.
    """

    drawer_id: str
    asked: Money
    tendered: Money

    @property
    def change(self) -> Money:
        return self.tendered - self.asked


# Facts, in the order in which they can happen ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to an attempt, or that is about to be asked of the backend."""


@dataclass(frozen=True, slots=True)
class CreateIntended(Fact):
    """About to create a payment. For cash: the money is in the cashier's hand."""

    attempt_id: str
    sale_id: str
    order_id: str
    amount: Money
    tender: TenderKind
    method_id: str
    method_name: str
    fingerprint: str
    idempotency_key: str
    terminal_id: str = ""
    terminal_name: str = ""
    cash: Cash | None = None


@dataclass(frozen=True, slots=True)
class CreateLost(Fact):
    reason: str


@dataclass(frozen=True, slots=True)
class CreateRepeated(Fact):
    """About to ask again for a payment whose creation was lost: one that is never started cannot charge."""

    n: int


@dataclass(frozen=True, slots=True)
class CreateRefused(Fact):
    """Nothing was created, or something that the till must not go on with. Nothing can charge."""

    reason: str


@dataclass(frozen=True, slots=True)
class Created(Fact):
    payment_id: str
    action: str
    host: str = ""
    url_hash: str = ""


@dataclass(frozen=True, slots=True)
class StartIntended(Fact):
    """About to start the terminal. `quarantine_s` counts on the boot clock from `boot_at_s`."""

    n: int
    cashier: str
    boot_id: str
    boot_at_s: float
    quarantine_s: float


@dataclass(frozen=True, slots=True)
class StartNotSent(Fact):
    """Proven that the START never left, or was refused by the backend before it reached a terminal."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeLost(Fact):
    """No answer that proves anything."""

    reason: str


@dataclass(frozen=True, slots=True)
class AnsweredPending(Fact):
    """A well-formed answer for our payment that it is not paid: the usual answer to an abort, and no proof."""

    status: str


@dataclass(frozen=True, slots=True)
class FollowOffered(Fact):
    """The customer was shown the link of a payment page."""


@dataclass(frozen=True, slots=True)
class PayIntended(Fact):
    """About to tell the backend that the money was taken."""

    n: int


@dataclass(frozen=True, slots=True)
class PayLost(Fact):
    reason: str


@dataclass(frozen=True, slots=True)
class FoundUnpaid(Fact):
    """The backend says that this payment ended without money."""

    status: str
    source: str


@dataclass(frozen=True, slots=True)
class OutcomeSettled(Fact):
    """The last START is over and nothing was charged, as far as can be known."""

    evidence: Evidence
    words: str
    cashier: str = ""


@dataclass(frozen=True, slots=True)
class FoundPaid(Fact):
    """Positive proof: the payment's own answer or a read of the order."""

    source: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Abandoned(Fact):
    """The sale goes another way; the payment is watched for a late approval."""

    cashier: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overridden(Fact):
    """A supervisor took the decision that the rules leave open.

    Attributes:
        receipt: the number on the terminal's own receipt, where it said approved: the sale counts as paid by
            the terminal but not confirmed. "" where the sale is paid another way; the payment is then watched.
    """

    supervisor: str
    reason: str
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Closed(Fact):
    """The sale that the payment paid for is finished."""


_S = State
_LIVE = (_S.START_INTENT, _S.UNKNOWN, _S.UNPROVEN, _S.FOLLOWING)
_TABLE: dict[type[Fact], dict[State, State]] = {
    CreateLost: {_S.CREATE_INTENT: _S.CREATE_UNKNOWN},
    CreateRepeated: {_S.CREATE_UNKNOWN: _S.CREATE_INTENT},
    CreateRefused: {
        _S.CREATE_INTENT: _S.REFUSED,
        _S.CREATE_UNKNOWN: _S.REFUSED,
        _S.CREATED: _S.REFUSED,
    },
    Created: {_S.CREATE_INTENT: _S.CREATED, _S.CREATE_UNKNOWN: _S.CREATED},
    StartIntended: dict.fromkeys(MAY_START, _S.START_INTENT),
    StartNotSent: {_S.START_INTENT: _S.NOT_SENT},
    OutcomeLost: dict.fromkeys((_S.START_INTENT, _S.UNPROVEN, _S.RETRYABLE), _S.UNKNOWN),
    AnsweredPending: {_S.START_INTENT: _S.UNPROVEN},
    FollowOffered: {_S.CREATED: _S.FOLLOWING},
    PayIntended: dict.fromkeys((_S.CREATED, _S.PAY_INTENT), _S.PAY_INTENT),
    PayLost: {_S.PAY_INTENT: _S.PAY_INTENT},
    FoundUnpaid: dict.fromkeys((*_LIVE, _S.CREATED, _S.NOT_SENT, _S.RETRYABLE), _S.FINAL_UNPAID),
    OutcomeSettled: {_S.UNKNOWN: _S.RETRYABLE, _S.UNPROVEN: _S.RETRYABLE},
    FoundPaid: {
        **dict.fromkeys(
            (
                *_LIVE,
                _S.CREATE_UNKNOWN,
                _S.CREATED,
                _S.NOT_SENT,
                _S.PAY_INTENT,
                _S.FINAL_UNPAID,
                _S.RETRYABLE,
                _S.PAID,
            ),
            _S.PAID,
        ),
        _S.CLOSED: _S.CLOSED,
        _S.OVERRIDDEN: _S.LATE_PAID,
        _S.ABANDONED: _S.LATE_PAID,
        _S.LATE_PAID: _S.LATE_PAID,
    },
    Abandoned: dict.fromkeys(MAY_ABANDON, _S.ABANDONED),
    Overridden: dict.fromkeys((_S.UNKNOWN, _S.UNPROVEN), _S.OVERRIDDEN),
    Closed: {_S.PAID: _S.CLOSED},
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as its facts left it.

    Attributes:
        starts: how often a START was about to be sent.
        boot_at_s, boot_id, quarantine_s: of the last START; the quarantine begins anew after a restart.
        denials: how often a cashier said that the terminal declined or was cancelled.
        was_answered: whether the last START was answered at all.
    """

    intent: CreateIntended
    state: State = State.CREATE_INTENT
    payment_id: str = ""
    action: str = ""
    starts: int = 0
    boot_id: str = ""
    boot_at_s: float = 0.0
    quarantine_s: float = 0.0
    denials: int = 0
    was_answered: bool = False
    status: str = ""
    reason: str = ""
    receipt: str = ""
    paid: Money | None = None

    @property
    def attempt_id(self) -> str:
        return self.intent.attempt_id

    @property
    def amount(self) -> Money:
        return self.intent.amount

    @property
    def is_resolved(self) -> bool:
        """Whether nothing more can come of it but a late approval."""
        return self.state in RESOLVED

    @property
    def is_paid(self) -> bool:
        return self.state in (State.PAID, State.CLOSED)

    @property
    def is_believed(self) -> bool:
        """Whether a supervisor vouches for it by the terminal's receipt, and the backend does not confirm it."""
        return self.state is State.OVERRIDDEN and bool(self.receipt)

    @property
    def is_closed(self) -> bool:
        return self.state is State.CLOSED

    @property
    def may_start(self) -> bool:
        return self.state in MAY_START

    @property
    def holds_money(self) -> bool:
        """Whether its amount must be kept free on the order (payment-safety.md, M16)."""
        return not self.is_resolved


def advance(attempt: Attempt, fact: Fact) -> Attempt:
    """The attempt after a fact.

    Raises:
        InvalidTransition: the state forbids it.
    """
    state = _TABLE.get(type(fact), {}).get(attempt.state)
    if state is None:
        raise InvalidTransition(f"{type(fact).__name__} in {attempt.state.value}")
    if isinstance(fact, FoundPaid) and attempt.is_believed:
        state = State.PAID  # what the supervisor read on the receipt is confirmed
    changes: dict[str, Any] = {"state": state}
    match fact:
        case Created():
            changes |= {"payment_id": fact.payment_id, "action": fact.action}
        case StartIntended():
            changes |= {
                "starts": fact.n,
                "boot_id": fact.boot_id,
                "boot_at_s": fact.boot_at_s,
                "quarantine_s": fact.quarantine_s,
                "was_answered": False,
                "reason": "",
                "status": "",
            }
        case AnsweredPending() | FoundUnpaid():
            changes |= {"status": fact.status, "was_answered": True}
        case OutcomeSettled():
            changes["reason"] = fact.words
            if fact.evidence is Evidence.ATTESTED:
                changes["denials"] = attempt.denials + 1
        case FoundPaid():
            changes["paid"] = fact.amount
        case Overridden():
            changes |= {"reason": fact.reason, "receipt": fact.receipt}
        case (
            CreateLost()
            | CreateRefused()
            | StartNotSent()
            | OutcomeLost()
            | PayLost()
            | Abandoned()
        ):
            changes["reason"] = fact.reason
        case _:
            pass
    return replace(attempt, **changes)
