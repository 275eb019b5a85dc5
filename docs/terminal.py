"""Pictures of the terminal: every command of ``docs/commands.yaml`` is run on the sandbox and drawn as SVG.

``rich`` draws what the command really printed; its own template would fetch a font from afar, ours names fonts of the
reader's machine. What names this machine (its interpreter, its folders) is replaced before it is drawn.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import httpx
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from docs.stand import LINK, ROOT, Answer, values
from docs.tables import DOCS, described_commands
from mi1c.up import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from docs.stand import Stand

PICTURES: Final = DOCS / "ru" / "manual" / "pictures"
COLUMNS: Final = 118
LINES: Final = 30
"""Lines of a picture, unless its command says otherwise; what is longer is cut, and the picture says so."""

FONT: Final = "'DejaVu Sans Mono', Consolas, Menlo, 'Liberation Mono', monospace"

FORMAT: Final = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: FONT; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-family: FONT; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
""".replace("FONT", FONT)


def draw(text: str, typed: str, slug: str, lines: int = LINES) -> Path:
    """Draw what a command printed under what was typed; returns the picture's file."""
    shown = text.rstrip("\n").splitlines()
    if len(shown) > lines:
        shown = [*shown[:lines], "…"]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.assemble(("$ ", "green"), (typed, "bold")), soft_wrap=False)
    for line in shown:
        console.print(Text.from_ansi(line), soft_wrap=False, overflow="ellipsis", no_wrap=True)
    path = PICTURES / f"{slug}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    svg = console.export_svg(title="МИ1С", theme=DIMMED_MONOKAI, code_format=FORMAT, unique_id=f"t-{slug}")
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")
    return path


def cleaned(text: str, folder: Path) -> str:
    """Return a text without this machine's paths, without Prefect's and the migrations' log lines."""
    for said, instead in (
        (sys.executable, "/opt/mi1c/.venv/bin/python"),
        (str(folder.resolve()), "/srv/mi1c"),
        (str(folder), "/srv/mi1c"),
        (str(ROOT), "/opt/mi1c"),
    ):
        text = text.replace(said, instead)
    logged = re.compile(r"^(\x1b\[[\d;]*m)*\d\d:\d\d:\d\d\.\d{3}.*\| .*\n?", re.MULTILINE)
    return logged.sub("", text)


# -- what must be there before a command is shown ----------------------------------------------------------------------


def _catalogs(stand: Stand) -> None:
    stand.supervisor.start_worker()
    stand.mi1c("run", "catalogs", "--link", LINK)


def _pairs(stand: Stand) -> None:
    """Write the pairs that the world knows, but for some: a file as people fill it."""
    titles = {"good": "товар", "counterparty": "контрагент", "outlet": "точка"}
    lines = ["Вид;Ссылка;Их код;Единица;Коэффициент"]
    for number, pair in enumerate(stand.doubles.world.pairs):
        if pair.kind in titles and number % 25:
            unit = f"{pair.their_unit};{pair.numerator}/{pair.denominator}" if pair.kind == "good" else ";"
            lines.append(f"{titles[pair.kind]};{pair.our_id};{pair.their_id};{unit}")
    (stand.folder / "пары.csv").write_text("\n".join(lines) + "\n", "utf-8")


def _tables(stand: Stand) -> None:
    """Write both sides as tables and the pairs that are known, for what needs no link."""
    world = stand.doubles.world
    cards = [card for card in stand.doubles.onec.store.objects("Catalog_Номенклатура") if not card.get("IsFolder")]
    ours = [f"{card['Ref_Key']};{card['Description']}" for card in cards]
    theirs = {good.ware_id: f"{good.ware_id};{good.name}" for good in world.crm.goods}
    known = [f"{pair.our_id};{pair.their_id}" for pair in world.pairs if pair.kind == "good"]
    for name, head, lines in (
        ("товары.csv", "Код;Наименование", ours),
        ("производитель.csv", "Код;Наименование", theirs.values()),
        ("известные-пары.csv", "Наш код;Их код", known),
    ):
        (stand.folder / name).write_text("\n".join([head, *lines]) + "\n", "utf-8")


def _metadata(stand: Stand) -> None:
    """Save what the base publishes, but for two objects."""
    described = values(stand.doubles)
    secret = stand.environment["MI1C_ONEC_PASSWORD"]
    answer = httpx.get(f"{stand.doubles.onec_url}/$metadata", auth=(described["onec_user"], secret), timeout=60)
    text = answer.raise_for_status().text
    for name in ("InformationRegister_ШтрихкодыНоменклатуры", "Catalog_Склады"):
        text = re.sub(rf'<EntitySet Name="{name}"[^>]*?(/>|>.*?</EntitySet>)', "", text, flags=re.DOTALL)
    (stand.folder / "metadata.xml").write_text(text, "utf-8")


def _stock(stand: Stand) -> None:
    stand.mi1c("run", "stock", "--link", LINK)


def _orders(stand: Stand) -> None:
    stand.mi1c("run", "orders", "--link", LINK)


def _gates(stand: Stand) -> None:
    """Pass every gate by hand, as nobody should: the pictures are of the commands."""
    for gate in ("correspondences", "stock", "outlets", "orders", "documents", "statuses", "shipments"):
        stand.mi1c("trial", "pass", gate, "--link", LINK, "--by", "Петрова А. И.", "--reason", "проверено")


BEFORE: Final[dict[str, Callable[[Stand], None]]] = {
    "check": _metadata,
    "match exact": _catalogs,
    "match import": _pairs,
    "match suggest": _tables,
    "confirmations": _stock,
    "orders list": _orders,
    "pilot start": _gates,
}


# -- the round ---------------------------------------------------------------------------------------------------------


def picture(stand: Stand, name: str) -> Path:
    """Run a command of the manual on the stand and draw it."""
    told = described_commands()[name]
    if name in BEFORE:
        BEFORE[name](stand)
    typed = " ".join(told["run"].split())
    match name:
        case "demo" | "up":
            answer = alone(stand, shlex.split(typed)[1:])
        case _:
            answer = stand.mi1c(*shlex.split(typed)[1:], columns=COLUMNS)
    return draw(cleaned(answer.text, stand.folder), typed, name.replace(" ", "-"), told.get("lines", LINES))


def alone(stand: Stand, words: list[str]) -> Answer:
    """Run what brings a server of its own; ``up`` is stopped, as by Ctrl+C, once it says that it works."""
    api = f"http://127.0.0.1:{free_port(4201)}/api"
    ours = {**stand.environment, "MI1C_DATA": str(stand.folder / words[0]), "COLUMNS": str(COLUMNS)}
    ours |= {"MI1C_PREFECT_API_URL": api, "PREFECT_API_URL": api, "PREFECT_HOME": str(stand.folder / words[0] / "home")}
    ours |= {"MI1C_DATABASE_URL": "", "MI1C_WORKPLACE_PORT": str(free_port(4281)), "PYTHONUNBUFFERED": "1"}
    said = []
    with subprocess.Popen(
        [sys.executable, "-m", "mi1c", *words],
        cwd=stand.folder,
        env=ours,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "Ctrl+C" in line and words[0] == "up":
                os.kill(process.pid, signal.SIGINT)
    return Answer("".join(said), process.returncode)


def all_pictures(stand: Stand) -> list[Path]:
    """Draw every command of the manual, in its order."""
    return [picture(stand, name) for name, told in described_commands().items() if not told.get("silent")]


def preview_of_shipments(stand: Stand) -> Path:
    """Draw the one preview that has a page of its own."""
    words = ("preview", "shipments", "--link", LINK)
    answer = stand.mi1c(*words, columns=COLUMNS)
    return draw(cleaned(answer.text, stand.folder), " ".join(("mi1c", *words)), "preview-shipments", 44)
