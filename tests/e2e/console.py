"""The real program in a real pseudo-terminal, against the sandbox in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pexpect
import pyte

from tui_pos.adapters.catalogue import import_csv
from tui_pos.sandbox.remote import RemoteSandbox

_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[\?\d+\$p|\x1b\[[<>]\d*u")


class Console:
    """A till on a pseudo-terminal whose screen can be read."""

    def __init__(self, *arguments: str, size: tuple[int, int] = (80, 24), **env: str) -> None:
        columns, rows = size
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            **env,
        }
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tui_pos", *arguments],
            env=environment,
            dimensions=(rows, columns),
            timeout=30,
        )
        self.child.delaybeforesend = None
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def _read(self) -> bool:
        try:
            text = self.child.read_nonblocking(65536, 0.05).decode("utf-8", "replace")
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += text
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", text))
        return True

    def until(self, is_so: Callable[[], object], *, within_s: float = 30.0) -> None:
        """Read until a fact is so."""
        end = time.monotonic() + within_s
        while not is_so():
            alive = self._read()
            if time.monotonic() > end or (not alive and not is_so()):
                raise AssertionError(f"it never came to this. The screen:\n{self.text}")

    def show(self, pattern: str, *, within_s: float = 30.0) -> Self:
        """Read until the screen shows a regular expression."""
        self.until(lambda: re.search(pattern, self.text, re.MULTILINE), within_s=within_s)
        return self

    def send(self, text: str) -> Self:
        """One write, as a scanner or a network packet brings it."""
        os.write(self.child.child_fd, text.encode())
        return self

    def end(self) -> int:
        """Read to its end; the exit code."""
        while self._read():
            pass
        self.child.close()
        return -1 if self.child.exitstatus is None else int(self.child.exitstatus)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)


F = {2: "\x1bOQ", 6: "\x1b[17~", 7: "\x1b[18~", 8: "\x1b[19~", 9: "\x1b[20~", 10: "\x1b[21~"}


class World:
    """A sandbox process and the settings of a till on it."""

    def __init__(self, folder: Path, known: dict[str, str]) -> None:
        self.folder = folder
        self.url = known["url"]
        self.sandbox = RemoteSandbox(known["control"])
        catalogue = folder / "catalogue"
        export = folder / "export.csv"
        export.write_text(_csv(known["control"]), encoding="utf-8")
        import_csv(export, catalogue, "EUR")
        token = folder / "token"
        token.touch(mode=0o600)
        token.write_text(known["token"])
        self.settings = folder / "settings.toml"
        self.settings.write_text(
            f"""
[till]
id = "till-1"
store = "Utrecht"
locale = "nl_NL"
currency = "EUR"
country = "NL"
cashier = "Anna"

[backend]
kind = "afosto"
base_url = "{known["url"]}"
channel_id = "{known["channel_id"]}"
token_file = "token"

[journal]
url = "sqlite:///till.journal"

[catalogue]
path = "catalogue"

[invoices]
folder = "invoices"
""",
            encoding="utf-8",
        )

    def till(self, *, size: tuple[int, int] = (80, 24)) -> Console:
        """The program on this world's settings."""
        return Console("run", "--config", str(self.settings), size=size)


def _csv(control: str) -> str:
    import urllib.request

    with urllib.request.urlopen(f"{control}/catalogue.csv") as answer:  # noqa: S310  loopback
        return str(answer.read().decode())


@contextmanager
def a_world(folder: Path, *arguments: str) -> Iterator[World]:
    """A sandbox that ends with the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_pos", "sandbox", "--until-stdin-closes", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield World(folder, json.loads(process.stdout.readline()))
    finally:
        process.communicate(timeout=10)
