"""Room kept free, so that the result of a payment can be saved on a full disk."""

from __future__ import annotations

import os
from pathlib import Path

SIZE = 8 * 1024 * 1024


class Ballast:
    """A file that is only there to be deleted."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size
        self.is_there = False

    def restore(self) -> bool:
        """Make sure that it is there; False when the disk has no room for it and as much again."""
        if self.is_there:
            return True
        try:
            try:
                self.is_there = os.stat(self._path, follow_symlinks=False).st_size >= self._size
            except FileNotFoundError:
                pass
            if self.is_there:
                return True
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < 2 * self._size:
                return False
            flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._path, flags, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)  # a sparse file would keep no room
            finally:
                os.close(descriptor)
        except OSError:
            self.free()
            return False
        self.is_there = True
        return True

    def free(self) -> bool:
        """Give the room back; False when there was none to give."""
        was_there, self.is_there = self.is_there, False
        try:
            os.unlink(self._path)
        except OSError:
            return False
        return was_there
