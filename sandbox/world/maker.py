"""The manufacturer's assortment: a drinks maker's goods, in the maker's own manner of naming, with units, barcodes."""

# ruff: noqa: PLR2004 - shares and sizes of an invented world; a name would say no more than the number

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Final

from sandbox.content import CrmGood, CrmUnit
from sandbox.world import words
from sandbox.world.numbers import gtin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKS: Final[dict[str, tuple[tuple[str, int, int], ...]]] = {
    "beer": (
        ("ж/б", 450, 24), ("ж/б", 330, 24), ("ж/б", 900, 12), ("ст/б", 450, 20), ("ст/б", 500, 20), ("ПЭТ", 1000, 12),
        ("ПЭТ", 1300, 12), ("ПЭТ", 1420, 12), ("ПЭТ", 1500, 12), ("ПЭТ", 2500, 12), ("кег", 30_000, 1),
        ("кег", 50_000, 1),
    ),
    "kvass": (
        ("ПЭТ", 500, 12), ("ПЭТ", 1000, 12), ("ПЭТ", 1500, 12), ("ПЭТ", 2000, 12), ("ж/б", 500, 24), ("кег", 50_000, 1),
    ),
    "lemonade": (
        ("ПЭТ", 500, 24), ("ПЭТ", 1000, 12), ("ПЭТ", 1500, 12), ("ст/б", 500, 20), ("ж/б", 330, 24), ("кег", 30_000, 1),
    ),
    "water": (("ПЭТ", 500, 24), ("ПЭТ", 1000, 12), ("ПЭТ", 1500, 12), ("ПЭТ", 5000, 2), ("ст/б", 500, 20)),
    "cider": (("ж/б", 450, 24), ("ст/б", 440, 12), ("ст/б", 750, 12), ("кег", 30_000, 1)),
    "energy": (("ж/б", 450, 24), ("ж/б", 500, 24), ("ПЭТ", 1000, 12)),
}  # fmt: skip
"""Packages by kind: word, millilitres, pieces a box (a keg has no box)."""

NOUNS: Final = {
    "beer": "Пиво",
    "kvass": "Квас",
    "lemonade": "Напиток б/а сильногаз.",
    "water": "Вода питьевая",
    "cider": "Сидр",
    "energy": "Напиток энергетический",
    "bulk": "",
}
PER_LITRE: Final = {
    "beer": 12_500,
    "kvass": 6_800,
    "lemonade": 5_900,
    "water": 2_700,
    "cider": 19_500,
    "energy": 15_500,
}
"""Kopecks a litre, before brand and package."""

KINDS: Final = (
    "beer", "beer", "lemonade", "beer", "kvass", "beer", "water", "cider", "lemonade", "beer", "energy", "kvass",
)  # fmt: skip
"""Brand after brand gets the next kind of this round."""


@dataclass(frozen=True, slots=True)
class MakerGood:
    """One of the manufacturer's goods.

    ``base`` is its base unit (``ea``, ``l`` for kegs, ``kg`` in bulk); ``pieces`` is how many consumer pieces a base
    ``ea`` holds (3 for a multipack); ``box`` how many base units go into a box; ``price`` kopecks a base unit.
    """

    ware_id: str
    kind: str
    brand: str
    variety: str
    strength: str
    package: str
    millilitres: int
    box: int
    base: str
    pieces: int
    price: int
    barcode: str

    @property
    def name(self) -> str:
        """The name as the manufacturer writes it."""
        if self.kind == "bulk":
            return f'{self.variety} "{self.brand}", мешок {self.box} кг'
        strength = f" {self.strength}%" if self.strength else ""
        size = f"{litres(self.millilitres)} л"
        tail = f" мультипак {self.pieces} шт" if self.pieces > 1 else "" if self.base == "l" else f" (1/{self.box})"
        return f'{NOUNS[self.kind]} "{self.brand}" {self.variety}{strength} {self.package} {size}{tail}'

    @property
    def units(self) -> tuple[CrmUnit, ...]:
        """Its units, the base unit first."""
        one = Decimal(1)
        match self.base:
            case "l":
                size = self.millilitres // 1000
                return CrmUnit("l", "л", one), CrmUnit(f"keg{size}", f"кег {size} л", Decimal(size))
            case "kg":
                return CrmUnit("kg", "кг", one), CrmUnit("bag", f"мешок {self.box} кг", Decimal(self.box))
        base = CrmUnit("ea", "шт" if self.pieces == 1 else f"уп ({self.pieces} шт)", one)
        return base, CrmUnit("box", f"кор ({self.box})", Decimal(self.box))

    def public(self) -> CrmGood:
        """Return the good as the manufacturer's service holds it."""
        return CrmGood(self.ware_id, self.name, self.units, self.barcode)


def litres(millilitres: int) -> str:
    """Write a volume in litres with a comma: 0,45 · 1,5 · 30."""
    return f"{millilitres / 1000:.3f}".rstrip("0").rstrip(".").replace(".", ",")


@dataclass(frozen=True, slots=True)
class _Look:
    """One place in the assortment, before numbers are given to it."""

    kind: str
    brand: str
    variety: str
    strength: str
    package: str
    millilitres: int
    box: int
    pieces: int = 1


def _brand_looks(rng: Random, brand: str, kind: str) -> Iterator[_Look]:
    varieties: tuple[tuple[str, str], ...]
    if kind in {"beer", "cider"}:
        varieties = words.BEER if kind == "beer" else words.CIDER
    else:
        plain = {"kvass": words.KVASS, "lemonade": words.LEMONADE, "water": words.WATER, "energy": words.ENERGY}[kind]
        varieties = tuple((each, "") for each in plain)
    for variety, strength in rng.sample(varieties, k=min(len(varieties), rng.randint(4, 9))):
        packs = PACKS[kind]
        for package, size, box in rng.sample(packs, k=rng.randint(2, min(len(packs), 6))):
            yield _Look(kind, brand, variety, strength, package, size, box)
            if size == 1500 and (kind == "water" or rng.random() < 0.12):
                yield _Look(kind, brand, variety, strength, package, size, 4, pieces=3)


def _looks(rng: Random, brands: Iterator[str]) -> Iterator[_Look]:
    turn = 0
    while True:
        brand = next(brands)
        yield from _brand_looks(rng, brand, KINDS[turn % len(KINDS)])
        if turn % 6 == 2:
            for product in words.BULK:
                yield _Look("bulk", brand, product, "", "мешок", 0, rng.choice((5, 25)))
        turn += 1


def brand_names(rng: Random, part: int) -> Iterator[str]:
    """Yield invented brands without end; parts 0 and 1 share none (the maker's own, and other makers')."""
    names = [f"{first} {second}" for first in words.BRAND_FIRST for second in words.BRAND_SECOND]
    names = names[part::2] + ([] if part else list(words.LATIN_BRANDS))
    rng.shuffle(names)
    yield from names
    serial = 2
    while True:
        yield from (f"{name} {serial}" for name in names)
        serial += 1


def _price(rng: Random, look: _Look) -> int:
    if look.kind == "bulk":
        return rng.randrange(9_000, 42_000, 50)
    litre = PER_LITRE[look.kind] * rng.uniform(0.8, 1.4)
    if look.package == "кег":
        return int(litre * 0.9)
    return int(litre * look.millilitres / 1000 * look.pieces * (1.15 if look.package == "ст/б" else 1.0))


def _ware_id(rng: Random, serial: int, barcode: str) -> str:
    """Most ids are short numbers, some with leading zeros, a quarter are the EAN itself."""
    share = rng.random()
    if barcode and share < 0.25:
        return barcode
    if share < 0.40:
        return f"00{serial:05d}"
    return str(100_000 + serial * 7)


def assortment(seed: int, count: int, *, part: int = 0, company: str = "4607083") -> list[MakerGood]:
    """Make ``count`` goods; ``company`` is the GS1 prefix of their barcodes (7 digits). One in 25 has no barcode."""
    rng = Random(f"{seed}:assortment:{part}")
    goods = []
    for serial, look in enumerate(islice(_looks(rng, brand_names(rng, part)), count)):
        barcode = gtin(f"{int(company) + serial // 100_000:07d}{serial % 100_000:05d}") if rng.random() > 0.04 else ""
        base = "kg" if look.kind == "bulk" else "l" if look.package == "кег" else "ea"
        good = MakerGood(
            _ware_id(rng, serial, barcode), look.kind, look.brand, look.variety, look.strength, look.package,
            look.millilitres, look.box, base, look.pieces, _price(rng, look), barcode,
        )  # fmt: skip
        goods.append(good)
    return goods


def public(goods: Sequence[MakerGood]) -> list[CrmGood]:
    """Return the goods as the manufacturer's service holds them."""
    return [good.public() for good in goods]
