"""A token is read when needed, only from a file that is its owner's alone, and never shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui_pos.config import Secret, TokenSource
from tui_pos.config.secret import SecretUnreadable


def token_file(folder: Path, text: str = "t0k3n\n", mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("t0k3n")
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>8}", repr([secret])]
    assert not any("t0k3n" in text for text in [*shown, "%s" % secret])  # noqa: UP031
    assert secret.reveal() == "t0k3n"
    assert type(secret.reveal()) is str


def test_a_renewed_token_counts_at_once(tmp_path: Path) -> None:
    source = TokenSource(token_file(tmp_path))
    assert source().reveal() == "t0k3n"
    token_file(tmp_path, "n3w")
    assert source().reveal() == "n3w"
    assert "n3w" not in repr(source)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o601])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    source = TokenSource(token_file(tmp_path, mode=mode))
    with pytest.raises(SecretUnreadable, match=r"used by others .* chmod 600"):
        source()
    with pytest.raises(SecretUnreadable):
        source.check()


def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    target = token_file(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(target)
    assert TokenSource(link)().reveal() == "t0k3n"
    target.chmod(0o644)
    with pytest.raises(SecretUnreadable):
        TokenSource(link)()


@pytest.mark.parametrize("text", ["", "\n", "two\nlines", "töken", "x" * 20_000, "a\x1b[2Jb"])
def test_what_is_no_token_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretUnreadable, match="one line"):
        TokenSource(token_file(tmp_path, text))()


def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SecretUnreadable, match="not a plain file"):
        TokenSource(tmp_path / "pipe")()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = token_file(tmp_path)
    os.chown(path, 12345, -1)
    with pytest.raises(SecretUnreadable, match="another user"):
        TokenSource(path)()
    assert TokenSource(path, is_credential=True)().reveal() == "t0k3n"


def test_settings_cost_the_start_no_library(tmp_path: Path) -> None:
    script = (
        "import sys; before = set(sys.modules); import tui_pos.config\n"
        "assert not {'pydantic', 'platformdirs', 'asyncio', 'textual', 'sqlite3'} & set(sys.modules)\n"
        "assert not [m for m in sys.modules if m.startswith('tui_pos.') and 'config' not in m]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
