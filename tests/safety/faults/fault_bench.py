"""A till at the real sandbox, with a hand on everything between them: the wire, the clocks and the disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness import SHOP, codes, eventually, fill_catalogue

from tui_pos.adapters.catalogue import SqliteCatalogue
from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.commerce.afosto.adapter import Afosto
from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.adapters.documents import FolderDocuments
from tui_pos.adapters.journal import open_journal
from tui_pos.domain.attempt import Cash
from tui_pos.domain.errors import JournalError, PosError
from tui_pos.domain.events import Event, Level, Noticed, PaymentChanged
from tui_pos.domain.money import Money
from tui_pos.domain.order import TenderKind
from tui_pos.ports.journal import Entry, Journal, Row
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services import finishing, order_sync
from tui_pos.services import till as till_module
from tui_pos.services.payment_view import Choice, Phase
from tui_pos.services.payments import PaymentPolicy, Tender
from tui_pos.services.sale import InvoiceStage, Sale, Stage
from tui_pos.services.till import Doors, Shop, Till

POLICY = PaymentPolicy(
    quarantine_s=0.8,
    hold_s=0.2,
    first_read_s=0.05,
    read_s=0.05,
    slow_read_s=0.1,
    watch_every_s=0.05,
)
LIMITS = Limits(
    read_s=0.5,
    read_deadline_s=0.6,
    money_read_s=0.5,
    money_deadline_s=0.6,
    start_read_s=0.6,
    start_grace_s=0.1,
    document_deadline_s=0.6,
    read_bytes=300_000,
    money_bytes=300_000,
    document_bytes=600_000,
    retry_waits_s=(0.02, 0.03),
    longest_wait_s=2.0,
)
LONGEST_SLEEP_S, NEVER_S = 0.04, 3600.0
DOUBT = (Phase.UNKNOWN, Phase.UNPROVEN)
ROOTS = {"paymentOptions": "order", "poll": "order"}
READS = ("order", "poll", "paymentOptions")


class Clock(SystemClock):
    """The machine's clocks, bent. Sleeps are asked for in full and last a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.wall_offset = timedelta()
        self.boot_offset_s = 0.0
        self.asked: list[float] = []

    def now(self) -> datetime:
        return super().now() + self.wall_offset

    def boot(self) -> float:
        return super().boot() + self.boot_offset_s

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(min(seconds, LONGEST_SLEEP_S) if seconds < NEVER_S else seconds)


class Disk:
    """A journal that fails where it is told to."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.fails: Callable[[Entry], bool] = lambda entry: False
        self.failed: list[str] = []
        self.kinds: list[str] = []

    def append(self, *entries: Entry) -> Awaitable[int]:
        bad = [entry.kind for entry in entries if self.fails(entry)]
        self.failed += bad
        if bad:
            return _Failed()
        self.kinds += [entry.kind for entry in entries]
        return self._journal.append(*entries)

    async def open_sales(self) -> Sequence[str]:
        return await self._journal.open_sales()

    async def rows(self, sale_id: str) -> Sequence[Row]:
        return await self._journal.rows(sale_id)

    async def watched(self) -> Sequence[str]:
        return await self._journal.watched()

    async def close(self) -> None:
        await self._journal.close()


class _Failed:
    def __await__(self) -> Any:
        raise JournalError("no space left on device")
        yield


Hook = Callable[[], Awaitable[None] | None]
Rewrite = Callable[[bytes], bytes]


@dataclass
class Gate:
    """Stands before every request of the till.

    Attributes:
        refuse: how many requests of an operation find no connection.
        hooks: done just before the next requests of an operation leave, one each.
        after: done when the next answer of an operation arrives, one each.
        rewrite: what happens to an operation's next answers, one each.
        attempts: operations in the order in which they were tried.
    """

    refuse: dict[str, int] = field(default_factory=dict)
    hooks: dict[str, list[Hook]] = field(default_factory=dict)
    after: dict[str, list[Hook]] = field(default_factory=dict)
    rewrite: dict[str, list[Rewrite]] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    answers: dict[str, list[bytes]] = field(default_factory=dict)

    def count(self, operation: str) -> int:
        return self.attempts.count(operation)

    def name(self, request: httpx.Request) -> str:
        path = request.url.path
        if path == "/graphql":
            name = str(json.loads(request.content)["operationName"])
            return "poll" if name == "order" and "openOrder" in self.attempts else name
        if path.startswith("/documents"):
            return "document"
        if path.endswith("/payments"):
            return "createPayment"
        return path.rsplit("/", 1)[-1]

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        send = httpx.AsyncHTTPTransport.handle_async_request

        async def handle(
            transport: httpx.AsyncHTTPTransport, request: httpx.Request
        ) -> httpx.Response:
            name = self.name(request)
            self.attempts.append(name)
            await _next(self.hooks, name)
            if self.refuse.get(name, 0) > 0:
                self.refuse[name] -= 1
                raise httpx.ConnectError("no route", request=request)
            response = await send(transport, request)
            if response.status_code == 200 and name != "document":
                response = await self._seen(name, response)
            await _next(self.after, name)
            return response

        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)

    async def _seen(self, name: str, response: httpx.Response) -> httpx.Response:
        wanted = self.rewrite.get(name)
        if not wanted:
            return response
        body = await response.aread()
        await response.aclose()
        return httpx.Response(200, stream=_Bytes(wanted.pop(0)(body)))


class _Bytes(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


async def _next(hooks: dict[str, list[Hook]], name: str) -> None:
    if hooks.get(name):
        result = hooks[name].pop(0)()
        if result is not None:
            await result


@dataclass
class World:
    """One till, what stands around it, and what it told."""

    server: SandboxServer
    folder: Path
    gate: Gate
    clock: Clock
    disk: Disk
    till: Till
    tokens: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    sale: Sale | None = None
    attempt: str = ""

    @property
    def alarms(self) -> list[str]:
        return [e.text for e in self.events if isinstance(e, Noticed) and e.level is Level.ALARM]

    @property
    def notices(self) -> list[str]:
        return [e.text for e in self.events if isinstance(e, Noticed)]

    @property
    def phase(self) -> Phase | None:
        jobs = self.till.payments.jobs
        return self.till.payments.view(self.attempt).phase if self.attempt in jobs else None

    @property
    def choices(self) -> tuple[Choice, ...]:
        jobs = self.till.payments.jobs
        return self.till.payments.view(self.attempt).choices if self.attempt in jobs else ()

    @property
    def reason(self) -> str:
        jobs = self.till.payments.jobs
        return self.till.payments.view(self.attempt).reason if self.attempt in jobs else ""

    @property
    def of_sale(self) -> Sale:
        assert self.sale is not None
        return self.sale

    @property
    def is_done(self) -> bool:
        return self.sale is not None and self.sale.stage is Stage.DONE

    def starts(self) -> int:
        return len(self.server.calls("start"))

    def watch(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, PaymentChanged) and event.attempt_id == self.attempt:
            phase = self.phase
            if phase is not None and (not self.phases or self.phases[-1] is not phase):
                self.phases.append(phase)

    # -- a cashier's hands

    def ring_up(self, count: int = 2, start: int = 0) -> Sale:
        for code in codes(count, start):
            self.till.ring_up(code)
        self.sale = self.till.current
        return self.sale

    async def ready(self) -> bool:
        """Press Pay; what the screen says goes to `said`."""
        try:
            async with asyncio.timeout(10):
                await self.till.ready_to_pay(self.of_sale)
        except PosError as error:
            self.said.append(error.sentence)
            return False
        return True

    def card(self, name: str = "Counter 1") -> Tender:
        sale = self.of_sale
        method = next(m for m in sale.methods if m.kind is TenderKind.CARD)
        return Tender(method, sale.due, next(t for t in method.terminals if t.name == name))

    def cash(self) -> Tender:
        sale = self.of_sale
        method = next(m for m in sale.methods if m.kind is TenderKind.CASH)
        drawer = self.till.drawers(method)[0].drawer_id
        asked = self.till.cash_asked(sale.due)
        return Tender(method, sale.due, cash=Cash(drawer, asked, asked + Money(500, "EUR")))

    def begin(self, tender: Tender) -> str:
        self.attempt = self.till.payments.begin(self.of_sale, tender)
        return self.attempt

    @property
    def stands(self) -> bool:
        """Whether a person must do something before anything goes on."""
        at_rest = (*DOUBT, Phase.RETRY, Phase.REFUSED, Phase.LEFT)
        if self.of_sale.invoice_stage is InvoiceStage.STOPPED:
            return True
        return self.phase in at_rest and not self.till.payments.busy(self.of_sale)

    async def rest(self) -> None:
        """Until the sale is finished or a person must do something."""
        await eventually(lambda: self.is_done or self.stands, within_s=10)

    async def settle(self) -> None:
        """Longer than any pause of the till lasts here."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 6 * LONGEST_SLEEP_S
        await eventually(lambda: loop.time() > end)

    async def see_through(self) -> None:
        """The fault is over: a cashier who does what the screen offers brings the sale to its end."""
        self.server.clear_faults()
        self.gate.refuse.clear()
        self.disk.fails = lambda entry: False
        loop = asyncio.get_running_loop()
        end = loop.time() + 12
        while not self.is_done:
            assert loop.time() < end, (self.phase, self.reason, self.of_sale.invoice_trouble)
            sale = self.of_sale
            if sale.invoice_stage is InvoiceStage.STOPPED:
                self.till.finisher.invoice(sale, sale.invoiceable)
            elif sale.stage is Stage.SELLING and self.phase is not Phase.REFUSED:
                if await self.ready() and sale.unresolved is None:
                    self.begin(self.card())
            elif Choice.AGAIN in self.choices:
                if await self.ready():
                    self.attempt = self.till.payments.again(self.attempt)
            await asyncio.sleep(0.01)

    def judge(self, charges: int = 1) -> None:
        """By the terminals' own ledger: nobody paid twice, nothing is lost, nothing is added."""
        sale = self.of_sale
        assert len(self.server.ledger()) == charges, self.server.ledger()
        if not self.is_done:
            return
        assert sale.order is not None
        orders = {o["id"]: o for o in self.server.state()["orders"]}
        order = orders[sale.order.order_id]
        assert {c.order_id for c in self.server.ledger()} == {sale.order.order_id}
        assert sum(c.amount for c in self.server.ledger()) == order["total"] == sale.total.minor
        wanted: dict[str, int] = {}
        for line in sale.basket:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        assert {i["sku"]: i["quantity"] for i in order["items"]} == wanted
        assert len(self.server.state()["invoices"]) == 1


SHORT: list[tuple[Any, str, Any]] = [
    (order_sync, "GATHER_S", 0.01),
    (order_sync, "PATIENCE_S", 0.02),
    (order_sync, "REBUILD_S", 0.02),
    (order_sync, "_BACKOFF_S", (0.02, 0.04)),
    (finishing, "PATIENCE_S", 0.3),
    (till_module, "METHODS_AHEAD_S", NEVER_S),
    (till_module, "LAST_GRACE_S", 0.0),
]


@asynccontextmanager
async def a_world(
    server: SandboxServer,
    folder: Path,
    *,
    policy: PaymentPolicy = POLICY,
    limits: Limits = LIMITS,
    shop: Shop = SHOP,
    url: str = "",
) -> AsyncIterator[World]:
    """A till that is started; what the journal in `folder` has open goes on."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in SHORT:
            patch.setattr(module, name, value)
        gate, clock, tokens = Gate(), Clock(), list[str]()
        gate.install(patch)

        def token() -> str:
            tokens.append(server.token)
            return server.token

        options = AfostoOptions(url or server.url, server.channel_id, limits=limits)
        disk = Disk(open_journal(f"sqlite:///{folder / 'till.journal'}", shop.till_id, clock))
        fill_catalogue(folder)
        catalogue = SqliteCatalogue(folder / "catalogue.sqlite")
        documents = FolderDocuments(folder / "invoices")
        doors = Doors(Afosto(options, token), catalogue, disk, clock, documents, policy)
        till = Till(replace(shop), doors)
        world = World(server, folder, gate, clock, disk, till, tokens)
        till.subscribe(world.watch)
        await till.recover()
        await till.start()
        try:
            yield world
        finally:
            await till.close()
            catalogue.close()
