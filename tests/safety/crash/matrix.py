"""Play one customer whose till dies, and judge what came of it."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash.cashier import Cashier
from crash.judge import Verdict, judge
from crash.points import ALL, EFFECTS, IN_RECOVERY, POINTS
from crash.station import TERMINAL, Run, Shop, some_goods

_STORIES: tuple[dict[str, Any], ...] = (
    {},
    {"duration_s": 0.4},
    {"script": ["decline"]},
    {"script": ["abort", "approve"], "duration_s": 0.2},
    {"script": ["answer_lost"]},
    {"script": ["read_lag"]},
    {"script": ["gateway_timeout"]},
    {"script": ["pending_live"]},
    {"held_s": 0.4},
)


RUNS = int(os.environ.get("TUI_POS_CRASH_RUNS", "2"))
"""How often each point is played. Two in a change's tests; more by the environment."""


@dataclass(frozen=True)
class Death:
    """Where one life of the till ends."""

    point: str
    way: int = 0
    nth: int = 1


@dataclass(frozen=True)
class Scene:
    """One customer at one dying till."""

    seed: str
    deaths: tuple[Death, ...]
    tender: str = "card"
    terminal: dict[str, Any] = field(default_factory=dict)
    plant: str = ""
    patience_s: float = 25.0

    def __str__(self) -> str:
        lives = ", then ".join(f"{d.point} way {d.way}" for d in self.deaths)
        return f"{self.seed}: {self.tender}, {lives}, terminal {self.terminal or 'approves'}"


@dataclass
class Played:
    """What was seen.

    Attributes:
        has_seen_paid: whether a screen ever told the cashier that it is paid.
    """

    scene: Scene
    run: Run
    verdict: Verdict
    deaths: list[str]
    has_seen_paid: bool

    @property
    def story(self) -> str:
        calls = ", ".join(f"{c['operation']} {c['status']}" for c in self.run.calls())
        lines = [str(self.scene), *self.run.story, "died at: " + ", ".join(self.deaths)]
        return "\n".join([*lines, f"calls: {calls}", str(self.verdict)])


def scene_at(point: str, n: int, plant: str = "") -> Scene:
    """The n-th customer at a point: the first two are plain, later ones have all kinds of luck."""
    seed = f"{point}/{n}"
    chance = random.Random(seed)
    way = (n + n // 2 + ALL.index(point)) % 2
    story = _STORIES[n] if n < 2 else chance.choice(_STORIES)
    if point in IN_RECOVERY:
        first = Death(("start/after_send", "start/after_intent")[n % 2], way)
        return Scene(seed, (first, Death(point, way)), "card", story, plant)
    tender = EFFECTS[point.partition("/")[0]].tender
    if tender == "either":
        tender = ("card", "cash")[n % 2]
    return Scene(seed, (Death(point, way),), tender, story, plant)


def scene_of_many(n: int) -> Scene:
    """A till that dies anywhere and then once to three times more, mostly while it recovers."""
    seed = f"again and again/{n}"
    chance = random.Random(seed)
    first = chance.choice(POINTS)
    tender = EFFECTS[first.partition("/")[0]].tender
    if tender == "either":
        tender = chance.choice(("card", "card", "cash"))
    more = [
        chance.choice(IN_RECOVERY) if chance.random() < 0.6 else chance.choice(POINTS)
        for _ in range(n % 3 + 1)
    ]
    deaths = tuple(Death(point, chance.randrange(2)) for point in (first, *more))
    return Scene(seed, deaths, tender, chance.choice(_STORIES))


def play(shop: Shop, folder: Path, scene: Scene) -> Played:
    """A sale in as many lives as it takes; the last one is not killed."""
    run = Run(shop, folder, some_goods(random.Random(scene.seed)), scene.tender)
    wish = dict(scene.terminal)
    held_s = wish.pop("held_s", 0.0)
    if wish:
        shop.sandbox.terminal(TERMINAL, **wish)
    if held_s:
        # a box in the middle hangs up and delivers all the same
        shop.sandbox.fault("start", "drop_before", act="after", delay_s=held_s)
    cashier = Cashier(run)
    planted = {"plant": scene.plant} if scene.plant else {}
    for death in scene.deaths:
        run.story.append(f"-- a life to end at {death.point}, way {death.way}")
        with run.till(point=death.point, way=death.way, nth=death.nth, **planted) as till:
            cashier.serve(till, is_doomed=True, within_s=scene.patience_s)
    run.story.append("-- a healthy life")
    with run.till(**planted) as till:
        is_finished = cashier.serve(till, within_s=scene.patience_s)
        time.sleep(held_s)
    verdict = judge(run, is_finished=is_finished)
    return Played(scene, run, verdict, run.deaths(), cashier.has_seen_paid)
