"""What an exchange would send, against what the ledger says that they hold; and frames saved to files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from connectors.crm.xdatalink.envelope import decode
from foundation.errors import Fault, Faults
from ledger import reading
from ledger.states import ParcelState
from mappings.model import MICRO, TABLES, Exchange, Kind, Part
from mappings.profiles.profile import table_of
from mappings.translate.stock import micro_text
from tasks.extract import read_table
from tasks.transform import batch_lines, by_batch, translate_batches, translate_stock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mappings.model import Scheme
    from mappings.translate.result import Translation
    from tasks.links import Link

LINE = ["their_warehouse", "their_good", "their_unit"]
BATCH_LINE = [*LINE, "batch_number", "made", "expires"]
"""What a row of stock is known by, without batches and with them; the day it leaves is no part of it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts and totals of what would leave, how its lines differ from what they hold, and what is unmatched.

    ``batches``: the rows of stock by batch as they would leave; None for everything else.
    """

    counts: dict[str, Any]
    totals: dict[str, str]
    changes: dict[str, int]
    set_aside: pd.DataFrame
    batches: pd.DataFrame | None = None


def preview_stock(link: Link, *, show: Callable[[int], None] | None = None) -> Preview:
    """Read and translate the stock of a link, by batch where it leaves so; send nothing."""
    if by_batch(link):
        return _preview_batches(link, show)
    found = translate_stock(link, read_table(link, "stock", show=show))
    scheme = link.layout.scheme(Exchange.STOCK)
    head = next(dataset for dataset in scheme.datasets if dataset.details)
    changes = _changes(found, _held(link, scheme, head.details[0].name), LINE)
    return Preview(found.counts.as_json(), found.totals, changes, found.set_aside)


def _preview_batches(link: Link, show: Callable[[int], None] | None) -> Preview:
    balances = read_table(link, "stock_batches", show=show)
    batches = read_table(link, "batches") if link.reads("batches") else balances
    found = translate_batches(link, balances, batches)
    scheme = link.layout.scheme(Part.STOCK_BATCHES)
    changes = _changes(found, _held(link, scheme, batch_lines(scheme)), BATCH_LINE)
    return Preview(found.counts.as_json(), found.totals, changes, found.set_aside, found.tables["lines"])


def _held(link: Link, scheme: Scheme, lines: str) -> pd.DataFrame:
    """Return the lines of the newest parcel of a scheme that they answered wholly; no rows where there is none.

    A link that began to send batches holds nothing of them there yet, whatever it sent without batches.
    """
    for parcel in reading.parcels(link.database, link=link.name, exchange=Exchange.STOCK):
        sent = [each for each in reading.messages(link.database, parcel.id) if each.scheme == scheme.name]
        if parcel.state is ParcelState.ANSWERED and sent:
            bodies = (reading.body(link.database, each.id) for each in sent)
            return pd.concat([decode(body, scheme).tables[lines] for body in bodies], ignore_index=True)
    return pd.DataFrame({name: [] for name in [*BATCH_LINE, "quantity"]})


def _changes(found: Translation, held: pd.DataFrame, key: list[str]) -> dict[str, int]:
    ours, theirs = _quantities(found.tables["lines"], key), _quantities(held, key)
    both = ours.index.intersection(theirs.index)
    changed = int((ours.loc[both].to_numpy() != theirs.loc[both].to_numpy()).sum())
    return {
        "новых строк": len(ours) - len(both),
        "изменится": changed,
        "исчезнет": len(theirs) - len(both),
        "без изменений": len(both) - changed,
    }


def _quantities(lines: pd.DataFrame, key: list[str]) -> pd.Series[Any]:
    """Return the quantities by key, all of it text: dates as they travel, without a time, "" for none."""

    def text(column: pd.Series[Any]) -> pd.Series[Any]:
        return column.dt.strftime("%Y-%m-%d").fillna("") if column.dtype.kind == "M" else column.astype(str)

    return lines.assign(**{name: text(lines[name]) for name in key}).set_index(key)["quantity"]


def batch_rows(lines: pd.DataFrame) -> list[dict[str, str]]:
    """Return the rows of stock by batch as texts: exact decimals, ISO dates, "" for none."""
    moments = {name: lines[name].dt.strftime("%Y-%m-%d").fillna("") for name in ("date", "made", "expires")}
    told = lines.assign(**moments, quantity=[micro_text(each) for each in lines["quantity"].tolist()])
    return [{str(name): str(value) for name, value in row.items()} for row in told.to_dict("records")]


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
