"""One process per till."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import datetime
from pathlib import Path

from tui_pos.domain.errors import JournalError, JournalHeld


class TillLock:
    """An exclusive lock that the system drops when the process ends, however it ends."""

    def __init__(self, path: Path, since: datetime) -> None:
        """Take the lock.

        Raises:
            JournalHeld: another process has it; names who.
            JournalError: the lock file cannot be written.
        """
        self._descriptor = -1
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise JournalHeld(holder) from None
        self._descriptor = descriptor
        note = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": since.isoformat(timespec="seconds"),
        }
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(note).encode(), 0)
        except OSError:
            pass  # the note is for people; a full disk must not keep the till from its open payments

    def release(self) -> None:
        """Let go. The file stays: removing it could take the lock from under a third process."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _holder(descriptor: int) -> str:
    try:
        note = json.loads(os.pread(descriptor, 1000, 0))
        return f"process {int(note['pid'])} on {note['host']!s:.60}, since {note['since']!s:.40}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
