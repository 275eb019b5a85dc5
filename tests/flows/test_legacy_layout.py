"""A manufacturer of the older dialect: no units in messages, so everything is in its base units, and flat details."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [
    pytest.mark.xdist_group("prefect-shipments"),
    pytest.mark.filterwarnings("default"),
]  # prefect's own warnings

NAME = "legacy"


@pytest.fixture
def legacy(stand: Stand, doubles: Sandbox) -> str:
    from flows.catalogs import catalogs
    from flows.goods import goods
    from tasks.block import link_names, save_link
    from tasks.links import open_link
    from tests.flows.shipping import match

    if NAME not in link_names():
        save_link(NAME, stand.values(layout="monolit-legacy", cap_mib=0.2))
        goods(link=NAME)
        catalogs(link=NAME)
        match(doubles, open_link(NAME))
    return NAME


def base_factors(doubles: Sandbox) -> dict[tuple[str, str], Fraction]:
    """Return how many base units each unit of the manufacturer's goods holds."""
    return {
        (good.ware_id, unit.unit_id): Fraction(unit.factor) for good in doubles.world.crm.goods for unit in good.units
    }


def test_stock_leaves_in_base_units(legacy: str, doubles: Sandbox) -> None:
    from flows.stock import stock
    from mappings.targets import load_targets
    from tasks.links import open_link
    from tasks.transform import our_warehouses

    result: dict[str, Any] = stock(link=legacy)
    link = open_link(legacy)
    with link.database.session() as session:
        warehouses, targets = our_warehouses(session, link), load_targets(session, link.id)
    factors = base_factors(doubles)
    due: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (good, place), resources in doubles.onec.store.balance("ТоварыНаСкладах", ("Номенклатура", "Склад")).items():
        target, quantity = targets.get(good), Fraction(resources["ВНаличии"])
        if target is not None and place in warehouses and quantity > 0:
            exact = quantity * Fraction(target.factor.numerator, target.factor.denominator)
            due[warehouses[place], target.their_good] += exact * factors[target.their_good, target.their_unit]
    rows = doubles.crm.rows(doubles.world.crm.user)
    held = {(row["warehouse"], row["ware"]): Fraction(str(row["quantity"])) for row in rows}
    assert len(rows) == len(held) == result["lines"] > 900
    assert {str(row.get("unit") or "") for row in rows} == {""}
    assert due.keys() == held.keys()
    assert all(abs(held[key] - exact) <= Fraction(1, 2_000_000) for key, exact in due.items())


def test_shipments_say_their_operation_by_a_number(legacy: str, doubles: Sandbox) -> None:
    from flows.shipments import shipments
    from tasks.links import open_link
    from tests.flows.shipment_truth import rows_held
    from tests.flows.shipping import start

    result: dict[str, Any] = shipments(link=legacy, days=14)
    rows = rows_held(doubles, start(open_link(legacy)))
    assert len(rows) == result["lines"] > 500
    assert {row["Operation"] for row in rows} == {1, 2, 4}
    assert not any(row.get("UnitId") for row in rows)
