"""Invoices become files in one folder, whatever they are called and whatever waits there."""

from __future__ import annotations

import asyncio
import os
from itertools import product
from pathlib import Path

import pytest
from hostile_shop import a_shop
from hostile_till import a_wired_till
from walls_corpus import FULL, STRINGS

from tui_pos.adapters.documents import FolderDocuments
from tui_pos.domain.errors import PosError
from tui_pos.domain.order import InvoiceRef

PDF = b"%PDF-1.7 one\n"
STEMS = [
    "..",
    ".",
    "",
    " ",
    "../../escape",
    "..\\..\\escape",
    "/etc/cron.d/escape",
    "C:\\escape",
    "\\\\host\\share\\x",
    "a/../../escape",
    "%2e%2e%2fescape",
    "..%c0%afescape",
    "a\0b",
    "a\nb",
    "CON",
    "con",
    "NUL",
    "nul.",
    "COM1",
    "lpt9",
    "aux.txt",
    "x" * 300,
    "\u00e9" * 200,
    "\U0001f9fe" * 100,
    "fdp\u202egnp",
    "-rf",
    "--help",
    "~root",
    "$HOME",
    "$(id)",
    "`id`",
    "a;b|c&d",
    "*?<>|:",
    ".bashrc",
    ".ssh/authorized_keys",
    "a b",
    "a'b\"c",
    "\ud800",
    "\ufeffa",
    "a:stream",
]
SUFFIXES = ["pdf", "", "exe", "../sh", "p" * 300, "pdf\0", "PDF\u202e"]


def outside(folder: Path) -> set[Path]:
    """Everything below a folder that is not below its `invoices`."""
    return {p for p in folder.rglob("*") if "invoices" not in p.relative_to(folder).parts}


def is_kept_well(path: Path, folder: Path, data: bytes = PDF) -> None:
    assert path.parent == folder
    assert path.resolve().parent == folder.resolve()
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o7777 == 0o600
    assert path.read_bytes() == data
    assert len(path.name.encode()) <= 255
    assert path.name[0] not in ".-~"


async def test_any_name_stays_inside(tmp_path: Path) -> None:
    folder = tmp_path / "invoices"
    documents = FolderDocuments(folder)
    names = [f"{stem}.{suffix}" for stem, suffix in product(STEMS, SUFFIXES)]
    names += [f"{text}.pdf" for text in (STRINGS if FULL else STRINGS[::4])]
    assert len(names) >= 200
    before = outside(tmp_path)
    for number, name in enumerate(names):
        data = PDF + str(number).encode()
        is_kept_well(Path(await documents.save(name, data)), folder, data)
    assert outside(tmp_path) == before
    assert len(list(folder.iterdir())) == len(names)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mask", [0, 0o777])
async def test_a_loose_or_tight_umask_changes_no_mode(mask: int, tmp_path: Path) -> None:
    old = os.umask(mask)
    try:
        saved = await FolderDocuments(tmp_path).save("a.pdf", PDF)
        mode = Path(saved).stat().st_mode & 0o777
    except PosError:
        mode = 0
    finally:
        os.umask(old)
    assert mode & 0o177 == 0


async def test_nothing_that_waits_there_is_followed_or_overwritten(tmp_path: Path) -> None:
    folder, victim = tmp_path / "invoices", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("precious")
    (folder / "a.pdf").symlink_to(victim)
    (folder / "a-1.pdf").symlink_to(tmp_path / "nowhere")
    (folder / "a-2.pdf").mkdir()
    (folder / "a-3.pdf").write_bytes(b"%PDF-1.7 two\n")  # of the same size
    os.mkfifo(folder / "a-4.pdf")
    os.link(victim, folder / "a-5.pdf")
    documents = FolderDocuments(folder)
    async with asyncio.timeout(5):
        path = Path(await documents.save("a.pdf", PDF))
    assert path.name == "a-6.pdf"
    is_kept_well(path, folder)
    assert victim.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    assert (folder / "a-3.pdf").read_bytes() == b"%PDF-1.7 two\n"


async def test_a_pipe_that_waits_there_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pdf")
    async with asyncio.timeout(5):
        assert (await FolderDocuments(tmp_path).save("a.pdf", PDF)).endswith("a-1.pdf")


async def test_many_at_once_under_one_name_are_many_files(tmp_path: Path) -> None:
    documents = FolderDocuments(tmp_path)
    saved = await asyncio.gather(
        *(documents.save("same.pdf", PDF + str(n).encode()) for n in range(40))
    )
    assert len(set(saved)) == 40
    found = {Path(path).read_bytes() for path in saved}
    assert found == {PDF + str(n).encode() for n in range(40)}


async def test_the_same_invoice_fetched_again_is_one_file(tmp_path: Path) -> None:
    documents = FolderDocuments(tmp_path)
    first = await documents.save("a.pdf", PDF)
    assert await documents.save("a.pdf", PDF) == first
    assert len(list(tmp_path.iterdir())) == 1


async def test_the_till_names_files_by_numbers_of_any_kind(tmp_path: Path) -> None:
    before = outside(tmp_path)
    with a_shop() as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            folder = tmp_path / "invoices"
            sale, _ = await bench.rung_up()
            saved = set()
            for stem in STEMS:
                invoice = InvoiceRef("i", stem, None, f"{shop.url}/documents/x.pdf")
                await bench.till.finisher._fetch(sale, invoice)
                path = Path(sale.invoice_path)
                saved.add(path)
                is_kept_well(path, folder, b"%PDF-1.7\n%%EOF\n")
                assert path.suffix == ".pdf"
    left = {p.name.partition(".")[0] for p in outside(tmp_path) - before}
    assert left <= {"till", "catalogue"}
