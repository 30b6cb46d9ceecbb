"""Processes die and disks fill up; an acknowledged row stays."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import SqliteJournal, open_journal
from tui_pos.adapters.journal.ballast import SIZE, Ballast
from tui_pos.domain.errors import JournalError
from tui_pos.ports.journal import AttemptIndex, Entry


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=tmp_path)
    yield opened
    if not opened.is_closed:
        await opened.close()


WRITER = """
    import asyncio, os, resource, signal, sys
    from pathlib import Path
    from tui_pos.adapters.clock import SystemClock
    from tui_pos.adapters.journal import open_journal
    from tui_pos.domain.errors import JournalError
    from tui_pos.ports.journal import AttemptIndex, Entry

    async def main():
        journal = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=Path(sys.argv[1]))
"""


def child(body: str, folder: Path) -> subprocess.Popen[str]:
    script = textwrap.dedent(WRITER) + textwrap.indent(textwrap.dedent(body), "    ")
    return subprocess.Popen(
        [sys.executable, "-c", script + "\nasyncio.run(main())\n", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("after", [1, 40, 400, 1_500])
def test_kill_9_loses_no_acknowledged_row(tmp_path: Path, after: int) -> None:
    process = child(
        """
        n = 0
        while True:
            waiting = [journal.append(Entry("line_added", {"n": n + k}, sale_id="s")) for k in range(5)]
            n += 5
            for written in waiting:
                print(await written, flush=True)
        """,
        tmp_path,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        acknowledged = 0
        while acknowledged < after:
            acknowledged = int(lines.readline())
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in lines if line.endswith("\n"))])
    process.wait()
    journal = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=tmp_path)
    rows = list(journal.export())
    assert journal._reader.verify() is None
    journal.close_now()
    assert len(rows) >= acknowledged
    assert [row["body"]["n"] for row in rows] == list(range(len(rows)))


def test_an_input_output_error_is_told_and_earlier_rows_stay(tmp_path: Path) -> None:
    process = child(
        """
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, resource.RLIM_INFINITY))
        for n in range(2_000):
            try:
                await journal.append(Entry("line_added", {"pad": "x" * 900}, sale_id="s"))
            except JournalError as error:
                break
        print(n, journal.trouble, flush=True)
        print(len(await journal.rows("s")))
        try:
            await journal.append(Entry("start_intended", sale_id="s"))
        except JournalError as error:
            print("refused", error.detail)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await journal.append(Entry("start_intended", sale_id="s"))
        print("well", repr(journal.trouble))
        await journal.close()
        """,
        tmp_path,
    )
    out, _ = process.communicate(timeout=60)
    lines = out.splitlines()
    assert process.returncode == 0, out
    written, trouble = lines[0].split(" ", 1)
    assert 0 < int(written) < 2_000
    assert "till.journal" in trouble
    assert int(lines[1]) == int(written)
    assert lines[2].startswith("refused")
    assert lines[3] == "well ''"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB, where the machine lets us have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.system(f"mount -t tmpfs -o size=24m tmpfs '{folder}' 2>/dev/null"):  # noqa: S605
        pytest.skip("mounting is not allowed here")
    yield folder
    os.system(f"umount -l '{folder}'")  # noqa: S605


async def test_on_a_full_disk_results_are_saved_and_intents_refused(small_disk: Path) -> None:
    journal = open_journal("sqlite:///till.journal", "till-1", SystemClock(), base=small_disk)
    await journal.append(
        Entry("start_intended", sale_id="s", attempt=AttemptIndex("a", "start_intent", False))
    )
    fill(small_disk)
    await journal.append(
        *[Entry("noted", {"pad": "x" * 5_000}, sale_id="s") for _ in range(200)],
        Entry("paid", sale_id="s", attempt=AttemptIndex("a", "paid", True)),
    )
    assert not (small_disk / "till.journal.ballast").exists()
    assert "full" in journal.trouble
    with pytest.raises(JournalError, match="full"):
        await journal.append(Entry("create_intended", sale_id="s2"))
    (small_disk / "filler").unlink()
    await journal.append(Entry("create_intended", sale_id="s2"))
    assert journal.trouble == ""
    assert (small_disk / "till.journal.ballast").stat().st_size == SIZE
    assert await journal.verify() is None
    await journal.close()


def fill(disk: Path) -> None:
    descriptor = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(descriptor, b"x" * 4096):
            pass
    except OSError:
        pass
    finally:
        os.close(descriptor)


async def test_a_full_file_frees_the_ballast_and_saves_the_result(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await journal.append(Entry("sale_opened", sale_id="s"))
    connection = journal._writer._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    free = Ballast.free

    def free_and_make_room(self: Ballast) -> bool:
        connection.execute("PRAGMA max_page_count = 100000")
        return free(self)

    monkeypatch.setattr(Ballast, "free", free_and_make_room)
    monkeypatch.setattr(Ballast, "restore", lambda self: self.is_there)
    big = Entry("paid", {"pad": "x" * 20_000}, sale_id="s")
    intent = journal.append(Entry("start_intended", {"pad": "x" * 20_000}, sale_id="s"))
    result = journal.append(big)
    with pytest.raises(JournalError, match="full"):
        await intent
    assert await result == 2
    with pytest.raises(JournalError, match="full"):
        await journal.append(Entry("pay_intended", sale_id="s"))
    assert await journal.append(Entry("paid", sale_id="s")) == 3
    assert "full" in journal.trouble


def test_the_ballast_is_real_room(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "b")
    assert ballast.restore()
    assert (tmp_path / "b").stat().st_blocks * 512 >= SIZE
    assert ballast.free()
    assert not ballast.free()


def test_without_room_for_the_ballast_nothing_is_left_behind(tmp_path: Path) -> None:
    process = os.fork()
    if not process:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        os._exit(7 if Ballast(tmp_path / "b").restore() else 0)
    assert os.waitpid(process, 0)[1] == 0
    assert not (tmp_path / "b").exists()
