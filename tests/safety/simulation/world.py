"""What goes on outside the tills: time, chance, and the machines the tills run on."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from simulation.loop import OWNER, Owner, VirtualLoop

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
D, W, L = (
    150.0,
    30.0,
    60.0,
)  # a terminal's life, a read's lag, a proxy's patience: payment-safety.md, 3.1


@dataclass
class Chances:
    """How likely each trouble is; the network's faults share `fault`."""

    fault: float = 0.0
    lag: float = 0.0
    disk: float = 0.0
    crash: float = 0.0
    suspend: float = 0.0
    offline: float = 0.0
    edit: float = 0.0
    gateway: float = 0.0


class World:
    """Virtual time and chance. Events outside happen also while a machine sleeps.

    Attributes:
        script: faults to take before chance decides, by operation; for tests that steer.
    """

    def __init__(self, seed: int, chances: Chances) -> None:
        self.rng = random.Random(seed)
        self.chances = chances
        self.loop = VirtualLoop()
        self.script: dict[str, list[str]] = {}
        self.timeline: list[str] = []
        self.is_calm = False
        self._asleep = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._armed: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Seconds since the beginning, sleep included."""
        return self.loop.now + self._asleep

    def log(self, words: str) -> None:
        self.timeline.append(f"{self.now():10.2f}  {words}")

    def at(self, delay: float, happen: Callable[[], None]) -> None:
        """Let something happen later, whoever sleeps or is dead by then."""
        self._serial += 1
        heapq.heappush(self._events, (self.now() + delay, self._serial, happen))
        self._arm()

    def suspend(self, seconds: float) -> None:
        """The machines sleep; terminals, proxies and the server do not."""
        self.log(f"--- the machine sleeps for {seconds:.0f} s")
        end = self.now() + seconds
        while self._events and self._events[0][0] <= end:
            when, _, happen = heapq.heappop(self._events)
            self._asleep = max(self._asleep, when - self.loop.now)
            happen()
        self._asleep = end - self.loop.now
        self._arm()

    def chance(self, probability: float) -> bool:
        return not self.is_calm and self.rng.random() < probability

    def _arm(self) -> None:
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None
        if self._events:
            when = max(self.loop.now, self._events[0][0] - self._asleep)
            self._armed = self.loop.call_at(when, self._due)

    def _due(self) -> None:
        self._armed = None
        while self._events and self._events[0][0] <= self.now() + 1e-9:
            heapq.heappop(self._events)[2]()
        self._arm()


class Machine(Owner):
    """One computer: its clocks, and whether it still runs.

    Attributes:
        crash_in: calls of ports until it dies; negative for never.
    """

    def __init__(self, world: World, name: str) -> None:
        super().__init__()
        self.world = world
        self.name = name
        self.boots = 0
        self.boot_id = f"{name}-0"
        self.is_dead = False
        self.crash_in = -1
        self.on_death: Callable[[], None] = lambda: None
        self._booted_at = 0.0
        self._wall_off = timedelta(0)

    # -- the clock port ------------------------------------------------------------------------------

    def now(self) -> datetime:
        if self.world.chance(0.01):
            self._wall_off = timedelta(seconds=self.world.rng.uniform(-86_400, 86_400))
        return START + timedelta(seconds=self.world.now()) + self._wall_off

    def boot(self) -> float:
        return self.world.now() - self._booted_at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    # -- life ----------------------------------------------------------------------------------------

    async def point(self, where: str) -> None:
        """A place where power may fail; a dead machine never gets past it."""
        if self.is_dead:
            raise asyncio.CancelledError
        if self.crash_in >= 0:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.world.log(f"{self.name}: --- dies at {where}")
                self.world.loop.call_soon(self.die)
                await self.never()

    async def never(self) -> NoReturn:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    def die(self) -> None:
        """kill -9: nothing more is sent, written or cleaned up."""
        if self.is_dead:
            return
        self.is_dead = True
        self.crash_in = -1
        self.on_death()
        self.cancel_all()

    def revive(self, *, reboot: bool) -> None:
        self.is_dead = False
        if reboot:
            self.boots += 1
            self.boot_id = f"{self.name}-{self.boots}"
            self._booted_at = self.world.now()

    def spawn(self, work: Any, name: str) -> asyncio.Task[Any]:
        """A task that dies with this machine."""
        with self.at_work():
            return self.world.loop.create_task(work, name=name)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """What is begun inside dies with this machine."""
        token = OWNER.set(self)
        try:
            yield
        finally:
            OWNER.reset(token)

    async def settle(self) -> None:
        """Let what was cancelled end."""
        while self.tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
