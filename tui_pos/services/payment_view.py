"""What a screen may know of a payment attempt, and what it may offer."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tui_pos.domain.attempt import Attempt, Cash, State
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind


class Phase(enum.Enum):
    """Where an attempt stands, for people."""

    PREPARING = "preparing"
    WAITING = "waiting"  # the customer is at the terminal
    FOLLOWING = "following"  # the customer has the link
    CONFIRMING = "confirming"  # money is taken; the backend is being told
    UNPROVEN = "unproven"  # answered, not paid, but that is no proof
    UNKNOWN = "unknown"  # not answered
    RETRY = "retry"  # proven over without money, as far as can be known
    REFUSED = "refused"  # nothing was started
    PAID = "paid"
    LEFT = "left"  # the sale went another way
    LATE_PAID = "late_paid"  # ... and yet it was paid
    BELIEVED = "believed"  # a supervisor vouches for it; the backend does not confirm it yet


class Choice(enum.Enum):
    """What the person at the till may do next. What is not offered is not allowed."""

    AGAIN = "again"  # the same terminal
    OTHER = "other"  # another terminal or tender: a new payment
    BACK = "back"  # to the basket, nothing was paid
    ASK = "ask"  # read the state now
    LEAVE = "leave"  # let it run, serve the next customer
    SAY_APPROVED = "say_approved"
    SAY_DECLINED = "say_declined"
    SAY_WAITING = "say_waiting"
    SAY_UNSURE = "say_unsure"
    OVERRIDE = "override"  # a supervisor decides


_PHASES = {
    State.CREATE_INTENT: Phase.PREPARING,
    State.CREATE_UNKNOWN: Phase.PREPARING,
    State.CREATED: Phase.RETRY,
    State.NOT_SENT: Phase.RETRY,
    State.START_INTENT: Phase.WAITING,
    State.FOLLOWING: Phase.FOLLOWING,
    State.PAY_INTENT: Phase.CONFIRMING,
    State.UNPROVEN: Phase.UNPROVEN,
    State.UNKNOWN: Phase.UNKNOWN,
    State.RETRYABLE: Phase.RETRY,
    State.FINAL_UNPAID: Phase.RETRY,
    State.REFUSED: Phase.REFUSED,
    State.PAID: Phase.PAID,
    State.CLOSED: Phase.PAID,
    State.ABANDONED: Phase.LEFT,
    State.OVERRIDDEN: Phase.LEFT,
    State.LATE_PAID: Phase.LATE_PAID,
}

_STATEMENTS = (Choice.SAY_APPROVED, Choice.SAY_DECLINED, Choice.SAY_WAITING, Choice.SAY_UNSURE)


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A snapshot.

    Attributes:
        elapsed_s: since the START was sent, or since the attempt began.
        locked_s: seconds until the till can be sure by itself that nothing was charged; 0 if not waiting.
        declined_after_s: seconds until "declined" may be said; 0 when it may, or is not asked.
        reason: why it stands where it stands, for people.
        link: what the customer opens, for FOLLOWING.
        needs_supervisor: "declined" was said before in this sale: a second word needs a second name.
    """

    attempt_id: str
    sale_id: str
    phase: Phase
    amount: Money
    tender: TenderKind
    method_name: str
    terminal_name: str
    elapsed_s: float
    reason: str = ""
    status: str = ""
    link: str = ""
    cash: Cash | None = None
    locked_s: float = 0.0
    declined_after_s: float = 0.0
    starts: int = 0
    needs_supervisor: bool = False
    choices: tuple[Choice, ...] = ()

    @property
    def reference(self) -> str:
        return self.attempt_id[:8]


def phase_of(attempt: Attempt, *, is_busy: bool) -> Phase:
    """The phase of an attempt; `is_busy` while its task is about to start or to ask again."""
    if attempt.is_believed:
        return Phase.BELIEVED
    phase = _PHASES[attempt.state]
    if phase is Phase.PREPARING and attempt.intent.tender is TenderKind.CASH:
        return Phase.CONFIRMING
    return Phase.PREPARING if is_busy and phase is Phase.RETRY else phase


def choices_of(
    phase: Phase, *, declined_after_s: float, is_disputed: bool = False
) -> tuple[Choice, ...]:
    """What may be done in a phase (payment-safety.md, 3.5).

    Args:
        is_disputed: the backend says that another amount was paid.
    """
    match phase:
        case Phase.PREPARING | Phase.CONFIRMING:
            return (Choice.LEAVE,)
        case Phase.WAITING:
            return (Choice.ASK, Choice.LEAVE)
        case Phase.FOLLOWING:
            return (Choice.ASK, Choice.LEAVE, Choice.OTHER)
        case Phase.UNPROVEN | Phase.UNKNOWN:
            may_decline = declined_after_s <= 0 and not is_disputed
            said = tuple(c for c in _STATEMENTS if may_decline or c is not Choice.SAY_DECLINED)
            return (*said, Choice.ASK, Choice.LEAVE, Choice.OVERRIDE)
        case Phase.RETRY | Phase.REFUSED:
            return (Choice.AGAIN, Choice.OTHER, Choice.BACK)
        case _:
            return ()
