"""Card terminals and the customers in front of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulation.world import D, World

OUTCOMES = ("approve", "decline", "abort", "silent", "late")
_WEIGHTS = (70, 10, 8, 6, 6)


@dataclass(eq=False)
class Run:
    """One transaction on a terminal; `on_end` is told `approved`, `declined`, `aborted` or `died`."""

    payment_id: str
    order_id: str
    on_end: Callable[[str], None]
    since: float = 0.0


@dataclass(frozen=True)
class Shows:
    """What a person reads on it: `present card`, `approved`, `declined`, `aborted` or nothing."""

    words: str = ""
    payment_id: str = ""
    order_id: str = ""


@dataclass(eq=False)
class Terminal:
    """Plays one transaction at a time; only an approval moves money.

    Attributes:
        script: outcomes for its next transactions; chance decides when it is empty.
    """

    world: World
    terminal_id: str
    current: Run | None = None
    queue: list[Run] = field(default_factory=list)
    shows: Shows = Shows()
    script: list[str] = field(default_factory=list)

    def begin(self, run: Run) -> None:
        world = self.world
        run.since = world.now()
        self.current = run
        self.shows = Shows("present card", run.payment_id, run.order_id)
        outcome = self.script.pop(0) if self.script else self._chosen()
        world.log(f"{self.terminal_id}: shows {run.payment_id}, the customer will {outcome}")
        match outcome:
            case "approve":
                wait, result = world.rng.uniform(2.0, 20.0), "approved"
            case "late":
                wait, result = world.rng.uniform(30.0, D - 1.0), "approved"
            case "decline":
                wait, result = world.rng.uniform(2.0, 40.0), "declined"
            case "abort":
                wait, result = world.rng.uniform(1.0, 40.0), "aborted"
            case _:
                wait, result = D, "died"
        world.at(wait, lambda: self.end(run, result))

    def _chosen(self) -> str:
        if self.world.is_calm:
            return "approve"
        return self.world.rng.choices(OUTCOMES, _WEIGHTS)[0]

    def end(self, run: Run, result: str) -> None:
        """The transaction is over; only the first end counts."""
        if self.current is not run:
            return
        self.world.log(f"{self.terminal_id}: {run.payment_id} {result}")
        words = "" if result == "died" else result
        self.shows = Shows(words, run.payment_id, run.order_id)
        self.current = None
        run.on_end(result)
        if self.queue:
            self.begin(self.queue.pop(0))
