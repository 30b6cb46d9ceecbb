"""Typed settings from one file. Unknown keys are refused with the nearest known name."""

from tui_pos.config.load import load
from tui_pos.config.secret import Secret, TokenSource
from tui_pos.config.settings import (
    Afosto,
    Backend,
    Catalogue,
    Invoices,
    Journal,
    NoSettings,
    Settings,
    SettingsError,
    Till,
)

__all__ = [
    "Afosto",
    "Backend",
    "Catalogue",
    "Invoices",
    "Journal",
    "NoSettings",
    "Secret",
    "Settings",
    "SettingsError",
    "Till",
    "TokenSource",
    "load",
]
