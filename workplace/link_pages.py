"""«Связи» and the overview of one: how every exchange stands, its button, and the pictures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request, Response

from flows.registry import installed
from foundation.errors import MI1CError
from ledger import figures, standing
from ledger.states import ParcelState
from tasks.overview import LinkView, overview
from workplace import charts, numbers
from workplace.charts import Series
from workplace.guard import Pages
from workplace.names import EXCHANGES, REASONS
from workplace.site import Here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from ledger.figures import Standing

pages = Pages()

DAYS: Final = 14
ORDER: Final = tuple(EXCHANGES)


@pages.get("/")
def first(request: Request) -> Response:
    """Lead to the only link, or to the list."""
    here = Here(request)
    names = here.site.links()
    return here.go(f"/links/{names[0]}" if len(names) == 1 else "/links")


@pages.get("/links")
def links(request: Request) -> Response:
    """Show all links, those that want something first."""
    here = Here(request)
    views = here.site.queues.take("overview", lambda: overview(here.database))
    listed = sorted(views, key=lambda view: (view.quiet, view.link))
    return here.render("links.html", views=listed)


@pages.get("/links/{link}")
def one(request: Request, link: str) -> Response:
    """Show how a link stands."""
    here = Here(request, link)
    views: list[LinkView] = here.site.queues.take(("overview", link), lambda: overview(here.database, link))
    pictures = here.site.figures.take(("pictures", link, here.lang), lambda: _pictures(here))
    starts = here.site.figures.take(("starts", link), lambda: here.site.doing.next_starts(link))
    known = {each.exchange: each for each in views[0].exchanges}
    rows = [
        {"exchange": name, "view": known.get(name), "next": starts.get(name)}
        for name in ORDER
        if name in known or name in {*installed(), "suggest"}
    ]
    return here.render("link.html", view=views[0], rows=rows, reason_names=REASONS, **pictures)


@pages.post("/links/{link}/run/{exchange}")
def start(request: Request, link: str, exchange: str) -> Response:
    """Start an exchange and show how its run stands."""
    here = Here(request, link)
    try:
        run = here.site.doing.start(link, exchange)
    except MI1CError as error:
        said, todo = here.t.error(error)
        return here.render("parts/run.html", run=None, exchange_name=exchange, why=f"{said} {todo}", url="")
    return here.render("parts/run.html", run=run, exchange_name=exchange, why="", url=here.site.run_url(run.id))


@pages.get("/links/{link}/run/{exchange}/{run_id}")
def running(request: Request, link: str, exchange: str, run_id: str) -> Response:
    """Show how a run stands."""
    here = Here(request, link)
    try:
        run = here.site.doing.run(run_id)
    except MI1CError as error:
        said, todo = here.t.error(error)
        return here.render("parts/run.html", run=None, exchange_name=exchange, why=f"{said} {todo}", url="")
    if run.ended:
        here.site.queues.forget("overview", ("overview", link))
    return here.render("parts/run.html", run=run, exchange_name=exchange, why="", url=here.site.run_url(run_id))


# -- pictures ----------------------------------------------------------------------------------------------------------


def _pictures(here: Here) -> dict[str, Any]:
    """Return the pictures of a link with the figures that they were drawn from."""
    since = (here.now.astimezone() - timedelta(days=DAYS)).date().isoformat()
    with here.database.session() as session:
        shares = figures.shares(session, here.link_id)
        days = figures.shipment_days(session, here.link_id, since)
        efforts = figures.efforts(session, here.link_id)
        newest = standing.newest(session, here.link_id)
        waits = figures.standing(session, here.link_id, [each.id for each in newest.values()])
        parked = figures.parked_orders(session, here.link_id)
    return {
        "share_chart": _share_chart(here, shares),
        "shares": shares,
        "day_chart": _day_chart(here, days[-DAYS:]),
        "days": days[-DAYS:],
        "waiting_chart": _waiting_chart(here, waits),
        "waits": waits,
        "parked": parked,
        "efforts": [
            (name, efforts[name], *_effort_charts(here, name, efforts[name])) for name in ORDER if name in efforts
        ],
    }


def _share_chart(here: Here, shares: Sequence[figures.Share]) -> Markup | str:
    if not shares:
        return ""
    labels = [f"{each.at.astimezone():%d.%m}" for each in shares]
    series = [
        Series(here.t("по стоимости"), [each.by_value for each in shares]),
        Series(here.t("по числу строк"), [each.by_count for each in shares]),
    ]
    title = here.t("Доля сопоставленного в остатках")
    return charts.lines(
        title, labels, series, lambda value: numbers.percent(value, here.lang), lambda value: f"{value:.0f}%"
    )


def _day_chart(here: Here, days: Sequence[figures.DayTotals]) -> Markup | str:
    if not days:
        return ""
    labels = [f"{each.day[8:10]}.{each.day[5:7]}" for each in days]
    series = [
        Series(here.t("в 1С"), [None if each.our_amount is None else float(each.our_amount) for each in days]),
        Series(here.t("у производителя"), [float(each.their_amount) for each in days]),
    ]
    title = here.t("Отгрузки по дням, сумма")
    return charts.pairs(title, labels, series, lambda value: numbers.short_money(int(value), here.lang))


def _waiting_chart(here: Here, waits: Sequence[Standing]) -> Markup | str:
    if not waits:
        return ""
    rows = []
    for each in waits[:8]:
        told = here.t.count(each.number, "строка", "строки", "строк")
        if each.value:
            told += f" {here.t('на сумму')} {numbers.short_money(each.value, here.lang)}"
        rows.append((each.said or each.reason, float(each.value or each.number), told))
    return charts.lying(here.t("Что не выгружается и почему"), rows)


def _effort_charts(here: Here, name: str, efforts: Sequence[figures.Effort]) -> tuple[Markup, Markup]:
    title = here.t(EXCHANGES.get(name, name))
    told = [
        (each, f"№ {each.parcel}, {numbers.moment(each.at)}: {numbers.integer(each.rows, here.lang)}")
        for each in efforts
    ]
    failed = ParcelState.FAILED
    rows = charts.strip(f"{title}: {here.t('строк')}", [(each.rows, said, each.state == failed) for each, said in told])
    spent = [
        (each.seconds, f"№ {each.parcel}: {numbers.seconds(each.seconds, here.lang)}", each.state == failed)
        for each in efforts
    ]
    return rows, charts.strip(f"{title}: {here.t('длительность')}", spent)
