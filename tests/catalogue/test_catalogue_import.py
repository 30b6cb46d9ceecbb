"""A price list becomes the catalogue; what is wrong in it is named by line."""

from __future__ import annotations

import asyncio
import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_pos.adapters.catalogue import BadRow, CatalogueError, SqliteCatalogue, Summary, import_csv
from tui_pos.adapters.catalogue.store import building, connect
from tui_pos.domain.money import Money
from tui_pos.ports.catalogue import Item


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    opened = SqliteCatalogue(tmp_path / "catalogue.db")
    yield opened
    opened.close()


HEAD = "sku,gtin,name,price,vat\n"


def take(catalogue: SqliteCatalogue, text: str | bytes, currency: str = "EUR") -> Summary:
    data = text.encode() if isinstance(text, str) else text
    return import_csv(io.BytesIO(data), catalogue.path, currency)


def test_a_price_list_becomes_the_catalogue(catalogue: SqliteCatalogue) -> None:
    summary = take(
        catalogue, HEAD + "A,4006381333931,Milk,1.49,9\nB,,Bag,0.25,21\n\nC,036000291452,Open,,\n"
    )
    assert (summary.rows, summary.imported, summary.bad) == (3, 3, ())
    assert summary.seconds > 0
    assert catalogue.find("4006381333931") == Item(
        "A", "Milk", Money(149, "EUR"), "4006381333931", "9"
    )
    assert catalogue.find("C") == Item("C", "Open", None, "0036000291452")
    assert [item.sku for item in asyncio.run(catalogue.search("mil"))] == ["A"]
    assert catalogue.count() == 3


def test_columns_come_in_any_order_and_others_are_ignored(catalogue: SqliteCatalogue) -> None:
    take(catalogue, "Name ,stock,PRICE,SKU\nMilk,7,1.5,A\n")
    assert catalogue.find("A") == Item("A", "Milk", Money(150, "EUR"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_separators_are_found_out(
    catalogue: SqliteCatalogue, encoding: str, separator: str, line_end: str
) -> None:
    text = line_end.join(
        (separator.join(("sku", "name", "price")), separator.join(("A", '"Käse, ""alt""; 5"', "2")))
    )
    take(catalogue, text.encode(encoding))
    assert catalogue.find("A") == Item("A", 'Käse, "alt"; 5', Money(200, "EUR"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,Milk,1,9", "sku: is missing"),
        ("A,,,1,9", "name: is missing"),
        ("A,,Milk,-1.00,9", "price: is negative"),
        ("A,,Milk,1.999,9", "price: EUR has 2 decimals"),
        ("A,,Milk,free,9", "price: not a number with a decimal point, such as 2.49"),
        ('A,,Milk,"1,99",9', "price: not a number with a decimal point, such as 2.49"),
        ("A,,Milk,1.,9", "price: not a number with a decimal point, such as 2.49"),
        ("A,,Milk,.5,9", "price: not a number with a decimal point, such as 2.49"),
        ("A,,Milk,1e3,9", "price: not a number with a decimal point, such as 2.49"),
        ("A,,Milk,٣,9", "price: not a number with a decimal point, such as 2.49"),
        ("A,,Milk,9999999999999,9", "price: too large"),
        ("A,4006381333932,Milk,1,9", "gtin: the check digit is wrong (should be 1)"),
        ("A,400638133393,Milk,1,9", "gtin: the check digit is wrong (should be 9)"),
        ("A,40063813339,Milk,1,9", "gtin: has 11 digits, not 8, 12, 13 or 14"),
        ("A,4.00638E+12,Milk,1,9", "gtin: has other characters than digits"),
        ("A,,Milk", "has 3 fields, not 5"),
        ("A\x1b[2J,,Milk,1,9", "sku: not a plain code of at most 64 characters"),
        ("GOOD,,Milk,1,9", "sku: occurs twice"),
        ("A,4006381333931,Milk,1,9", "gtin: occurs twice"),
        ("A,04006381333931,Milk,1,9", "gtin: occurs twice"),
        (f"A,,{'x' * 20_000},1,9", "not CSV: field larger than field limit (10000)"),
    ],
)
def test_a_bad_row_is_left_out_and_named(catalogue: SqliteCatalogue, row: str, reason: str) -> None:
    summary = take(catalogue, f"{HEAD}GOOD,4006381333931,Good,1.00,9\n{row}\nLAST,,Last,1.00,9\n")
    if reason.endswith("(should be 9)"):
        reason = summary.bad[0].reason
    assert summary.bad == (BadRow(3, reason),)
    assert (summary.rows, summary.imported, summary.bad_count) == (3, 2, 1)
    assert catalogue.find("GOOD") == Item("GOOD", "Good", Money(100, "EUR"), "4006381333931", "9")
    assert catalogue.find("LAST") is not None
    assert catalogue.count() == 2


def test_lines_are_counted_as_an_editor_does(catalogue: SqliteCatalogue) -> None:
    summary = take(catalogue, 'sku,name\nA,"two\nlines"\n\nB,\n')
    assert summary.bad == (BadRow(5, "name: is missing"),)
    item = catalogue.find("A")
    assert item is not None
    assert item.name == "two lines"


def test_a_quote_that_is_never_closed_costs_some_rows_not_all(catalogue: SqliteCatalogue) -> None:
    rows = "".join(f"S{n},Product {n}\n" for n in range(5_000))
    summary = take(catalogue, f'sku,name\nBAD,"open\n{rows}')
    assert [bad.line for bad in summary.bad] == [2]
    assert catalogue.find("S4999") is not None


def test_many_duplicates_are_all_left_out_and_the_list_is_capped(
    catalogue: SqliteCatalogue,
) -> None:
    rows = "".join(f"S{n % 3_000},Product\n" for n in range(6_000))
    summary = take(catalogue, "sku,name\n" + rows)
    assert (summary.imported, summary.bad_count, len(summary.bad)) == (3_000, 3_000, 1_000)
    assert summary.bad[0] == BadRow(3_002, "sku: occurs twice")
    assert catalogue.count() == 3_000


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 2), ("EUR", 200), ("KWD", 2000)])
def test_prices_have_the_decimals_of_their_currency(
    catalogue: SqliteCatalogue, currency: str, minor: int
) -> None:
    take(catalogue, "sku,name,price\nA,Milk,2.00\n", currency)
    item = catalogue.find("A")
    assert item is not None
    assert item.price == Money(minor, currency)


def test_names_are_made_harmless(catalogue: SqliteCatalogue) -> None:
    take(catalogue, "sku,name\nA,Mi\x1b[31mlk\u202e\n")
    item = catalogue.find("A")
    assert item is not None
    assert "\x1b" not in item.name
    assert "\u202e" not in item.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'no column "sku"'),
        ("A,Milk\n", 'no column "sku"'),
        ("sku,price\n", 'no column "name"'),
        ("sku,name,sku\n", 'the column "sku" twice'),
    ],
)
def test_without_a_heading_the_old_catalogue_stays(
    catalogue: SqliteCatalogue, text: str, words: str
) -> None:
    take(catalogue, "sku,name\nA,Milk\n")
    before = sorted(os.listdir(catalogue.path.parent))
    with pytest.raises(CatalogueError, match=words):
        take(catalogue, text)
    assert catalogue.find("A") is not None
    assert [name for name in os.listdir(catalogue.path.parent) if name not in before] == [
        name for name in os.listdir(catalogue.path.parent) if name.endswith(("-wal", "-shm"))
    ]


def test_a_running_till_sees_the_new_catalogue_and_the_old_one_goes(
    catalogue: SqliteCatalogue,
) -> None:
    take(catalogue, "sku,name\nA,Milk\n")
    assert catalogue.find("A") is not None
    asyncio.run(catalogue.search("milk"))
    catalogue.learn([Item("L", "Learned")])
    catalogue.flush()
    take(catalogue, "sku,name\nB,Bread\n")
    assert catalogue.find("A") is None
    assert catalogue.find("B") is not None
    assert [item.sku for item in asyncio.run(catalogue.search("b"))] == ["B"]
    catalogue.learn([Item("C", "Cheese")])
    catalogue.flush()
    assert catalogue.count() == 2
    data = os.readlink(catalogue.path)
    others = {"catalogue.db", "catalogue.db.lock", data, f"{data}-wal", f"{data}-shm"}
    assert set(os.listdir(catalogue.path.parent)) <= others


def test_other_files_of_that_name_are_left_alone(catalogue: SqliteCatalogue) -> None:
    precious = catalogue.path.with_name("catalogue.db.csv")
    precious.write_text("sku,name\nA,Milk\n")
    import_csv(precious, catalogue.path, "EUR")
    import_csv(precious, catalogue.path, "EUR")
    assert precious.exists()
    catalogue.close()
    catalogue.path.unlink()
    catalogue.path.write_text("notes")
    with pytest.raises(CatalogueError, match="would be overwritten"):
        import_csv(precious, catalogue.path, "EUR")
    assert catalogue.path.read_text() == "notes"


def test_one_import_at_a_time(catalogue: SqliteCatalogue) -> None:
    with building(catalogue.path), pytest.raises(CatalogueError, match="another process"):
        take(catalogue, "sku,name\nA,Milk\n")
    take(catalogue, "sku,name\nA,Milk\n")


def test_a_file_that_is_not_there_is_told(catalogue: SqliteCatalogue, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"none\.csv"):
        import_csv(tmp_path / "none.csv", catalogue.path, "EUR")


def test_a_stream_that_cannot_be_wound_back_is_read_too(catalogue: SqliteCatalogue) -> None:
    reading, writing = os.pipe()
    os.write(writing, "sku,name\nA,Käse\n".encode("cp1252"))
    os.close(writing)
    with open(reading, "rb") as stream:
        import_csv(stream, catalogue.path, "EUR")
    item = catalogue.find("A")
    assert item is not None
    assert item.name == "Käse"


def test_progress_is_told_and_memory_stays_flat(catalogue: SqliteCatalogue, tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write("sku,name,price\n")
        file.writelines(f"S{n},Product number {n},1.25\n" for n in range(30_000))
    seen: list[int] = []
    tracemalloc.start()
    summary = import_csv(path, catalogue.path, "EUR", progress=seen.append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary.imported == 30_000
    assert seen == sorted(seen)
    assert seen[-1] == 30_000
    assert peak < 6_000_000


def test_the_full_text_index_agrees_with_the_products(catalogue: SqliteCatalogue) -> None:
    take(catalogue, "sku,name\nA,Milk\nA,Twice\nB,Bread\n")
    catalogue.learn([Item("A", "Buttermilk"), Item("C", "Cheese")])
    catalogue.flush()
    connection = connect(catalogue.path, writing=True)
    connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
