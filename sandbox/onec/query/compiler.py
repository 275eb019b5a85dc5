"""``$filter`` as a closure over rows: what is compared with what is decided once, a row costs a call or two.

Missing values (attributes of folders, what lies behind an empty reference) behave as NULL does in the base's queries:
every comparison with one is unknown, and a row stays only where the filter is true.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import bad_option, no_segment
from sandbox.onec.query import functions, logic
from sandbox.onec.query.paths import Lookup, Value, resolve
from sandbox.onec.query.syntax import (
    COMPARISONS,
    Binary,
    Call,
    Literal,
    Not,
    Path,
    Quantified,
)
from sandbox.onec.values import NAMESPACE, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.onec.shapes import Shape

_MANY: Final = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names are looked up: the row itself, and the variables of lambdas around.

    In a lambda the thing that closures get is a pair (what was outside, the inner row); ``reach`` finds the row in it.
    """

    shape: Shape
    reach: Callable[[Any], Any] | None = None
    variables: dict[str, tuple[Shape, Callable[[Any], Any]]] = field(default_factory=dict)

    def inner(self, variable: str, rows: Shape) -> Scope:
        """Return the scope of a lambda's body."""
        outside = self.reach
        reach = (lambda env: env[0]) if outside is None else (lambda env: outside(env[0]))
        variables = {name: (shape, _from_outside(get)) for name, (shape, get) in self.variables.items()}
        return Scope(self.shape, reach, {**variables, variable: (rows, operator.itemgetter(1))})


def _from_outside(get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda env: get(env[0])


def compile_filter(tree: Any, shape: Shape, lookup: Lookup, option: str = "$filter") -> Callable[[Any], Any]:
    """Return a function of a row that is truthy where the filter holds; refuses what cannot be asked."""
    made = _Compiler(lookup, option).build(tree, Scope(shape))
    if made.kind is not Kind.FLAG:
        raise bad_option(option)
    return made.get


class _Compiler:
    def __init__(self, lookup: Lookup, option: str) -> None:
        self.lookup, self.option = lookup, option

    def build(self, tree: Any, scope: Scope) -> Value:
        match tree:
            case Literal(kind, value):
                return Value(kind, lambda _: value, constant=True)
            case Path(segments):
                return self._path(segments, scope)
            case Call(name, arguments):
                return self._call(name, arguments, scope)
            case Not(operand):
                return logic.negation(self._flag(operand, scope))
            case Quantified():
                return self._quantified(tree, scope)
            case Binary("or", _, _):
                return self._or(tree, scope)
            case Binary("and", left, right):
                return logic.both(self._flag(left, scope), self._flag(right, scope))
            case Binary(name, left, right) if name in COMPARISONS:
                return self._compare(name, self.build(left, scope), self.build(right, scope))
            case Binary(name, left, right):
                return self._arithmetic(name, self.build(left, scope), self.build(right, scope))
        raise bad_option(self.option)

    def _flag(self, tree: Any, scope: Scope) -> Value:
        made = self.build(tree, scope)
        if made.kind is not Kind.FLAG:
            raise bad_option(self.option)
        return made

    def _path(self, segments: tuple[str, ...], scope: Scope) -> Value:
        shape, reach = scope.shape, scope.reach
        if segments[0] in scope.variables:
            shape, reach = scope.variables[segments[0]]
            segments = segments[1:]
            if not segments:
                raise bad_option(self.option)
        found = resolve(shape, segments, self.lookup)
        if reach is None:
            return found
        get, outer = found.get, reach
        return replace(found, get=lambda env: get(outer(env)))

    def _quantified(self, tree: Quantified, scope: Scope) -> Value:
        rows = self._path(tree.path, scope)
        if rows.kind is not Kind.ROWS or rows.rows is None:
            raise no_segment(tree.quantifier)
        get = rows.get
        if tree.body is None:
            return Value(Kind.FLAG, lambda env: bool(get(env)))
        body = self._flag(tree.body, scope.inner(tree.variable, rows.rows)).get
        if tree.quantifier == "any":
            return Value(Kind.FLAG, lambda env: any(body((env, row)) for row in get(env) or ()))
        return Value(Kind.FLAG, lambda env: all(body((env, row)) for row in get(env) or ()))

    def _or(self, tree: Binary, scope: Scope) -> Value:
        leaves: list[Any] = []
        rest: Any = tree
        while isinstance(rest, Binary) and rest.operator == "or":
            leaves.append(rest.right)
            rest = rest.left
        leaves.append(rest)
        if among := self._among(leaves, scope):
            return among
        made = self._flag(leaves.pop(), scope)
        while leaves:
            made = logic.either(made, self._flag(leaves.pop(), scope))
        return made

    def _among(self, leaves: list[Any], scope: Scope) -> Value | None:
        """Turn a long ``X eq 1 or X eq 2 or …`` into one look-up, as clients ask for keys by the hundred."""
        if len(leaves) < _MANY:
            return None
        paths, literals = set(), []
        for leaf in leaves:
            match leaf:
                case Binary("eq", Path(segments), Literal(kind, _) as literal) if kind is not None:
                    paths.add(segments)
                    literals.append(literal)
                case _:
                    return None
        if len(paths) != 1:
            return None
        left = self._path(paths.pop(), scope)
        if left.kind is Kind.PAIR or any(literal.kind is not logic.group_of(left.kind) for literal in literals):
            return None
        values, get = {literal.value for literal in literals}, left.get
        return Value(Kind.FLAG, lambda env: get(env) in values, left.nullable)

    def _call(self, name: str, arguments: tuple[Any, ...], scope: Scope) -> Value:
        if name in ("cast", "isof"):
            return self._typed(name, arguments, scope)
        if name in functions.MISSING:
            raise functions.missing_function(name)
        function = functions.FUNCTIONS.get(name)
        if function is None:
            raise bad_option(self.option)
        made = [self.build(argument, scope) for argument in arguments]
        fits = len(function.takes) - function.optional <= len(made) <= len(function.takes)
        kinds = [logic.group_of(each.kind) for each in made]
        if not fits or kinds != list(function.takes[: len(made)]):
            raise functions.wrong_arguments(name)
        gets, call = [each.get for each in made], function.call
        if not any(each.nullable for each in made):
            return Value(function.gives, lambda env: call(*[get(env) for get in gets]))

        def known(env: Any) -> Any:
            values = [get(env) for get in gets]
            return None if None in values else call(*values)

        return Value(function.gives, known, nullable=True)

    def _typed(self, name: str, arguments: tuple[Any, ...], scope: Scope) -> Value:
        if len(arguments) != 2 or not (isinstance(arguments[1], Literal) and arguments[1].kind is Kind.TEXT):  # noqa: PLR2004 - an expression and a type
            raise functions.wrong_arguments(name)
        type_ = str(arguments[1].value).removeprefix(NAMESPACE)
        if not type_.startswith("Edm."):
            if not self.lookup.knows_type(type_):
                raise functions.wrong_arguments(name)
            type_ = NAMESPACE + type_
        value = self.build(arguments[0], scope)
        if name == "isof":
            return logic.type_test(value, type_)
        return logic.cast(value, type_)

    def _arithmetic(self, name: str, a: Value, b: Value) -> Value:
        if logic.group_of(a.kind) is not Kind.NUMBER or logic.group_of(b.kind) is not Kind.NUMBER:
            raise bad_option(self.option)
        work, f, g = logic.ARITHMETIC[name], a.get, b.get

        def known(env: Any) -> Any:
            left, right = f(env), g(env)
            return None if left is None or right is None else work(left, right)

        return Value(Kind.NUMBER, known, a.nullable or b.nullable)

    def _compare(self, name: str, a: Value, b: Value) -> Value:
        if a.kind is None or b.kind is None:
            return logic.null_test(name, a if b.kind is None else b)
        if Kind.ROWS in (a.kind, b.kind):
            raise bad_option(self.option)
        if Kind.PAIR in (a.kind, b.kind):
            a, b = logic.as_pair(a), logic.as_pair(b)
        if logic.group_of(a.kind) is not logic.group_of(b.kind):
            # 1C answers such a comparison and finds nothing: guid'…' against a composite, a date against a string.
            return logic.mismatch(name, a, b)
        if a.kind is Kind.GUID and name not in ("eq", "ne") and self.lookup.stored_order:
            a, b = logic.by_storage(a), logic.by_storage(b)
        return logic.comparison(name, a, b)
