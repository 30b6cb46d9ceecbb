"""N7: whatever is pressed while the customer is at the terminal, the START lives on. Source: payment-safety.md, 4.

`FAULT_STORMS=350` plays more.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from fault_bench import World
from harness import codes, eventually
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_long_starts import PATIENT
from test_matrix import sandbox
from test_matrix_scenes import paying

from tui_pos.domain.errors import PosError
from tui_pos.services.payment_view import Choice, Phase

STORMS = int(os.environ.get("FAULT_STORMS", "15"))
Key = Callable[[World], object]


def recall(world: World) -> None:
    world.till.recall(world.of_sale.sale_id)


def remove_a_line(world: World) -> None:
    world.till.remove(world.till.current.basket[0].line_id)


def somebody_looks(world: World) -> None:
    """A screen is opened, waits for something, and is closed again."""

    async def screen() -> None:
        close = world.till.subscribe(lambda event: None)
        try:
            await world.till.ready_to_pay(world.of_sale)
            await asyncio.Event().wait()
        finally:
            close()

    task = asyncio.ensure_future(screen())
    asyncio.get_running_loop().call_later(0.005, task.cancel)
    SCREENS.append(task)


def saying(choice: Choice) -> Key:
    return lambda world: world.till.payments.say(world.attempt, choice, supervisor="Sam")


SAID = (Choice.SAY_APPROVED, Choice.SAY_DECLINED, Choice.SAY_WAITING, Choice.SAY_UNSURE)
SCREENS: list[asyncio.Task[None]] = []
KEYS: dict[str, Key] = {
    "next sale": lambda world: world.till.next_sale(),
    "recall": recall,
    "hold": lambda world: world.till.hold(),
    "clear": lambda world: world.till.clear(),
    "scan": lambda world: world.till.ring_up(codes(1, 7)[0]),
    "remove": remove_a_line,
    "ask": lambda world: world.till.payments.ask(world.attempt),
    "again": lambda world: world.till.payments.again(world.attempt),
    "back": lambda world: world.till.payments.leave(world.attempt, to_basket=True),
    "other": lambda world: world.till.payments.leave(world.attempt, to_basket=False),
    "pay once more": lambda world: world.till.payments.begin(world.of_sale, world.card()),
    "pay elsewhere": lambda world: world.till.payments.begin(
        world.of_sale, world.card("Counter 2")
    ),
    "pay in cash": lambda world: world.till.payments.begin(world.of_sale, world.cash()),
    "no invoice": lambda world: world.till.finisher.wish(world.of_sale, "none"),
    "choose": lambda world: world.till.finisher.wish(world.of_sale, "choose"),
    "override": lambda world: world.till.payments.override(world.attempt, "Sam", receipt="0001"),
    "screen": somebody_looks,
    **{choice.value: saying(choice) for choice in SAID},
}


@pytest.mark.timeout(0 if STORMS > 100 else 120)
@settings(
    max_examples=STORMS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()), min_size=12, max_size=40))
def test_a_storm_of_keys_leaves_the_payment_alone(keys: list[tuple[str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(storm(keys, Path(folder)))


async def storm(keys: list[tuple[str, bool]], folder: Path) -> None:
    async with sandbox(folder, limits=PATIENT) as world:
        await paying(world)
        SCREENS.clear()
        for key, is_patient in keys:
            with suppress(PosError, IndexError):
                KEYS[key](world)
            await asyncio.sleep(0.003 if is_patient else 0)
        await asyncio.gather(*SCREENS, return_exceptions=True)
        assert world.phase is Phase.WAITING
        assert world.starts() == 1
        assert world.gate.count("createPayment") == 1
        assert world.server.calls("start")[0]["finished_at"] is None
        sale = world.of_sale
        rows = [row.kind for row in await world.disk.rows(sale.sale_id)]
        assert rows.count("start_intended") == 1
        assert not {"outcome_lost", "abandoned", "sale_closed"} & set(rows)
        world.server.press("Counter 1", "approve")
        await eventually(lambda: world.phase is Phase.PAID or world.is_done)
        assert len(world.server.ledger()) == 1
