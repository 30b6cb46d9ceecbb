"""The durable record, as a file."""

from __future__ import annotations

from pathlib import Path

from tui_pos.adapters.journal.chain import BadPlace
from tui_pos.adapters.journal.lock import TillLock
from tui_pos.adapters.journal.opening import make_folder, open_file, path_of
from tui_pos.adapters.journal.reader import JournalReader
from tui_pos.adapters.journal.sqlite import SqliteJournal
from tui_pos.domain.errors import JournalError
from tui_pos.ports.clock import Clock

__all__ = ["BadPlace", "JournalReader", "SqliteJournal", "open_journal", "path_of", "read_journal"]


def open_journal(
    url: str, till_id: str, clock: Clock, *, base: Path | None = None
) -> SqliteJournal:
    """Open a till's journal for writing; make it if there is none. Blocks for some milliseconds.

    Args:
        url: `sqlite:///path`; a relative path starts at `base`.
        till_id: whose journal it is.
        clock: stamps the rows.
        base: the folder of the settings file; the working directory if not given.

    Raises:
        JournalHeld: another process works with it; names which.
        JournalError: it cannot be used; says why. The file is left as it is.
    """
    path = path_of(url, base)
    try:
        make_folder(path.parent)
    except OSError as error:
        raise JournalError(f"{path.parent}: {error.strerror}") from None
    lock = TillLock(path.with_name(path.name + ".lock"), clock.now())
    try:
        opened = open_file(path, till_id)
        try:
            return SqliteJournal(opened, lock, till_id, clock)
        except BaseException:
            opened.connection.close()
            raise
    except BaseException:
        lock.release()
        raise


def read_journal(url: str, *, base: Path | None = None) -> JournalReader:
    """Read a journal, also while a till writes it.

    Raises:
        JournalError: there is none, or it cannot be read.
    """
    return JournalReader(path_of(url, base))
