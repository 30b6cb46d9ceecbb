"""A whole till on the real sandbox over HTTP, with a real journal and a real catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal

from tui_pos.adapters.catalogue import SqliteCatalogue, import_csv
from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.commerce.afosto.adapter import Afosto
from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.adapters.documents import FolderDocuments
from tui_pos.adapters.journal import open_journal
from tui_pos.domain.events import Event, Noticed
from tui_pos.sandbox import shop as shop_data
from tui_pos.sandbox.server import SandboxServer
from tui_pos.services.payments import PaymentPolicy
from tui_pos.services.till import Doors, Shop, Till

SHOP = Shop("till-1", store="Utrecht", cashier="Anna")
POLICY = PaymentPolicy(
    quarantine_s=2.0,
    hold_s=0.5,
    first_read_s=0.3,
    read_s=0.1,
    slow_read_s=0.2,
    watch_every_s=0.1,
)
LIMITS = Limits(retry_waits_s=(0.05, 0.1), start_read_s=5.0, start_grace_s=1.0)


async def eventually(fact: Callable[[], object], *, within_s: float = 15.0) -> None:
    """Wait for a fact; fail with its source when it does not come true."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while not fact():
        assert loop.time() < end, "it never came true"
        await asyncio.sleep(0.005)


@dataclass
class Bench:
    """A till, its events, and the server that judges it."""

    till: Till
    server: SandboxServer
    events: list[Event]
    folder: Path

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Noticed)]


def fill_catalogue(folder: Path) -> Path:
    """The sandbox shop's own export, imported."""
    path = folder / "catalogue.sqlite"
    if not path.exists():
        import_csv(BytesIO(shop_data.catalogue_csv().encode()), path, "EUR")
    return path


def codes(count: int, start: int = 0) -> list[str]:
    """GTINs of different products of the sandbox's shop."""
    return [p.gtin for p in list(shop_data.products().values())[start : start + count]]


@asynccontextmanager
async def a_till(
    server: SandboxServer,
    folder: Path,
    *,
    shop: Shop = SHOP,
    policy: PaymentPolicy = POLICY,
    limits: Limits = LIMITS,
    with_catalogue: bool = True,
    token: str = "",
    start: bool = True,
    start_by: Literal["blocking", "execute"] = "blocking",
) -> AsyncIterator[Bench]:
    """A started till; what the journal in `folder` has open goes on."""
    options = AfostoOptions(server.url, server.channel_id, limits=limits, start=start_by)
    clock = SystemClock()
    journal = open_journal(f"sqlite:///{folder / 'till.journal'}", shop.till_id, clock)
    if with_catalogue:
        fill_catalogue(folder)
    catalogue = SqliteCatalogue(folder / "catalogue.sqlite")
    doors = Doors(
        Afosto(options, lambda: token or server.token),
        catalogue,
        journal,
        clock,
        FolderDocuments(folder / "invoices"),
        policy,
    )
    till = Till(replace(shop), doors)
    events: list[Event] = []
    till.subscribe(events.append)
    await till.recover()
    if start:
        await till.start()
    try:
        yield Bench(till, server, events, folder)
    finally:
        await till.close()
        catalogue.close()
