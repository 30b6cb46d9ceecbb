"""A basket counts as it changes: its sums are always those of a recount of its lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tui_pos.domain.basket import MAX_QUANTITY, Basket, Line, LineState
from tui_pos.domain.money import Money

QUANTITIES = st.one_of(st.integers(1, 20), st.integers(MAX_QUANTITY - 3, MAX_QUANTITY))
PRICES = st.none() | st.integers(-500, 100_000).map(lambda minor: Money(minor, "EUR"))
CODES = st.sampled_from("ABC")


class BasketMachine(RuleBasedStateMachine):
    """Any keys in any order, against a plain list of lines."""

    def __init__(self) -> None:
        super().__init__()
        self.basket = Basket("EUR")
        self.lines: list[Line] = []
        self.used: set[int] = set()
        self.version = 0

    def same(self, expected: Line, got: Line | None) -> None:
        place = next(n for n, line in enumerate(self.lines) if line.line_id == expected.line_id)
        self.lines[place] = expected
        assert got == expected

    @rule(code=CODES, quantity=QUANTITIES, price=PRICES)
    def add(self, code: str, quantity: int, price: Money | None) -> None:
        last = self.lines[-1] if self.lines else None
        line = self.basket.add(code, quantity=quantity, unit_price=price)
        if (
            last is not None
            and last.sku == code
            and last.state is not LineState.REFUSED
            and last.quantity + quantity <= MAX_QUANTITY
        ):
            self.same(replace(last, quantity=last.quantity + quantity), line)
            return
        assert line.line_id not in self.used
        assert (line.code, line.sku, line.quantity, line.unit_price) == (
            code,
            code,
            quantity,
            price,
        )
        assert line.state is LineState.WANTED
        self.used.add(line.line_id)
        self.lines.append(line)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), quantity=QUANTITIES)
    def set_quantity(self, data: st.DataObject, quantity: int) -> None:
        line = data.draw(st.sampled_from(self.lines))
        got = self.basket.set_quantity(line.line_id, quantity)
        self.same(replace(line, quantity=quantity), got)

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.lines))
        assert self.basket.remove(line.line_id) == line
        self.lines.remove(line)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), name=st.sampled_from(["", "Coffee"]), price=PRICES)
    def learn(self, data: st.DataObject, name: str, price: Money | None) -> None:
        line = data.draw(st.sampled_from(self.lines))
        known = replace(
            line,
            name=name or line.name,
            unit_price=line.unit_price if price is None else price,
        )
        self.same(known, self.basket.learn(line.line_id, name=name, unit_price=price))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), state=st.sampled_from(LineState), reason=st.sampled_from(["", "no"]))
    def mark(self, data: st.DataObject, state: LineState, reason: str) -> None:
        line = data.draw(st.sampled_from(self.lines))
        self.same(
            replace(line, state=state, reason=reason),
            self.basket.mark(line.line_id, state, reason),
        )

    @rule(line_id=st.integers(-1, 50))
    def touch_a_line_that_is_not_there(self, line_id: int) -> None:
        if any(line.line_id == line_id for line in self.lines):
            return
        assert self.basket.line(line_id) is None
        assert self.basket.learn(line_id, name="x", unit_price=Money(1, "EUR")) is None
        assert self.basket.mark(line_id, LineState.ORDERED) is None
        for change in (
            lambda: self.basket.remove(line_id),
            lambda: self.basket.set_quantity(line_id, 2),
            lambda: self.basket.index(line_id),
        ):
            with pytest.raises(KeyError):
                change()

    @rule(code=CODES, quantity=st.sampled_from([-1, 0, MAX_QUANTITY + 1]))
    def refuse_a_quantity(self, code: str, quantity: int) -> None:
        with pytest.raises(ValueError, match="quantity"):
            self.basket.add(code, quantity=quantity)
        for line in self.lines:
            with pytest.raises(ValueError, match="quantity"):
                self.basket.set_quantity(line.line_id, quantity)

    @invariant()
    def the_lines_are_those_of_the_list(self) -> None:
        assert list(self.basket) == self.lines
        assert len(self.basket) == len(self.lines)
        assert bool(self.basket) == bool(self.lines)
        for place, line in enumerate(self.lines):
            assert self.basket.index(line.line_id) == place
            assert self.basket[place] == line
            assert self.basket.line(line.line_id) == line

    @invariant()
    def the_sums_are_those_of_a_recount(self) -> None:
        counted = [line for line in self.lines if line.state is not LineState.REFUSED]
        priced = [line for line in counted if line.unit_price is not None]
        assert self.basket.units == sum(line.quantity for line in counted)
        assert self.basket.refused == len(self.lines) - len(counted)
        assert self.basket.has_unpriced == (len(priced) < len(counted))
        assert self.basket.preview == Money(
            sum(x.unit_price.minor * x.quantity for x in priced if x.unit_price), "EUR"
        )

    @invariant()
    def the_version_never_goes_back(self) -> None:
        assert self.basket.version >= self.version
        self.version = self.basket.version


BasketMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyKeys = BasketMachine.TestCase


def a_line(basket: Basket, code: str = "A") -> Line:
    return basket.add(code, unit_price=Money(250, "EUR"))


def test_the_same_item_again_raises_the_last_line() -> None:
    basket = Basket("EUR")
    first = a_line(basket)
    assert basket.add("A", quantity=2).line_id == first.line_id
    assert [line.quantity for line in basket] == [3]
    assert basket.preview == Money(750, "EUR")


def test_the_same_item_after_another_is_a_new_line() -> None:
    basket = Basket("EUR")
    for code in "ABA":
        a_line(basket, code)
    assert [line.sku for line in basket] == ["A", "B", "A"]


def test_two_codes_of_one_item_are_the_same_item() -> None:
    basket = Basket("EUR")
    basket.add("4006381333931", sku="COF")
    basket.add("COF", sku="COF")
    assert [(line.code, line.quantity) for line in basket] == [("4006381333931", 2)]


def test_a_line_is_never_raised_above_the_most() -> None:
    basket = Basket("EUR")
    basket.add("A", quantity=MAX_QUANTITY)
    basket.add("A")
    assert [line.quantity for line in basket] == [MAX_QUANTITY, 1]


def test_a_refused_line_counts_nothing_and_is_not_raised() -> None:
    basket = Basket("EUR")
    line = a_line(basket)
    basket.mark(line.line_id, LineState.REFUSED, "unknown")
    assert (basket.units, basket.preview, basket.refused) == (0, Money.zero("EUR"), 1)
    again = a_line(basket)
    assert again.line_id != line.line_id
    assert basket.units == 1
    basket.mark(line.line_id, LineState.ORDERED)
    assert (basket.units, basket.preview, basket.refused) == (2, Money(500, "EUR"), 0)


def test_a_refused_line_without_a_price_leaves_no_price_open() -> None:
    basket = Basket("EUR")
    line = basket.add("A")
    assert basket.has_unpriced
    basket.mark(line.line_id, LineState.REFUSED)
    assert not basket.has_unpriced
    basket.learn(line.line_id, name="Coffee", unit_price=Money(250, "EUR"))
    assert basket.preview == Money.zero("EUR")


def test_an_id_is_not_used_again_after_the_line_is_gone() -> None:
    basket = Basket("EUR")
    gone = a_line(basket)
    basket.remove(gone.line_id)
    assert a_line(basket).line_id != gone.line_id


def test_a_replayed_line_keeps_its_id_and_later_ones_come_after_it() -> None:
    basket = Basket("EUR")
    assert basket.add("A", line_id=7).line_id == 7
    assert basket.add("A", line_id=7, quantity=2).quantity == 3
    assert basket.add("A", line_id=9).line_id == 9
    assert basket.add("B").line_id > 9


def test_an_id_that_another_line_has_is_refused() -> None:
    basket = Basket("EUR")
    basket.add("A", line_id=1)
    basket.add("B", line_id=2)
    before = list(basket)
    with pytest.raises(ValueError, match="line 1 is there already"):
        basket.add("C", line_id=1)
    assert list(basket) == before


def test_a_price_in_another_currency_is_refused_and_nothing_changes() -> None:
    basket = Basket("EUR")
    line = a_line(basket)
    before = (list(basket), basket.version)
    for code in "AB":
        with pytest.raises(ValueError, match="USD in a basket in EUR"):
            basket.add(code, unit_price=Money(250, "USD"))
    with pytest.raises(ValueError, match="USD in a basket in EUR"):
        basket.learn(line.line_id, name="Coffee", unit_price=Money(250, "USD"))
    assert (list(basket), basket.version) == before


def test_knowing_nothing_new_is_no_change() -> None:
    basket = Basket("EUR")
    line = a_line(basket)
    before = basket.version
    basket.learn(line.line_id, name="", unit_price=None)
    basket.learn(line.line_id, name="", unit_price=Money(250, "EUR"))
    basket.mark(line.line_id, LineState.WANTED)
    assert basket.version == before
