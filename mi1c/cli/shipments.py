"""``mi1c preview shipments``: documents that a window would add, change or take away, and late changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mi1c.console import DONE, console, progress, show_json, show_table

if TYPE_CHECKING:
    from tasks.links import Link
    from tasks.shipments import Found

SHOWN = 40
"""How many rows a table on the terminal has; ``--json`` has all."""


def preview_shipments(link: Link, days: int | None, *, as_json: bool) -> int:
    """Show what the window would do at the manufacturer; nothing is sent."""
    from tasks.shipments import find

    with progress("Отгрузки из 1С") as show:
        found = find(link, days, show=show)
    if as_json:
        show_json(_as_json(found))
        return DONE
    _tables(link, found)
    return DONE


def _as_json(found: Found) -> dict[str, Any]:
    from tasks.shipments import document_counts, steps_rows, window_json

    documents = [
        {
            "what": {"новый": "add", "изменится": "change", "исчезнет": "gone"}[action],
            "key": item.key,
            **item.identity,
            "was": old.amount if old else 0,
            "becomes": new.amount if new else 0,
        }
        for action, old, new in steps_rows(found.difference)
        if (item := new or old)
    ]
    return {
        "window": window_json(found),
        "counts": {**found.translation.counts.as_json(), **document_counts(found)},
        "totals": found.translation.totals,
        "same": found.difference.same,
        "amount": found.difference.amount,
        "documents": documents,
        "late": [late.as_json() for late in found.late],
        "set_aside": found.translation.set_aside.to_dict("records"),
    }


def _tables(link: Link, found: Found) -> None:
    from tasks.shipment_report import document_rows, late_rows, waiting_rows
    from tasks.wording import PLANNED, count_rows, money

    window, difference = found.window, found.difference
    counts = [tuple(row.values()) for row in count_rows(found.translation.counts.as_json(), PLANNED)]
    title = f"Отгрузки с {window.work_date:%d.%m.%Y} ({window.days} дн.), связь {link.name}: строки"
    show_table(title, {"что": "left", "сколько": "right"}, counts)
    changes = document_rows(difference)
    title = f"Документы у производителя: новых {len(difference.added)}, изменится {len(difference.changed)}, "
    title += f"исчезнет {len(difference.gone)}, без изменений {difference.same}"
    columns = {"что": "left", "вид": "left", "номер": "left", "дата": "left"}
    columns |= dict.fromkeys(("было", "станет", "изменение"), "right")
    show_table(title, columns, [tuple(row.values()) for row in changes[:SHOWN]], empty="Выгрузка ничего не изменит.")
    if len(changes) > SHOWN:
        console().print(f"… и ещё {len(changes) - SHOWN}: все в --json.", markup=False)
    waiting = waiting_rows(found.translation.set_aside)[: SHOWN // 2]
    columns = {"вид": "left", "наименование": "left", "количество": "right", "сумма строк": "right"}
    columns |= {"почему": "left", "что делать": "left"}
    show_table("Ждут, по сумме", columns, [tuple(row.values()) for row in waiting], empty="Всё сопоставлено.")
    if found.late:
        columns = {"вид": "left", "номер": "left", "дата": "left", "что": "left", "изменение": "right"}
        late = [tuple(row.values()) for row in late_rows(found.late)[:SHOWN]]
        show_table(f"Изменены вне окна: {len(found.late)}", columns, late)
        command = f"mi1c run shipments --link {link.name} --days {found.wider}"
        console().print(f"Это окно их не исправит. Исправит более широкое: {command}", markup=False)
    console().print(f"Изменение суммы у производителя: {money(difference.amount)}", markup=False)
