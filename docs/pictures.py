"""``python -m docs.pictures``: every picture of the manual, from the sandbox and a running Prefect server.

``--only NAME…`` makes the named ones of the Prefect UI, ``--only terminal`` those of the terminal. Takes some minutes.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from docs.stand import LINK, standing
from docs.terminal import PICTURES, all_pictures, preview_of_shipments
from sandbox.running import CRM_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from docs.stand import Stand

WIDTH, HEIGHT = 1280, 800
LARGEST: Final = 150_000
"""Bytes of a picture at most."""

WRONG: Final = "oshibka"
BROWSER: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


# -- what the pictures show --------------------------------------------------------------------------------------------


def set_up(stand: Stand) -> dict[str, str]:
    """Bring the link to where there is something to see; returns runs by name.

    One run is done, one waits for the manufacturer's word, one has failed for want of the right password.
    """
    file = str(stand.describe())
    stand.mi1c("link", "add", LINK, "--file", file)
    stand.mi1c("deploy", LINK)
    for exchange in ("goods", "catalogs"):
        stand.ended(stand.start(exchange))
    stand.mi1c("pilot", "start", "--link", LINK, "--by", "Иванов И. И.", "--force", "--reason", "для картинок")
    suspended = stand.start("stock")
    stand.ended(suspended)
    done = stand.start("orders")
    stand.ended(done)
    wrong = {**stand.environment, "MI1C_ONEC_PASSWORD": "неверный"}
    other = type(stand)(stand.folder, wrong, stand.supervisor, stand.doubles)
    other.mi1c("link", "add", WRONG, "--file", file)
    other.mi1c("deploy", WRONG)
    failed = stand.start("catalogs", WRONG)
    stand.ended(failed)
    return {"suspended": suspended, "done": done, "failed": failed}


# -- screens -----------------------------------------------------------------------------------------------------------


def dashboard(page: Page, stand: Stand, _runs: dict[str, str]) -> None:
    """Show the dashboard with the runs of one link."""
    page.goto(f"{stand.ui}/dashboard?tags={LINK}")
    page.get_by_text("Flow Runs").first.wait_for()


def run(page: Page, stand: Stand, runs: dict[str, str]) -> None:
    """Show a run with its steps."""
    page.goto(f"{stand.ui}/runs/flow-run/{runs['done']}")
    page.get_by_text("Task Runs", exact=True).click()
    page.get_by_text("Отчёт").first.wait_for()


def artifact(page: Page, stand: Stand, runs: dict[str, str]) -> None:
    """Show the report of a run."""
    found = stand.ask(
        "POST",
        "/artifacts/filter",
        artifacts={"flow_run_id": {"any_": [runs["suspended"]]}, "type": {"any_": ["table"]}},
    )
    counts = next(each for each in found if str(each["key"]).endswith("-counts"))
    page.goto(f"{stand.ui}/artifacts/artifact/{counts['id']}")
    page.get_by_text("прочитано строк").first.wait_for()


def deployments(page: Page, stand: Stand, _runs: dict[str, str]) -> None:
    """Show the deployments of the link."""
    page.goto(f"{stand.ui}/deployments")
    page.get_by_placeholder("Search deployments").fill(LINK)
    page.get_by_text("12 Deployments").wait_for()


def deployment(page: Page, stand: Stand, _runs: dict[str, str]) -> None:
    """Show one deployment with its schedule."""
    found = stand.ask("GET", f"/deployments/name/stock/stock-{LINK}")
    page.goto(f"{stand.ui}/deployments/deployment/{found['id']}")
    page.get_by_text("Schedule").first.wait_for()


def run_suspended(page: Page, stand: Stand, runs: dict[str, str]) -> None:
    """Show a run that waits, with its reports."""
    page.goto(f"{stand.ui}/runs/flow-run/{runs['suspended']}")
    page.get_by_role("button", name="Resume").wait_for()
    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_text(f"stock-{LINK}-confirmation").last.wait_for()


def confirmation_form(page: Page, stand: Stand, runs: dict[str, str]) -> None:
    """Show the form of the manufacturer's word."""
    run_suspended(page, stand, runs)
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_text("сумма количеств, выгружено").wait_for()


def run_failed(page: Page, stand: Stand, runs: dict[str, str]) -> None:
    """Show a run that failed: its details have the message."""
    page.goto(f"{stand.ui}/runs/flow-run/{runs['failed']}")
    page.get_by_text("Details", exact=True).click()
    page.get_by_text("AccessDenied").first.scroll_into_view_if_needed()


def block(page: Page, stand: Stand, _runs: dict[str, str]) -> None:
    """Show the link's block."""
    page.goto(f"{stand.ui}/blocks/block/{_block(stand)}")
    page.get_by_text(LINK).first.wait_for()


def block_form(page: Page, stand: Stand, _runs: dict[str, str]) -> None:
    """Show the form of the link."""
    page.goto(f"{stand.ui}/blocks/block/{_block(stand)}/edit")
    page.get_by_text("Адрес базы 1С").first.wait_for()


def _block(stand: Stand) -> str:
    found = stand.ask("POST", "/block_documents/filter", block_documents={"name": {"any_": [LINK]}})
    name: str = found[0]["id"]
    return name


SCREENS: Final[dict[str, Callable[[Page, Stand, dict[str, str]], None]]] = {
    "dashboard": dashboard,
    "run": run,
    "artifact": artifact,
    "deployments": deployments,
    "deployment": deployment,
    "run-suspended": run_suspended,
    "confirmation-form": confirmation_form,
    "run-failed": run_failed,
    "block": block,
    "block-form": block_form,
}


# -- taking them -------------------------------------------------------------------------------------------------------


@contextmanager
def browsing() -> Iterator[Page]:
    """Open a page of the system's Chromium for the length of the block."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise SystemExit("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER)
        options: dict[str, Any] = {"viewport": {"width": WIDTH, "height": HEIGHT}, "color_scheme": "light"}
        page = browser.new_page(**options, locale="ru-RU", timezone_id="Europe/Moscow")
        page.set_default_timeout(40_000)
        yield page
        browser.close()


def take(page: Page, stand: Stand, runs: dict[str, str], name: str) -> Path:
    """Show a screen, wait until it is still, and store its picture."""
    SCREENS[name](page, stand, runs)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_500)  # charts and tables of the UI fade in
    path = PICTURES / f"{name}.png"
    path.write_bytes(page.screenshot())
    return path


def main() -> int:
    """Make the pictures; returns the exit code: 1 where one is too large or shows a password."""
    parser = argparse.ArgumentParser(description="Makes the manual's pictures.")
    parser.add_argument("--only", nargs="*", default=[], help="names of screens, or terminal")
    only = set(parser.parse_args().only)
    made: list[Path] = []
    if not only or "terminal" in only:
        with standing() as stand:
            stand.describe()
            made += [*all_pictures(stand), preview_of_shipments(stand)]
    if screens := [name for name in SCREENS if not only or name in only]:
        with standing() as stand, browsing() as page:
            stand.supervisor.start_worker()
            runs = set_up(stand)
            made += [take(page, stand, runs, name) for name in screens]
    wrong = [path for path in made if path.stat().st_size > LARGEST]
    wrong += [path for path in made if path.suffix == ".svg" and CRM_PASSWORD in path.read_text("utf-8").split()]
    for path in wrong:
        sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
