"""Card terminals: what they show, which story a transaction follows, and keys pressed by hand.

By default the cents of the amount choose the outcome, once per order and amount, so that a
customer who tries again gets through:

| cents | outcome | on the terminal | START answers |
| --- | --- | --- | --- |
| .01 | `decline` | declined | unpaid |
| .02 | `abort` | the customer aborts | unpaid |
| .03 | `answer_lost` | approves | connection closed |
| .04 | `gateway_timeout` | approves later | 504 |
| .05 | `pending_live` | approves later | PENDING at once |
| .06 | `silent` | nothing | never |
| .07 | `offline` | nothing | 422 |
| .08 | `partial` | approves half | PAID for less |
| .09 | `cancel_late` | approves later | CANCELLED |
| .10 | `read_lag` | approves | connection closed; reads say PENDING for `read_lag_s` |
| other | `approve` | approves | PAID |

Source: payment-safety.md section 4.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tui_pos.sandbox.settings import Settings
from tui_pos.sandbox.shop import TERMINALS, TerminalSeed

CENTS = {
    1: "decline",
    2: "abort",
    3: "answer_lost",
    4: "gateway_timeout",
    5: "pending_live",
    6: "silent",
    7: "offline",
    8: "partial",
    9: "cancel_late",
    10: "read_lag",
}
OUTCOMES = ("approve", *CENTS.values())
KEYS = ("approve", "decline", "abort", "silent", "partial")
Reply = Literal["payment", "dropped", "504"]
"""How START is answered: with the payment as it is then, not at all, or by a gateway."""


@dataclass
class Transaction:
    """One run of one payment on one terminal. Lives on when nobody waits for it any more."""

    payment_id: str
    order_id: str
    amount: int
    currency: str
    outcome: str
    since: int
    shows: str = "present card"
    reply: asyncio.Future[Reply] = field(default_factory=lambda: _future())
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    keys: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def answer(self, reply: Reply) -> None:
        """Answer START; only the first answer counts."""
        if not self.reply.done():
            self.reply.set_result(reply)

    async def key(self, wait_s: float | None) -> str | None:
        """The next key pressed, or None when the time is up."""
        try:
            return await asyncio.wait_for(self.keys.get(), wait_s)
        except TimeoutError:
            return None


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass
class Terminal:
    """A terminal and what it does now. `script` holds outcomes for its next transactions."""

    id: str
    name: str
    is_online: bool
    slowness: float
    is_flaky: bool
    is_held: bool
    mode: Literal["auto", "manual"] = "auto"
    duration_s: float | None = None
    script: list[str] = field(default_factory=list)
    current: Transaction | None = None
    last: dict[str, Any] | None = None
    tries: int = 0

    @classmethod
    def from_seed(cls, seed: TerminalSeed) -> Terminal:
        """A terminal as the shop starts with it."""
        return cls(seed.id, seed.name, seed.is_online, seed.slowness, seed.is_flaky, seed.is_held)

    @property
    def state(self) -> str:
        """`offline`, `held` (by another till), `waiting`, `silent` or `idle`."""
        if self.current is not None:
            return "silent" if self.current.shows == "silent" else "waiting"
        if not self.is_online:
            return "offline"
        return "held" if self.is_held else "idle"

    def view(self) -> dict[str, Any]:
        """What the terminal shows now, for the control API."""
        tx = self.current
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "is_online": self.is_online,
            "state": self.state,
            "mode": self.mode,
            "duration_s": self.duration_s,
            "is_held": self.is_held,
            "is_flaky": self.is_flaky,
            "script": list(self.script),
            "amount": tx.amount if tx else None,
            "currency": tx.currency if tx else None,
            "payment_id": tx.payment_id if tx else None,
            "order_id": tx.order_id if tx else None,
            "shows": tx.shows if tx else None,
            "since": tx.since if tx else None,
            "last": self.last,
        }
        return shown


class Terminals:
    """All terminals of the shop."""

    def __init__(self, settings: Settings, now: Callable[[], int]) -> None:
        self._settings = settings
        self._now = now
        self.all = {seed.id: Terminal.from_seed(seed) for seed in TERMINALS}

    def find(self, name_or_id: str) -> Terminal | None:
        """By id, or by name without regard to case."""
        if name_or_id in self.all:
            return self.all[name_or_id]
        wanted = name_or_id.casefold()
        return next((t for t in self.all.values() if t.name.casefold() == wanted), None)

    def live(self, payment_id: str) -> Transaction | None:
        """The transaction that runs for a payment now."""
        for terminal in self.all.values():
            if terminal.current is not None and terminal.current.payment_id == payment_id:
                return terminal.current
        return None

    def outcome_for(self, terminal: Terminal, amount: int, *, is_first: bool) -> str:
        """Script first, then the cents on the first try, else approve."""
        if terminal.script:
            return terminal.script.pop(0)
        if terminal.mode == "manual" or not self._settings.outcome_by_cents or not is_first:
            return "approve"
        return CENTS.get(amount % 100, "approve")

    def press(self, terminal: Terminal, key: str) -> bool:
        """Press a key; False when the terminal has nothing to do with it."""
        if terminal.current is not None:
            terminal.current.keys.put_nowait(key)
            return True
        was_held, terminal.is_held = terminal.is_held, False
        return was_held

    def begin(self, terminal: Terminal, transaction: Transaction) -> None:
        """Show the amount; the terminal is in use until `end`."""
        terminal.current = transaction

    def end(self, terminal: Terminal, result: str) -> None:
        """Free the terminal and wake those who wait for the end."""
        tx = terminal.current
        if tx is None:
            return
        terminal.current = None
        terminal.last = {
            "payment_id": tx.payment_id,
            "amount": tx.amount,
            "result": result,
            "at": self._now(),
        }
        tx.finished.set()

    async def play(self, terminal: Terminal, tx: Transaction, judge: Judge) -> str:
        """Let the transaction happen: returns what came of it, `died` when nobody ended it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.terminal_life_s):
                return await self._story(terminal, tx, judge)
        if tx.shows != "silent":
            judge.unpaid(self._settings.status_on_abort)
            tx.answer("payment")
        return "died"

    async def _story(self, terminal: Terminal, tx: Transaction, judge: Judge) -> str:
        settings = self._settings
        wait: float | None = terminal.duration_s
        if wait is None:
            wait = settings.duration_s * terminal.slowness
        if tx.outcome == "pending_live":
            tx.answer("payment")
            wait += settings.late_s
        if terminal.mode == "manual":
            wait = None
        key = await tx.key(wait) if tx.outcome != "silent" else "silent"
        while key == "silent":
            tx.shows = "silent"
            key = await tx.key(None)
        outcome = _after_key(tx.outcome, key)
        if outcome in ("gateway_timeout", "cancel_late"):
            if outcome == "cancel_late":
                judge.unpaid("CANCELLED")
            tx.answer("504" if outcome == "gateway_timeout" else "payment")
            late = None if wait is None else settings.late_s
            outcome = _after_key(outcome, await tx.key(late))
        return self._conclude(tx, judge, outcome)

    def _conclude(self, tx: Transaction, judge: Judge, outcome: str) -> str:
        if outcome == "decline":
            judge.unpaid(self._settings.status_on_decline)
        elif outcome == "abort":
            judge.unpaid(self._settings.status_on_abort)
        else:
            amount = tx.amount // 2 if outcome == "partial" else tx.amount
            judge.charge(amount, outcome)
        tx.answer("dropped" if outcome in ("answer_lost", "read_lag") else "payment")
        return outcome


def _after_key(outcome: str, key: str | None) -> str:
    """A pressed key wins, but `approve` keeps the way in which an approval goes wrong."""
    if key is None or (
        key == "approve" and outcome not in ("abort", "decline", "silent", "partial")
    ):
        return outcome
    return key


class Judge:
    """What a terminal tells the backend about one payment."""

    def charge(self, amount: int, outcome: str) -> None:
        """Money moved."""
        raise NotImplementedError

    def unpaid(self, status: str) -> None:
        """It ended without money."""
        raise NotImplementedError
