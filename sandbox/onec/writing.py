"""POST, PATCH, PUT, DELETE, Post and Unpost, as 1C carries them out: one after another, each whole or not at all."""

from __future__ import annotations

import base64
import binascii
import uuid
from sys import intern
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.coercion import apply, coerce
from sandbox.onec.errors import Refusal, handler_failed, no_instance
from sandbox.onec.store import changed
from sandbox.onec.values import Kind, Row, moment_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sandbox.onec.schema import EntitySet
    from sandbox.onec.store import Store

_GIVEN_BY_BASE: Final = frozenset({"Ref_Key", "DataVersion", "Predefined", "PredefinedDataName"})


class Writer:
    """Changes objects of one store.

    ``handlers`` are the configuration's own ПередЗаписью by set name: they get the object as it would be stored and
    return what they do not like. ``strict_if_match`` makes If-Match count, which live bases were seen to ignore.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        handlers: Mapping[str, Callable[[dict[str, Any]], str | None]],
        strict_if_match: bool,
    ) -> None:
        self._store, self._clock, self._strict = store, clock, strict_if_match
        self._handlers = handlers
        self._last_number: dict[tuple[str, str], int] = {}

    def create(self, entities: EntitySet, body: Mapping[str, Any], *, load_mode: bool) -> Row:
        """Create an object or a record; code and number are given where the body has none."""
        if entities.kind == "section":
            raise Refusal(400, "13", "Создание строк табличной части напрямую запрещено")
        if entities.kind not in ("catalog", "document", "register"):
            raise Refusal(405, "19", "Метод HTTP запрещен для этой сущности")
        with self._store.lock:
            if entities.kind == "register":
                return self._record(entities, body)
            reference = intern(str(uuid.uuid4()))
            row = apply(entities.shape, self._blank(entities, body, reference), body, owner=reference)
            row = self._numbered(entities, row)
            self._handle(entities, row, load_mode=load_mode)
            return self._stored(entities, row, body)

    def change(
        self, entities: EntitySet, key: Any, body: Mapping[str, Any], *, whole: bool, if_match: str, load_mode: bool
    ) -> Row:
        """Change an object by PATCH (what the body has) or PUT (``whole``: everything must be there)."""
        with self._store.lock:
            row = self._existing(entities, key, if_match)
            if whole:
                self._check_whole(entities, body)
            fresh = apply(entities.shape, row, body, owner=row[0])
            if entities.kind == "register":
                if self._store.record_key(entities, fresh) != key:
                    raise Refusal(400, "4", "Значения ключа записи изменять нельзя")
            else:
                self._check_deletion(entities, fresh)
                fresh = next_version(entities, fresh)
                self._handle(entities, fresh, load_mode=load_mode)
            return self._stored(entities, fresh, body)

    def delete(self, entities: EntitySet, key: Any, *, if_match: str) -> None:
        """Delete for good, with everything that the document wrote into registers."""
        with self._store.lock:
            self._existing(entities, key, if_match)
            self._store.drop(entities, key)

    def post(self, entities: EntitySet, reference: str, *, posted: bool) -> None:
        """Post a document, again if it was posted, or undo it; the fill check of the configuration does not run."""
        with self._store.lock:
            row = self._existing(entities, reference, "")
            if posted and row[entities.shape.slot("DeletionMark")]:
                raise Refusal(500, "-1", "Помеченный на удаление документ не может быть проведен!")
            self._store.put(entities, changed(entities.shape, next_version(entities, row), Posted=posted))

    def _existing(self, entities: EntitySet, key: Any, if_match: str) -> Row:
        if entities.name not in self._store.tables:
            raise Refusal(405, "19", "Метод HTTP запрещен для этой сущности")
        row = self._store.tables[entities.name].get(key)
        if row is None:
            raise no_instance()
        version = row[entities.shape.slot("DataVersion")] if "DataVersion" in entities.shape.index else ""
        if self._strict and if_match and if_match.strip().removeprefix("W/").strip('"') not in ("*", version):
            raise Refusal(412, "", "Версия объекта не совпадает с If-Match")
        return row

    def _blank(self, entities: EntitySet, body: Mapping[str, Any], reference: str) -> Row:
        shape = entities.shape
        row = changed(shape, shape.empty, Ref_Key=reference, DataVersion=_version(0))
        if entities.kind == "document":
            return changed(shape, row, Date=moment_text(self._clock()))
        if shape.has_folders and body.get("IsFolder") in (True, "true"):
            row = tuple(None if told.items_only else value for told, value in zip(shape.properties, row, strict=True))
        return row

    def _numbered(self, entities: EntitySet, row: Row) -> Row:
        name, length = entities.numbered
        if not name or row[entities.shape.slot(name)].strip():
            return row
        shape, slot = entities.shape, entities.shape.slot(name)
        year = row[shape.slot("Date")][:4] if name == "Number" else ""
        last = self._last_number.get((entities.name, year))
        if last is None:
            taken = (
                each[slot] for each in self._store.tables[entities.name].values() if _same_year(entities, each, year)
            )
            last = max((int(text) for text in taken if text.strip().isdecimal()), default=0)
        self._last_number[entities.name, year] = last + 1
        return changed(shape, row, **{name: str(last + 1).zfill(length)})

    def _record(self, entities: EntitySet, body: Mapping[str, Any]) -> Row:
        row = apply(entities.shape, entities.shape.empty, body, owner="")
        if self._store.record_key(entities, row) in self._store.tables[entities.name]:
            raise Refusal(400, "15", "Запись с такими ключевыми полями существует")
        self._store.put(entities, row)
        return row

    def _stored(self, entities: EntitySet, row: Row, body: Mapping[str, Any]) -> Row:
        if entities.kind == "document" and "Posted" in body:
            posted = coerce(entities.shape.properties[entities.shape.slot("Posted")], body["Posted"])
            if posted and row[entities.shape.slot("DeletionMark")]:
                raise Refusal(500, "-1", "Помеченный на удаление документ не может быть проведен!")
            row = changed(entities.shape, row, Posted=posted)
        self._store.put(entities, row)
        return row

    def _check_deletion(self, entities: EntitySet, row: Row) -> None:
        shape = entities.shape
        if entities.kind == "document" and row[shape.slot("DeletionMark")] and row[shape.slot("Posted")]:
            raise Refusal(500, "-1", "Проведенный документ не может быть помечен на удаление!")

    def _check_whole(self, entities: EntitySet, body: Mapping[str, Any]) -> None:
        for told in entities.shape.properties:
            given = {told.name, f"{told.field}@odata.bind", *({told.field} if told.kind is Kind.TAG else ())}
            if told.name not in _GIVEN_BY_BASE and not given & body.keys():
                raise Refusal(400, "5", f"Отсутствует обязательное свойство '{told.name}'")

    def _handle(self, entities: EntitySet, row: Row, *, load_mode: bool) -> None:
        handler = self._handlers.get(entities.name)
        if handler is None or load_mode:
            return
        shape = entities.shape
        if complaint := handler({told.name: value for told, value in zip(shape.properties, row, strict=True)}):
            raise handler_failed("ПередЗаписью", complaint)


def _same_year(entities: EntitySet, row: Row, year: str) -> bool:
    return not year or row[entities.shape.slot("Date")].startswith(year)


def _version(number: int) -> str:
    return base64.b64encode(number.to_bytes(8, "big")).decode()


def next_version(entities: EntitySet, row: Row) -> Row:
    """Return the row with its DataVersion moved on by one, which every write does."""
    try:
        number = int.from_bytes(base64.b64decode(row[entities.shape.slot("DataVersion")]), "big")
    except (binascii.Error, ValueError):
        number = 0
    return changed(entities.shape, row, DataVersion=_version(number + 1))
