"""Orders as guide 002 documents them: creating, adding items, expiring, opening, listing."""

from __future__ import annotations

from typing import Any

import pytest
from shopper import ORDER, Shopper, mutation

from tui_pos.sandbox import shop_people

BEAN = {"sku": "COF-ESP-250", "quantity": 1}  # 6.95, 9 %
MUG = {"sku": "MUG-RED", "quantity": 1}  # 8.95, 21 %


async def test_an_order_starts_empty_with_what_was_given() -> None:
    contact = next(iter(shop_people.contacts().values()))
    organisation = next(iter(shop_people.organisations().values()))
    async with Shopper() as shop:
        order_id = await shop.concept(
            country_code="NL",
            customer={
                "organisation_id": organisation["id"],
                "contact_id": contact["id"],
                "reference": "PO-2024-001",
            },
            billing={"address_id": organisation["addresses"][0]["id"]},
            delivery={"addresses": []},
        )
        order = await shop.read(order_id)
        assert (order["number"], order["total"], order["items"]) == ("100001", 0, [])
        assert order["customer"]["contact"] == {"id": contact["id"], "name": contact["name"]}
        assert order["customer"]["organisation"]["name"] == organisation["name"]
        assert order["customer"]["reference"] == "PO-2024-001"


async def test_a_customer_can_be_given_inline() -> None:
    person = {"email": "a@b.nl", "is_guest": True, "given_name": "A", "family_name": "B"}
    async with Shopper() as shop:
        order_id = await shop.concept(customer={"contact": person})
        assert (await shop.read(order_id))["customer"]["contact"]["name"] == "A B"
        listed = await shop.ask('{ orders(email: "A@b.nl") { nodes { id } } }')
        assert listed["data"]["orders"]["nodes"] == [{"id": order_id}]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"channel_id": None}, "VALIDATION_ERROR", "channel_id"),
        ({"channel_id": "elsewhere"}, "NOT_FOUND", "channel_id"),
        ({"currency": "USD"}, "VALIDATION_ERROR", "currency"),
        ({"country_code": "Netherlands"}, "VALIDATION_ERROR", "country_code"),
        ({"customer": {"contact_id": "x"}}, "NOT_FOUND", "customer.contact_id"),
        ({"customer": {"organisation_id": "x"}}, "NOT_FOUND", "customer.organisation_id"),
        ({"customer": {"project_id": "x"}}, "NOT_FOUND", "customer.project_id"),
        ({"billing": {"address_id": "x"}}, "NOT_FOUND", "billing.address_id"),
        ({"phone_number_id": "x"}, "NOT_FOUND", "phone_number_id"),
    ],
)
async def test_an_order_is_refused_by_the_input_at_fault(
    given: dict[str, Any], code: str, field: str
) -> None:
    async with Shopper() as shop:
        wanted = {"channel_id": shop.server.channel_id, "currency": "EUR", **given}
        refused = await shop.refused("createOrder", **wanted)
        assert (refused["code"], refused["field"]) == (code, field)
        assert shop.server.state()["orders"] == []


async def test_a_storefront_token_makes_the_channel_optional() -> None:
    async with Shopper() as shop:
        shop.server.add_token("front", channel_id=shop.server.channel_id)
        shop.http.headers["Authorization"] = "Bearer front"
        made = await shop.do("createOrder", "order { currency }", currency="EUR")
        assert made["order"]["currency"] == "EUR"


async def test_the_same_thing_at_the_same_price_joins_its_line() -> None:
    async with Shopper() as shop:
        order_id = await shop.order(BEAN, MUG)
        first = (await shop.read(order_id))["items"][0]["ids"]
        await shop.do(
            "addItemsToOrder", "order { id }", order_id=order_id, items=[{**BEAN, "quantity": 2}]
        )
        beans, mugs = (await shop.read(order_id))["items"]
        assert (beans["quantity"], len(set(beans["ids"])), beans["total"]) == (3, 3, 2085)
        assert beans["ids"][:1] == first
        assert mugs["quantity"] == 1


async def test_another_price_or_a_discount_keeps_its_own_line() -> None:
    discount = {"id": "d-1", "amount": 10, "is_percentage": True, "is_discount": True}
    async with Shopper() as shop:
        order_id = await shop.order(
            MUG, {**MUG, "price": 700, "original_price": 895}, {**MUG, "adjustments": [discount]}
        )
        lines = (await shop.read(order_id))["items"]
        assert [line["total"] for line in lines] == [895, 700, 805]


async def test_vat_is_taken_out_per_rate_on_the_rates_total() -> None:
    async with Shopper() as shop:
        dime = {"quantity": 1, "price": 10}
        order_id = await shop.order(
            *({"sku": f"MUG-{colour}", **dime} for colour in ("RED", "BLU", "WHT")), BEAN
        )
        order = await shop.read(order_id)
        assert order["vat"] == [{"rate": 21.0, "amount": 5}, {"rate": 9.0, "amount": 57}]
        assert [line["vat"]["amount"] for line in order["items"]] == [2, 2, 2, 57]
        assert (order["total"], order["total_excluding_vat"]) == (725, 663)


async def test_adjustments_are_taken_in_order_and_never_below_zero() -> None:
    def off(amount: int, is_percentage: bool) -> dict[str, Any]:
        return {"amount": amount, "is_percentage": is_percentage, "is_discount": True}

    async with Shopper() as shop:
        order_id = await shop.order(
            {**MUG, "price": 1999, "adjustments": [off(10, True), off(5, True)]},
            {**MUG, "price": 500, "adjustments": [off(900, False)]},
            {**MUG, "quantity": 2, "price": 500, "adjustments": [off(100, False)]},
        )
        lines = (await shop.read(order_id))["items"]
        assert [line["total"] for line in lines] == [1709, 0, 900]
        assert [a["outcome"]["amount"] for a in lines[0]["adjustments"]] == [-200, -90]
        shop.server.settings(adjustment_amount_per="unit")
        assert (await shop.read(order_id))["items"][2]["total"] == 800


async def test_batch_and_serial_numbers_stay_with_their_line() -> None:
    async with Shopper() as shop:
        order_id = await shop.order(BEAN, {**BEAN, "batch": "L77"}, {**BEAN, "batch": "L78"})
        lines = (await shop.read(order_id))["items"]
        assert [line["details"][0]["meta_data"] for line in lines] == [
            None,
            {"batch": "L77"},
            {"batch": "L78"},
        ]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"sku": "NO-SUCH-THING", "quantity": 1}, "items.1.sku"),
        ({"sku": "8712345000004", "quantity": 1}, "items.1.sku"),  # a GTIN is not a SKU
        ({**MUG, "quantity": 0}, "items.1.quantity"),
        ({**MUG, "quantity": -1}, "items.1.quantity"),
        ({**MUG, "price": -1}, "items.1.price"),
        ({**MUG, "original_price": 500}, "items.1.original_price"),
        ({**MUG, "adjustments": [{"amount": -1}]}, "items.1.adjustments.0.amount"),
    ],
)
async def test_a_batch_with_one_wrong_item_adds_nothing(item: dict[str, Any], field: str) -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        refused = await shop.refused("addItemsToOrder", order_id=order_id, items=[BEAN, item])
        assert (refused["code"], refused["status"]) == ("VALIDATION_ERROR", 422)
        assert refused["field"] == field
        if field.endswith("sku"):
            assert item["sku"] in refused["message"]
        assert (await shop.read(order_id))["items"] == []


async def test_items_need_a_concept_order_that_exists() -> None:
    async with Shopper() as shop:
        unknown = await shop.refused("addItemsToOrder", order_id="x", items=[BEAN])
        assert (unknown["code"], unknown["status"]) == ("NOT_FOUND", 404)
        order_id = await shop.opened(BEAN)
        refused = await shop.refused("addItemsToOrder", order_id=order_id, items=[BEAN])
        assert (refused["code"], refused["field"]) == ("VALIDATION_ERROR", "order_id")


async def test_an_order_past_its_time_cannot_be_changed_any_more() -> None:
    async with Shopper() as shop:
        order_id = await shop.order(BEAN)
        await shop.attach(order_id)
        payment = (await shop.create(order_id, 695)).json()["data"]
        soon = shop.server.backend.now() + 60_000
        await shop.do(
            "setExpirationDateForOrder", "order { id }", order_id=order_id, expires_at=soon
        )
        assert (await shop.read(order_id))["expires_at"] == soon
        shop.server.advance(61)
        assert (await shop.read(order_id))["is_cancelled"] is True
        refused = await shop.refused("addItemsToOrder", order_id=order_id, items=[BEAN])
        assert refused["code"] == "NOT_FOUND"
        assert (await shop.refused("openOrder", order_id=order_id))["code"] == "NOT_FOUND"
        assert (await shop.create(order_id, 695)).status_code == 404
        assert (await shop.start(payment)).status_code == 422


async def test_expiry_is_in_milliseconds() -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        refused = await shop.refused(
            "setExpirationDateForOrder", order_id=order_id, expires_at=1735689599
        )
        assert refused["field"] == "expires_at"


async def test_opening_needs_full_payment_and_may_be_repeated() -> None:
    async with Shopper() as shop:
        order_id = await shop.order(BEAN)
        refused = await shop.refused("openOrder", order_id=order_id)
        assert refused["message"] == "the order is not fully paid, 695 is due"
        order_id = await shop.opened(BEAN)
        again = await shop.do("openOrder", "order { status }", order_id=order_id)
        assert again["order"]["status"] == "OPEN"
        shop.server.settings(open_twice="error")
        assert (await shop.refused("openOrder", order_id=order_id))["code"] == "VALIDATION_ERROR"


async def test_a_free_order_opens_without_a_payment() -> None:
    async with Shopper() as shop:
        order_id = await shop.order({**MUG, "price": 0})
        opened = await shop.do("openOrder", "order { status }", order_id=order_id)
        assert opened["order"]["status"] == "OPEN"


async def test_an_order_can_open_by_itself() -> None:
    async with Shopper(opens_when_paid=True) as shop:
        order_id, payment = await shop.payment(1000)
        await shop.start(payment)
        assert (await shop.read(order_id))["status"] == "OPEN"


async def test_orders_are_paged_newest_first_with_edges_and_nodes() -> None:
    page = """query P($after: String) { orders(first: 2, after: $after) {
      edges { cursor node { id } } nodes { id }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    async with Shopper() as shop:
        made = [await shop.concept() for _ in range(5)]
        seen: list[str] = []
        after = None
        for _ in range(3):
            found = (await shop.ask(page, after=after))["data"]["orders"]
            assert [e["node"] for e in found["edges"]] == found["nodes"]
            assert found["pageInfo"]["hasPreviousPage"] is bool(seen)
            seen += [node["id"] for node in found["nodes"]]
            after = found["pageInfo"]["endCursor"]
        assert seen == made[::-1]
        assert found["pageInfo"]["hasNextPage"] is False
        last = await shop.ask("{ orders(last: 2) { nodes { id } } }")
        assert [n["id"] for n in last["data"]["orders"]["nodes"]] == made[1::-1]
        wrong = await shop.ask(page, after="bogus")
        assert wrong["errors"][0]["extensions"]["field"] == "after"


async def test_orders_can_be_filtered() -> None:
    document = """query F($n: NumberFilter, $i: IdFilter, $p: OrderProgressFilter,
      $c: InequalityFilter) { orders(number: $n, id: $i, progress: $p, created_at: $c) {
      nodes { number } } }"""
    async with Shopper() as shop:
        first = await shop.opened(BEAN)
        middle = shop.server.backend.now() + 1000
        shop.server.advance(2)
        await shop.concept()

        async def numbers(**chosen: Any) -> list[str]:
            found = await shop.ask(document, **chosen)
            return [node["number"] for node in found["data"]["orders"]["nodes"]]

        assert await numbers(n={"values": ["100002"]}) == ["100002"]
        assert await numbers(i={"values": [first]}) == ["100001"]
        assert await numbers(p={"values": ["OPEN"]}) == ["100001"]
        assert await numbers(c={"gt": middle}) == ["100002"]
        assert await numbers(c={"lte": middle}) == ["100001"]


async def test_customers_channels_and_products_can_be_read() -> None:
    contact_id, contact = next(iter(shop_people.contacts().items()))
    async with Shopper() as shop:
        found = await shop.ask(
            "query C($id: String!) { contact(id: $id) { email addresses { id } } }", id=contact_id
        )
        assert found["data"]["contact"]["addresses"] == [{"id": contact["addresses"][0]["id"]}]
        channel = await shop.ask("{ channel { id pricing { currency } } }")
        assert channel["data"]["channel"]["pricing"] == {"currency": "EUR"}
        listed = await shop.ask("{ products(first: 1) { edges { node { id sku label } } } }")
        product = listed["data"]["products"]["edges"][0]["node"]
        one = await shop.ask("query P($id: ID!) { product(id: $id) { sku } }", id=product["id"])
        assert one["data"]["product"]["sku"] == product["sku"] == "COF-ESP-250"
        missing = await shop.ask(ORDER, id="x")
        assert missing["data"] == {"order": None}
        assert missing["errors"][0]["extensions"] == {"code": "NOT_FOUND", "status": 404}


async def test_units_are_listed_one_by_one() -> None:
    async with Shopper() as shop:
        order_id = await shop.order({**BEAN, "quantity": 2}, MUG)
        found = await shop.ask(
            "query U($id: String!) { items(filters: {order_id: $id}) { id sku } }", id=order_id
        )
        assert [u["sku"] for u in found["data"]["items"]] == ["COF-ESP-250"] * 2 + ["MUG-RED"]


async def test_what_is_not_simulated_says_so() -> None:
    async with Shopper() as shop:
        answer = await shop.ask(mutation("cancelOrderItems", "order { id }"), input={
            "order_id": "x", "items": []})  # fmt: skip
        error = answer["errors"][0]
        assert error["message"] == "cancelOrderItems is not supported by this sandbox"
        assert error["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"method_id": "x"}, "NOT_FOUND", "method_id"),
        ({"terminal_id": None}, "VALIDATION_ERROR", "terminal_id"),
        ({"terminal_id": "x"}, "NOT_FOUND", "terminal_id"),
    ],
)
async def test_a_method_is_refused_by_the_input_at_fault(
    given: dict[str, Any], code: str, field: str
) -> None:
    async with Shopper() as shop:
        order_id = await shop.order(BEAN)
        pin = (await shop.read(order_id))["options"]["payment"]["methods"][0]
        wanted = {"method_id": pin["id"], "terminal_id": pin["terminals"][0]["id"], **given}
        refused = await shop.refused("addPaymentMethodToOrder", order_id=order_id, **wanted)
        assert (refused["code"], refused["field"]) == (code, field)
        assert (await shop.create(order_id, 695)).status_code == 422


async def test_old_servers_insist_on_an_issuer_and_shops_on_a_drawer() -> None:
    async with Shopper(issuer_required=True, drawer_required=True) as shop:
        order_id = await shop.order(BEAN)
        methods = (await shop.read(order_id))["options"]["payment"]["methods"]
        pin, cash = methods[0], methods[1]
        wanted = {"method_id": pin["id"], "terminal_id": pin["terminals"][0]["id"]}
        refused = await shop.refused("addPaymentMethodToOrder", order_id=order_id, **wanted)
        assert refused["field"] == "issuer_id"
        await shop.do(
            "addPaymentMethodToOrder", "order { id }", order_id=order_id, issuer_id="", **wanted
        )
        refused = await shop.refused(
            "addPaymentMethodToOrder", order_id=order_id, method_id=cash["id"], issuer_id=""
        )
        assert refused["field"] == "drawer_id"
