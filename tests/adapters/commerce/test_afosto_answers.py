"""The forms in which the vendor may answer, and the ones that the till must not believe."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from faulty_server import QUICK, answer, data, errors, faulty, http, order, payment, started, till
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_pos.adapters.commerce.afosto import mapping
from tui_pos.adapters.commerce.answers import strict_json
from tui_pos.domain.errors import (
    BackendError,
    Conflict,
    Malformed,
    MaybeDone,
    NotAllowed,
    NotFound,
    RateLimited,
    Refused,
)
from tui_pos.domain.money import Money
from tui_pos.domain.order import Drawer, PaymentMethod
from tui_pos.ports.commerce import Wanted

ITEMS = [Wanted("MUG", 1)]


def ext(message: str = "no", **extensions: Any) -> dict[str, Any]:
    return {"message": message, "path": ["x"], "extensions": extensions}


ERRORS: list[tuple[dict[str, Any], type[BackendError]]] = [
    (ext(code="UNAUTHORIZED"), NotAllowed),
    (ext(code="unauthorized"), NotAllowed),
    (ext(code=401), NotAllowed),
    (ext(status=401), NotAllowed),
    (ext(code="FORBIDDEN", status=403), NotAllowed),
    (ext(code="NOT_FOUND"), NotFound),
    (ext(code="404"), NotFound),
    (ext(status=404), NotFound),
    (ext(code="NOT_FOUND", status=404), NotFound),
    (ext(code="VALIDATION_ERROR", field="items.0.sku"), Refused),
    (ext(code="Validation_Error", status=422), Refused),
    (ext(code="VALIDATION_ERROR", status=409), Conflict),
    (ext(code="BAD_USER_INPUT"), Refused),
    (ext(code="GRAPHQL_VALIDATION_FAILED"), Refused),
    (ext(code="RATE_LIMITED"), RateLimited),
    (ext(status=429), RateLimited),
    (ext(code="ORDER_LOCKED", status=423), Conflict),
    (ext(code="INTERNAL_SERVER_ERROR"), MaybeDone),
    (ext(code="INTERNAL_SERVER_ERROR", status=404), MaybeDone),
    (ext(code="NOT_FOUND", status=500), MaybeDone),
    (ext(code="WHO_KNOWS"), MaybeDone),
    (ext(code="WHO_KNOWS", status=200), MaybeDone),
    (ext(), MaybeDone),
    ({"message": "boom"}, MaybeDone),
    ({"message": "boom", "extensions": None}, MaybeDone),
    ({"message": "Unknown argument 'x' on field 'y'."}, Refused),
    ({"message": 'Variable "$input" got invalid value 1'}, Refused),
    ({"message": "Unknown argument 'x'.", "path": ["addItemsToOrder"]}, MaybeDone),
]


@pytest.mark.parametrize(("error", "expected"), ERRORS)
async def test_an_error_of_graphql_is_read_by_code_number_or_neither(
    error: dict[str, Any], expected: type[BackendError]
) -> None:
    async with faulty(errors(error)) as server, till(server.url) as backend:
        with pytest.raises(BackendError) as caught:
            await backend.add_items("o1", ITEMS, key="k")
        assert type(caught.value) is expected
        if isinstance(caught.value, Refused) and type(caught.value) is Refused:
            assert caught.value.field == error.get("extensions", {}).get("field", "")
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, {"message": "bad"}, Refused),
        (401, {"message": "who are you"}, NotAllowed),
        (404, {"message": "no"}, NotFound),
        (429, {"message": "slow"}, RateLimited),
        (400, ext(code="INTERNAL_SERVER_ERROR"), MaybeDone),
        (500, ext(code="VALIDATION_ERROR"), MaybeDone),
        (502, ext(code="NOT_FOUND"), MaybeDone),
    ],
)
async def test_the_body_is_read_before_the_status_is_judged(
    status: int, error: dict[str, Any], expected: type[BackendError]
) -> None:
    async with faulty(errors(error, status=status)) as server, till(server.url) as backend:
        with pytest.raises(BackendError) as caught:
            await backend.add_items("o1", ITEMS, key="k")
        assert type(caught.value) is expected


async def test_a_missing_right_is_named_with_its_operation() -> None:
    reply = errors(ext("access denied", code="FORBIDDEN"))
    async with faulty(reply) as server, till(server.url) as backend:
        with pytest.raises(NotAllowed, match=r"access denied \(openOrder\)"):
            await backend.open_order("o1", key="k")
        assert backend.health.trouble == "token refused"


async def test_the_worst_of_several_errors_counts() -> None:
    reply = errors(ext(code="NOT_FOUND"), ext(code="INTERNAL_SERVER_ERROR"))
    async with faulty(reply) as server, till(server.url) as backend:
        with pytest.raises(MaybeDone):
            await backend.add_items("o1", ITEMS, key="k")


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"addItemsToOrder": {"order": order()}}, "errors": [ext(code="NOT_FOUND")]},
        {"data": {"addItemsToOrder": {}}, "errors": [ext(code="NOT_FOUND")]},
        {"data": [], "errors": [ext(code="NOT_FOUND")]},
        {"errors": ["no"]},
        {"errors": [{"message": 7}]},
        {"errors": {"message": "no"}},
        {},
        {"data": None},
        {"data": {}},
        {"data": {"addItemsToOrder": None}},
        {"data": {"addItemsToOrder": {"order": None}}},
        {"data": {"addItemsToOrder": []}},
        {"data": {"addItemsToOrder": {"order": order(id="another")}}},
        {"data": {"addItemsToOrder": {"order": order(currency="USD")}}},
    ],
)
async def test_an_answer_in_part_or_about_something_else_is_never_used(body: Any) -> None:
    async with faulty(answer(body)) as server, till(server.url) as backend:
        with pytest.raises(Malformed):
            await backend.add_items("o1", ITEMS, key="k")
        assert len(server.seen) == 1


async def test_an_order_that_is_null_is_not_there() -> None:
    async with faulty(data("order", None)) as server, till(server.url) as backend:
        with pytest.raises(NotFound):
            await backend.read_order("o1")
        with pytest.raises(NotFound):
            await backend.payment_methods("o1")
    async with faulty(data("invoice", None)) as server, till(server.url) as backend:
        assert await backend.read_invoice("i1") is None


async def test_a_mutation_that_tells_nothing_is_done_where_that_is_enough() -> None:
    async with faulty(data("openOrder", {"order": None})) as server, till(server.url) as backend:
        assert await backend.open_order("o1", key="k") is None
    async with faulty(data("addPaymentMethodToOrder", None)) as server:
        async with till(server.url) as backend:
            method = PaymentMethod("m1", "IDEAL", "iDEAL", issuer_ids=("i1", "i2"))
            attached = await backend.attach_method(
                "o1", method, terminal_id="", drawer_id="", key="k"
            )
            assert attached is None
            sent = server.seen[0].json()["variables"]["input"]
            assert sent == {"order_id": "o1", "method_id": "m1", "issuer_id": "i1"}


async def test_every_mutation_carries_its_key() -> None:
    async with faulty(data("openOrder", {"order": order()})) as server:
        async with till(server.url) as backend:
            await backend.open_order("o1", key="intent-9")
        assert server.seen[0].header("idempotency-key") == "intent-9"
        assert server.seen[0].operation == "openOrder"
    async with faulty(answer({"data": payment()})) as server, till(server.url) as backend:
        await backend.mark_paid("p1", Money(500, "EUR"), key="intent-10")
        assert server.seen[0].header("idempotency-key") == "intent-10"
        assert server.seen[0].json() == {"data": {"amount": 500}}


OBJECT = {"amount": 500, "currency": "EUR", "formatted": "\u20ac 5,00"}
SUBFIELDS = {"message": 'Field "total" of type "Money!" must have a selection of subfields.'}


async def test_a_server_with_money_objects_is_asked_again_in_its_own_words() -> None:
    replies = (errors(SUBFIELDS, status=400), data("order", order(total=OBJECT)))
    async with faulty(*replies) as server, till(server.url) as backend:
        assert (await backend.read_order("o1")).total == Money(500, "EUR")
        assert "total { amount currency }" in server.seen[1].json()["query"]
        await backend.read_order("o1")
        assert len(server.seen) == 3


async def test_a_mutation_refused_by_validation_is_sent_in_the_other_words_once() -> None:
    done = data("addItemsToOrder", {"order": order(total=OBJECT)})
    async with faulty(errors(SUBFIELDS), done) as server, till(server.url) as backend:
        assert (await backend.add_items("o1", ITEMS, key="k")).total == Money(500, "EUR")
        assert len(server.seen) == 2
    async with faulty(errors(SUBFIELDS)) as server, till(server.url) as backend:
        with pytest.raises(Refused):
            await backend.add_items("o1", ITEMS, key="k")
        assert len(server.seen) == 2


async def test_a_mutation_that_failed_while_running_is_not_sent_again() -> None:
    late = SUBFIELDS | {"path": ["addItemsToOrder", "order"]}
    partly = {"data": {"addItemsToOrder": {}}, "errors": [SUBFIELDS]}
    for reply in (errors(late), answer(partly), errors(SUBFIELDS, ext(code="NOT_FOUND"))):
        async with faulty(reply) as server, till(server.url) as backend:
            with pytest.raises(BackendError):
                await backend.add_items("o1", ITEMS, key="k")
            assert len(server.seen) == 1


@pytest.mark.parametrize(
    "total",
    [True, 5.0, 5.5, "500", None, [], {}, 2**63, {"amount": "500"}, {"amount": 500.0},
     {"amount": True}, {"currency": "EUR"}, {"amount": 500, "currency": "USD"}],
)  # fmt: skip
def test_what_is_not_money_is_refused(total: Any) -> None:
    value = strict_json(json.dumps(order(total=total)).encode())
    with pytest.raises(Malformed):
        mapping.order(value, currency="EUR")


@pytest.mark.parametrize("total", [0, 500, -500, 2**62, OBJECT | {"amount": 2**62}])
def test_both_shapes_of_money_are_exact(total: Any) -> None:
    minor = total["amount"] if isinstance(total, dict) else total
    assert mapping.order(order(total=total), currency="EUR").total == Money(minor, "EUR")


FULL = order(
    number=1042,
    items=[{"ids": ["u1", 2], "sku": "MUG", "label": "Mug\x1b[2J[/]", "total": 500}],
    payments=[
        {"id": "e1", "amount": 500, "details": {"id": "p1", "status": "PAID", "amount_paid": 500}},
        {"id": "p2", "amount": 100, "details": {"status": "PENDING", "is_refund": None}},
        {"id": None, "details": None},
    ],
    actions=[
        {"action": "HANDLE_INVOICE", "items": ["u1"]},
        {"action": "Invoice", "item_ids": ["u1", 2]},
        {"action": "HANDLE_APPROVAL", "ids": ["u9"]},
    ],
    vat=[{"rate": 21, "amount": 87}, {"rate": "9", "amount": None}],
    invoices=[{"id": "i1", "number": 5, "total": 500}, {"id": None}],
    billing={"payment": {"method": {"id": "m1"}}},
    extra={"unknown": True},
)


def test_an_order_is_read_in_whatever_form_it_comes() -> None:
    read = mapping.order(FULL, currency="EUR", order_id="o1")
    assert read.number == "1042"
    assert read.lines[0].unit_ids == ("u1", "2")
    assert read.lines[0].quantity == 2
    assert "\x1b" not in read.lines[0].name
    assert [(p.payment_id, p.status) for p in read.payments] == [("p1", "PAID"), ("p2", "PENDING")]
    assert read.paid == Money(500, "EUR")
    assert read.invoiceable == ("u1", "2")
    assert [(vat.rate, vat.amount.minor) for vat in read.vat] == [("21", 87)]
    assert [i.number for i in read.invoices] == ["5"]
    assert read.method_id == "m1"


def test_an_order_of_nulls_is_an_order() -> None:
    nulls = dict.fromkeys(("items", "payments", "actions", "vat", "invoices", "billing", "status"))
    read = mapping.order(order(**nulls), currency="EUR")
    assert (read.lines, read.payments, read.status) == ((), (), "")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": "a\nb"},
        {"id": "a\x1bb"},
        {"id": "\ud800"},
        {"id": ".."},
        {"id": "x" * 201},
        {"id": True},
        {"status": {"word": "PAID"}},
        {"items": {}},
        {"items": [{"quantity": 1.5}]},
        {"items": [{"quantity": "2"}]},
        {"payments": [{"details": {"status": "PAID"}}]},
        {"payments": [{"id": "p1", "details": {"is_refund": "false"}}]},
        {"payments": [{"id": "p1", "details": {"currency": "USD"}}]},
        {"payments": [{"id": "p1", "amount": 5.0}]},
    ],
)
def test_an_order_of_wrong_types_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        mapping.order(order(**changes), currency="EUR")
    assert caught.value.__context__ is None
    assert len(caught.value.detail) < 160


@pytest.mark.parametrize(
    ("changes", "is_paid"),
    [
        ({}, True),
        ({"is_paid": None}, True),
        ({"status": None}, True),
        ({"status": "SETTLED"}, True),
        ({"is_paid": False, "status": "PENDING"}, False),
        ({"is_paid": None, "status": "paid"}, False),
        ({"is_paid": None, "status": "PAID_OUT"}, False),
        ({"is_paid": None, "status": "EXPIRED"}, False),
        ({"is_paid": None, "status": None}, False),
    ],
)
async def test_paid_is_a_json_true_or_the_exact_word(
    changes: dict[str, Any], is_paid: bool
) -> None:
    for body in (payment(**changes), {"data": payment(**changes), "page": None}):
        async with faulty(answer(body)) as server, till(server.url) as backend:
            got = await backend.start(started(f"{server.url}/start"))
            assert got.is_paid is is_paid


@pytest.mark.parametrize(
    "changes",
    [
        {"is_paid": "true"},
        {"is_paid": 1},
        {"is_paid": "PAID"},
        {"is_paid": {}},
        {"status": "CANCELLED"},
        {"status": "EXPIRED"},
        {"status": "PENDING"},
        {"is_paid": False},
        {"id": "p2"},
        {"id": None},
        {"amount": 5.0},
        {"amount": "500"},
        {"currency": "USD"},
        {"amount": {"amount": 500, "currency": "USD"}},
    ],
)
async def test_a_doubtful_answer_is_not_taken_for_a_payment(changes: dict[str, Any]) -> None:
    async with faulty(answer({"data": payment(**changes)})) as server, till(server.url) as backend:
        with pytest.raises(Malformed):
            await backend.start(started(f"{server.url}/start"))
        with pytest.raises(Malformed):
            await backend.mark_paid("p1", Money(500, "EUR"), key="k")


async def test_nothing_and_foreign_money_are_never_asked_for() -> None:
    async with faulty(answer(payment())) as server, till(server.url) as backend:
        for amount in (Money(0, "EUR"), Money(-1, "EUR"), Money(5, "USD")):
            with pytest.raises(Refused):
                await backend.create_payment("o1", amount, key="k")
            with pytest.raises(Refused):
                await backend.mark_paid("p1", amount, key="k")
        assert server.seen == []


METHODS = {
    "id": "o1",
    "options": {"payment": {"methods": [
        {"id": 1, "code": "PIN", "name": "Card", "terminals": [
            {"id": "t1", "name": "Till 1", "is_online": True},
            {"id": "t2", "name": None, "is_online": "yes"},
        ]},
        {"id": 2, "code": "CASH", "name": None, "drawers": None},
    ]}},
}  # fmt: skip


async def test_methods_come_with_terminals_and_drawers() -> None:
    drawers = (Drawer("d1", "Left"),)
    async with faulty(data("order", METHODS)) as server:
        async with till(server.url, drawers=drawers) as backend:
            pin, cash = await backend.payment_methods("o1")
    assert [(t.terminal_id, t.name, t.is_online) for t in pin.terminals] == [
        ("t1", "Till 1", True),
        ("t2", "t2", None),
    ]
    assert (cash.name, cash.drawers) == ("CASH", drawers)


async def test_methods_may_be_somewhere_else() -> None:
    value = {"id": "o1", "payment_options": [{"id": "m1", "code": "PIN", "name": "Card"}]}
    async with faulty(data("order", value)) as server:
        async with till(server.url, payment_options_path="payment_options") as backend:
            assert [m.name for m in await backend.payment_methods("o1")] == ["Card"]
        async with till(server.url) as backend:
            assert await backend.payment_methods("o1") == ()


async def test_a_channel_in_another_currency_is_found_by_the_probe() -> None:
    value = {"id": "c", "name": "Shop", "pricing": {"currency": "USD"}}
    async with faulty(data("channel", value)) as server, till(server.url) as backend:
        with pytest.raises(Refused, match="USD"):
            await backend.probe()


async def test_words_for_people_have_no_address_markup_or_control() -> None:
    for message in ("see https://evil.example", "<b>no</b>", "\x1b]52;c;x\x07", "x" * 5000):
        reply = answer({"error": {"code": 422, "message": message}}, 422)
        async with faulty(reply) as server, till(server.url) as backend:
            with pytest.raises(Refused) as caught:
                await backend.create_payment("o1", Money(500, "EUR"), key="k")
            detail = caught.value.detail
            assert len(detail) <= 160
            assert not {"<", "\x1b", "\x07"} & set(detail)
            assert "://" not in detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
KEYS = ["id", "status", "is_paid", "amount", "currency", "action"]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from(["p1", "PAID", True, 500])))
def test_no_answer_at_all_is_a_false_payment(changes: dict[str, Any]) -> None:
    value = payment(status="PENDING", is_paid=False) | changes
    try:
        read = mapping.payment(value, currency="EUR", payment_id="p1")
    except Malformed:
        return
    assert read.is_paid is (value["is_paid"] is True or value["status"] == "PAID")
    assert read.payment_id == "p1"


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FULL)), JSON))
def test_no_order_crashes_the_till_or_carries_control_characters(changes: dict[str, Any]) -> None:
    try:
        read = mapping.order(FULL | changes, currency="EUR")
    except Malformed:
        return
    for text in (read.number, read.status, *(line.name for line in read.lines)):
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(json.dumps(FULL))), st.binary(max_size=3))
def test_a_damaged_body_is_malformed_or_read(at: int, patch: bytes) -> None:
    raw = json.dumps(FULL).encode()
    try:
        mapping.order(strict_json(raw[:at] + patch + raw[at + len(patch) :]), currency="EUR")
        strict_json(raw[:at])
    except Malformed:
        return


async def test_a_read_is_repeated_in_the_middle_of_learning() -> None:
    replies = (http(502, ""), errors(SUBFIELDS), http(502, ""), data("order", order(total=OBJECT)))
    async with faulty(*replies) as server, till(server.url, limits=QUICK) as backend:
        assert (await backend.read_order("o1")).total.minor == 500
        assert len(server.seen) == 4
