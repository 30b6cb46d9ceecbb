"""One seeded run: a shop's day in small, then a quiet end in which everything must come right."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simulation.backend import Backend
from simulation.cashier import Cashier
from simulation.judge import Judge, Verdict
from simulation.loop import Stuck
from simulation.station import Station
from simulation.world import Chances, World

_QUIET_S = 1_500.0
_LONGEST_S = 4 * 3_600.0


@dataclass(frozen=True)
class Setting:
    """What a seed is about; chosen by the seed where it is None."""

    variant: int | None = None
    tills: int | None = None
    fault: float | None = None


@dataclass
class Run:
    """A run that is over."""

    seed: int
    variant: int
    tills: int
    terminals: int
    fault: float
    verdict: Verdict
    timeline: list[str]

    @property
    def story(self) -> str:
        """Everything that happened, to be read by a person."""
        head = (
            f"seed {self.seed}, variant {self.variant}, {self.tills} till(s),"
            f" {self.terminals} terminal(s), {self.fault:.0%} faults"
        )
        return "\n".join([head, *self.timeline, str(self.verdict), head])


def play(seed: int, setting: Setting = Setting()) -> Run:
    """Play one seed; the same seed tells the same story."""
    dice = random.Random(f"shift {seed}")
    variant = setting.variant or dice.randint(1, 3)
    tills = setting.tills or dice.choice((1, 1, 2, 2, 3, 4))
    terminals = dice.randint(1, 3)
    fault = dice.choice((0.0, 0.05, 0.1, 0.2, 0.3)) if setting.fault is None else setting.fault
    chances = Chances(
        fault=fault,
        lag=dice.choice((0.0, 0.3, 1.0)),
        disk=dice.choice((0.0, 0.0, 0.05)),
        crash=dice.choice((0.0, 0.5, 0.9)),
        suspend=dice.choice((0.0, 0.0, 0.01)),
        offline=dice.choice((0.0, 0.0, 0.02)),
        edit=dice.choice((0.0, 0.0, 0.01)),
        gateway=dice.choice((0.0, 0.3, 0.6)),
    )
    world = World(seed, chances)
    backend = Backend(world, variant, terminals)
    judge = Judge(backend)
    with alone(world):
        stations = [Station(world, backend, judge, f"till-{n + 1}") for n in range(tills)]
        try:
            world.loop.run_until_complete(_day(world, backend, judge, stations))
        except Stuck:
            judge.verdict.stuck.append("nothing moves any more")
    verdict = judge.close()
    verdict.bugs += world.loop.surprises
    for station in stations:
        verdict.bugs += [text for text in station.notices if "stumbled" in text]
    return Run(seed, variant, tills, terminals, fault, verdict, world.timeline)


@contextmanager
def alone(world: World) -> Iterator[None]:
    """The loop to itself, ids by the seed, and no noise; all of it undone afterwards."""
    ids = random.Random(world.rng.random())
    real, uuid.uuid4 = uuid.uuid4, lambda: uuid.UUID(int=ids.getrandbits(128), version=4)
    log = logging.getLogger("tui_pos")
    was, handler = log.propagate, _Timeline(world)
    log.propagate = False
    log.addHandler(handler)
    try:
        yield
    finally:
        uuid.uuid4 = real
        log.removeHandler(handler)
        log.propagate = was
        world.loop.close()


class _Timeline(logging.Handler):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        self._world.log(f"log: {self.format(record)}")


async def _day(world: World, backend: Backend, judge: Judge, stations: list[Station]) -> None:
    lives = [asyncio.ensure_future(_life(world, backend, judge, s)) for s in stations]
    while not all(life.done() for life in lives) and world.now() < _LONGEST_S:
        await asyncio.sleep(5.0)
        if world.chance(world.chances.suspend):
            world.suspend(world.rng.choice((3.0, 30.0, 120.0, 600.0)))
        if world.chance(world.chances.edit):
            backend.edit_somewhere()
    for life in lives:
        life.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    world.log("--- all faults are gone")
    world.is_calm = True
    for station in stations:
        if station.machine.is_dead:
            await station.machine.settle()
            station.machine.revive(reboot=True)
            await station.boot()
    await asyncio.sleep(_QUIET_S)
    world.log("--- the tills close")
    for station in stations:
        await station.till.close()
        station.machine.die()
        await station.machine.settle()


async def _life(world: World, backend: Backend, judge: Judge, station: Station) -> None:
    """A working day of one till, over all its crashes."""
    rng, machine = world.rng, station.machine
    left = rng.randint(1, 4)
    for n in range(4):
        if n < 3 and world.chance(world.chances.crash):
            machine.crash_in = rng.randint(0, 120)
        work = machine.spawn(_work(station, backend, judge, left), f"{machine.name} at work")
        await asyncio.wait((work,))
        if not machine.is_dead:
            machine.crash_in = -1
            if (error := work.exception()) is not None:
                judge.verdict.bugs.append(f"{machine.name} does not work: {error!r}")
            return
        judge.verdict.crashes += 1
        await machine.settle()
        await asyncio.sleep(rng.uniform(0.5, 90.0))
        machine.revive(reboot=rng.random() < 0.3)
        left = rng.randint(0, 2)


async def _work(station: Station, backend: Backend, judge: Judge, sales: int) -> None:
    await station.boot()
    await Cashier(station.till, station.machine, backend, judge).work(sales)
