"""The distributor's goods as 1C keeps them: folders, cards, packages, barcodes and the documents that set prices."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sandbox.world.numbers import EMPTY_REF, code, hundredths, reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sandbox.content import BaseContent
    from sandbox.world.basics import Basics
    from sandbox.world.numbering import Numbering
    from sandbox.world.ours import OurGood

SETS: Final = (12, 20, 24)
"""Boxes that have a set of packages (НаборыУпаковок) which many goods share."""

PRICE_ROWS: Final = 500
"""How many rows a document that sets prices has at most."""

PRICE_SHARES: Final = {"purchase": 82, "wholesale": 100, "retail": 130}
"""Prices in per cent of the wholesale price."""


@dataclass(slots=True)
class Shelf:
    """The catalogs around goods; ``packages`` gives the reference of a good's package by the good's reference."""

    content: BaseContent
    packages: dict[str, str] = field(default_factory=dict)


def shelf(seed: int, basics: Basics, goods: Sequence[OurGood]) -> Shelf:
    """Make the catalogs of goods, packages and barcodes."""
    rng = Random(f"{seed}:goods")
    sets, set_packages = _package_sets(rng, basics)
    made = Shelf({"Catalog_НаборыУпаковок": list(sets.values())})
    packages: list[dict[str, Any]] = [row for row, _ in set_packages.values()]
    folders = _folders(rng, goods)
    cards = list(folders.values())
    for serial, good in enumerate(goods, start=len(cards) + 1):
        card = _card(rng, basics, good, serial, folders[good.folder]["Ref_Key"])
        cards.append(card)
        if not good.box or good.unit != "piece":
            continue
        if good.box in SETS and rng.random() < 0.05:
            card["НаборУпаковок_Key"] = sets[good.box]["Ref_Key"]
            card["ИспользоватьУпаковки"] = True
            made.packages[good.ref] = set_packages[good.box][1]
        elif rng.random() < 0.75:
            card["ИспользоватьУпаковки"] = True
            package = _package(rng, basics, good.box, len(packages), owner=good.ref, kind="Номенклатура")
            packages.append(package)
            made.packages[good.ref] = package["Ref_Key"]
    made.content |= {
        "Catalog_Номенклатура": cards,
        "Catalog_УпаковкиЕдиницыИзмерения": basics.content["Catalog_УпаковкиЕдиницыИзмерения"] + packages,
        "InformationRegister_ШтрихкодыНоменклатуры": _barcodes(goods, made.packages),
    }
    return made


def _package_sets(
    rng: Random, basics: Basics
) -> tuple[dict[int, dict[str, Any]], dict[int, tuple[dict[str, Any], str]]]:
    sets: dict[int, dict[str, Any]] = {}
    packages: dict[int, tuple[dict[str, Any], str]] = {}
    for serial, box in enumerate(SETS):
        sets[box] = {
            "Ref_Key": reference(rng),
            "Description": f"Штука, упаковка {box}",
            "ЕдиницаИзмерения_Key": basics.units["piece"],
            "ЕдиницаДляОтчетов_Key": basics.units["piece"],
            "КоэффициентЕдиницыДляОтчетов": Decimal(1),
        }
        row = _package(rng, basics, box, serial, owner=sets[box]["Ref_Key"], kind="НаборыУпаковок")
        packages[box] = (row, row["Ref_Key"])
    return sets, packages


def _package(rng: Random, basics: Basics, box: int, serial: int, *, owner: str, kind: str) -> dict[str, Any]:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    number = serial + 36**3  # four characters, none of them a classifier's code
    place = ""
    while number:
        number, rest = divmod(number, 36)
        place = digits[rest] + place
    return {
        "Ref_Key": reference(rng),
        "Code": place,
        "Description": f"упак ({box} шт)",
        "НаименованиеПолное": f"Упаковка {box} шт",
        "Owner": owner,
        "Owner_Type": f"StandardODATA.Catalog_{kind}",
        "ЕдиницаИзмерения_Key": basics.units["piece"],
        "Числитель": Decimal(box),
        "Знаменатель": Decimal(1),
        "КоличествоУпаковок": box,
        "ТипИзмеряемойВеличины": "Упаковка",
        "ТипУпаковки": "КонечнаяУпаковка",
    }


def _folders(rng: Random, goods: Sequence[OurGood]) -> dict[str, dict[str, Any]]:
    """Make a folder for every path ``Пиво/Волжский Причал`` and for its upper part."""
    made: dict[str, dict[str, Any]] = {}
    for path in dict.fromkeys(good.folder for good in goods):
        top, _, _ = path.partition("/")
        for each in dict.fromkeys((top, path)):
            if each not in made:
                parent = made[top]["Ref_Key"] if each != top else EMPTY_REF
                name = each.rpartition("/")[2]
                made[each] = {
                    "Ref_Key": reference(rng),
                    "Code": code(len(made) + 1),
                    "Description": name,
                    "Parent_Key": parent,
                    "IsFolder": True,
                }
    return made


def _card(rng: Random, basics: Basics, good: OurGood, serial: int, folder: str) -> dict[str, Any]:
    kind = 0 if good.alcohol else 1 if good.maker or good.box != 20 else 2
    return {
        "Ref_Key": good.ref,
        "Code": code(serial),
        "Description": good.name,
        "НаименованиеПолное": good.name.strip(),
        "Parent_Key": folder,
        "IsFolder": False,
        "DeletionMark": good.deleted,
        "Артикул": f"{rng.randrange(10_000, 99_999)}" if rng.random() < 0.4 else "",
        "ЕдиницаИзмерения_Key": basics.units[good.unit],
        "ЕдиницаДляОтчетов_Key": basics.units[good.unit],
        "КоэффициентЕдиницыДляОтчетов": Decimal(1),
        "ВидНоменклатуры_Key": basics.kinds[kind],
        "ТипНоменклатуры": "Товар",
        "ИспользованиеХарактеристик": "НеИспользовать",
        "ИспользоватьУпаковки": False,
        "Качество": "Новый",
        "КодДляПоиска": str(serial),
        "СтавкаНДС_Key": basics.vat[good.vat],
        "АлкогольнаяПродукция": good.alcohol,
        "СрокГодности": rng.choice((90, 120, 180, 365)),
        "КодПроизводителя": good.maker_code,
    }


def _barcodes(goods: Sequence[OurGood], packages: dict[str, str]) -> list[dict[str, Any]]:
    """Make the register's records; a GTIN-14 is printed on the box, so it has the package."""
    return [
        {
            "Штрихкод": barcode,
            "Номенклатура_Key": good.ref,
            "Характеристика_Key": EMPTY_REF,
            "Упаковка_Key": packages.get(good.ref, EMPTY_REF) if len(barcode) == 14 else EMPTY_REF,
        }
        for good in goods
        for barcode in good.barcodes
    ]


def prices(
    seed: int, basics: Basics, goods: Sequence[OurGood], numbering: Numbering, now: datetime
) -> list[dict[str, Any]]:
    """Make the documents that set prices: all goods long ago, and some anew within the last month."""
    rng = Random(f"{seed}:prices")
    live = [good for good in goods if not good.deleted]
    made = []
    for key, share in PRICE_SHARES.items():
        chosen = live if key != "retail" else live[::3]
        for start in range(0, len(chosen), PRICE_ROWS):
            part = chosen[start : start + PRICE_ROWS]
            when = now - timedelta(days=rng.randint(120, 200), minutes=rng.randint(300, 900))
            made.append(_price_document(rng, basics, part, key=key, share=share, when=when))
    for _ in range(3):
        part = rng.sample(live, k=len(live) // 40)
        when = now - timedelta(days=rng.randint(5, 25), minutes=rng.randint(300, 900))
        made.append(_price_document(rng, basics, part, key="wholesale", share=rng.choice((102, 103, 105)), when=when))
    made.sort(key=lambda document: document["Date"])
    for document in made:
        document["Number"] = numbering.next("УстановкаЦенНоменклатуры", document["Date"])
    return made


def _price_document(
    rng: Random, basics: Basics, goods: Sequence[OurGood], *, key: str, share: int, when: datetime
) -> dict[str, Any]:
    price_type = basics.price_types[key]
    return {
        "Ref_Key": reference(rng),
        "Date": when,
        "Posted": True,
        "Статус": "Согласован",
        "Согласован": True,
        "Ответственный_Key": rng.choice(basics.users),
        "Товары": [
            {
                "LineNumber": line,
                "Номенклатура_Key": good.ref,
                "ВидЦены_Key": price_type,
                "Цена": hundredths(good.price * share // 100),
                "Валюта_Key": basics.rouble,
            }
            for line, good in enumerate(goods, start=1)
        ],
    }
