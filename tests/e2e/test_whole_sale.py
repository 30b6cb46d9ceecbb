"""The real program, typed at, judged by the terminals' own ledger."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from console import Console, F, World, a_world
from harness import codes

from tui_pos.adapters.journal import read_journal

SCANS = "".join(f"{code}\r" for code in codes(3))


def ring_up(till: Console) -> None:
    till.show("Scan an item").send(SCANS).show(r"^\W*3\W+\d{13}")


def charges(world: World) -> list[int]:
    return [c["amount"] for c in world.sandbox.ledger() if c["kind"] == "card"]


def kinds(world: World) -> list[str]:
    """What the till's journal holds by now."""
    reader = read_journal(f"sqlite:///{world.folder / 'till.journal'}")
    try:
        return [str(row["kind"]) for row in reader.export()]
    finally:
        reader.close()


def invoices(world: World) -> list[Path]:
    return sorted((world.folder / "invoices").glob("*.pdf"))


def test_abort_retry_paid_invoice_is_one_charge(tmp_path: Path) -> None:
    with a_world(tmp_path, "--customer-s", "0.2") as world, world.till() as till:
        world.sandbox.terminal("Counter 1", script=["abort", "approve"])
        ring_up(till)
        till.send(F[9]).show("Counter 1").send("\r")
        till.show("Outcome not known").send("d")
        till.show(r"Enter\b.*(again|same)").send("\r")
        till.show(r"^\W*Paid").show(r"Invoice\W+\d{4}-\d+")
        till.until(lambda: invoices(world))
        assert len(charges(world)) == 1
        assert len(world.sandbox.calls("start")) == 2
        assert len(world.sandbox.calls("createPayment")) == 1
        till.send(f"{codes(1)[0]}\r").show(r"^\W*1\W+\d{13}")


def test_a_standard_sale_takes_two_keys_and_four_with_a_quantity(tmp_path: Path) -> None:
    with a_world(tmp_path, "--customer-s", "0") as world, world.till() as till:
        ring_up(till)
        till.send(F[9]).send("\r").show(r"^\W*Paid")
        till.send(f"{codes(1)[0]}\r").show(r"^\W*1\W+\d{13}")
        till.send("3").send("*").send(f"{codes(1, start=1)[0]}\r").show(r"^\W*2\W+\d{13}.*\b3\b")
        till.send(F[9]).send("\r").show(r"^\W*Paid")
        till.until(lambda: len(charges(world)) == 2)


def test_the_next_customer_is_served_while_a_terminal_waits(tmp_path: Path) -> None:
    with a_world(tmp_path, "--customer-s", "0") as world, world.till() as till:
        world.sandbox.terminal("Counter 1", mode="manual")
        ring_up(till)
        till.send(F[9]).show("Counter 1").send("\r").show("Ask the customer")
        till.send("\r\r\x1b\r").send(SCANS)
        till.show("3 scans")
        till.send(F[6]).show(r"^\W*3\W+\d{13}")
        assert charges(world) == []
        world.sandbox.press("Counter 1", "approve")
        till.until(lambda: len(charges(world)) == 1)
        till.until(lambda: invoices(world))
        till.show(r"^\W*3\W+\d{13}")
        assert len(world.sandbox.calls("start")) == 1


def test_thirty_codes_in_one_write_are_thirty_lines_in_order(tmp_path: Path) -> None:
    scans = codes(30)
    with a_world(tmp_path) as world, world.till(size=(100, 50)) as till:
        till.show("Scan an item").send("".join(f"{code}\r" for code in scans))
        till.show(r"^\W*30\W+\d{13}")
        shown = re.findall(r"^\W*(\d+)\W+(\d{13})", till.text, re.MULTILINE)
        assert shown == [(str(n), code) for n, code in enumerate(scans, 1)]
        assert world.sandbox.calls("createOrder") is not None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_a_till_that_dies_in_mid_payment_goes_on_where_it_was(
    number: signal.Signals, tmp_path: Path
) -> None:
    with a_world(tmp_path, "--customer-s", "0") as world:
        world.sandbox.terminal("Counter 1", mode="manual")
        with world.till() as till:
            ring_up(till)
            till.send(F[9]).show("Counter 1").send("\r").show("Ask the customer")
            till.until(lambda: world.sandbox.terminal("Counter 1")["payment_id"])
            till.child.kill(number)
            till.end()
        with world.till() as till:
            till.show("Outcome not known|in doubt|1 payment")
            world.sandbox.press("Counter 1", "approve")
            till.until(lambda: invoices(world))
            assert len(charges(world)) == 1
            assert len(world.sandbox.calls("start")) == 1


def test_a_basket_is_there_again_after_a_kill(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        with world.till() as till:
            ring_up(till)
            till.until(lambda: kinds(world).count("line_added") == 3)
            till.child.kill(signal.SIGKILL)
            till.end()
        with world.till() as till:
            till.show(r"^\W*3\W+\d{13}")


def test_a_second_process_is_refused_and_told_who_holds_the_till(tmp_path: Path) -> None:
    with a_world(tmp_path) as world, world.till() as first:
        first.show("Scan an item")
        with world.till() as second:
            assert second.end() == 3
            assert "holds this till" in second.raw
        ring_up(first)


def test_the_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    with a_world(tmp_path) as world, world.till() as till:
        till.show("Scan an item").send("quit\r").show("Leave the till").send(F[9])
        assert till.end() == 0
        assert "\x1b[?1049l" in till.raw
        assert "Traceback" not in till.raw
