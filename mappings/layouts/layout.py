"""A layout: how one manufacturer's service holds each exchange, as YAML beside this module.

For an exchange it names the scheme, the request, the datasets with their columns in order, which canonical field fills
each column, and how details travel (nested in their head's row, or flat beside it). A new dialect is a new layout; it
may inherit another one (``extends``), and a link may put single columns in the place of its own. How one is written:
``docs/layouts.md``.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from foundation.errors import Fault, Faults
from mappings import model
from mappings.profiles.inherit import merged, resolved
from mappings.profiles.profile import description_faults, read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

KINDS: dict[str, model.Kind] = {
    "String": model.Kind.TEXT,
    "Integer": model.Kind.INTEGER,
    "Date": model.Kind.MOMENT,
    "DateTime": model.Kind.MOMENT,
    "Currency": model.Kind.MICRO,
    "Decimal": model.Kind.MICRO,
}
"""The kind of frame column that a wire type carries."""


class Column(BaseModel):
    """A column on the wire; empty when neither ``field`` nor ``constant`` is given."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["String", "Integer", "Date", "DateTime", "Currency", "Decimal"]
    field: str = ""
    constant: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.field and self.constant:
            raise ValueError("field и constant вместе не бывают")
        return self


class Dataset(BaseModel):
    """A dataset with its columns in order, and the datasets of its details."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, Column] = Field(min_length=1)
    link: list[str] = Field(default_factory=list)
    nested: bool = True
    details: dict[str, Dataset] = Field(default_factory=dict)

    def described(self, name: str) -> model.Dataset:
        """Return it as the connectors know it."""
        return model.Dataset(
            name=name,
            columns=tuple(
                model.WireColumn(each, column.type, column.field, KINDS[column.type], column.constant)
                for each, column in self.columns.items()
            ),
            details=tuple(detail.described(each) for each, detail in self.details.items()),
            link=tuple(self.link),
            nested=self.nested,
        )


class Parts(BaseModel):
    """How a window that does not fit one message travels; ``ahead``: datasets that come before the others."""

    model_config = ConfigDict(extra="forbid")

    dataset: str
    column: str
    first: str = "0"
    rest: str = "1"
    ahead: tuple[str, ...] = ()


class ExchangeLayout(BaseModel):
    """One exchange at the service."""

    model_config = ConfigDict(extra="forbid")

    scheme: str = Field(pattern=r"^\w+$")
    request: Literal["get", "set"]
    datasets: dict[str, Dataset] = Field(min_length=1)
    parts: Parts | None = None

    @model_validator(mode="after")
    def _parts_exist(self) -> Self:
        if self.parts:
            dataset = self.datasets.get(self.parts.dataset)
            if dataset is None or self.parts.column not in dataset.columns:
                raise ValueError(f"parts: нет колонки {self.parts.column} в наборе {self.parts.dataset}")
            if unknown := sorted(set(self.parts.ahead) - set(self.datasets)):
                raise ValueError(f"parts: нет набора {', '.join(unknown)}")
        return self


class Layout(BaseModel):
    """One manufacturer's service, described; ``values``: dictionary → our word → theirs (status, shipment_kind).

    ``receipt_number`` is a regular expression whose one group is the number that the service's receipt gives a message;
    "" where receipts carry none.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    exchanges: dict[model.Exchange | model.Part, ExchangeLayout] = Field(min_length=1)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    receipt_number: str = ""

    @field_validator("receipt_number")
    @classmethod
    def _one_group(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"не регулярное выражение: {error}") from None
        if value and groups != 1:
            raise ValueError("в выражении нужна одна группа в скобках: номер сообщения")
        return value

    def unitless(self, exchange: model.Exchange | model.Part) -> bool:
        """Whether an exchange's messages have no column for the unit: quantities are then of base units."""
        return exchange in self.exchanges and not any(
            column.field == "their_unit" for dataset in _every(self.exchanges[exchange].datasets) for column in dataset
        )

    def scheme(self, exchange: model.Exchange | model.Part) -> model.Scheme:
        """Return the scheme of an exchange or a part of one; raises KeyError where the service has none."""
        found = self.exchanges[exchange]
        return model.Scheme(
            name=found.scheme,
            request=found.request,
            datasets=tuple(dataset.described(name) for name, dataset in found.datasets.items()),
            parts=model.Parts(**found.parts.model_dump()) if found.parts else None,
        )


def _every(datasets: Mapping[str, Dataset]) -> Iterator[Collection[Column]]:
    for dataset in datasets.values():
        yield dataset.columns.values()
        yield from _every(dataset.details)


def layouts() -> list[str]:
    """Return the names of the layouts that come with the product."""
    return sorted(Path(str(each)).stem for each in files(__package__ or "").iterdir() if each.name.endswith(".yaml"))


def load_layout(name: str | Path, columns: Mapping[str, str] | None = None) -> Layout:
    """Return a layout by name or from a YAML file, with the columns that a link puts in the place of its own.

    Raises :class:`Faults` with everything that is wrong in it.
    """
    data = resolved(read_yaml(Path(name)) if str(name).endswith((".yaml", ".yml")) else _shipped(str(name)), _shipped)
    if columns and isinstance(data, dict):
        data = with_columns(data, columns)
    return _parsed(data, str(name))


def _shipped(name: str) -> Any:
    if name not in layouts():
        known = ", ".join(layouts())
        raise Faults(
            f"Раскладки «{name}» нет.",
            [Fault("layout", f"есть {known}", f"known are {known}")],
            en=f"There is no layout {name!r}.",
            todo="Выберите раскладку из списка.",
            todo_en="Choose one of the list.",
        )
    return yaml.safe_load((files(__package__ or "") / f"{name}.yaml").read_text("utf-8"))


def with_columns(data: dict[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Return a layout's data with a link's columns: ``shipments.CRMDespatch.PersonId`` → a field, ``=constant`` or "".

    An empty value leaves the column out; a new column is a String. Raises :class:`Faults` for unknown datasets.
    """
    layer: dict[str, Any] = {}
    faults = []
    for path, value in columns.items():
        exchange, _, rest = path.partition(".")
        dataset, _, column = rest.rpartition(".")
        place = _place(data.get("exchanges", {}).get(exchange, {}).get("datasets", {}), dataset)
        if not column or place is None:
            said = "пишите «обмен.набор.колонка», например shipments.CRMDespatch.PersonId"
            faults.append(Fault(f"layout_columns.{path}", said, "no such dataset in the layout"))
            continue
        into = layer.setdefault("exchanges", {}).setdefault(exchange, {})
        for part in ("datasets", *place):
            into = into.setdefault(part, {})
        source = {"constant": value[1:], "field": None} if value.startswith("=") else {"field": value, "constant": None}
        into.setdefault("columns", {})[column] = (
            {"type": _type(data, exchange, place, column), **source} if value else None
        )
    if faults:
        raise Faults(
            "Колонки раскладки указаны с ошибками.",
            faults,
            en="The columns of the layout are wrong.",
            todo="Исправьте «Колонки раскладки» связи.",
            todo_en="Correct the link's columns of the layout.",
        )
    made: dict[str, Any] = merged(data, layer)
    return made


def _place(datasets: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """Return where a dataset stands, at the top or below a head."""
    if name in datasets:
        return (name,)
    for head, described in datasets.items():
        if below := _place(described.get("details", {}), name):
            return (head, "details", *below)
    return None


def _type(data: Mapping[str, Any], exchange: str, place: tuple[str, ...], column: str) -> str:
    at = data["exchanges"][exchange]["datasets"]
    for part in place:
        at = at[part]
    return str(at["columns"].get(column, {}).get("type", "String"))


def parse_layout(data: object, where: str) -> Layout:
    """Check a layout's data with all it inherits; raises :class:`Faults` with every fault and its path."""
    return _parsed(resolved(data, _shipped), where)


def _parsed(data: object, where: str) -> Layout:
    try:
        return Layout.model_validate(data)
    except ValidationError as error:
        raise description_faults(error, f"Раскладка {where}", f"Layout {where}") from None
