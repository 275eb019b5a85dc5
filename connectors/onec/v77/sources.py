"""What a reading asks for, as tables and columns of a 7.7 base.

Entities::

    Справочник.Номенклатура         elements and groups of a catalog
    Документ.Реализация             heads of a kind of documents, with their place in the journal
    Документ.Реализация.Строки      one row a line; the head's fields begin with ``Шапка.``
    Регистр.ОстаткиТМЦ              movements; the document's fields of the journal begin with ``Шапка.``
    Регистр.ОстаткиТМЦ, Balance     totals (``connectors.onec.v77.registers``)
    Журнал                          all documents

Sources of fields: the attribute's name as the configuration has it, or its column (``SP33175``); and

=============================  ===========================================================================
catalogs                       Ссылка (ТекущийЭлемент), Код, Наименование, Родитель, Владелец, ЭтоГруппа,
                               ПометкаУдаления
documents                      Ссылка (ТекущийДокумент), НомерДок, Дата (with the time), ДатаДок, Проведен,
                               ПометкаУдаления, Вид
lines                          Документ, НомерСтроки
movements                      Документ, НомерСтроки, НомерДвижения, Приход
``Реквизит[Справочник].Поле``  a field of the catalog's element that the attribute leads to
``Реквизит.Вид``               which object a reference of any kind leads to: ``Документ.Реализация``
``История.Реквизит``           the last value of a periodic attribute (1SCONST), by name or metadata id
``Текст.Реквизит``             a long string (1SBLOB), by name or metadata id
``Количество * Коэффициент``   the product of two numbers of one table, exact
``=1``                         the same value in every row
=============================  ===========================================================================

Periodic attributes and long strings have no column, and a DD does not name them: they go by their metadata id
(``История.324``), unless a DDS names them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from connectors.onec.v77.ids import to36
from connectors.onec.v77.names import Missing, Names, same
from connectors.onec.v77.plan import CONSTANTS, OWN, TEXTS, Form, Join, Plan, Source
from connectors.onec.v77.snapshot import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.onec.v77.dictionary import DdTable, Dictionary

BALANCE: Final = "Balance"
"""The function of registers that gives totals."""

_KIND_WIDTH: Final = 4
HEAD: Final = "Шапка."
LINES: Final = ".Строки"
CONSTANT: Final = "="
_TIMES: Final = "*"
_HISTORY: Final = "История."
_TEXT: Final = "Текст."
_KIND: Final = ".Вид"
_THROUGH: Final = re.compile(r"(?P<by>.+)\[(?P<catalog>[^\[\]]+)\]\.(?P<field>[^\[\]]+)")
_ENTITY: Final = re.compile(r"(?P<kind>Справочник|Документ|Регистр)\.(?P<name>\w+)(?P<lines>\.Строки)?")

_CATALOG: Final = {
    "Ссылка": Source(("ID",)),
    "ТекущийЭлемент": Source(("ID",)),
    "Код": Source(("CODE",), Form.CODE),
    "Наименование": Source(("DESCR",)),
    "Родитель": Source(("PARENTID",)),
    "Владелец": Source(("PARENTEXT",)),
    "ЭтоГруппа": Source(("ISFOLDER",), Form.FOLDER),
    "ПометкаУдаления": Source(("ISMARK",), Form.MARK),
}
_JOURNAL: Final = {
    "Ссылка": Source(("IDDOC",)),
    "ТекущийДокумент": Source(("IDDOC",)),
    "НомерДок": Source(("DOCNO",), Form.CODE),
    "Дата": Source(("DATE", "TIME"), Form.MOMENT),
    "ДатаДок": Source(("DATE",)),
    "Проведен": Source(("CLOSED",), Form.POSTED),
    "ПометкаУдаления": Source(("ISMARK",), Form.MARK),
    "Вид": Source(("IDDOCDEF",), Form.DOCUMENT_KIND),
}
_LINES: Final = {"Документ": Source(("IDDOC",)), "НомерСтроки": Source(("LINENO",))}
_MOVEMENTS: Final = {
    **_LINES,
    "НомерДвижения": Source(("ACTNO",)),
    "Приход": Source(("DEBKRED",), Form.RECEIPT),
}


_FLAT: Final = {"ISFOLDER": "нет", "PARENTID": "''"}
"""What a catalog without groups says of its elements."""


class Planner:
    """Makes plans of one base's readings; every name that is missing is told at once."""

    def __init__(self, dictionary: Dictionary, entity: str, missing: Missing, function: str = "") -> None:
        self._dictionary, self._missing = dictionary, missing
        self._names = Names(dictionary)
        self._entity, self._function = entity, function
        self._kind = ""
        self._plan = Plan(entity, "")

    def plan(self, sources: Iterable[str]) -> Plan | None:
        """Return the plan that gives the sources; None where the entity itself is missing."""
        table = self._own()
        if table is None:
            return None
        self._plan = Plan(self._entity, table.name)
        if self._kind in ("Документ", "Строки", "Движения"):
            kind = to36(table.number, _KIND_WIDTH)
            only = ("IDDOCDEF", kind) if self._kind != "Движения" else ("", "")
            self._plan.joins[JOURNAL] = Join(JOURNAL, "IDDOC", Source(("IDDOC",)), only, required=True)
        for text in dict.fromkeys(sources):
            source = self._source(text)
            if source is not None:
                self._plan.sources[text] = source
        return self._plan

    def _own(self) -> DdTable | None:
        if self._entity == "Журнал":
            self._kind = "Журнал"
            table = self._dictionary.tables.get(JOURNAL)
            if table is None:
                self._missing.add(self._entity, "в словаре нет таблицы 1SJOURN", "no table 1SJOURN")
            return table
        found = _ENTITY.fullmatch(self._entity)
        if found is None or (found["lines"] and found["kind"] != "Документ"):
            said = "нужно: Справочник.Имя, Документ.Имя, Документ.Имя.Строки, Регистр.Имя или Журнал"
            self._missing.add(self._entity, said, "not an entity of 7.7")
            return None
        self._kind = "Строки" if found["lines"] else found["kind"]
        if self._kind == "Регистр" and self._function != BALANCE:
            self._kind = "Движения"
        if self._function and self._kind != "Регистр":
            said = f"есть только {BALANCE}, и только у регистров"
            self._missing.add(f"{self._entity}/{self._function}", said, "no such function")
            return None
        return self._names.table(self._kind, found["name"], self._missing)

    # -- sources -------------------------------------------------------------------------------------------------------

    def _source(self, text: str) -> Source | None:
        if text.startswith(CONSTANT):
            return Source((), Form.CONSTANT, value=text.removeprefix(CONSTANT))
        if _TIMES in text:
            return self._product(text)
        through = _THROUGH.fullmatch(text)
        if through:
            return self._through(through["by"], through["catalog"], through["field"], text)
        if text.startswith((_HISTORY, _TEXT)):
            return self._loose(text)
        if text.endswith(_KIND) and text not in ("Вид", f"{HEAD}Вид"):
            source = self._source(text.removesuffix(_KIND))
            return source and Source(source.columns, Form.KIND, source.join)
        if text.startswith(HEAD) and self._kind in ("Строки", "Движения"):
            return self._of_head(text.removeprefix(HEAD), text)
        return self._of_own(text)

    def _product(self, text: str) -> Source | None:
        left, _, right = text.partition(_TIMES)
        one, other = self._source(left.strip()), self._source(right.strip())
        if one is None or other is None:
            return None
        if one.join != other.join or {one.form, other.form} != {Form.PLAIN}:
            self._missing.add(f"{self._entity}.{text}", "множители должны быть числами одной таблицы", "of two tables")
            return None
        return Source((*one.columns, *other.columns), Form.PRODUCT, one.join)

    def _of_own(self, name: str) -> Source | None:
        own = self._dictionary.tables[self._plan.table]
        match self._kind:
            case "Справочник":
                return self._standard(_CATALOG, own, name, OWN) or self._attribute([own], name, name, (OWN,))
            case "Документ":
                return self._head_field(name, name, OWN, own)
            case "Журнал":
                return self._standard(_JOURNAL, own, name, OWN) or self._attribute([own], name, name, (OWN,))
            case "Строки":
                return self._standard(_LINES, own, name, OWN) or self._attribute([own], name, name, (OWN,))
            case "Регистр":
                return self._attribute([own], name, name, (OWN,))
            case _:
                return self._standard(_MOVEMENTS, own, name, OWN) or self._attribute([own], name, name, (OWN,))

    def _of_head(self, name: str, text: str) -> Source | None:
        if self._kind == "Движения":
            return self._head_field(name, text, "", None)
        heads = self._dictionary.tables.get(f"DH{self._dictionary.tables[self._plan.table].number}")
        if heads is not None:
            self._plan.joins.setdefault(heads.name, Join(heads.name, "IDDOC", Source(("IDDOC",))))
        return self._head_field(name, text, heads.name if heads else "", heads)

    def _head_field(self, name: str, text: str, join: str, heads: DdTable | None) -> Source | None:
        """Return a field of a document's head: of the journal, or an attribute of either."""
        journal = self._dictionary.tables.get(JOURNAL)
        standard = self._standard(_JOURNAL, journal, name, JOURNAL)
        if standard is not None:
            return standard
        tables = [(heads, join), (journal, JOURNAL)]
        known = [(table, place) for table, place in tables if table is not None]
        return self._attribute([table for table, _ in known], name, text, tuple(place for _, place in known))

    def _standard(self, known: dict[str, Source], table: DdTable | None, name: str, join: str) -> Source | None:
        """Return a field that objects have by themselves; a catalog without groups has none in it."""
        found = next((source for each, source in known.items() if same(each) == same(name)), None)
        if found is None or table is None:
            return None
        if any(column not in table.fields for column in found.columns):
            flat = _FLAT.get(found.columns[0])
            return Source((), Form.CONSTANT, value=flat) if flat else None
        return Source(found.columns, found.form, join)

    def _attribute(self, tables: list[DdTable], name: str, path: str, joins: tuple[str, ...]) -> Source | None:
        found = self._names.column(tables, name, self._missing, f"{self._entity}.{path}")
        if found is None:
            return None
        place = next(number for number, table in enumerate(tables) if table.fields.get(found.name) is found)
        if found.type == "M":
            return self._loose(f"{_TEXT}{found.name.removeprefix('SP')}")
        return Source((found.name,), join=joins[place])

    def _through(self, by: str, catalog: str, name: str, text: str) -> Source | None:
        key = self._source(by)
        table = self._names.table("Справочник", catalog, self._missing)
        if key is None or table is None:
            return None
        join = f"{by}[{table.name}]"
        self._plan.joins[join] = Join(table.name, "ID", key)
        return self._standard(_CATALOG, table, name, join) or self._attribute([table], name, text, (join,))

    def _loose(self, text: str) -> Source | None:
        """Return an attribute that has no column: its values stand in 1SCONST or 1SBLOB under its metadata id."""
        history = text.startswith(_HISTORY)
        name = text.removeprefix(_HISTORY).removeprefix(_TEXT)
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 7 else self._number(name, text)  # noqa: PLR2004 - ids have up to six digits
        if number is None:
            return None
        own = self._dictionary.tables[self._plan.table]
        by = Source(("ID",) if self._kind == "Справочник" else ("IDDOC",))
        if by.columns[0] not in own.fields:
            self._missing.add(f"{self._entity}.{text}", "у этого объекта нет своих значений", "has no id")
            return None
        code = to36(number, _KIND_WIDTH)
        if history:
            self._plan.joins[text] = Join(CONSTANTS, "OBJID", by, ("ID", code))
            return Source(("VALUE",), Form.HISTORY, text)
        self._plan.joins[text] = Join(TEXTS, "OBJID", by, ("FIELDID", code))
        return Source(("BLOCK",), Form.TEXT, text)

    def _number(self, name: str, text: str) -> int | None:
        """Return the metadata id of an attribute that the dictionary names, which only a DDS does."""
        found = self._names.column(
            [self._dictionary.tables[self._plan.table]], name, Missing(""), f"{self._entity}.{text}"
        )
        if found is None:
            said = "в словаре DBF нет имён периодических реквизитов и длинных строк: укажите номер реквизита"
            self._missing.add(f"{self._entity}.{text}", said, "name it by its metadata id")
            return None
        return int(found.name.removeprefix("SP"))
