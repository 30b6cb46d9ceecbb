"""No key, no byte, no signal and no bug leads from the till to a shell, or leaves a terminal spoilt."""

from __future__ import annotations

import os
import re
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hostile_console import F, RawConsole, a_console, a_till
from hostile_shop import TOKEN, HostileShop, a_shop
from raw_output import is_harmless
from sinks import command
from walls_corpus import FULL, STRINGS

LEFT = b"\x1b[?1049l"
KEYS = {
    **{f"ctrl+{chr(96 + n)}": chr(n) for n in range(1, 27)},
    "ctrl+\\": "\x1c",
    "ctrl+]": "\x1d",
    "ctrl+^": "\x1e",
    "ctrl+_": "\x1f",
    "nul": "\x00",
    "escape": "\x1b",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    **{
        f"f{n}": f"\x1b[{code}~"
        for n, code in zip(range(5, 21), (15, *range(17, 32)), strict=False)
    },
    **{f"f{n} of a console": f"\x1b[[{chr(64 + n)}" for n in range(1, 6)},
    **{f"shift+f{n}": f"\x1b[1;2{final}" for n, final in zip(range(1, 5), "PQRS", strict=True)},
    **{f"alt+{char}": f"\x1b{char}" for char in "!|:xzq"},
    "kitty ctrl+z": "\x1b[122;5u",
    "kitty ctrl+c": "\x1b[99;5u",
    "kitty ctrl+p": "\x1b[112;5u",
    "kitty ctrl+q": "\x1b[113;5u",
    "modified ctrl+z": "\x1b[27;5;122~",
    "mouse": "\x1b[<0;5;5M\x1b[<0;5;5m",
    "mouse of old": "\x1b[M !!",
    "focus": "\x1b[O\x1b[I",
    "answer to a report": "\x1b[?62;c\x1b[24;80R\x1b[?2026;1$y\x1bP>|evil\x1b\\\x1b]11;rgb:0/0/0\x1b\\",
    "bang": "!sh\r",
    "colon": ":!sh\r",
    "shell words": "; sh\r$(sh)\r`sh`\r",
    "resize answer": "\x1b[48;24;80;480;800t",
}


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def alive(till: RawConsole, number: int) -> None:
    """It still sells, and has started nothing else."""
    code = f"{7_000_000_000_000 + number}"
    till.send(f"\x15{code}\r")
    for _ in range(40):  # out of whatever was opened; the scan waits for the sale
        till.send("\x1b")
        till.read(0.15)  # longer than the wait for the rest of a sequence
        if code in till.text and "┌─" not in till.text:
            break
    till.show(code, within_s=5)
    assert not is_stopped(till.child.pid)
    assert children(till.child.pid) == []
    assert LEFT not in till.data
    assert "Traceback" not in till.text


@contextmanager
def selling(folder: Path, **state: object) -> Iterator[tuple[HostileShop, RawConsole]]:
    with a_shop(**state) as shop, a_till(shop, folder, size=(100, 100)) as till:
        till.show("Scan an item")
        yield shop, till


def test_no_key_leads_out(tmp_path: Path) -> None:
    with selling(tmp_path) as (_, till):
        for number, (name, data) in enumerate(KEYS.items()):
            till.send(data)
            till.read(0.02)
            if number % 12 == 11 or name in ("ctrl+z", "ctrl+c", "ctrl+\\", "ctrl+q"):
                alive(till, number)
        alive(till, 999)
        assert till.leave() == 0
        is_harmless(till.found)


def test_no_key_leads_out_of_a_payment(tmp_path: Path) -> None:
    with selling(tmp_path, starts="PENDING") as (shop, till):
        till.send("0000000000001\r").show("0000000000001").send(F[9]).show("card terminal")
        till.send("\r").show("Outcome not known")
        for name, data in KEYS.items():
            if "\r" not in data:
                till.send(data)
                till.read(0.01)
            assert not is_stopped(till.child.pid), name
        till.read(0.3)
        assert children(till.child.pid) == []
        assert LEFT not in till.data
        assert shop.calls("start") == 1
        till.leave()
        is_harmless(till.found)


def test_no_bytes_lead_out(tmp_path: Path) -> None:
    """The corpus typed, and pasted, at the sale: whatever it is taken for, it is not obeyed."""
    strings = STRINGS if FULL else STRINGS[::3]
    with selling(tmp_path) as (_, till):
        for number, text in enumerate(strings):
            data = text[:3_000].encode("utf-8", "surrogatepass")
            till.send(b"\x1b[200~" + data.replace(b"\x1b[201~", b"") + b"\x1b[201~\r")
            till.read(0.001)
            till.send(data[:400] + b"\x1b\\\r\x15")
            till.read(0.001)
            if number % 80 == 79:
                alive(till, number)
        alive(till, 0)
        assert till.leave() == 0
        is_harmless(till.found, is_typed=True)
    for verb in ("list", "export", "verify"):
        code, out, err = command("journal", "--file", str(tmp_path / "till.journal"), verb)
        assert (code, err) == (0, "")
        assert out.replace("\n", "").isprintable()


def modes(till: RawConsole) -> tuple[int, ...]:
    flags = termios.tcgetattr(till.child.child_fd)
    return (flags[0], flags[1], flags[3] & (termios.ICANON | termios.ECHO | termios.ISIG))


SHELL = """
import subprocess, sys
code = subprocess.call([sys.executable, *sys.argv[1:]])
print(f"ended with {code}", flush=True)
sys.stdin.readline()
"""


def inside_a_session(folder: Path, shop: HostileShop, *program: str) -> tuple[list[str], str]:
    from hostile_console import settle

    keeper = folder / "keeper.py"
    keeper.write_text(SHELL)
    settings = settle(folder, shop.url)
    wanted = program or ("-m", "tui_pos")
    return [str(keeper), *wanted, "run", "--config", str(settings)], str(settings)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, tmp_path: Path) -> None:
    with a_shop() as shop:
        program, settings = inside_a_session(tmp_path, shop)
        with a_console(program, tmp_path) as console:
            before = modes(console)
            console.show("Scan an item").send("0000000000001\r").show("Article")
            assert modes(console) != before
            (till,) = children(console.child.pid)
            os.kill(till, number)
            console.wrote("ended with 0")
            assert modes(console) == before
            found = console.found
            for entered, left in (("?1049h", "?1049l"), ("?25l", "?25h"), ("?2004h", "?2004l")):
                assert found.own.get(f"\x1b[{entered}") == found.own.get(f"\x1b[{left}")
            console.send("\n")
            console.end()
        assert not (tmp_path / "till.journal-wal").exists()
        assert command("journal", "--config", settings, "verify")[0] == 0


BUG = """
import sys
from tui_pos.services.till import Till
def stumble(self, code, quantity=1):
    secret = "LOCAL-" + "CANARY"
    raise RuntimeError(f"a bug with {code}")
Till.ring_up = stumble
from tui_pos.cli import main
sys.exit(main())
"""


def test_a_bug_is_one_calm_sentence(tmp_path: Path) -> None:
    with a_shop() as shop:
        bug = tmp_path / "bug.py"
        bug.write_text(BUG)
        program, settings = inside_a_session(tmp_path, shop, str(bug))
        with a_console(program, tmp_path, size=(200, 40)) as console:
            before = modes(console)
            console.show("Scan an item").send("4711-CODE\r").wrote("ended with 70")
            assert modes(console) == before
            after = console.data.partition(LEFT)[2].decode()
            words = re.sub(r"\x1b\[[0-9;?<>]*[A-Za-z]", "", after)
            assert len(re.findall(r"Reference: ([0-9a-f]{8})", words)) == 1
            for never in ("Traceback", "RuntimeError", "4711-CODE", "LOCAL-CANARY", TOKEN, "File "):
                assert never not in words
            console.send("\n")
            console.end()
        reference = re.search(r"Reference: ([0-9a-f]{8})", words)
        assert reference is not None
        logs = "".join(p.read_text() for p in tmp_path.rglob("till.log"))
        assert reference[1] in logs
        assert "LOCAL-CANARY" not in logs
        assert TOKEN not in logs
        assert command("journal", "--config", settings, "verify")[0] == 0
