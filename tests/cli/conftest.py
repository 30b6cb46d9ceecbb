"""A program in a folder of its own, and a demo that was played once."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import PlayedDemo, Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> PlayedDemo:
    """Two sales of `demo --data`, one after the other; nobody changes it."""
    folder = tmp_path_factory.mktemp("demo")
    program = Program(folder)
    command = ("demo", "--data", folder / "kept", "--customer-s", "0")
    first = program(*command)
    assert first.code == 0, first.err
    return PlayedDemo(program(*command), folder / "kept", program)
