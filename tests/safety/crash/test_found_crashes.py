"""What was found by killing the till, and must stay mended."""

from __future__ import annotations

from pathlib import Path

from harness import codes

from crash.cashier import Cashier
from crash.matrix import Death, Scene, play
from crash.station import Run, Shop
from crash.syscalls import need_strace


def test_a_sale_that_turns_out_paid_after_a_restart_is_told(shop: Shop, tmp_path: Path) -> None:
    """A cashier who saw no word of it would ring the customer's goods up a second time."""
    run = Run(shop, tmp_path, {codes(1)[0]: 1})
    cashier = Cashier(run)
    with run.till(point="start/after_send", way=1) as till:
        cashier.serve(till, is_doomed=True)
    with run.till() as till:
        till.until(lambda: cashier.is_finished())
        till.show("from before the restart, is paid", within_s=2.0)


def test_an_invoice_document_is_kept_after_a_restart(shop: Shop, tmp_path: Path) -> None:
    death = Death("invoice/after_result", 0)
    played = play(shop, tmp_path, Scene("document", (death,)))
    assert not played.verdict.found, played.story
    assert played.verdict.has_document


def test_no_half_document_bears_the_name_of_a_whole_one(shop: Shop, tmp_path: Path) -> None:
    death = Death("document/after_result", 1)
    played = play(shop, tmp_path, Scene("half a document", (death,)))
    assert all(p.read_bytes().rstrip().endswith(b"%%EOF") for p in played.run.documents())


def test_a_paid_sale_is_finished_once_the_disk_is_well_again(shop: Shop, tmp_path: Path) -> None:
    """Without a restart: two flushes fail while the invoice is written down."""
    need_strace()
    run = Run(shop, tmp_path, {codes(1)[0]: 1}, "cash")
    cashier = Cashier(run)
    with run.till() as till:
        till.show("Scan an item")
    paths = [part for path in ("", "-wal") for part in ("-P", f"{run.journal}{path}")]
    options = ("strace", "-f", "-qq", "-o", str(tmp_path / "trace"), *paths)
    fault = "inject=fdatasync:error=ENOSPC:when=13..14"
    with run.till(*options, "-e", "trace=fdatasync", "-e", fault) as till:
        assert cashier.serve(till, within_s=12.0), "\n".join([till.text, run.log()[-3000:]])
