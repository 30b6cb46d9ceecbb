"""Whose file it is, which version, whether it is whole; and never a second process."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import JournalReader, SqliteJournal, chain, open_journal, read_journal
from tui_pos.adapters.journal.sql import migrations, queries
from tui_pos.domain.errors import JournalError, JournalHeld
from tui_pos.ports.journal import Entry


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=tmp_path)
    yield opened
    if not opened.is_closed:
        await opened.close()


CLOCK = SystemClock()


def reopen(folder: Path, till: str = "till-1") -> SqliteJournal:
    return open_journal("sqlite:///till.journal", till, CLOCK, base=folder)


async def fill(journal: SqliteJournal, rows: int) -> None:
    waiting = [
        journal.append(Entry("line_added", {"n": n, "pad": "x" * 50}, sale_id=f"s{n // 10}"))
        for n in range(rows)
    ]
    if waiting:
        await waiting[-1]
    await journal.close()


def listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def tamper(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER journal_refuses_update")
    connection.execute("DROP TRIGGER journal_refuses_delete")
    connection.execute(statement)
    connection.commit()
    connection.close()


async def test_a_reopened_journal_goes_on_where_it_ended(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    await fill(journal, 25)
    again = reopen(tmp_path)
    assert await again.open_sales() == ["s0", "s1", "s2"]
    assert await again.append(Entry("sale_opened", sale_id="x")) == 26
    assert await again.verify() is None
    await again.close()


async def test_only_its_owner_can_read_it(journal: SqliteJournal, tmp_path: Path) -> None:
    await journal.append(Entry("sale_opened", sale_id="s"))
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in listed(tmp_path)}
    assert {"till.journal", "till.journal-wal", "till.journal.lock"} <= set(files)
    assert set(files.values()) == {0o600}


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    opened = open_journal(f"sqlite:///{tmp_path}/a/b/till.journal", "till-1", CLOCK)
    opened.close_now()
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


async def test_a_second_process_is_told_who_holds_the_till(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from tui_pos.adapters.clock import SystemClock\n"
        "from tui_pos.adapters.journal import open_journal\n"
        "from tui_pos.domain.errors import JournalHeld\n"
        "try:\n    open_journal('sqlite:///till.journal', 'till-1', SystemClock(), base=Path(sys.argv[1]))\n"
        "except JournalHeld as error:\n    print(error.detail)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out.decode().startswith(f"process {os.getpid()} on ")


async def test_the_lock_is_free_after_closing_and_after_a_failed_opening(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    with pytest.raises(JournalHeld):
        reopen(tmp_path)
    await journal.close()
    with pytest.raises(JournalError):
        reopen(tmp_path, "till-2")
    reopen(tmp_path).close_now()


async def test_two_links_to_one_journal_are_one_journal(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    (tmp_path / "other.journal").symlink_to("till.journal")
    with pytest.raises(JournalHeld):
        open_journal("sqlite:///other.journal", "till-1", CLOCK, base=tmp_path)


async def test_opening_reads_no_more_of_a_long_journal_than_of_a_short_one(
    journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(journal, 2_500)
    checked = []
    plain = chain.digest

    def counted(prev_hash: str, row: list[Any]) -> str:
        checked.append(row[0])
        return plain(prev_hash, row)

    monkeypatch.setattr(chain, "digest", counted)
    reopen(tmp_path).close_now()
    assert checked == list(range(1_501, 2_501))


async def test_another_tills_journal_is_refused(journal: SqliteJournal, tmp_path: Path) -> None:
    await fill(journal, 1)
    with pytest.raises(JournalError, match=r"belongs to the till 'till-1', not to 'till-2'"):
        reopen(tmp_path, "till-2")


async def test_a_newer_file_is_refused_and_left_alone(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    await fill(journal, 1)
    connection = sqlite3.connect(tmp_path / "till.journal")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / "till.journal").read_bytes()
    with pytest.raises(JournalError, match="newer version"):
        reopen(tmp_path)
    assert (tmp_path / "till.journal").read_bytes() == before


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "till.journal"
    path.write_bytes(b"not a database, but something that somebody wants to keep\n" * 40)
    with pytest.raises(JournalError, match="not a database"):
        reopen(tmp_path)
    assert path.read_bytes().startswith(b"not a database")
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    with pytest.raises(JournalError, match="not a journal"):
        reopen(tmp_path)


@pytest.mark.parametrize("bit", [0, 7])
async def test_a_flipped_bit_in_a_row_is_found_and_placed(
    journal: SqliteJournal, tmp_path: Path, bit: int
) -> None:
    await fill(journal, 200)
    path = tmp_path / "till.journal"
    data = bytearray(path.read_bytes())
    place = data.index(b'{"n":150,') + len(b'{"n":150,"pad":"x')
    data[place] ^= 1 << bit
    path.write_bytes(data)
    with pytest.raises(JournalError, match=r"row 151"):
        reopen(tmp_path)
    assert path.read_bytes() == bytes(data)
    reader = read_journal("sqlite:///till.journal", base=tmp_path)
    bad = reader.verify()
    reader.close()
    assert bad is not None
    assert bad.seq == 151


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("DELETE FROM journal WHERE seq = 7", 7),
        ("UPDATE journal SET cashier = 'x' WHERE seq = 9", 9),
        ("UPDATE journal SET hash = prev_hash WHERE seq = 9", 9),
        ("UPDATE journal SET prev_hash = hash WHERE seq = 9", 9),
        ("DELETE FROM journal WHERE seq = 1", 1),
    ],
)
async def test_a_changed_or_missing_row_is_found_and_placed(
    journal: SqliteJournal, tmp_path: Path, statement: str, place: int
) -> None:
    await fill(journal, 20)
    tamper(tmp_path / "till.journal", statement)
    reader = JournalReader(tmp_path / "till.journal")
    bad = reader.verify()
    reader.close()
    assert bad is not None
    assert bad.seq == place
    with pytest.raises(JournalError, match=f"row {place}"):
        reopen(tmp_path)


async def test_old_damage_does_not_slow_opening_down_but_is_found_by_verify(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    await fill(journal, 1_500)
    tamper(tmp_path / "till.journal", "UPDATE journal SET body = '{}' WHERE seq = 3")
    opened = reopen(tmp_path)
    bad = await opened.verify()
    await opened.close()
    assert bad is not None
    assert bad.seq == 3


async def test_a_damaged_page_is_found_after_opening_and_stops_new_payments(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    await fill(journal, 4_000)
    path = tmp_path / "till.journal"
    data = bytearray(path.read_bytes())
    page = data.index(b'{"n":90,') // 4096 * 4096
    data[page : page + 12] = b"\xff" * 12
    path.write_bytes(data)
    opened = reopen(tmp_path)
    with pytest.raises(JournalError, match="damaged"):
        await opened.checked()
    with pytest.raises(JournalError, match="damaged"):
        await opened.append(Entry("start_intended", sale_id="s"))
    assert await opened.append(Entry("paid", sale_id="s")) == 4_001
    assert "damaged" in opened.trouble
    await opened.close()


async def test_the_journal_can_be_read_while_it_is_written_and_when_nobody_does(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    await journal.append(Entry("sale_opened", sale_id="s"))
    reader = read_journal("sqlite:///till.journal", base=tmp_path)
    assert (reader.till_id(), reader.open_sales()) == ("till-1", ["s"])
    reader.close()
    await journal.close()
    reader = read_journal("sqlite:///till.journal", base=tmp_path)
    assert [row["kind"] for row in reader.export()] == ["sale_opened"]
    reader.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://till@db/till", "not available yet"),
        ("sqlite://", "sqlite:///"),
        ("sqlite:///", "sqlite:///"),
        ("file.journal", "sqlite:///"),
        ("sqlite:////dev/null/x", "dev/null"),
    ],
)
def test_an_url_that_names_no_file_is_refused(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(JournalError, match=words):
        open_journal(url, "till-1", CLOCK, base=tmp_path)
    with pytest.raises(JournalError):
        read_journal("sqlite:///nothing-here", base=tmp_path)


def test_every_statement_is_named_and_every_migration_numbered() -> None:
    assert {"add_row", "put_attempt", "watched", "chain"} <= set(queries())
    assert all(text and not text.startswith("--") for text in queries().values())
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))
