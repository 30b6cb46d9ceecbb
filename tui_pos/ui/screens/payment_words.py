"""What the payment screens say. The wording about an unknown outcome is fixed, and tested.

Source: payment-safety.md, 3.5 step 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui_pos.domain.order import CANCELLED, EXPIRED, TenderKind
from tui_pos.services.payment_view import Choice, PaymentView, Phase
from tui_pos.ui.screens.payment_parts import clock

NOT_KNOWN = "Outcome not known. Do NOT let the customer pay again yet."
LOOK = "Look at the terminal: what did it say?"
STATEMENTS = (
    ("A", Choice.SAY_APPROVED, "approved"),
    ("D", Choice.SAY_DECLINED, "declined or cancelled"),
    ("W", Choice.SAY_WAITING, "still waiting"),
    ("?", Choice.SAY_UNSURE, "cannot tell"),
)
SAID = {
    Choice.SAY_APPROVED: "You said: approved. The till looks for the payment until it is found.",
    Choice.SAY_WAITING: "You said: still waiting. The till goes on looking.",
    Choice.SAY_UNSURE: "You said: cannot tell. The till goes on looking.",
}
BEFORE_ALL = "Look at the terminal before anything else"
FOLLOW_TERMINAL = "Ask the customer to follow the terminal."
WAITING_FOR_SERVER = "Waiting for the shop's server"
NO_LINK = "The till was restarted: the link is not known any more. The payment is watched; T begins another one."
STOP = "It is stopped on the terminal itself, with its red key; not from here"
STAYS = "A payment is not left half-way. F6 lets it run and serves the next customer"


def doubt(view: PaymentView) -> str:
    """Why the outcome is not known."""
    if view.phase is Phase.UNPROVEN:
        word = f": it says {view.status}" if view.status else ""
        return (
            f"The terminal answered without a payment, but the server does not call it ended{word}."
        )
    reason = view.reason.rstrip(".")
    return (
        f"No answer that proves anything: {reason}." if reason else "The terminal has not answered."
    )


def locked(view: PaymentView) -> list[str]:
    """Why it may not be tried again yet, and for how long."""
    if view.locked_s <= 0:
        return ["Retry is locked until the outcome is known."]
    why = "" if view.phase is Phase.UNPROVEN else ": the terminal has not answered"
    return [f"Retry is locked{why}.", f"The till can be sure in {clock(view.locked_s + 0.999)}."]


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended without money, for people."""

    title: str
    detail: str
    safe: str


def ending(view: PaymentView) -> Ending:
    """What happened, and what is safe."""
    where = f" on {view.terminal_name}" if view.terminal_name else ""
    reason = _sentence(view.reason)
    if view.tender is TenderKind.CASH:
        return Ending("Cash not booked", reason, "Try again, or give the money back.")
    if view.phase is Phase.REFUSED or view.starts == 0:
        return Ending(f"Not started{where}", reason, "Nothing was charged.")
    if view.status == CANCELLED:
        return Ending(
            f"Cancelled{where}", "The server calls the payment cancelled.", "Nothing was charged."
        )
    if view.status == EXPIRED:
        return Ending(f"Expired{where}", "Nobody paid in time.", "Nothing was charged.")
    safe = "Nothing was charged, as far as the shop's server knows."
    if view.reason.startswith("declined"):
        who = view.reason.partition("said ")[2] or "the cashier"
        return Ending(
            f"Declined or cancelled{where}", _sentence(f"{who} read that on the terminal"), safe
        )
    if view.reason.startswith("longer ago"):
        return Ending(f"No payment{where}", f"It was started {view.reason}.", safe)
    return Ending(f"Not paid{where}", reason, "Nothing was charged.")


def _sentence(text: str) -> str:
    text = text.strip()
    return (
        text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
        if text
        else ""
    )
