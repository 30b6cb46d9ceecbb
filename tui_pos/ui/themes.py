"""The till's own colours: what each is for, per theme. `styles/` says where they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

DARK, CONTRAST, CONSOLE = "till-dark", "till-contrast", "till-console"

_DARK = {
    "ground": "#121418",
    "ink": "#dfe3e8",
    "ink-dim": "#a9b1bb",
    "ink-strong": "#ffffff",
    "accent-ink": "#7fd1c4",
    "good-ink": "#8fd694",
    "warn-ink": "#f0c674",
    "bad-ink": "#ff9c8f",
    "rule-ink": "#4a525c",
    "bar-ground": "#1f242b",
    "bar-ink": "#dfe3e8",
    "bar-ink-dim": "#b3bbc4",
    "box-ground": "#1f252d",
    "box-line": "#7fd1c4",
    "chosen-ground": "#7fd1c4",
    "chosen-ink": "#0b1210",
    "shade-ink": "#5b636d",
    "alarm-ground": "#8c1f16",
    "alarm-ink": "#ffffff",
    "paper-ground": "#ffffff",
    "paper-ink": "#000000",
}
_CONTRAST = {
    "ground": "#000000",
    "ink": "#ffffff",
    "ink-dim": "#ffffff",
    "ink-strong": "#ffffff",
    "accent-ink": "#00ffff",
    "good-ink": "#aaffaa",
    "warn-ink": "#ffff00",
    "bad-ink": "#ffff00",
    "rule-ink": "#ffffff",
    "bar-ground": "#000000",
    "bar-ink": "#ffffff",
    "bar-ink-dim": "#ffffff",
    "box-ground": "#000000",
    "box-line": "#ffffff",
    "chosen-ground": "#ffffff",
    "chosen-ink": "#000000",
    "shade-ink": "#808080",
    "alarm-ground": "#ffff00",
    "alarm-ink": "#000000",
    "paper-ground": "#ffffff",
    "paper-ink": "#000000",
}
# Base colours only: the Linux console and NO_COLOR. Weight and reverse video come from the style sheet.
_CONSOLE = dict.fromkeys(_DARK, "ansi_default")
TOKENS: Mapping[str, Mapping[str, str]] = {DARK: _DARK, CONTRAST: _CONTRAST, CONSOLE: _CONSOLE}


def theme(name: str) -> Theme:
    """A theme by its name.

    Raises:
        KeyError: there is none of that name.
    """
    tokens = dict(TOKENS[name])
    if name == CONSOLE:
        plain = BUILTIN_THEMES["ansi-dark"]
        return replace(plain, name=name, variables=plain.variables | tokens)
    return Theme(
        name=name,
        primary=tokens["accent-ink"],
        foreground=tokens["ink"],
        background=tokens["ground"],
        surface=tokens["bar-ground"],
        panel=tokens["box-ground"],
        variables=tokens,
    )


def choose(wanted: str, environ: Mapping[str, str]) -> str:
    """The theme for a terminal: without colours where the user or the terminal has none to spare."""
    if "NO_COLOR" in environ or environ.get("TERM") in ("linux", "vt100", "vt220"):
        return CONSOLE
    return wanted if wanted in TOKENS else DARK


def is_console(environ: Mapping[str, str]) -> bool:
    """Whether only the old code page's line drawing can be trusted."""
    return environ.get("TERM") in ("linux", "vt100", "vt220")
