"""Opening the file: whose it is, which version, and whether it is whole."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from tui_pos.adapters.journal.ballast import Ballast
from tui_pos.adapters.journal.chain import GENESIS, first_bad, lenient
from tui_pos.adapters.journal.sql import migrations, newest, queries
from tui_pos.domain.errors import JournalError

_TAIL = 1_000
_APPLICATION_ID = 0x54505331  # "TPS1"


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal that is ready to be written."""

    path: Path
    connection: sqlite3.Connection
    ballast: Ballast
    seq: int
    head: str


def path_of(url: str, base: Path | None = None) -> Path:
    """The file that a journal's url names; relative ones start at `base`.

    Raises:
        JournalError: it names no file.
    """
    if url.startswith(("postgresql://", "postgres://")):
        raise JournalError("a journal on PostgreSQL is not available yet in this version")
    name = url.removeprefix("sqlite:///")
    if name == url or not name or "\0" in name:
        raise JournalError("the journal's url is sqlite:/// and a path")
    # Two links to one file are one journal, with one lock beside it.
    return ((base or Path.cwd()) / name).resolve()


def open_file(path: Path, till_id: str) -> Opened:
    """Open or make a till's file. The caller holds its lock.

    Raises:
        JournalError: it is another till's, of a newer version, not a journal, damaged or not writable.
    """
    try:
        _make(path)
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            timeout=5,
            isolation_level=None,
            check_same_thread=False,
        )
    except (OSError, sqlite3.Error) as error:
        raise JournalError(f"{path}: {error}") from None
    try:
        seq, head = _prepare(connection, path, till_id)
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(f"{path}: {error}", advice=_ASK) from None
    except BaseException:
        connection.close()
        raise
    return Opened(path, connection, Ballast(path.with_name(path.name + ".ballast")), seq, head)


_ASK = "Nothing was changed in it. Keep a copy and ask the person who looks after the till."


def make_folder(folder: Path) -> None:
    """The folder of a journal; a new one is its owner's alone."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _make(path: Path) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)  # SQLite would let the umask decide
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: Path, till_id: str) -> tuple[int, str]:
    execute = connection.execute
    version = execute("PRAGMA user_version").fetchone()[0]
    application = execute("PRAGMA application_id").fetchone()[0]
    if version == 0:
        if application or execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise JournalError(f"{path} is not a journal of a till", advice=_ASK)
    elif application != _APPLICATION_ID:
        raise JournalError(f"{path} is not a journal of a till", advice=_ASK)
    if version > newest():
        raise JournalError(
            f"{path} was written by a newer version of this program"
            f" (file version {version}, known up to {newest()})",
            advice="Install that version again. Nothing was changed in the file.",
        )
    if execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise JournalError(f"{path} is not on a disk of this machine", advice=_ASK)
    execute("PRAGMA synchronous = FULL")
    execute("PRAGMA wal_autocheckpoint = 0")
    if version:  # whose it is comes before any change to it
        _check_owner(connection, path, till_id)
    if version < newest():
        _migrate(connection, version, till_id)
    return _check_tail(connection, path)


def _migrate(connection: sqlite3.Connection, version: int, till_id: str) -> None:
    script = ["BEGIN IMMEDIATE;"]
    script += [
        path.read_text(encoding="utf-8") for number, path in migrations() if number > version
    ]
    script += [f"PRAGMA user_version = {newest()};"]
    connection.executescript("\n".join(script))
    if not version:
        connection.execute(queries()["put_meta"], ("till", till_id))
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute("COMMIT")


def _check_owner(connection: sqlite3.Connection, path: Path, till_id: str) -> None:
    owner = connection.execute(queries()["get_meta"], ("till",)).fetchone()
    if owner is None or owner[0] != till_id:
        raise JournalError(
            f"{path} belongs to the till {owner[0] if owner else 'without a name'!r}, not to {till_id!r}",
            advice="Give this till its own journal, or the id that the journal has.",
        )


def _check_tail(connection: sqlite3.Connection, path: Path) -> tuple[int, str]:
    """Check the newest rows only: the time to open must not grow with the years."""
    try:
        rows = connection.execute(queries()["tail"], (_TAIL + 1,)).fetchall()
    except sqlite3.OperationalError:  # a text that is not UTF-8 any more: read on, to name its row
        connection.text_factory = lenient
        rows = connection.execute(queries()["tail"], (_TAIL + 1,)).fetchall()
        connection.text_factory = str
    rows.reverse()
    if not rows:
        return 0, GENESIS
    if len(rows) > _TAIL:
        before, rows = rows[0], rows[1:]
        bad = first_bad(rows, seq=before[0], head=before[11])
    else:
        bad = first_bad(rows)
    if bad is not None:
        raise JournalError(f"{path}, {bad}", advice=_ASK)
    return rows[-1][0], rows[-1][11]
