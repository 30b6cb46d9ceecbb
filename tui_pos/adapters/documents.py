"""Invoices as files in the shop's folder."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path

from tui_pos.domain.errors import PosError
from tui_pos.domain.text import file_name

_MOST = 1_000


class FolderDocuments:
    """Keeps documents in one folder; readable by its owner only, never over another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, name: str, data: bytes) -> str:
        return await asyncio.to_thread(self._save, name, data)

    def _save(self, name: str, data: bytes) -> str:
        stem, _, suffix = name.rpartition(".")
        stem, suffix = file_name(stem, fallback="document"), file_name(suffix, fallback="bin")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._folder / f".{uuid.uuid4().hex}.part"
            try:
                _write(part, data)
                for n in range(_MOST):
                    path = self._folder / (f"{stem}.{suffix}" if n == 0 else f"{stem}-{n}.{suffix}")
                    if _holds(path, data):
                        return str(path)
                    try:
                        # A whole document gets its name at once, never over anything that is there.
                        os.link(part, path, follow_symlinks=False)
                    except FileExistsError:
                        continue
                    return str(path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise PosError(
                error.strerror or "",
                title="The invoice could not be kept as a file",
                advice="It exists at the shop's server and can be fetched again.",
            ) from error
        raise PosError(title="The folder of invoices is full of this name", advice="Tidy it up.")


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _holds(path: Path, data: bytes) -> bool:
    """Whether the same document is already there, from an earlier fetch."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != len(data):
        return False
    return path.read_bytes() == data
