"""What can be set. Plain data: a validation library would take a quarter of the time to the first screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tui_pos.config.secret import TokenSource

DEFAULT = "default"


class SettingsError(Exception):
    """The settings cannot be used. One line: the file, the key, what is wrong and the nearest right name."""


class NoSettings(SettingsError):
    """There is no settings file.

    Attributes:
        path: where it was looked for.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: there is no settings file")
        self.path = path


@dataclass(frozen=True, slots=True)
class Till:
    """The selling position."""

    id: str
    currency: str
    country: str
    locale: str
    store: str = ""
    cashier: str = ""
    note: str = ""
    terminal_id: str = ""
    cash_rounding: bool = False
    invoicing: str = "all"
    theme: str = "dark"


@dataclass(frozen=True, slots=True)
class Afosto:
    """What Afosto's documents leave open."""

    create_payment_path: str = "/api/commerce/orders/{order_id}/payments"
    pay_path: str = "/api/commerce/payments/management/{payment_id}/pay"
    start: str = "blocking"
    start_timeout_s: int = 240
    quarantine_s: int = 250
    payment_options_path: str = "options.payment.methods"
    action_ids_field: str = "ids"
    drawer_id: str = ""
    document_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backend:
    """The shop's server.

    Attributes:
        base_url: an origin and perhaps a path, without a slash at the end.
        token: gives the token that counts now; reads its source at every call.
    """

    kind: str
    base_url: str
    channel_id: str
    token: TokenSource
    afosto: Afosto = field(default_factory=Afosto)


@dataclass(frozen=True, slots=True)
class Journal:
    """Where the journal is: `sqlite:///` and an absolute path, or `postgresql://...`."""

    url: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Where the local product index is."""

    path: Path


@dataclass(frozen=True, slots=True)
class Invoices:
    """Where invoices are kept."""

    folder: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one till.

    Attributes:
        path: the file, as it was named.
        origins: where each value comes from, by ("till", "id"): the file as it was named, or "default".
    """

    path: Path
    till: Till
    backend: Backend
    journal: Journal
    catalogue: Catalogue
    invoices: Invoices
    origins: Mapping[tuple[str, ...], str] = field(default_factory=lambda: MappingProxyType({}))
