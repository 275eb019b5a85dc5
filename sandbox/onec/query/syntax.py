"""The grammar of ``$filter``: tokens and the tree that the parser makes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sandbox.onec.errors import bad_option, not_allowed_here
from sandbox.onec.values import Kind, parse_guid, parse_moment

COMPARISONS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_SUMS: Final = frozenset({"add", "sub"})
_PRODUCTS: Final = frozenset({"mul", "div"})
_RESERVED: Final = COMPARISONS | _SUMS | _PRODUCTS | {"and", "or", "not"}
DEEPEST: Final = 60
"""Brackets within brackets beyond which a filter is refused rather than exhausting the stack."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands in the filter; ``kind`` None is ``null``."""

    kind: Kind | None
    value: Any


@dataclass(frozen=True, slots=True)
class Path:
    """A property, reached over navigations: ``Контрагент/ИНН``."""

    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, an arithmetic operation, ``and`` or ``or``."""

    operator: str
    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Not:
    """The negation."""

    operand: Any


@dataclass(frozen=True, slots=True)
class Quantified:
    """``Товары/any(d: …)`` or ``all``; without a body ``any()`` asks whether there are rows."""

    path: tuple[str, ...]
    quantifier: str
    variable: str
    body: Any | None


_TOKEN: Final = re.compile(
    r"""\s*(?:
      guid'(?P<guid>[^']*)'
    | datetime'(?P<moment>[^']*)'
    | '(?P<text>(?:[^']|'')*)'
    | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>[(),/:*+])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is the token's group; ``value`` its text or parsed value."""

    kind: str
    value: Any


def tokens(text: str, option: str) -> list[Token]:
    """Cut a text into tokens; refuses with code 14, or as 1C does a plus (it is an operator that no filter may use)."""
    found: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise bad_option(option)
        group = match.lastgroup
        value: Any = match[group]
        if group == "sign" and value == "+":
            raise not_allowed_here()
        found.append(Token(group, _parsed(group, value)))
        place = match.end()
    return found


def _parsed(group: str, value: str) -> Any:
    match group:
        case "guid":
            return parse_guid(value)
        case "moment":
            return parse_moment(value)
        case "text":
            return value.replace("''", "'")
        case "number":
            return Decimal(value) if "." in value else int(value)
    return value


class Parser:
    """A recursive parser, one method a level of precedence: or, and, not, comparison, sum, product, primary."""

    def __init__(self, text: str, option: str = "$filter") -> None:
        self.option = option
        self.tokens = tokens(text, option)
        self.place = 0
        self.depth = 0

    def parse(self) -> Any:
        """Return the whole text's tree; refuses with code 14."""
        tree = self._disjunction()
        if self.place < len(self.tokens):
            raise bad_option(self.option)
        return tree

    def _peek(self, offset: int = 0) -> Token:
        place = self.place + offset
        return self.tokens[place] if place < len(self.tokens) else Token("end", "")

    def _next(self) -> Token:
        token = self._peek()
        self.place += 1
        return token

    def _takes(self, kind: str, value: str) -> bool:
        if self._peek() == Token(kind, value):
            self.place += 1
            return True
        return False

    def _expect(self, value: str) -> None:
        if not self._takes("sign", value):
            raise bad_option(self.option)

    def _disjunction(self) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise bad_option(self.option)
        tree = self._conjunction()
        while self._takes("name", "or"):
            tree = Binary("or", tree, self._conjunction())
        self.depth -= 1
        return tree

    def _conjunction(self) -> Any:
        tree = self._negation()
        while self._takes("name", "and"):
            tree = Binary("and", tree, self._negation())
        return tree

    def _negation(self) -> Any:
        negations = 0
        while self._takes("name", "not"):
            negations += 1
        tree = self._comparison()
        for _ in range(negations):
            tree = Not(tree)
        return tree

    def _comparison(self) -> Any:
        tree = self._chain(_SUMS, lambda: self._chain(_PRODUCTS, self._primary))
        token = self._peek()
        if token.kind == "name" and token.value in COMPARISONS:
            self.place += 1
            right = self._chain(_SUMS, lambda: self._chain(_PRODUCTS, self._primary))
            return Binary(token.value, tree, right)
        return tree

    def _chain(self, operators: frozenset[str], part: Any) -> Any:
        tree = part()
        while self._peek().kind == "name" and self._peek().value in operators:
            operator = self._next().value
            tree = Binary(operator, tree, part())
        return tree

    def _primary(self) -> Any:
        token = self._next()
        match token.kind:
            case "guid":
                return Literal(Kind.GUID, token.value)
            case "moment":
                return Literal(Kind.MOMENT, token.value)
            case "text":
                return Literal(Kind.TEXT, token.value)
            case "number":
                return Literal(Kind.NUMBER, token.value)
            case "name":
                return self._named(token.value)
            case "sign" if token.value == "(":
                tree = self._disjunction()
                self._expect(")")
                return tree
        raise bad_option(self.option)

    def _named(self, name: str) -> Any:
        if name in ("true", "false"):
            return Literal(Kind.FLAG, name == "true")
        if name == "null":
            return Literal(None, None)
        if name in _RESERVED:
            raise bad_option(self.option)
        if self._takes("sign", "("):
            return Call(name, self._arguments())
        return self._path(name)

    def _arguments(self) -> tuple[Any, ...]:
        if self._takes("sign", ")"):
            return ()
        arguments = [self._disjunction()]
        while self._takes("sign", ","):
            arguments.append(self._disjunction())
        self._expect(")")
        return tuple(arguments)

    def _path(self, first: str) -> Any:
        segments = [first]
        while self._takes("sign", "/"):
            token = self._next()
            if token.kind != "name":
                raise bad_option(self.option)
            if token.value in ("any", "all") and self._takes("sign", "("):
                return self._quantified(tuple(segments), token.value)
            segments.append(token.value)
        return Path(tuple(segments))

    def _quantified(self, path: tuple[str, ...], quantifier: str) -> Quantified:
        if quantifier == "any" and self._takes("sign", ")"):
            return Quantified(path, quantifier, "", None)
        variable = self._next()
        if variable.kind != "name":
            raise bad_option(self.option)
        self._expect(":")
        body = self._disjunction()
        self._expect(")")
        return Quantified(path, quantifier, variable.value, body)


def parse_filter(text: str, option: str = "$filter") -> Any:
    """Return the tree of a filter; refuses with code 14."""
    return Parser(text, option).parse()


def properties_named(tree: Any) -> set[str]:
    """Return the first segments of all paths in a tree."""
    match tree:
        case Path(segments):
            return {segments[0]}
        case Call(_, arguments):
            return set().union(*map(properties_named, arguments))
        case Binary(_, left, right):
            return properties_named(left) | properties_named(right)
        case Not(operand):
            return properties_named(operand)
        case Quantified(path, _, _, _):
            return {path[0]}
    return set()
