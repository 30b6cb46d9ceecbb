"""The real screens over a till without network: what the drawing and the keys cost, and nothing else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ui"))

from tui_pos.ui import terminal_env

terminal_env.prepare()

from stand_in_till import StandIn  # noqa: E402

from tui_pos.ui.app import TillApp, run  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--basket", type=int, default=0)
    parser.add_argument("--theme", default="till-dark")
    given = parser.parse_args()
    till = StandIn()
    for number in range(1, given.basket + 1):
        till.ring_up(f"{number:013d}"[-9:].rjust(13, "5"))
    sys.exit(run(TillApp(till.as_till(), theme=given.theme)))


if __name__ == "__main__":
    main()
