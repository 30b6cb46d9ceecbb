"""What the close of a day reads: the sales since a row, and places in the chain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import SqliteJournal, open_journal
from tui_pos.adapters.journal.chain import GENESIS
from tui_pos.domain.errors import JournalError
from tui_pos.ports.journal import DayJournal, Entry, Link


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=tmp_path)
    yield opened
    await opened.close()


async def test_sales_are_found_by_their_rows_after_a_number(journal: SqliteJournal) -> None:
    await journal.append(Entry("line_added", sale_id="a"), Entry("line_added", sale_id="b"))
    closed = await journal.append(Entry("day_closed"))
    await journal.append(
        Entry("line_added", sale_id="c"),
        Entry("line_added", sale_id="a"),
        Entry("line_added", sale_id="c"),
    )
    assert await journal.sales_after(0) == ["a", "b", "c"]
    assert await journal.sales_after(closed) == ["c", "a"]
    assert await journal.sales_after(closed + 3) == []
    assert [row.kind for row in await journal.rows("")] == ["day_closed"]


async def test_the_head_is_the_newest_row_s_hash(journal: SqliteJournal) -> None:
    assert await journal.link() == Link(0, GENESIS)
    first = await journal.append(Entry("line_added", sale_id="a"))
    second = await journal.append(Entry("day_closed"))
    rows = list(journal.export())
    assert await journal.link() == Link(second, rows[-1]["hash"])
    assert await journal.link(first) == Link(first, rows[0]["hash"])
    assert rows[-1]["prev_hash"] == rows[0]["hash"]
    with pytest.raises(JournalError, match="row 9"):
        await journal.link(9)


async def test_the_file_can_close_days(journal: SqliteJournal) -> None:
    assert isinstance(journal, DayJournal)
    assert await journal.verify() is None
