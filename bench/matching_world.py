"""Names for the matching bench that nobody owns: other makers' household goods, and catalogs of any size from the sandbox."""

from __future__ import annotations

from random import Random
from typing import Final

from mappings.matching.records import Item
from sandbox.world.maker import assortment
from sandbox.world.ours import distributed, foreign

WHAT: Final = (
    "Средство для мытья полов", "Гель для стирки", "Кондиционер для белья", "Средство для мытья посуды",
    "Чистящее средство для ванн", "Антисептик для древесины", "Краска фасадная", "Лак яхтный", "Герметик акриловый",
    "Шпатлевка для дерева", "Средство для удаления ржавчины", "Спрей для стекол и зеркал", "Жидкое мыло",
    "Огнебиозащита для древесины", "Грунт глубокого проникновения", "Пятновыводитель", "Освежитель воздуха",
    "Отбеливатель", "Средство от плесени", "Очиститель фасадов", "Средство для чистки гриля", "Пена для ковров",
    "Стиральный порошок", "Бальзам для посуды",
)  # fmt: skip
MAKERS: Final = (
    "Cleanora", "Блеск-М", "Domila", "ТЕХНОСИЛ", "Aquabrill", "Лесозащита", "Snowlux", "Чистюля", "BioGrad", "Ромакс",
    "Vitolan", "Эколайн", "Profilux", "Белизна плюс", "Kvartal", "Оптимум",
)  # fmt: skip
SORTS: Final = (
    "лимон", "яблоко", "алоэ", "лаванда", "белый", "бесцветный", "орех", "сосна", "морская свежесть", "", "",
    "концентрат", "для цветного", "профессиональный", "universal", "extra",
)  # fmt: skip
SIZES: Final = ("0,5 л", "1 л", "5 л", "500 мл", "750мл", "10 л", "3 кг", "0.9л", "2,7 л", "400 мл", "1кг")


def household(count: int, seed: int) -> list[Item]:
    """Return goods of invented makers of household chemistry and paints: near to the measured trade, and not of it."""
    rng = Random(f"{seed}:household")  # noqa: S311 - a seeded world
    made = []
    for number in range(count):
        parts = [rng.choice(WHAT), rng.choice(MAKERS), rng.choice(SORTS), rng.choice(SIZES)]
        made.append(Item(f"F{number}", (" ".join(filter(None, parts)),)))
    return made


def drinks_and_snacks(count: int, seed: int) -> list[Item]:
    """Return goods of other trades as a distributor writes them."""
    rng = Random(f"{seed}:foreign")  # noqa: S311 - a seeded world
    return [Item(f"S{number}", (good.name,)) for number, good in enumerate(foreign(rng, seed, count))]


def catalogs(ours: int, theirs: int, seed: int = 7) -> tuple[list[Item], list[Item], dict[str, str]]:
    """Return a distributor's goods, a manufacturer's, and the truth ours → theirs, of about these sizes."""
    rng = Random(f"{seed}:catalogs")  # noqa: S311 - a seeded world
    goods = assortment(seed, theirs)
    catalog = [Item(good.ware_id, (good.name,), unit="шт") for good in goods]
    made: list[Item] = []
    truth: dict[str, str] = {}
    while len(made) < ours:
        carried = distributed(rng, goods, twin_sets=0)
        for good in carried[: ours - len(made)]:
            number = f"O{len(made)}"
            made.append(Item(number, (good.name,), unit="шт"))
            if good.maker is not None:
                truth[number] = good.maker.ware_id
    return made, catalog, truth
