"""What the conversions have in common: picking properties of УТ's rows, VAT rates by reference, goods by reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.world.numbers import EMPTY_REF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.content import BaseContent, World

KINDS: Final = {22: "Общая", 10: "Пониженная", 0: "БезНДС"}
"""A rate's per cent → the word by which cards of УНФ and БП name it."""

WORDS: Final = {22: "НДС22", 10: "НДС10", 0: "БезНДС"}
"""A rate's per cent → the member of the enumeration of УТ 11.4 and БП."""

COMMON: Final = ("Ref_Key", "Code", "Description", "Parent_Key", "IsFolder", "DeletionMark")
DOCUMENT: Final = ("Ref_Key", "Number", "Date", "Posted", "DeletionMark")


@dataclass(frozen=True, slots=True)
class Ground:
    """A world with what conversions look up in it."""

    world: World
    rates: dict[str, int]
    goods: dict[str, dict[str, Any]]
    packages: dict[str, dict[str, Any]]

    @property
    def base(self) -> BaseContent:
        """The world's УТ 11.5."""
        return self.world.onec

    def rate(self, row: Mapping[str, Any]) -> int:
        """Return the VAT of a card or a line, per cent."""
        return self.rates.get(row.get("СтавкаНДС_Key", EMPTY_REF), 0)


def ground(world: World) -> Ground:
    """Look through a world once."""
    base = world.onec
    return Ground(
        world,
        {each["Ref_Key"]: int(each["Ставка"]) for each in base["Catalog_СтавкиНДС"]},
        {each["Ref_Key"]: each for each in base["Catalog_Номенклатура"]},
        {each["Ref_Key"]: each for each in base["Catalog_УпаковкиЕдиницыИзмерения"]},
    )


def picked(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return some properties of a row, those that it has."""
    return {name: row[name] for name in names if name in row}


def first_barcodes(base: BaseContent) -> dict[str, str]:
    """Return the first barcode of each good."""
    found: dict[str, str] = {}
    for row in base["InformationRegister_ШтрихкодыНоменклатуры"]:
        found.setdefault(row["Номенклатура_Key"], row["Штрихкод"])
    return found


def differences(ground: Ground) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], int]]:
    """Yield corrections of УТ as documents that ship more (1) or take back (-1), their rows without a sign."""
    numbers = ("КоличествоУпаковок", "Количество", "Сумма", "СуммаНДС", "СуммаСНДС")
    for document in ground.base["Document_КорректировкаРеализации"]:
        rows = document["Расхождения"]
        sign = 1 if rows[0]["Количество"] > 0 else -1
        yield document, [{**row, **{name: abs(row[name]) for name in numbers}} for row in rows], sign
