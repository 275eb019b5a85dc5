"""What the exchange of outlets did, as tables that the Prefect UI keeps beside the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import show
from tasks.wording import count_rows

if TYPE_CHECKING:
    from ledger.values import Parcel
    from mappings.exact_parties import Matched
    from mappings.their_outlets import TheirOutlet
    from mappings.translate.outlets import Classifier
    from tasks.links import Link
    from tasks.outlets import Outgoing

NO_SCHEME: Final = "; у сервиса производителя нет схемы для них, сообщите ему иначе"


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_outlets(link: Link, parcel: Parcel, going: Outgoing | None) -> None:
    """Show counts, the ban list and what a person should look at (on a rerun the parcel's counts only)."""
    at = f"outlets-{link.name}"
    show(f"{at}-counts", count_rows(parcel.counts), f"Посылка {parcel.id}: торговые точки")
    if going is None:
        return
    show(f"{at}-waiting", aside_rows(going.classifier), "Торговые точки, которые ждут")
    show(f"{at}-banned", ban_rows(going), "Заблокированные точки" + ("" if going.bans_told else NO_SCHEME))
    show(f"{at}-flags", flag_rows(going.classifier), "Проверьте карточки точек")


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_waiting(link: Link, theirs: list[TheirOutlet]) -> None:
    """Show the manufacturer's outlets that wait to be matched here."""
    show(f"outlets-{link.name}-theirs", their_rows(theirs), f"Точки производителя, ждут сопоставления: {len(theirs)}")


def aside_rows(classifier: Classifier) -> list[dict[str, object]]:
    """Return the outlets that wait, as a table."""
    rows = classifier.set_aside.to_dict("records")
    return [{"точка": row["name"], "почему": row["reason"], "что делать": row["said"]} for row in rows]


def ban_rows(going: Outgoing) -> list[dict[str, object]]:
    """Return the ban list, as a table."""
    return [
        {"точка": ban.name or ban.identity.outlet, "контрагент": ban.identity.company, "почему": ban.reason}
        for ban in going.classifier.bans
    ]


def flag_rows(classifier: Classifier) -> list[dict[str, object]]:
    """Return what a person should look at, as a table."""
    return [{"точка": flag.name, "что": flag.flag, "что делать": flag.said} for flag in classifier.flags]


def their_rows(theirs: list[TheirOutlet]) -> list[dict[str, object]]:
    """Return the manufacturer's outlets, as a table."""
    return [{"код CRM": each.their_id, "точка": each.name, "адрес": each.address} for each in theirs]


@task(name="Отчёт", task_run_name="Отчёт", cache_policy=NO_CACHE, persist_result=False)
def report_parties(link: Link, made: Matched) -> None:
    """Show which pairs of outlets and counterparties exact keys made, and what they could not decide."""
    rows: list[dict[str, object]] = [
        {"что": "новых пар торговых точек", "сколько": made.outlets},
        {"что": "новых пар контрагентов", "сколько": made.counterparties},
        {"что": "решает оператор", "сколько": len(made.conflicts)},
    ]
    show(f"catalogs-{link.name}-parties", rows, "Контрагенты и торговые точки: сопоставление по точным ключам")
    told: list[dict[str, object]] = [{"что": each.name, "почему": each.said} for each in made.conflicts]
    show(f"catalogs-{link.name}-parties-left", told, "Контрагенты и торговые точки, которые решает оператор")
