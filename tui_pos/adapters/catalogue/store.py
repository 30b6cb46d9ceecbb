"""The catalogue's file: a link to the newest of numbered data files.

A new catalogue is a new data file, and the link is replaced in one step. Data files are never
exchanged under one name: SQLite's write-ahead log belongs to a name, and would be applied to the wrong file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from tui_pos.domain.errors import PosError

_HERE = Path(__file__).parent
_APPLICATION_ID = 0x54504331  # "TPC1"
_VERSION = 1


class CatalogueError(PosError):
    """The local product index cannot be used or made."""

    title = "The local catalogue cannot be used"
    advice = "Selling goes on: the shop's server knows the products. Import the catalogue again."


def create(path: Path) -> sqlite3.Connection:
    """A new data file, tables without triggers; fast to fill, worthless until `finish`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.close(descriptor)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(
        "PRAGMA journal_mode = MEMORY"
    )  # new pages are not journalled: it stays small
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -16000")
    connection.executescript((_HERE / "schema.sql").read_text(encoding="utf-8"))
    return connection


def finish(connection: sqlite3.Connection, path: Path) -> None:
    """Make the index and the triggers, close, and bring it to the disk."""
    connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
    connection.executescript((_HERE / "triggers.sql").read_text(encoding="utf-8"))
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def building(link: Path) -> Iterator[Path]:
    """The next data file, for one builder at a time; removed again when building fails.

    Raises:
        CatalogueError: another process builds one, or the link's place is taken by something of others.
    """
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.exists() and not link.is_symlink():
        raise CatalogueError(f"{link} is not a catalogue: it would be overwritten")
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    lock = os.open(link.with_name(f"{link.name}.lock"), flags, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CatalogueError(f"{link} is being made by another process") from None
        data = link.with_name(f"{link.name}.{uuid.uuid4().hex[:12]}")
        try:
            yield data
        except BaseException:
            for suffix in ("", "-wal", "-shm", "-journal", ".link"):
                data.with_name(data.name + suffix).unlink(missing_ok=True)
            raise
    finally:
        os.close(lock)


def swap(link: Path, data: Path) -> None:
    """From now on the catalogue is this data file; older ones go once nobody has them open."""
    fresh = link.with_name(f"{data.name}.link")
    fresh.symlink_to(data.name)
    os.replace(fresh, link)
    folder = os.open(link.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    ours = re.compile(re.escape(link.name) + r"\.[0-9a-f]{12}(-wal|-shm|-journal|\.link)?")
    for found in link.parent.iterdir():
        if ours.fullmatch(found.name) and not found.name.startswith(data.name):
            with contextlib.suppress(OSError):
                found.unlink()


def connect(link: Path, *, writing: bool = False) -> sqlite3.Connection:
    """A connection to the catalogue as it is now.

    Raises:
        CatalogueError: there is none, or it is no catalogue of this version.
    """
    mode = "rw" if writing else "ro"
    try:
        connection = sqlite3.connect(
            f"{link.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=10 if writing else 0.05,
            isolation_level=None,
            check_same_thread=False,
        )
    except (OSError, sqlite3.Error) as error:
        raise CatalogueError(f"{link}: {error}") from None
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != _APPLICATION_ID or version != _VERSION:
            raise CatalogueError(f"{link} is not a catalogue of this version")
        if writing:
            connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        connection.close()
        raise CatalogueError(f"{link}: {error}") from None
    except CatalogueError:
        connection.close()
        raise
    return connection


def identity(link: Path) -> tuple[int, int] | None:
    """Which data file the catalogue is now; None for none."""
    try:
        found = os.stat(link)
    except OSError:
        return None
    return found.st_dev, found.st_ino
