"""Report of shipments: artifacts of counts, totals, days, documents that changed, late changes and what waits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from tasks.report import SHOWN, report_export
from tasks.running import in_run
from tasks.shipments import days_of, steps_rows
from tasks.wording import amount, money

if TYPE_CHECKING:
    import pandas as pd

    from ledger.documents import Difference
    from ledger.values import Parcel
    from ledger.windows import Late
    from tasks.links import Link
    from tasks.shipments import Found

KINDS: Final = {"sale": "реализация", "return": "возврат", "correction": "корректировка"}
ASIDE: Final = {"good": "товар", "outlet": "торговая точка", "document": "документ"}


def day(iso: str) -> str:
    """Return an ISO date as people read it."""
    return f"{date.fromisoformat(iso):%d.%m.%Y}" if iso else ""


def document_rows(difference: Difference) -> list[dict[str, object]]:
    """Return the documents that change, the largest change in value first."""
    rows: list[dict[str, object]] = []
    for action, old, new in steps_rows(difference):
        item = new or old
        assert item is not None
        was, becomes = old.amount if old else 0, new.amount if new else 0
        rows.append(
            {
                "что": action,
                "вид": KINDS.get(str(item.identity.get("kind")), ""),
                "номер": str(item.identity.get("number", "")),
                "дата": day(item.moment),
                "было": money(was),
                "станет": money(becomes),
                "изменение": money(becomes - was),
            }
        )
    return rows


def late_rows(late: list[Late]) -> list[dict[str, object]]:
    """Return the documents that changed outside of the window, the oldest first."""
    return [
        {
            "вид": KINDS.get(each.kind, each.kind),
            "номер": each.number,
            "дата": day(each.date),
            "что": str(each.why),
            "изменение": money(each.amount),
        }
        for each in late
    ]


def day_rows(found: Found) -> list[dict[str, object]]:
    """Return the days of the window; one without documents says so."""
    return [
        {"день": day(iso), "документов": documents, "строк": lines, "сумма": money(total)}
        for iso, (documents, lines, total) in days_of(found).items()
    ]


def waiting_rows(set_aside: pd.DataFrame) -> list[dict[str, object]]:
    """Return what waits, the dearest first."""
    return [
        {
            "вид": ASIDE.get(row["kind"], row["kind"]),
            "наименование": row["name"],
            "количество": amount(row["quantity"]),
            "сумма строк": money(row["value"]),
            "почему": row["reason"],
            "что делать": row["said"],
        }
        for row in set_aside.head(SHOWN).to_dict("records")
    ]


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_shipments(link: Link, parcel: Parcel, found: Found | None) -> None:
    """Show what the parcel did; a rerun knows counts and totals only, the rest stands with the run that prepared it."""
    if not in_run():
        return
    report_export.fn(link, parcel, None)
    if found is None:
        return
    about = f"shipments-{link.name}"
    _table(f"{about}-days", day_rows(found), f"Окно с {found.window.work_date:%d.%m.%Y} по дням")
    changes = document_rows(found.difference)
    if changes:
        title = f"Документы: новых {len(found.difference.added)}, изменено {len(found.difference.changed)}, "
        title += f"исчезло {len(found.difference.gone)}; изменение суммы {money(found.difference.amount)}"
        _table(f"{about}-documents", changes[:SHOWN], title)
    if found.late:
        command = f"mi1c run shipments --link {link.name} --days {found.wider}"
        title = f"Изменены вне окна: {len(found.late)}. У производителя они прежние. Исправит окно шире: `{command}`"
        _table(f"{about}-late", late_rows(found.late)[:SHOWN], title)
    waiting = found.translation.set_aside
    if len(waiting):
        _table(f"{about}-unmatched", waiting_rows(waiting), f"Ждут, по сумме: {len(waiting)}, показаны первые {SHOWN}")


def _table(key: str, rows: list[dict[str, object]], title: str) -> None:
    create_table_artifact(rows, key=key, description=title, _sync=True)  # type: ignore[call-arg]  # prefect adds _sync
