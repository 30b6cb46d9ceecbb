"""N3 to N6: STARTs that last, middle boxes that send them twice, machines that sleep, clocks that lie.

Limits are scaled down: a start may be silent for 0.6 s where a shop's may be for 240 s.
Source: payment-safety.md, 4.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from fault_bench import DOUBT, LIMITS, World, a_world
from harness import eventually
from test_matrix import sandbox
from test_matrix_scenes import paying

from tui_pos.domain.errors import PosError
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.payments import PaymentPolicy

LONGEST_S = LIMITS.start_read_s + LIMITS.start_grace_s
SOON_S = 0.6  # on a busy machine; a shop's 15 s scaled


async def began(world: World) -> None:
    world.ring_up()
    assert await world.ready()
    world.begin(world.card())
    await eventually(world.starts)


PATIENT = replace(LIMITS, start_read_s=20.0)


def now() -> float:
    return asyncio.get_running_loop().time()


# -- N3 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lasts_s", [0.0, 0.2, 0.45])
async def test_a_start_within_its_limit_is_simply_waited_for(
    lasts_s: float, tmp_path: Path
) -> None:
    async with sandbox(tmp_path, duration_s=lasts_s) as world:
        await began(world)
        await eventually(lambda: world.is_done)
        assert not set(world.phases) & set(DOUBT)
        assert world.starts() == 1
        world.judge()


@pytest.mark.parametrize("lasts_s", [0.9, 1.2])
async def test_a_start_beyond_its_limit_is_in_doubt_and_then_found_paid(
    lasts_s: float, tmp_path: Path
) -> None:
    async with sandbox(tmp_path, duration_s=lasts_s) as world:
        at = now()
        await began(world)
        await eventually(lambda: world.phase in DOUBT)
        assert now() - at < LONGEST_S + SOON_S
        await eventually(world.server.ledger)
        charged = now()
        await eventually(lambda: world.phase is Phase.PAID or world.is_done)
        assert now() - charged < SOON_S
        await world.see_through()
        assert world.starts() == 1
        world.judge()


@pytest.mark.parametrize("answer", ["504", "pending"])
async def test_a_gateway_that_answers_in_the_middle(answer: str, tmp_path: Path) -> None:
    async with sandbox(
        tmp_path, duration_s=0.5, gateway_timeout_s=0.15, gateway_answer=answer
    ) as world:
        await began(world)
        wanted = Phase.UNKNOWN if answer == "504" else Phase.UNPROVEN
        await world.rest()
        assert world.phase is wanted
        assert not world.server.ledger()
        with pytest.raises(PosError):
            world.till.payments.again(world.attempt)
        await eventually(lambda: world.is_done)
        assert world.starts() == 1
        world.judge()


@pytest.mark.parametrize("after_s", [0.05, 0.3])
async def test_a_connection_that_is_silently_gone(after_s: float, tmp_path: Path) -> None:
    """The charge is made and its answer never comes: a read beside the call tells within one poll."""
    async with SandboxServer(duration_s=after_s) as server, Middle.before(server) as middle:
        middle.swallows = True
        async with a_world(server, tmp_path, url=middle.url) as world:
            server.backend.base_url = middle.url
            await began(world)
            await eventually(server.ledger)
            charged = now()
            await eventually(lambda: world.phase is Phase.PAID or world.is_done)
            assert now() - charged < SOON_S
            await world.see_through()
            assert world.starts() == 1
            world.judge()


async def test_an_answer_that_drips_ends_at_the_deadline(tmp_path: Path) -> None:
    """Each byte restarts the read time-out; the deadline of the whole call does not care."""
    async with sandbox(tmp_path) as world:
        world.server.fault("start", "slow_drip", interval_s=0.05)
        world.gate.hooks["start"] = [lambda: _no_reads(world)]
        at = now()
        await began(world)
        await eventually(lambda: world.phase in DOUBT)
        assert now() - at < LONGEST_S + SOON_S
        assert world.server.ledger()
        with pytest.raises(PosError):
            world.begin(world.cash())
        await world.see_through()
        assert world.starts() == 1
        world.judge()


def _no_reads(world: World) -> None:
    world.server.fault("order", "status:503", count=None)


async def test_keys_are_answered_while_a_start_hangs(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as world:
        world.server.fault("start", "hang")
        await began(world)
        world.till.next_sale()
        slowest = 0.0
        while world.phase is Phase.WAITING or world.phase is None:
            at = now()
            await asyncio.sleep(0)
            slowest = max(slowest, now() - at)
            await asyncio.sleep(0.005)
        assert slowest < 0.25  # two shared cores; the loop itself never waits
        assert world.phase in DOUBT


# -- N4 ------------------------------------------------------------------------------------------------------


@dataclass
class Middle:
    """A middle box before the server: sends a GET a second time when the first is not answered in time.

    That is what `proxy_next_upstream error timeout` does, for GET but not for POST or PUT.
    """

    upstream: int
    port: int = 0
    patience_s: float | None = None
    swallows: bool = False
    sent: list[bytes] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    @asynccontextmanager
    async def before(cls, server: SandboxServer) -> AsyncIterator[Middle]:
        middle = cls(int(server.url.rpartition(":")[2]))
        listener = await asyncio.start_server(middle.serve, "127.0.0.1", 0)
        middle.port = listener.sockets[0].getsockname()[1]
        try:
            yield middle
        finally:
            listener.close()
            for task in middle.tasks:
                task.cancel()
            await asyncio.gather(*middle.tasks, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with suppress(asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                is_start = head.startswith(b"GET ") and b"/start " in head
                if is_start and self.swallows:
                    await self._ask(head + body)
                    await reader.read()
                    break
                writer.write(await self._answer(head + body, is_start=is_start))
                await writer.drain()
                if is_start or b"connection: close" in head.lower():
                    break
        writer.close()

    async def _answer(self, request: bytes, *, is_start: bool) -> bytes:
        if not is_start or self.patience_s is None:
            return await self._ask(request)
        first = asyncio.ensure_future(self._ask(request))
        self.tasks.add(first)  # type: ignore[arg-type]  # it ends with the others
        done, _ = await asyncio.wait((first,), timeout=self.patience_s)
        return first.result() if done else await self._ask(request)

    async def _ask(self, request: bytes) -> bytes:
        self.sent.append(request.split(b"\r\n", 1)[0])
        request = request.replace(b"keep-alive", b"close")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()

    @property
    def starts(self) -> int:
        return sum(b"/start " in line for line in self.sent)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@pytest.mark.parametrize("running", ["conflict", "join", "queue"])
@pytest.mark.parametrize("lasts_s", [0.0, 0.25])
async def test_a_start_that_a_middle_box_sends_twice_charges_once(
    lasts_s: float, running: str, tmp_path: Path
) -> None:
    """Variant (i): START of a paid payment returns it."""
    async with (
        SandboxServer(duration_s=lasts_s, start_while_running=running) as server,
        Middle.before(server) as middle,
    ):
        middle.patience_s = 0.1
        if not lasts_s:
            server.fault("start", "hang", act="before")
        async with a_world(server, tmp_path, url=middle.url) as world:
            server.backend.base_url = middle.url
            await began(world)
            await eventually(lambda: world.is_done)
            await eventually(lambda: middle.starts == 2)
            await world.settle()
            assert world.gate.count("start") == 1
            if running != "queue":
                world.judge()
            else:
                # Such a server runs it again by itself: what the till can do is to say so.
                assert len(server.ledger()) <= 2


@pytest.mark.parametrize("lasts_s", [0.0, 0.25])
async def test_a_second_charge_by_a_middle_box_is_not_hidden(
    lasts_s: float, tmp_path: Path
) -> None:
    """Variant (ii): START of a paid payment charges again. The till itself asks once."""
    async with (
        SandboxServer(duration_s=lasts_s, start_on_paid="charge") as server,
        Middle.before(server) as middle,
    ):
        middle.patience_s = 0.1
        if not lasts_s:
            server.fault("start", "hang", act="before")
        async with a_world(server, tmp_path, url=middle.url) as world:
            server.backend.base_url = middle.url
            await began(world)
            await world.rest()
            await eventually(lambda: middle.starts == 2)
            await world.settle()
            assert world.gate.count("start") == 1
            if len(server.ledger()) > 1:
                # The server shows one payment, paid once: no read can tell. The till says no more than that.
                assert world.of_sale.paid == world.of_sale.total
            else:
                await world.see_through()
                world.judge()


async def test_a_status_that_nobody_knows_is_neither_paid_nor_final(tmp_path: Path) -> None:
    """F9 at 6: the word comes while the terminal still runs."""
    async with sandbox(tmp_path, duration_s=0.4, gateway_timeout_s=0.1) as world:
        world.server.settings(gateway_answer="pending")

        def unknown(body: bytes) -> bytes:
            answer = json.loads(body)
            answer["data"] |= {"status": "IN_REVIEW", "is_paid": None}
            return json.dumps(answer).encode()

        world.gate.rewrite["start"] = [unknown]
        await began(world)
        await world.rest()
        assert world.phase is Phase.UNKNOWN
        assert "IN_REVIEW" in world.reason
        assert not world.server.ledger()
        with pytest.raises(PosError):
            world.till.payments.again(world.attempt)
        await eventually(lambda: world.is_done)
        assert world.starts() == 1
        world.judge()


# -- N5 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slept_s", [5, 60, 600, 8 * 3600])
@pytest.mark.parametrize("key", ["approve", "decline"])
async def test_after_a_sleep_only_a_read_settles_a_start(
    key: str, slept_s: int, tmp_path: Path
) -> None:
    async with sandbox(tmp_path, limits=PATIENT) as world:
        await paying(world)
        if key == "approve":
            world.server.fault("start", "drop_after")
        world.clock.boot_offset_s += slept_s
        await eventually(lambda: world.phase is Phase.UNKNOWN)
        assert "slept" in world.reason
        assert Choice.AGAIN not in world.choices
        assert world.server.terminal("Counter 1")["payment_id"]
        world.server.press("Counter 1", key)
        await eventually(lambda: world.is_done or world.phase is Phase.RETRY)
        assert world.is_done == (key == "approve")
        assert world.starts() == 1
        assert len(world.server.ledger()) == int(world.is_done)


# -- N6 ------------------------------------------------------------------------------------------------------

CLOCKS: dict[str, Callable[[int], timedelta]] = {
    "back a day": lambda n: timedelta(days=-1),
    "ahead a year": lambda n: timedelta(days=366),
    "stepping": lambda n: timedelta(hours=(-1) ** n * n),
}


@asynccontextmanager
async def bending(world: World, how: str) -> AsyncIterator[None]:
    """Bend the wall clock at every turn."""

    async def bend() -> None:
        n = 0
        while True:
            world.clock.wall_offset = CLOCKS[how](n)
            n += 1
            await asyncio.sleep(0.01)

    task = asyncio.ensure_future(bend())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("how", CLOCKS)
@pytest.mark.parametrize("state", ["WAITING", "UNKNOWN", "UNPROVEN", "CONFIRMING", "LATE"])
async def test_a_wall_clock_moves_no_payment(state: str, how: str, tmp_path: Path) -> None:
    async with (
        SandboxServer() as server,
        a_world(
            server,
            tmp_path,
            limits=PATIENT,
            policy=PaymentPolicy(
                quarantine_s=30.0, hold_s=20.0, first_read_s=0.05, read_s=0.05, slow_read_s=0.05
            ),
        ) as world,
    ):
        await in_state(world, state)
        before = world.of_sale.attempts[world.attempt].state
        stage, starts = world.of_sale.stage, world.starts()
        async with bending(world, how):
            await world.settle()
            await world.settle()
        assert world.of_sale.attempts[world.attempt].state is before
        assert world.of_sale.stage is stage
        assert world.starts() == starts
        assert Choice.AGAIN not in world.choices
        if state == "UNKNOWN":
            assert Choice.SAY_DECLINED not in world.choices


async def in_state(world: World, state: str) -> None:
    if state == "WAITING":
        await paying(world)
        return
    faults = {"UNKNOWN": ("start", "drop_before"), "CONFIRMING": ("pay", "drop_before")}
    if state in faults:
        world.server.fault(*faults[state], count=None)
    if state == "UNPROVEN":
        world.server.terminal("Counter 1", script=["abort"])
    if state == "LATE":
        world.server.settings(invoice_delay_s=600)
    world.ring_up()
    assert await world.ready()
    world.begin(world.cash() if state == "CONFIRMING" else world.card())
    if state == "LATE":
        await eventually(lambda: world.phase is Phase.PAID and world.gate.count("poll"))
        return
    wanted = Phase[state]
    await eventually(lambda: world.phase is wanted)
    if state == "CONFIRMING":
        await eventually(lambda: world.gate.count("pay") > 1)
