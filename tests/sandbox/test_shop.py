"""The catalogue and the people of the simulated shop."""

from __future__ import annotations

from tui_pos.sandbox import shop, shop_people
from tui_pos.sandbox.store import Store


def test_the_catalogue_is_a_shops_size_and_has_valid_unique_codes() -> None:
    products = list(shop.products().values())
    assert 280 <= len(products) <= 330
    assert len({p.gtin for p in products}) == len(products)
    for product in products:
        digits = [int(d) for d in product.gtin]
        weights = [3 if n % 2 else 1 for n in range(len(digits))]
        assert sum(d * w for d, w in zip(reversed(digits), weights, strict=True)) % 10 == 0
        assert len(digits) in (8, 13)
        assert product.price > 0
    assert 5 <= sum(len(p.gtin) == 8 for p in products) <= 20


def test_check_digits_are_those_of_known_codes() -> None:
    assert shop.check_digit("400638133393") == "1"
    assert shop.check_digit("9638507") == "4"


def test_the_catalogue_has_what_makes_screens_stumble() -> None:
    labels = {p.label for p in shop.products().values()}
    assert "Bolt M6 [10 pcs]" in labels
    assert "Chocolate bar, 50% cacao" in labels
    assert any("é" in label or "ô" in label for label in labels)
    assert {p.vat_rate for p in shop.products().values()} == {0, 9, 21}
    assert any(p.is_batch_tracked for p in shop.products().values())
    assert any(p.is_serial_tracked for p in shop.products().values())


def test_ids_are_the_same_in_every_run() -> None:
    assert shop.STORE_CHANNEL == "1cd2d431-4596-5846-9416-acbf664c8e84"
    assert len(shop_people.addresses()) == len(shop_people.contacts()) + len(
        shop_people.organisations()
    )


def test_a_store_keeps_the_order_in_which_things_came() -> None:
    store = Store(None)
    for key in ("b", "a", "b"):
        store.put("thing", key, {"key": key})
    assert [d["key"] for d in store.load("thing")] == ["b", "a"]
    assert store.get("thing", "c") is None
    store.close()
