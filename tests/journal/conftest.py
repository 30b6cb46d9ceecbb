from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import SqliteJournal, open_journal


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=tmp_path)
    yield opened
    if not opened.is_closed:
        await opened.close()
