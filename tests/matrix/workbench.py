"""What one trial works with: doubles and a database of its own, runs that may die, and what people do meanwhile."""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Literal

from flows.registry import flow_of
from foundation.database import migrate, open_database
from foundation.errors import MI1CError
from foundation.settings import LinkSettings, link_settings
from ledger import order_queries, reading
from ledger.links import link_id
from mappings.correspondences import confirm_many
from mappings.pairs import Pair
from sandbox.running import ONEC_PASSWORD, ONEC_USER
from tests.matrix import small
from tests.matrix.fragile import Killed, Steps, body, database_of, process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ledger.order_values import Record
    from ledger.values import Parcel
    from sandbox.running import Sandbox
    from tests.matrix.fragile import FragileLink
    from tests.matrix.stage import Stage

LINK: Final = "matrix"
IN_TIME: Final = 60.0
"""Seconds that a client waits for an answer in a run that no fault holds up."""


class Trouble(AssertionError):
    """A broken promise: ``kind`` is lost, doubled, silent or half."""

    def __init__(self, kind: str, said: str) -> None:
        super().__init__(f"{kind}: {said}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: ``done`` with its result, with an ``error`` of our tree, or ``killed``."""

    ended: Literal["done", "error", "killed"]
    result: Any = None
    steps: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return self.ended == "done"


def settings_of(doubles: Sandbox, **more: Any) -> LinkSettings:
    """Return the settings of a link over the small world; ``more`` may go below what an admin may enter."""
    user = small.BASICS.content["Catalog_Пользователи"][0]["Description"]
    values = {
        "onec_url": doubles.onec_url,
        "onec_user": ONEC_USER,
        "onec_password": ONEC_PASSWORD,
        "profile_parameters": {"code_field": "КодПроизводителя"},
        "crm_url": doubles.crm_url,
        "crm_user": small.USER,
        "warehouses": {small.MAIN: "1", small.CASH: "2"},
        "order_agents": {"101": user},
        "order_price_types": {"1": "Оптовая"},
        "order_pay_kinds": {"2": "Безналичная"},
        "price_types": {"Оптовая": "1"},
        "outlets_send": "always",
    }
    tight = {"page_rows": 5, "connections": 1, "onec_timeout": IN_TIME, "crm_timeout": IN_TIME}
    return link_settings(values).model_copy(update=tight | more)


@dataclass
class Bench:
    """One trial's doubles and database; ``matched`` are the things of ours that have a pair."""

    stage: Stage
    doubles: Sandbox
    path: Path
    settings: LinkSettings
    matched: set[str]
    log: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    # -- runs ----------------------------------------------------------------------------------------------------------

    def run(
        self, exchange: str, run: str, steps: Steps | None = None, *, timeout: float = 0.0, **parameters: Any
    ) -> Outcome:
        """Run an exchange as a process of its own; what it raises must be an error of our tree that says what to do."""
        steps = steps or Steps()
        settings = self.settings
        if timeout:
            settings = settings.model_copy(update={"onec_timeout": timeout, "crm_timeout": timeout})
        try:
            with process(self.path, LINK, settings, steps, run) as link:
                result = body(flow_of(exchange), link)(**parameters)
        except Killed as killed:
            self.log.append(f"{exchange} {run}: убит на шаге {steps.at} из {steps.done} ({killed})")
            return Outcome("killed", None, tuple(steps.names))
        except MI1CError as error:
            self.log.append(f"{exchange} {run}: {type(error).__name__}: {error.said[:150]}")
            if not (error.said and error.todo and error.en):
                raise Trouble("silent", f"{type(error).__name__} says nothing to do: {error}") from error
            return Outcome("error", error, tuple(steps.names))
        self.log.append(f"{exchange} {run}: выполнен, {result}")
        return Outcome("done", result, tuple(steps.names))

    def run_whole(self, exchange: str, run: str = "", **parameters: Any) -> Outcome:
        """Run an exchange on which nothing strikes; it has to succeed."""
        ended = self.run(exchange, run or f"whole-{next(self.numbers)}", **parameters)
        if not ended.done:
            raise Trouble("lost", f"{exchange} does not recover: {ended.result}")
        return ended

    # -- what there is -------------------------------------------------------------------------------------------------

    @contextmanager
    def opened(self) -> Iterator[FragileLink]:
        """Open the link to look at it, or to do what a person does."""
        with process(self.path, LINK, self.settings, Steps(), "look") as link:
            yield link

    def parcel(self, exchange: str) -> Parcel:
        """Return the newest parcel of an exchange."""
        with closing(database_of(self.path)) as database:
            return reading.parcels(database, link=LINK, exchange=exchange, limit=1)[0]

    def order(self, number: str) -> Record:
        """Return an order as the ledger has it."""
        with closing(database_of(self.path)) as database, database.begin() as session:
            return order_queries.order(database, link_id(session, LINK), number)

    # -- people --------------------------------------------------------------------------------------------------------

    def match(self, names: Iterable[str]) -> None:
        """Make the true pairs of things of ours."""
        wanted = {small.ref(name) for name in names} - self.matched
        pairs = []
        for each in small.world().pairs:
            if each.our_id not in wanted or each.kind == "warehouse":
                continue
            pairs.append(Pair(each.kind, each.our_id, each.their_id))  # type: ignore[arg-type]  # a kind of pair
            if each.kind == "good":
                unit = self.doubles.onec.store.objects("Catalog_Номенклатура")
                own = next(card["ЕдиницаИзмерения_Key"] for card in unit if card["Ref_Key"] == each.our_id)
                pairs.append(Pair("unit", own, each.their_unit, each.our_id, each.numerator, each.denominator))
        with closing(database_of(self.path)) as database, database.begin() as session:
            confirm_many(session, link_id(session, LINK), pairs, author="тест")
        self.matched |= wanted

    def add(self, entity: str, values: Mapping[str, Any]) -> None:
        """Enter a new object in 1C."""
        store = self.doubles.onec.store
        with store.lock:
            store._load(entity, [values])

    @property
    def user(self) -> str:
        return self.doubles.world.crm.user

    @property
    def holdings(self) -> Any:
        return self.doubles.crm.holdings(self.user)

    def rows(self, page: str) -> list[dict[str, Any]]:
        return self.doubles.crm.rows(self.user, page)

    def sets(self) -> int:
        """Return how many messages the manufacturer took."""
        return sum(each.request == "set" and each.outcome == "accepted" for each in self.doubles.crm.journal.arrivals)


EVERYBODY: Final = [*(name for name, (_, ware, _, _) in small.GOODS.items() if ware), *small.OUTLETS, *small.FIRMS]


def template(stage: Stage, path: Path) -> None:
    """Fill a database: catalogs are read, all is matched but what a trial matches later."""
    doubles = stage.put(small.world())
    with closing(open_database(f"sqlite:///{path}")) as database:
        migrate(database)
    bench = Bench(stage, doubles, path, settings_of(doubles), set())
    bench.run_whole("goods")
    bench.run_whole("catalogs")
    bench.match(name for name in EVERYBODY if name not in small.LATER)
    with closing(database_of(path)) as database, database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def fresh(stage: Stage, filled: Path, path: Path, **more: Any) -> Bench:
    """Return a bench with new doubles and a copy of the filled database."""
    shutil.copyfile(filled, path)
    doubles = stage.put(small.world())
    matched = {small.ref(name) for name in EVERYBODY if name not in small.LATER}
    return Bench(stage, doubles, path, settings_of(doubles, **more), matched)
