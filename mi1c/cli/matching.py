"""``mi1c match``: correspondences by exact keys, by files, and suggested by likeness."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mi1c.cli.opening import opened
from mi1c.cli.wording import group
from mi1c.console import DONE, FAILED, console, progress, say, show_json, show_table

if TYPE_CHECKING:
    from mappings.matching.records import Item
    from mappings.matching.suggestion import Suggestion

MatchKind = Literal["goods", "outlets", "counterparties"]
Top = Annotated[int, Parameter(help="сколько вариантов показывать", validator=Number(gte=1, lte=20))]

KINDS = "good (товар), unit (единица), warehouse (склад), counterparty (контрагент), outlet (точка)"
Kind = Literal["good", "unit", "warehouse", "counterparty", "outlet"]

app = group("match", "Соответствия товаров, единиц, контрагентов и точек.")


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


REOPENED = {"good": "товар", "unit": "единица", "warehouse": "склад", "counterparty": "контрагент", "outlet": "точка"}


@app.command
def reopened(*, link: str, json: bool = False) -> int:
    """Показать пары, которые надо проверить: изменилось наименование или единица; код 1, если такие есть."""
    open_ = opened(link)
    from mappings.reopening import waiting

    with open_.database.session() as session:
        found = waiting(session, open_.id)
    if json:
        show_json(found)
        return FAILED if found else DONE
    rows = [
        (
            REOPENED[each.kind],
            f"{each.our_name or each.our_id}{f' ({each.good})' if each.good else ''}",
            f"{each.their_id} {each.their_name}".strip(),
            each.reason,
            f"{each.since.astimezone():%d.%m.%Y}",
            each.author,
        )
        for each in found
    ]
    columns = dict.fromkeys(("вид", "наше", "у производителя", "что изменилось", "с", "кто сопоставил"), "left")
    show_table(f"Проверить пары, связь {link}", columns, rows, empty="Изменившихся пар нет.")
    if found:
        console().print(
            "Пока пары действуют. Что делать. Верную пару подтвердите ещё раз, неверную замените: в рабочем месте "
            "«Сопоставление» → «Изменились» или строкой файла, "
            f"mi1c match import ФАЙЛ --link {link} --author ИМЯ. Исчезнувший у производителя товар не выгружается.",
            markup=False,
            soft_wrap=True,
        )
    return FAILED if found else DONE


@app.command(name="import")
def import_file(
    file: Path,
    /,
    *,
    link: str,
    author: Annotated[str, Parameter(help="кто сопоставил")],
    kind: Annotated[Kind, Parameter(help=f"вид строк, у которых он не указан: {KINDS}")] = "good",
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
    kind: Annotated[Kind | None, Parameter(help=f"только этот вид, без него все: {KINDS}")] = None,
    json: bool = False,
) -> int:
    """Выгрузить действующие соответствия в CSV или Excel."""
    open_ = opened(link)
    from mappings.pair_export import export_file as give

    with open_.database.session() as session:
        rows = give(session, open_.id, file, kind)
    say(f"{file}: строк {rows}.", as_json=json, file=str(file), rows=rows)
    return DONE


@app.command
def suggest(
    *,
    ours: Annotated[Path, Parameter(help="наши товары, точки или контрагенты: CSV или Excel")],
    theirs: Annotated[Path, Parameter(help="справочник производителя: CSV или Excel")],
    out: Annotated[Path, Parameter(help="куда записать подбор: .xlsx или .csv")],
    kind: MatchKind = "goods",
    top: Top = 5,
    confirmed: Annotated[Path | None, Parameter(help="уже сопоставленное: CSV или Excel")] = None,
    abbreviations: Annotated[Path | None, Parameter(help="свой список сокращений: строки «ср-во = средство»")] = None,
    json: bool = False,
) -> int:
    """Подобрать соответствия по двум файлам; ни связь, ни сервер, ни сеть не нужны."""
    from collections import Counter

    from mappings.matching.files import read_gold, read_items
    from mappings.matching.workbook import STATES, write_suggestions

    here, there = read_items(ours, "ours"), read_items(theirs, "theirs")
    names = {item.id: item.name for item in here}
    known = {
        names[pair.ours]: pair.theirs for pair in (read_gold(confirmed) if confirmed else []) if pair.ours in names
    }
    made = _suggested(kind, here, there, confirmed=known, abbreviations=abbreviations, top=top)
    write_suggestions(out, made, top=top)
    counts = Counter(each.state for each in made)
    if json:
        show_json({"file": str(out), "rows": len(made)} | {state: counts[state] for state in STATES})
        return DONE
    show_table(
        f"Подбор записан: {out}",
        {"состояние": "left", "строк": "right"},
        [(title, counts[state]) for state, title in STATES.items()],
    )
    return DONE


@app.command
def evaluate(
    *,
    gold: Annotated[Path, Parameter(help="известные пары: наш код и их код; строки без их кода считаются отдельно")],
    ours: Annotated[Path | None, Parameter(help="наши данные; без них имена берутся из файла пар")] = None,
    theirs: Annotated[
        Path | None, Parameter(help="справочник производителя; без него имена берутся из файла пар")
    ] = None,
    kind: MatchKind = "goods",
    json: bool = False,
) -> int:
    """Измерить подбор по известным парам: полнота и точность «зелёных»."""
    from mappings.matching.evaluating import evaluated, items_of
    from mappings.matching.files import read_gold, read_items

    pairs = read_gold(gold)
    named_ours, named_theirs = items_of(pairs)
    here = read_items(ours, "ours") if ours else named_ours
    there = read_items(theirs, "theirs") if theirs else named_theirs
    made = _suggested(kind, here, there, top=5)
    found = evaluated(made, {pair.ours: pair.theirs for pair in pairs})
    if json:
        show_json(found)
        return DONE
    rows = [
        ("пар известно", found.rows),
        ("строк без их кода", found.without_pair),
        ("верный первым", _percent(found.recall_1)),
        ("верный среди пяти", _percent(found.recall_5)),
        ("зелёных", f"{found.green} ({_percent(found.green_share)})"),
        (
            "точность зелёных",
            f"{_percent(found.green_precision)} (95 %: {_percent(found.green_low)} – {_percent(found.green_high)})",
        ),
        ("зелёных среди строк без их кода", found.green_without_pair),
        ("конфликтов", found.conflicts),
        ("пара есть, а сказано «нет пары»", found.lost),
    ]
    show_table(f"Подбор по {gold.name}", {"что": "left", "сколько": "right"}, rows)
    return DONE


def _suggested(
    kind: MatchKind,
    ours: list[Item],
    theirs: list[Item],
    *,
    confirmed: dict[str, str] | None = None,
    abbreviations: Path | None = None,
    top: int,
) -> list[Suggestion]:
    from mappings.matching.suggesting import suggest as suggested

    with progress("Подбор") as tell:
        made = suggested(kind, ours, theirs, confirmed=confirmed, abbreviations=abbreviations, top=top)
        tell(len(made))
    return made


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")
