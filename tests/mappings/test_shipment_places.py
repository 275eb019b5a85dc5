"""Outlets of shipments that are addresses or consignees, on lines written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from mappings.outlet_cards import place_id
from mappings.translate.shipment_places import addresses_of, at_places, named_elsewhere, or_counterparty
from mappings.translate.shipments import NOWHERE, Parties
from tests.mappings.shipment_rows import PARTIES, Row, frame, run, sent

if TYPE_CHECKING:
    from collections.abc import Sequence

MIRA = "г Бор, ул Мира, д 1"
MIRA_AGAIN = "603000, г. Бор, улица Мира, дом 1"
LENINA = "Бор, ул Ленина, 5"


def lines(*rows: Row, addresses: Sequence[str] = (), bases: Sequence[str] = ()) -> pd.DataFrame:
    """Return rows with the address and the basis of each; what is not given is no column."""
    made = frame(rows)
    if addresses:
        made["address"] = pd.Series(list(addresses), dtype=object)
    if bases:
        made["basis"] = pd.Categorical(list(bases))
    return made


def outlets(frame: pd.DataFrame) -> list[str]:
    return [str(each) for each in frame["our_outlet"].astype(object)]


def test_the_outlet_is_the_partners_address_however_it_is_written() -> None:
    rows = [Row("d1"), Row("d2"), Row("d3"), Row("d4", outlet="other")]
    sales, places = at_places({"sale": lines(*rows, addresses=[MIRA, MIRA_AGAIN, LENINA, MIRA])}, {})
    one, same, second, others = outlets(sales["sale"])
    assert one == same == place_id("shop", MIRA)
    assert (second, others) == (place_id("shop", LENINA), place_id("other", MIRA))
    assert places[one].address == places[one].name == MIRA_AGAIN, "as it was written last"
    assert (places[one].ours, places[one].theirs) == (one, "")
    assert set(places) == {one, second, others}


def test_a_return_goes_to_the_outlet_of_the_shipment_it_names() -> None:
    """One of the window, or one that was read for it; its own partner counts, and its own address before all."""
    frames = {
        "sale": lines(Row("s1"), addresses=[MIRA]),
        "return": lines(Row("r1"), Row("r2"), Row("r3", outlet="other"), bases=["s1", "old", "s1"]),
        "correction": lines(Row("c1"), addresses=[LENINA], bases=["s1"]),
    }
    made, _ = at_places(frames, {"old": LENINA})
    assert outlets(made["return"]) == [place_id("shop", MIRA), place_id("shop", LENINA), place_id("other", MIRA)]
    assert outlets(made["correction"]) == [place_id("shop", LENINA)]


def test_all_lines_of_a_document_go_where_the_first_that_tells_goes() -> None:
    frames = {
        "sale": lines(Row("s1"), Row("s2"), addresses=[MIRA, LENINA]),
        "return": lines(Row("r1"), Row("r1"), Row("r1"), bases=["", "s1", "s2"]),
    }
    made, _ = at_places(frames, {})
    assert outlets(made["return"]) == [place_id("shop", MIRA)] * 3


def test_shipments_that_have_to_be_read_are_those_whose_address_is_missing() -> None:
    frames = {
        "sale": lines(Row("s1"), Row("s2"), addresses=[MIRA, " "]),
        "return": lines(Row("r1"), Row("r2"), Row("r3"), Row("r4"), bases=["s1", "old", "old", ""]),
        "correction": lines(Row("c1"), addresses=[LENINA], bases=["older"]),
    }
    assert named_elsewhere(frames) == ["old"]
    assert addresses_of(frames) == {"s1": MIRA, "c1": LENINA}
    assert named_elsewhere({}) == []


def test_a_document_that_tells_no_address_has_no_outlet() -> None:
    """Not its partner: that would be another outlet at the manufacturer, or one it has never heard of."""
    rows = [Row("d1"), Row("d2"), Row("d3", outlet="")]
    made, places = at_places({"sale": lines(*rows, addresses=["", " - ", MIRA])}, {})
    assert outlets(made["sale"]) == ["", "", ""]
    assert places == {}
    assert outlets(at_places({"sale": lines(Row())}, {})[0]["sale"]) == [""]


def test_lines_without_an_outlet_wait_and_say_what_to_do() -> None:
    for more in ({}, {"converts": True}, {"no_outlet": "ours"}):
        told = run(Row(outlet=""), Row("d2", number="2"), **more)
        assert told.counts.unmatched == {"нет соответствия торговой точки": 1}
        aside = told.set_aside.iloc[0]
        assert (aside["our_id"], aside["name"], aside["said"]) == ("", *NOWHERE)


def test_a_place_travels_with_its_address_even_without_a_card() -> None:
    made, places = at_places({"sale": lines(Row(), addresses=[MIRA])}, {})
    place = place_id("shop", MIRA)
    parties = Parties({**places, **PARTIES.outlets}, PARTIES.counterparties)
    told = run(Row(outlet=outlets(made["sale"])[0]), parties=parties, converts=True)
    assert sent(told, "outlet_code") == [(place,)]
    assert told.tables["outlets"].to_dict("records") == [
        {
            "their_outlet": "",
            "company_code": "F-1",
            "outlet_code": place,
            "company_name": "ООО",
            "outlet_name": MIRA,
            "address": MIRA,
        }
    ]
    matched = replace(parties, outlets={**parties.outlets, place: replace(places[place], theirs="C7")})
    assert sent(run(Row(outlet=place), parties=matched), "outlet_code") == [("C7",)]


def test_an_empty_consignee_is_the_counterparty() -> None:
    made = or_counterparty(lines(Row("d1", outlet=""), Row("d2", outlet="shop"), Row("d3", outlet="", firm="other")))
    assert outlets(made) == ["firm", "shop", "other"]


def test_nothing_read_is_nothing_placed() -> None:
    made, places = at_places({"sale": lines(), "return": lines()}, {})
    assert (outlets(made["sale"]), places) == ([], {})
    assert outlets(or_counterparty(lines())) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["shop", "other", ""]), st.sampled_from([MIRA, LENINA, ""])),
        max_size=8,
    )
)
def test_nothing_but_the_outlet_changes_and_each_document_has_one(told: list[tuple[str, str, str]]) -> None:
    heads = {document: (partner, address) for document, partner, address in reversed(told)}
    rows = [Row(document, outlet=heads[document][0]) for document, _, _ in told]
    before = lines(*rows).assign(address=pd.Series([heads[row.document][1] for row in rows], dtype=object))
    made = at_places({"sale": before}, {})[0]["sale"]
    pd.testing.assert_frame_equal(made.drop(columns="our_outlet"), before.drop(columns="our_outlet"))
    expected = [place_id(*heads[row.document]) if all(heads[row.document]) else "" for row in rows]
    assert outlets(made) == expected
