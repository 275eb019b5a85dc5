"""How a distributor writes a drink's name: abbreviated, glued, reordered, misspelt, in look-alike Latin letters."""

# ruff: noqa: PLR2004 - shares of an invented world; a name would say no more than the number

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.world.maker import litres

if TYPE_CHECKING:
    from random import Random

    from sandbox.world.maker import MakerGood

LIMIT: Final = 100
"""How long a name may be in 1C (Номенклатура.Description)."""

NOUN_FORMS: Final = {
    "beer": ("Пиво", "ПИВО", "пиво", "Пиво", "Пв.", ""),
    "kvass": ("Квас", "КВАС", "квас", "Квас брож."),
    "lemonade": ("Лимонад", "Напиток б/а", "Нап. газ.", "Газ.вода", "Напиток"),
    "water": ("Вода", "Вода пит.", "Мин. вода", "ВОДА"),
    "cider": ("Сидр", "СИДР", "Нап. на осн. сидра", "сидр"),
    "energy": ("Энергетик", "Нап. энерг.", "Энерг.напиток"),
}
VARIETY_FORMS: Final = {
    "Светлое": ("св.", "светл", "свет."),
    "Тёмное": ("темное", "темн.", "т."),
    "Классическое": ("классич.", "Классик", "класс."),
    "Нефильтрованное": ("н/ф", "нефильтр.", "нефильт"),
    "Пшеничное": ("пшен.", "пшеничн"),
    "Безалкогольное": ("б/а", "безалк.", "0,0"),
    "Крепкое": ("креп.", "крепк"),
    "Жигулёвское": ("Жигулевское", "Жигули", "жигул."),
    "Экспортное": ("экспорт", "эксп."),
    "негазированная": ("н/г", "негаз", "б/газа"),
    "газированная": ("газ", "газ.", "с/г"),
    "слабогазированная": ("сл/газ", "слабогаз."),
    "Яблочный полусладкий": ("яблоко п/сл", "яблочн. п/с"),
    "Яблочный сухой": ("яблоко сух.", "яблочн. сухой"),
    "Крем-сода": ("Кремсода", "крем сода"),
}
PACKAGE_FORMS: Final = {
    "ж/б": ("ж/б", "жб", "ЖБ", "ж.б.", "бан", "банка", "ал/б"),
    "ст/б": ("ст/б", "стекло", "с/б", "бут", "ст.бут."),
    "ПЭТ": ("ПЭТ", "пэт", "ПЭТ.", "пл/б", "пласт"),
    "кег": ("кег", "КЕГ", "кега", "keg", "КЕГ ПЭТ"),
}
LOOKALIKE: Final = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")
NEIGHBOURS: Final = {"о": "а", "а": "о", "и": "е", "е": "и", "н": "нн", "с": "сс", "т": "ь", "л": "д", "к": "л"}


def respelt(rng: Random, good: MakerGood) -> str:
    """Return the distributor's name for one of the maker's goods, at most 100 characters."""
    if good.kind == "bulk":
        parts = [good.variety, _brand(rng, good.brand), rng.choice(("вес", "весовой", f"{good.box}кг", "кг", ""))]
    else:
        parts = _parts(rng, good)
    name = " ".join(part for part in parts if part)
    chance = rng.random()
    if chance < 0.06:
        name = _typo(rng, name)
    elif chance < 0.14:
        name = _with_lookalikes(rng, name)
    elif chance < 0.19:
        name = name.replace(" ", "")
    elif chance < 0.25:
        name = name.upper()
    elif chance < 0.29:
        name = name.replace(" ", "  ", 1) + " "
    return name[:LIMIT]


def _parts(rng: Random, good: MakerGood) -> list[str]:
    noun = rng.choice(NOUN_FORMS[good.kind])
    brand = _brand(rng, good.brand)
    variety = good.variety
    if rng.random() < 0.55:
        variety = rng.choice(VARIETY_FORMS.get(variety, (variety.lower(), variety)))
    strength = _strength(rng, good.strength)
    package = rng.choice(PACKAGE_FORMS[good.package]) if rng.random() < 0.9 else ""
    size, box = _size(rng, good.millilitres), _box(rng, good)
    match rng.randrange(6):
        case 0:
            return [brand, variety, noun.lower(), strength, size, package, box]
        case 1:
            return [noun, variety, brand, size, package, strength, box]
        case 2:
            return [
                noun,
                brand,
                variety,
                package,
                size + box if box.startswith(("*", "x", "х")) else f"{size} {box}",
                strength,
            ]
        case 3:
            return [brand, variety, size, package, box]
        case _:
            return [noun, brand, variety, strength, size, package, box]


def _brand(rng: Random, brand: str) -> str:
    match rng.randrange(8):
        case 0 | 1:
            return f'"{brand}"'
        case 2:
            return brand.upper()
        case 3:
            return f"«{brand}»"
        case 4:
            return brand.replace(" ", "")
        case 5 if " " in brand:
            first, second = brand.split(" ", 1)
            return f"{first[:4]}. {second}"
    return brand


def _strength(rng: Random, strength: str) -> str:
    if not strength or rng.random() < 0.3:
        return ""
    return rng.choice((f"{strength}%", f"{strength.replace(',', '.')}%", f"алк.{strength}%", f"{strength} % об."))


def _size(rng: Random, millilitres: int) -> str:
    size = litres(millilitres)
    forms = [f"{size}л", f"{size} л", f"{size.replace(',', '.')}л", size, f"{size}л."]
    if millilitres < 1000:
        forms += [f"{millilitres}мл", f"{millilitres} мл"]
    return rng.choice(forms)


def _box(rng: Random, good: MakerGood) -> str:
    if good.package == "кег" or rng.random() < 0.35:
        return ""
    return rng.choice(
        (f"1/{good.box}", f"*{good.box}", f"х{good.box}", f"x{good.box}шт", f"({good.box}шт)", f"/{good.box}")
    )


def _typo(rng: Random, name: str) -> str:
    place = rng.randrange(1, len(name))
    letter = name[place]
    if letter in NEIGHBOURS and rng.random() < 0.7:
        return name[:place] + NEIGHBOURS[letter] + name[place + 1 :]
    return name[:place] + name[place + 1 :]


def _with_lookalikes(rng: Random, name: str) -> str:
    """Write one or two words with Latin letters in the place of the Cyrillic ones that look the same."""
    words = name.split(" ")
    for _ in range(rng.randint(1, 2)):
        place = rng.randrange(len(words))
        words[place] = words[place].translate(LOOKALIKE)
    return " ".join(words)
