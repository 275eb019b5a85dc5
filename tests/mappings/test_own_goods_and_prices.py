"""Own goods and prices: where each row ends, exact prices by factor, and the price types of outlets."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.model import MICRO
from mappings.outlet_cards import Cards, Outlet
from mappings.translate import own_goods, price_addresses, prices
from mappings.translate.changes import only
from mappings.translate.outlets import Row
from mappings.translate.prices import OurUnits, Price, converted
from mappings.translate.stock import Named
from mappings.translate.targets import Target, Targets
from mappings.units import Factor

if TYPE_CHECKING:
    from mappings.translate.result import Translation

ON = date(2026, 11, 24)


# -- own goods ---------------------------------------------------------------------------------------------------------

GOODS = pd.DataFrame(
    [
        ("drinks", "Напитки", "", True, False),
        ("beer", "Пиво", "drinks", True, False),
        ("a", "Пиво светлое", "beer", False, False),
        ("b", " Квас ", "drinks", False, False),
        ("c", "Сухари", "", False, False),
        ("d", "Старое", "beer", False, True),
        ("e", " ", "beer", False, False),
    ],
    columns=["our_good", "name", "parent", "is_group", "deleted"],
)
REFS = {ref: ref for ref in GOODS["our_good"]}


def sent(found: Translation) -> dict[str, str]:
    frame = found.tables["goods"]
    return dict(zip(frame["good_code"], frame["name"], strict=True))


def test_goods_leave_with_code_and_name_and_folders_do_not() -> None:
    found = own_goods.translate(GOODS, codes=REFS)
    assert sent(found) == {"a": "Пиво светлое", "b": "Квас", "c": "Сухари"}
    assert found.counts.left_out == {"группа": 2, "помечен на удаление": 1}
    assert found.counts.refused == {"нет наименования": 1}
    assert list(found.set_aside["our_id"]) == ["e"]


@pytest.mark.parametrize(
    ("groups", "codes"), [({"beer"}, {"a"}), ({"drinks"}, {"a", "b"}), ({"beer", "drinks"}, {"a", "b"})]
)
def test_a_group_is_sent_with_all_that_lies_in_it(groups: set[str], codes: set[str]) -> None:
    found = own_goods.translate(GOODS, codes=REFS, groups=groups)
    assert set(sent(found)) == codes
    assert found.counts.left_out["не в выбранных группах"] == 3 - len(codes)


def test_a_ring_of_groups_ends() -> None:
    ring = pd.DataFrame({"our_good": ["x", "y", "z"], "name": ["X", "Y", "Z"], "parent": ["y", "x", "y"]})
    assert sent(own_goods.translate(ring, codes={"x": "x", "y": "y", "z": "z"}, groups={"drinks"})) == {}


def test_only_matched_goods_where_the_link_says_so() -> None:
    found = own_goods.translate(GOODS, codes=REFS, matched={"b", "d"})
    assert set(sent(found)) == {"b"}
    assert found.counts.left_out["не сопоставлен"] == 3


def test_a_good_without_a_code_waits_and_a_code_twice_is_refused() -> None:
    found = own_goods.translate(GOODS, codes=REFS | {"a": "", "c": "b"})
    assert set(sent(found)) == {"b"}
    assert found.counts.unmatched == {"нет кода": 1}
    assert found.counts.refused == {"нет наименования": 1, "код повторяется": 1}
    assert set(found.set_aside["reason"]) == {"нет кода", "нет наименования", "код повторяется"}


def test_only_what_changed_is_kept_and_counted() -> None:
    found = only(own_goods.translate(GOODS, codes=REFS), "goods", {"c"})
    assert sent(found) == {"c": "Сухари"}
    assert found.counts.left_out["без изменений"] == 2
    assert found.counts.sent == found.counts.lines == 1


# -- prices ------------------------------------------------------------------------------------------------------------

TARGETS = Targets.of(
    {
        "beer": Target("100", "ea"),
        "twin": Target("100", "ea"),
        "keg": Target("200", "l", Factor(30)),
        "third": Target("300", "pack", Factor(1, 3)),
    },
    {"odd": "Сопоставьте единицу."},
)
UNITS = OurUnits(
    {"beer": "pc", "twin": "pc", "keg": "pc", "third": "pc"},
    {"box20": ("pc", Fraction(20)), "litres": ("l", Fraction(1)), "empty": ("pc", Fraction(0))},
)
TYPES = {"whole": "1", "retail": "2"}


def priced(*rows: tuple[str, str, float, str], conflict: Any = "park") -> Translation:
    frame = pd.DataFrame(
        [(good, kind, round(price * MICRO), unit) for good, kind, price, unit in rows],
        columns=["our_good", "price_type", "price", "our_unit"],
    ).astype({"price": "int64"})
    named = {"beer": Named("Пиво")}
    return prices.translate(
        frame, price_types=TYPES, targets=TARGETS, units=UNITS, named=lambda _: named, conflict=conflict, on=ON
    )


def lines(found: Translation) -> list[tuple[str, str, str, float]]:
    frame = found.tables["prices"]
    columns = (frame[name] for name in ("price_type", "their_good", "their_unit"))
    return list(zip(*columns, frame["price"] / MICRO, strict=True))


def test_a_price_leaves_for_their_unit() -> None:
    found = priced(("beer", "whole", 55.5, ""), ("keg", "whole", 6000, "pc"), ("third", "retail", 10, ""))
    assert lines(found) == [("1", "100", "ea", 55.5), ("1", "200", "l", 200), ("2", "300", "pack", 30)]
    assert set(found.tables["prices"]["date"]) == {pd.Timestamp(ON)}
    assert found.totals == {"prices": "3", "sum": "285.5"}


def test_a_price_of_a_package_is_divided_by_its_contents() -> None:
    assert lines(priced(("beer", "whole", 1000, "box20"))) == [("1", "100", "ea", 50)]


@pytest.mark.parametrize("unit", ["litres", "empty", "unknown"])
def test_a_package_whose_contents_are_not_told_waits(unit: str) -> None:
    found = priced(("beer", "whole", 1000, unit))
    assert found.counts.unmatched == {"единица цены": 1}
    assert found.set_aside["name"][0] == "Пиво"


def test_rounding_is_to_five_digits_half_up() -> None:
    price = Price("keg", "whole", "", 1)
    assert converted(price._replace(price=100 * MICRO), Target("200", "l", Factor(30)), Fraction(1)) == 3_333_330
    assert converted(price._replace(price=5), Target("200", "l"), Fraction(1)) == 10
    assert converted(price._replace(price=4), Target("200", "l"), Fraction(1)) == 0


@given(st.integers(1, 10**14), st.integers(1, 1000), st.integers(1, 1000), st.fractions(Fraction(1, 500), 500))
def test_a_price_is_exact_to_half_a_step(price: int, above: int, below: int, content: Fraction) -> None:
    found = converted(Price("a", "b", "", price), Target("x", "y", Factor(above, below)), content)
    exact = Fraction(price) / content / Fraction(above, below)
    assert found % prices.STEP == 0
    assert abs(found - exact) <= Fraction(prices.STEP, 2)


def test_types_that_the_link_does_not_name_and_zeros_are_left_out() -> None:
    found = priced(
        ("beer", "purchase", 1, ""), ("beer", "whole", 0, ""), ("odd", "whole", 1, ""), ("new", "whole", 2, "")
    )
    assert found.counts.left_out == {"вид цены не выгружается": 1, "нулевая цена": 1}
    assert found.counts.unmatched == {"нет соответствия товара": 1, "нет соответствия единицы": 1}
    assert list(found.set_aside["our_id"]) == ["new", "odd"]


def test_two_goods_on_one_code_at_one_price_are_one_line() -> None:
    found = priced(("beer", "whole", 50, ""), ("twin", "whole", 50, ""))
    assert lines(found) == [("1", "100", "ea", 50)]
    assert (found.counts.sent, found.counts.lines) == (2, 1)


@pytest.mark.parametrize(("rule", "price"), [("park", None), ("highest", 60), ("lowest", 50)])
def test_two_prices_of_one_code_wait_unless_the_link_decides(rule: str, price: float | None) -> None:
    """Domain, row 8: one code on several own goods makes the price ambiguous."""
    found = priced(("beer", "whole", 50, ""), ("twin", "whole", 60, ""), conflict=rule)
    assert lines(found) == ([] if price is None else [("1", "100", "ea", price)])
    assert found.counts.unmatched == ({"разные цены одного кода": 2} if price is None else {})


def test_unchanged_lines_count_the_rows_that_they_were_made_of() -> None:
    found = priced(("beer", "whole", 50, ""), ("twin", "whole", 50, ""), ("keg", "whole", 3, ""))
    left = only(found, "prices", {"1/200/l"})
    assert left.counts.left_out == {"без изменений": 2}
    assert (left.counts.sent, left.counts.lines) == (1, 1)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["beer", "twin", "keg", "third", "odd", "new"]),
            st.sampled_from(["whole", "retail", "purchase"]),
            st.sampled_from([0.0, 10.0, 12.5]),
            st.sampled_from(["", "pc", "box20", "litres"]),
        )
    ),
    st.sampled_from(["park", "highest", "lowest"]),
)
def test_every_price_ends_once(rows: list[tuple[str, str, float, str]], conflict: str) -> None:
    found = priced(*rows, conflict=conflict)
    assert found.counts.read == len(rows)
    assert max(Counter(found.tables["prices"]["key"]).values(), default=1) == 1


# -- price types of outlets --------------------------------------------------------------------------------------------


def agreed(*rows: tuple[str, str, bool, str]) -> tuple[dict[str, str], dict[str, int]]:
    """Return the price type told for each outlet, and the reasons of those without: o1 and o2 of k1, under p."""
    columns = ["partner", "counterparty", "typical", "price_type"]
    outlets = [
        Outlet("o1", "Точка", parent="p", counterparty="k1"),
        Outlet("o2", "Точка", parent="p", counterparty="k1"),
    ]
    told = [Row(each.id, each.id, "k1", "Точка", "Фирма", "", "") for each in outlets]
    frame, left = price_addresses.translate(Cards(outlets, {}, 2), told, pd.DataFrame(rows, columns=columns), TYPES)
    return dict(zip(frame["outlet_code"], frame["price_type"], strict=True)), left


def test_the_nearest_agreement_tells_the_price_type() -> None:
    rows = [("", "", True, "whole"), ("p", "k1", False, "retail")]
    assert agreed(*rows) == ({"o1": "2", "o2": "2"}, {})
    assert agreed(*rows, ("o1", "", False, "whole")) == ({"o1": "1", "o2": "2"}, {})
    assert agreed(rows[0], ("", "k1", False, "retail")) == ({"o1": "2", "o2": "2"}, {})


def test_the_typical_agreement_holds_where_there_is_no_other() -> None:
    assert agreed(("", "", True, "whole"), ("q", "k2", False, "retail")) == ({"o1": "1", "o2": "1"}, {})


def test_doubt_is_counted_and_not_told() -> None:
    assert agreed() == ({}, {"нет соглашения": 2})
    assert agreed(("", "", True, "whole"), ("", "", True, "retail")) == ({}, {"несколько соглашений": 2})
    assert agreed(("", "", True, "purchase")) == ({}, {"вид цены не выгружается": 2})
    assert agreed(("", "", False, "whole")) == ({}, {"нет соглашения": 2})
