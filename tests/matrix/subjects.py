"""What each export must have brought to the manufacturer, counted anew from the 1C double, and what changes meanwhile.

``truth`` and ``held`` give comparable values; rows of a window come as sorted lists, so that a row that is there twice
is seen. Goods' factors and rules are done here again: only what is matched comes from the trial.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tests.matrix import small
from tests.matrix.small import FIX, GOODS, MAIN, NOW, OUTLETS, RECEIPT, RETURN, SALE, ref
from tests.matrix.stage import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from tests.matrix.workbench import Bench

    Change = Callable[[Bench, Random], str]

WINDOW: Final = 14
PLACES: Final = {small.MAIN: "1", small.CASH: "2"}
TARGETS: Final = {ref(name): (ware, unit, factor) for name, (_, ware, unit, factor) in GOODS.items() if ware}


@dataclass(frozen=True)
class Subject:
    """An exchange under trial; ``settings`` of its link, ``before`` what must have happened, ``changes`` meanwhile.

    ``keyed``: sends only what changed, so that a run after the last one has nothing to say.
    """

    exchange: str
    truth: Callable[[Bench], Any]
    held: Callable[[Bench], Any]
    changes: tuple[Change, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Bench], None] | None = None
    keyed: bool = False
    read: Callable[[Bench], int] | None = None
    check: Callable[[Bench], None] | None = None


def exact(number: Any) -> str:
    """Return a number as a text that does not depend on how it was written."""
    return str(Fraction(str(number)))


# -- stock -------------------------------------------------------------------------------------------------------------


def _balances(bench: Bench) -> dict[tuple[str, str], Decimal]:
    found = bench.doubles.onec.store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад"))
    return {(good, place): resources["ВНаличии"] for (good, place), resources in found.items()}


def stock_truth(bench: Bench) -> list[tuple[str, ...]]:
    sums: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for (good, place), quantity in _balances(bench).items():
        if good in bench.matched and place in PLACES and quantity > 0:
            ware, unit, factor = TARGETS[good]
            sums[PLACES[place], ware, unit] += Fraction(quantity) * factor
    return sorted((*key, str(total)) for key, total in sums.items())


def stock_held(bench: Bench) -> list[tuple[str, ...]]:
    return sorted((row["warehouse"], row["ware"], row["unit"], exact(row["quantity"])) for row in bench.rows("stock"))


# -- shipments ---------------------------------------------------------------------------------------------------------

KINDS: Final = {
    SALE: ("Товары", "CustInvoice", ""),
    RETURN: ("Товары", "CustReturn", "В"),
    FIX: ("Расхождения", "CustInvoice", "К"),
}


def shipments_truth(bench: Bench) -> list[tuple[str, ...]]:
    start = (NOW.date() - timedelta(days=WINDOW)).isoformat()
    sums: dict[tuple[str, ...], Fraction] = defaultdict(Fraction)
    for entity, (section, kind, sign) in KINDS.items():
        for document in bench.doubles.onec.store.objects(entity):
            day, outlet = document["Date"][:10], document["Партнер_Key"]
            if not document["Posted"] or document["DeletionMark"] or day < start or outlet not in bench.matched:
                continue
            name = next(name for name in OUTLETS if ref(name) == outlet)
            number = f"{sign}{day[2:4]}-{document['Number'].strip()}"
            for row in document[section]:
                if row["Номенклатура_Key"] not in bench.matched:
                    continue
                ware, unit, factor = TARGETS[row["Номенклатура_Key"]]
                price = exact(Fraction(row["Цена"]) / factor)
                place = PLACES[row["Склад_Key"]]
                key = (number, day, kind, f"C-{name}", place, ware, unit, price)
                sums[key] += Fraction(row["Количество"]) * factor
    return sorted((*key, str(total)) for key, total in sums.items())


def shipments_held(bench: Bench) -> list[tuple[str, ...]]:
    return sorted(
        (row["number"], row["date"][:10], row["document_type"], row["address"], row["warehouse"], row["ware"],
         row.get("UnitId") or row["unit"], exact(row["price"]), exact(row["quantity"]))
        for row in bench.rows("shipments")
    )  # fmt: skip


# -- what goes by key --------------------------------------------------------------------------------------------------


def outlets_truth(bench: Bench) -> dict[str, Any]:
    firms = {each["Ref_Key"]: each for each in bench.doubles.onec.store.objects("Catalog_Контрагенты")}
    by_group = {firm["Партнер_Key"]: firm for firm in firms.values()}
    live, banned = {}, []
    groups = {ref(f"group {firm}") for firm in small.FIRMS}
    for card in bench.doubles.onec.store.objects("Catalog_Партнеры"):
        if card["Ref_Key"] in groups:
            continue
        firm = by_group[card["Parent_Key"]]
        if card["DeletionMark"]:
            banned.append((firm["Ref_Key"], card["Ref_Key"]))
        else:
            live[card["Ref_Key"]] = (firm["Ref_Key"], card["Description"], firm["Description"], firm["ИНН"])
    return {"live": live, "banned": sorted(banned)}


def outlets_held(bench: Bench) -> dict[str, Any]:
    banned = sorted((row["company"], row["address"]) for row in bench.rows("bans"))
    gone = {address for _, address in banned}
    live = {
        row["address"]: (row["company"], row["address_name"], row["company_name"], row["tax_code"])
        for row in bench.rows("outlets")
        if row["address"] not in gone
    }
    return {"live": live, "banned": banned}


def own_goods_truth(bench: Bench) -> dict[str, str]:
    cards = bench.doubles.onec.store.objects("Catalog_Номенклатура")
    return {card["Ref_Key"]: card["Description"] for card in cards if not card["DeletionMark"]}


def own_goods_held(bench: Bench) -> dict[str, str]:
    return {row["ware"]: row["name"] for row in bench.rows("goods")}


def prices_truth(bench: Bench) -> dict[tuple[str, ...], str]:
    newest: dict[str, tuple[str, Decimal]] = {}
    for document in bench.doubles.onec.store.objects(small.PRICES):
        for row in document["Товары"] if document["Posted"] else ():
            good = row["Номенклатура_Key"]
            newest[good] = max(newest.get(good, ("", Decimal(0))), (document["Date"], row["Цена"]))
    found: dict[tuple[str, ...], str] = {}
    for good in bench.matched & set(newest):
        ware, unit, factor = TARGETS[good]
        price = (newest[good][1] / factor).quantize(Decimal("0.00001"), ROUND_HALF_UP)
        found["1", ware, unit] = exact(price)
    return found


def prices_held(bench: Bench) -> dict[tuple[str, ...], str]:
    return {(row["price_type"], row["ware"], row["unit"]): exact(row["price"]) for row in bench.rows("prices")}


# -- what people do meanwhile ------------------------------------------------------------------------------------------


def _any_sale(bench: Bench, rng: Random) -> dict[str, Any]:
    return rng.choice(sorted(bench.doubles.onec.store.objects(SALE), key=lambda each: str(each["Ref_Key"])))


def post_or_unpost(bench: Bench, rng: Random) -> str:
    document = _any_sale(bench, rng)
    if document["DeletionMark"]:
        told(bench.doubles, SALE, document["Ref_Key"], DeletionMark=False)
    action = "Unpost" if document["Posted"] else "Post"
    told(bench.doubles, SALE, document["Ref_Key"], action)
    return f"{action} {document['Number']}"


def another_quantity(bench: Bench, rng: Random) -> str:
    document = _any_sale(bench, rng)
    lines = [{name: _plain(value) for name, value in row.items()} for row in document["Товары"]]
    lines[0]["Количество"] = lines[0]["КоличествоУпаковок"] = rng.randint(1, 40)
    lines[0]["Сумма"] = lines[0]["СуммаСНДС"] = round(lines[0]["Количество"] * lines[0]["Цена"], 2)
    told(bench.doubles, SALE, document["Ref_Key"], Товары=lines)
    return f"количество в {document['Number']}"


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def new_sale(bench: Bench, rng: Random) -> str:
    name = f"new-{next(bench.numbers)}"
    lines = [(good, str(rng.randint(1, 9)), "40") for good in rng.sample(["lager", "kvass", "nuts", "late"], 2)]
    bench.add(SALE, small.sale(name, rng.choice(list(OUTLETS)), lines, days=rng.randint(0, WINDOW)))
    return f"новая реализация {lines}"


def renumber(bench: Bench, rng: Random) -> str:
    document = _any_sale(bench, rng)
    told(bench.doubles, SALE, document["Ref_Key"], Number=f"ПД00-9{rng.randint(0, 99999):05d}")
    return f"номер {document['Number']}"


def mark_deleted(bench: Bench, rng: Random) -> str:
    document = _any_sale(bench, rng)
    if document["Posted"]:
        told(bench.doubles, SALE, document["Ref_Key"], "Unpost")
    told(bench.doubles, SALE, document["Ref_Key"], DeletionMark=True)
    return f"помечен {document['Number']}"


def receive_goods(bench: Bench, rng: Random) -> str:
    name = f"in-{next(bench.numbers)}"
    lines = [(good, str(rng.randint(1, 90))) for good in rng.sample(list(GOODS), 3)]
    bench.add(RECEIPT, small.receipt(name, MAIN, lines, days=1))
    return f"поступление {lines}"


def match_rest(bench: Bench, rng: Random) -> str:
    name = rng.choice(small.LATER)
    bench.match([name])
    return f"сопоставлено {name}"


def rename(entity: str) -> Change:
    def change(bench: Bench, rng: Random) -> str:
        cards = [each for each in bench.doubles.onec.store.objects(entity) if "Клиент " not in each["Description"]]
        card = rng.choice(sorted(cards, key=lambda each: str(each["Ref_Key"])))
        name = f"{card['Description'].split(' №')[0]} №{next(bench.numbers)}"
        told(bench.doubles, entity, card["Ref_Key"], Description=name)
        return f"{entity}: {name}"

    return change


def close_outlet(bench: Bench, rng: Random) -> str:
    name = rng.choice(("shop-2", "shop-3"))  # a firm keeps one: the partner over closed ones becomes an outlet himself
    told(bench.doubles, "Catalog_Партнеры", ref(name), DeletionMark=rng.random() < 0.7)
    return f"пометка {name}"


def all_told(bench: Bench) -> None:
    """Have all outlets told, and then change: a ban is of an outlet that they know."""
    bench.run_whole("outlets")
    told(bench.doubles, "Catalog_Партнеры", ref("shop-1"), Description="Магазин переименован")
    told(bench.doubles, "Catalog_Партнеры", ref("shop-2"), DeletionMark=True)


def new_prices(bench: Bench, rng: Random) -> str:
    lines = [(good, f"{rng.randint(100, 9000) / 100:.2f}") for good in ("keg", "kvass", "nuts", "late")]
    days = 9 - next(bench.numbers) % 9
    bench.add(small.PRICES, small.price_list(f"p-{next(bench.numbers)}", lines, days=0) | {
        "Date": NOW - timedelta(minutes=1000 * days - next(bench.numbers)),
    })  # fmt: skip
    return f"цены {lines}"


TRADE: Final = (post_or_unpost, another_quantity, new_sale, mark_deleted, match_rest)

EXPORTS: Final = (
    Subject(
        "stock", stock_truth, stock_held, (*TRADE, receive_goods), {"cap_mib": 0.0019}, read=lambda b: len(_balances(b))
    ),
    Subject("shipments", shipments_truth, shipments_held, (*TRADE, renumber), {"cap_mib": 0.0037}),
    Subject(
        "outlets", outlets_truth, outlets_held,
        (rename("Catalog_Партнеры"), rename("Catalog_Контрагенты"), close_outlet), {"cap_mib": 0.002},
        before=all_told, keyed=True,
    ),
    Subject(
        "own_goods", own_goods_truth, own_goods_held, (rename("Catalog_Номенклатура"),), {"cap_mib": 0.0016},
        keyed=True, read=lambda bench: len(bench.doubles.onec.store.objects("Catalog_Номенклатура")),
    ),
    Subject(
        "prices", prices_truth, prices_held, (new_prices, new_prices, match_rest), {"cap_mib": 0.0015}, keyed=True
    ),
)  # fmt: skip
