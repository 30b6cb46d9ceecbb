"""`journal` lists, shows, checks and exports, also a journal that is in use or damaged."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from program import GOOD, PROGRAM, Done, PlayedDemo, Program

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import open_journal

VERBS = (("list",), ("show", "0"), ("verify",), ("export",))


@pytest.fixture
def ask(played: PlayedDemo, program: Program) -> Callable[..., Done]:
    """Asks the demo's journal."""
    return lambda *arguments: program("journal", "--file", played.journal, *arguments)


def test_the_list_names_every_payment_newest_first(ask: Callable[..., Done]) -> None:
    done = ask("list")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    form = r"  [0-9a-f]{8}  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d +26\.40 EUR  closed +Counter 1"
    assert len(lines) == 2
    assert all(re.fullmatch(form, line) for line in lines)
    times = [line[12:31] for line in lines]
    assert times == sorted(times, reverse=True)


def test_a_payment_is_shown_from_scan_to_close(ask: Callable[..., Done]) -> None:
    payment = ask("list").out.split()[0]
    done = ask("show", payment)
    assert (done.code, done.err) == (0, "")
    kinds = [line.split()[2] for line in done.out.splitlines()[1:]]
    assert kinds[0] == "sale_opened"
    assert kinds[-1] == "sale_closed"
    money = [kind for kind in kinds if kind.startswith(("create", "start", "found", "outcome"))]
    assert money == [
        "create_intended",
        "created",
        "start_intended",
        "outcome_settled",
        "start_intended",
        "found_paid",
    ]
    sale = done.out.split()[1]
    assert ask("show", sale[:8]).out == done.out


def test_a_name_that_is_not_there_is_said(ask: Callable[..., Done]) -> None:
    done = ask("show", "nothing-of-this-name")
    assert (done.code, done.out) == (1, "")
    assert "nothing-of-this-name" in done.complaint


def test_showing_nothing_by_name_asks_for_one(ask: Callable[..., Done]) -> None:
    done = ask("show", "")
    assert (done.code, done.out) == (1, "")
    assert "Name a payment or a sale" in done.complaint


def test_a_whole_chain_is_said(ask: Callable[..., Done]) -> None:
    done = ask("verify")
    assert (done.code, done.err) == (0, "")
    assert "whole" in done.out


def test_the_export_holds_every_row_and_no_secret(
    ask: Callable[..., Done], played: PlayedDemo
) -> None:
    done = ask("export")
    assert (done.code, done.err) == (0, "")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["till"] for row in rows} == {"demo"}
    assert all(row["hash"] == after["prev_hash"] for row, after in itertools.pairwise(rows))
    assert "://" not in done.out
    assert "sandbox_" not in done.out
    assert done.out.isascii()


def damaged(played: PlayedDemo, folder: Path, old: bytes, new: bytes) -> Path:
    data = played.journal.read_bytes()
    assert old in data
    path = folder / "damaged.journal"
    path.write_bytes(data.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"quantity":1', b'"quantity":2'),
        (b"create_intended", b"create_intendee"),
        (b'"minor":2640', b'"minor":2641'),
        (b"Anna", b"Hans"),
        (b"Anna", b"Ann\xe1"),
        (b'{"code"', b'["code"'),
    ],
)
def test_a_changed_row_is_found_and_named(
    played: PlayedDemo, program: Program, old: bytes, new: bytes
) -> None:
    path = damaged(played, program.folder, old, new)
    done = program("journal", "--file", path, "verify")
    assert (done.code, done.err) == (1, "")
    assert re.fullmatch(r"The chain breaks: row \d+: was changed .*\n", done.out)


def test_a_flipped_bit_of_a_row_is_found(played: PlayedDemo, program: Program) -> None:
    row = json.loads(program("journal", "--file", played.journal, "export").out.splitlines()[7])
    data = played.journal.read_bytes()
    texts = (row["hash"], row["prev_hash"], row["body"]["fingerprint"], row["at"])
    places = {data.index(text.encode()) for text in texts}
    for place in places:
        path = program.folder / "flipped.journal"
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        done = program("journal", "--file", path, "verify")
        assert (done.code, done.err) == (1, "")
        assert "breaks: row" in done.out


@pytest.mark.parametrize("verb", ["list", "verify", "export"])
@pytest.mark.parametrize("what", ["missing", "empty", "foreign", "half", "folder"])
def test_what_is_no_journal_is_said_in_one_line(
    played: PlayedDemo, program: Program, verb: str, what: str
) -> None:
    path = program.folder / "some.journal"
    match what:
        case "empty":
            path.touch()
        case "foreign":
            path.write_bytes(b"no journal " * 1000)
        case "half":
            path.write_bytes(played.journal.read_bytes()[:5000])
        case "folder":
            path.mkdir()
        case _:
            pass
    done = program("journal", "--file", path, verb)
    assert (done.code, done.out) == (1, "")
    assert str(path) in done.complaint
    assert path.exists() == (what != "missing")


def test_the_settings_name_the_journal(played: PlayedDemo, program: Program) -> None:
    text = f'{GOOD}\n[journal]\nurl = "sqlite:///{played.journal}"\n'
    done = program("journal", "--config", program.settings(text), "list")
    assert done.code == 0
    assert "26.40 EUR" in done.out


@pytest.fixture
def held(program: Program) -> Path:
    """Settings of a till of which the journal is named."""
    return program.settings(f'{GOOD}\n[journal]\nurl = "sqlite:///till-1.journal"\n')


async def test_a_second_till_is_refused_and_told_who_holds_it(program: Program, held: Path) -> None:
    url = f"sqlite:///{program.folder / 'till-1.journal'}"
    journal = open_journal(url, "till-1", SystemClock())
    try:
        child = pexpect.spawn(
            sys.executable,
            [*PROGRAM[1:], "run", "--config", str(held)],
            env=program.environment(),
            timeout=30,
            encoding="utf-8",
            dimensions=(24, 200),
        )
        shown = child.read()
        child.close()
        assert child.exitstatus == 3
        assert "Another process holds this till" in shown
        assert f"process {os.getpid()} on " in shown
        assert shown.count("\n") == 1
        assert "\x1b" not in shown

        reading = program("journal", "--config", held, "list")
        assert (reading.code, reading.err) == (0, "")
        assert program("journal", "--config", held, "verify").code == 0
    finally:
        await journal.close()


async def test_a_second_demo_on_a_console_is_refused_too(program: Program) -> None:
    folder = program.folder / "kept"
    journal = open_journal(f"sqlite:///{folder / 'demo.journal'}", "demo", SystemClock())
    try:
        command = shlex.join([*PROGRAM, "demo", "--data", str(folder)])
        shown, code = pexpect.run(
            command, env=program.environment(), timeout=30, encoding="utf-8", withexitstatus=True
        )
        assert code == 3
        assert f"process {os.getpid()} on " in shown
        assert program.processes() == []
    finally:
        await journal.close()


async def test_a_second_demo_without_a_console_is_refused_too(program: Program) -> None:
    folder = program.folder / "kept"
    journal = open_journal(f"sqlite:///{folder / 'demo.journal'}", "demo", SystemClock())
    try:
        done = program("demo", "--data", folder)
        assert (done.code, done.out) == (3, "")
        assert f"process {os.getpid()} on " in done.complaint
        assert program.processes() == []
    finally:
        await journal.close()
