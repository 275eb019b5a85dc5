"""Screenshots of every page for the documentation: ``python -m tests.workplace.screens [FOLDER]``, 1280 and 390 wide."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from foundation.database import migrate, open_database
from sandbox.world import build
from tests.workplace.conftest import Pretended
from tests.workplace.seeding import PASSWORD, seed
from tests.workplace.serving import serving
from workplace.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

SCREENS: Final = {
    "links": "/links",
    "overview": "/links/probe",
    "rollout": "/links/probe/rollout",
    "matching": "/links/probe/matching/goods",
    "matching-check": "/links/probe/matching/goods?queue=check",
    "matching-units": "/links/probe/matching/units",
    "matching-outlets": "/links/probe/matching/outlets?queue=check",
    "matching-counterparties": "/links/probe/matching/counterparties",
    "matching-nothing-found": "/links/probe/matching/goods?text=нетничего",
    "batch": "/links/probe/matching/goods/batch",
    "audit": "/links/probe/matching/goods/audit",
    "file": "/links/probe/matching/goods/file",
    "history": "",
    "orders": "/links/probe/orders",
    "order": "/links/probe/orders/1",
    "ledger": "/links/probe/ledger",
    "parcel": "/links/probe/parcels/1",
    "message": "/links/probe/messages/1",
    "confirmations": "/links/probe/confirmations",
    "confirmation": "",
    "totals": "/links/probe/totals",
    "day": "/links/probe/totals/shipments/2026-11-24",
    "not-found": "/links/nowhere",
}
WIDTHS: Final = (1280, 390)
MOST: Final = 2600
"""Pixels of height that a picture has at most."""


def main(folder: Path) -> None:
    """Make all pictures anew."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as data, closing(open_database(f"sqlite:///{data}/mi1c.sqlite")) as database:
        migrate(database)
        seed(database, build(1, 1))
        app = create_app(database, doing=Pretended(), prefect_ui="http://127.0.0.1:4200")
        with serving(app) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            for width in WIDTHS:
                _shoot(browser, address, folder, width)
            browser.close()


def _shoot(browser: Any, address: str, folder: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 860})
    page.goto(f"{address}/login")
    page.screenshot(path=folder / f"login-{width}.png")
    page.fill("[name=login]", "ivanova")
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    for name, path in SCREENS.items():
        page.goto(f"{address}{path or _found(page, address, name)}")
        if name == "audit" and page.locator("[data-audit]").count() == 0:
            _confirm_batch(page, address)
            page.goto(f"{address}{path}")
        _wide(page, name)
        height = min(MOST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(860, height)})
        page.screenshot(path=folder / f"{name}-{width}.png")
        page.set_viewport_size({"width": width, "height": 860})
    page.close()


def _found(page: Any, address: str, name: str) -> str:
    """Return the address of a page that another one leads to."""
    where: dict[str, tuple[str, Callable[[], str]]] = {
        "history": ("/links/probe/matching/goods?queue=done", lambda: "a[href*='/history?']"),
        "confirmation": ("/links/probe/confirmations", lambda: "td a.button"),
    }
    start, selector = where[name]
    page.goto(f"{address}{start}")
    found: str = page.locator(selector()).first.get_attribute("href")
    return found


def _confirm_batch(page: Any, address: str) -> None:
    page.goto(f"{address}/links/probe/matching/goods/batch?group=")
    page.locator("form[action$='/batch'] button.main").click()


def _wide(page: Any, name: str) -> None:
    """Tell where a page is wider than its window: nothing may be cut off."""
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        sys.stdout.write(f"{name}: {wider} px wider than {page.viewport_size['width']}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screens"))
