"""The distributor's assortment: which goods it has, in which units it counts them, and what they truly are."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from sandbox.world import words
from sandbox.world.maker import assortment
from sandbox.world.numbers import gtin, reference
from sandbox.world.spelling import respelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.maker import MakerGood

TWIN_SETS: Final = 40
"""How many of the maker's goods the distributor keeps as several own goods, at scale 1."""

TWIN_MARKS: Final = (
    "(акция)",
    "н/с",
    "старый шк",
    "2",
    "УЦЕНКА",
    "новый дизайн",
    "(промо)",
    "витрина",
    "спец.",
    "тара возвр.",
)
WHOLE: Final = 1000
"""One piece in thousandths."""


@dataclass(slots=True)
class OurGood:
    """One of the distributor's goods.

    ``unit`` names its general unit (``piece``, ``pack``, ``keg``, ``litre``, ``kilo``); its quantities are multiples of
    ``step`` thousandths. ``price`` is kopecks a unit, wholesale; ``box`` how many units go into its package (0 = none).
    ``maker`` is what it truly is, or None; one unit of ours is ``numerator / denominator`` of ``their_unit`` then.
    ``lead`` is false for the further own goods on one code.
    """

    ref: str
    name: str
    folder: str
    unit: str
    price: int
    step: int = WHOLE
    box: int = 0
    vat: int = 22
    alcohol: bool = False
    maker: MakerGood | None = None
    their_unit: str = ""
    numerator: int = 1
    denominator: int = 1
    lead: bool = True
    deleted: bool = False
    barcodes: list[str] = field(default_factory=list)
    maker_code: str = ""


def distributed(rng: Random, goods: Sequence[MakerGood], *, twin_sets: int) -> list[OurGood]:
    """Take the maker's goods into the assortment: 3 % are not carried, some are carried several times."""
    missing = set(rng.sample(range(len(goods)), k=len(goods) * 3 // 100))
    carried = [good for place, good in enumerate(goods) if place not in missing]
    twins = dict.fromkeys(rng.sample(range(len(carried)), k=twin_sets), 2)
    for number, place in enumerate(twins):
        twins[place] = 10 if number == 0 else rng.choice((2, 2, 2, 3, 3, 4, 6))
    made = []
    for place, good in enumerate(carried):
        times = twins.get(place, 1)
        for turn in range(times):
            ours = _one(rng, good)
            ours.lead = turn == 0
            if times > 1 and ours.their_unit == "box":
                # Goods on one code are summed, so the truth of all of them is told in one unit.
                ours.their_unit, ours.numerator = good.base, good.box
            if turn:
                ours.name = f"{ours.name.rstrip()[:80]} {rng.choice(TWIN_MARKS)}"
            _identify(rng, ours, good, twins=times)
            made.append(ours)
    _spoil_codes(rng, made)
    return made


def _one(rng: Random, good: MakerGood) -> OurGood:
    ours = OurGood(
        reference(rng),
        respelt(rng, good),
        f"{FOLDERS[good.kind]}/{good.brand}",
        "piece",
        int(good.price * 1.18),
        box=good.box if good.base == "ea" else 0,
        alcohol=good.kind in {"beer", "cider"},
        maker=good,
        their_unit=good.base,
    )
    match good.base:
        case "l":
            _as_keg(rng, ours, good)
        case "kg":
            ours.unit, ours.step = "kilo", rng.choice((100, 50, 1))
        case _ if good.pieces > 1:
            # We sell single bottles of what they count in packs of three.
            ours.denominator, ours.price = good.pieces, ours.price // good.pieces
            ours.box *= good.pieces
        case _ if rng.random() < 0.06:
            _as_box(rng, ours, good)
    return ours


def _as_keg(rng: Random, ours: OurGood, good: MakerGood) -> None:
    """Kegs: they count litres, we mostly count kegs and sometimes litres on tap."""
    size = good.millilitres // 1000
    ours.unit = rng.choices(("piece", "keg", "litre"), (6, 2, 3))[0]
    if ours.unit == "litre":
        ours.step = rng.choice((100, 500, 50))
    else:
        ours.numerator, ours.price = size, ours.price * size


def _as_box(rng: Random, ours: OurGood, good: MakerGood) -> None:
    """Keep the good in boxes; the truth is told in their pieces or in their boxes."""
    ours.unit, ours.price, ours.box = "pack", ours.price * good.box, 0
    if rng.random() < 0.5:
        ours.numerator = good.box
    else:
        ours.their_unit = "box"


def _identify(rng: Random, ours: OurGood, good: MakerGood, *, twins: int) -> None:
    """Give barcodes (a third has none, and one barcode has one good) and, to some, the maker's code in a field."""
    if good.barcode and ours.lead and rng.random() > 0.32:
        ours.barcodes.append(good.barcode)
        if ours.unit == "piece" and ours.box and rng.random() < 0.2:
            ours.barcodes.append(gtin(f"1{good.barcode[:12]}"))
    elif not ours.lead and rng.random() < 0.4:
        ours.barcodes.append(_own_barcode(rng))
    if twins >= 6 or rng.random() < (0.5 if twins > 1 else 0.14):
        ours.maker_code = good.ware_id


def _own_barcode(rng: Random) -> str:
    """Return a barcode of the distributor's own printing (prefix 2)."""
    return gtin(f"20{rng.randrange(10**10):010d}")


def _spoil_codes(rng: Random, goods: Sequence[OurGood]) -> None:
    """Make a few of the codes in the field wrong: another good's, or with a digit that was never there."""
    coded = [good for good in goods if good.maker_code]
    for number, good in enumerate(rng.sample(coded, k=max(4, len(coded) // 60))):
        other = rng.choice(goods).maker
        good.maker_code = other.ware_id if other and number % 2 else good.maker_code[:-1] + "О"


FOLDERS: Final = {
    "beer": "Пиво",
    "kvass": "Квас",
    "lemonade": "Лимонады и газировка",
    "water": "Вода",
    "cider": "Сидр и медовуха",
    "energy": "Энергетики",
    "bulk": "Сырьё и весовое",
}


def foreign(rng: Random, seed: int, count: int) -> list[OurGood]:
    """Make goods of other makers: two fifths are drinks like the manufacturer's, the rest is bar food and so on."""
    drinks = assortment(seed, count * 2 // 5, part=1, company="4680041")
    made = []
    for good in drinks:
        ours = _one(rng, good)
        ours.folder = f"{FOLDERS[good.kind]}/Прочие производители"
        ours.maker, ours.their_unit, ours.numerator, ours.denominator = None, "", 1, 1
        if good.barcode and rng.random() < 0.7:
            ours.barcodes.append(good.barcode)
        made.append(ours)
    made += [_snack(rng, serial) for serial in range(count - len(drinks))]
    rng.shuffle(made)
    return made


def _snack(rng: Random, serial: int) -> OurGood:
    brand = rng.choice(words.SNACK_BRANDS)
    if serial % 12 == 0:
        name = f"{rng.choice(words.FISH)} {brand}, вес"
        return OurGood(
            reference(rng),
            name,
            "Рыба и закуски",
            "kilo",
            rng.randrange(45_000, 190_000, 100),
            step=rng.choice((1, 5, 10, 100)),
        )
    noun, tastes, sizes = rng.choice(words.SNACKS)
    name = rng.choice(
        (
            f'{noun} "{brand}" {rng.choice(tastes)} {rng.choice(sizes)}',
            f"{noun} {brand} {rng.choice(tastes)}, {rng.choice(sizes).replace(' ', '')}",
            f"{brand} {noun.lower()} {rng.choice(tastes)} {rng.choice(sizes)} 1/{rng.choice((12, 20, 30))}",
        )
    )
    good = OurGood(reference(rng), name, f"Снеки и прочее/{noun}", "piece", rng.randrange(1_500, 22_000, 10), box=20)
    good.vat = 10 if noun in {"Сок", "Печенье сахарное"} else 22
    if rng.random() < 0.75:
        good.barcodes.append(gtin(f"460{serial % 10_000:04d}{rng.randrange(10**5):05d}"))
    return good


def all_goods(seed: int, scale: int, goods: Sequence[MakerGood], total: int) -> list[OurGood]:
    """Make the whole assortment of ``total`` goods, ``goods`` among them; 2 % are marked for deletion."""
    rng = Random(f"{seed}:ours")
    made = distributed(rng, goods, twin_sets=TWIN_SETS * scale)
    others = foreign(rng, seed, total - len(made))
    for good in rng.sample(others, k=len(others) // 50):
        good.deleted, good.name, good.folder = True, f"яя_{good.name}"[:100], "Архив (не использовать)"
    _delete_duplicates(rng, made, others)
    made += others
    seen: set[str] = set()
    for good in made:
        good.barcodes = [each for each in good.barcodes if each not in seen]
        seen.update(good.barcodes)
    return made


def _delete_duplicates(rng: Random, made: Sequence[OurGood], others: Sequence[OurGood]) -> None:
    """Turn some deleted goods into old cards of the manufacturer's goods, as they lie in every base."""
    deleted = [good for good in others if good.deleted]
    for old, good in zip(deleted[:25], rng.sample(made, k=min(25, len(made))), strict=False):
        old.name, old.unit, old.price = f"(НЕ ИСП.) {good.name}"[:100], good.unit, good.price
