"""A customer of the sandbox's HTTP interface, written from the guides and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self

import httpx

from tui_pos.sandbox.server import SandboxServer

ORDER = """
query Order($id: String!) { order(id: $id) {
  id number status total subtotal total_excluding_vat is_cancelled processing expires_at
  items { ids sku label quantity subtotal total adjustments { id outcome { amount } }
          details { meta_data pricing { amount original_amount } } vat { rate amount } }
  vat { rate amount }
  customer { reference contact { id name } organisation { id name } project { id } }
  payments { id amount type details { id type status amount_paid currency paid_at } }
  invoices { id number total }
  actions { action ids }
  options { proceeding_step { is_action_required proceeding { action options { type url } } }
            payment { methods { id code issuers { id } drawers { id name }
                                terminals { id name is_online } } } }
} }
"""


def mutation(name: str, selection: str) -> str:
    """`mutation ($input: <Name>Input!) { name(input: $input) { selection } }`."""
    kind = name[0].upper() + name[1:] + "Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"


async def eventually(fact: Callable[[], object]) -> None:
    """Wait until a fact holds; the test's own time limit ends a wait in vain."""
    async with asyncio.timeout(10):
        while not fact():
            await asyncio.sleep(0.002)


class Shopper:
    """A server, and a client with its token."""

    def __init__(self, server: SandboxServer | None = None, **settings: Any) -> None:
        self.server = server or SandboxServer(**settings)

    async def __aenter__(self) -> Self:
        await self.server.start()
        self.http = httpx.AsyncClient(
            base_url=self.server.url,
            headers={"Authorization": f"Bearer {self.server.token}"},
            timeout=10,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self.server.close()

    # -- GraphQL

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all; HTTP says 200 in any case."""
        body = {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=body)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    async def do(self, name: str, selection: str, **given: Any) -> Any:
        """A mutation that must succeed: its payload."""
        answer = await self.ask(mutation(name, selection), input=given)
        assert "errors" not in answer, answer["errors"]
        return answer["data"][name]

    async def refused(self, name: str, **given: Any) -> dict[str, Any]:
        """A mutation that must be refused: `extensions` plus `message`."""
        selection = "invoice { id }" if name == "invoiceItems" else "order { id }"
        if name == "executePayment":
            selection = "payment { id }"
        answer = await self.ask(mutation(name, selection), input=given)
        error: dict[str, Any] = answer["errors"][0]
        return {**error["extensions"], "message": error["message"]}

    async def read(self, order_id: str) -> dict[str, Any]:
        """The order as a till reads it."""
        answer = await self.ask(ORDER, id=order_id)
        assert "errors" not in answer, answer["errors"]
        order: dict[str, Any] = answer["data"]["order"]
        return order

    async def concept(self, **given: Any) -> str:
        """A new order's id."""
        wanted = {"channel_id": self.server.channel_id, "currency": "EUR", **given}
        payload = await self.do("createOrder", "order { id }", **wanted)
        order_id: str = payload["order"]["id"]
        return order_id

    async def order(self, *items: dict[str, Any], amount: int | None = None) -> str:
        """An order with these items, or with one thing of exactly this amount."""
        order_id = await self.concept()
        wanted = list(items)
        if amount is not None:
            wanted.append({"sku": "MUG-RED", "quantity": 1, "price": amount})
        await self.do("addItemsToOrder", "order { total }", order_id=order_id, items=wanted)
        return order_id

    async def attach(self, order_id: str, code: str = "PIN", place: str = "Counter 1") -> None:
        """Attach a payment method, with its terminal or drawer by name."""
        methods = (await self.read(order_id))["options"]["payment"]["methods"]
        method = next(m for m in methods if m["code"] == code)
        given = {"order_id": order_id, "method_id": method["id"]}
        if code == "PIN":
            given["terminal_id"] = next(t["id"] for t in method["terminals"] if t["name"] == place)
        if code == "CASH":
            given["drawer_id"] = method["drawers"][0]["id"]
        await self.do("addPaymentMethodToOrder", "order { id }", **given)

    # -- REST

    async def create(self, order_id: str, amount: int) -> httpx.Response:
        """Create a payment."""
        body = {"data": {"amount": amount}}
        return await self.http.post(f"/api/commerce/orders/{order_id}/payments", json=body)

    async def payment(
        self, amount: int, code: str = "PIN", place: str = "Counter 1"
    ) -> tuple[str, dict[str, Any]]:
        """(order id, payment) for a new order of one thing with this price."""
        order_id = await self.order(amount=amount)
        await self.attach(order_id, code, place)
        return order_id, (await self.create(order_id, amount)).json()["data"]

    async def start(self, payment: dict[str, Any]) -> httpx.Response:
        """GET action.url and wait for the terminal."""
        return await self.http.get(payment["action"]["url"])

    async def put_paid(self, payment: dict[str, Any], amount: int) -> httpx.Response:
        """PUT .../pay."""
        return await self.http.put(payment["action"]["url"], json={"data": {"amount": amount}})

    async def opened(self, *items: dict[str, Any]) -> str:
        """An order paid in cash and opened."""
        order_id = await self.order(*items)
        await self.attach(order_id, "CASH")
        total = (await self.read(order_id))["total"]
        payment = (await self.create(order_id, total)).json()["data"]
        assert (await self.put_paid(payment, total)).json()["data"]["is_paid"]
        await self.do("openOrder", "order { status }", order_id=order_id)
        return order_id

    def charges(self, order_id: str) -> list[int]:
        """What the ledger says was taken for an order, in cents."""
        return [c.amount for c in self.server.ledger() if c.order_id == order_id]
