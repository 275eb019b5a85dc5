"""The three exchanges as flows against both doubles: what 1C holds is what the manufacturer holds."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import AccessDenied, MI1CError
from mi1c.demo import compare

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings

REFUSED_BY_1C: list[dict[str, Any]] = [
    {"kind": "status", "status": 500, "times": 9},
    {"kind": "status", "status": 503, "times": 9},
    {"kind": "status", "status": 406, "times": 9},
    {"kind": "html", "times": 9},
    {"kind": "empty", "times": 9},
    {"kind": "half", "times": 9},
    {"kind": "cut_before", "times": 9},
    {"kind": "cut_after", "times": 9},
]
REFUSED_BY_CRM: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 406},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "half"},
    {"kind": "cut_before"},
    {"kind": "cut_after"},
    {"kind": "soap_fault"},
    {"kind": "extdata_error"},
]


def told(fault: dict[str, Any]) -> str:
    return "-".join(str(fault[part]) for part in ("kind", "status") if part in fault)


def test_stock_arrives_to_the_last_digit(doubles: Sandbox) -> None:
    from flows.stock import stock

    result: dict[str, Any] = stock(link="probe")
    outcome = compare(doubles, "probe")
    assert outcome.equal
    assert outcome.lines_held == result["lines"] > 900
    held = sum(Fraction(str(row["quantity"])) for row in doubles.crm.rows(doubles.world.crm.user))
    assert held > 0


@pytest.mark.parametrize("part", [0, 2], ids=["first part", "third part"])
@pytest.mark.parametrize("fault", REFUSED_BY_CRM, ids=told)
def test_a_bad_day_of_the_service_ends_in_the_same_rows_once(
    doubles: Sandbox, fault: dict[str, Any], part: int
) -> None:
    """The run fails with a sentence that says what to do; the next run leaves exactly the right rows."""
    from flows.stock import stock

    doubles.crm.faults.arm(match="CRMWhBalanceEx", skip=part, **fault)
    with pytest.raises(MI1CError) as raised:
        stock(link="probe")
    assert raised.value.todo
    assert raised.value.todo_en
    stock(link="probe")
    assert compare(doubles, "probe").equal


@pytest.mark.parametrize("fault", REFUSED_BY_1C, ids=told)
def test_a_bad_day_of_1c_sends_nothing(doubles: Sandbox, fault: dict[str, Any]) -> None:
    from flows.stock import stock

    before = len(doubles.crm.journal.arrivals)
    doubles.onec.faults.arm(match="Balance", **fault)
    with pytest.raises(MI1CError) as raised:
        stock(link="probe")
    assert raised.value.todo
    assert len(doubles.crm.journal.arrivals) == before


def test_a_short_hiccup_of_1c_is_ridden_out(doubles: Sandbox) -> None:
    from flows.stock import stock

    doubles.onec.faults.arm("status", status=503, match="Balance", times=1)
    doubles.onec.faults.arm("delay", seconds=0.3, match="Balance", times=1)
    stock(link="probe")
    assert compare(doubles, "probe").equal


def test_a_wrong_password_is_told_and_sends_nothing(stand: Stand, doubles: Sandbox) -> None:
    from flows.catalogs import catalogs
    from tasks.block import save_link

    before = len(doubles.crm.journal.arrivals)
    save_link("wrong", stand.values(onec_password="не-тот-пароль"))
    with pytest.raises(AccessDenied) as raised:
        catalogs(link="wrong")
    assert "не-тот-пароль" not in str(raised.value)
    assert len(doubles.crm.journal.arrivals) == before


def quantities(doubles: Sandbox) -> dict[tuple[str, str, str], Fraction]:
    """Return what the manufacturer holds: (warehouse, good, unit) → quantity."""
    rows = doubles.crm.rows(doubles.world.crm.user)
    return {(row["warehouse"], row["ware"], row["unit"]): Fraction(str(row["quantity"])) for row in rows}


def test_balances_at_the_moment_of_the_run_leave_later_documents_out(stand: Stand, doubles: Sandbox) -> None:
    """``stock_moment: now`` reads balances as of the run; the current totals hold documents of the future too."""
    from flows.stock import stock
    from tasks.block import save_link
    from tasks.links import open_link

    stock(link="probe")
    before = quantities(doubles)
    with open_link("probe").onec() as onec:
        entity, moved = "Document_РеализацияТоваровУслуг", []
        shipments = [each for each in doubles.onec.store.objects(entity) if each["Posted"]][:5]
        try:
            for each in shipments:
                onec.patch(entity, each["Ref_Key"], {"Date": datetime(2099, 1, 1)})  # noqa: DTZ001 - 1C's clock
                moved.append(each)
            stock(link="probe")
            assert quantities(doubles) == before
            save_link("probe", stand.values(cap_mib=0.03, stock_moment="now"))
            stock(link="probe")
            assert sum(quantities(doubles).values()) > sum(before.values())
        finally:
            save_link("probe", stand.values(cap_mib=0.03))
            for each in moved:
                onec.patch(entity, each["Ref_Key"], {"Date": each["Date"]})
    stock(link="probe")
    assert quantities(doubles) == before


def test_the_comparison_sees_a_part_that_came_twice(doubles: Sandbox) -> None:
    """The double appends blindly: were a part sent again alone, the figures would say so."""
    from flows.stock import stock
    from ledger import reading
    from tasks.links import open_link

    result: dict[str, Any] = stock(link="probe")
    link = open_link("probe")
    last = reading.messages(link.database, result["parcel"])[-1]
    assert last.seq > 1
    with link.crm() as crm:
        crm.send(reading.body(link.database, last.id))
    assert not compare(doubles, "probe").equal
    stock(link="probe")
    assert compare(doubles, "probe").equal
