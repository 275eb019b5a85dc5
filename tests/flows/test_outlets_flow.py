"""The outlets as a flow against both doubles: what 1C holds is what the manufacturer holds, and the ban list with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from foundation.errors import BadAnswer, MI1CError
from sandbox.running import ONEC_PASSWORD, ONEC_USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-orders"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings

Pair = tuple[str, str]


@pytest.fixture(autouse=True)
def _new_manufacturer(doubles: Sandbox) -> None:
    """Give a manufacturer that was told nothing: the links of these tests share its user."""
    holdings = doubles.crm.holdings(doubles.world.crm.user)
    holdings.books.clear()
    holdings.blocks.clear()


def told(doubles: Sandbox) -> dict[Pair, dict[str, Any]]:
    """Return the classifier that the manufacturer holds: (company, address) → row."""
    return {(row["company"], row["address"]): row for row in doubles.crm.rows(doubles.world.crm.user, "outlets")}


def banned(doubles: Sandbox) -> set[Pair]:
    """Return the ban list that the manufacturer holds, each pair once."""
    rows = doubles.crm.rows(doubles.world.crm.user, "bans")
    pairs = [(row["company"], row["address"]) for row in rows]
    assert len(pairs) == len(set(pairs))
    return set(pairs)


def arrivals(doubles: Sandbox, scheme: str) -> int:
    return sum(each.scheme == scheme for each in doubles.crm.journal.arrivals)


def rows_of_last(doubles: Sandbox, scheme: str) -> int:
    return int([each.rows for each in doubles.crm.journal.arrivals if each.scheme == scheme][-1])


def write(doubles: Sandbox, entity: str, reference: str, **values: Any) -> None:
    """Change a card in the 1C double as a person would."""
    url = f"{doubles.onec_url}/{entity}(guid'{reference}')?$format=json"
    auth = httpx.BasicAuth(ONEC_USER.encode(), ONEC_PASSWORD.encode())
    httpx.patch(url, json=values, auth=auth).raise_for_status()


@contextmanager
def changed(doubles: Sandbox, entity: str, reference: str, **values: Any) -> Iterator[None]:
    """Change a card for the length of the block."""
    before = doubles.onec.store.object(entity, reference) or {}
    write(doubles, entity, reference, **values)
    try:
        yield
    finally:
        write(doubles, entity, reference, **{name: before[name] for name in values})


def linked(stand: Stand, name: str, **more: Any) -> str:
    """Make a link whose manufacturer matches outlets; parameters of the profile come as ``parameters``."""
    from tasks.block import save_link

    parameters = {"code_field": "КодПроизводителя", **more.pop("parameters", {})}
    values = {"matching_side": "manufacturer", "several_counterparties": "main", **more}
    save_link(name, stand.values(profile_parameters=parameters, **values))
    return name


def test_all_at_first_then_only_what_changed(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets

    link = linked(stand, "outlets-first")
    result = outlets(link=link)
    assert result["sent"] == len(told(doubles)) > 1300
    again = outlets(link=link)
    assert again["sent"] == 0
    assert again["left_out"]["без изменений"] == result["sent"]


def test_a_small_parcel_leaves_the_word_on_the_big_one_open(stand: Stand, doubles: Sandbox) -> None:
    """The classifier is refused after one sign was changed and sent: its rows go once more, the sign's as it is now."""
    from flows.outlets import outlets
    from ledger.confirmations import Confirmations
    from ledger.verdicts import Verdict, Word
    from tasks.links import open_link

    link = linked(stand, "outlets-words", confirmations={"outlets": "person"})
    first = outlets(link=link)
    opened = open_link(link)
    words = Confirmations(opened.database, opened.id)
    (_, outlet), _ = next(iter(told(doubles).items()))
    with changed(doubles, "Catalog_Партнеры", outlet, Description="Вывеска недели"):
        second = outlets(link=link)
        assert (second["sent"], first["confirmation"], second["confirmation"]) == (1, "waiting", "waiting")
        assert [each.parcel_id for each in words.waiting()] == [first["parcel"], second["parcel"]]
        words.say(second["parcel"], Word(Verdict.ACCEPTED, "Петрова"))
        assert outlets(link=link)["sent"] == 0
        words.say(first["parcel"], Word(Verdict.REFUSED, "Петрова", remark="не тот справочник"))
        assert outlets(link=link)["sent"] == first["sent"]
    assert [each.state for each in words.waiting()] == [Verdict.WAITING]


def test_the_service_says_its_word_on_each_parcel_of_changes(stand: Stand, doubles: Sandbox) -> None:
    """Both parcels wait at once; the service's verdicts name their messages, and so each parcel gets its word."""
    from flows.confirmations import confirmations
    from flows.outlets import outlets
    from ledger.confirmations import of_parcel
    from mi1c.demo_people import Stage, judge
    from tasks.links import open_link

    link = linked(stand, "outlets-judged", confirmations={"outlets": "service"})
    big = outlets(link=link)["parcel"]
    (_, outlet), _ = next(iter(told(doubles).items()))
    with changed(doubles, "Catalog_Партнеры", outlet, Description="Ещё одна вывеска"):
        small = outlets(link=link)["parcel"]
    opened = open_link(link)

    def states() -> list[str]:
        return [found.state for each in (big, small) if (found := of_parcel(opened.database, each))]

    stage = Stage(link, "", doubles, service=True)
    for judged, expected in ((big, ["remarks", "waiting"]), (small, ["remarks", "remarks"])):
        judge(stage, [judged])
        confirmations(link=link)
        assert states() == expected


def test_one_change_is_one_row_and_everything_doubles_nothing(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets

    link = linked(stand, "outlets-change")
    first = outlets(link=link)
    before = told(doubles)
    (company, outlet), _ = next(iter(before.items()))
    with changed(doubles, "Catalog_Партнеры", outlet, Description="Новая вывеска"):
        assert outlets(link=link)["sent"] == rows_of_last(doubles, "CRMExtClientAddressDef") == 1
        assert told(doubles)[company, outlet]["address_name"] == "Новая вывеска"
        assert len(told(doubles)) == len(before)
    assert outlets(link=link)["sent"] == 1
    assert (
        outlets(link=link, everything=True)["sent"] == first["sent"] == rows_of_last(doubles, "CRMExtClientAddressDef")
    )
    assert told(doubles) == before


def test_the_manufacturer_holds_each_outlet_with_its_counterparty_and_address(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets

    outlets(link=linked(stand, "outlets-fields"))
    cards = {each["Ref_Key"]: each for each in doubles.onec.store.objects("Catalog_Партнеры")}
    companies = {each["Ref_Key"]: each for each in doubles.onec.store.objects("Catalog_Контрагенты")}
    for (company, outlet), row in told(doubles).items():
        card, owner = cards[outlet], companies[company]
        assert (row["address_name"], row["tax_code"]) == (card["Description"].strip(), owner["ИНН"])
        assert owner["Партнер_Key"] in {card["Parent_Key"], outlet}
        addresses = [line["Представление"] for line in card["КонтактнаяИнформация"] if line["Тип"] == "Адрес"]
        assert row["location"] == (addresses[0] if addresses else "")


def test_a_blocked_outlet_is_banned_and_the_list_is_whole(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets

    link = linked(stand, "outlets-ban")
    outlets(link=link)
    one, other = list(told(doubles))[:2]
    with changed(doubles, "Catalog_Партнеры", one[1], DeletionMark=True):
        result = outlets(link=link)
        assert result["banned"] == {"помечена на удаление": 1}
        assert banned(doubles) == {one}
        before = arrivals(doubles, "CRMBanAddress")
        assert outlets(link=link)["ban_list_sent"] == 0
        assert arrivals(doubles, "CRMBanAddress") == before
        linked(stand, "outlets-ban", stop_list=[told(doubles)[other]["address_name"]])
        outlets(link=link)
        assert {one, other} <= banned(doubles)
    linked(stand, "outlets-ban")
    outlets(link=link)
    assert banned(doubles) == set()
    assert one in told(doubles)


def test_an_expired_contract_bans_where_the_link_says_so(stand: Stand, doubles: Sandbox) -> None:
    """Domain, row 18."""
    from flows.outlets import outlets

    link = linked(stand, "outlets-contracts")
    outlets(link=link)
    assert banned(doubles) == set()
    linked(stand, "outlets-contracts", block_expired=True)
    result = outlets(link=link)
    assert result["banned"]["договор истёк"] == len(banned(doubles)) > 100
    now = doubles.world.now
    ends: dict[str, list[bool]] = {}
    for contract in doubles.onec.store.objects("Catalog_ДоговорыКонтрагентов"):
        over = contract["ДатаОкончанияДействия"] < now.isoformat()
        ends.setdefault(contract["Контрагент_Key"], []).append(over)
    assert all(all(ends[company]) for company, _ in banned(doubles))


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        ("cut_after", "CRMExtClientAddressDef"),
        ("cut_after", "CRMBanAddress"),
        ("cut_before", "CRMBanAddress"),
        ("half", "CRMExtClientAddressDef"),
    ],
)
def test_after_a_fault_the_manufacturer_holds_exactly_ours_once(
    stand: Stand, doubles: Sandbox, kind: str, scheme: str
) -> None:
    from flows.outlets import outlets

    link = linked(stand, f"outlets-{kind.replace('_', '-')}-{scheme.lower()}", block_expired=True)
    doubles.crm.faults.arm(kind, match=scheme)
    with pytest.raises(MI1CError) as raised:
        outlets(link=link)
    assert raised.value.todo
    outlets(link=link)
    bans, rows = banned(doubles), told(doubles)
    assert outlets(link=link)["sent"] == 0
    outlets(link=linked(stand, f"{link}-again", block_expired=True))
    assert (banned(doubles), told(doubles)) == (bans, rows)


def test_the_same_run_goes_on_with_the_bytes_that_it_prepared(
    stand: Stand, doubles: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1C changes between the failure and the rerun; the change is for the next run."""
    from flows.outlets import outlets

    link = linked(stand, "outlets-rerun")
    outlets(link=link)
    _, outlet = pair = next(iter(told(doubles)))
    with monkeypatch.context() as patch, changed(doubles, "Catalog_Партнеры", outlet, Description="Было"):
        patch.setenv("PREFECT__RUNTIME__FLOW_RUN__ID", str(uuid4()))
        doubles.crm.faults.arm("cut_before", match="CRMExtClientAddressDef")
        with pytest.raises(MI1CError):
            outlets(link=link)
        write(doubles, "Catalog_Партнеры", outlet, Description="Стало")
        assert outlets(link=link)["sent"] == 1
        assert told(doubles)[pair]["address_name"] == "Было"
        patch.setenv("PREFECT__RUNTIME__FLOW_RUN__ID", str(uuid4()))
        outlets(link=link)
        assert told(doubles)[pair]["address_name"] == "Стало"
    outlets(link=link)


def test_where_the_distributor_matches_nothing_is_sent_and_theirs_are_told(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets
    from foundation.database import utc_now
    from mappings.their_outlets import TheirOutlet, note_outlets
    from tasks.links import open_link

    link = linked(stand, "outlets-here", matching_side="distributor")
    opened = open_link(link)
    with opened.database.begin() as session:
        note_outlets(session, opened.id, [TheirOutlet("C1", "Магазин", "ул Мира, 1")], utc_now())
    before = len(doubles.crm.journal.arrivals)
    result = outlets(link=link)
    assert result["точек производителя ждут сопоставления"] == 1
    assert result["прочитано наших точек"] > 1400
    assert len(doubles.crm.journal.arrivals) == before
    linked(stand, "outlets-here", matching_side="distributor", outlets_send="always")
    assert outlets(link=link)["sent"] > 1300


@pytest.mark.parametrize(
    ("choice", "rows"),
    [
        ("child_partner", 1400),
        ("partner", 2200),
        ("consignee", 890),
        ("delivery_address", 850),
        ("contact_address", 1370),
        ("Catalog_Партнеры", 860),
    ],
)
def test_an_outlet_is_what_the_link_says(stand: Stand, choice: str, rows: int) -> None:
    from flows.outlets import outlets

    name = "outlets-own" if choice.startswith("Catalog") else f"outlets-{choice.replace('_', '-')}"
    result = outlets(link=linked(stand, name, parameters={"outlets": choice}))
    assert result["sent"] >= rows
    assert result["read"] == result["sent"] + sum(result["left_out"].values()) + sum(result["unmatched"].values())


def test_branches_of_one_inn_are_their_own_counterparties(stand: Stand, doubles: Sandbox) -> None:
    """Domain, row 19: as consignees each branch has its КПП; as child partners the documents tell whose they are."""
    from flows.outlets import outlets

    outlets(link=linked(stand, "outlets-inn", parameters={"outlets": "consignee"}))
    by_inn: dict[str, set[str]] = {}
    for company, outlet in told(doubles):
        if company == outlet:
            row = told(doubles)[company, outlet]
            by_inn.setdefault(row["tax_code"], set()).add(company)
    assert max(map(len, by_inn.values())) > 3

    parked = outlets(link=linked(stand, "outlets-parked", several_counterparties="park"))
    asked = outlets(link=linked(stand, "outlets-asked", several_counterparties="documents"))
    main = outlets(link=linked(stand, "outlets-main", several_counterparties="main"))
    waiting = [each["unmatched"].get("контрагент не определён", 0) for each in (parked, asked, main)]
    assert waiting[0] > waiting[1] > 0
    assert waiting[2] == 0


def test_codes_leave_where_the_link_says_so(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets

    result = outlets(link=linked(stand, "outlets-codes", our_codes="code"))
    codes = {each["Code"] for each in doubles.onec.store.objects("Catalog_Партнеры")}
    assert sum(outlet in codes for _, outlet in told(doubles)) == result["sent"]


def test_a_counterparty_that_changes_bans_the_pair_that_was_told(stand: Stand, doubles: Sandbox) -> None:
    """The payer and the outlet are the key: the old pair must not be ordered for any more, the new one may."""
    from flows.outlets import outlets

    link = linked(stand, "outlets-moved")
    outlets(link=link)
    old_company, outlet = next(pair for pair in told(doubles) if sum(each[0] == pair[0] for each in told(doubles)) == 1)
    new_company = next(company for company, _ in told(doubles) if company != old_company)
    partner = (doubles.onec.store.object("Catalog_Контрагенты", new_company) or {})["Партнер_Key"]
    with changed(doubles, "Catalog_Партнеры", outlet, Parent_Key=partner):
        outlets(link=link)
        assert banned(doubles) == {(old_company, outlet)}
        assert (new_company, outlet) in told(doubles)
        assert outlets(link=link)["ban_list_sent"] == 0
        assert banned(doubles) == {(old_company, outlet)}
    outlets(link=link)
    assert (old_company, outlet) not in banned(doubles)
    assert (new_company, outlet) in banned(doubles)


def test_many_outlets_that_vanish_at_once_stop_the_exchange(stand: Stand, doubles: Sandbox) -> None:
    """Another choice of what an outlet is, or a user without rights, must not ban a thousand outlets by itself."""
    from flows.outlets import outlets

    link = linked(stand, "outlets-vanish")
    outlets(link=link)
    before, rows = len(doubles.crm.journal.arrivals), set(told(doubles))
    linked(stand, "outlets-vanish", parameters={"outlets": "consignee"})
    with pytest.raises(BadAnswer, match="исчезли") as raised:
        outlets(link=link)
    assert "everything" in raised.value.todo
    assert len(doubles.crm.journal.arrivals) == before
    result = outlets(link=link, everything=True)
    assert result["banned"]["больше не точка в 1С"] > 1300
    assert banned(doubles) <= rows


def test_a_service_without_a_scheme_for_bans_is_told_in_the_counts(
    stand: Stand, doubles: Sandbox, tmp_path: Path
) -> None:
    import yaml

    from flows.outlets import outlets
    from mappings.layouts.layout import load_layout

    layout = load_layout("monolit").model_dump(mode="json", exclude_defaults=True)
    del layout["exchanges"]["banned"]
    path = tmp_path / "short.yaml"
    path.write_text(yaml.safe_dump(layout, allow_unicode=True), "utf-8")
    before = arrivals(doubles, "CRMBanAddress")
    result = outlets(link=linked(stand, "outlets-short", layout=str(path), block_expired=True))
    assert result["banned"]["договор истёк"] > 100
    assert result["ban_list_sent"] == 0
    assert arrivals(doubles, "CRMBanAddress") == before


def test_catalogs_keep_outlets_with_counterparty_address_and_block(stand: Stand) -> None:
    from sqlalchemy import select

    from flows.catalogs import catalogs
    from mappings.tables import OurItemRow
    from tasks.links import open_link

    link = linked(stand, "outlets-catalogs", block_expired=True)
    catalogs(link=link)
    opened = open_link(link)
    row = OurItemRow
    asked = select(row.owner_id, row.address, row.blocked).where(row.link_id == opened.id, row.kind == "outlet")
    with opened.database.session() as session:
        rows = session.execute(asked).tuples().all()
    assert sum(bool(owner and address) for owner, address, _ in rows) >= 1400
    assert 100 < sum(blocked for _, _, blocked in rows) < len(rows)


def test_the_preview_tells_what_a_run_would_change_and_changes_nothing(stand: Stand, doubles: Sandbox) -> None:
    from flows.outlets import outlets
    from tasks.links import open_link
    from tasks.preview_keyed import preview_keyed

    link = linked(stand, "outlets-preview")
    before = len(doubles.crm.journal.arrivals)
    assert preview_keyed(open_link(link), "outlets").changes["новых строк"] > 1300
    assert len(doubles.crm.journal.arrivals) == before
    outlets(link=link)
    one, other = [outlet for _, outlet in told(doubles)][:2]
    with (
        changed(doubles, "Catalog_Партнеры", one, Description="Иначе"),
        changed(doubles, "Catalog_Партнеры", other, DeletionMark=True),
    ):
        found = preview_keyed(open_link(link), "outlets").changes
    assert (found["новых строк"], found["изменится"], found["добавится в заблокированные"]) == (0, 1, 1)
