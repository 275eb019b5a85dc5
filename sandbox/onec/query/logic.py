"""The logic of filters: comparing, joining and casting values that may be missing."""

from __future__ import annotations

import operator
from dataclasses import replace
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import internal
from sandbox.onec.query.functions import wrong_arguments
from sandbox.onec.query.paths import Value
from sandbox.onec.query.syntax import COMPARISONS
from sandbox.onec.values import NAMESPACE, Kind, parse_guid, parse_moment, simple_text, stored_order

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {name: getattr(operator, name) for name in COMPARISONS}
_SIMPLE: Final = {
    Kind.TEXT: "Edm.String",
    Kind.NUMBER: "Edm.Double",
    Kind.FLAG: "Edm.Boolean",
    Kind.MOMENT: "Edm.DateTime",
}
_GROUPS: Final = {Kind.ENUM: Kind.TEXT, Kind.TAG: Kind.TEXT, Kind.INTEGER: Kind.NUMBER}


def group_of(kind: Kind | None) -> Kind | None:
    """Return the kind that a kind is compared as: an enumeration is a text, an integer a number."""
    return _GROUPS.get(kind, kind) if kind else None


def comparison(name: str, a: Value, b: Value) -> Value:
    """Compare two values of one kind."""
    compare, f, g = _COMPARE[name], a.get, b.get
    if a.nullable or b.nullable:

        def known(env: Any) -> Any:
            left, right = f(env), g(env)
            return None if left is None or right is None else compare(left, right)

        return Value(Kind.FLAG, known, nullable=True)
    if not b.constant:
        return Value(Kind.FLAG, lambda env: compare(f(env), g(env)))
    value = g(())
    if name == "eq":
        return Value(Kind.FLAG, lambda env: f(env) == value)
    return Value(Kind.FLAG, lambda env: compare(f(env), value))


def mismatch(name: str, a: Value, b: Value) -> Value:
    """Compare values of different kinds: they are never equal."""
    f, g, answer = a.get, b.get, name == "ne"
    if not (a.nullable or b.nullable):
        return Value(Kind.FLAG, lambda _: answer)
    return Value(Kind.FLAG, lambda env: None if f(env) is None or g(env) is None else answer, nullable=True)


def null_test(name: str, value: Value) -> Value:
    """Compare a value with null."""
    get = value.get
    match name:
        case "eq":
            return Value(Kind.FLAG, lambda env: get(env) is None)
        case "ne":
            return Value(Kind.FLAG, lambda env: get(env) is not None)
    return Value(Kind.FLAG, lambda _: None, nullable=True)


def negation(a: Value) -> Value:
    """Negate; unknown stays unknown."""
    f = a.get
    if not a.nullable:
        return Value(Kind.FLAG, lambda env: not f(env))
    return Value(Kind.FLAG, lambda env: None if (known := f(env)) is None else not known, nullable=True)


def both(a: Value, b: Value) -> Value:
    """Join by "and" in the logic of three values."""
    f, g = a.get, b.get
    if not (a.nullable or b.nullable):
        return Value(Kind.FLAG, lambda env: f(env) and g(env))

    def known(env: Any) -> Any:
        left, right = f(env), g(env)
        if left is None or right is None:
            return False if left is False or right is False else None
        return left and right

    return Value(Kind.FLAG, known, nullable=True)


def either(a: Value, b: Value) -> Value:
    """Join by "or" in the logic of three values."""
    f, g = a.get, b.get
    if not (a.nullable or b.nullable):
        return Value(Kind.FLAG, lambda env: f(env) or g(env))

    def known(env: Any) -> Any:
        left, right = f(env), g(env)
        return True if left or right else (None if left is None or right is None else False)

    return Value(Kind.FLAG, known, nullable=True)


def by_storage(a: Value) -> Value:
    """Return references as what they sort by."""
    get = a.get
    return replace(a, get=lambda env: None if (guid := get(env)) is None else stored_order(guid))


def as_pair(a: Value) -> Value:
    """Return a simple value as a composite attribute holds it."""
    type_ = _SIMPLE.get(group_of(a.kind) or Kind.PAIR)
    if a.kind is Kind.PAIR or type_ is None:
        return a
    get = a.get
    return replace(
        a, kind=Kind.PAIR, get=lambda env: None if (value := get(env)) is None else (simple_text(value), type_)
    )


def type_test(value: Value, type_: str) -> Value:
    """Tell whether a value is of a type."""
    get = value.get
    if value.kind is Kind.PAIR:
        return Value(
            Kind.FLAG, lambda env: None if (pair := get(env)) is None else pair[1] == type_, nullable=value.nullable
        )
    answer = _SIMPLE.get(group_of(value.kind) or Kind.PAIR) == type_ or (value.kind, type_) == (Kind.GUID, "Edm.Guid")
    return Value(Kind.FLAG, lambda env: None if get(env) is None else answer, nullable=value.nullable)


def cast(value: Value, type_: str) -> Value:
    """Turn a value into another type; a composite gives only what is of it."""
    get = value.get
    if type_.startswith(NAMESPACE):
        if value.kind is Kind.PAIR:
            return Value(Kind.PAIR, lambda env: _only(get(env), type_), nullable=True)
        return Value(
            Kind.PAIR,
            lambda env: None if (inner := get(env)) is None else (inner, type_),
            nullable=value.nullable,
            constant=value.constant,
        )
    if type_ not in _CASTS:
        raise wrong_arguments("cast")
    kind, convert = _CASTS[type_]
    if value.kind is Kind.PAIR:
        return Value(kind, lambda env: convert(pair[0]) if (pair := _only(get(env), type_)) else None, nullable=True)
    return Value(
        kind, lambda env: None if (inner := get(env)) is None else convert(inner), value.nullable, value.constant
    )


def _only(pair: tuple[str, str] | None, type_: str) -> tuple[str, str] | None:
    return pair if pair is not None and pair[1] == type_ else None


def _to_number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


_CASTS: Final[dict[str, tuple[Kind, Callable[[Any], Any]]]] = {
    "Edm.String": (Kind.TEXT, simple_text),
    "Edm.Double": (Kind.NUMBER, _to_number),
    "Edm.Int16": (Kind.NUMBER, lambda value: int(_to_number(value))),
    "Edm.Int32": (Kind.NUMBER, lambda value: int(_to_number(value))),
    "Edm.Int64": (Kind.NUMBER, lambda value: int(_to_number(value))),
    "Edm.Boolean": (Kind.FLAG, lambda value: value in (True, "true")),
    "Edm.DateTime": (Kind.MOMENT, parse_moment),
    "Edm.Guid": (Kind.GUID, parse_guid),
}


def _divide(a: Any, b: Any) -> Decimal:
    try:
        return Decimal(a) / Decimal(b)
    except (DivisionByZero, InvalidOperation):
        raise internal("Деление на 0") from None


ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _divide,
}
