"""One sandbox for all runs of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crash.station import Shop, a_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with a_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop
