"""JSON that is read, and JSON that is not; bombs do not fill the memory."""

from __future__ import annotations

import gzip
import tracemalloc
from decimal import Decimal

import pytest
from faulty_server import faulty, http, till

from tui_pos.adapters.commerce.answers import MAX_DEPTH, strict_json
from tui_pos.domain.errors import Malformed


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '[{"b": {"a": 1, "a": 2}}]',
        "[1e309]",
        "[-1e309]",
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "[01]",
        '["\n"]',
        "[1] 2",
        "",
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        "[" * 100_000,
        "9" * 5000,
    ],
)
def test_what_two_readers_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        strict_json(text.encode())


def test_fractions_are_exact_and_are_no_floats() -> None:
    value = strict_json(b'{"a": 21.10, "b": [1, null, true, "\\u20ac"]}')
    assert value == {"a": Decimal("21.10"), "b": [1, None, True, "\u20ac"]}
    assert type(value["a"]) is Decimal


def test_the_deepest_allowed_nesting_is_read() -> None:
    strict_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


async def test_a_bomb_is_never_unpacked_as_a_whole() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    async with faulty(http(200, bomb, "content-encoding: gzip")) as server:
        async with till(server.url) as backend:
            await backend.warm()
            tracemalloc.start()
            try:
                with pytest.raises(Malformed):
                    await backend.read_order("o1")
                assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
            finally:
                tracemalloc.stop()
