"""However a command ends, its end is one harmless line or none, and a code that tells which."""

from __future__ import annotations

import os
import subprocess

import pytest
from program import PROGRAM, Done, PlayedDemo, Program

COLOURED = "list\x1b[31m.csv"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("demo", "--customer-s", "0"),
        ("journal", "--file", "JOURNAL", "list"),
        ("journal", "--file", "JOURNAL", "export"),
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(
    played: PlayedDemo, program: Program, arguments: tuple[str, ...]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*PROGRAM, *(part.replace("JOURNAL", str(played.journal)) for part in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            env=program.environment(),
            cwd=program.folder,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 1
    assert program.processes() == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("demo", "--data", "file"), "file: "),
        (("demo", "--data", "/proc/nope"), "/proc/nope: "),
        (("sandbox", "--data", "file"), "file: "),
        (("sandbox", "--listener", "77"), "Bad file descriptor"),
    ],
    ids=str,
)
def test_what_the_machine_refuses_is_said_in_one_line(
    program: Program, arguments: tuple[str, ...], named: str
) -> None:
    (program.folder / "file").touch()
    done = program(*arguments)
    assert (done.code, done.out) == (1, "")
    assert named in done.complaint


@pytest.mark.parametrize(
    "arguments",
    [("journal", "--file", COLOURED, "list"), ("catalogue", "import", COLOURED)],
    ids=["journal", "catalogue"],
)
def test_a_file_name_does_not_colour_the_line_that_names_it(
    program: Program, arguments: tuple[str, ...]
) -> None:
    program.env["TUI_POS_CONFIG"] = str(program.settings())
    done = program(*arguments)
    assert (done.code, done.out) == (1, "")
    assert "[31m.csv" in done.complaint


def test_a_closed_standard_input_is_no_console(program: Program) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *PROGRAM, "--config", str(program.settings())],
        capture_output=True,
        text=True,
        env=program.environment(),
        cwd=program.folder,
        timeout=60,
    )
    done = Done(ended.returncode, ended.stdout, ended.stderr)
    assert (done.code, done.out) == (2, "")
    assert "terminal" in done.complaint
