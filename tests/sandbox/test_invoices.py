"""Invoicing: asynchronous, over exactly the offered units, with a real PDF."""

from __future__ import annotations

import io
from typing import Any

import pypdf
from shopper import Shopper

from tui_pos.sandbox import shop_people

BEANS = {"sku": "COF-ESP-250", "quantity": 2}
MUG = {"sku": "MUG-RED", "quantity": 1}


async def ready(shop: Shopper, order_id: str) -> list[str]:
    """Unit ids the order offers for invoicing."""
    actions = (await shop.read(order_id))["actions"]
    return [unit for action in actions if action["action"] == "invoice" for unit in action["ids"]]


async def invoice(shop: Shopper, *units: str, **given: Any) -> dict[str, Any]:
    """The invoice made of these units."""
    selection = "invoice { id number total pdf_url }"
    made = await shop.do("invoiceItems", selection, items=list(units), **given)
    found: dict[str, Any] = made["invoice"]
    return found


async def test_the_invoice_action_appears_some_time_after_opening() -> None:
    async with Shopper(invoice_delay_s=10) as shop:
        order_id = await shop.opened(BEANS)
        order = await shop.read(order_id)
        assert (order["actions"], order["processing"]) == ([], ["ALLOCATING"])
        too_early = await shop.refused("invoiceItems", items=order["items"][0]["ids"])
        assert (too_early["code"], too_early["field"]) == ("VALIDATION_ERROR", "items.0")
        shop.server.advance(11)
        order = await shop.read(order_id)
        assert order["processing"] == []
        assert order["actions"] == [{"action": "invoice", "ids": order["items"][0]["ids"]}]


async def test_a_part_can_be_invoiced_and_more_added_to_the_same_invoice() -> None:
    async with Shopper() as shop:
        order_id = await shop.opened(BEANS, MUG)
        bean, other_bean, mug = await ready(shop, order_id)
        first = await invoice(shop, bean)
        assert (first["number"][4:], first["total"]) == ("-0001", 695)
        assert await ready(shop, order_id) == [other_bean, mug]
        assert (await shop.read(order_id))["status"] == "OPEN"

        grown = await invoice(shop, mug, invoice_id=first["id"])
        assert (grown["id"], grown["total"]) == (first["id"], 1590)
        second = await invoice(shop, other_bean)
        assert second["number"][4:] == "-0002"
        order = await shop.read(order_id)
        assert (order["status"], order["actions"]) == ("CLOSED", [])
        assert [i["total"] for i in order["invoices"]] == [1590, 695]
        again = await shop.ask(
            "query I($id: String!) { invoice(id: $id) { total } }", id=first["id"]
        )
        assert again["data"]["invoice"] == {"total": 1590}


async def test_units_are_invoiced_once() -> None:
    async with Shopper() as shop:
        order_id = await shop.opened(BEANS)
        units = await ready(shop, order_id)
        twice = await shop.refused("invoiceItems", items=[units[0], units[0]])
        assert twice["field"] == "items.1"
        await invoice(shop, *units)
        again = await shop.refused("invoiceItems", items=units)
        assert (again["code"], again["field"]) == ("VALIDATION_ERROR", "items.0")
        assert (await shop.refused("invoiceItems", items=[]))["field"] == "items"
        assert len((await shop.read(order_id))["invoices"]) == 1


async def test_an_invoice_is_of_one_order() -> None:
    async with Shopper() as shop:
        one = await ready(shop, await shop.opened(BEANS))
        two = await ready(shop, await shop.opened(BEANS))
        mixed = await shop.refused("invoiceItems", items=[one[0], two[0]])
        assert mixed["field"] == "items.1"
        made = await invoice(shop, one[0])
        foreign = await shop.refused("invoiceItems", items=[two[0]], invoice_id=made["id"])
        assert foreign["field"] == "invoice_id"
        unknown = await shop.refused("invoiceItems", items=[two[0]], invoice_id="x")
        assert unknown["code"] == "NOT_FOUND"


async def test_parts_of_a_discounted_line_add_up_to_the_line() -> None:
    off = {"amount": 100, "is_percentage": False, "is_discount": True}
    async with Shopper() as shop:
        order_id = await shop.opened({**MUG, "quantity": 3, "price": 334, "adjustments": [off]})
        totals = [(await invoice(shop, u))["total"] for u in await ready(shop, order_id)]
        assert totals == [301, 301, 300]


async def test_the_pdf_shows_seller_buyer_lines_vat_total_and_payment() -> None:
    contact = next(iter(shop_people.contacts().values()))
    async with Shopper() as shop:
        order_id = await shop.concept(customer={"contact_id": contact["id"]})
        await shop.do("addItemsToOrder", "order { id }", order_id=order_id, items=[BEANS, MUG])
        await shop.attach(order_id, "CASH")
        payment = (await shop.create(order_id, 2285)).json()["data"]
        await shop.put_paid(payment, 2285)
        await shop.do("openOrder", "order { id }", order_id=order_id)
        made = await invoice(shop, *await ready(shop, order_id))

        del shop.http.headers["Authorization"]
        answer = await shop.http.get(made["pdf_url"])
        assert answer.headers["content-type"] == "application/pdf"
        text = "\n".join(
            p.extract_text() for p in pypdf.PdfReader(io.BytesIO(answer.content)).pages
        )
        for part in (
            "De Hoekwinkel B.V.",
            contact["name"],
            f"Invoice {made['number']}",
            "Espresso beans, 250 g",
            "13.90",
            "VAT 21%",
            "1.55",
            "VAT 9%",
            "1.15",
            "22.85",
            "Paid by CASH",
        ):
            assert part in text, part


async def test_a_long_invoice_goes_on_to_the_next_page() -> None:
    async with Shopper() as shop:
        lines = [{**MUG, "price": 100 + n} for n in range(60)]
        order_id = await shop.opened(*lines)
        made = await invoice(shop, *await ready(shop, order_id))
        answer = await shop.http.get(made["pdf_url"])
        reader = pypdf.PdfReader(io.BytesIO(answer.content))
        assert len(reader.pages) == 2
        assert f"{made['total'] // 100}.{made['total'] % 100:02d}" in reader.pages[1].extract_text()


async def test_documents_can_ask_for_the_token() -> None:
    async with Shopper(documents_auth=True) as shop:
        made = await invoice(shop, *await ready(shop, await shop.opened(MUG)))
        assert (await shop.http.get(made["pdf_url"])).status_code == 200
        del shop.http.headers["Authorization"]
        assert (await shop.http.get(made["pdf_url"])).status_code == 401
        assert (await shop.http.get("/documents/invoices/x.pdf")).status_code == 401
