"""``mi1c match``: correspondences by exact keys and by files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from mi1c.cli.opening import opened
from mi1c.console import DONE, FAILED, say, show_json, show_table

Kind = Literal["good", "unit", "warehouse", "counterparty", "outlet"]

app = App(name="match", help="Соответствия товаров, единиц, контрагентов и точек.", result_action="return_value")


@app.command
def exact(*, link: str, json: bool = False) -> int:
    """Сопоставить по точным ключам: штрихкод, код производителя, ИНН и адрес; код 1, если остались противоречия."""
    open_ = opened(link)
    from tasks.load import match_exact, match_parties

    made, parties = match_exact.fn(open_), match_parties.fn(open_)
    if json:
        show_json({**asdict(made), "parties": asdict(parties)})
    else:
        rows = [("по штрихкоду", made.by_barcode), ("по коду производителя", made.by_code), ("единиц", made.units)]
        rows += [("торговых точек", parties.outlets), ("контрагентов", parties.counterparties)]
        show_table("Новые соответствия", {"чего": "left", "сколько": "right"}, rows)
        left = [(each.name, each.said) for each in (*made.conflicts, *made.units_left, *parties.conflicts)]
        show_table("Решает оператор", {"товар": "left", "почему": "left"}, left, empty="Противоречий нет.")
    return FAILED if made.conflicts or made.units_left or parties.conflicts else DONE


@app.command(name="import")
def import_file(
    file: Path,
    /,
    *,
    link: str,
    author: Annotated[str, Parameter(help="кто сопоставил")],
    kind: Annotated[Kind, Parameter(help="вид строк, у которых он не указан")] = "good",
    json: bool = False,
) -> int:
    """Принять соответствия из CSV или Excel: всё или ничего, ошибки называются по строкам."""
    open_ = opened(link)
    from mappings.pair_import import import_file as take

    with open_.database.begin() as session:
        taken = take(session, open_.id, file, author=author, kind=kind)
    if json:
        show_json(taken)
        return DONE
    rows = [("строк", taken.rows), ("новых", taken.made), ("заменено", taken.replaced), ("уже было", taken.same)]
    show_table(f"{file}: соответствия приняты", {"чего": "left", "сколько": "right"}, rows)
    return DONE


@app.command(name="export")
def export_file(
    file: Path,
    /,
    *,
    link: str,
    kind: Annotated[Kind | None, Parameter(help="только этот вид; иначе все")] = None,
    json: bool = False,
) -> int:
    """Выгрузить действующие соответствия в CSV или Excel."""
    open_ = opened(link)
    from mappings.pair_export import export_file as give

    with open_.database.session() as session:
        rows = give(session, open_.id, file, kind)
    say(f"{file}: строк {rows}.", as_json=json, file=str(file), rows=rows)
    return DONE
