"""The real program on a pseudo-terminal, in a world of a hostile shop, with every byte kept."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pexpect
import pyte
from hostile_shop import TOKEN, HostileShop
from raw_output import Found, take_apart

ROOT = Path(__file__).resolve().parents[3]
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[\?\d+\$p|\x1b\[[<>]\d*u")
F = {
    1: "\x1bOP",
    2: "\x1bOQ",
    4: "\x1bOS",
    6: "\x1b[17~",
    7: "\x1b[18~",
    8: "\x1b[19~",
    9: "\x1b[20~",
    10: "\x1b[21~",
}
SETTINGS = """
[till]
id = "till-1"
store = {store}
locale = "nl_NL"
currency = "EUR"
country = "NL"
cashier = {cashier}
note = {note}

[backend]
kind = "afosto"
base_url = "{url}"
channel_id = "channel"
token_file = "token"

[backend.afosto]
drawer_id = "d0"

[journal]
url = "sqlite:///till.journal"

[catalogue]
path = "catalogue"

[invoices]
folder = "invoices"
"""


def toml(text: str) -> str:
    """A basic string of TOML; every character that is not plain is spelt by its number."""
    return (
        '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'
    )


def settle(folder: Path, url: str, **words: str) -> Path:
    """A till's settings and token below a folder."""
    token = folder / "token"
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(TOKEN)
    path = folder / "settings.toml"
    names = {"store": "Utrecht", "cashier": "Anna", "note": "Scan an item", **words}
    quoted = {name: toml(value) for name, value in names.items()}
    path.write_text(SETTINGS.format(url=url, **quoted), encoding="utf-8")
    return path


def environment(folder: Path, env: Mapping[str, str] = {}) -> dict[str, str]:
    """Homes and temporary files below a folder, and nothing of ours."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONPATH": str(ROOT),
        **env,
    }


class RawConsole:
    """A program on a pseudo-terminal: its screen, and all that it wrote."""

    def __init__(
        self,
        program: Sequence[str],
        folder: Path,
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] = {},
    ) -> None:
        self.columns, self.lines = size
        self.child = pexpect.spawn(
            sys.executable,
            list(program),
            env=environment(folder, env),
            cwd=str(folder),
            dimensions=(self.lines, self.columns),
            timeout=30,
        )
        self.child.delaybeforesend = None
        self.data = b""
        self._screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self._shown_to = 0

    @property
    def text(self) -> str:
        """What the screen shows, as a terminal would draw it."""
        new = self.data[self._shown_to :].decode("utf-8", "ignore")
        self._shown_to = len(self.data)
        new = "".join(
            c for c in new if unicodedata.category(c)[0] != "M"
        )  # pyte stumbles over some
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", new).encode())
        rows = (self._screen.buffer[y] for y in range(self.lines))
        return "\n".join("".join(row[x].data for x in range(self.columns)).rstrip() for row in rows)

    @property
    def found(self) -> Found:
        return take_apart(self.data, columns=self.columns, rows=self.lines)

    def read(self, seconds: float = 0.02) -> bool:
        """Take what was written; False when the program ended."""
        try:
            self.data += self.child.read_nonblocking(1 << 20, seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def until(self, is_so: Callable[[], object], *, within_s: float = 30.0) -> None:
        """Read until a fact is so."""
        end = time.monotonic() + within_s
        while not is_so():
            is_alive = self.read()
            if time.monotonic() > end or (not is_alive and not is_so()):
                raise AssertionError(f"it never came to this. The screen:\n{self.text}")

    def show(self, pattern: str, *, within_s: float = 30.0) -> Self:
        self.until(lambda: re.search(pattern, self.text, re.MULTILINE), within_s=within_s)
        return self

    def wrote(self, pattern: str, *, since: int = 0) -> Self:
        """Read until these words were written, without drawing the screen: quick where it is tall."""
        wanted = re.compile(pattern.encode())
        self.until(lambda: wanted.search(self.data, since))
        return self

    def send(self, text: str | bytes) -> Self:
        os.write(self.child.child_fd, text.encode() if isinstance(text, str) else text)
        return self

    def end(self) -> int:
        """Read to its end; the exit code."""
        end = time.monotonic() + 30
        while self.read():
            assert time.monotonic() < end, f"it never ended. The screen:\n{self.text}"
        self.child.close()
        return -1 if self.child.exitstatus is None else int(self.child.exitstatus)

    def leave(self) -> int:
        """End it as a service manager does; the exit code."""
        self.child.kill(signal.SIGTERM)
        return self.end()


@contextmanager
def a_console(
    program: Sequence[str],
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    env: Mapping[str, str] = {},
) -> Iterator[RawConsole]:
    console = RawConsole(program, folder, size=size, env=env)
    try:
        yield console
    finally:
        console.child.close(force=True)


@contextmanager
def a_till(
    shop: HostileShop,
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    env: Mapping[str, str] = {},
    program: Sequence[str] = ("-m", "tui_pos"),
    **words: str,
) -> Iterator[RawConsole]:
    """The till of a shop, on its screen."""
    settings = settle(folder, shop.url, **words)
    command = [*program, "run", "--config", str(settings)]
    with a_console(command, folder, size=size, env=env) as console:
        yield console
