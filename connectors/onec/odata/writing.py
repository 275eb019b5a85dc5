"""Objects in 1C, one at a time: find, read, create, change, post.

A write is sent once. Where no answer comes it raises Ambiguous, and the caller looks the object up by its external
number before it writes again (DESIGN, rule 4). 1C ignores ``If-Match`` (reference onec-odata, 7), so a change is
guarded by comparing DataVersion first; between the comparison and the write a gap of one request stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.onec.odata import words
from connectors.onec.odata.faults import Ask, not_json, without_mark
from connectors.onec.odata.urls import Value, entity_path, with_options
from connectors.onec.odata.wire import JSON
from foundation.errors import Ambiguous, BadAnswer, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.onec.odata.wire import Wire

Object = dict[str, Any]
"""An object as 1C's JSON gives it: Int64 as text, Double as a float, dates as text, tabular sections as lists."""

Key = str | dict[str, Value]
"""A reference, or the whole key of a register's record."""

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def find(wire: Wire, entity: str, where: str, *, select: Sequence[str] = (), top: int = 2) -> list[Object]:
    """Return up to ``top`` objects that a filter finds; two tell that an external number is not unique."""
    options: dict[str, str | int] = {"$format": JSON, "$select": ",".join(select), "$filter": where, "$top": top}
    ask = wire.ask(entity=entity)
    answer = decoded(wire.get(with_options(entity_path(entity), options), ask), ask)
    found = answer.get("value")
    if not isinstance(found, list):
        raise BadAnswer(**words.half(ask.root, "value"), **ask.facts)
    return found


def load(wire: Wire, entity: str, key: Key, *, select: Sequence[str] = ()) -> Object:
    """Return one object; raises NotFound."""
    options = {"$format": JSON, "$select": ",".join(select)}
    ask = wire.ask(entity=entity)
    return decoded(wire.get(with_options(entity_path(entity, key), options), ask), ask)


def create(wire: Wire, entity: str, values: Mapping[str, Any]) -> Object:
    """Create an object and return it whole, with the reference, code and number that 1C gave.

    Lists in ``values`` are tabular sections; their rows get LineNumber 1, 2, 3, …, which 1C insists on.
    """
    ask = wire.ask("POST", entity=entity, writes=True)
    path = with_options(entity_path(entity), {"$format": JSON})
    return _written(wire.send(path, ask, _encoded(values)), ask)


def patch(wire: Wire, entity: str, key: Key, values: Mapping[str, Any], *, version: str = "") -> Object:
    """Change an object and return it whole; a tabular section that is given replaces the one that was there.

    ``version`` is the DataVersion it was read with: raises Refused, and writes nothing, where it is another by now.
    """
    if version and load(wire, entity, key, select=("DataVersion",)).get("DataVersion") != version:
        raise Refused(**words.changed_meanwhile(entity), entity=entity, address=wire.address.root)
    ask = wire.ask("PATCH", entity=entity, writes=True)
    path = with_options(entity_path(entity, key), {"$format": JSON})
    headers = {"If-Match": version} if version else None
    return _written(wire.send(path, ask, _encoded(values), headers), ask)


def post(wire: Wire, entity: str, ref: str) -> None:
    """Post a document (провести), not in operational mode: documents of УТ 11 refuse that one."""
    _act(wire, entity, ref, "Post", {"PostingModeOperational": "false"})


def unpost(wire: Wire, entity: str, ref: str) -> None:
    """Undo a document's posting."""
    _act(wire, entity, ref, "Unpost", {})


def numbered(rows: Sequence[Mapping[str, Any]]) -> list[Object]:
    """Return rows of a tabular section with LineNumber 1, 2, 3, … as 1C writes it (Int64 as text)."""
    return [{**row, "LineNumber": str(number)} for number, row in enumerate(rows, 1)]


def _act(wire: Wire, entity: str, ref: str, action: str, options: dict[str, str | int]) -> None:
    ask = wire.ask("POST", entity=entity, function=action, writes=True)
    wire.send(with_options(f"{entity_path(entity, ref)}/{action}", options), ask)


def _encoded(values: Mapping[str, Any]) -> bytes:
    ready = {name: numbered(value) if isinstance(value, list) else _plain(value) for name, value in values.items()}
    return _ENCODER.encode(ready)


def _plain(value: Any) -> Any:
    """Return a date without fraction and zone: 1C's clock has neither."""
    return value.replace(microsecond=0, tzinfo=None) if isinstance(value, datetime) else value


def decoded(body: bytes, ask: Ask) -> Object:
    """Return the JSON object that a body is; raises BadAnswer."""
    try:
        answer: Object = msgspec.json.decode(without_mark(body), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise not_json(body, ask) from None
    return answer


def _written(body: bytes, ask: Ask) -> Object:
    """Decode the object that a write returned; what cannot be read leaves open whether the write came to pass."""
    try:
        return decoded(body, ask)
    except BadAnswer as error:
        raise Ambiguous(**words.no_answer(ask.root, writes=True), **ask.facts) from error
