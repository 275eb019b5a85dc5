"""How a configuration's document for a manufacturer's order is written and read, as data of the profile.

``head`` and ``lines`` say which property holds each of our values (:data:`HEAD`, :data:`LINES`); what is not named
there is not written. ``words`` and ``progress`` turn the configuration's own words into those of an order's status;
``closed`` stands for "no more will happen": what was shipped decides. ``status`` is the property they stand in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HEAD: Final = (
    *("outlet", "counterparty", "consignee", "contract", "agreement", "organization", "currency", "warehouse"),
    *("agent", "pay_kind", "address", "comment", "vat_included", "amount", "wanted"),
)
"""Values of a document's head: references, texts, a flag, money in millionths, a moment."""

LINES: Final = (
    *("our_good", "our_unit", "packages", "quantity", "price_type", "price", "amount", "vat_rate", "vat", "total"),
    *("code", "warehouse", "wanted"),
)
"""Values of a line; ``packages`` counts in ``our_unit`` (the good's own unit where that is empty)."""

Word = Literal["created", "posted", "working", "shipped", "cancelled", "closed"]

_HOLE: Final = re.compile(r"\{(\w+)\}")


class External(BaseModel):
    """Where the manufacturer's order number and date are kept; ``length`` in characters: 1C cuts what is longer.

    ``begins``: the number is the first word of a text that people may go on with, a comment.
    """

    model_config = ConfigDict(extra="forbid")

    number: str
    date: str = ""
    length: int = Field(50, ge=1)
    match: Literal["whole", "begins"] = "whole"

    def condition(self, quoted: str) -> str:
        """Return the filter that finds a number, given as a quoted literal.

        A text of unlimited length (a comment) cannot be compared in 1C, only searched.
        """
        if self.match == "begins":
            return f"startswith({self.number}, {quoted})"
        return f"{self.number} eq {quoted}"

    def number_in(self, text: str, wanted: Collection[str]) -> str:
        """Return the wanted number that a property's text holds, exactly as written; "" for none."""
        if self.match == "whole":
            return text if text in wanted else ""
        word = re.split(r"[\s,;]", text, maxsplit=1)[0].rstrip(".")
        return word if word in wanted else ""


class Active(BaseModel):
    """The words of contracts and agreements that are in force with customers; an empty list takes any."""

    model_config = ConfigDict(extra="forbid")

    contracts: list[str] = Field(default_factory=list)
    agreements: list[str] = Field(default_factory=list)
    sorts: list[str] = Field(default_factory=list)


class Shipments(BaseModel):
    """Documents that ship an order: the property that names it, in head or line, and the type it is named with.

    ``unit``: the line's property with the unit that ``quantity`` counts in, empty where it is the good's own.
    """

    model_config = ConfigDict(extra="forbid")

    entity: str
    section: str
    head_order: str
    line_order: str = ""
    type: str = ""
    our_good: str
    quantity: str
    unit: str = ""


class UnitTypes(BaseModel):
    """The sets that a line's unit may stand in: the good's own unit and a package of it; ``X_Type`` says which."""

    model_config = ConfigDict(extra="forbid")

    own: str
    package: str


class OrderDocument(BaseModel):
    """One kind of document that an order becomes.

    With ``unit_types`` every line names its unit, the good's own too, as a property of two types.
    """

    model_config = ConfigDict(extra="forbid")

    title: str
    entity: str = Field(pattern=r"^[A-Z][A-Za-z]+_\w+$")
    section: str
    external: External
    head: dict[str, str]
    lines: dict[str, str]
    constants: dict[str, Any] = Field(default_factory=dict)
    line_constants: dict[str, Any] = Field(default_factory=dict)
    required: list[str] = Field(default_factory=list)
    lengths: dict[str, int] = Field(default_factory=dict)
    unit_types: UnitTypes | None = None
    quantity_digits: int = Field(3, ge=0, le=6)
    price_digits: int = Field(2, ge=0, le=6)
    active: Active = Field(default_factory=Active)
    status: str = ""
    words: dict[str, Word] = Field(default_factory=dict)
    progress: dict[str, Word] = Field(default_factory=dict)
    shipments: Shipments | None = None

    @model_validator(mode="after")
    def _known_values(self) -> Self:
        problems = [f"head.{name}: такого значения нет" for name in self.head if name not in HEAD]
        problems += [f"lines.{name}: такого значения нет" for name in self.lines if name not in LINES]
        problems += [f"required.{name}: нет в head" for name in self.required if name not in self.head]
        problems += [f"lines.{name}: обязательно" for name in ("our_good", "price", "amount") if name not in self.lines]
        if not {"quantity", "packages"} & set(self.lines):
            problems.append("lines.quantity: обязательно, или packages")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def filled(self, parameters: Mapping[str, str]) -> OrderDocument:
        """Return the description with the profile's parameters put in; what becomes empty is left out."""

        def fill(constants: Mapping[str, Any]) -> dict[str, Any]:
            done = {
                name: _HOLE.sub(lambda hole: parameters[hole[1]], value) if isinstance(value, str) else value
                for name, value in constants.items()
            }
            kept = {name: value for name, value in done.items() if value != ""}
            # The type of a value that is not written is not written either.
            return {name: value for name, value in kept.items() if done.get(name.removesuffix("_Type")) != ""}

        parts = {name: fill(getattr(self, name)) for name in ("constants", "line_constants", "head", "lines")}
        return self.model_copy(update=parts)

    def holes(self) -> set[str]:
        """Return the parameters that it names."""
        values = [*self.constants.values(), *self.line_constants.values(), *self.head.values(), *self.lines.values()]
        return {hole for value in values if isinstance(value, str) for hole in _HOLE.findall(value)}

    def properties(self) -> dict[str, str]:
        """Return every property it needs of the document and its lines: path → what for."""
        found = {self.external.number: "номер производителя"}
        if self.external.date:
            found[self.external.date] = "дата производителя"
        found |= {source: name for name, source in self.head.items()}
        found |= dict.fromkeys(self.constants, "постоянное значение")
        found |= {f"{self.section}/{source}": name for name, source in self.lines.items()}
        found |= {f"{self.section}/{source}": "постоянное значение" for source in self.line_constants}
        if self.status:
            found[self.status] = "статус"
        return found
