"""What an exchange would send, against what the ledger says that they hold; and frames saved to files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from connectors.crm.xdatalink.envelope import decode
from foundation.errors import Fault, Faults
from ledger import reading
from ledger.states import ParcelState
from mappings.model import MICRO, TABLES, Exchange, Kind
from mappings.profiles.profile import table_of
from tasks.extract import read_table
from tasks.transform import translate_stock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.links import Link

LINE = ["their_warehouse", "their_good", "their_unit"]


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts and totals of what would leave, how its lines differ from what they hold, and what is unmatched."""

    counts: dict[str, Any]
    totals: dict[str, str]
    changes: dict[str, int]
    set_aside: pd.DataFrame


def preview_stock(link: Link, *, show: Callable[[int], None] | None = None) -> Preview:
    """Read and translate the stock of a link, send nothing."""
    translation = translate_stock(link, read_table(link, "stock", show=show))
    changes = _changes(translation.tables["lines"], _held(link))
    return Preview(translation.counts.as_json(), translation.totals, changes, translation.set_aside)


def _held(link: Link) -> pd.DataFrame:
    """Return the lines of the newest parcel that they answered wholly; no rows where there is none."""
    parcels = reading.parcels(link.database, link=link.name, exchange=Exchange.STOCK)
    newest = next((each for each in parcels if each.state is ParcelState.ANSWERED), None)
    if newest is None:
        return pd.DataFrame({name: [] for name in [*LINE, "quantity"]})
    scheme = link.layout.scheme(Exchange.STOCK)
    head = next(dataset for dataset in scheme.datasets if dataset.details)
    bodies = (reading.body(link.database, each.id) for each in reading.messages(link.database, newest.id))
    return pd.concat([decode(body, scheme).tables[head.details[0].name] for body in bodies], ignore_index=True)


def _changes(lines: pd.DataFrame, held: pd.DataFrame) -> dict[str, int]:
    ours = lines.astype(dict.fromkeys(LINE, str)).set_index(LINE)["quantity"]
    theirs = held.astype(dict.fromkeys(LINE, str)).set_index(LINE)["quantity"]
    both = ours.index.intersection(theirs.index)
    changed = int((ours.loc[both].to_numpy() != theirs.loc[both].to_numpy()).sum())
    return {
        "новых строк": len(ours) - len(both),
        "изменится": changed,
        "исчезнет": len(theirs) - len(both),
        "без изменений": len(both) - changed,
    }


def save_frame(frame: pd.DataFrame, table: str, path: Path) -> None:
    """Save canonical rows as CSV (``;``, UTF-8 with a mark, decimal comma) or Excel, with exact decimals."""
    shown = frame.copy()
    for column in TABLES[table_of(table)].columns:
        if column.kind is Kind.MICRO and column.name in shown:
            shown[column.name] = shown[column.name] / MICRO
    match path.suffix.lower():
        case ".csv":
            shown.to_csv(path, sep=";", decimal=",", index=False, encoding="utf-8-sig")
        case ".xlsx":
            shown.to_excel(path, index=False, engine="xlsxwriter")
        case _:
            raise Faults(
                "Формат файла не подходит.",
                [Fault("out", f"нужен .csv или .xlsx, а не «{path.suffix}»", "give a .csv or .xlsx")],
                en="The file's format does not fit.",
                todo="Назовите файл с расширением .csv или .xlsx.",
                todo_en="Name the file .csv or .xlsx.",
            )
