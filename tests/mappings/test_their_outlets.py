"""Their outlets are kept as orders name them; pairs by file and by exact keys; a change reopens the pair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy import insert, select

from foundation.errors import Faults
from ledger.links import link_id
from mappings.catalog import Stored, store_ours
from mappings.correspondences import active, confirm, end, reopened
from mappings.exact_parties import propose_parties
from mappings.pair_export import export_file
from mappings.pair_import import Imported, import_file
from mappings.pairs import Pair
from mappings.tables import ItemChangeRow, TheirItemRow
from mappings.their_outlets import TheirOutlet, note_outlets, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from foundation.database import Database

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
INN, OTHER_INN = "7707083893", "7830002293"
SHOP = TheirOutlet("C1", "Магазин", "г Бор, ул Мира, 1")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open a session for writing."""
    with database.begin() as opened:
        yield opened


@pytest.fixture
def link(session: Session) -> int:
    """Make a link with three counterparties (two of one INN) and four outlets."""
    made = link_id(session, "north")
    parties = [("k1", INN, "770701001"), ("k2", INN, "780143001"), ("k3", OTHER_INN, "")]
    columns = ["our_counterparty", "inn", "kpp"]
    store_ours(session, made, "counterparty", pd.DataFrame(parties, columns=columns).assign(name="Фирма"), AT)
    outlets = [
        ("o1", "T-1", "k1", "г Бор, ул Мира, д 1", ""),
        ("o2", "T-2", "k1", "г Бор, ул Мира, д 2", ""),
        ("o3", "T-3", "k3", "г Бор, ул Мира, д 1", ""),
        ("o4", "T-4", "k3", "г Бор, ул Ленина, д 5", "C4"),
    ]
    columns = ["our_outlet", "code", "counterparty", "address", "their_code"]
    store_ours(session, made, "outlet", pd.DataFrame(outlets, columns=columns).assign(name="Точка"), AT)
    return made


def known(session: Session, link: int) -> dict[str, tuple[str, str, str]]:
    item = TheirItemRow
    asked = select(item.their_id, item.name, item.address, item.inn).where(item.link_id == link, item.kind == "outlet")
    return {their_id: (name, address, tax_code) for their_id, name, address, tax_code in session.execute(asked)}


def test_an_outlet_that_orders_name_is_kept(session: Session, link: int) -> None:
    assert note_outlets(session, link, [SHOP, TheirOutlet(" ", "без кода", "")], AT) == Stored(new=1)
    assert note_outlets(session, link, [SHOP], LATER) == Stored(unchanged=1)
    assert known(session, link) == {"C1": ("Магазин", "г Бор, ул Мира, 1", "")}
    seen = session.execute(select(TheirItemRow.seen_at, TheirItemRow.changed_at)).one()
    assert tuple(moment.replace(tzinfo=UTC) for moment in seen) == (LATER, AT)


def test_the_last_word_holds_and_an_empty_one_says_nothing(session: Session, link: int) -> None:
    rows = [SHOP, TheirOutlet("C1", "Магазин 2", ""), TheirOutlet("C1", "", "", INN)]
    note_outlets(session, link, rows, AT)
    assert known(session, link)["C1"] == ("Магазин 2", "г Бор, ул Мира, 1", INN)
    assert note_outlets(session, link, [TheirOutlet("C1", "", "")], LATER) == Stored(unchanged=1)


def test_a_change_is_kept_and_reopens_the_pair(session: Session, link: int) -> None:
    note_outlets(session, link, [SHOP, TheirOutlet("C2", "Кафе", "")], AT)
    confirm(session, link, Pair("outlet", "o1", "C1"), author="Анна", at=AT)
    confirm(session, link, Pair("good", "g1", "C1"), author="Анна", at=AT)
    moved = TheirOutlet("C1", "Магазин", "г Бор, ул Ленина, 9")
    assert note_outlets(session, link, [moved, TheirOutlet("C2", "Бар", "")], LATER) == Stored(changed=2, reopened=1)
    (pair,) = reopened(session, link)
    assert (pair.kind, pair.our_id) == ("outlet", "o1")
    assert pair.reopened_reason == "изменился адрес: «г Бор, ул Мира, 1» → «г Бор, ул Ленина, 9»"
    row = ItemChangeRow
    changes = session.execute(
        select(row.side, row.kind, row.item_id, row.field, row.old, row.new).order_by(row.item_id)
    )
    assert [tuple(change) for change in changes] == [
        ("theirs", "outlet", "C1", "address", "г Бор, ул Мира, 1", "г Бор, ул Ленина, 9"),
        ("theirs", "outlet", "C2", "name", "Кафе", "Бар"),
    ]


def test_what_no_pair_names_waits(session: Session, link: int) -> None:
    note_outlets(session, link, [SHOP, TheirOutlet("C2", "Кафе", "")], AT)
    pair = confirm(session, link, Pair("outlet", "o1", "C1"), author="Анна", at=AT)
    assert [each.their_id for each in waiting(session, link)] == ["C2"]
    end(session, link, pair.id, author="Анна", reason="ошибка")
    assert {each.their_id for each in waiting(session, link)} == {"C1", "C2"}


def test_many_outlets_are_noted_in_pieces(session: Session, link: int) -> None:
    rows = [TheirOutlet(f"C{number}", f"Точка {number}", "") for number in range(1201)]
    assert note_outlets(session, link, rows, AT).new == 1201
    assert note_outlets(session, link, rows, LATER).unchanged == 1201


# -- exact keys --------------------------------------------------------------------------------------------------------


def pairs(session: Session, link: int, kind: Any) -> dict[str, str]:
    frame = active(session, link, kind)
    return dict(zip(frame["our_id"], frame["their_id"], strict=True))


def test_inn_and_address_or_the_code_in_the_card_make_a_pair(session: Session, link: int) -> None:
    rows = [
        TheirOutlet("C1", "иначе", "Бор, ул. Мира, 1", INN),
        TheirOutlet("C2", "иначе", "603000, г. Бор, улица Мира, дом 2", INN),
        TheirOutlet("C4", "иначе", ""),
    ]
    note_outlets(session, link, rows, AT)
    made = propose_parties(session, link)
    assert pairs(session, link, "outlet") == {"o2": "C2", "o4": "C4"}
    assert (made.outlets, made.counterparties, made.conflicts) == (2, 0, ())
    assert propose_parties(session, link).outlets == 0


def test_an_address_without_a_valid_inn_proves_nothing(session: Session, link: int) -> None:
    note_outlets(session, link, [TheirOutlet("C1", "", "г Бор, ул Мира, д 1", "7707083890"), SHOP], AT)
    assert propose_parties(session, link).outlets == 0


def test_two_of_theirs_on_one_key_are_told_and_not_made(session: Session, link: int) -> None:
    rows = [TheirOutlet(f"C{number}", "", "г Бор, ул Мира, д 1", INN) for number in (1, 2)]
    note_outlets(session, link, rows, AT)
    made = propose_parties(session, link)
    assert pairs(session, link, "outlet") == {}
    assert [(each.our_id, each.candidates) for each in made.conflicts] == [("o1", ("C1", "C2"))]


def test_two_of_ours_on_one_key_are_told_and_not_made(session: Session, link: int) -> None:
    note_outlets(session, link, [TheirOutlet("C1", "", "г Бор, ул Мира, д 1", INN)], AT)
    twin = pd.DataFrame(
        {"our_outlet": ["o1", "o9"], "name": ["А", "Б"], "counterparty": "k1", "address": "г Бор, ул Мира, д 1"}
    )
    store_ours(session, link, "outlet", twin, LATER)
    made = propose_parties(session, link)
    assert pairs(session, link, "outlet") == {}
    assert {each.our_id for each in made.conflicts} == {"o1", "o9"}


def test_what_an_operator_ended_is_not_made_again(session: Session, link: int) -> None:
    note_outlets(session, link, [TheirOutlet("C4", "", "")], AT)
    propose_parties(session, link)
    (pair,) = [each for each in _all(session, link) if each.our_id == "o4"]
    end(session, link, pair.id, author="Анна", reason="не она")
    assert propose_parties(session, link).outlets == 0


def _all(session: Session, link: int) -> list[Any]:
    from mappings.correspondences import history

    return [*history(session, link, "outlet", "o4")]


def companies(session: Session, link: int, *rows: tuple[str, str]) -> None:
    """Store counterparties of theirs: id and ИНН or ИНН/КПП."""
    common = {"link_id": link, "kind": "counterparty", "their_unit": "", "name": "", "unit_name": "", "factor": 0}
    common |= {"barcode": "", "address": "", "seen_at": AT, "changed_at": AT, "vanished_at": None}
    session.execute(insert(TheirItemRow), [common | {"their_id": their_id, "inn": told} for their_id, told in rows])


def test_a_counterparty_is_known_by_inn_and_kpp(session: Session, link: int) -> None:
    """One INN has many branches: without the КПП it leads to several of ours."""
    companies(session, link, ("K2", f"{INN}/780143001"), ("K3", OTHER_INN))
    assert propose_parties(session, link).counterparties == 2
    assert pairs(session, link, "counterparty") == {"k2": "K2", "k3": "K3"}


def test_an_inn_of_two_branches_makes_no_pair(session: Session, link: int) -> None:
    companies(session, link, ("K1", INN))
    made = propose_parties(session, link)
    assert made.counterparties == 0
    assert {each.our_id for each in made.conflicts} == {"k1", "k2"}


# -- files -------------------------------------------------------------------------------------------------------------


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text(text, "utf-8")
    return path


def test_outlets_are_imported_by_code_without_a_column_for_the_kind(
    session: Session, link: int, tmp_path: Path
) -> None:
    path = file(tmp_path, "Наш код;Их код\nT-1;C1\nT-2;C2\n")
    done = import_file(session, link, path, author="Анна", kind="outlet")
    assert done == Imported(2, 2, 0, 0)
    assert pairs(session, link, "outlet") == {"o1": "C1", "o2": "C2"}


def test_counterparties_are_imported_by_inn_and_kpp(session: Session, link: int, tmp_path: Path) -> None:
    path = file(tmp_path, f"ИНН;КПП;Их код\n{INN};780143001;K2\n{OTHER_INN};;K3\n")
    import_file(session, link, path, author="Анна", kind="counterparty")
    assert pairs(session, link, "counterparty") == {"k2": "K2", "k3": "K3"}


def test_an_inn_with_branches_needs_its_kpp(session: Session, link: int, tmp_path: Path) -> None:
    with pytest.raises(Faults, match=r"есть у нескольких \(2\)"):
        import_file(session, link, file(tmp_path, f"ИНН;Их код\n{INN};K1\n"), author="Анна", kind="counterparty")


def test_one_of_their_outlets_is_one_of_ours(session: Session, link: int, tmp_path: Path) -> None:
    """An order has one place to go: in the file and against what is in force."""
    confirm(session, link, Pair("outlet", "o3", "C3"), author="Анна", at=AT)
    path = file(tmp_path, "Наш код;Их код\nT-1;C1\nT-2;C1\nT-4;C3\n")
    with pytest.raises(Faults) as raised:
        import_file(session, link, path, author="Анна", kind="outlet")
    assert [fault.path for fault in raised.value.faults] == ["строка 3, их код", "строка 4, их код"]
    assert pairs(session, link, "outlet") == {"o3": "C3"}


def test_two_outlets_may_change_places_in_one_file(session: Session, link: int, tmp_path: Path) -> None:
    for ours, theirs in (("o1", "C1"), ("o2", "C2")):
        confirm(session, link, Pair("outlet", ours, theirs), author="Анна", at=AT)
    path = file(tmp_path, "Вид;Наш код;Их код\nточка;T-1;C2\nторговая точка;T-2;C1\n")
    assert import_file(session, link, path, author="Анна").replaced == 2
    assert pairs(session, link, "outlet") == {"o1": "C2", "o2": "C1"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_is_exported_of_a_kind_is_imported_and_changes_nothing(
    session: Session, link: int, tmp_path: Path, suffix: str
) -> None:
    note_outlets(session, link, [SHOP], AT)
    confirm(session, link, Pair("outlet", "o1", "C1"), author="Анна", at=AT)
    confirm(session, link, Pair("counterparty", "k1", "K1"), author="Анна", at=AT)
    path = tmp_path / f"out.{suffix}"
    assert export_file(session, link, path) == 2
    assert export_file(session, link, path, "outlet") == 1
    assert import_file(session, link, path, author="Борис") == Imported(1, 0, 0, 1)
    if suffix == "csv":
        assert "Магазин" in path.read_text("utf-8-sig")
