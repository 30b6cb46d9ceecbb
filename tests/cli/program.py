"""The program as a shop runs it: a process of its own, in a world of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = [sys.executable, "-W", "error", "-m", "tui_pos"]
GOOD = """\
[till]
id = "till-1"
currency = "EUR"
country = "NL"

[backend]
kind = "afosto"
base_url = "https://shop.example"
channel_id = "channel-7"
token_file = "afosto.token"
"""
TOKEN = "t0k3n-canary"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that it said."""
        assert "Traceback" not in self.err
        assert self.err.startswith("tui-pos: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        assert self.err[:-1].isprintable()
        return self.err[:-1]


@dataclass
class Program:
    """Runs commands with homes and temporary files below one folder."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "TUI_POS_TEST_MARK": self.mark,
            **self.env,
        }

    def settings(self, text: str = GOOD, *, mode: int = 0o600) -> Path:
        """A settings file with its token beside it."""
        token = self.folder / "afosto.token"
        token.write_text(TOKEN, encoding="ascii")
        token.chmod(mode)
        path = self.folder / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def __call__(self, *arguments: str | Path) -> Done:
        """Run a command without a console, to its end."""
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=self.environment(),
            cwd=self.folder,
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def spawn(self, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
        """A command without a console, while it runs; a failed test leaves nothing of it."""
        with subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
            cwd=self.folder,
        ) as child:
            try:
                yield child
                child.wait(20)
            finally:
                child.kill()

    def processes(self) -> list[int]:
        """What still runs of all that was started here, children's children too."""
        wanted = f"TUI_POS_TEST_MARK={self.mark}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if wanted in entry.read_bytes().split(b"\0"):
                    found.append(int(entry.parent.name))
            except OSError:
                continue  # ended meanwhile, or another user's
        return found


@dataclass(frozen=True)
class PlayedDemo:
    """A demo's sale and the folder that it kept."""

    done: Done
    folder: Path
    program: Program

    @property
    def journal(self) -> Path:
        return self.folder / "demo.journal"
