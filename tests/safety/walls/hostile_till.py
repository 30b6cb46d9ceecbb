"""A whole till in this process, on a hostile shop, with every connection it opens on record."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hostile_shop import TOKEN, HostileShop

from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.bootstrap import wire
from tui_pos.domain.events import Event, Noticed
from tui_pos.domain.order import PaymentMethod, TenderKind
from tui_pos.services.payment_view import PaymentView, Phase
from tui_pos.services.payments import PaymentPolicy, Tender
from tui_pos.services.sale import Sale
from tui_pos.services.till import Shop, Till

SHORT = Limits(
    connect_s=1.0,
    read_s=0.6,
    read_deadline_s=1.0,
    money_read_s=0.6,
    money_deadline_s=1.0,
    start_read_s=0.8,
    start_grace_s=0.2,
    document_deadline_s=1.0,
    retry_waits_s=(0.01,),
    longest_wait_s=0.05,
)
POLICY = PaymentPolicy(
    quarantine_s=2.0, hold_s=0.5, first_read_s=0.3, read_s=0.2, slow_read_s=0.2, watch_every_s=5.0
)
ENDED = (Phase.REFUSED, Phase.RETRY, Phase.UNKNOWN, Phase.UNPROVEN, Phase.PAID)
NEVER_SAID = ("Traceback", "Error(", "://", "Bearer", "<html", "None", "{", "evil", TOKEN)


def is_calm(words: str) -> bool:
    """Whether a sentence is fit for a person."""
    return words[-1:] == "." and words.isprintable() and not any(w in words for w in NEVER_SAID)


@dataclass
class Calls:
    """Addresses that were connected to and names that were looked up."""

    connected: list[tuple[str, int]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)


_watching: list[Calls] = []


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event == "socket.connect" and isinstance(args[1], tuple):
        for calls in _watching:
            calls.connected.append((str(args[1][0]), int(args[1][1])))
    elif _watching and event == "socket.getaddrinfo":
        for calls in _watching:
            calls.looked_up.append(str(args[0]))


sys.addaudithook(_hear)


@contextmanager
def on_record() -> Iterator[Calls]:
    """Every connection and every look-up of this process."""
    calls = Calls()
    _watching.append(calls)
    try:
        yield calls
    finally:
        _watching.remove(calls)


@dataclass
class Stranger:
    """A server that nobody may talk to."""

    port: int
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def a_stranger() -> Iterator[Stranger]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stranger = Stranger(listener.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(1)
                    stranger.heard.append(b"connected")
                    try:
                        stranger.heard.append(connection.recv(65_536))
                    except OSError:
                        continue

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield stranger
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(2)


@dataclass
class Bench:
    """A till, what it said, and ways to work with it."""

    till: Till
    shop: HostileShop
    folder: Path
    events: list[Event] = field(default_factory=list)

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Noticed)]

    async def until(self, fact: Callable[[], object], *, within_s: float = 10.0) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while not fact():
            assert loop.time() < end, "it never came true"
            await asyncio.sleep(0.002)

    async def rung_up(self, code: str = "0000000000001") -> tuple[Sale, list[PaymentMethod]]:
        """A sale of one item, ready to be paid."""
        self.till.ring_up(code)
        sale = self.till.current
        return sale, list(await self.till.ready_to_pay(sale))

    def begin(self, sale: Sale, methods: list[PaymentMethod]) -> str:
        card = next(m for m in methods if m.kind is TenderKind.CARD)
        return self.till.payments.begin(sale, Tender(card, sale.due, card.terminals[0]))

    async def ended(self, attempt: str) -> PaymentView:
        """What a person sees once nothing moves by itself any more."""
        await self.until(lambda: self.till.payments.view(attempt).phase in ENDED)
        return self.till.payments.view(attempt)


@asynccontextmanager
async def a_wired_till(
    shop: HostileShop, folder: Path, *, limits: Limits = SHORT, **options: Any
) -> AsyncIterator[Bench]:
    """A started till, wired as the program wires it."""
    wired = wire(
        Shop("till-1", store="Utrecht", cashier="Anna"),
        AfostoOptions(shop.url, "channel", limits=limits, **options),
        lambda: TOKEN,
        journal_url=f"sqlite:///{folder / 'till.journal'}",
        catalogue=folder / "catalogue",
        invoices=folder / "invoices",
        policy=POLICY,
    )
    bench = Bench(wired.till, shop, folder)
    wired.till.subscribe(bench.events.append)
    await wired.open()
    await wired.till.start()
    try:
        yield bench
    finally:
        await wired.close()
