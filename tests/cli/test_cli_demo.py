"""`demo` without a console plays one sale to its invoice, and leaves nothing behind but what was asked for."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from program import PROGRAM, PlayedDemo, Program

from tui_pos.sandbox.server import SandboxServer


def wait_for(fact: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def in_order(text: str, *words: str) -> bool:
    """Whether words stand in a text, each after the one before it."""
    place = 0
    for word in words:
        found = text.find(word, place)
        if found < 0:
            return False
        place = found + len(word)
    return True


def test_one_sale_with_an_abort_a_second_try_an_invoice_and_a_receipt(program: Program) -> None:
    done = program("demo", "--customer-s", "0")
    assert (done.code, done.err) == (0, "")
    assert in_order(
        done.out,
        "scanned 8712345000004",
        "scanned 8712345000370",
        "scanned 8712345000004",
        "to pay",
        "presses the red key",
        "not paid",
        "once more on the same terminal, the same payment",
        "paid",
        "order opened, invoice",
        "Demo shop",
        "TOTAL",
        "VAT 9 %",
        "PIN terminal (Counter 1)",
        "Invoice ",
    )
    assert all(line.isprintable() for line in done.out.splitlines())
    receipt = done.out.partition("Demo shop")[2].splitlines()
    assert max(map(len, receipt)) <= 42
    assert program.processes() == []
    assert list(program.temporary.iterdir()) == []
    assert {path.name for path in program.folder.iterdir()} == {"home", "tmp"}
    assert list((program.folder / "home").iterdir()) == []


def test_a_console_that_cannot_draw_gets_the_transcript(program: Program) -> None:
    environment = program.environment() | {"TERM": "dumb"}
    child = pexpect.spawn(
        PROGRAM[0],
        [*PROGRAM[1:], "demo", "--customer-s", "0"],
        env=environment,
        timeout=30,
        encoding="utf-8",
    )
    shown = child.read()
    child.close()
    assert child.exitstatus == 0
    assert "once more on the same terminal" in shown
    assert "\x1b" not in shown


async def test_the_shop_of_two_demos_has_one_charge_for_each(
    played: PlayedDemo, tmp_path: Path
) -> None:
    assert played.done.code == 0
    copy = tmp_path / "sandbox.sqlite"
    for part in (played.folder / "shop").iterdir():
        (tmp_path / part.name).write_bytes(part.read_bytes())
    assert copy.exists()
    async with SandboxServer(data=tmp_path) as server:
        assert [charge.amount for charge in server.ledger()] == [2640, 2640]


def test_a_kept_folder_is_gone_on_with(played: PlayedDemo) -> None:
    assert "order 100002" in played.done.out
    assert re.search(r"invoice \d{4}-0002 kept as", played.done.out)
    assert played.journal.exists()
    assert len(list((played.folder / "invoices").glob("*.pdf"))) == 2
    for path in (played.journal, *(played.folder / "invoices").iterdir()):
        assert path.stat().st_mode & 0o077 == 0
    assert list(played.program.temporary.iterdir()) == []
    assert played.program.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_shop_ends_with_the_demo_however_that_ends(
    program: Program, number: signal.Signals
) -> None:
    with program.spawn("demo", "--customer-s", "30") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        for line in child.stdout:
            if "presses the red key" in line:
                break
        assert len(program.processes()) == 2
        child.send_signal(number)
        assert child.wait(15) != 0
        assert "Traceback" not in child.stderr.read()
    wait_for(lambda: program.processes() == [])
    if number is not signal.SIGKILL:
        assert list(program.temporary.iterdir()) == []
