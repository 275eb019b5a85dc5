"""``mi1c match``: correspondences by exact keys and by files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from mi1c.cli.opening import opened
from mi1c.console import DONE, FAILED, say, show_json, show_table

app = App(name="match", help="Соответствия товаров, единиц, контрагентов и точек.", result_action="return_value")


@app.command
def exact(*, link: str, json: bool = False) -> int:
    """Сопоставить по штрихкодам и кодам производителя; код 1, если остались противоречия."""
    open_ = opened(link)
    from tasks.load import match_exact

    made = match_exact.fn(open_)
    if json:
        show_json(made)
    else:
        rows = [("по штрихкоду", made.by_barcode), ("по коду производителя", made.by_code), ("единиц", made.units)]
        show_table("Новые соответствия", {"чего": "left", "сколько": "right"}, rows)
        left = [(each.name, each.said) for each in (*made.conflicts, *made.units_left)]
        show_table("Решает оператор", {"товар": "left", "почему": "left"}, left, empty="Противоречий нет.")
    return FAILED if made.conflicts or made.units_left else DONE


@app.command(name="import")
def import_file(
    file: Path, /, *, link: str, author: Annotated[str, Parameter(help="кто сопоставил")], json: bool = False
) -> int:
    """Принять соответствия из CSV или Excel: всё или ничего, ошибки называются по строкам."""
    open_ = opened(link)
    from mappings.pair_import import import_file as take

    with open_.database.begin() as session:
        taken = take(session, open_.id, file, author=author)
    if json:
        show_json(taken)
        return DONE
    rows = [("строк", taken.rows), ("новых", taken.made), ("заменено", taken.replaced), ("уже было", taken.same)]
    show_table(f"{file}: соответствия приняты", {"чего": "left", "сколько": "right"}, rows)
    return DONE


@app.command(name="export")
def export_file(file: Path, /, *, link: str, json: bool = False) -> int:
    """Выгрузить действующие соответствия в CSV или Excel."""
    open_ = opened(link)
    from mappings.pair_export import export_file as give

    with open_.database.session() as session:
        rows = give(session, open_.id, file)
    say(f"{file}: строк {rows}.", as_json=json, file=str(file), rows=rows)
    return DONE
