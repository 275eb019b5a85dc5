"""The interface behind the address: from segments and options to an answer; who asks is already known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sandbox.http import Response
from sandbox.onec import atom, rendering
from sandbox.onec.address import Segment, call_arguments, parse_key
from sandbox.onec.errors import Refusal, internal, no_instance, no_method, no_segment, unparsed, unsupported
from sandbox.onec.metadata import metadata
from sandbox.onec.query.options import Options
from sandbox.onec.reading import Reader, check_rights
from sandbox.onec.selection import Selection, select
from sandbox.onec.values import Kind, Row
from sandbox.onec.virtual import ARGUMENTS, Source, arguments_of, virtual_table
from sandbox.onec.writing import Writer

if TYPE_CHECKING:
    from sandbox.onec.schema import Configuration, EntitySet
    from sandbox.onec.settings import Settings
    from sandbox.onec.shapes import Shape
    from sandbox.onec.store import Store

_JSON: Final = "application/json;charset=utf-8"
_XML: Final = "application/xml;charset=utf-8"
_METHODS: Final = frozenset({"GET", "POST", "PATCH", "PUT", "MERGE", "DELETE"})
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, taken apart; ``root`` is the address of the interface, header names are in lower case."""

    method: str
    segments: list[Segment]
    options: Options
    headers: dict[str, str]
    body: bytes
    user: str
    root: str


class Interface:
    """Answers calls over one store."""

    def __init__(self, configuration: Configuration, store: Store, settings: Settings) -> None:
        self._configuration, self._store, self._settings = configuration, store, settings
        self._reader = Reader(store, shuffle=settings.shuffle)
        self._writer = Writer(
            store, clock=settings.clock, handlers=settings.handlers, strict_if_match=settings.strict_if_match
        )
        self._metadata = metadata(configuration)

    def answer(self, call: Call) -> Response:
        """Answer a call; raises Refusal."""
        if call.method not in _METHODS:
            raise _forbidden_method()
        first = call.segments[0].name if call.segments else ""
        if first == "$batch":
            raise unsupported("Пакетные запросы не поддерживаются")
        if first in ("", "$metadata"):
            return self._document(call, first)
        entities = self._configuration.set(first)
        if {first, entities.owner} & set(self._settings.forbidden.get(call.user, ())):
            raise Refusal(401, "20", "Недостаточно прав доступа")
        if call.segments[0].inside is not None:
            return self._object(call, entities)
        return self._set(call, entities)

    def _document(self, call: Call, name: str) -> Response:
        _only(call, "GET")
        if name:
            if call.options.json and "format" in call.options.given:
                raise Refusal(501, "3", "Метаданные доступны только в формате XML")
            return Response(200, self._metadata, _XML)
        names = self._configuration.published
        if not call.options.json:
            return Response(200, atom.service(call.root, names), "application/atomsvc+xml;charset=utf-8")
        value = [{"name": each, "url": each} for each in names]
        body = {**({} if call.options.level == "nometadata" else {"odata.metadata": call.root + "/"}), "value": value}
        return Response(200, json.dumps(body, ensure_ascii=False, indent=0).encode(), _JSON)

    # Sets and functions.
    def _set(self, call: Call, entities: EntitySet) -> Response:
        rest = call.segments[1:]
        if not rest:
            if call.method == "POST":
                return self._create(call, entities)
            _only(call, "GET")
            return self._list(
                call, self._reader.set_source(entities), self._settings.hidden_rows.get(entities.name, ())
            )
        if rest[0].name == "$count" and len(rest) == 1:
            _only(call, "GET")
            return self._count(call, self._reader.set_source(entities))
        source = self._virtual(call, entities, rest[0])
        if [each.name for each in rest[1:]] == ["$count"]:
            return self._count(call, source)
        if len(rest) > 1:
            raise no_segment(rest[1].name)
        return self._list(call, source, ())

    def _virtual(self, call: Call, entities: EntitySet, segment: Segment) -> Source:
        if segment.name not in ARGUMENTS:
            raise no_method(segment.name)
        _only(call, "GET")
        arguments = call_arguments(segment.inside or "", arguments_of(entities, segment.name))
        return virtual_table(
            self._store,
            entities,
            segment.name,
            {**call.options.arguments, **arguments},
            inclusive=self._settings.balance_inclusive,
        )

    def _count(self, call: Call, source: Source) -> Response:
        return Response(200, f"{_BOM}{len(self._reader.matching(source, call.options))}".encode())

    def _list(self, call: Call, source: Source, hidden: Any) -> Response:
        options = call.options
        selection = select(source.shape, options.select, options.expand, self._store)
        paging = not (options.count and self._settings.inlinecount_whole)
        rows, total = self._reader.page(source, options, paging=paging)
        rows = check_rights(rows, hidden, allowed_only=options.allowed_only)
        return self._rows(call, rows, selection, total if options.count else None)

    def _rows(self, call: Call, rows: list[Row], selection: Selection, count: int | None) -> Response:
        name = selection.shape.name
        if not call.options.json:
            body = atom.feed(rows, selection, self._store, root=call.root, title=name, count=count)
            return Response(200, body, "application/atom+xml;type=feed;charset=utf-8")
        links = call.options.level != "nometadata"
        texts = rendering.Renderer(selection, self._store, links=links).render(rows)
        return Response(
            200, rendering.collection(texts, f"{call.root}/$metadata#{name}" if links else "", count), _JSON
        )

    def _one(self, call: Call, shape: Shape, row: Row, *, status: int = 200, plain: bool = False) -> Response:
        options = Options(json=call.options.json, level=call.options.level) if plain else call.options
        selection = select(shape, options.select, options.expand, self._store)
        if not options.json:
            body = atom.entry(row, selection, self._store, call.root)
            return Response(status, body, "application/atom+xml;type=entry;charset=utf-8")
        links = options.level != "nometadata"
        text = rendering.Renderer(selection, self._store, links=links).render([row])[0]
        context = f"{call.root}/$metadata#{shape.name}/@Element" if links else ""
        return Response(status, rendering.single(text, context), _JSON)

    # Single objects.
    def _object(self, call: Call, entities: EntitySet) -> Response:
        given = parse_key(call.segments[0].inside or "", entities.shape)
        rest = call.segments[1:]
        if rest and rest[0].name in ("Post", "Unpost"):
            return self._post(call, entities, given, rest)
        key = given["Ref_Key"] if entities.kind in ("catalog", "document") else tuple(given.values())
        if call.method == "GET":
            row = self._find(entities, key, given)
            return self._navigate(call, entities, row, rest)
        if rest:
            raise no_method(rest[0].name)
        if_match = call.headers.get("if-match", "")
        if call.method == "DELETE":
            self._writer.delete(entities, key, if_match=if_match)
            return Response(204)
        if call.method not in ("PATCH", "PUT", "MERGE"):
            raise _forbidden_method()
        row = self._writer.change(
            entities, key, _body(call), whole=call.method == "PUT", if_match=if_match, load_mode=_load_mode(call)
        )
        return self._one(call, entities.shape, row, plain=True)

    def _find(self, entities: EntitySet, key: Any, given: dict[str, Any]) -> Row:
        row: Row | None = None
        if entities.kind == "recordset":
            row = self._store.record_set(entities, key)
        elif entities.name in self._store.tables:
            row = self._store.tables[entities.name].get(key)
        else:
            slots = [(entities.shape.slot(name), value) for name, value in given.items()]
            row = next((r for r in self._store.all_rows(entities) if all(r[s] == v for s, v in slots)), None)
        if row is None:
            raise no_instance()
        check_rights([row], self._settings.hidden_rows.get(entities.name, ()), allowed_only=False)
        return row

    def _navigate(self, call: Call, entities: EntitySet, row: Row, rest: list[Segment]) -> Response:
        shape = entities.shape
        for place, segment in enumerate(rest):
            name, last = segment.name, place == len(rest) - 1
            if name in shape.navigations:
                told = shape.properties[shape.navigations[name]]
                target = self._store.rows_of(told.target).get(row[shape.navigations[name]])
                if target is None:
                    raise no_instance()
                row, shape = target, self._store.shape_of(told.target)
            elif name in shape.index and (last or [each.name for each in rest[place + 1 :]] == ["$value"]):
                return self._property(call, shape, row, name, raw=not last)
            else:
                raise no_segment(name)
        if call.options.expand and entities.kind not in ("register", "records"):
            raise unsupported("Опция $expand не поддерживается при запросе одиночных сущностей")
        return self._one(call, shape, row)

    def _property(self, call: Call, shape: Shape, row: Row, name: str, *, raw: bool) -> Response:
        told, value = shape.properties[shape.slot(name)], row[shape.slot(name)]
        if told.kind is Kind.STREAM:
            raise unsupported(f"Свойство {name} имеет неподдерживаемый тип")
        if told.rows is not None:
            return self._rows(call, list(value or ()), select(told.rows, (), (), self._store), None)
        if raw:
            return Response(200, atom.value_text(value, told.kind).encode())
        if not call.options.json:
            return Response(200, atom.single_value(name, value, told.kind), _XML)
        only = select(shape, [name], (), self._store)
        text = rendering.Renderer(only, self._store, links=False).render([row])[0]
        text = text.replace(f'"{name}": ', '"value": ', 1)
        return Response(200, rendering.single(text, f"{call.root}/$metadata#{told.edm}"), _JSON)

    # Writing.
    def _create(self, call: Call, entities: EntitySet) -> Response:
        row = self._writer.create(entities, _body(call), load_mode=_load_mode(call))
        # A record of a register is answered 200, an object 201: so it was measured.
        response = self._one(call, entities.shape, row, status=200 if entities.kind == "register" else 201, plain=True)
        response.headers["Location"] = f"{call.root}/{rendering.address_writer(entities.shape)(row)}"
        return response

    def _post(self, call: Call, entities: EntitySet, given: dict[str, Any], rest: list[Segment]) -> Response:
        name = rest[0].name
        if entities.kind != "document" or len(rest) > 1:
            raise no_method(name)
        if call.method not in ("GET", "POST"):
            raise _forbidden_method()
        arguments = call_arguments(rest[0].inside or "", ("PostingModeOperational",))
        mode = {**call.options.arguments, **arguments}.get("PostingModeOperational", "false")
        if mode not in ("true", "false"):
            raise unparsed(mode, "Edm.Boolean")
        self._writer.post(entities, given["Ref_Key"], posted=name == "Post")
        return Response(200)


def _forbidden_method() -> Refusal:
    return Refusal(405, "19", "Метод HTTP запрещен для этой сущности")


def _only(call: Call, method: str) -> None:
    if call.method != method:
        raise _forbidden_method()


def _load_mode(call: Call) -> bool:
    return call.headers.get("1c_odata-dataloadmode", "").lower() == "true"


def _body(call: Call) -> dict[str, Any]:
    if "xml" in call.headers.get("content-type", ""):
        return atom.properties_of(call.body)
    try:
        body = json.loads(call.body, parse_float=Decimal)
    except ValueError:
        raise internal() from None
    if not isinstance(body, dict):
        raise internal()
    return body
