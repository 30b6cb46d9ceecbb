"""The machine's clocks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tui_pos.adapters import clock as module
from tui_pos.adapters.clock import SystemClock
from tui_pos.ports.clock import Clock


async def test_it_has_two_clocks_and_the_name_of_this_start_of_the_machine() -> None:
    clock: Clock = SystemClock()
    before = clock.boot()
    await clock.sleep(0)
    assert clock.boot() >= before > 0
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.boot_id == SystemClock().boot_id != ""


def test_without_a_boot_id_every_process_is_a_restart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_BOOT_ID", tmp_path / "none")
    assert SystemClock().boot_id != SystemClock().boot_id
