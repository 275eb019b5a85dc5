"""``mi1c trial`` and ``mi1c pilot``: the two stages of the roll-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened, server_answers
from mi1c.cli.wording import group
from mi1c.console import DONE, FAILED, console, say, show_json, show_table

if TYPE_CHECKING:
    from ledger.rollout import GateRecord

trial = group("trial", "Тестовый запуск по этапам.")
pilot = group("pilot", "Опытная эксплуатация: обмены по расписанию.")

LINK = Parameter(help="имя связи")
BY = Parameter(help="кто решил")


@trial.default
def run_trial(
    *,
    link: Annotated[str, LINK],
    again: Annotated[tuple[str, ...], Parameter(help="этап, обмен которого выполнить ещё раз")] = (),
    json: bool = False,
) -> int:
    """Пройти этапы дальше: до конца или до того места, где нужен человек (код 1)."""
    server_answers(entered())
    from flows.trial import trial as flow

    flow(link=link, again=again, return_state=True).result()
    return show_status(link, as_json=json)


@trial.command
def status(*, link: Annotated[str, LINK], json: bool = False) -> int:
    """Показать этапы: что пройдено, чем подтверждено, что делать дальше; код 1, если пройдены не все."""
    return show_status(link, as_json=json)


def show_status(link: str, *, as_json: bool) -> int:
    """Print the gates of a link; returns the exit code."""
    open_ = opened(link)
    from tasks.gates import left
    from tasks.trial import trial_status

    records = trial_status(open_)
    waiting = left({each.gate: each for each in records})
    if as_json:
        show_json({"link": link, "complete": not waiting, "gates": records})
    else:
        _show_gates(link, records)
        if not waiting:
            say(f"Все этапы пройдены. Дальше: mi1c pilot start --link {link} --by ИМЯ", as_json=False)
    return FAILED if waiting else DONE


def _show_gates(link: str, records: list[GateRecord]) -> None:
    from tasks.trial import evidence_text, gate_rows

    told = gate_rows(records)
    evidence = [
        (row["этап"], text) for row, each in zip(told, records, strict=True) if (text := evidence_text(each.evidence))
    ]
    if evidence:
        show_table("Чем подтверждено", {"этап": "left", "данные": "left"}, evidence)
    columns = {"№": "right", "этап": "left", "состояние": "left", "что известно": "left"}
    rows = [(number, row["этап"], row["состояние"], row["что известно"]) for number, row in enumerate(told, start=1)]
    show_table(f"Тестовый запуск, связь {link}", columns, rows)
    out = console()
    for row in told:
        if row["что делать"]:  # a command to copy stands on a line of its own, not broken over the cells of a table
            out.print(f"{row['этап']}. Что делать. {row['что делать']}", markup=False, soft_wrap=True)


@trial.command(name="pass")
def pass_by_hand(
    gate: Annotated[
        str,
        Parameter(help="этап: goods, correspondences, stock, outlets, orders, documents, statuses, shipments"),
    ],
    /,
    *,
    link: Annotated[str, LINK],
    by: Annotated[str, BY],
    reason: Annotated[str, Parameter(help="основание: кто и когда подтвердил")],
    json: bool = False,
) -> int:
    """Пройти этап решением человека; имя и основание записываются."""
    open_ = opened(link)
    from flows.trial import gates_named
    from tasks.gates import TITLES
    from tasks.trial import pass_gate

    (wanted,) = gates_named((gate,))
    record = pass_gate(open_, wanted, author=by, reason=reason)
    say(f"{TITLES[wanted]}: {record.said} Дальше: mi1c trial --link {link}", as_json=json, gate=record)
    return DONE


@pilot.command
def start(
    *,
    link: Annotated[str, LINK],
    by: Annotated[str, Parameter(help="кто начинает")],
    force: Annotated[bool, Parameter(help="начать, хотя тестовый запуск не пройден")] = False,
    reason: Annotated[str, Parameter(help="почему, с --force")] = "",
    json: bool = False,
) -> int:
    """Начать опытную эксплуатацию: включить расписания обменов. Только после всех этапов тестового запуска."""
    settings = entered()
    open_ = opened(link)
    from flows.pilot import start_pilot

    begun, made = start_pilot(open_, pool=settings.pool, by=by, force=force, reason=reason)
    if json:
        show_json({"pilot": begun, "deployments": made})
        return DONE
    columns = {"развёртывание": "left", "что": "left", "минут": "right", "расписание": "left"}
    show_table(f"Опытная эксплуатация связи {link} начата", columns, [each.row() for each in made])
    return DONE


@pilot.command
def stop(
    *, link: Annotated[str, LINK], by: Annotated[str, Parameter(help="кто останавливает")], json: bool = False
) -> int:
    """Остановить опытную эксплуатацию: выключить расписания; запущенные обмены заканчивают своё."""
    settings = entered()
    open_ = opened(link)
    from flows.pilot import stop_pilot

    ended = stop_pilot(open_, pool=settings.pool, by=by)
    say(f"Опытная эксплуатация связи {link} остановлена, расписания выключены.", as_json=json, pilot=ended)
    return DONE


@pilot.command(name="status")
def pilot_status(*, link: Annotated[str, LINK], json: bool = False) -> int:
    """Показать, когда и кем опытная эксплуатация начиналась и останавливалась."""
    open_ = opened(link)
    from ledger.rollout import pilots

    with open_.database.session() as session:
        found = pilots(session, open_.id)
    if json:
        show_json(found)
        return DONE
    rows = [
        (
            f"{each.started_at.astimezone():%d.%m.%Y %H:%M}",
            each.started_by,
            each.reason,
            f"{each.stopped_at.astimezone():%d.%m.%Y %H:%M}" if each.stopped_at else "идёт",
            each.stopped_by,
        )
        for each in found
    ]
    columns = dict.fromkeys(("начата", "кем", "начата до конца тестового запуска", "остановлена", "кем "), "left")
    empty = f"Начать: mi1c pilot start --link {link} --by ИМЯ"
    show_table(f"Опытная эксплуатация, связь {link}", columns, rows, empty=empty)
    return DONE
