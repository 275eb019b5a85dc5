"""Rows as 1C's JSON: one property a line, Int64 in quotes, nulls in folders, links of navigations, raw Cyrillic.

A page is made column by column: each column turns all rows into texts at once, and a template puts them together.
"""

from __future__ import annotations

import json
from itertools import chain, islice
from json.encoder import encode_basestring
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sandbox.onec.selection import PRESENTATION, Selection
from sandbox.onec.values import EMPTY_REF, NAMESPACE, Kind, Row, number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sandbox.onec.query.paths import Lookup
    from sandbox.onec.shapes import Property, Shape

_FLAGS = {True: "true", False: "false", None: "null"}


class Renderer:
    """Writes rows of one selection; ``links`` tells whether links of navigations are shown (not with nometadata)."""

    def __init__(self, selection: Selection, lookup: Lookup, *, links: bool) -> None:
        self._lookup, self._links = lookup, links
        shape = selection.shape
        self._columns: list[Callable[[Sequence[Row]], Iterable[str]]] = []
        names: list[str] = []
        for name in selection.names:
            slot = shape.slot(name)
            names.append(name)
            self._columns.append(self._column(shape, slot, selection))
        for about in selection.presentations:
            names.append(about + PRESENTATION if about else "Presentation")
            self._columns.append(self._presentation(shape, about))
        for path, inner in selection.expanded.items():
            name, _, type_ = path.partition("/")
            names.append(f"{name}_Expanded" if type_ else name)
            self._columns.append(self._expanded(shape, name, type_, inner))
        lines = [f"{encode_basestring(name)}: %s" for name in names]
        tails = [self._link(shape, name) for name in selection.links] if links else []
        self._columns += tails
        self._template = "{\n" + ",\n".join(lines) + "%s" * len(tails) + "\n}"
        if not names:  # only paths were selected that nothing expands: objects without properties
            self._template = "{\n}"

    def render(self, rows: Sequence[Row]) -> list[str]:
        """Return one text for each row."""
        if not self._columns:
            return [self._template] * len(rows)
        template = self._template
        return [template % texts for texts in zip(*[column(rows) for column in self._columns], strict=True)]

    def _column(self, shape: Shape, slot: int, selection: Selection) -> Callable[[Sequence[Row]], Iterable[str]]:
        told = shape.properties[slot]
        if told.rows is not None:
            return self._section(slot, Renderer(selection.sections[told.name], self._lookup, links=self._links))
        take, write = itemgetter(slot), _writer(told)
        if told.items_only and shape.has_folders:
            return lambda rows: ["null" if (value := row[slot]) is None else write(value) for row in rows]
        return lambda rows: map(write, map(take, rows))

    def _section(self, slot: int, inner: Renderer) -> Callable[[Sequence[Row]], Iterable[str]]:
        def texts(rows: Sequence[Row]) -> list[str]:
            groups = [row[slot] or () for row in rows]
            lines = iter(inner.render(list(chain.from_iterable(groups))))
            return ["[" + ",".join(islice(lines, len(group))) + "]" for group in groups]

        return texts

    def _link(self, shape: Shape, name: str) -> Callable[[Sequence[Row]], Iterable[str]]:
        slot = shape.navigations[name]
        address = address_writer(shape)
        label = f",\n{encode_basestring(f'{name}@navigationLinkUrl')}: "

        def texts(rows: Sequence[Row]) -> list[str]:
            return [
                "" if row[slot] in (EMPTY_REF, None) else label + encode_basestring(f"{address(row)}/{name}")
                for row in rows
            ]

        return texts

    def _expanded(
        self, shape: Shape, name: str, type_: str, selection: Selection
    ) -> Callable[[Sequence[Row]], Iterable[str]]:
        slot = shape.slot(name) if type_ else shape.navigations[name]
        find = self._lookup.rows_of(selection.shape.name).get
        tag, wanted = (shape.slot(f"{name}_Type"), NAMESPACE + type_) if type_ else (-1, "")
        inner = Renderer(selection, self._lookup, links=self._links)

        def texts(rows: Sequence[Row]) -> list[str]:
            targets = [find(row[slot]) if not type_ or row[tag] == wanted else None for row in rows]
            found = iter(inner.render([target for target in targets if target is not None]))
            return ["null" if target is None else next(found) for target in targets]

        return texts

    def _presentation(self, shape: Shape, about: str) -> Callable[[Sequence[Row]], Iterable[str]]:
        return lambda rows: [encode_basestring(presentation(self._lookup, shape, row, about)) for row in rows]


def _writer(told: Property) -> Callable[[Any], str]:
    match told.kind:
        case Kind.GUID | Kind.MOMENT | Kind.BINARY:
            return '"%s"'.__mod__
        case Kind.INTEGER:
            return '"%d"'.__mod__ if told.edm == "Edm.Int64" else str
        case Kind.NUMBER:
            return number_text
        case Kind.FLAG:
            return _FLAGS.__getitem__
    return encode_basestring


def address_writer(shape: Shape) -> Callable[[Row], str]:
    """Return a function that writes a row's address as 1C writes it in links: ``Catalog_X(guid'…')``."""
    parts = [(name, shape.slot(name), shape.properties[shape.slot(name)].kind) for name in shape.key]
    if [name for name, _, _ in parts] == ["Ref_Key"]:
        slot, start = parts[0][1], f"{shape.name}(guid'"
        return lambda row: f"{start}{row[slot]}')"
    # 1C writes a blank after the comma between the elements of a compound key.
    return lambda row: f"{shape.name}({', '.join(f'{name}={_literal(row[slot], kind)}' for name, slot, kind in parts)})"


def _literal(value: Any, kind: Kind) -> str:
    match kind:
        case Kind.GUID:
            return f"guid'{value}'"
        case Kind.MOMENT:
            return f"datetime'{value}'"
        case Kind.INTEGER | Kind.NUMBER:
            return str(value)
        case Kind.FLAG:
            return _FLAGS[value]
    return "'" + str(value).replace("'", "''") + "'"


def presentation(lookup: Lookup, shape: Shape, row: Row, about: str) -> str:
    """Return what 1C shows for an object or for the value of one of its attributes."""
    if not about:
        if "Number" in shape.index:
            kind = shape.name.partition("_")[2]
            return f"{kind} {row[shape.slot('Number')]} от {row[shape.slot('Date')].replace('T', ' ')}"
        return str(row[shape.index["Description"]]) if "Description" in shape.index else ""
    slot = shape.slots_of(about)[0]
    told, value = shape.properties[slot], row[slot]
    target = told.target
    if told.kind is Kind.PAIR:
        target = row[shape.slot(f"{about}_Type")].removeprefix(NAMESPACE)
    if target:
        found = lookup.rows_of(target).get(value)
        return presentation(lookup, lookup.shape_of(target), found, "") if found is not None else ""
    if value is None:
        return ""
    return number_text(value) if told.kind is Kind.NUMBER else str(value)


def collection(rows: Iterable[str], context: str, count: int | None) -> bytes:
    """Return a list of rendered rows as 1C sends it; ``context`` "" leaves the metadata link out."""
    head = [f'"odata.metadata": {json.dumps(context, ensure_ascii=False)}'] if context else []
    if count is not None:
        head.append(f'"odata.count": "{count}"')
    return ("{\n" + ",\n".join([*head, '"value": [' + ",".join(rows) + "]"]) + "\n}").encode()


def single(row: str, context: str) -> bytes:
    """Return one rendered object; its properties stand beside the metadata link."""
    if not context:
        return row.encode()
    return ('{\n"odata.metadata": ' + json.dumps(context, ensure_ascii=False) + "," + row.removeprefix("{")).encode()


def error(code: str, text: str) -> bytes:
    """Return an error; the code is a string, the language Russian whatever the text is."""
    body = {"odata.error": {"code": code, "message": {"lang": "ru", "value": text}}}
    return json.dumps(body, ensure_ascii=False, indent=0).encode()
