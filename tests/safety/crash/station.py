"""One sandbox for many runs, and a till with a folder of its own for each."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pyte
from console import Console
from harness import codes

from tui_pos.adapters.catalogue import import_csv
from tui_pos.adapters.journal import JournalReader, read_journal
from tui_pos.domain.errors import JournalError
from tui_pos.sandbox import shop as shop_data
from tui_pos.sandbox.remote import RemoteSandbox

LAUNCHER = Path(__file__).with_name("launcher.py")
TERMINAL = "Counter 1"
POLICY = {
    "quarantine_s": 3.0,
    "hold_s": 0.6,
    "first_read_s": 0.5,
    "read_s": 0.2,
    "slow_read_s": 0.3,
    "watch_every_s": 0.3,
}
"""The rules of a shop in seconds instead of minutes; no rule is another one."""


class Shop:
    """A sandbox in its own process and the catalogue of its shop."""

    def __init__(self, folder: Path, known: Mapping[str, str]) -> None:
        self.folder = folder
        self.url, self.control = known["url"], known["control"]
        self.channel_id = known["channel_id"]
        self.sandbox = RemoteSandbox(known["control"])
        self.token = folder / "token"
        self.token.touch(mode=0o600)
        self.token.write_text(known["token"])
        self.catalogue = folder / "catalogue"
        export = folder / "export.csv"
        with urllib.request.urlopen(f"{self.control}/catalogue.csv") as answer:  # noqa: S310  loopback
            export.write_bytes(answer.read())
        import_csv(export, self.catalogue, "EUR")

    def tidy(self, **settings: Any) -> None:
        """As new for the next run, but for what was sold."""
        sandbox = self.sandbox
        sandbox.clear_faults()
        if sandbox.terminal(TERMINAL)["payment_id"]:
            sandbox.press(TERMINAL, "decline")
        sandbox.terminal(TERMINAL, script=[], mode="auto", duration_s=0.0)
        sandbox.settings(**{**WORST, **settings})


WORST: dict[str, Any] = {
    "duration_s": 0.0,
    "late_s": 0.3,
    "terminal_life_s": 20.0,
    "outcome_by_cents": False,
    "read_lag_s": 1.0,
    "invoice_delay_s": 0.0,
    "start_on_paid": "charge",
    "start_while_running": "queue",
    "open_twice": "error",
    "honour_idempotency_key": False,
}
"""The server that forgives least: whatever is sent twice is done twice, or refused."""


@contextmanager
def a_shop(folder: Path) -> Iterator[Shop]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_pos", "sandbox", "--until-stdin-closes", "--customer-s", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Shop(folder, json.loads(process.stdout.readline()))
    finally:
        process.communicate(timeout=10)


class Till(Console):
    """The real program under the launcher, perhaps below another program such as strace."""

    def __init__(self, plan: Mapping[str, Any], config: Path, *prefix: str) -> None:
        command = [*prefix, sys.executable, str(LAUNCHER), "run", "--config", str(config)]
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(config.parent),
                "XDG_STATE_HOME": str(config.parent / "state"),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
                "TUI_POS_CRASH": json.dumps(plan),
            },
            dimensions=(30, 90),
            timeout=30,
        )
        self.child.delaybeforesend = None
        self._screen = pyte.Screen(90, 30)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)  # whoever watches it, too
        self.child.close()

    def look(self) -> bool:
        """Take in what it shows now; False when it has ended."""
        return self._read()


@dataclass
class Run:
    """One customer: what they bring, how they pay, what the terminal and the network do meanwhile."""

    shop: Shop
    folder: Path
    goods: dict[str, int]
    tender: str = "card"
    settings: dict[str, Any] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shop.tidy(**self.settings)
        sandbox = self.shop.sandbox
        calls = sandbox.calls()
        self.first_call = calls[-1]["seq"] if calls else 0
        self._orders_before = {order["id"] for order in sandbox.state()["orders"]}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "settings.toml"
        self.config.write_text(
            f"""
[till]
id = "till-1"
locale = "nl_NL"
currency = "EUR"
country = "NL"
cashier = "Anna"

[backend]
kind = "afosto"
base_url = "{self.shop.url}"
channel_id = "{self.shop.channel_id}"
token_file = "{self.shop.token}"

[journal]
url = "sqlite:///till.journal"

[catalogue]
path = "{self.shop.catalogue}"

[invoices]
folder = "invoices"
""",
            encoding="utf-8",
        )

    @property
    def journal(self) -> Path:
        return self.folder / "till.journal"

    @property
    def mark(self) -> Path:
        return self.folder / "died"

    def deaths(self) -> list[str]:
        """The points at which the till died by the launcher's hand."""
        return self.mark.read_text().split() if self.mark.exists() else []

    def plan(self, **more: Any) -> dict[str, Any]:
        return {
            "policy": POLICY,
            "control": self.shop.control,
            "mark": str(self.mark),
            "plant_at": self.shop.url,
            **more,
        }

    def till(self, *prefix: str, **plan: Any) -> Till:
        return Till(self.plan(**plan), self.config, *prefix)

    def reader(self) -> JournalReader | None:
        """The journal beside the till; None while there is none."""
        try:
            return read_journal(f"sqlite:///{self.journal}")
        except JournalError:
            return None

    def orders(self) -> list[dict[str, Any]]:
        """Of this run."""
        state = self.shop.sandbox.state()
        return [order for order in state["orders"] if order["id"] not in self._orders_before]

    def charges(self) -> list[dict[str, Any]]:
        mine = {order["id"] for order in self.orders()}
        return [charge for charge in self.shop.sandbox.ledger() if charge["order_id"] in mine]

    def calls(self) -> list[dict[str, Any]]:
        return self.shop.sandbox.calls(since=self.first_call)

    def log(self) -> str:
        found = sorted(self.folder.glob("state/**/till.log"))
        return "".join(path.read_text(encoding="utf-8") for path in found)

    def documents(self) -> list[Path]:
        return sorted((self.folder / "invoices").glob("*.pdf"))


def some_goods(chance: random.Random) -> dict[str, int]:
    """Barcodes and how many of each."""
    first = chance.randrange(0, 200)
    return {code: chance.choice((1, 1, 2)) for code in codes(chance.choice((1, 2, 3)), start=first)}


def sku_of(code: str) -> str:
    return next(p.sku for p in shop_data.products().values() if p.gtin == code)
