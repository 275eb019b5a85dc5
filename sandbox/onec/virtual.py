"""Virtual tables: ``Balance``, ``Turnovers``, ``BalanceAndTurnovers`` of accumulation registers, slices of information.

Columns are dimensions and ``<Resource>Balance`` (English suffixes). Only rows with something in them come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import Refusal, bad_value, internal, no_method
from sandbox.onec.query.compiler import compile_filter
from sandbox.onec.query.syntax import parse_filter
from sandbox.onec.registers import row_reader
from sandbox.onec.shapes import Property, Shape
from sandbox.onec.values import EMPTY_MOMENT, Kind, Row, parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.onec.registers import RegisterTable
    from sandbox.onec.schema import EntitySet, Register
    from sandbox.onec.store import Store

ARGUMENTS: Final[dict[str, tuple[str, ...]]] = {
    "Balance": ("Condition", "Dimensions", "Period"),
    "Turnovers": ("Condition", "Dimensions", "EndPeriod", "StartPeriod"),
    "BalanceAndTurnovers": ("Condition", "Dimensions", "EndPeriod", "StartPeriod"),
    "SliceLast": ("Condition", "Period"),
    "SliceFirst": ("Condition", "Period"),
}
"""The functions with their arguments in the order of ``$metadata``; all of them may be left out."""

ACCOUNTING: Final = ("AccountCondition", *ARGUMENTS["Balance"])
"""What the balances of an accounting register take."""

ACCOUNT_SUFFIXES: Final = ("Balance", "BalanceDr", "BalanceCr", "SplittedBalanceDr", "SplittedBalanceCr")

SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "Balance": ("Balance",),
    "Turnovers": ("Turnover", "Receipt", "Expense"),
    "BalanceAndTurnovers": ("OpeningBalance", "Turnover", "Receipt", "Expense", "ClosingBalance"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that a query runs on. ``key`` names them for the memory of results, with the store's version."""

    shape: Shape
    key: tuple[Any, ...]
    load: Callable[[], list[Row]]


def functions_of(entities: EntitySet) -> tuple[str, ...]:
    """Return the virtual tables that a set is bound to; slices are there for non-periodic registers too."""
    register = entities.register
    if register is None:
        return ()
    if register.information:
        return ("SliceFirst", "SliceLast") if entities.kind in ("register", "records") else ()
    if entities.kind != "recordset":
        return ()
    if register.accounting:
        return ("Balance",)
    return ("Balance", "BalanceAndTurnovers", "Turnovers") if register.balance else ("Turnovers",)


def arguments_of(entities: EntitySet, function: str) -> tuple[str, ...]:
    """Return the arguments that a function of a set takes; raises KeyError for an unknown function."""
    accounting = entities.register is not None and entities.register.accounting
    return ACCOUNTING if accounting and function == "Balance" else ARGUMENTS[function]


def result_shape(register: Register, function: str, dimensions: tuple[str, ...] = ()) -> Shape:
    """Return the columns of a virtual table, restricted to some dimensions where asked."""
    shape = register.records
    slots = [slot for name in dimensions or register.dimensions for slot in shape.slots_of(name)]
    suffixes = SUFFIXES[function] if register.balance else ("Turnover",)
    if register.accounting:
        suffixes = ACCOUNT_SUFFIXES
    resources = [
        Property(f"{name}{suffix}", "Edm.Double", Kind.NUMBER, f"{name}{suffix}")
        for name in register.resources
        for suffix in suffixes
    ]
    ending = {"Turnovers": "Turnover"}.get(function, function)
    properties = (*(shape.properties[slot] for slot in slots), *resources)
    return Shape(f"{register.name}_{ending}", properties, (), shape.published)


def virtual_table(
    store: Store, entities: EntitySet, function: str, arguments: Mapping[str, str], *, inclusive: bool
) -> Source:
    """Return a virtual table as a source of rows; refuses an unknown function, argument, dimension or condition.

    ``inclusive`` says whether a balance at a moment has what happened at that very moment (nobody measured it).
    """
    if function not in functions_of(entities) or entities.register is None:
        raise no_method(function)
    for name in arguments:
        if name not in arguments_of(entities, function):
            raise Refusal(400, "21", f"Неизвестный параметр {name} метода {function}")
    if function.startswith("Slice"):
        return _slice(store, entities, function, arguments)
    register = entities.register
    table = store.registers[register.name]
    dimensions = _dimensions(register, arguments.get("Dimensions", ""))
    shape = result_shape(register, function, dimensions)
    # A condition of balances sees dimensions only, all of them, before they are folded.
    every = Shape(
        shape.name, tuple(register.records.properties[slot] for slot in table.dimension_slots), (), shape.published
    )
    holds = _all(
        condition(store, every, arguments.get("Condition")), condition(store, every, arguments.get("AccountCondition"))
    )
    period = _moment(arguments, "Period")
    start, end = _moment(arguments, "StartPeriod"), _moment(arguments, "EndPeriod")
    places = [table.dimension_slots.index(slot) for name in dimensions for slot in register.records.slots_of(name)]

    def load() -> list[Row]:
        with store.lock:
            if function == "Balance":
                totals = _balance(table, period, inclusive=inclusive)
            elif function == "Turnovers":
                totals = _turnovers(table, start, end)
            else:
                totals = _both(table, start, end)
            rows = _folded(totals, row_reader(places), holds)
            return _sided(rows, len(register.resources)) if register.accounting else rows

    return Source(shape, (function, entities.name, *sorted(arguments.items())), load)


def _all(*conditions: Callable[[Row], Any] | None) -> Callable[[Row], Any] | None:
    given = [each for each in conditions if each is not None]
    return (lambda row: all(each(row) for each in given)) if given else None


def _sided(rows: list[Row], resources: int) -> list[Row]:
    """Return balances with their sides: what is over is a debit, what is short a credit."""
    made = []
    for row in rows:
        sides: list[Any] = []
        for value in row[-resources:]:
            debit, credit = max(value, Decimal(0)), max(-value, Decimal(0))
            sides += (value, debit, credit, debit, credit)
        made.append((*row[:-resources], *sides))
    return made


def _moment(arguments: Mapping[str, str], name: str) -> str:
    given = arguments.get(name, "")
    return parse_moment(given.removeprefix("datetime").strip("'")) if given else ""


def condition(store: Store, shape: Shape, text: str | None) -> Callable[[Row], Any] | None:
    """Compile the Condition of a virtual table, whose inner quotes may come doubled or not: clients send both."""
    if not text:
        return None
    inner = text[1:-1] if text.startswith("'") and text.endswith("'") else text
    readings = list(dict.fromkeys((inner.replace("''", "'"), inner)))
    refused: Refusal | None = None
    for reading in readings:
        try:
            return compile_filter(parse_filter(reading, "Condition"), shape, store, "Condition")
        except Refusal as refusal:
            # The reading that fails for its content, not for its grammar, says more.
            refused = refusal if refused is None or refused.code == "14" else refused
    assert refused is not None
    raise refused


def _dimensions(register: Register, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.strip("'").split(",") if name.strip())
    for name in names:
        if name not in register.dimensions:
            raise bad_value(name)
    return names or register.dimensions


def _balance(table: RegisterTable, period: str, *, inclusive: bool) -> Iterable[tuple[tuple[Any, ...], list[Decimal]]]:
    if not period:
        return table.totals.items()
    return table.balances_at((lambda at: at <= period) if inclusive else (lambda at: at < period)).items()


def _turnovers(table: RegisterTable, start: str, end: str) -> list[tuple[tuple[Any, ...], list[Decimal]]]:
    width = len(table.resource_slots)
    rows = []
    for key, sums in table.turnovers(start or EMPTY_MOMENT, end).items():
        came, went = sums[:width], sums[width:]
        if table.register.balance:
            rows.append((key, [each for a, b in zip(came, went, strict=True) for each in (a - b, a, b)]))
        else:
            rows.append((key, came))
    return rows


def _both(table: RegisterTable, start: str, end: str) -> list[tuple[tuple[Any, ...], list[Decimal]]]:
    width = len(table.resource_slots)
    opening = table.balances_at(lambda at: at < start) if start else {}
    moved = table.turnovers(start or EMPTY_MOMENT, end)
    rows = []
    for key in dict.fromkeys((*opening, *moved)):
        before = opening.get(key, [Decimal(0)] * width)
        sums = moved.get(key, [Decimal(0)] * (2 * width))
        values: list[Decimal] = []
        for first, came, went in zip(before, sums[:width], sums[width:], strict=True):
            values += (first, came - went, came, went, first + came - went)
        rows.append((key, values))
    return rows


def _folded(
    totals: Iterable[tuple[tuple[Any, ...], list[Decimal]]],
    reader: Callable[[Row], tuple[Any, ...]],
    holds: Callable[[Row], Any] | None,
) -> list[Row]:
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for key, values in totals:
        if holds is None or holds(key):
            short = reader(key)
            if (into := sums.get(short)) is None:
                sums[short] = values.copy()
            else:
                sums[short] = [a + b for a, b in zip(into, values, strict=True)]
    return [(*key, *values) for key, values in sums.items() if any(values)]


def _slice(store: Store, entities: EntitySet, function: str, arguments: Mapping[str, str]) -> Source:
    register = entities.register
    assert register is not None
    if not register.periodic:
        raise internal(f"Таблица не найдена: {register.name}.{function}")
    shape = register.records
    holds = condition(store, shape, arguments.get("Condition"))
    moment, last = _moment(arguments, "Period"), function == "SliceLast"
    period = shape.slot("Period")
    key = row_reader([slot for name in register.dimensions for slot in shape.slots_of(name)])

    def load() -> list[Row]:
        found: dict[tuple[Any, ...], Row] = {}
        for row in store.all_rows(entities):
            at = row[period]
            if moment and (at > moment if last else at < moment):
                continue
            if holds is not None and not holds(row):
                continue
            known = found.get(dimensions := key(row))
            if known is None or (at >= known[period] if last else at < known[period]):
                found[dimensions] = row
        return list(found.values())

    return Source(shape, (function, entities.name, *sorted(arguments.items())), load)
