"""K4: writes of the journal fail with ENOSPC and EIO from the n-th on, once, a few times or for ever.

`TUI_POS_CRASH_RUNS=20` plays four hundred.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from crash.cashier import Cashier
from crash.judge import judge
from crash.matrix import RUNS
from crash.station import TERMINAL, Run, Shop, some_goods
from crash.syscalls import need_strace

COUNT = 20 if RUNS == 2 else 20 * RUNS


@dataclass(frozen=True)
class Failure:
    """Which writes fail: the first one, how many, and how."""

    call: str
    error: str
    first: int
    count: int

    @property
    def expression(self) -> str:
        last = f"..{self.first + self.count - 1}" if self.count else "+"
        return f"inject={self.call}:error={self.error}:when={self.first}{last}"


def failure(n: int) -> Failure:
    chance = random.Random(f"disk/{n}")
    call, error = chance.choice(
        (("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO"), ("fdatasync", "ENOSPC"))
    )
    # A sale makes about 75 writes and 14 flushes; the later half is where the money is.
    first = chance.randint(1, 75) if call == "pwrite64" else chance.randint(1, 14)
    return Failure(call, error, first, chance.choice((0, 1, 2, 8)))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("n", range(COUNT))
def test_a_failing_disk_charges_nobody_unseen(n: int, shop: Shop, tmp_path: Path) -> None:
    need_strace()
    fault, tender = failure(n), ("card", "cash")[n % 2]
    run = Run(shop, tmp_path, some_goods(random.Random(n)), tender)
    shop.sandbox.terminal(TERMINAL, duration_s=0.2)
    cashier = Cashier(run)
    with run.till() as till:  # the journal is made on a healthy disk
        till.show("Scan an item")
    paths = [part for path in ("", "-wal") for part in ("-P", f"{run.journal}{path}")]
    options = ("strace", "-f", "-qq", "-o", str(tmp_path / "trace"), *paths)
    traced = ("-e", f"trace={fault.call}", "-e", fault.expression)
    run.story.append(f"-- a life with {fault.expression}, {tender}")
    with run.till(*options, *traced) as till:
        cashier.serve(till, is_doomed=True, within_s=4.0)
    injected = (tmp_path / "trace").read_text().count("(INJECTED)")
    run.story.append(f"{injected} calls failed")
    reader = run.reader()
    assert reader is not None
    kinds = Counter(row["kind"] for row in reader.export())
    reader.close()
    taken = len(run.charges())
    run.story.append(f"taken: {taken}, rows: {dict(kinds)}, told: {cashier.has_seen_unsaved}")
    is_saved = kinds["found_paid"] >= taken
    unwritten = judge(run, is_finished=True).unwritten
    print(n, *run.story[-2:], fault.expression, *set(judge(run, is_finished=True).bugs))
    assert not unwritten, "\n".join([*run.story, *unwritten])
    run.story.append("-- a healthy disk")
    with run.till() as till:
        is_finished = cashier.serve(till)
    verdict = judge(run, is_finished=is_finished)
    if injected:
        verdict.bugs.clear()  # a disk that fails is reported there
    assert not verdict.found, "\n".join([*run.story, run.log()[-1500:], str(verdict)])
    assert is_saved or cashier.has_seen_unsaved, "\n".join(run.story)
