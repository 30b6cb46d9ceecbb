"""The real program in a real pseudo-terminal, its output replayed by a terminal emulator."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte

ROOT = Path(__file__).resolve().parents[2]
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[\?\d+\$p|\x1b\[[<>]\d*u")


class PtyTill:
    """A till over a stand-in for its services."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (100, 30),
        term: str = "xterm-256color",
        **env: str,
    ) -> None:
        columns, rows = size
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "TERM": term,
            "LANG": "C.UTF-8",
            **env,
        }
        self.child = pexpect.spawn(
            sys.executable,
            [str(ROOT / "tests" / "bench" / "till.py"), *arguments],
            env=environment,
            dimensions=(rows, columns),
            timeout=20,
        )
        self.child.delaybeforesend = None
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""

    def read(self, seconds: float = 0.05) -> bool:
        """Take what the program wrote; False when it ended."""
        try:
            text = self.child.read_nonblocking(65536, seconds).decode("utf-8", "replace")
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += text
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", text))
        return True

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def wait(self, is_so: Callable[[], object], seconds: float = 20.0) -> None:
        """Read until a fact is so."""
        end = time.monotonic() + seconds
        while not is_so():
            alive = self.read()
            if time.monotonic() > end or (not alive and not is_so()):
                raise AssertionError(f"it never came to this. The screen:\n{self.text}")

    def show(self, words: str) -> None:
        self.wait(lambda: words in self.text)

    def send(self, data: bytes) -> None:
        """One write, as a scanner or a network packet brings it."""
        os.write(self.child.child_fd, data)

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        self.wait(lambda: not self.read())
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    def __enter__(self) -> PtyTill:
        self.show("Scan an item")
        return self

    def __exit__(self, *_: object) -> None:
        if not self.child.ptyproc.fileobj.closed:
            self.child.close(force=True)
