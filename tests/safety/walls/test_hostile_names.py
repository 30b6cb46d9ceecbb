"""Whatever a server calls its goods, its terminals and its orders: a screen shows text, and obeys nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hostile_console import F, RawConsole, a_till
from hostile_shop import Word, a_shop
from raw_output import is_harmless
from sinks import sinks_are_harmless
from walls_corpus import FULL, STRINGS, packed

TALL = 1_100
LAST = "9999999999999"


def codes(count: int) -> list[str]:
    return [f"{n:013d}" for n in range(1, count + 1)]


def named(texts: Sequence[str]) -> dict[str, Word]:
    """A name for each of `codes`, and one more by which the last answer is known."""
    labels: dict[str, Word] = dict(
        zip((f"label {c}" for c in codes(len(texts))), texts, strict=True)
    )
    return {**labels, f"label {LAST}": "The end"}


def scan(till: RawConsole, wanted: Sequence[str]) -> None:
    till.wrote("Scan an item").send("".join(f"{code}\r" for code in wanted))


def scan_all(till: RawConsole, texts: Sequence[str]) -> list[str]:
    """Ring everything up and wait until every line has its name."""
    wanted = [*codes(len(texts)), LAST]
    for at in range(0, len(wanted), 300):
        scan(till, wanted[at : at + 300])
    till.wrote("The end")
    return wanted[:-1]


def test_a_name_of_every_kind_in_the_basket(tmp_path: Path) -> None:
    with a_shop(words=named(STRINGS)) as shop, a_till(shop, tmp_path, size=(120, TALL)) as till:
        scan_all(till, STRINGS)
        assert till.leave() == 0
        is_harmless(till.found)
        sinks_are_harmless(tmp_path)


def test_a_name_of_every_kind_at_every_edge(tmp_path: Path) -> None:
    """The right edge of narrow windows, where a wide character does not fit any more."""
    texts = packed(190)
    sizes = [(80, 24), (79, 30), (41, 100), (20, 90), (3, 12)]
    with a_shop(words=named(texts)) as shop, a_till(shop, tmp_path, size=(80, 120)) as till:
        scan_all(till, texts)
        for columns, rows in sizes:
            before = len(till.data)
            till.child.setwinsize(rows, columns)
            till.send("1\x15").until(lambda before=before: len(till.data) > before)  # type: ignore[misc]
            till.send("\x1b[H\x1b[F").until(lambda: till.read(0.05))
        assert till.leave() == 0
        till.lines, till.columns = 120, 80
        is_harmless(till.found)


def test_a_name_of_every_kind_in_the_message_line(tmp_path: Path) -> None:
    texts = packed(190)
    with a_shop(words=named(texts)) as shop, a_till(shop, tmp_path, size=(220, 250)) as till:
        wanted = scan_all(till, texts)
        for number, _ in enumerate(wanted if FULL else wanted[::2]):
            for keys in (f"*{number + 3}\r", "\x1b", F[8], "\x1b"):
                before = len(till.data)
                till.send(keys).until(lambda before=before: len(till.data) > before)  # type: ignore[misc]
        assert till.leave() == 0
        is_harmless(till.found)
        sinks_are_harmless(tmp_path)


def test_a_refusal_in_every_kind_of_words(tmp_path: Path) -> None:
    texts = packed(150)
    wanted = codes(len(texts))
    refused = dict(zip(wanted, texts, strict=True))
    with a_shop(refused_skus=refused) as shop, a_till(shop, tmp_path, size=(200, 150)) as till:
        scan(till, wanted)
        till.until(lambda: till.data.count(b"UNKNOWN CODE") >= len(wanted))
        assert till.leave() == 0
        is_harmless(till.found)
        sinks_are_harmless(tmp_path)


def test_ways_to_pay_of_every_kind(tmp_path: Path) -> None:
    texts = packed(190)
    state = {"method_names": texts, "terminal_names": texts, "drawer_names": texts}
    with a_shop(**state) as shop, a_till(shop, tmp_path, size=(230, 400)) as till:
        scan(till, codes(2))
        till.send(F[9]).wrote("To pay").wrote("card terminal")
        for _ in range(2 * len(texts) + 10):
            before = len(till.data)
            till.send("\x1b[B").until(lambda before=before: len(till.data) > before)  # type: ignore[misc]
        assert till.leave() == 0
        is_harmless(till.found)
        sinks_are_harmless(tmp_path)


@pytest.mark.timeout(0 if FULL else 120)
@pytest.mark.parametrize("part", range(10 if FULL else 1))
def test_sales_of_which_every_word_is_hostile(part: int, tmp_path: Path) -> None:
    """Order number, payment status, action, invoice number and address, method and terminal, of every sale."""
    wide, narrow = packed(190), packed(38)
    narrow = narrow[part::10] if FULL else narrow[::40]
    wide = wide[part:] + wide[:part]
    count = len(narrow)
    words = {
        "number": wide,
        "invoice_number": wide,
        "pdf_url": wide,
        "rate": narrow,
        "step": narrow,
        "channel": wide,
        "pin": wide,
        "label": wide,
    }
    with a_shop(words=words, terminal_names=wide[:40], starts="PENDING") as shop:
        with a_till(shop, tmp_path, size=(100, 70)) as till:
            till.show("Scan an item")
            for number in range(count):
                sale(till, number, lambda text: shop.words.update(status=text), narrow)
                for payment in list(shop.payments.values()):
                    payment.status = "PAID"
                before = len(till.data)
                till.send(F[2]).wrote("Paid", since=before).wrote("Invoice|invoice", since=before)
                till.send("\r").until(lambda: shop.calls("openOrder") > number)  # noqa: B023
            assert till.leave() == 0
            is_harmless(till.found)
        sinks_are_harmless(tmp_path)
        assert shop.calls("start") == count


def sale(till: RawConsole, number: int, say: Callable[[str], None], narrow: list[str]) -> None:
    say(narrow[number])
    before = len(till.data)
    till.send(f"{number + 1:013d}\r").wrote(f"{number + 1:013d}", since=before)
    before = len(till.data)
    till.send(F[9]).wrote("card terminal", since=before)
    before = len(till.data)
    till.send("\r").wrote("Outcome not known", since=before)


@pytest.mark.parametrize("operation", ["createPayment", "start", "invoiceItems", "createOrder"])
def test_what_a_refusal_says_is_said_as_text(operation: str, tmp_path: Path) -> None:
    texts = packed(150)
    count = len(texts) if FULL else 8
    texts = texts[:: max(1, len(texts) // count)]
    with a_shop(words={"error": texts}) as shop, a_till(shop, tmp_path, size=(180, 40)) as till:
        till.show("Scan an item")
        if operation == "createOrder":
            shop.refuses = {operation}
            till.send("0000000000001\r")
            for _ in texts[:4]:
                before = shop.calls(operation)
                till.send(F[9]).until(lambda before=before: shop.calls(operation) > before)  # type: ignore[misc]
                till.show("refused|server").send("\x1b")
        elif operation == "invoiceItems":
            till.send("0000000000001\r").show("0000000000001")
            shop.refuses = {operation}
            till.send(F[9]).show("card terminal").send("\r").show("^ *Paid").show("refused")
        else:
            shop.refuses = {operation}
            till.send("0000000000001\r").show("0000000000001")
            till.send(F[9]).show("card terminal")
            for _ in texts:
                before = len(till.data)
                till.send("\r").wrote("Not started|Not paid|Outcome|Nothing", since=before)
                till.show("Enter")
        assert till.leave() == 0
        is_harmless(till.found)
    sinks_are_harmless(tmp_path)


def test_a_link_for_the_customer_of_every_kind(tmp_path: Path) -> None:
    texts = packed(1_500) if FULL else packed(1_500)[::6]
    for number, text in enumerate(texts):
        folder = tmp_path / str(number)
        folder.mkdir()
        with a_shop(words={"action_url": text, "follow": "Link"}) as shop:
            with a_till(shop, folder, size=(150, 60)) as till:
                till.show("Scan an item").send("0000000000001\r").show("0000000000001")
                till.send(F[9]).show("card terminal")
                way = re.search(r"(\d) +Link", till.text)
                assert way is not None
                till.send(way[1]).send("\r").show("Waiting|Not started|link")
                assert till.leave() == 0
                is_harmless(till.found)
        sinks_are_harmless(folder)
