"""The outlets as a flow against both doubles: what 1C holds is what the manufacturer holds, and the ban list with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.running import ONEC_PASSWORD, ONEC_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings

Pair = tuple[str, str]


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
