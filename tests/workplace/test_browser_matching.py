"""In a real Chromium: matching by keyboard alone, batches, two operators on one queue, Excel round trip."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from mappings.correspondences import active, history
from mappings.worklist import Filter, Queue, counts, page
from tests.workplace.seeding import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from foundation.database import Database

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("browser")]

GOODS = "/links/probe/matching/goods"
LINK = 1


def pairs(database: Database) -> dict[str, str]:
    with database.session() as session:
        frame = active(session, LINK, "good")
    return dict(zip(frame["our_id"], frame["their_id"], strict=True))


def green(database: Database, number: int = 40) -> list[Any]:
    with database.session() as session:
        return page(session, LINK, "good", Filter(Queue.GREEN), at=NOW, limit=number).rows


def focused(tab: Page) -> str:
    found: str = tab.evaluate("document.activeElement.dataset.our || ''")
    return found


def at(tab: Page, our_id: str) -> None:
    """Wait until the focus is on a row."""
    expect(tab.locator(f'.work[data-our="{our_id}"]')).to_be_focused()


def settled(tab: Page) -> None:
    """Wait until nothing is on its way to the server and no row is busy."""
    expect(tab.locator(".work.busy, .htmx-request")).to_have_count(0)


def test_thirty_goods_by_keyboard_alone(operator_tab: Page, address: str, seeded: Database) -> None:
    """Enter goes on by itself, over the end of the page; what was confirmed is what was shown."""
    expected = green(seeded, 31)
    operator_tab.goto(f"{address}{GOODS}?queue=green")
    assert focused(operator_tab) == expected[0].our_id
    for row in expected[:30]:
        at(operator_tab, row.our_id)
        operator_tab.keyboard.press("Enter")
    settled(operator_tab)
    found = pairs(seeded)
    assert {row.our_id: found.get(row.our_id) for row in expected[:30]} == {
        row.our_id: row.their_id for row in expected[:30]
    }
    at(operator_tab, expected[30].our_id)


def test_every_key_does_what_it_says(operator_tab: Page, address: str, seeded: Database) -> None:
    first, second, third, fourth, *_ = green(seeded)
    tab = operator_tab
    tab.goto(f"{address}{GOODS}?queue=green")
    tab.keyboard.press("2")
    assert tab.locator(f'.work[data-our="{first.our_id}"] .cand[aria-pressed="true"]').get_attribute("data-rank") == "2"
    tab.keyboard.press("Enter")
    settled(tab)
    assert pairs(seeded)[first.our_id] == first.candidates[1]["their_id"]
    assert focused(tab) == second.our_id
    tab.keyboard.press("n")
    settled(tab)
    assert pairs(seeded)[second.our_id] == ""
    tab.keyboard.press("s")
    settled(tab)
    with seeded.session() as session:
        assert counts(session, LINK, "good")[Queue.LATER] >= 1
    assert focused(tab) == fourth.our_id
    tab.keyboard.press("u")
    at(tab, third.our_id)
    tab.keyboard.press("e")
    tab.keyboard.type("1/24")
    tab.keyboard.press("Enter")
    settled(tab)
    with seeded.session() as session:
        made = history(session, LINK, "unit", third.unit_id, third.our_id)[0]
    assert (made.numerator, made.denominator) == (1, 24)
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "search"
    tab.keyboard.press("Escape")
    tab.locator(f'.work[data-our="{fourth.our_id}"]').focus()
    tab.keyboard.press("?")
    assert tab.locator("#help").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator("#help").is_visible()
    tab.keyboard.press("ArrowDown")
    assert focused(tab) != fourth.our_id
    tab.keyboard.press("ArrowUp")
    assert focused(tab) == fourth.our_id


def test_letters_work_in_a_russian_layout(operator_tab: Page, address: str, seeded: Database) -> None:
    first = green(seeded)[0]
    operator_tab.goto(f"{address}{GOODS}?queue=green")
    operator_tab.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'т', code: 'KeyN', bubbles: true}))"
    )
    settled(operator_tab)
    assert pairs(seeded)[first.our_id] == ""


def test_another_candidate_is_found_by_words(operator_tab: Page, address: str, seeded: Database) -> None:
    tab = operator_tab
    first, wanted = green(seeded)[0], green(seeded)[7]
    tab.goto(f"{address}{GOODS}?queue=green")
    tab.keyboard.press("f")
    tab.keyboard.type(wanted.their_id)
    tab.keyboard.press("Enter")  # at once: what was found for the first letters must not be taken
    tab.locator(f'.work[data-our="{first.our_id}"]:focus').wait_for()
    tab.keyboard.press("Enter")
    settled(tab)
    assert pairs(seeded)[first.our_id] == wanted.their_id


def test_a_batch_is_looked_at_confirmed_and_undone(operator_tab: Page, address: str, seeded: Database) -> None:
    tab = operator_tab
    before = set(pairs(seeded))
    tab.goto(f"{address}{GOODS}?queue=green")
    tab.fill("#search", "квас")
    tab.keyboard.press("Enter")
    tab.get_by_text("Подтвердить все уверенные под этими условиями").click()
    button = tab.locator("form[action$='/batch'] button.main")
    number = int(re.sub(r"\D", "", button.inner_text()))
    button.click()
    tab.get_by_role("status").get_by_text("Пакет 1 подтверждён").wait_for()
    assert len(set(pairs(seeded)) - before) == number > 1
    tab.get_by_role("button", name="Отменить пакет").click()
    tab.get_by_role("status").get_by_text("Пакет 1 отменён").wait_for()
    assert set(pairs(seeded)) == before


def test_two_operators_on_one_queue(tab_of: Callable[[str], Page], address: str, seeded: Database) -> None:
    """The second is moved on from the row that the first one has before her, and her decision stands."""
    first_row, second_row, *_ = green(seeded)
    one, two = tab_of("ivanova"), tab_of("petrov")
    with one.expect_response(lambda answer: answer.url.endswith("/claim")) as claimed:
        one.goto(f"{address}{GOODS}?queue=green")
    assert claimed.value.status == 204
    two.goto(f"{address}{GOODS}?queue=green")
    assert "решает Иванова А." in two.locator(f'.work[data-our="{first_row.our_id}"]').inner_text()
    two.locator(f'.work[data-our="{second_row.our_id}"]').focus()
    two.keyboard.press("Enter")
    settled(two)
    one.keyboard.press("n")
    settled(one)
    found = pairs(seeded)
    assert (found[first_row.our_id], found[second_row.our_id]) == ("", second_row.their_id)
    one.keyboard.press("Enter")
    one.locator("#toast", has_text=re.compile(".+")).wait_for()
    assert pairs(seeded)[second_row.our_id] == second_row.their_id
    with seeded.session() as session:
        assert history(session, LINK, "good", second_row.our_id)[0].author == "Петров Б."


def test_excel_goes_out_and_comes_back(operator_tab: Page, address: str, seeded: Database, tmp_path: Path) -> None:
    tab = operator_tab
    before = set(pairs(seeded))
    tab.goto(f"{address}{GOODS}?queue=green&text=квас")
    tab.get_by_role("link", name="Excel").click()
    with tab.expect_download() as given:
        tab.get_by_role("link", name="Предложенное вписано").click()
    path = tmp_path / "work.xlsx"
    given.value.save_as(path)
    tab.set_input_files("#file", path)
    tab.get_by_role("button", name="Проверить файл").click()
    tab.get_by_text("Проверено, ничего ещё не изменено").wait_for()
    assert set(pairs(seeded)) == before
    tab.get_by_role("button", name=re.compile("Принять изменения")).click()
    tab.get_by_role("status").get_by_text("Файл принят").wait_for()
    assert len(set(pairs(seeded)) - before) > 1


def test_the_check_by_lot_goes_by_keys(operator_tab: Page, address: str) -> None:
    tab = operator_tab
    tab.goto(f"{address}{GOODS}/batch")
    tab.locator("form[action$='/batch'] button.main").click()
    tab.goto(f"{address}{GOODS}/audit")
    waiting = tab.locator("[data-audit]").count()
    tab.locator("[data-audit]").first.focus()
    tab.keyboard.press("Enter")
    tab.locator(".decided").first.wait_for()
    tab.keyboard.press("n")
    expect(tab.locator(".decided")).to_have_count(2)
    tab.reload()
    assert tab.locator("[data-audit]").count() == waiting - 2
    assert "50,0" in tab.locator(".facts").inner_text()
