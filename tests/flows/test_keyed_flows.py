"""Own goods, prices and stock by batch as flows against both doubles; several legal ids of one distributor."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from foundation.errors import Faults, MI1CError
from sandbox.content import CrmContent
from sandbox.crm.service import PATH, Manufacturer
from sandbox.http import serving
from sandbox.running import ONEC_PASSWORD, ONEC_USER

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-orders"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings

TYPES = {"Оптовая": "1", "Розничная": "2"}


@pytest.fixture(autouse=True)
def _new_manufacturer(doubles: Sandbox) -> None:
    """Give a manufacturer that was told nothing: the links of these tests share its user."""
    holdings = doubles.crm.holdings(doubles.world.crm.user)
    holdings.books.clear()
    holdings.blocks.clear()


def linked(stand: Stand, name: str, **more: Any) -> str:
    """Make a link without any correspondence."""
    from tasks.block import save_link

    save_link(name, stand.values(**more))
    return name


def matched(stand: Stand, name: str, **more: Any) -> str:
    """Make a link whose goods are matched by exact keys."""
    from flows.catalogs import catalogs
    from flows.goods import goods

    linked(stand, name, **more)
    goods(link=name)
    catalogs(link=name)
    return name


def held(doubles: Sandbox, page: str) -> list[dict[str, Any]]:
    return doubles.crm.rows(doubles.world.crm.user, page)


def cards(doubles: Sandbox) -> dict[str, dict[str, Any]]:
    """Return the goods that 1C has: no folders, nothing deleted, with a name."""
    goods = doubles.onec.store.objects("Catalog_Номенклатура")
    return {each["Ref_Key"]: each for each in goods if not each["IsFolder"] and not each["DeletionMark"]}


def write(doubles: Sandbox, entity: str, reference: str, **values: Any) -> None:
    url = f"{doubles.onec_url}/{entity}(guid'{reference}')?$format=json"
    auth = httpx.BasicAuth(ONEC_USER.encode(), ONEC_PASSWORD.encode())
    httpx.patch(url, json=values, auth=auth).raise_for_status()


# -- own goods ---------------------------------------------------------------------------------------------------------


def test_own_goods_arrive_and_only_changes_follow(stand: Stand, doubles: Sandbox) -> None:
    from flows.own_goods import own_goods

    link = linked(stand, "own-all")
    result = own_goods(link=link)
    ours = cards(doubles)
    assert {row["ware"]: row["name"] for row in held(doubles, "goods")} == {
        ref: card["Description"].strip() for ref, card in ours.items()
    }
    ref, card = next(iter(ours.items()))
    write(doubles, "Catalog_Номенклатура", ref, Description="Пиво новое")
    try:
        again = own_goods(link=link)
        assert (again["sent"], again["left_out"]["без изменений"]) == (1, result["sent"] - 1)
        assert {row["name"] for row in held(doubles, "goods") if row["ware"] == ref} == {"Пиво новое"}
    finally:
        write(doubles, "Catalog_Номенклатура", ref, Description=card["Description"])
    assert own_goods(link=link, everything=True)["sent"] == result["sent"]


def test_own_goods_of_a_group_by_code(stand: Stand, doubles: Sandbox) -> None:
    from flows.own_goods import own_goods

    result = own_goods(link=linked(stand, "own-beer", own_goods_groups=["Пиво"], our_codes="code"))
    codes = {card["Code"]: card for card in cards(doubles).values()}
    assert 0 < len(held(doubles, "goods")) == result["sent"] < len(codes)
    assert all(codes[row["ware"]]["Description"].strip() == row["name"] for row in held(doubles, "goods"))
    with pytest.raises(Faults, match="Нет такой"):
        own_goods(link=linked(stand, "own-none", own_goods_groups=["Нет такой"]))


def test_only_matched_goods_leave_where_the_link_says_so(stand: Stand, doubles: Sandbox) -> None:
    from flows.own_goods import own_goods
    from mappings.correspondences import active
    from tasks.links import open_link

    link = matched(stand, "own-matched", own_goods="matched")
    own_goods(link=link)
    opened = open_link(link)
    with opened.database.session() as session:
        pairs = set(active(session, opened.id, "good")["our_id"])
    assert {row["ware"] for row in held(doubles, "goods")} == pairs & set(cards(doubles))


def test_own_goods_cut_off_after_they_were_stored_are_there_once(stand: Stand, doubles: Sandbox) -> None:
    from flows.own_goods import own_goods

    link = linked(stand, "own-cut", cap_mib=0.5)
    doubles.crm.faults.arm("cut_after", match="CRMWareSUP", skip=1)
    with pytest.raises(MI1CError):
        own_goods(link=link)
    own_goods(link=link)
    rows = held(doubles, "goods")
    assert len(rows) == len({row["ware"] for row in rows}) == len(cards(doubles))


# -- prices ------------------------------------------------------------------------------------------------------------


def pair_by_truth(doubles: Sandbox, link: str) -> None:
    """Pair the goods of which one is several (or a part) of theirs, as an operator would."""
    from mappings.correspondences import confirm_many
    from mappings.pairs import Pair
    from tasks.links import open_link

    pairs = []
    units = {ref: card["ЕдиницаИзмерения_Key"] for ref, card in cards(doubles).items()}
    for each in doubles.world.pairs:
        if each.kind == "good" and each.numerator != each.denominator:
            factor = (each.numerator, each.denominator)
            pairs.append(Pair("good", each.our_id, each.their_id))
            pairs.append(Pair("unit", units[each.our_id], each.their_unit, each.our_id, *factor))
    opened = open_link(link)
    with opened.database.begin() as session:
        confirm_many(session, opened.id, pairs, author="Анна")


def truth(doubles: Sandbox, link: str) -> dict[tuple[str, str, str], set[Fraction]]:
    """Return every price that may stand at the manufacturer: the last of ours, by the pairs of the link."""
    from mappings.targets import load_targets
    from tasks.links import open_link

    opened = open_link(link)
    with opened.database.session() as session:
        targets = load_targets(session, opened.id)
    names = {each["Ref_Key"]: each["Description"] for each in doubles.onec.store.objects("Catalog_ВидыЦен")}
    last: dict[tuple[str, str], Fraction] = {}
    documents = doubles.onec.store.objects("Document_УстановкаЦенНоменклатуры")
    for document in sorted(documents, key=lambda each: each["Date"]):
        for row in document["Товары"]:
            last[names[row["ВидЦены_Key"]], row["Номенклатура_Key"]] = Fraction(str(row["Цена"]))
    found: dict[tuple[str, str, str], set[Fraction]] = defaultdict(set)
    for (name, good), price in last.items():
        target = targets.get(good)
        if name in TYPES and target and price:
            factor = Fraction(target.factor.numerator, target.factor.denominator)
            found[TYPES[name], target.their_good, target.their_unit].add(price / factor)
    return found


def test_prices_arrive_for_their_units(stand: Stand, doubles: Sandbox) -> None:
    from flows.prices import prices

    link = matched(stand, "prices-all", price_types=TYPES)
    pair_by_truth(doubles, link)
    result = prices(link=link)
    rows = {
        (row["price_type"], row["ware"], row["unit"]): Fraction(str(row["price"])) for row in held(doubles, "prices")
    }
    expected = truth(doubles, link)
    single = {key: next(iter(found)) for key, found in expected.items() if len(found) == 1}
    assert rows.keys() == single.keys()
    assert all(abs(price - single[key]) <= Fraction(1, 200_000) for key, price in rows.items())
    assert any(Fraction(str(row["price"])).denominator > 100 for row in held(doubles, "prices"))
    assert result["unmatched"]["разные цены одного кода"] > 0
    again = prices(link=link)
    assert (again["sent"], again["left_out"]["без изменений"]) == (0, result["sent"])


def test_the_highest_price_of_a_code_where_the_link_takes_it(stand: Stand, doubles: Sandbox) -> None:
    from flows.prices import prices

    link = matched(stand, "prices-highest", price_types=TYPES, price_conflict="highest")
    result = prices(link=link)
    expected = truth(doubles, link)
    assert "разные цены одного кода" not in result["unmatched"]
    for row in held(doubles, "prices"):
        best = max(expected[row["price_type"], row["ware"], row["unit"]])
        assert abs(Fraction(str(row["price"])) - best) <= Fraction(1, 200_000)


def test_price_types_of_outlets_come_from_agreements(stand: Stand, doubles: Sandbox) -> None:
    from flows.prices import prices

    more = {"price_types": TYPES, "price_addresses": True, "several_counterparties": "main"}
    link = matched(stand, "prices-outlets", **more)
    result = prices(link=link)
    rows = held(doubles, "price-types")
    assert len(rows) == result["outlets"] > 1300
    assert {row["price_type"] for row in rows} == {"1"}
    assert prices(link=link)["outlets"] == 0


def test_wrong_price_types_are_told_all_at_once(stand: Stand) -> None:
    from flows.prices import prices

    with pytest.raises(Faults) as raised:
        prices(link=linked(stand, "prices-wrong", price_types={"Нет": "1", "И такой": "2"}))
    assert len(raised.value.faults) == 2
    with pytest.raises(Faults, match="не выбрано ни одного вида цен"):
        prices(link=linked(stand, "prices-none"))


# -- stock by batch ----------------------------------------------------------------------------------------------------


def test_batches_of_a_good_are_its_balance(stand: Stand, doubles: Sandbox) -> None:
    """Both schemes tell the same sums; series come with number and dates."""
    from flows.stock import stock

    plain = matched(stand, "batches-plain")
    stock(link=plain)
    linked(stand, "batches-plain", stock_by_batch=True)
    result: dict[str, Any] = stock(link=plain)
    sums: dict[str, dict[tuple[str, str, str], Fraction]] = {}
    for page in ("stock", "stock-batches"):
        sums[page] = defaultdict(Fraction)
        for row in held(doubles, page):
            sums[page][row["warehouse"], row["ware"], row["unit"]] += Fraction(str(row["quantity"]))
    assert sums["stock"] == sums["stock-batches"]
    rows = held(doubles, "stock-batches")
    assert len(rows) == result["lines"] > len(sums["stock"])
    assert all(Fraction(str(row["quantity"])) > 0 for row in rows)
    series = {each["Номер"]: each for each in doubles.onec.store.objects("Catalog_СерииНоменклатуры")}
    told = [row for row in rows if row["part"]]
    assert len(told) > 100
    assert all(row["expires"] and row["produced"] and row["part"] in series for row in told)


def test_a_preview_of_batches_shows_the_rows_that_leave(stand: Stand, doubles: Sandbox) -> None:
    """It sends nothing; what it showed is what then leaves; what was sent without batches is not held by batch."""
    from flows.stock import stock
    from tasks.links import open_link
    from tasks.preview import batch_rows, preview_stock

    name = matched(stand, "batches-preview")
    stock(link=name)
    assert preview_stock(open_link(name)).batches is None
    linked(stand, name, stock_by_batch=True)
    arrived = len(doubles.crm.journal.arrivals)
    before = preview_stock(open_link(name))
    assert before.batches is not None
    assert len(doubles.crm.journal.arrivals) == arrived
    assert before.changes["новых строк"] == len(before.batches) == before.counts["lines"] > 100
    result: dict[str, Any] = stock(link=name)
    assert (result["lines"], result["read"]) == (before.counts["lines"], before.counts["read"])
    names = {"warehouse": "their_warehouse", "ware": "their_good", "unit": "their_unit", "part": "batch_number"}
    sent = Counter(
        (*(str(row[theirs]) for theirs in names), str(row["expires"] or "")[:10], Fraction(str(row["quantity"])))
        for row in held(doubles, "stock-batches")
    )
    shown = Counter(
        (*(row[ours] for ours in names.values()), row["expires"], Fraction(row["quantity"]))
        for row in batch_rows(before.batches)
    )
    assert sent == shown
    assert any(row["batch_number"] and row["made"] < row["expires"] for row in batch_rows(before.batches))
    after = preview_stock(open_link(name)).changes
    assert after == {"новых строк": 0, "изменится": 0, "исчезнет": 0, "без изменений": result["lines"]}


def test_a_preview_of_batches_tells_what_would_vanish(stand: Stand, doubles: Sandbox) -> None:
    from flows.stock import stock
    from tasks.links import open_link
    from tasks.preview import preview_stock

    name = matched(stand, "batches-fewer", stock_by_batch=True)
    stock(link=name)
    places = dict(list(open_link(name).settings.warehouses.items())[:2])
    linked(stand, name, stock_by_batch=True, warehouses=places)
    there = Counter(str(row["warehouse"]) in places.values() for row in held(doubles, "stock-batches"))
    assert there[False]
    assert preview_stock(open_link(name)).changes == {
        "новых строк": 0,
        "изменится": 0,
        "исчезнет": there[False],
        "без изменений": there[True],
    }


def test_batches_travel_in_parts_and_are_whole_after_a_fault(stand: Stand, doubles: Sandbox) -> None:
    from flows.stock import stock

    link = matched(stand, "batches-parts", stock_by_batch=True, cap_mib=0.05)
    whole = stock(link=link)
    rows = sorted(map(str, held(doubles, "stock-batches")))
    doubles.crm.faults.arm("cut_after", match="CRMWhBalanceExParts", skip=1)
    with pytest.raises(MI1CError):
        stock(link=link)
    stock(link=link)
    assert sorted(map(str, held(doubles, "stock-batches"))) == rows
    assert whole["lines"] == len(rows)


def test_a_service_that_takes_batches_only_gets_batches(stand: Stand, doubles: Sandbox, tmp_path: Any) -> None:
    import yaml

    from flows.stock import stock
    from mappings.layouts.layout import load_layout

    layout = load_layout("monolit").model_dump(mode="json", exclude_defaults=True)
    del layout["exchanges"]["stock"]
    path = tmp_path / "batches.yaml"
    path.write_text(yaml.safe_dump(layout, allow_unicode=True), "utf-8")
    stock(link=matched(stand, "batches-only", layout=str(path)))
    assert held(doubles, "stock-batches")
    assert held(doubles, "stock") == []


# -- several legal ids -------------------------------------------------------------------------------------------------


def test_two_client_codes_of_one_distributor_are_two_links(stand: Stand) -> None:
    """Domain, row 22: beer and soft drinks have a code each; one base, two links, nothing of one comes to the other."""
    from flows.outlets import outlets
    from flows.own_goods import own_goods

    beer, soft = CrmContent("DS-BEER"), CrmContent("DS-SOFT")
    manufacturer = Manufacturer([beer, soft])
    with serving(manufacturer) as served:
        shared: dict[str, Any] = {
            "crm_url": f"{served.url}{PATH}",
            "matching_side": "manufacturer",
            "several_counterparties": "main",
        }
        for user, groups in (("DS-BEER", ["Пиво"]), ("DS-SOFT", ["Квас", "Вода"])):
            link = linked(stand, user.lower(), crm_user=user, own_goods_groups=groups, **shared)
            own_goods(link=link)
            outlets(link=link)
        told = {user: {row["ware"] for row in manufacturer.rows(user, "goods")} for user in ("DS-BEER", "DS-SOFT")}
        assert told["DS-BEER"]
        assert told["DS-SOFT"]
        assert not told["DS-BEER"] & told["DS-SOFT"]
        assert len(manufacturer.rows("DS-BEER", "outlets")) == len(manufacturer.rows("DS-SOFT", "outlets")) > 1300
        linked(
            stand,
            "ds-beer",
            crm_user="DS-BEER",
            stop_list=[manufacturer.rows("DS-BEER", "outlets")[0]["address"]],
            **shared,
        )
        outlets(link="ds-beer")
        outlets(link="ds-soft")
        assert len(manufacturer.rows("DS-BEER", "bans")) == 1
        assert manufacturer.rows("DS-SOFT", "bans") == []


def test_schedules_that_a_link_gave_no_interval_stay_off(stand: Stand) -> None:
    """Not every manufacturer takes own goods and prices: an admin who switches schedules on does not mean them."""
    from prefect.client.orchestration import get_client

    from flows.deployments import deploy
    from tasks.block import save_link

    for link, intervals, expected in (
        ("timed-no", {"outlets": 60}, {"outlets": True, "own_goods": False, "prices": False}),
        ("timed-yes", {"prices": 30}, {"outlets": True, "own_goods": False, "prices": True}),
    ):
        settings = save_link(link, stand.values(intervals=intervals))
        deploy(link, settings, pool="probe", active=True, only=tuple(expected))
        with get_client(sync_client=True) as client:
            found = {name: client.read_deployment_by_name(f"{name}/{name}-{link}") for name in expected}
        assert {name: each.schedules[0].active for name, each in found.items()} == expected
