"""Who imports whom, at run time: a lazy import that became eager costs every start."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "textual rich httpx pydantic ariadne starlette uvicorn reportlab babel segno stamina".split()
)


def loaded_after(statement: str) -> set[str]:
    """The top-level modules in a fresh process after a statement."""
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "module",
    [
        "tui_pos",
        "tui_pos.cli",
        "tui_pos.bootstrap",
        "tui_pos.journal_report",
        "tui_pos.services.till",
        "tui_pos.services.payments",
        "tui_pos.config.load",
        "tui_pos.ui.ingress",
        "tui_pos.ui.keymap",
        "tui_pos.ui.present",
    ],
)
def test_nothing_heavy_is_loaded(module: str) -> None:
    assert not loaded_after(f"import {module}") & set(HEAVY)


def test_the_app_is_there_without_the_network() -> None:
    heavy = loaded_after("import tui_pos.ui.app, tui_pos.ui.screens.sale, tui_pos.bootstrap")
    assert heavy & set(HEAVY) == {"textual", "rich"}


def test_the_sandbox_knows_no_other_room() -> None:
    code = "import tui_pos.sandbox.server, tui_pos.sandbox.serve, sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    ours = {name for name in done.stdout.split() if name.startswith("tui_pos.")}
    assert all(name.startswith("tui_pos.sandbox") for name in ours)
