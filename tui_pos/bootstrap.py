"""Wires settings to adapters, adapters to services, services to the screen. Imported only by commands."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_pos.adapters.catalogue import SqliteCatalogue
from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.commerce.afosto.adapter import Afosto
from tui_pos.adapters.commerce.afosto.options import AfostoOptions
from tui_pos.adapters.commerce.limits import Limits
from tui_pos.adapters.documents import FolderDocuments
from tui_pos.adapters.journal import SqliteJournal, open_journal
from tui_pos.config.paths import state_folder
from tui_pos.config.secret import SecretUnreadable
from tui_pos.config.settings import Settings
from tui_pos.domain.errors import JournalHeld, NotAllowed, PosError
from tui_pos.domain.events import Level, Noticed
from tui_pos.domain.order import Drawer
from tui_pos.domain.text import clean
from tui_pos.services.payments import PaymentPolicy
from tui_pos.services.recovery import Recovered
from tui_pos.services.till import Doors, Shop, Till

if TYPE_CHECKING:
    from tui_pos.ports.customer import Customer

DONE, FAILED, WRONG, HELD = 0, 1, 2, 3
_secrets: set[str] = set()
_SHORTEST_SECRET = 8
_SCRUBBED = ("SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "BROWSER")


@dataclass(slots=True)
class Wired:
    """A till with what must be closed after it."""

    till: Till
    catalogue: SqliteCatalogue
    journal: SqliteJournal

    async def open(self) -> Recovered:
        """Take up what the journal has open; on the event loop, before the first key."""

        def trouble(words: str) -> None:
            self.till.emit(Noticed(Level.ALARM, words))

        self.journal.on_trouble = trouble
        return await self.till.recover()

    async def close(self) -> None:
        await self.till.close()
        await asyncio.to_thread(self.catalogue.close)


def wire(
    shop: Shop,
    options: AfostoOptions,
    token: Callable[[], str],
    *,
    journal_url: str,
    catalogue: Path,
    invoices: Path,
    policy: PaymentPolicy,
) -> Wired:
    """A till on Afosto.

    Raises:
        JournalHeld: another process holds this till.
        JournalError: the journal cannot be used.
    """
    clock = SystemClock()
    products = SqliteCatalogue(catalogue)
    journal = open_journal(journal_url, shop.till_id, clock)
    journal.cashier = shop.cashier
    doors = Doors(
        Afosto(options, token),
        products,
        journal,
        clock,
        FolderDocuments(invoices),
        policy,
    )
    return Wired(Till(shop, doors), products, journal)


def wire_settings(settings: Settings) -> Wired:
    """The till that the settings describe.

    Raises:
        PosError: the journal cannot be used.
        ValueError: a value that the backend cannot work with.
    """
    till, backend, afosto = settings.till, settings.backend, settings.backend.afosto
    drawers = (Drawer(afosto.drawer_id, afosto.drawer_id),) if afosto.drawer_id else ()
    options = AfostoOptions(
        backend.base_url,
        backend.channel_id,
        currency=till.currency,
        country=till.country,
        start="execute" if afosto.start == "execute" else "blocking",
        payment_options_path=afosto.payment_options_path,
        action_ids=afosto.action_ids_field,
        create_payment_path=afosto.create_payment_path,
        pay_path=afosto.pay_path,
        document_origins=afosto.document_origins,
        drawers=drawers,
        limits=Limits(start_read_s=float(afosto.start_timeout_s)),
    )

    def token() -> str:
        try:
            return keep_secret(backend.token().reveal())
        except SecretUnreadable as error:
            raise NotAllowed(str(error)) from None

    shop = Shop(
        till.id,
        store=till.store,
        locale=till.locale,
        currency=till.currency,
        country=till.country,
        cashier=till.cashier,
        note=till.note,
        terminal_id=till.terminal_id,
        drawer_id=afosto.drawer_id,
        cash_rounding=till.cash_rounding,
        invoicing=till.invoicing,
    )
    return wire(
        shop,
        options,
        token,
        journal_url=settings.journal.url,
        catalogue=settings.catalogue.path,
        invoices=settings.invoices.folder,
        policy=PaymentPolicy(quarantine_s=float(afosto.quarantine_s)),
    )


def run(settings: Settings) -> int:
    """The till, full screen, until it is ended; answers the exit code."""
    log_to(state_folder(os.environ, settings.till.id) / "till.log")
    try:
        wired = wire_settings(settings)
    except PosError as error:
        return refuse(error)
    except ValueError as error:
        print(f"tui-pos: {settings.path}: [backend] {error}", file=sys.stderr)
        return WRONG
    return show(wired, theme=settings.till.theme)


def show(wired: Wired, *, theme: str, customer: Customer | None = None) -> int:
    """A wired till on this console, until it is ended; answers the exit code."""
    from tui_pos.ui import terminal_env

    for name in _SCRUBBED:
        os.environ.pop(name, None)
    terminal_env.prepare()
    return asyncio.run(_show(wired, theme, customer))


async def _show(wired: Wired, theme: str, customer: Customer | None) -> int:
    from tui_pos.ui.app import TillApp

    await wired.open()
    app = TillApp(
        wired.till,
        theme=f"till-{theme}",
        note=wired.till.shop.note,
        on_close=wired.close,
        customer=customer,
    )
    await app.run_async(mouse=False)
    code = app.return_code
    return app.return_value if app.return_value is not None else (70 if code is None else code)


def refuse(error: PosError) -> int:
    """Say in one line why a command cannot go on; answers its exit code."""
    print(f"tui-pos: {clean(error.sentence, limit=1_000)}", file=sys.stderr)
    return HELD if isinstance(error, JournalHeld) else FAILED


class _Discreet(logging.Formatter):
    """Knows the live secrets and leaves them out, wherever they got into a record from."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in _secrets:
            text = text.replace(secret, "***")
        return text


def keep_secret(value: str) -> str:
    """A secret, from now on left out of the log."""
    if len(value) >= _SHORTEST_SECRET:
        _secrets.add(value)
    return value


def log_to(path: Path) -> None:
    """Diagnostics go to a file, never over the screen."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_Discreet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for loud in ("httpx", "httpcore", "stamina"):
        logging.getLogger(loud).setLevel(logging.WARNING)


def import_catalogue(settings: Settings, file: Path) -> int:
    """`tui-pos catalogue import`: 0 if every row was taken, 1 if some or all were not."""
    from tui_pos.adapters.catalogue import CatalogueError, Summary, import_csv

    def progress(rows: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{rows:,} rows", end="", file=sys.stderr, flush=True)

    try:
        summary: Summary = import_csv(
            file, settings.catalogue.path, settings.till.currency, progress=progress
        )
    except CatalogueError as error:
        return refuse(error)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    lines: Sequence[str] = [f"line {bad.line}: {bad.reason}" for bad in summary.bad]
    print("\n".join(lines[:20]), end="\n" if lines else "", file=sys.stderr)
    print(
        f"{summary.imported:,} products in {summary.seconds:.1f} s; {summary.bad_count:,} rows left out"
    )
    return FAILED if summary.bad_count else DONE
