"""From decoded JSON to typed models: what each field may be, and where an answer is not what it should be.

A model is a class whose fields are declared with `of(reader)`. Unknown fields are ignored; one that is not
there is read as null, so only a field whose reader refuses null must be there.

Source: payment-safety.md, 5.1 TX1; vendors.md, 5 (11, 13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import partial
from typing import Any, TypeVar, cast, dataclass_transform

from tui_pos.domain.text import clean

T = TypeVar("T")
Reader = Callable[[Any], T]
"""Takes any JSON value; raises ValueError for one that its field must not hold."""


class Unusable(ValueError):
    """A value is not what its field must be. It is named by its path in the models, never quoted."""

    def __init__(self, *path: str | int) -> None:
        super().__init__(*path)
        self.path = path


def _inside(step: str | int, error: Exception) -> Unusable:
    return Unusable(step, *(error.path if isinstance(error, Unusable) else ()))


_plans: dict[Any, tuple[tuple[str, Reader[Any], bool], ...]] = {}


@dataclass_transform(eq_default=False, kw_only_default=True, frozen_default=True)
def from_json(kind: type[T]) -> type[T]:
    """Make a class a model, without the generated methods that no one needs: they take long to build."""
    made = dataclass(eq=False, repr=False, kw_only=True, frozen=True, slots=True)(kind)
    _plans[made] = tuple(
        (each.name, each.metadata["reader"], each.default is MISSING)
        for each in fields(cast(Any, made))
    )
    return made


def of(reader: Reader[T]) -> T:
    """Declare a field of a model."""
    try:
        return field(default=reader(None), metadata={"reader": reader})
    except ValueError:
        needed: T = field(metadata={"reader": reader})
    return needed


def read(kind: type[T], value: Any) -> T:
    """A model from a JSON object. Raises: Unusable: at the first field that is."""
    if not isinstance(value, dict):
        raise Unusable
    found = {}
    for name, reader, is_needed in _plans[kind]:
        if name in value:
            try:
                found[name] = reader(value[name])
            except (ValueError, ArithmeticError) as error:
                raise _inside(name, error) from None
        elif is_needed:
            raise Unusable(name)
    return kind(**found)


def model(kind: type[T]) -> Reader[T]:
    return partial(read, kind)


def maybe(reader: Reader[T]) -> Reader[T | None]:
    return lambda value: None if value is None else reader(value)


def many(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list; null is an empty one."""

    def read_all(value: Any) -> tuple[T, ...]:
        if value is not None and not isinstance(value, list):
            raise Unusable
        found: list[T] = []
        try:
            for each in value or ():
                found.append(reader(each))
        except (ValueError, ArithmeticError) as error:
            raise _inside(len(found), error) from None
        return tuple(found)

    return read_all


def text(limit: int) -> Reader[str]:
    """Cleaned text; whole numbers are written out, null is "", anything else is refused."""

    def read_text(value: Any) -> str:
        if value is None:
            return ""
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            raise Unusable
        return clean(value, limit=limit)

    return read_text


def exactly(kind: type[T]) -> Reader[T]:
    """A value of this very type: true is no number, 1 is no boolean, and text is neither."""

    def read_exactly(value: Any) -> T:
        if type(value) is not kind:
            raise Unusable
        return value

    return read_exactly
