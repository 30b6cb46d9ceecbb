"""Every document that the till can send is valid, in every dialect."""

from __future__ import annotations

import itertools
from importlib.resources import files

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, parse, validate

from tui_pos.adapters.commerce.afosto.dialect import OPTIONAL, Dialect, is_validation

SDL = files("tui_pos.sandbox.afosto").joinpath("schema.graphql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL)


def dialect(path: str = "options.payment.methods", ids: str = "ids") -> Dialect:
    loaded = Dialect(methods_path=path, action_ids=ids)
    loaded.load()
    return loaded


@pytest.mark.parametrize("operation", dialect().operations)
def test_a_document_is_valid_as_shipped(schema: GraphQLSchema, operation: str) -> None:
    assert validate(schema, parse(dialect().render(operation))) == []


def words(schema: GraphQLSchema, document: str) -> list[str]:
    return [error.message for error in validate(schema, parse(document))]


def converge(schema: GraphQLSchema, till: Dialect) -> None:
    for operation in till.operations:
        for _ in range(20):
            messages = words(schema, till.render(operation))
            assert all(map(is_validation, messages)), messages
            if not messages or not till.adapt(messages, till.version):
                break
        assert words(schema, till.render(operation)) == []


def test_a_server_with_money_objects_is_understood_after_its_first_complaint() -> None:
    changed = SDL.replace(
        "scalar Money", "type Money { amount: Int64 currency: Currency formatted: String }"
    )
    till = dialect()
    converge(build_schema(changed), till)
    assert "total { amount currency }" in till.render("createOrder")
    assert till.version == 1


@pytest.mark.parametrize("name", ["items", "item_ids"])
def test_a_server_may_call_the_ids_of_an_action_otherwise(name: str) -> None:
    changed = SDL.replace("  action: String # assumed type\n  ids:", f"  action: String\n  {name}:")
    assert changed != SDL
    till = dialect()
    converge(build_schema(changed), till)
    assert f"{{ action {name} }}" in till.render("order")


def without(field: str) -> GraphQLSchema:
    schema = build_schema(SDL)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            kind.fields.pop(field, None)
    return schema


@pytest.mark.parametrize("field", sorted(OPTIONAL))
def test_a_server_may_lack_what_the_till_can_do_without(field: str) -> None:
    converge(without(field), dialect())


@pytest.mark.parametrize("field", ["status", "amount_paid", "is_refund", "payments"])
def test_nothing_that_says_what_was_paid_is_left_out(field: str) -> None:
    schema, till = without(field), dialect()
    assert not till.adapt(words(schema, till.render("order")), till.version)


@pytest.mark.parametrize("path", ["payment_options", "payments.options.all.methods"])
def test_the_path_to_the_payment_methods_is_a_setting(path: str) -> None:
    text = dialect(path).render("paymentOptions")
    parse(text)
    assert " { ".join(path.split(".")) + " {" in text


def test_an_unrelated_complaint_changes_nothing() -> None:
    till = dialect()
    for message in ("order not found", 'Cannot query field "total" on type "Order"', ""):
        assert not till.adapt([message], till.version)
    assert till.version == 0
    assert not till.adapt([], 0)


def test_two_calls_refused_at_once_both_go_again() -> None:
    till = dialect()
    complaint = ['Cannot query field "vat" on type "Order".']
    assert till.adapt(complaint, 0)
    assert till.adapt(complaint, 0)
    assert till.version == 1


def test_all_dialects_parse() -> None:
    for size in range(len(OPTIONAL) + 1):
        for names in itertools.combinations(sorted(OPTIONAL), size):
            till = dialect()
            till.adapt([f'Cannot query field "{name}" on type "X"' for name in names], 0)
            for operation in till.operations:
                parse(till.render(operation))
