"""Finding, searching and learning."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tui_pos.adapters.catalogue import SqliteCatalogue
from tui_pos.adapters.catalogue.sqlite import match_of
from tui_pos.domain.barcode import check_digit
from tui_pos.domain.money import Money
from tui_pos.ports.catalogue import Item


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    opened = SqliteCatalogue(tmp_path / "catalogue.db")
    yield opened
    opened.close()


MILK = Item("MILK-1", "Volle melk 1 l", Money(149, "EUR"), "4006381333931", "9")
UPC = Item("COLA", "Cola", Money(200, "EUR"), "0036000291452", "21")
EIGHT = Item("GUM", "Gum", Money(50, "EUR"), "96385074")


def teach(catalogue: SqliteCatalogue, *items: Item) -> None:
    catalogue.learn(items)
    catalogue.flush()
    assert catalogue.trouble == ""


def test_a_missing_file_is_an_empty_catalogue(catalogue: SqliteCatalogue) -> None:
    assert catalogue.find("4006381333931") is None
    assert catalogue.count() == 0
    assert asyncio.run(catalogue.search("melk")) == []
    assert not catalogue.path.exists()


@pytest.mark.parametrize(
    ("code", "sku"),
    [
        ("4006381333931", "MILK-1"),
        ("04006381333931", "MILK-1"),
        ("MILK-1", "MILK-1"),
        ("036000291452", "COLA"),
        ("0036000291452", "COLA"),
        ("00036000291452", "COLA"),
        ("96385074", "GUM"),
    ],
)
def test_a_code_finds_its_item_in_any_of_its_forms(
    catalogue: SqliteCatalogue, code: str, sku: str
) -> None:
    teach(catalogue, MILK, UPC, EIGHT)
    found = catalogue.find(code)
    assert found is not None
    assert found.sku == sku


@pytest.mark.parametrize(
    "code", ["", "4006381333932", "14006381333938", "milk", "' OR 1=1 --", "\ud800", "٤٠٠٦", "a\0b"]
)
def test_a_code_that_nobody_has_finds_nothing(catalogue: SqliteCatalogue, code: str) -> None:
    teach(catalogue, MILK, UPC)
    assert catalogue.find(code) is None
    assert catalogue.trouble == ""


def test_an_item_comes_back_as_it_was_learned(catalogue: SqliteCatalogue) -> None:
    free = Item("BAG", "Bag", Money(0, "EUR"))
    unknown = Item("OPEN", "Open price")
    teach(catalogue, MILK, free, unknown)
    assert [catalogue.find(sku) for sku in ("MILK-1", "BAG", "OPEN")] == [MILK, free, unknown]
    assert catalogue.count() == 3


def test_what_is_not_known_now_does_not_make_forget_what_was(catalogue: SqliteCatalogue) -> None:
    teach(catalogue, MILK)
    teach(catalogue, Item("MILK-1", "Melk"))
    assert catalogue.find("4006381333931") == Item(
        "MILK-1", "Melk", Money(149, "EUR"), "4006381333931", "9"
    )
    assert catalogue.count() == 1


def test_a_barcode_belongs_to_the_item_that_had_it_last(catalogue: SqliteCatalogue) -> None:
    teach(catalogue, MILK)
    teach(catalogue, Item("NEW", "New milk", None, MILK.gtin))
    found, old = catalogue.find(MILK.gtin), catalogue.find("MILK-1")
    assert found is not None
    assert found.sku == "NEW"
    assert old is not None
    assert old.gtin == ""


def test_what_cannot_be_told_apart_is_not_learned(catalogue: SqliteCatalogue) -> None:
    teach(catalogue, Item("", "x"), Item("a\x1b", "x"), Item("b", "\x00" * 0), MILK)
    assert catalogue.count() == 1


async def test_search_finds_all_words_by_their_beginnings_without_accents(
    catalogue: SqliteCatalogue,
) -> None:
    teach(
        catalogue,
        Item("1", "Crème brûlée"),
        Item("2", "Brie de crème"),
        Item("3", "Käse"),
        Item("4", "Ice cream"),
        Item("KA-5", "Tile"),
    )

    async def skus(text: str) -> list[str]:
        return [item.sku for item in await catalogue.search(text)]

    assert await skus("creme") == ["1", "2"]
    assert await skus("CRÈME bru") == ["1"]
    assert await skus("br") == ["2", "1"]
    assert await skus("cre") == ["1", "2", "4"]
    assert await skus("kas") == ["3"]
    assert await skus("ka-5") == ["KA-5"]
    assert await skus("k") == ["3", "KA-5"]
    assert await skus("brie xyz") == []
    assert len(await catalogue.search("c", limit=2)) == 2


async def test_a_changed_name_is_found_by_its_new_words_only(catalogue: SqliteCatalogue) -> None:
    teach(catalogue, MILK)
    teach(catalogue, Item("MILK-1", "Karnemelk"))
    assert [item.name for item in await catalogue.search("karne")] == ["Karnemelk"]
    assert await catalogue.search("volle") == []


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "*",
        "-",
        "NEAR",
        "NEAR(a b)",
        "a OR",
        "AND",
        "name:x",
        "^",
        '"melk',
        "(",
        "{",
        "+",
        "\\",
        "'",
    ],
)
async def test_query_syntax_is_harmless(catalogue: SqliteCatalogue, text: str) -> None:
    teach(catalogue, MILK, Item("OR-1", "Near and far"))
    await catalogue.search(text)
    assert catalogue._searching.trouble == ""


async def test_quotes_and_stars_around_a_word_still_find_it(catalogue: SqliteCatalogue) -> None:
    teach(catalogue, MILK)
    for text in ('"melk"', "melk*", "-melk", "(melk", "melk - volle", "melk\0"):
        assert [item.sku for item in await catalogue.search(text)] == ["MILK-1"], text


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=20) | st.text(alphabet='"*-+:^(){}ab NEAROD', max_size=20))
def test_no_text_is_a_syntax_error(catalogue: SqliteCatalogue, text: str) -> None:
    if catalogue.count() == 0:
        teach(catalogue, MILK)
    if query := match_of(text):
        catalogue._search(query, text, 10)
    assert catalogue._searching.trouble == ""


def test_learning_does_not_hold_up_finding(catalogue: SqliteCatalogue) -> None:
    teach(catalogue, MILK)
    items = []
    for n in range(5_000):
        body = f"{200000000000 + n}"
        items.append(Item(f"S{n}", f"Product {n}", Money(n, "EUR"), f"{body}{check_digit(body)}"))
    catalogue.learn(items)
    took = []
    while catalogue.find("S4999") is None:
        start = time.perf_counter()
        assert catalogue.find(MILK.gtin) == MILK
        took.append(time.perf_counter() - start)
    took.sort()
    assert took[len(took) // 2] < 0.005
    assert catalogue.count() == 5_001


def test_what_was_learned_is_written_at_closing(tmp_path: Path) -> None:
    first = SqliteCatalogue(tmp_path / "c.db")
    first.learn([MILK])
    first.close()
    second = SqliteCatalogue(tmp_path / "c.db")
    assert second.find("MILK-1") == MILK
    second.close()


def test_a_file_that_is_no_catalogue_is_told_and_left_alone(
    catalogue: SqliteCatalogue, tmp_path: Path
) -> None:
    catalogue.path.write_bytes(b"somebody's notes" * 100)
    assert catalogue.find("x") is None
    assert "catalogue.db" in catalogue.trouble
    catalogue.learn([MILK])
    catalogue.flush()
    assert catalogue.path.read_bytes() == b"somebody's notes" * 100
    catalogue.path.unlink()
    connection = sqlite3.connect(catalogue.path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert catalogue.find("x") is None
    assert "not a catalogue" in catalogue.trouble
