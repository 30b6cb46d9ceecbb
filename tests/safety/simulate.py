"""The full safety runs: `python tests/safety/simulate.py --seeds 20000`, or one seed with its whole story.

Prints what was found; ends with 1 if anybody was charged twice, or a paid sale was lost.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from simulation.shift import Setting, play  # noqa: E402

KINDS = ("double", "reported", "lost", "ghost", "broken", "short", "stuck", "bugs")


def tried(setting: Setting, seed: int) -> tuple[int, int, Counter[str], list[str]]:
    run = play(seed, setting)
    verdict = run.verdict
    counts = Counter({kind: len(getattr(verdict, kind)) for kind in KINDS})
    counts += Counter(sales=verdict.sales, charges=verdict.charges, crashes=verdict.crashes)
    return seed, run.variant, counts, [kind for kind in KINDS if getattr(verdict, kind)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="where to begin")
    parser.add_argument("--seed", type=int, help="play one and print its story")
    parser.add_argument("--variant", type=int, choices=(1, 2, 3), help="one kind of server only")
    parser.add_argument("--jobs", type=int, default=2)
    wish = parser.parse_args()
    setting = Setting(variant=wish.variant)
    if wish.seed is not None:
        run = play(wish.seed, setting)
        print(run.story)
        return 0 if run.verdict.is_clean else 1
    began = time.monotonic()
    totals: dict[int, Counter[str]] = {1: Counter(), 2: Counter(), 3: Counter()}
    examples: dict[str, list[int]] = {}
    with ProcessPoolExecutor(wish.jobs) as pool:
        seeds = range(wish.first, wish.first + wish.seeds)
        for seed, variant, counts, kinds in pool.map(partial(tried, setting), seeds, chunksize=50):
            totals[variant] += counts + Counter(runs=1)
            for kind in kinds:
                examples.setdefault(kind, []).append(seed)
    for variant, counts in totals.items():
        found = ", ".join(f"{kind} {counts[kind]}" for kind in KINDS)
        size = ", ".join(
            f"{counts[name]} {name}" for name in ("runs", "sales", "charges", "crashes")
        )
        print(f"server variant {variant}: {size}: {found}")
    for kind, found_in in examples.items():
        print(f"{kind}: seeds {found_in[:10]}")
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if any(examples.get(kind) for kind in KINDS[:5]) else 0


if __name__ == "__main__":
    sys.exit(main())
