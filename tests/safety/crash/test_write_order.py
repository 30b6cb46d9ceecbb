"""K2: the intent is on the disk before the first byte of its money call leaves, seen from outside by strace.

`TUI_POS_CRASH_RUNS=20` looks at a hundred calls of each kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import codes

from crash.cashier import F
from crash.matrix import RUNS
from crash.station import Run, Shop
from crash.syscalls import durable_at, need_strace, read, sent_at

COUNT = 1 if RUNS == 2 else 5 * RUNS
TRACED = "trace=fsync,fdatasync,pwrite64,sendto,sendmsg,write,connect"
PATHS = {
    "start_intended": "GET /api/commerce/payments/{payment}/start ",
    "pay_intended": "PUT /api/commerce/payments/management/{payment}/pay ",
    "create_intended": "POST /api/commerce/orders/{order}/payments ",
}


@pytest.mark.timeout(60 + 8 * COUNT)
@pytest.mark.parametrize("tender", ["card", "cash"])
def test_the_intent_is_durable_before_the_call_leaves(
    tender: str, shop: Shop, tmp_path: Path
) -> None:
    need_strace()
    run = Run(shop, tmp_path, {}, tender)
    trace = tmp_path / "trace"
    options = ("strace", "-f", "-qq", "-o", str(trace), "-e", TRACED, "-e", "signal=none")
    with run.till(*options, "-ttt", "-y", "-s", "4200") as till:
        till.show("Scan an item")
        for n in range(COUNT):
            till.send(f"{codes(1, start=n % 100)[0]}\r").show(r"^\W*1\W+\d{8,14}\s")
            till.send(F["F9"]).show("► Enter .*Counter 1")
            if tender == "cash":
                till.send(F["F10"]).show("Enter takes")
            till.send("\r").show(r"^\W*Paid").show("Invoice .*-")
            till.send("\r").show("Scan an item")
    calls = read(trace)
    reader = run.reader()
    assert reader is not None
    rows = list(reader.export())
    payments = {
        row["attempt_id"]: row["body"]["payment_id"] for row in rows if row["kind"] == "created"
    }
    looked_at = []
    for row in rows:
        if row["kind"] not in PATHS:
            continue
        request = PATHS[row["kind"]].format(
            payment=payments[row["attempt_id"]], order=row["body"].get("order_id", "")
        )
        durable = durable_at(calls, "till.journal-wal", row["hash"])
        sent = sent_at(calls, request)
        assert durable >= 0, f"{row['kind']} {row['seq']} was never flushed"
        assert sent >= 0, f"{request} was not seen"
        assert durable < sent, f"{request} left before its intent was flushed"
        looked_at.append(row["kind"])
    assert looked_at.count("create_intended") == COUNT
    assert len(looked_at) == 2 * COUNT
