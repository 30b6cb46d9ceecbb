"""The customer's payment page behind a FOLLOW action: pay, cancel or let it expire."""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tui_pos.sandbox import shop
from tui_pos.sandbox.afosto import payments
from tui_pos.sandbox.afosto.backend import Backend

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pay {number}</title>
<style>body{{font:18px system-ui;max-width:24em;margin:3em auto}}button{{font:inherit;padding:.6em}}
</style>
<h1>{shop}</h1><p>Order {number}</p><p><strong>{currency} {amount}</strong></p>
<p id="status">{status}</p>{form}</html>
"""
_FORM = """<form method="post">
<button name="choice" value="pay">Pay</button>
<button name="choice" value="cancel">Cancel</button>
<button name="choice" value="expire">Let it expire</button>
</form>"""
_CHOICES = ("pay", "cancel", "expire")


class PaymentPages:
    """`GET` and `POST /pay/{payment_id}`, for the customer's own browser: no token."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """The page and its form."""
        return [
            Route("/pay/{payment_id}", self._show, methods=["GET"]),
            Route("/pay/{payment_id}", self._choose, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        payment = self._backend.payments.get(request.path_params["payment_id"])
        if payment is None or payment.action != "FOLLOW":
            return HTMLResponse("<h1>Not found</h1>", 404)
        order = self._backend.orders[payment.order_id]
        status = self._backend.status(payment)
        page = _PAGE.format(
            number=html.escape(order.number),
            shop=html.escape(shop.SELLER_NAME),
            currency=html.escape(payment.currency),
            amount=f"{payment.amount // 100}.{payment.amount % 100:02d}",
            status=status,
            form=_FORM if status == "PENDING" else "",
        )
        return HTMLResponse(page)

    async def _choose(self, request: Request) -> Response:
        payment = self._backend.payments.get(request.path_params["payment_id"])
        choice = parse_qs((await request.body()).decode("utf-8", "replace")).get("choice", [""])[0]
        if payment is None or payment.action != "FOLLOW" or choice not in _CHOICES:
            return HTMLResponse("<h1>Not found</h1>", 404)
        payments.follow(self._backend, payment, choice)
        return RedirectResponse(f"/pay/{payment.id}", 303)
