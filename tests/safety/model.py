"""Every run of one payment through one till, one lossy link, one server and one terminal, searched to the end.

The till moves only along the real table (`advance`); a policy decides when it says that a START is over. The
rules of payment-safety.md, 3.5 must come out safe; each careless policy of 3.6 must be caught.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from tui_pos.domain.attempt import (
    IN_DOUBT,
    MAY_START,
    Abandoned,
    AnsweredPending,
    Attempt,
    CreateIntended,
    Evidence,
    Fact,
    FoundPaid,
    OutcomeLost,
    OutcomeSettled,
    StartIntended,
    State,
    advance,
)
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind

_PRICE = Money(100, "EUR")
_INTENT = CreateIntended("a", "s", "o", _PRICE, TenderKind.CARD, "m", "Card", "f", "k", "t")
LOST = OutcomeLost("lost")
PENDING = AnsweredPending("PENDING")
SETTLED = OutcomeSettled(Evidence.QUARANTINE, "over")
PAID = FoundPaid("read", _PRICE)
STARTED = StartIntended(1, "Anna", "boot", 0.0, 1.0)
GONE = Abandoned("Anna", "other")


@cache
def after(state: State, fact: Fact) -> State:
    """What the real machine makes of a fact.

    Raises:
        InvalidTransition: the real till cannot do this.
    """
    return advance(Attempt(_INTENT, state, "p"), fact).state


@dataclass(frozen=True)
class Size:
    """D, W and L in ticks, and how much may happen."""

    life: int = 2
    lag: int = 1
    hold: int = 2
    starts: int = 2
    crashes: int = 2


@dataclass(frozen=True)
class Policy:
    """When the till believes that a START is over. The defaults are the rules."""

    name: str = "the rules of 3.5"
    quarantine_less: int = 0
    short_poll: bool = False
    pending_is_final: bool = False
    trusts_idle: bool = False
    denial_needs_no_answer: bool = False
    on_error: str = "doubt"  # doubt | start | new payment
    on_crash: str = "doubt"  # doubt | start | forget
    gives_up: bool = True

    def quarantine(self, size: Size) -> int:
        if self.short_poll:
            return 1
        return size.life + size.lag + size.hold + 1 - self.quarantine_less


class World(NamedTuple):
    """Everything that matters, at one moment.

    Attributes:
        waited, sent: ticks since the answer was lost and since the START left, no higher than asked about.
        held: STARTs at a proxy, as (payment, age).
        live, queued: what the terminal runs, as (payment, age), and what waits behind it.
        is_held_open: the server keeps the till's call until the terminal is done.
        paid: per payment the ticks since the charge, -1 for none.
    """

    till: State = State.CREATED
    payment: int = 0
    waited: int = 0
    sent: int = 0
    starts: int = 0
    crashes: int = 0
    held: tuple[tuple[int, int], ...] = ()
    live: tuple[int, int] | None = None
    queued: tuple[int, ...] = ()
    is_held_open: bool = False
    paid: tuple[int, int] = (-1, -1)
    charges: int = 0
    shows: str = "declined"  # of the customer before
    is_forgotten: bool = False

    @property
    def bad(self) -> str:
        if self.charges > 1:
            return "double"
        if self.charges and (self.is_forgotten or self.till is State.ABANDONED):
            return "lost"
        return ""


Step = tuple[str, World]


class Model:
    """The steps of one policy against one variant of the server."""

    def __init__(self, policy: Policy, variant: int, size: Size) -> None:
        self.policy, self.variant, self.size = policy, variant, size
        self._quarantine = policy.quarantine(size)

    def steps(self, w: World) -> Iterator[Step]:
        yield from self._till(w)
        yield from self._link(w)
        yield from self._terminal(w)
        yield from self._time(w)

    # -- the till ------------------------------------------------------------------------------------

    def _till(self, w: World) -> Iterator[Step]:
        policy = self.policy
        if w.is_forgotten:
            return
        if w.till in MAY_START and w.starts < self.size.starts:
            yield from self._start(w)
        if w.till is State.RETRYABLE and policy.gives_up:
            yield "the sale goes another way", w._replace(till=after(w.till, GONE))
        if w.till is State.START_INTENT:
            yield "the call breaks off", self._lost(w)
        if w.till in IN_DOUBT:
            yield from self._doubt(w)
        if w.crashes < self.size.crashes and w.till not in (State.PAID, State.ABANDONED):
            yield from self._crash(w._replace(crashes=w.crashes + 1))

    def _start(self, w: World) -> Iterator[Step]:
        sent = w._replace(
            till=after(w.till, STARTED), starts=w.starts + 1, sent=0, waited=0, is_held_open=False
        )
        yield "START is lost", sent
        yield "START is held by a proxy", sent._replace(held=(*w.held, (w.payment, 0)))
        yield "START arrives", self._arrives(sent, w.payment, is_open=True)

    def _lost(self, w: World) -> World:
        lost = w._replace(till=after(w.till, LOST), waited=0, is_held_open=False)
        match self.policy.on_error:
            case "start":
                return lost._replace(till=after(lost.till, SETTLED))
            case "new payment":
                return lost._replace(till=State.CREATED, payment=min(1, w.payment + 1))
            case _:
                return lost

    def _doubt(self, w: World) -> Iterator[Step]:
        policy, size = self.policy, self.size
        over = w._replace(till=after(w.till, SETTLED))
        age = w.paid[w.payment]
        if age >= 0:
            yield "a read shows it paid", w._replace(till=after(w.till, PAID))
        if age < size.lag and w.waited >= self._quarantine:
            yield "the quarantine ends with a read that shows it unpaid", over
        if w.shows == "declined":
            in_time = w.till is State.UNPROVEN or w.sent > size.hold
            if in_time or policy.denial_needs_no_answer:
                yield "the cashier says that it was declined", over
        if policy.trusts_idle and w.live is None:
            yield "the cashier says that the terminal is idle", over

    def _crash(self, w: World) -> Iterator[Step]:
        down = w._replace(is_held_open=False)
        match self.policy.on_crash:
            case "forget":
                yield "kill -9, and nothing is known", down._replace(is_forgotten=True)
                return
            case "start" if w.till is State.START_INTENT and w.starts < self.size.starts:
                # The real table has no way for this: a START_INTENT is never started.
                for words, then in self._start(down._replace(till=State.RETRYABLE)):
                    yield f"kill -9, and the step runs again: {words}", then
                return
            case _:
                pass
        if w.till is State.START_INTENT:
            down = down._replace(till=after(w.till, LOST))
        yield "kill -9 and restart", down._replace(waited=0, sent=0)

    # -- the link and the server ---------------------------------------------------------------------

    def _link(self, w: World) -> Iterator[Step]:
        for n, (payment, _) in enumerate(w.held):
            rest = w._replace(held=w.held[:n] + w.held[n + 1 :])
            yield "the proxy drops the START", rest
            yield "the proxy delivers the START", self._arrives(rest, payment, is_open=False)
        if w.is_held_open and w.live is not None:
            yield from self._answers(w, "the server gives up waiting")

    def _arrives(self, w: World, payment: int, *, is_open: bool) -> World:
        is_mine = is_open and w.till is State.START_INTENT
        if w.paid[payment] >= 0 and self.variant == 1:
            return w._replace(till=after(w.till, PAID)) if is_mine else w
        if w.live is None:
            return w._replace(live=(payment, 0), is_held_open=is_mine, shows="")
        if self.variant == 3:
            return w._replace(queued=(*w.queued, payment), is_held_open=is_mine)
        if w.live[0] == payment:
            return w._replace(is_held_open=is_mine)
        return w  # busy with another payment: refused, which proves nothing to the till

    def _answers(self, w: World, words: str) -> Iterator[Step]:
        """The server answers the call that it holds; the answer arrives or is lost."""
        yield f"{words}; the answer is lost", w._replace(is_held_open=False)
        told = w._replace(is_held_open=False)
        if w.till is not State.START_INTENT:
            return
        if w.paid[w.payment] >= 0:
            yield f"{words}: PAID", told._replace(till=after(w.till, PAID))
            return
        told = told._replace(till=after(w.till, PENDING), waited=0)
        if self.policy.pending_is_final:
            told = told._replace(till=after(told.till, SETTLED))
        yield f"{words}: PENDING", told

    # -- the terminal --------------------------------------------------------------------------------

    def _terminal(self, w: World) -> Iterator[Step]:
        if w.live is None:
            return
        payment = w.live[0]
        paid = list(w.paid)
        paid[payment] = max(0, paid[payment])
        ends = (
            (
                "approve",
                w._replace(paid=(paid[0], paid[1]), charges=w.charges + 1, shows="approved"),
            ),
            ("declined", w._replace(shows="declined")),
            ("the terminal dies", w._replace(shows="")),
        )
        for words, end in ends:
            if words == "the terminal dies" and w.live[1] < self.size.life:
                continue
            done = end._replace(live=None)
            if w.queued:
                done = done._replace(live=(w.queued[0], 0), queued=w.queued[1:], shows="")
            if w.is_held_open:
                yield from self._answers(done, words)
            else:
                yield words, done

    def _time(self, w: World) -> Iterator[Step]:
        size = self.size
        if any(age >= size.hold for _, age in w.held):
            return
        if w.live is not None and w.live[1] >= size.life:
            return
        yield (
            "tick",
            w._replace(
                waited=min(self._quarantine, w.waited + 1),
                sent=min(size.hold + 1, w.sent + 1),
                held=tuple((p, age + 1) for p, age in w.held),
                live=None if w.live is None else (w.live[0], w.live[1] + 1),
                paid=(_older(w.paid[0], size), _older(w.paid[1], size)),
            ),
        )


def _older(age: int, size: Size) -> int:
    return age if age < 0 else min(size.lag, age + 1)


@dataclass
class Found:
    """All that can happen: how many moments, and the shortest way to each kind of harm.

    Attributes:
        dead_ends: charged, and no way leads to PAID any more.
    """

    states: int
    bad: dict[str, list[str]]
    dead_ends: int


def search(policy: Policy, variant: int, size: Size) -> Found:
    """Breadth first, so that the first way found to a harm is the shortest. Nothing goes on after harm."""
    model, first = Model(policy, variant, size), World()
    came: dict[World, tuple[World, str] | None] = {first: None}
    before: dict[World, list[World]] = {}
    bad: dict[str, list[str]] = {}
    queue = deque([first])
    while queue:
        w = queue.popleft()
        if w.bad:
            bad.setdefault(w.bad, _way(came, w))
            continue
        for words, then in model.steps(w):
            before.setdefault(then, []).append(w)
            if then not in came:
                came[then] = (w, words)
                queue.append(then)
    good = deque(w for w in came if w.till is State.PAID)
    reach = set(good)
    while good:
        for w in before.get(good.popleft(), ()):
            if w not in reach:
                reach.add(w)
                good.append(w)
    dead = sum(1 for w in came if w.charges and not w.bad and w not in reach)
    return Found(len(came), bad, dead)


def _way(came: dict[World, tuple[World, str] | None], w: World) -> list[str]:
    way = []
    while (step := came[w]) is not None:
        w, words = step
        way.append(words)
    return way[::-1]


CARELESS = (
    Policy("quarantine without L", quarantine_less=2, gives_up=False),
    Policy("PENDING = retry now", pending_is_final=True, gives_up=False),
    Policy("accept 'the terminal is idle'", trusts_idle=True, gives_up=False),
    Policy("accept a denial although no answer came", denial_needs_no_answer=True, gives_up=False),
    Policy("short poll, then retry", short_poll=True),
    Policy("repeat START on error", on_error="start", gives_up=False),
    Policy("new payment on error", on_error="new payment", gives_up=False),
    Policy("re-execute the step after a crash", on_crash="start", gives_up=False),
    Policy("no journal", on_crash="forget", gives_up=False),
)
"""Those of the table in 3.6. They retry only; giving up too early is what the short poll shows."""
