"""No cell of the failure model is forgotten."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import test_found_faults
import test_matrix
import test_matrix_scenes
from fault_matrix import DIFFERS, LEFT_OUT, NAMED, Cell, cells, table


def shown(module: ModuleType) -> set[str]:
    """The names of the cells that the tests of a module are given."""
    found = set()
    for test in vars(module).values():
        for mark in getattr(test, "pytestmark", []):
            values: list[Any] = mark.args[1] if mark.name == "parametrize" else []
            for value in values:
                first = getattr(value, "values", (value,))[0]
                if isinstance(first, Cell):
                    found.add(first.name)
    return found


def test_every_cell_is_shown_or_left_out_with_a_reason() -> None:
    assert len(table()) == 27 * 11
    by_parameter = shown(test_matrix) | shown(test_matrix_scenes)
    assert {cell.name for cell in cells()} == by_parameter | set(NAMED)
    assert all(LEFT_OUT.values())
    assert all(reason for _, reason in DIFFERS.values())


def test_every_named_test_exists() -> None:
    there = {**vars(test_matrix_scenes), **vars(test_found_faults)}
    assert set(NAMED.values()) <= set(there)
