"""The till on a simulated shop: no settings, no credentials, no network.

The shop is a process of its own and is spoken to over HTTP like any other; this module is the only one
that knows both sides, and neither side knows of it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tui_pos import bootstrap
from tui_pos.adapters.catalogue import import_csv
from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.domain.errors import PosError
from tui_pos.domain.text import clean
from tui_pos.ports.customer import Prompt
from tui_pos.sandbox import shop as sandbox_shop
from tui_pos.sandbox.remote import RefusedByControl, RemoteSandbox
from tui_pos.services.payments import PaymentPolicy
from tui_pos.services.till import Shop

BY_HAND = "Counter 2"
NOTE = "Try 8712345000004, or type coffee. F12 plays the customer."


@dataclass(frozen=True, slots=True)
class Pace:
    """How the simulated world goes, in seconds."""

    latency_s: float = 0.0
    customer_s: float = 4.0


class DemoCustomer:
    """Presses the keys of the sandbox's terminals, over its control API."""

    keys = (
        ("approve", "pay: the card is accepted"),
        ("abort", "press the red key: cancel"),
        ("decline", "the card is declined"),
        ("silent", "walk away: no answer"),
    )

    def __init__(self, control: str) -> None:
        self.sandbox = RemoteSandbox(control)

    def take_over(self) -> None:
        """Let one terminal wait for whoever tries the demo; blocks until the shop is up."""
        for _ in range(100):
            try:
                self.sandbox.terminal(BY_HAND, mode="manual")
            except (OSError, RefusedByControl):
                time.sleep(0.1)
            else:
                return

    async def prompts(self) -> Sequence[Prompt]:
        try:
            found = await asyncio.to_thread(self.sandbox.terminals)
        except (OSError, RefusedByControl):
            return []
        return [
            Prompt(
                str(t["id"]),
                clean(str(t["name"])),
                clean(str(t["shows"] or t["state"])),
                t["payment_id"] is not None,
            )
            for t in found
        ]

    async def press(self, terminal_id: str, key: str) -> str:
        try:
            await asyncio.to_thread(self.sandbox.press, terminal_id, key)
        except (OSError, RefusedByControl) as error:
            return clean(str(error))
        return ""


@dataclass(frozen=True, slots=True)
class _World:
    """A simulated shop at work."""

    url: str
    token: str
    customer: DemoCustomer
    folder: Path


@contextmanager
def _world(data: Path | None, pace: Pace) -> Iterator[_World]:
    """The shop's server as a process of its own; it ends with this one, whatever happens to this one.

    Its socket listens before it starts, so that the address is known and nobody waits for it.
    """
    folder = data or Path(tempfile.mkdtemp(prefix="tui-pos-demo-"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    port = listener.getsockname()[1]
    token = bootstrap.keep_secret(secrets.token_urlsafe(24))
    command = [sys.executable, "-m", "tui_pos", "sandbox", "--until-stdin-closes"]
    command += ["--listener", str(listener.fileno()), "--customer-s", str(pace.customer_s)]
    command += ["--latency-ms", str(round(pace.latency_s * 1000)), "--data", str(folder / "shop")]
    process = subprocess.Popen(  # noqa: S603  our own program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(listener.fileno(),),
        env={**os.environ, "TUI_POS_SANDBOX_TOKEN": token},
        start_new_session=True,
    )
    listener.close()
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield _World(
            f"http://127.0.0.1:{port}",
            token,
            DemoCustomer(f"http://127.0.0.1:{port}/_sandbox"),
            folder,
        )
    finally:
        signal.signal(signal.SIGTERM, before)
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, frame: object) -> None:
    """Ended from outside: leave in order, so that nothing stays behind."""
    raise SystemExit(128 + number)


def _wire(world: _World) -> bootstrap.Wired:
    catalogue = world.folder / "catalogue.sqlite"
    if not catalogue.exists():
        import_csv(BytesIO(sandbox_shop.catalogue_csv().encode()), catalogue, sandbox_shop.CURRENCY)
    return bootstrap.wire(
        Shop("demo", store="Demo shop", cashier="Anna", note=NOTE),
        AfostoOptions(world.url, sandbox_shop.STORE_CHANNEL),
        lambda: world.token,
        journal_url=f"sqlite:///{world.folder / 'demo.journal'}",
        catalogue=catalogue,
        invoices=world.folder / "invoices",
        policy=PaymentPolicy(),
    )


def run(data: Path | None, pace: Pace, theme: str) -> int:
    """The demo on this console, until it is ended; answers the exit code."""
    with _world(data, pace) as world:
        bootstrap.log_to(world.folder / "till.log")
        try:
            wired = _wire(world)
        except PosError as error:
            return bootstrap.refuse(error)
        threading.Thread(target=world.customer.take_over, daemon=True).start()
        return bootstrap.show(wired, theme=theme, customer=world.customer)


def play(data: Path | None, pace: Pace) -> int:
    """One sale without a console: its transcript and its receipt on standard output."""
    from tui_pos.demo_sale import play_sale

    with _world(data, Pace(pace.latency_s, min(pace.customer_s, 0.5))) as world:
        bootstrap.log_to(world.folder / "till.log")
        try:
            return asyncio.run(play_sale(_wire(world), world.customer.sandbox.terminal, sys.stdout))
        except PosError as error:
            return bootstrap.refuse(error)
