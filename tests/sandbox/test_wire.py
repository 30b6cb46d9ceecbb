"""Refusals, faults and the call log: what goes over the wire when things go wrong."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from shopper import Shopper, eventually, mutation

BEAN = {"sku": "COF-ESP-250", "quantity": 1}
PAYMENTS = "/api/commerce/orders/x/payments"
ADD = mutation("addItemsToOrder", "order { id total }")


async def add(shop: Shopper, order_id: str) -> httpx.Response:
    """addItemsToOrder as a bare HTTP answer."""
    variables = {"input": {"order_id": order_id, "items": [BEAN]}}
    return await shop.http.post("/graphql", json={"query": ADD, "variables": variables})


async def units(shop: Shopper, order_id: str) -> int:
    """How many units the order really holds."""
    return sum(line["quantity"] for line in (await shop.read(order_id))["items"])


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic abc", "Bearer"])
async def test_without_the_right_token_nothing_is_told(header: str | None) -> None:
    async with Shopper() as shop:
        del shop.http.headers["Authorization"]
        if header:
            shop.http.headers["Authorization"] = header
        answer = await shop.ask("{ paymentMethods { id } }")
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"] == {"code": "UNAUTHORIZED", "status": 401}
        rest = await shop.http.post(PAYMENTS, json={"data": {"amount": 1}})
        assert rest.status_code == 401
        assert rest.json() == {
            "error": {"code": 401, "message": "unauthorized", "details": None},
            "meta": None,
        }


async def test_a_token_without_the_scope_is_forbidden() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000)
        shop.server.add_token("reader", "orders:read")
        shop.http.headers["Authorization"] = "Bearer reader"
        assert (await shop.read(order_id))["total"] == 1000
        answer = await shop.ask(ADD, input={"order_id": order_id, "items": [BEAN]})
        error = answer["errors"][0]
        assert error["extensions"] == {"code": "FORBIDDEN", "status": 403}
        assert error["path"] == ["addItemsToOrder"]
        assert "orders:write" in error["message"]
        assert (await shop.start(payment)).status_code == 403
        assert (await shop.create(order_id, 1000)).json()["error"]["code"] == 403
        assert shop.server.ledger() == []


async def test_unknown_things_are_404_with_a_body() -> None:
    async with Shopper() as shop:
        answers = [
            await shop.create("x", 100),
            await shop.http.get("/api/commerce/payments/x/start"),
            await shop.http.put(
                "/api/commerce/payments/management/x/pay", json={"data": {"amount": 1}}
            ),
            await shop.http.get("/documents/invoices/x.pdf"),
            await shop.http.get("/api/commerce/payments/x"),  # no such call in the contract
            await shop.http.get("/"),
        ]
        for answer in answers:
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": 695}, 400),
        ([], 400),
        ("nonsense", 400),
        ({"data": {}}, 422),
        ({"data": {"amount": "695"}}, 422),
        ({"data": {"amount": 6.95}}, 422),
        ({"data": {"amount": True}}, 422),
        ({"data": {"amount": 0}}, 422),
        ({"data": {"amount": -1}}, 422),
        ({"data": {"amount": 696}}, 422),
    ],
)
async def test_a_payment_needs_an_amount_that_fits(body: Any, status: int) -> None:
    async with Shopper() as shop:
        order_id = await shop.order(BEAN)
        await shop.attach(order_id)
        refused = await shop.http.post(f"/api/commerce/orders/{order_id}/payments", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, status)
        assert (await shop.read(order_id))["payments"] == []


async def test_the_rest_wrapper_can_be_left_out() -> None:
    async with Shopper(rest_wrapper=False) as shop:
        order_id = await shop.order(BEAN)
        await shop.attach(order_id)
        url = f"/api/commerce/orders/{order_id}/payments"
        bare = (await shop.http.post(url, json={"amount": 500})).json()
        assert (bare["status"], bare["amount"]) == ("PENDING", 500)
        assert (await shop.create(order_id, 100)).json()["amount"] == 100


async def test_documents_that_do_not_fit_the_schema_are_refused_with_200() -> None:
    async with Shopper() as shop:
        for document in ("{ me { id } }", "{ order", "{ order(id: 1.5) { id } }", ""):
            error = (await shop.ask(document))["errors"][0]
            assert error["extensions"]["code"] == "VALIDATION_ERROR"
        for items in ([{**BEAN, "price": 1.5}], [{**BEAN, "price": "7"}], [{"quantity": 1}]):
            answer = await shop.ask(ADD, input={"order_id": "x", "items": items})
            assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"
        for content in (b"", b"[]", b"nonsense", b'"x"', b"\xff", b"[" * 20_000):
            answer = (await shop.http.post("/graphql", content=content)).json()
            assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"


async def test_too_many_requests_are_rate_limited() -> None:
    async with Shopper() as shop:
        shop.server.settings(rate_limit=2)
        answers = [
            await shop.http.post("/graphql", json={"query": "{ __typename }"}) for _ in range(3)
        ]
        assert answers[0].json() == {"data": {"__typename": "Query"}}
        limited = answers[2]
        assert (limited.status_code, limited.headers["retry-after"]) == (200, "1")
        extensions = limited.json()["errors"][0]["extensions"]
        assert extensions == {"code": "RATE_LIMITED", "status": 429}
        rest = await shop.create("x", 1)
        assert (rest.status_code, rest.headers["retry-after"]) == (429, "1")
        assert rest.json()["error"]["code"] == 429


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("kind", "done"), [("drop_before", 0), ("drop_after", 1), ("cut", 1), ("hang", 0)]
)
async def test_a_connection_that_breaks_tells_nothing_of_what_was_done(
    kind: str, done: int
) -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        shop.server.fault("addItemsToOrder", kind)
        shop.http.timeout = httpx.Timeout(0.3)
        expected = httpx.ReadTimeout if kind == "hang" else httpx.RemoteProtocolError
        with pytest.raises(expected):
            await add(shop, order_id)
        shop.http.timeout = httpx.Timeout(10)
        assert await units(shop, order_id) == done
        assert (await add(shop, order_id)).json()["data"] is not None  # planned once


async def test_a_connection_can_be_reset() -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        shop.server.fault("addItemsToOrder", "drop_after", reset=True)
        with pytest.raises(httpx.ReadError):
            await add(shop, order_id)
        assert await units(shop, order_id) == 1


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(("act", "done"), [("never", 0), ("before", 1), ("after", 1)])
async def test_a_status_says_nothing_of_what_was_done(status: int, act: str, done: int) -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        shop.server.fault("addItemsToOrder", f"status:{status}", act=act)
        answer = await add(shop, order_id)
        assert answer.status_code == status
        if status >= 500:
            assert answer.headers["content-type"].startswith("text/html")
        else:
            assert answer.json()["error"]["code"] == status
        order = shop.server.backend.orders[order_id]
        await eventually(lambda: len(order.lines) == done)


async def test_a_held_request_acts_after_its_answer() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000)
        shop.server.fault("start", "status:504", act="after", delay_s=0.05)
        assert (await shop.start(payment)).status_code == 504
        assert shop.charges(order_id) == []
        await eventually(lambda: shop.charges(order_id) == [1000])


async def test_answers_can_be_spoilt_after_the_work_was_done() -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        for kind in ("garbage", "truncate"):
            shop.server.fault("addItemsToOrder", kind)
            with pytest.raises(ValueError, match=r".*"):
                (await add(shop, order_id)).json()
        shop.server.fault("addItemsToOrder", "wrong_types")
        assert (await add(shop, order_id)).json()["data"]["addItemsToOrder"]["order"]["total"] == (
            "2085"
        )
        shop.server.fault("addItemsToOrder", "partial_errors")
        answer = (await add(shop, order_id)).json()
        assert answer["data"]["addItemsToOrder"]["order"]["total"] == 2780
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        shop.server.fault("addItemsToOrder", "huge", megabytes=1)
        assert len((await add(shop, order_id)).content) > 1 << 20
        shop.server.fault("addItemsToOrder", "slow_drip", interval_s=0)
        assert (await add(shop, order_id)).json()["data"] is not None
        assert await units(shop, order_id) == 6


async def test_other_places_answer_instead_of_the_backend() -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        shop.server.fault("addItemsToOrder", "html")
        portal = await add(shop, order_id)
        assert (portal.status_code, portal.text[:9]) == (200, "<!doctype")
        shop.server.fault("addItemsToOrder", "redirect", location="https://evil.example/")
        moved = await add(shop, order_id)
        assert (moved.status_code, moved.headers["location"]) == (302, "https://evil.example/")
        shop.server.fault("addItemsToOrder", "rate_limited", retry_after_s=7)
        limited = await add(shop, order_id)
        assert (limited.status_code, limited.headers["retry-after"]) == (200, "7")
        assert await units(shop, order_id) == 0


async def test_a_page_without_json_is_spoilt_too() -> None:
    async with Shopper(late_s=30) as shop:
        _, payment = await shop.payment(1004)
        shop.server.fault("start", "wrong_types")
        spoilt = await shop.start(payment)
        assert spoilt.status_code == 504
        assert spoilt.headers["content-type"].startswith("text/html")


async def test_a_fault_waits_its_turn_and_its_operation() -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        shop.server.fault("addItemsToOrder", "status:500", skip=1, count=2)
        statuses = [(await add(shop, order_id)).status_code for _ in range(4)]
        assert statuses == [200, 500, 500, 200]
        shop.server.fault("*", "status:503", count=None)
        assert (await shop.create(order_id, 1)).status_code == 503
        assert (await add(shop, order_id)).status_code == 503
        shop.server.clear_faults()
        assert (await add(shop, order_id)).status_code == 200


async def test_chance_is_the_same_in_every_run() -> None:
    async def run() -> list[int]:
        async with Shopper(seed=7) as shop:
            shop.server.fault("paymentMethods", "status:500", probability=0.5, count=None)
            query = {"query": "{ paymentMethods { id } }"}
            return [(await shop.http.post("/graphql", json=query)).status_code for _ in range(20)]

    first = await run()
    assert set(first) == {200, 500}
    assert await run() == first


async def test_latency_holds_up_one_operation() -> None:
    async with Shopper() as shop:
        order_id = await shop.concept()
        shop.server.latency("addItemsToOrder", 30)
        shop.http.timeout = httpx.Timeout(0.05)
        with pytest.raises(httpx.ReadTimeout):
            await add(shop, order_id)
        shop.http.timeout = httpx.Timeout(10)
        assert (await shop.read(order_id))["items"] == []


async def test_a_dropped_start_still_charges() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000)
        shop.server.fault("start", "drop_after")
        with pytest.raises(httpx.RemoteProtocolError):
            await shop.start(payment)
        assert shop.charges(order_id) == [1000]


async def test_an_idempotency_key_counts_only_where_it_is_honoured() -> None:
    for honoured, units_after in ((False, 2), (True, 1)):
        async with Shopper(honour_idempotency_key=honoured) as shop:
            order_id = await shop.concept()
            shop.http.headers["Idempotency-Key"] = "k-1"
            shop.server.fault("addItemsToOrder", "drop_after")
            with pytest.raises(httpx.RemoteProtocolError):
                await add(shop, order_id)
            total = (await add(shop, order_id)).json()["data"]["addItemsToOrder"]["order"]["total"]
            del shop.http.headers["Idempotency-Key"]
            assert await units(shop, order_id) == units_after
            assert total == 695 * units_after


# ---------------------------------------------------------------- the call log


async def test_every_request_is_in_the_log_without_secrets() -> None:
    async with Shopper() as shop:
        order_id, payment = await shop.payment(1000)
        shop.http.headers["Idempotency-Key"] = "k-2"
        await shop.start(payment)
        log_in = mutation("logInCustomer", "token")
        await shop.ask(log_in, input={"email": "a@b.nl", "password": "hunter2"})
        log = shop.server.calls()
        names = [call["operation"] for call in log]
        assert names == [
            "createOrder",
            "addItemsToOrder",
            "order",
            "addPaymentMethodToOrder",
            "createPayment",
            "start",
            "logInCustomer",
        ]
        assert [call["seq"] for call in log] == list(range(1, 8))
        assert log[4]["variables"] == {"data": {"amount": 1000}}
        assert log[1]["variables"]["input"]["order_id"] == order_id
        assert (log[5]["idempotency_key"], log[5]["status"]) == ("k-2", 200)
        assert log[5]["path"].endswith("/start")
        text = json.dumps(log)
        assert "hunter2" not in text
        assert shop.server.token not in text
        assert [call["seq"] for call in shop.server.calls(since=5)] == [6, 7]


async def test_a_running_request_is_in_the_log_without_a_status() -> None:
    async with Shopper() as shop:
        shop.server.terminal("Counter 1", mode="manual")
        _, payment = await shop.payment(1000)
        waiting = asyncio.create_task(shop.start(payment))
        await eventually(lambda: shop.server.calls("start"))
        assert shop.server.calls("start")[0]["status"] is None
        await eventually(lambda: shop.server.press("Counter 1", "approve"))
        await waiting
        assert shop.server.calls("start")[0]["status"] == 200
        shop.server.fault("start", "drop_before")
        with pytest.raises(httpx.RemoteProtocolError):
            await shop.start(payment)
        dropped = shop.server.calls("start")[1]
        assert (dropped["fault"], dropped["status"]) == ("drop_before", None)
