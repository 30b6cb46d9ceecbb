"""What is in memory when the till first takes a scan: the rest comes later."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATE = {
    "httpx",
    "httpcore",
    "pydantic",
    "pydantic_core",
    "ariadne",
    "graphql",
    "starlette",
    "uvicorn",
}
LATE |= {"babel", "segno", "stamina", "reportlab", "rich.markdown", "rich.traceback"}

PROGRAM = """
import asyncio, json, sys
sys.path[:0] = [{root!r}, {here!r}]
from tui_pos.ui import terminal_env
terminal_env.prepare()
from tui_pos.ui.app import TillApp
from stand_in_till import StandIn

async def main():
    loaded = []
    class Late(StandIn):
        async def start(self):
            loaded.extend(sys.modules)
    app = TillApp(Late().as_till())
    async with app.run_test() as pilot:
        while not loaded:
            await asyncio.sleep(0.01)
    print(json.dumps(loaded))

asyncio.run(main())
"""


def test_only_the_screen_is_loaded_before_the_first_frame() -> None:
    program = PROGRAM.format(root=str(ROOT), here=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert set(json.loads(done.stdout)) & LATE == set()


def test_settings_of_textual_from_outside_are_dropped() -> None:
    from tui_pos.ui import terminal_env

    environ = {"TEXTUAL_DRIVER": "evil:Driver", "TEXTUAL_ALLOW_SIGNALS": "1", "HOME": "/x"}
    terminal_env.prepare(environ)
    assert "TEXTUAL_DRIVER" not in environ
    assert "TEXTUAL_ALLOW_SIGNALS" not in environ
    assert environ["TEXTUAL_FPS"] == "240"
    assert environ["HOME"] == "/x"
