"""Payments that need no terminal: cash marked paid by the till, links paid by the customer."""

from __future__ import annotations

import pytest
from shopper import Shopper


async def test_cash_is_marked_paid_once_however_often_it_is_said() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1390, "CASH")
        assert payment["action"]["type"] == "PAY"
        assert payment["action"]["url"].endswith(f"/payments/management/{payment['id']}/pay")
        for _ in range(2):
            paid = (await shop.put_paid(payment, 1390)).json()["data"]
            assert (paid["status"], paid["is_paid"], paid["action"]) == ("PAID", True, None)
        assert shop.charges(order_id) == [1390]
        assert shop.server.ledger()[0].kind == "cash"


async def test_cash_takes_exactly_the_payments_amount() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1390, "CASH")
        refused = await shop.put_paid(payment, 1400)
        assert refused.status_code == 422
        assert refused.json()["error"]["details"] == {"field": "amount"}
        assert shop.charges(order_id) == []


async def test_each_kind_of_payment_proceeds_only_in_its_own_way() -> None:
    async with Shopper() as shop:
        _, card = await shop.payment(1000)
        _, cash = await shop.payment(1000, "CASH")
        pay = f"/api/commerce/payments/management/{card['id']}/pay"
        assert (await shop.http.put(pay, json={"data": {"amount": 1000}})).status_code == 422
        start = f"/api/commerce/payments/{cash['id']}/start"
        assert (await shop.http.get(start)).status_code == 422
        refused = await shop.refused("executePayment", payment_id=cash["id"])
        assert refused["code"] == "VALIDATION_ERROR"
        assert shop.server.ledger() == []


async def test_cash_on_an_expired_payment_is_refused() -> None:
    async with Shopper(payment_life_s=60) as shop:
        _, payment = await shop.payment(1000, "CASH")
        shop.server.advance(61)
        assert (await shop.put_paid(payment, 1000)).status_code == 422
        assert shop.server.ledger() == []


@pytest.mark.parametrize("code", ["GIFT_CARD", "ON_ACCOUNT"])
async def test_other_manual_methods_are_paid_like_cash(code: str) -> None:
    async with Shopper() as shop:
        _, payment = await shop.payment(1000, code)
        assert (await shop.put_paid(payment, 1000)).json()["data"]["is_paid"]
        assert [c.kind for c in shop.server.ledger()] == ["manual"]


@pytest.mark.parametrize(
    ("choice", "status", "charges"),
    [("pay", "PAID", [1000]), ("cancel", "CANCELLED", []), ("expire", "EXPIRED", [])],
)
async def test_the_customer_decides_on_the_page_behind_the_link(
    choice: str, status: str, charges: list[int]
) -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000, "IDEAL")
        assert payment["action"]["type"] == "FOLLOW"
        del shop.http.headers["Authorization"]  # the customer's browser has no token
        page = await shop.http.get(payment["action"]["url"])
        assert page.status_code == 200
        assert "EUR 10.00" in page.text
        chosen = await shop.http.post(
            payment["action"]["url"], data={"choice": choice}, follow_redirects=True
        )
        assert status in chosen.text
        assert "<form" not in chosen.text
        await shop.http.post(payment["action"]["url"], data={"choice": "pay"})
        assert shop.charges(order_id) == charges
        shop.http.headers["Authorization"] = f"Bearer {shop.server.token}"
        assert (await shop.read(order_id))["payments"][0]["details"]["status"] == status


async def test_a_page_exists_only_for_links() -> None:
    async with Shopper() as shop:
        _, card = await shop.payment(1000)
        for key in (card["id"], "x"):
            assert (await shop.http.get(f"/pay/{key}")).status_code == 404
            answer = await shop.http.post(f"/pay/{key}", data={"choice": "pay"})
            assert answer.status_code == 404
        assert shop.server.ledger() == []
