"""What a 7.7 base has, in the words of a profile's check: entities, sources, and the kinds of values they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from connectors.onec.v77.names import Missing, attributes
from connectors.onec.v77.plan import Form
from connectors.onec.v77.sources import LINES, Planner

if TYPE_CHECKING:
    from connectors.onec.v77.dictionary import DdTable, Dictionary
    from connectors.onec.v77.plan import Plan

_STRING: Final = "Edm.String"
_FORMS: Final = {
    Form.MARK: "Edm.Boolean",
    Form.FOLDER: "Edm.Boolean",
    Form.POSTED: "Edm.Boolean",
    Form.RECEIPT: "Edm.Boolean",
    Form.MOMENT: "Edm.DateTime",
    Form.HISTORY: "Edm.Decimal",
    Form.PRODUCT: "Edm.Decimal",
}
"""Names of types as OData has them, which the check knows; the values of periodic attributes are numbers mostly."""


class Published:
    """The entities of a base's dictionary."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary

    def properties(self, entity: str, function: str = "") -> Mapping[str, str] | None:
        """Return the sources of an entity with their types, found as readings find them; None where it is not there."""
        missing = Missing(entity)
        plan = Planner(self._dictionary, entity, missing, function).plan(())
        return None if plan is None else _Sources(self._dictionary, entity, function)


class _Sources(Mapping[str, str]):
    """Sources by any name that a reading may give them; what is listed are the attributes."""

    def __init__(self, dictionary: Dictionary, entity: str, function: str) -> None:
        self._dictionary, self._entity, self._function = dictionary, entity, function

    def __getitem__(self, name: str) -> str:
        if name == LINES.removeprefix(".") and self._entity.startswith("Документ."):
            return f"Collection({self._entity}{LINES})"
        plan = self._plan(name)
        if plan is None or name not in plan.sources:
            raise KeyError(name)
        return self._type(plan, name)

    def __iter__(self) -> Iterator[str]:
        plan = self._plan()
        table = self._dictionary.tables[plan.table] if plan else None
        return iter([each.name for each in attributes(table.fields)] if table else [])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _plan(self, *names: str) -> Plan | None:
        return Planner(self._dictionary, self._entity, Missing(self._entity), self._function).plan(names)

    def _type(self, plan: Plan, name: str) -> str:
        source = plan.sources[name]
        if source.form is Form.CONSTANT:
            return "Edm.Boolean" if source.value == "нет" else _STRING if "'" in source.value else "Edm.Int64"
        if source.form in _FORMS:
            return _FORMS[source.form]
        table: DdTable = self._dictionary.tables[plan.joins[source.join].table if source.join else plan.table]
        described = table.fields[source.columns[0]]
        if described.type in ("N", "I"):
            return "Edm.Decimal" if described.decimals else "Edm.Int64"
        return {"D": "Edm.DateTime", "L": "Edm.Boolean"}.get(described.type, _STRING)
