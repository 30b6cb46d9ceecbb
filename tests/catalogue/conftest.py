from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_pos.adapters.catalogue import SqliteCatalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    opened = SqliteCatalogue(tmp_path / "catalogue.db")
    yield opened
    opened.close()
