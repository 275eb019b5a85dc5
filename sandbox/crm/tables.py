"""Reading a message: datasets by the message's own schema, strictly, wherever the datasets stand.

The service reads values by position in the columns that ``<s>`` declares. A row must have as many values as there are
columns; a dataset must be declared; a value must be what its column says. The first fault refuses the whole scheme.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lxml import etree

from sandbox.crm.schemes import DECLARED, Refusal, Rule, Rules, Type
from sandbox.crm.values import SAID, Reader, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEXT: Final = Rule(Type.TEXT)
Row = tuple[Value, ...]


def parser(encoding: str | None = None) -> etree.XMLParser:
    """Return a parser that fetches and expands nothing; ``encoding`` overrides what the document's prolog says."""
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def document(payload: str) -> etree._Element:
    """Return the root of a payload; its prolog is a label and is not believed. Raises Refusal."""
    if "<!DOCTYPE" in payload:
        raise Refusal("Ошибка разбора XML: описание типа документа (DTD) запрещено")
    try:
        root = etree.fromstring(payload.strip().encode(), parser("utf-8"))
    except etree.XMLSyntaxError as error:
        raise Refusal(f"Ошибка разбора XML: {error.msg}") from None
    if root.tag != "extdata":
        raise Refusal("Ошибка разбора XML: корневой элемент не extdata")
    return root


@dataclass(slots=True)
class Rows:
    """One dataset of a message: its columns and rows; ``owner`` gives each row's place in the dataset ``above``."""

    name: str
    columns: tuple[str, ...]
    declared: tuple[Type, ...]
    above: Rows | None
    below: dict[str, Rows] = field(default_factory=dict)
    values: list[Row] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    raw: list[list[str | None]] = field(default_factory=list, repr=False)


def read_tables(scheme: etree._Element, rules: Mapping[str, Rules]) -> dict[str, Rows]:
    """Return the datasets of a ``<scheme>`` by name, with typed values; raises Refusal."""
    schema, objects = scheme.find("data/s"), scheme.find("data/o")
    if schema is None or objects is None:
        raise Refusal("В запросе нет данных: ожидаются data/s и data/o")
    if scheme.xpath("boolean(data/o//f/*)"):
        raise Refusal("Значение <f> содержит вложенные элементы")
    found: dict[str, Rows] = {}
    top = {rows.name: rows for rows in _declare(schema, None, rules, found)}
    for dataset in objects:
        _fill(dataset, top, -1)
    for rows in found.values():
        _convert(rows, rules[rows.name])
    return found


def _declare(
    parent: etree._Element, above: Rows | None, rules: Mapping[str, Rules], found: dict[str, Rows]
) -> Iterator[Rows]:
    for element in parent.iterchildren("d"):
        name = element.get("name", "")
        if name not in rules:
            raise Refusal(f"Набор данных «{name}» неизвестен")
        if name in found:
            raise Refusal(f"Набор данных «{name}» описан дважды")
        columns = [column.get("name", "") for column in element.iterchildren("f")]
        if len(set(columns)) < len(columns) or "" in columns:
            raise Refusal(f"{name}: столбец без имени или описан дважды")
        kinds = []
        for column in element.iterchildren("f"):
            if (kind := DECLARED.get(column.get("type", ""))) is None:
                raise Refusal(f"{name}.{column.get('name')}: тип «{column.get('type', '')}» неизвестен")
            kinds.append(kind)
        rows = found[name] = Rows(name, tuple(columns), tuple(kinds), above)
        rows.below = {detail.name: detail for detail in _declare(element, rows, rules, found)}
        yield rows


def _fill(dataset: etree._Element, declared: Mapping[str, Rows], owner: int) -> None:
    rows = declared.get(dataset.get("name", "")) if dataset.tag == "d" else None
    if rows is None:
        raise Refusal(f"Набор данных «{dataset.get('name', dataset.tag)}» не описан в схеме сообщения")
    width = len(rows.columns)
    for row in dataset:
        cells: list[str | None] = [cell.text for cell in row.iterchildren("f")]
        if len(cells) != width or row.tag != "r":
            place = f"{rows.name}, строка {len(rows.raw) + 1}"
            raise Refusal(
                f"{place}: значений {len(cells)}, а столбцов {width}" if row.tag == "r" else f"{place}: не <r>"
            )
        rows.raw.append(cells)
        rows.owner.append(owner)
        if len(row) > width:
            here = len(rows.raw) - 1
            for detail in row:
                if detail.tag != "f":
                    _fill(detail, rows.below, here)


def _convert(rows: Rows, rules: Rules) -> None:
    """Turn the texts of all rows into values, a column at a time."""
    converted: list[list[Value]] = []
    for place, (name, declared) in enumerate(zip(rows.columns, rows.declared, strict=True)):
        rule = rules.get(name, Rule(declared))
        reader = Reader(declared, rule.type if name in rules else declared)
        column: list[Value] = []
        try:
            column.extend(reader[row[place]] for row in rows.raw)
        except ValueError as error:
            wanted = SAID.get(rule.type) or SAID[declared]
            raise Refusal(
                f"{rows.name}, строка {len(column) + 1}, столбец {name}: «{str(error)[:50]}» не {wanted}"
            ) from None
        if rule.filled and (None in reader.values() or "" in reader.values()):
            first = next(number for number, value in enumerate(column, 1) if value in (None, ""))
            raise Refusal(f"{rows.name}, строка {first}, столбец {name}: значение не заполнено")
        converted.append(column)
    rows.values = list(zip(*converted, strict=True)) if converted else [()] * len(rows.raw)
    rows.raw = []


def needed(rows: Rows, rules: Rules, columns: tuple[str, ...]) -> None:
    """Refuse a dataset that lacks a column which must be there; ``columns`` are all that it has, joined ones too."""
    lacking = [name for name, rule in rules.items() if rule.declared and name not in columns]
    if lacking:
        raise Refusal(f"{rows.name}: нет столбца {', '.join(lacking)}")


def joined(lines: Rows, head: Rows | None) -> tuple[tuple[str, ...], list[Row]]:
    """Return the lines with their head's columns after their own, whether they are nested in it or stand beside it.

    Lines that stand beside their head find it by the columns that both have. Raises Refusal where it is not one head.
    """
    if head is None:
        return lines.columns, lines.values
    places = [place for place, name in enumerate(head.columns) if name not in lines.columns]
    columns = (*lines.columns, *(head.columns[place] for place in places))
    heads = [tuple(row[place] for place in places) for row in head.values]
    owners = _owners_nested(lines, head) if is_below(lines, head) else _owners_by_key(lines, head)
    return columns, [(*row, *heads[owner]) for row, owner in zip(lines.values, owners, strict=True)]


def is_below(lines: Rows, head: Rows) -> bool:
    """Tell whether the lines stand inside the rows of ``head``, at any depth."""
    above = lines.above
    while above is not None and above is not head:
        above = above.above
    return above is head


def _owners_nested(lines: Rows, head: Rows) -> list[int]:
    owners, above = lines.owner, lines.above
    while above is not None and above is not head:
        owners, above = [above.owner[owner] for owner in owners], above.above
    return owners


def _owners_by_key(lines: Rows, head: Rows) -> list[int]:
    shared = [name for name in head.columns if name in lines.columns]
    there = [head.columns.index(name) for name in shared]
    here = [lines.columns.index(name) for name in shared]
    index: dict[Row, int] = {}
    for number, row in enumerate(head.values):
        if index.setdefault(tuple(row[place] for place in there), number) != number and lines.values:
            raise Refusal(f"{lines.name}: строки нельзя отнести к одной строке {head.name}, ключ повторяется")
    try:
        return [index[tuple(row[place] for place in here)] for row in lines.values]
    except KeyError as error:
        key = ", ".join(str(part) for part in error.args[0])
        raise Refusal(f"{lines.name}: в {head.name} нет строки с ключом ({key})") from None
