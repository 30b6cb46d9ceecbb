"""Any JSON at all becomes a model or the one error, which names our field and quotes nothing."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from faulty_server import order
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_pos.adapters.commerce.afosto import mapping, models
from tui_pos.adapters.commerce.afosto.reading import Unusable, read
from tui_pos.adapters.commerce.answers import strict_json
from tui_pos.domain.errors import BackendError, Malformed, Refused

MODELS: list[Any] = [each for each in vars(models).values() if dataclasses.is_dataclass(each)]
NAMES = sorted({each.name for model in MODELS for each in dataclasses.fields(model)})
FITTING = ["id-1", "EUR", "PAID", 500, 2**63, 21, True, None, "", "..", "\ud800", Decimal("21.0")]

ATOMS = (
    st.sampled_from(FITTING)
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=6)
    | st.decimals(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=12,
)


@st.composite
def answers(draw: st.DrawFn, kind: Any, odd: st.SearchStrategy[Any]) -> dict[str, Any]:
    """An object with the fields of a model, most of them in a form that it takes."""
    value: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        parts = [part for part in MODELS if part.__name__ in str(hint)]
        is_list = str(hint).startswith("tuple")
        inner = answers(parts[0], odd) if parts else st.sampled_from(["u1", 2, "EUR", True, None])
        fitting = st.lists(inner, max_size=2) if is_list else inner
        if draw(st.integers(0, 3)):
            value[name] = draw(odd if draw(st.integers(0, 9)) == 0 else fitting)
    return value


def texts(value: Any) -> list[str]:
    """All texts in a model, at any depth."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in texts(each)]
    if dataclasses.is_dataclass(value):
        return [t for each in dataclasses.fields(value) for t in texts(getattr(value, each.name))]
    return []


def test_all_models_are_found() -> None:
    assert {models.OrderData, models.PaymentData, models.MethodData} < set(MODELS)
    assert len(MODELS) == 17


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_value_is_a_model_or_the_one_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(MODELS))
    value = data.draw(JSON | answers(kind, JSON))
    path: tuple[str | int, ...] = ()
    try:
        got = read(kind, value)
    except Unusable as error:
        got, path = None, error.path
    assert got is None or type(got) is kind
    assert all(type(step) is int or step in NAMES for step in path)
    for text in texts(got):
        assert len(text) <= 2048
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_answer_is_understood_or_malformed(data: st.DataObject) -> None:
    readers: list[tuple[Any, Callable[[Any], object]]] = [
        (models.OrderData, lambda value: mapping.order(value, currency="EUR")),
        (models.PaymentData, lambda value: mapping.payment(value, currency="EUR")),
        (models.InvoiceData, lambda value: mapping.invoice(value, currency="EUR")),
        (models.ChannelData, lambda value: mapping.check_channel(value, currency="EUR")),
        (
            models.MethodData,
            lambda value: mapping.methods(
                {"id": "o1", "at": [value]}, path="at", order_id="o1", drawers=()
            ),
        ),
    ]
    kind, understand = data.draw(st.sampled_from(readers))
    value = data.draw(JSON | answers(kind, JSON))
    problem: BackendError | None = None
    try:
        understand(value)
    except (Malformed, Refused) as error:
        problem = error
    if problem is not None:
        assert isinstance(problem, Malformed) or kind is models.ChannelData
        assert problem.__context__ is None
        assert len(problem.detail) < 100


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": None}, "id"),
        ({"number": 1.5}, "number"),
        ({"total": None}, "total.amount"),
        ({"total": {"currency": "EUR"}}, "total.amount"),
        ({"total": 2**63}, "total.amount"),
        ({"items": {}}, "items"),
        ({"items": ["SECRET"]}, "items.0"),
        ({"items": [{}, {"ids": ["u1", ".."]}]}, "items.1.ids.1"),
        ({"items": [{"quantity": True}]}, "items.0.quantity"),
        ({"payments": [{"details": {"amount_paid": "SECRET"}}]}, "payments.0.details.amount_paid.amount"),
        ({"payments": [{"details": {"is_refund": 1}}]}, "payments.0.details.is_refund"),
        ({"vat": [{"rate": []}]}, "vat.0.rate"),
        ({"billing": {"payment": {"method": "SECRET"}}}, "billing.payment.method"),
        ({"number": ["SECRET"], "status": {}}, "number"),
    ],
)  # fmt: skip
def test_the_first_wrong_field_is_named_and_not_quoted(changes: Any, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        mapping.order(order(**changes), currency="EUR")
    assert caught.value.detail == f"its answer has no usable {where}"


@pytest.mark.parametrize("missing", ["id", "total"])
def test_a_field_that_must_be_there_is_named(missing: str) -> None:
    value = order()
    del value[missing]
    with pytest.raises(Malformed, match=rf"no usable {missing}$"):
        mapping.order(value, currency="EUR")


@pytest.mark.parametrize("value", [None, [], "SECRET", 5, True, Decimal("1.5")])
def test_what_is_no_object_is_not_readable(value: Any) -> None:
    with pytest.raises(Malformed, match=r": its answer is not readable$"):
        mapping.order(value, currency="EUR")


@pytest.mark.parametrize("kind", MODELS)
def test_a_field_that_is_not_there_is_read_as_null(kind: Any) -> None:
    declared = dataclasses.fields(kind)
    needed = {f.name: 5 for f in declared if f.default is dataclasses.MISSING}
    optional = [f.name for f in declared if f.name not in needed]
    absent = read(kind, needed)
    null = read(kind, needed | dict.fromkeys(optional) | {"unknown": {"a": [1]}})
    assert [getattr(absent, name) for name in optional] == [getattr(null, n) for n in optional]


def test_a_model_cannot_be_changed() -> None:
    cents = read(models.Cents, {"amount": 5})
    with pytest.raises(dataclasses.FrozenInstanceError):
        cents.amount = 6  # type: ignore[misc]
    assert not hasattr(cents, "__dict__")


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("21", "21"),
        ("21.0", "21"),
        ('"21"', "21"),
        ("20.50", "20.5"),
        ("1e1", "10"),
        ("0.000", "0"),
        ("null", ""),
        ("1e-999999", "0." + "0" * 17 + "…"),
        ("1" * 30, "1" * 19 + "…"),
    ],
)
def test_a_rate_is_the_same_however_it_is_written(written: str, rate: str) -> None:
    value = json.dumps(order()).replace("500", f'500, "vat": [{{"rate": {written}, "amount": 5}}]')
    read_order = mapping.order(strict_json(value.encode()), currency="EUR")
    assert [vat.rate for vat in read_order.vat] == [rate]


def test_a_number_too_long_to_be_written_is_refused() -> None:
    for name in ("number", "id"):
        with pytest.raises(Malformed, match=rf"no usable {name}$"):
            mapping.order(order(**{name: 10**5000}), currency="EUR")
