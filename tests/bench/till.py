"""The real screens over a till without network: what the drawing and the keys cost, and nothing else."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ui"))

from tui_pos.ui import terminal_env

terminal_env.prepare()

from stand_in_till import StandIn  # noqa: E402

from tui_pos.ports.catalogue import Item  # noqa: E402
from tui_pos.ui.app import TillApp, run  # noqa: E402

HOSTILE = "Bolt [/M6] \x1b]0;x\x07\x1b[2J\x9b2J\u202egnp\u2028 [@click=app.quit]x[/]"


def _stumble(code: str) -> Item:
    raise RuntimeError(f"a bug with {code}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--basket", type=int, default=0)
    parser.add_argument("--theme", default="till-dark")
    parser.add_argument("--bug", action="store_true", help="stumble over the first scan")
    parser.add_argument(
        "--hostile", action="store_true", help="articles have names that terminals obey"
    )
    logging.basicConfig(handlers=[logging.NullHandler()])
    given = parser.parse_args()
    till = StandIn()
    if given.bug:
        till.find = _stumble  # type: ignore[method-assign]
    if given.hostile:
        till.find = lambda code: Item(code, HOSTILE)  # type: ignore[method-assign]
    for number in range(1, given.basket + 1):
        till.ring_up(f"{number:013d}"[-9:].rjust(13, "5"))
    sys.exit(run(TillApp(till.as_till(), theme=given.theme)))


if __name__ == "__main__":
    main()
