"""Report: what a run did, as artifacts that the Prefect UI keeps beside it, in Russian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from ledger.verdicts import RUSSIAN as WORDS
from ledger.verdicts import refusals
from tasks.artifacts import as_key, lead_back
from tasks.running import in_run
from tasks.wording import ANSWERS, CHECKED, IN, amount, count_rows, money, total_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ledger.values import Parcel
    from ledger.verdicts import Confirmation
    from mappings.catalog import Stored
    from mappings.exact import Proposed
    from mappings.translate.result import Translation
    from tasks.links import Link

SHOWN: Final = 200
"""How many unmatched goods an artifact lists; the ledger has them all."""


def aside_rows(set_aside: pd.DataFrame) -> list[dict[str, object]]:
    """Return what is set aside, the dearest first."""
    return [
        {
            "товар": row["name"],
            "количество": amount(row["quantity"]),
            "стоимость": money(row["value"]),
            "почему": row["reason"],
            "что делать": row["said"],
        }
        for row in set_aside.head(SHOWN).to_dict("records")
    ]


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_export(link: Link, parcel: Parcel, translation: Translation | None) -> None:
    """Show counts and control totals of a parcel, and what is unmatched by value (not on a rerun: it has them)."""
    if not in_run():
        return
    _table(f"{parcel.exchange}-{link.name}-counts", count_rows(parcel.counts), f"Посылка {parcel.id}: строки")
    totals: list[dict[str, object]] = [{"итог": said, "значение": value} for said, value in total_rows(parcel.totals)]
    _table(f"{parcel.exchange}-{link.name}-totals", totals, f"Посылка {parcel.id}: контрольные итоги")
    page = f"/links/{link.name}/parcels/{parcel.id}"
    lead_back(f"{parcel.exchange}-{link.name}", page, f"Посылка {parcel.id} в рабочем месте")
    if translation is not None and len(translation.set_aside):
        title = f"Не сопоставлено, по стоимости: {len(translation.set_aside)} товаров, показаны первые {SHOWN}"
        _table(f"{parcel.exchange}-{link.name}-unmatched", aside_rows(translation.set_aside), title)


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_goods(link: Link, translation: Translation, stored: Stored) -> None:
    """Show what came with the classifier and what it changed."""
    if not in_run():
        return
    rows = count_rows(translation.counts.as_json(), IN) + stored_rows(stored)
    _table(f"goods-{link.name}-counts", rows, "Классификатор товаров и единиц измерения")
    if len(translation.set_aside):
        _table(f"goods-{link.name}-refused", aside_rows(translation.set_aside), "Отклонённые строки классификатора")


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_catalogs(link: Link, stored: Mapping[str, Stored], proposed: Proposed) -> None:
    """Show what the catalogs of 1C changed and which pairs exact keys made."""
    if not in_run():
        return
    rows: list[dict[str, object]] = []
    for kind, each in stored.items():
        rows += [{"справочник": _KINDS.get(kind, kind), **row} for row in stored_rows(each)]
    _table(f"catalogs-{link.name}-counts", rows, "Справочники 1С")
    lines = [
        f"- по штрихкоду: **{proposed.by_barcode}**",
        f"- по коду производителя: **{proposed.by_code}**",
        f"- единицы: **{proposed.units}**",
        f"- противоречия, решает оператор: **{len(proposed.conflicts)}**",
        f"- товары без соответствия единицы: **{len(proposed.units_left)}**",
    ]
    text = "### Новые соответствия по точным ключам\n\n" + "\n".join(lines)
    create_markdown_artifact(text, key=f"catalogs-{link.name}-pairs", _sync=True)  # type: ignore[call-arg]


def report_confirmation(link: Link, parcel: Parcel, asked: Confirmation) -> None:
    """Show what the manufacturer's word on a parcel is at; a later word takes the place of the earlier one."""
    if not in_run():
        return
    rows = {
        "посылка": str(parcel.id),
        "слово производителя": WORDS[asked.state],
        "ждём до": f"{asked.deadline:%d.%m.%Y %H:%M} UTC",
        "кто ответил": asked.said_by,
        "когда": f"{asked.said_at:%d.%m.%Y %H:%M} UTC" if asked.said_at else "",
        "замечание": asked.remark,
        "не принято": "; ".join(refusals(asked)),
    }
    table: list[dict[str, object]] = [{"что": what, "значение": value} for what, value in rows.items() if value]
    _table(f"{parcel.exchange}-{link.name}-confirmation", table, f"Посылка {parcel.id}: подтверждение")


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_checked(link: Link, checked: Mapping[str, Any]) -> None:
    """Show what a run of the confirmations found, parcels by what happened to them."""
    if not in_run():
        return
    rows: list[dict[str, object]] = [
        {"что": said, "посылки или причина": ", ".join(map(str, checked[name])) or "нет"}
        for name, said in CHECKED.items()
    ]
    rows += [{"что": row["что"], "посылки или причина": row["сколько"]} for row in count_rows(checked["rows"], ANSWERS)]
    _table(f"confirmations-{link.name}", rows, "Подтверждения производителя")


def stored_rows(stored: Stored) -> list[dict[str, object]]:
    """Return what a whole reading changed."""
    names = {"new": "новых", "changed": "изменилось", "vanished": "исчезло", "unchanged": "без изменений"}
    return [{"что": said, "сколько": getattr(stored, name)} for name, said in names.items()]


def show_rows(key: str, rows: list[dict[str, object]], title: str) -> None:
    """Attach a table to the run."""
    _table(key, rows, title)


def _table(key: str, rows: list[dict[str, object]], title: str) -> None:
    create_table_artifact(rows, key=as_key(key), description=title, _sync=True)  # type: ignore[call-arg]  # prefect adds _sync


_KINDS: Final = {
    "good": "товары",
    "unit": "единицы",
    "warehouse": "склады",
    "counterparty": "контрагенты",
    "outlet": "торговые точки",
}
