"""Screenshots of every page for the documentation: ``make screens``, 1280 and 390 wide, in ``docs/screens``."""

from __future__ import annotations

import base64
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
from tests.workplace.small_png import pixels_of, shrunk
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
    "matching-queue-empty": "/links/probe/matching/goods?queue=changed",
    "matching-nothing-found": "/links/probe/matching/goods?text=нетничего",
    "batch": "/links/probe/matching/goods/batch",
    "audit": "/links/probe/matching/goods/audit",
    "file": "/links/probe/matching/goods/file",
    "history": "",
    "orders": "/links/probe/orders",
    "orders-empty": "/links/probe/orders?tab=refused&text=нет",
    "order": "/links/probe/orders/1",
    "ledger": "/links/probe/ledger",
    "parcel": "/links/probe/parcels/1",
    "message": "/links/probe/messages/1",
    "confirmations": "/links/probe/confirmations",
    "confirmation": "",
    "confirmation-faults": "",
    "totals": "/links/probe/totals",
    "day": "/links/probe/totals/shipments/2026-11-24",
    "not-found": "/links/nowhere",
}
WIDTHS: Final = {1280: 2200, 390: 3400}
"""Widths of the windows, and how many pixels of height a picture has at most."""


def main(folder: Path) -> None:
    """Make all pictures anew."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        seeded = Path(data) / "seeded.sqlite"
        with closing(open_database(f"sqlite:///{seeded}")) as database:
            migrate(database)
            seed(database, build(1, 1))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for width in WIDTHS:
            copy = shutil.copyfile(seeded, Path(data) / f"{width}.sqlite")
            with closing(open_database(f"sqlite:///{copy}")) as database:
                app = create_app(database, doing=Pretended(), prefect_ui="http://127.0.0.1:4200")
                with serving(app) as address:
                    _shoot(browser, address, folder, width)
        browser.close()


def _shoot(browser: Any, address: str, folder: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 860})
    page.goto(f"{address}/login")
    _take(page, folder / f"login-{width}.png")
    page.fill("[name=login]", "ivanova")
    page.fill("[name=password]", "не тот")
    page.click("button.main")
    _take(page, folder / f"login-refused-{width}.png")
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    for name, path in SCREENS.items():
        page.goto(f"{address}{path or address_of(page, address, name)}")
        if name == "confirmation-faults":
            page.click("form button.main")
        if name == "audit" and page.locator("[data-audit]").count() == 0:
            _confirm_batch(page, address)
            page.goto(f"{address}{path}")
        _wide(page, name)
        height = min(WIDTHS[width], page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(860, height)})
        _take(page, folder / f"{name}-{width}.png")
        page.set_viewport_size({"width": width, "height": 860})
    page.close()


def _take(page: Any, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    session.detach()
    path.write_bytes(shrunk(pixels_of(base64.b64decode(taken["data"]))))


def address_of(page: Any, address: str, name: str) -> str:
    """Return the path of a page that another one leads to."""
    where: dict[str, tuple[str, Callable[[], str]]] = {
        "confirmation-faults": ("/links/probe/confirmations", lambda: "td a.button"),
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
