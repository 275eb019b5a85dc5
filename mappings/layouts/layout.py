"""A layout: how one manufacturer's service holds each exchange, as YAML beside this module.

For an exchange it names the scheme, the request, the datasets with their columns in order, which canonical field fills
each column, and how details travel (nested in their head's row, or flat beside it). A new dialect is a new layout.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from foundation.errors import Fault, Faults
from mappings import model
from mappings.profiles.profile import description_faults, read_yaml

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

    def scheme(self, exchange: model.Exchange | model.Part) -> model.Scheme:
        """Return the scheme of an exchange or a part of one; raises KeyError where the service has none."""
        found = self.exchanges[exchange]
        return model.Scheme(
            name=found.scheme,
            request=found.request,
            datasets=tuple(dataset.described(name) for name, dataset in found.datasets.items()),
            parts=model.Parts(**found.parts.model_dump()) if found.parts else None,
        )


def layouts() -> list[str]:
    """Return the names of the layouts that come with the product."""
    return sorted(Path(str(each)).stem for each in files(__package__ or "").iterdir() if each.name.endswith(".yaml"))


def load_layout(name: str | Path) -> Layout:
    """Return a layout by name or from a YAML file; raises :class:`Faults` with everything that is wrong in it."""
    if isinstance(name, Path) or name.endswith((".yaml", ".yml")):
        return parse_layout(read_yaml(Path(name)), str(name))
    if name not in layouts():
        known = ", ".join(layouts())
        raise Faults(
            f"Раскладки «{name}» нет.",
            [Fault("layout", f"есть {known}", f"known are {known}")],
            en=f"There is no layout {name!r}.",
            todo="Выберите раскладку из списка.",
            todo_en="Choose one of the list.",
        )
    return parse_layout(yaml.safe_load((files(__package__ or "") / f"{name}.yaml").read_text("utf-8")), name)


def parse_layout(data: object, where: str) -> Layout:
    """Check a layout's data; raises :class:`Faults` with every fault and its path."""
    try:
        return Layout.model_validate(data)
    except ValidationError as error:
        raise description_faults(error, f"Раскладка {where}", f"Layout {where}") from None
