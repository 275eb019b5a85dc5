"""Figures of all links in Prometheus' text format, read from the database when they are asked for.

Labels are names of links, exchanges, states and kinds of alerts: no address, no user, no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ledger.states import ParcelState
from tasks.overview import overview
from tasks.watching import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prometheus_client import Metric

    from foundation.database import Database
    from tasks.overview import LinkView

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


def exposition(database: Database) -> bytes:
    """Return the figures as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Links(database))
    return generate_latest(registry)


class Links(Collector):
    """All links as figures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        """Return one family a figure."""
        views = overview(self._database)
        for name, (doc, figure) in PER_LINK.items():
            family = GaugeMetricFamily(name, doc, labels=["link"])
            for view in views:
                family.add_metric([view.link], figure(view))
            yield family
        yield _share(views)
        yield _alerts(views)
        yield from _exchanges(views)


PER_LINK: Final[dict[str, tuple[str, Callable[[LinkView], float]]]] = {
    "mi1c_pilot": ("1 while the link is in pilot operation", lambda view: bool(view.piloted)),
    "mi1c_trial_gates_passed": ("Gates of the trial that are passed, of 8", lambda view: view.gates),
    "mi1c_confirmations_waiting": ("Parcels that wait for the manufacturer's word", lambda view: view.waiting),
    "mi1c_confirmations_overdue": ("Of them past their deadline", lambda view: view.overdue),
    "mi1c_orders_received": ("Orders received", lambda view: view.received),
    "mi1c_orders_parked": ("Orders that wait for a correspondence", lambda view: view.parked),
}


def _share(views: Sequence[LinkView]) -> Metric:
    doc = "Matched share of the stock's value in the last parcel, 0 to 1"
    family = GaugeMetricFamily("mi1c_stock_matched_value_ratio", doc, labels=["link"])
    for view in views:
        if view.value_share is not None:
            family.add_metric([view.link], view.value_share / 100)
    return family


def _alerts(views: Sequence[LinkView]) -> Metric:
    family = GaugeMetricFamily("mi1c_alerts_open", "Alerts that hold now", labels=["link", "kind"])
    for view in views:
        for kind in KINDS:
            family.add_metric([view.link, kind], sum(each.kind == kind for each in view.alerts))
    return family


def _exchanges(views: Sequence[LinkView]) -> Iterable[Metric]:
    labels = ["link", "exchange"]
    doc = "When the last parcel was wholly answered, seconds since 1970"
    success = GaugeMetricFamily("mi1c_last_success_timestamp_seconds", doc, labels=labels)
    rows = GaugeMetricFamily("mi1c_parcel_rows", "Rows of the last answered parcel", labels=labels)
    state = GaugeMetricFamily("mi1c_parcel_state", "1 for the state of the newest parcel", labels=[*labels, "state"])
    for view in views:
        for each in view.exchanges:
            names = [view.link, each.exchange]
            rows.add_metric(names, each.rows)
            if each.succeeded is not None:
                success.add_metric(names, each.succeeded.timestamp())
            for one in ParcelState:
                state.add_metric([*names, one.value], one.value == each.state)
    yield success
    yield rows
    yield state
