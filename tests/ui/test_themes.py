"""Every text of the till can be read: contrast computed, in true colour and reduced to sixteen."""

from __future__ import annotations

import re

import pytest
from rich.color import Color, ColorSystem
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from tui_pos.ui import stylesheets, themes
from tui_pos.ui.widgets.canvas import STYLES

RULE = re.compile(r"Canvas > \.([\w-]+) \{ color: \$([\w-]+); background: \$([\w-]+);")
RULES = RULE.findall(stylesheets.load())
LINES = {"rule", "shade"}  # drawn, or dimmed on purpose; nothing there must be read
COLOURED = [themes.DARK, themes.CONTRAST]


def luminance(colour: Color) -> float:
    parts = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in colour.get_truecolor(DEFAULT_TERMINAL_THEME))
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(ink: Color, ground: Color) -> float:
    high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colours(theme: str, ink: str, ground: str, system: ColorSystem) -> tuple[Color, Color]:
    tokens = themes.TOKENS[theme]
    return tuple(Color.parse(tokens[name]).downgrade(system) for name in (ink, ground))  # type: ignore[return-value]


def test_every_style_has_a_rule() -> None:
    assert {name for name, _, _ in RULES} == STYLES


@pytest.mark.parametrize(
    "system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]
)
@pytest.mark.parametrize("theme", COLOURED)
@pytest.mark.parametrize(("name", "ink", "ground"), RULES)
def test_text_is_legible(theme: str, name: str, ink: str, ground: str, system: ColorSystem) -> None:
    if name in LINES:
        return
    chosen = name in ("box-selected", "key-next", "alarm")
    ratio = contrast(*colours(theme, ink, ground, system))
    assert ratio >= (4.5 if chosen else 7.0)


def test_terminals_without_colours_get_a_theme_without_colours() -> None:
    assert themes.choose("till-dark", {"NO_COLOR": "1"}) == themes.CONSOLE
    assert themes.choose("till-dark", {"TERM": "linux"}) == themes.CONSOLE
    assert themes.choose("till-contrast", {"TERM": "xterm"}) == themes.CONTRAST
    assert themes.choose("till-pink", {}) == themes.DARK
    assert set(themes.TOKENS[themes.CONSOLE].values()) == {"ansi_default"}
