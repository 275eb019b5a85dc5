"""Russian addresses taken apart: what must agree exactly (house, block, building), and what people spell as they like.

The parts are those of ГАР: region, district, settlement, street, house. An address is read part by part between its
commas; ``д`` before a number is a house, before a word a village.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_REGION: Final = r"обл|область|край|респ|республика|ао|аобл|автономный округ|округ"
_DISTRICT: Final = (
    r"р-н|район|рн|м\.?р-н|муниципальный район|г\.?о|городской округ|с/с|сельсовет|с/п|сельское поселение"
)
_TOWN: Final = (
    r"г|гор|город|пгт|рп|р\.?п|кп|дп|пос|поселок|посёлок|п|с|село|д|дер|деревня|х|хутор|ст-ца|станица|ст|аул|нп|снт|"
    r"поселение|рабочий поселок|поселок городского типа"
)
_STREET: Final = (
    r"ул|улица|пр-кт|просп|проспект|пр-т|пр|пер|переулок|ш|шоссе|б-р|бул|бульвар|наб|набережная|пл|площадь|проезд|пр-д|"
    r"туп|тупик|мкр|мкрн|микрорайон|м-н|кв-л|квартал|линия|тракт|аллея|тер|территория|км|сквер|съезд"
)
_HOUSE_WORD: Final = r"дом|д|влд|вл|владение|зд|здание|соор|сооружение|№"
_NUMBER: Final = r"\d+(?!\d)(?:(?! ?[кс][. ]*\d) ?-?[а-я](?![а-я]))?(?:[/\\_-]\d*[а-я]?(?![а-я]))?"

POSTCODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
HOUSE: Final = re.compile(rf"(?:^|[\s,])(?:{_HOUSE_WORD})\.? ?(?:№ ?)?({_NUMBER})")
LAST_NUMBER: Final = re.compile(rf"(?:^|[\s,])(?!\d+-?[яй](?![а-я]))({_NUMBER}) *$")
INNER_STREET: Final = re.compile(r"(?<=[а-я]) (?=(?:ул|пр-кт|просп|пер|б-р|наб|мкр)\b\.? ?[а-я\d-]{3,})")
BLOCK: Final = re.compile(r"(?<![а-я])(?:(?:корпус|корп|кор)\.? ?|к[. ]+|к(?=\d))(\d+[а-я]?|[а-я])(?![а-я])")
BUILDING: Final = re.compile(r"(?<![а-я])(?:строение|строен|стр|с)\.? ?(\d+[а-я]?|[а-я](?![а-я]))(?![а-я])")
LETTER: Final = re.compile(r"(?<![а-я])(?:литера|литер|лит)\.? ?([а-я])(?![а-я])")
GLUED: Final = re.compile(r"(\d[а-я]?)(?=(?:корп|стр|лит))")
ROOM: Final = re.compile(
    r"(?<![а-я])(?:кв|квартира|оф|офис|пом|помещение|ком|эт|этаж|подъезд|магазин|маг|тц)\.? ?\S.*$"
)
TYPED: Final = {
    sort: re.compile(rf"^(?:{words})(?:\. ?| )|(?:^| )(?:{words})\.?$")
    for sort, words in (("region", _REGION), ("district", _DISTRICT), ("street", _STREET), ("town", _TOWN))
}
CITIES: Final = frozenset({"москва", "санкт-петербург", "севастополь"})
SHORT: Final = {"спб": "санкт-петербург", "с-петербург": "санкт-петербург", "мск": "москва", "екб": "екатеринбург"}


@dataclass(frozen=True, slots=True)
class Address:
    """An address by its parts; ``house``, ``block`` and ``building`` in one form (12а), the rest as sets of words."""

    towns: frozenset[str] = frozenset()
    street: frozenset[str] = frozenset()
    house: str = ""
    block: str = ""
    building: str = ""
    postcode: str = ""
    regions: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """Everything in one form and order."""
        parts = (sorted(self.towns), sorted(self.street), [self.house, self.block, self.building])
        return " ".join(word for part in parts for word in part if word)


def parsed(text: str) -> Address:
    """Return an address by its parts; what cannot be told stays empty."""
    whole = _plain(text)
    postcode = POSTCODE.search(whole)
    parts = [part.strip(" .") for part in INNER_STREET.sub(", ", POSTCODE.sub(" ", whole)).split(",")]
    found: dict[str, set[str]] = {"region": set(), "district": set(), "town": set(), "street": set()}
    house = block = building = ""
    untold: list[str] = []
    named = any(HOUSE.search(part) for part in parts)
    for part in filter(None, parts):
        number = None if house else _house(part, named=named)
        if number is None and house:
            more = _within(part, house)
            block, building, house = more[0] or block, more[1] or building, more[2]
            if more == ("", "", house) and not ROOM.search(part):
                _place(part, found, untold, late=True)
            continue
        if number is not None:
            house, part, rest = number  # noqa: PLW2901 - what stands before the house is a place
            block, building, house = _within(rest, house)
        _place(part.strip(" ."), found, untold)
    _guess(untold, found)
    towns = frozenset(SHORT.get(word, word) for word in found["town"])
    towns = towns or frozenset(found["region"] & CITIES)
    return Address(
        towns, frozenset(found["street"]), house, block, building, postcode[0] if postcode else "",
        frozenset(found["region"] | found["district"]),
    )  # fmt: skip


def _plain(text: str) -> str:
    lowered = text.lower().replace("ё", "е").replace("\N{NO-BREAK SPACE}", " ")
    lowered = GLUED.sub(r"\1 ", lowered)
    return " ".join(re.sub(r"[\"«»'();]", " ", lowered).replace("россия,", " ").split())


def _house(part: str, *, named: bool) -> tuple[str, str, str] | None:
    """Return the house's number, and what stands before and after it; without its word only where no part has it."""
    found = HOUSE.search(part)
    if found is None and not named:
        cut = BLOCK.search(part) or BUILDING.search(part)
        head = part[: cut.start()].rstrip(" .,") if cut and cut.start() else part
        found = LAST_NUMBER.search(head)
        if found and not found.start(1) and cut is None and len(part) > LONGEST_HOUSE:
            found = None
    if found is None:
        return None
    return _number(found[1]), part[: found.start(1)].rstrip(), part[found.end(1) :]


LONGEST_HOUSE: Final = 8


def _number(text: str) -> str:
    """Return a house's number in one form: «12 А», «12-а» and «12а» are one, 5 with any stroke and 1 is «5/1»."""
    number = re.sub(r"[\\_]", "/", text.replace(" ", ""))
    number = re.sub(r"(\d)-([а-я])", r"\1\2", number).replace("-", "/")
    return number.lstrip("0").rstrip("/")


def _within(rest: str, house: str) -> tuple[str, str, str]:
    """Return block and building out of what follows a house, and the house with its letter."""
    letter, block, building = LETTER.search(rest), BLOCK.search(rest), BUILDING.search(rest)
    if letter and house[-1:].isdigit():
        house += letter[1]
    return block[1] if block else "", building[1] if building else "", house


def _place(part: str, found: dict[str, set[str]], untold: list[str], *, late: bool = False) -> None:
    """File a part under what its type says; one that comes after the house is no street, and untold it says nothing."""
    part = re.sub(rf"(?:^|\s)(?:{_HOUSE_WORD})\.?$", "", part).strip()
    for sort, pattern in TYPED.items():
        if late and sort == "street":
            continue
        if pattern.search(part):
            found[sort] |= set(_words(pattern.sub(" ", part, count=1)))
            return
    if part and not late:
        untold.append(part)


def _guess(untold: list[str], found: dict[str, set[str]]) -> None:
    """Tell what parts without a type are: the last one is the street where none was named, the first the town."""
    if untold and not found["street"]:
        found["street"] |= set(_words(untold.pop()))
    for part in untold:
        found["region" if found["town"] else "town"] |= set(_words(part))


def _words(text: str) -> Iterable[str]:
    return [
        re.sub(r"-?(?:я|й|ая|ый|ой|го)$", "", word) if word[:1].isdigit() else word
        for word in re.findall(r"[\w-]+", text)
    ]


def same_house(a: Address, b: Address) -> bool | None:
    """Whether two addresses have the same house, block and building; None where either has no house."""
    if not a.house or not b.house:
        return None
    return _whole(a) == _whole(b)


def _whole(address: Address) -> tuple[str, str, str]:
    """Return house, block and building; 5/1 is how many write house 5, block 1."""
    house, slash, block = address.house.partition("/")
    if slash and not address.block:
        return house, block, address.building
    return address.house, address.block, address.building
