"""What an operator reads on a running product: Russian words in place of keys, silence in place of libraries' logs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import Running

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow]

KEYS = re.compile(r"\b(read|waited|told|sent|fates|lost_lines|left_out|unmatched|lines|good|unit|outlet|from_forms)\b")
LOG = re.compile(r"\| INFO +\||alembic|Context impl")


@pytest.mark.soak
@pytest.mark.parametrize("exchange", ["catalogs", "orders", "statuses", "confirmations", "own_goods"])
def test_a_run_tells_its_result_in_words(running: Running, exchange: str) -> None:
    shown = running.mi1c("run", exchange, "--link", "probe")
    assert KEYS.findall(shown) == []
    assert "выполнено" in shown


def test_goods_came_in_and_did_not_go_out(running: Running) -> None:
    shown = running.mi1c("run", "goods", "--link", "probe")
    assert "загружено" in shown
    assert "выгружено" not in shown
    assert "будет выгружено" in running.mi1c("preview", "stock", "--link", "probe")


def test_parcels_and_orders_are_shown_in_words(running: Running) -> None:
    running.mi1c("run", "orders", "--link", "probe")
    parcel = json.loads(running.mi1c("ledger", "list", "--exchange", "orders", "--json"))[0]["id"]
    shown = running.mi1c("ledger", "show", str(parcel))
    assert "Заказы (orders)" in shown
    assert "получено заказов" in shown
    assert "{" not in shown
    listed = json.loads(running.mi1c("orders", "list", "--link", "probe", "--json", code=(0, 1)))["orders"]
    shown = running.mi1c("orders", "show", listed[0]["number"], "--link", "probe")
    assert "получен от производителя" in shown
    assert re.findall(r"received|parked|CustOrder|their_outlet|wanted", shown) == []


def test_a_link_is_shown_without_brackets_and_with_meanings(running: Running) -> None:
    shown = running.mi1c("link", "show", "probe")
    assert "omit (не выгружать)" in shown
    assert re.findall(r"[\[{]", shown) == []


def test_pairs_to_be_checked_are_listed(running: Running) -> None:
    assert json.loads(running.mi1c("match", "reopened", "--link", "probe", "--json")) == []
    assert "Изменившихся пар нет" in running.mi1c("match", "reopened", "--link", "probe")
    from mappings.reopening import reopen

    link = running.link()
    with link.database.begin() as session:
        from foundation.database import utc_now
        from mappings.correspondences import active

        pair = active(session, link.id, "good").iloc[0]
        reopen(session, link.id, {pair["their_id"]: "изменилось наименование"}, {}, utc_now())
    found = json.loads(running.mi1c("match", "reopened", "--link", "probe", "--json", code=1))
    assert {each["their_id"] for each in found} == {pair["their_id"]}
    assert all(each["our_name"] and each["their_name"] for each in found)
    shown = running.mi1c("match", "reopened", "--link", "probe", code=1)
    assert "изменилось наименование" in shown
    assert "Что делать. Верную пару подтвердите ещё раз" in shown


def test_status_counts_what_a_terminal_ran(running: Running) -> None:
    def succeeded() -> dict[str, str]:
        (link,) = json.loads(running.mi1c("status", "--link", "probe", "--json", code=(0, 1)))["links"]
        return {each["exchange"]: each["succeeded"] or "" for each in link["exchanges"]}

    before = succeeded()
    for exchange in ("catalogs", "confirmations"):
        running.mi1c("run", exchange, "--link", "probe")
    after = succeeded()
    assert all(after[each] > before.get(each, "") for each in ("catalogs", "confirmations"))
    assert "выполнено" in running.mi1c("status", "--link", "probe", code=(0, 1))


@pytest.mark.parametrize(
    "command",
    ["status", "ledger list", "link check probe", "orders blocked --link probe", "preview statuses --link probe"],
)
def test_libraries_say_nothing_on_the_terminal(running: Running, command: str) -> None:
    assert LOG.findall(running.mi1c(*command.split(), code=(0, 1))) == []
