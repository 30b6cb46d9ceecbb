"""`catalogue import` takes the good rows, names the bad ones, and says by its code whether there were any."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Done, Program

from tui_pos.adapters.catalogue import SqliteCatalogue
from tui_pos.domain.money import Money

HEAD = "sku,gtin,name,price,vat\n"
COFFEE = "COF,4006381333931,Coffee,2.50,9\n"
TEA = "TEA,96385074,Tea,1.75,9\n"


def take(program: Program, text: str) -> Done:
    path = program.folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return program("catalogue", "--config", program.settings(), "import", path)


def kept(program: Program) -> Path:
    return program.folder / "state" / "tui-pos" / "till-1" / "catalogue.db"


def test_good_rows_are_counted_and_found(program: Program) -> None:
    done = take(program, HEAD + COFFEE + TEA)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("2 products in ")
    assert done.out.endswith("; 0 rows left out\n")
    catalogue = SqliteCatalogue(kept(program))
    try:
        item = catalogue.find("4006381333931")
        assert item is not None
        assert (item.name, item.price) == ("Coffee", Money(250, "EUR"))
    finally:
        catalogue.close()


def test_bad_rows_are_named_by_line_and_the_others_are_taken(program: Program) -> None:
    done = take(
        program,
        HEAD
        + COFFEE
        + "BAD,4006381333932,Wrong digit,1.00,9\n"
        + "NEG,,Negative,-1.00,9\n"
        + ",,No sku,1.00,9\n"
        + TEA,
    )
    assert done.code == 1
    assert done.out.startswith("2 products in ")
    assert done.out.endswith("; 3 rows left out\n")
    lines = done.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["line 3", "line 4", "line 5"]
    assert "check digit" in lines[0]
    assert "negative" in lines[1]
    assert "sku" in lines[2]


def test_of_many_bad_rows_only_the_first_are_shown(program: Program) -> None:
    done = take(program, HEAD + "".join(f"S{n},,\x1b[31mName,free,9\n" for n in range(1200)))
    assert done.code == 1
    assert done.out.endswith("; 1,200 rows left out\n")
    assert len(done.err.splitlines()) == 20
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    "text", ["", "a,b,c\n1,2,3\n", "\0\0\0\0", "name,price\nCoffee,2.50\n"], ids=range(4)
)
def test_what_is_no_price_list_is_said_in_one_line_and_the_old_one_stays(
    program: Program, text: str
) -> None:
    assert take(program, HEAD + COFFEE).code == 0
    done = take(program, text)
    assert (done.code, done.out) == (1, "")
    assert "list.csv" in done.complaint
    catalogue = SqliteCatalogue(kept(program))
    try:
        assert catalogue.count() == 1
    finally:
        catalogue.close()


def test_a_file_that_is_not_there_is_named(program: Program) -> None:
    done = program("catalogue", "--config", program.settings(), "import", "none.csv")
    assert (done.code, done.out) == (1, "")
    assert "none.csv" in done.complaint


def test_a_folder_is_no_price_list(program: Program) -> None:
    done = program("catalogue", "--config", program.settings(), "import", program.temporary)
    assert (done.code, done.out) == (1, "")
    assert str(program.temporary) in done.complaint
