"""The places besides the screen where foreign text ends up: journal, log, reports, file names."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

from walls_corpus import harm

from tui_pos import cli


def is_plain(text: str) -> None:
    """Lines of text and nothing that a terminal, a pager or a log viewer would obey."""
    assert harm(text.replace("\n", "")) == []


def command(*arguments: str) -> tuple[int, str, str]:
    """A command's exit code, its output and its complaints."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main(list(arguments))
    return code, out.getvalue(), err.getvalue()


def reports_are_harmless(journal: Path) -> None:
    """What `journal` says of a file, whatever verb."""
    for verb in ("list", "verify", "export"):
        _, out, err = command("journal", "--file", str(journal), verb)
        is_plain(out)
        is_plain(err)
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as base:
        sales = [str(row[0]) for row in base.execute("select distinct sale_id from journal")]
    for sale_id in [s for s in sales if s][:20]:
        _, out, err = command("journal", "--file", str(journal), "show", sale_id)
        is_plain(out)
        is_plain(err)


def sinks_are_harmless(folder: Path) -> None:
    """All of a till's files below a folder."""
    journal = folder / "till.journal"
    reports_are_harmless(journal)
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as base:
        for dumped in base.iterdump():
            is_plain(dumped.replace("\t", ""))
    for log in folder.rglob("*.log*"):
        is_plain(log.read_text(encoding="utf-8"))
    for path in folder.rglob("*"):
        is_plain(path.name)
    for invoice in (folder / "invoices").glob("*"):
        assert re.fullmatch(r"[A-Za-z0-9_-]+\.pdf", invoice.name), invoice.name
        assert invoice.stat().st_mode & 0o777 == 0o600
