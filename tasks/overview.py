"""How every link stands, in one look: for ``mi1c status`` and for the metrics; the database alone is enough for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ledger import standing
from ledger.alerts import open_alerts
from ledger.links import link_id, link_names
from ledger.rollout import GateState, gates, running_pilot
from ledger.states import ParcelState
from tasks.watch_facts import value_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from foundation.database import Database
    from ledger.alerts import Alert
    from ledger.values import Parcel


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One exchange of a link: its newest parcel, its last success, its next start by the schedule (None: none)."""

    exchange: str
    state: str = ""
    parcel: int | None = None
    rows: int = 0
    succeeded: datetime | None = None
    next_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link: ``gates`` is how many gates of the trial are passed, ``piloted`` since when its pilot goes on."""

    link: str
    gates: int
    piloted: datetime | None
    exchanges: Sequence[ExchangeView] = ()
    waiting: int = 0
    overdue: int = 0
    received: int = 0
    parked: int = 0
    value_share: float | None = None
    alerts: Sequence[Alert] = field(default_factory=tuple)

    @property
    def quiet(self) -> bool:
        """Whether nothing failed and nothing waits for anybody."""
        failed = any(each.state == ParcelState.FAILED for each in self.exchanges)
        return not (failed or self.waiting or self.parked or self.alerts)


def overview(database: Database, link: str = "") -> list[LinkView]:
    """Return all links that have any state, or the one that is named."""
    with database.session() as session:
        names = [name for name in link_names(session) if link in {"", name}]
        return [_view(session, name, link_id(session, name)) for name in names]


def _view(session: Session, name: str, id_: int) -> LinkView:
    newest = standing.newest(session, id_)
    answered = standing.newest(session, id_, ParcelState.ANSWERED)
    pilot = running_pilot(session, id_)
    asked = standing.confirmations(session, id_, standing.WAITING)
    orders = standing.order_count(session, id_)
    return LinkView(
        link=name,
        gates=sum(each.state is GateState.PASSED for each in gates(session, id_).values()),
        piloted=pilot.started_at if pilot else None,
        exchanges=[_exchange(each, parcel, answered.get(each)) for each, parcel in sorted(newest.items())],
        waiting=len(asked),
        overdue=sum(each.state == "overdue" for each in asked),
        received=orders.received,
        parked=orders.parked,
        value_share=value_share(answered.get("stock")),
        alerts=tuple(open_alerts(session, id_)),
    )


def _exchange(exchange: str, newest: Parcel, answered: Parcel | None) -> ExchangeView:
    counts = (answered or newest).counts
    rows = int(counts.get("sent", counts.get("read")) or 0)  # orders are read, and not sent
    return ExchangeView(exchange, newest.state, newest.id, rows, answered.updated_at if answered else None)


def with_runs(view: LinkView, succeeded: Mapping[str, datetime], starts: Mapping[str, datetime]) -> LinkView:
    """Return the view with what Prefect adds: successes without a parcel, and the next starts."""
    known = {each.exchange: each for each in view.exchanges}
    for exchange in sorted({*succeeded, *starts} - known.keys()):
        known[exchange] = ExchangeView(exchange)
    return replace(
        view,
        exchanges=[
            replace(
                each,
                succeeded=max(filter(None, (each.succeeded, succeeded.get(exchange))), default=None),
                next_start=starts.get(exchange),
            )
            for exchange, each in sorted(known.items())
        ],
    )
