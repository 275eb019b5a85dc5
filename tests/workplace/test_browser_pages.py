"""In a real Chromium: sign-in, forged requests, a viewer, a confirmation, both languages, and axe on every page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from ledger.confirmations import confirmations
from ledger.verdicts import Verdict
from tests.workplace.screens import SCREENS, address_of
from tests.workplace.seeding import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from foundation.database import Database
    from tests.workplace.conftest import Pretended

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parent / "axe.min.js"
"""axe-core 4.14.1 as its makers publish it (MPL-2.0, axe.LICENSE.txt): used by this test only."""


def every_page(tab: Page, address: str) -> list[str]:
    return [path or address_of(tab, address, name) for name, path in SCREENS.items()]


def test_signing_in_with_the_keyboard(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.goto(f"{address}/links/probe/ledger")
    assert "/login?next=" in tab.url
    tab.keyboard.type("ivanova")
    tab.keyboard.press("Tab")
    tab.keyboard.type("не тот пароль")
    tab.keyboard.press("Enter")
    tab.get_by_role("alert").get_by_text("Неверное имя или пароль").wait_for()
    tab.fill("[name=password]", PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{address}/links/probe/ledger")
    tab.get_by_role("button", name="Выйти").click()
    tab.goto(f"{address}/links")
    assert "/login" in tab.url
    tab.close()


def test_a_form_of_another_site_changes_nothing(
    operator_tab: Page, address: str, seeded: Database, tmp_path: Path
) -> None:
    """The page stands at another origin and posts with the operator's cookie, as a forger would."""
    (waiting,) = confirmations(seeded, link="probe", states=[Verdict.WAITING])
    forged = tmp_path / "forged.html"
    action = f"{address}/links/probe/confirmations/{waiting.parcel_id}"
    forged.write_text(
        f'<form method="post" action="{action}"><input name="verdict" value="accepted"><input name="by" value="x">'
        '<button id="go">go</button></form>',
        "utf-8",
    )
    operator_tab.goto(forged.as_uri())
    with operator_tab.expect_navigation() as went:
        operator_tab.click("#go")
    assert went.value is not None
    assert went.value.status in {200, 403}, "the sign-in page where the cookie stayed at home, else the refusal"
    (still,) = confirmations(seeded, link="probe", states=[Verdict.WAITING])
    assert still.parcel_id == waiting.parcel_id
    operator_tab.goto(f"{address}/links/probe")
    status = operator_tab.evaluate(
        "path => fetch(path, {method: 'POST', body: new URLSearchParams({verdict: 'accepted', by: 'x'})}).then(a => a.status)",
        f"/links/probe/confirmations/{waiting.parcel_id}",
    )
    assert status == 403, "without the token even our own page is refused"


def test_a_viewer_may_not_confirm(tab_of: Callable[[str], Page], address: str, seeded: Database) -> None:
    tab = tab_of("guest")
    tab.goto(f"{address}/links/probe/matching/goods?queue=green")
    assert tab.locator(".work").count() == 30
    assert tab.locator("button[data-do]").count() == 0
    tab.locator(".work").first.focus()
    tab.keyboard.press("Enter")
    status = tab.evaluate(
        "token => fetch('/links/probe/matching/goods/undo', {method: 'POST', headers: {'x-csrf': token}}).then(a => a.status)",
        tab.evaluate("document.body.dataset.csrf"),
    )
    assert status == 403
    (waiting,) = confirmations(seeded, link="probe", states=[Verdict.WAITING])
    tab.goto(f"{address}/links/probe/confirmations/{waiting.parcel_id}")
    assert tab.get_by_role("button", name="Записать слово").count() == 0


def test_a_confirmation_is_given(operator_tab: Page, address: str, seeded: Database) -> None:
    tab = operator_tab
    tab.goto(f"{address}/links/probe/confirmations")
    tab.get_by_role("link", name="Записать слово").click()
    tab.get_by_role("button", name="Записать слово").click()
    tab.get_by_role("alert").wait_for()
    assert tab.locator(".field.wrong").count() == 2
    tab.get_by_label("принято", exact=True).check()
    tab.get_by_label("Кто ответил от производителя").fill("Сидорова, ИТ")
    tab.get_by_role("button", name="Записать слово").click()
    tab.get_by_role("status").get_by_text("слово производителя записано").wait_for()
    newest = confirmations(seeded, link="probe")[0]
    assert (newest.state, newest.said_by, newest.author) == (Verdict.ACCEPTED, "Сидорова, ИТ", "Иванова А.")


def test_both_languages(operator_tab: Page, address: str) -> None:
    tab = operator_tab
    tab.goto(f"{address}/links/probe/ledger")
    assert tab.locator("h1").inner_text() == "Журнал"
    tab.get_by_role("link", name="English").click()
    assert tab.locator("h1").inner_text() == "Ledger"
    tab.get_by_role("link", name="Matching").click()
    assert tab.locator("h1").inner_text() == "Matching"
    tab.get_by_role("link", name="Русский").click()
    assert tab.locator("h1").inner_text() == "Сопоставление"


def test_an_exchange_is_started_by_its_button(operator_tab: Page, address: str, doing: Pretended) -> None:
    tab = operator_tab
    tab.goto(f"{address}/links/probe")
    tab.locator("tr", has_text="Остатки").get_by_role("button", name="Запустить обмен").click()
    tab.locator("tr", has_text="Остатки").get_by_text("выполнен", exact=True).wait_for()
    link = tab.locator("tr", has_text="Остатки").get_by_role("link", name="запуск в Prefect")
    assert "/runs/flow-run/" in (link.get_attribute("href") or "")
    assert doing.asked == [("start", "probe", "stock")]


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_its_window_and_the_policy_stops_nothing(
    tab_of: Callable[..., Page], address: str, width: int
) -> None:
    tab = tab_of("ivanova", width)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    for path in every_page(tab, address):
        tab.goto(f"{address}{path}")
        wider = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than {width}"
        cut = tab.evaluate(
            "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
        )
        assert cut == 0, f"{path} has tables that do not fit {width} px"
    assert [each for each in said if "404" not in each] == []


def test_a_table_that_does_not_fit_stands_as_cards(tab_of: Callable[..., Page], address: str) -> None:
    """Every cell says its column; where there is room again it is a table again."""
    tab = tab_of("ivanova", 390)
    tab.goto(f"{address}/links/probe/confirmations")
    cell = tab.locator("td", has_text="ждёт слова производителя")
    assert cell.get_attribute("data-label") == "Состояние"
    table = tab.locator(".scroll > table").first
    assert table.evaluate("e => e.classList.contains('stack')")
    tab.set_viewport_size({"width": 1280, "height": 900})
    expect(table).not_to_have_class("stack")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(tab_of: Callable[..., Page], address: str, scheme: Any) -> None:
    """Contrast, names of controls, order of headings: whatever axe calls serious or critical fails the page."""
    tab = tab_of("ivanova")
    tab.emulate_media(color_scheme=scheme)
    source = AXE.read_text("utf-8")
    found = []
    for path in ["/login", *every_page(tab, address)]:
        tab.goto(f"{address}{path}")
        tab.evaluate(source)
        told = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{path}: {each['id']}: {each['nodes'][0]['html'][:120]}"
            for each in told["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
    assert found == []
