"""What every command says on its two streams is text, whatever it was given to read or to name."""

from __future__ import annotations

import asyncio
import io
import os
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hostile_console import settle, toml
from hostile_shop import a_shop
from hostile_till import a_wired_till
from sinks import command, is_plain
from walls_corpus import FULL, STRINGS, packed

from tui_pos.adapters.clock import SystemClock
from tui_pos.adapters.journal import open_journal
from tui_pos.config.load import load
from tui_pos.config.settings import SettingsError
from tui_pos.demo_sale import play_sale
from tui_pos.ports.journal import Entry
from tui_pos.services.receipts import receipt
from tui_pos.services.till import Till

SOME = STRINGS if FULL else STRINGS[::5]


def can_be_given(text: str) -> bool:
    """Whether an operating system would pass it on as an argument that is no option."""
    try:
        os.fsencode(text)
    except UnicodeError:
        return False
    return "\0" not in text and bool(text.strip()) and text[0] != "-"


GIVEN = [text[:100] for text in SOME if can_be_given(text)]


def said(*arguments: str) -> int:
    """Run it; both streams hold text only."""
    code, out, err = command(*arguments)
    is_plain(out)
    is_plain(err)
    assert "Traceback" not in err
    return code


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "till.journal"

    async def write() -> None:
        book = open_journal(f"sqlite:///{path}", "till-1", SystemClock())
        await book.append(Entry("sale_opened", {"currency": "EUR"}, "sale-1"))
        await book.close()

    asyncio.run(write())
    return path


def test_a_name_that_a_journal_does_not_know(journal: Path) -> None:
    for text in GIVEN:
        assert said("journal", "--file", str(journal), "show", text) in (0, 1)


def test_files_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = str(settle(tmp_path, "http://127.0.0.1:1"))
    for text in GIVEN:
        assert said("journal", "--file", text, "list") == 1
        assert said("--config", text) == 2
        assert said("catalogue", "--config", settings, "import", text) in (1, 2)


def test_every_line_of_a_catalogue_export(tmp_path: Path) -> None:
    settings = str(settle(tmp_path, "http://127.0.0.1:1"))
    export = tmp_path / "export.csv"
    for at in range(4):
        rows = ["sku,gtin,name,price,vat"]
        for n, text in enumerate(t[:300] for t in STRINGS):
            cells = [f"SKU-{n}", "", f"Name {n}", "1.00", "21"]
            cells[(0, 2, 3, 4)[at]] = text
            rows.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells))
        export.write_bytes("\n".join(rows).encode("utf-8", "surrogatepass"))
        assert said("catalogue", "--config", settings, "import", str(export)) in (0, 1)


@pytest.mark.parametrize(
    "name", ["store", "cashier", "note", "id", "locale", "base_url", "channel_id"]
)
def test_settings_of_every_kind(name: str, tmp_path: Path) -> None:
    path = settle(tmp_path, "http://127.0.0.1:1")
    lines = path.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{name} = "))
    for text in SOME:
        try:
            lines[at] = f"{name} = {toml(text)}"
            path.write_text("\n".join(lines), encoding="utf-8")
            found: Any = load(str(path), {})
        except SettingsError as error:
            is_plain(str(error))
            continue
        assert getattr(
            found.till if hasattr(found.till, name) else found.backend, name
        ).isprintable()


async def test_a_sale_without_a_console_in_every_words(tmp_path: Path) -> None:
    """The demo's transcript and receipt over a shop whose every text is hostile."""
    texts = packed(190)
    words = {name: texts[n::7] for n, name in enumerate(("label", "number", "invoice_number"))}
    state: dict[str, Any] = {"method_names": texts, "drawer_names": texts, "starts": "PENDING"}
    with a_shop(words=words, **state) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            out = io.StringIO()
            steered: list[object] = []

            def steer(*args: object, **more: object) -> None:
                steered.append(args)

            async def pay() -> None:
                await bench.until(lambda: shop.calls("start") >= 2, within_s=25)
                for payment in shop.payments.values():
                    payment.status = "PAID"

            class Wired:
                till: Till = bench.till

                async def open(self) -> None: ...

                async def close(self) -> None: ...

            paying = asyncio.create_task(pay())
            code = await play_sale(Wired(), steer, out)  # type: ignore[arg-type]
            await paying
            assert code == 0
            is_plain(out.getvalue())
            assert "Invoice" in out.getvalue()


async def test_receipts_of_every_name(tmp_path: Path) -> None:
    texts = packed(190)
    codes = [f"{n:013d}" for n in range(len(texts))]
    labels = {f"label {code}": text for code, text in zip(codes, texts, strict=True)}
    with a_shop(words={**labels, "number": texts, "rate": packed(20)}) as shop:
        async with a_wired_till(shop, tmp_path) as bench:
            for code in codes:
                bench.till.ring_up(code)
            sale = bench.till.current
            await bench.till.ready_to_pay(sale)
            for width in (42, 32, 20, 8):
                lines = receipt(
                    sale,
                    store="Utrecht",
                    till_id="till-1",
                    cashier="Anna",
                    at=datetime(2026, 11, 21, tzinfo=UTC),
                    money=lambda m: str(m.to_decimal()),
                    width=width,
                )
                is_plain("\n".join(lines))


def test_help_and_versions_are_text() -> None:
    for arguments in (["--help"], ["--version"], ["journal", "--help"], ["demo", "--help"]):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            from tui_pos import cli

            assert cli.main(arguments) == 0
        is_plain(out.getvalue())
        is_plain(err.getvalue())
