"""A program in a folder of its own, and a demo that was played once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from program import Done, Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@dataclass(frozen=True)
class PlayedDemo:
    """A demo's sale and the folder that it kept."""

    done: Done
    folder: Path
    program: Program

    @property
    def journal(self) -> Path:
        return self.folder / "demo.journal"


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> PlayedDemo:
    """Two sales of `demo --data`, one after the other; nobody changes it."""
    folder = tmp_path_factory.mktemp("demo")
    program = Program(folder)
    command = ("demo", "--data", folder / "kept", "--customer-s", "0")
    first = program(*command)
    assert first.code == 0, first.err
    return PlayedDemo(program(*command), folder / "kept", program)
