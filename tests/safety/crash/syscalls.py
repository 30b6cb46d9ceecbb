"""What the till asked of the system, in order, as strace saw it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
_CALL = re.compile(r"^(\w+)\((.*)$", re.DOTALL)
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$", re.DOTALL)


def need_strace() -> None:
    """Skip, with the reason, where processes may not be watched."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    command = [shutil.which("strace") or "strace", "-o", "/dev/null", "true"]
    tried = subprocess.run(command, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"strace may not watch: {tried.stderr.strip()[:200]}")


@dataclass
class Call:
    """One call of the system; `begins` and `ends` are places in the common order of all threads."""

    thread: str
    name: str
    text: str
    begins: int
    ends: int

    @property
    def has_succeeded(self) -> bool:
        found = re.search(r"\) = (-?\d+)", self.text)
        return found is not None and int(found[1]) >= 0


def read(path: Path) -> list[Call]:
    """All calls, in the order in which they began."""
    calls: list[Call] = []
    open_: dict[str, Call] = {}
    for place, line in enumerate(path.read_text(errors="replace").splitlines()):
        if (parts := _LINE.match(line)) is None:
            continue
        thread, _, rest = parts.groups()
        if resumed := _RESUMED.match(rest):
            if call := open_.pop(thread, None):
                call.text += resumed[2]
                call.ends = place
        elif begun := _CALL.match(rest):
            is_open = rest.endswith("<unfinished ...>")
            call = Call(thread, begun[1], begun[2], place, -1 if is_open else place)
            calls.append(call)
            if is_open:
                open_[thread] = call
    return calls


def durable_at(calls: Sequence[Call], wal: str, text: str) -> int:
    """Where the flush returned that made a text in the write-ahead log durable; -1 if none did."""
    for n, call in enumerate(calls):
        if call.name == "pwrite64" and wal in call.text and text in call.text:
            for later in calls[n:]:
                is_flush = later.name in ("fsync", "fdatasync") and later.thread == call.thread
                if is_flush and wal in later.text and later.has_succeeded:
                    return later.ends
            return -1
    return -1


def sent_at(calls: Sequence[Call], text: str, since: int = -1) -> int:
    """Where a request's first byte left; -1 if it never did."""
    for call in calls:
        if (
            call.name in ("sendto", "sendmsg", "write")
            and call.begins > since
            and text in call.text
        ):
            return call.begins
    return -1
