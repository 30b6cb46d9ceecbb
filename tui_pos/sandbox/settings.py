"""What can be chosen about the sandbox: every open question of the contract is a setting.

Times are seconds, money is integer cents. `Settings()` is what tests want (no waiting at all);
`Settings.for_people()` is what someone at a screen wants.
Source: vendors.md section 4 (open questions), payment-safety.md sections 3.1 and 7.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal

UnpaidStatus = Literal["PENDING", "CANCELLED", "EXPIRED"]


@dataclass
class Settings:
    """Behaviour of the simulated backend; change it while it runs with `update`."""

    # -- terminals
    duration_s: float = 0.0
    """How long a customer takes on a terminal."""
    late_s: float = 0.05
    """How long after the answer the late outcomes (.04 .05 .09) charge."""
    terminal_life_s: float = 150.0
    """A transaction nobody ends on the terminal dies after this, without a charge."""
    outcome_by_cents: bool = True
    """The cents .01-.10 of the amount choose the outcome; see terminals.py."""
    read_lag_s: float = 25.0
    """How long reads hide a charge whose outcome is `read_lag` (.10)."""
    status_on_abort: UnpaidStatus = "PENDING"
    status_on_decline: UnpaidStatus = "PENDING"
    seed: int = 1

    # -- payments
    start_on_paid: Literal["return", "charge", "queue"] = "return"
    """START on a PAID payment: returns it | charges again | queues one more transaction."""
    start_while_running: Literal["conflict", "join", "queue"] = "conflict"
    """A second START of the same payment: 409 | waits for the first | runs after it."""
    gateway_timeout_s: float | None = None
    """After this START is answered for, while the terminal stays live. None: no limit."""
    gateway_answer: Literal["504", "pending"] = "504"
    payment_life_s: float | None = 1800.0
    """A PENDING payment becomes EXPIRED after this. None: never."""
    rest_payments: bool = True
    """False: an old server, where creating a payment over REST answers 404."""
    method_creates_payment: bool = False
    """True: the old flow, where addPaymentMethodToOrder makes the payment to execute."""
    rest_wrapper: bool = True
    """False: REST bodies without the `data` wrapper."""
    issuer_required: bool = False
    """True: an old server, where issuer_id may not be left out."""
    drawer_required: bool = False

    # -- orders and invoices
    invoice_delay_s: float = 0.0
    """How long after openOrder the invoice action appears."""
    open_unpaid: bool = False
    """True: openOrder takes orders that are not fully paid."""
    open_twice: Literal["ok", "error"] = "ok"
    opens_when_paid: bool = False
    """True: an order opens by itself with its last payment."""
    adjustment_amount_per: Literal["line", "unit"] = "line"
    """What a cents adjustment is taken off: the whole line, or each unit."""
    documents_auth: bool = False
    """True: the invoice PDF needs the bearer token too."""

    # -- the wire
    rate_limit: int | None = None
    """Requests allowed per second before RATE_LIMITED. None: no limit."""
    honour_idempotency_key: bool = False
    """True: a repeated Idempotency-Key gets the first answer again and nothing is done."""

    @classmethod
    def for_people(cls) -> Settings:
        """Defaults for someone watching: a card takes 4 s, an invoice 0.8 s."""
        return cls(duration_s=4.0, late_s=4.0, invoice_delay_s=0.8)

    def update(self, changes: dict[str, Any]) -> None:
        """Apply changes by name, all or none.

        Raises:
            ValueError: unknown name or a value of the wrong type; nothing was changed.
        """
        hints = typing.get_type_hints(type(self))
        for name, value in changes.items():
            if name not in hints:
                raise ValueError(f"no setting {name!r}; there are: {', '.join(sorted(hints))}")
            if not _fits(value, hints[name]):
                raise ValueError(f"{name} cannot be {value!r}; it is {hints[name]}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, ready for JSON."""
        return dataclasses.asdict(self)


def _fits(value: object, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if origin is Literal:
        return value in typing.get_args(hint)
    if hint is bool:
        return isinstance(value, bool)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value is None if hint is type(None) else isinstance(value, hint)
