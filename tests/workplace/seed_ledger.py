"""Parcels, confirmations and a trial half-way for the seeded database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ledger import rollout
from ledger.alerts import Alarm, reconcile
from ledger.confirmations import Confirmations
from ledger.documents import Action, Item
from ledger.parcels import Ledger
from ledger.rollout import GateRecord, GateState
from ledger.values import Aside, NewMessage
from ledger.verdicts import Verdict, Word
from tests.workplace.seed_values import MILLION, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from foundation.database import Database
    from sandbox.content import World


MESSAGE = (
    '<?xml version="1.0" encoding="windows-1251"?><extdata user="probe"><scheme name="CRMWhBalanceEx" request="set">'
    '<data><s><d name="CRMWhBalance"><f name="WareHouseId" type="String"/><f name="DocumentDate" type="Date"/>'
    '<d name="CRMWhBalanceLine"><f name="WareId" type="String"/><f name="UnitId" type="String"/>'
    '<f name="Quantity" type="Currency"/></d></d></s><o><d name="CRMWhBalance"><r><f>1</f><f>2026-11-24T00:00:00</f>'
    '<d name="CRMWhBalanceLine">{rows}</d></r></d></o></data></scheme></extdata>'
)


def message_text(rows: int) -> str:
    """Return a message of balances with so many lines."""
    return MESSAGE.format(
        rows="".join(f"<r><f>46{place:05d}</f><f>ea</f><f>{place}.5</f></r>" for place in range(rows))
    )


def seed_parcels(database: Database, link: int, world: World, days: int = 12) -> None:
    goods = [pair for pair in world.pairs if pair.kind == "good"]
    named = {card["Ref_Key"]: card["Description"] for card in world.onec.get("Catalog_Номенклатура", [])}
    for back in range(days, -1, -1):
        at = NOW - timedelta(days=back)
        ledger = Ledger(database, link, clock=_at(at))
        share = 60 + 3 * (days - back)
        totals = {"value": "1250000.50", "matched_value": f"{12500.00 * share:.2f}", "read": "52000.5", "sent": "51000"}
        aside = [
            Aside(
                "good",
                "no pair",
                "Товар не сопоставлен.",
                our_id=pair.our_id,
                name=named[pair.our_id],
                quantity=(40 - place) * MILLION,
                value=(40 - place) * 1_250 * MILLION,
            )
            for place, pair in enumerate(goods[: 40 - 3 * (days - back)])
        ]
        counts = {
            "read": 1_200,
            "sent": 12 * share - 120,
            "unmatched": {"товар не сопоставлен": 1_320 - 12 * share},
            "left_out": {"нулевой остаток": 0},
        }
        _send(ledger, "stock", at, counts, totals, aside=_frame(aside), rows=160)
        by_day = {
            (at - timedelta(days=n)).date().isoformat(): [5, 20, 5_000 * MILLION + n * 700 * MILLION] for n in range(5)
        }
        steps = [
            (
                Action.ADD,
                Item(
                    f"doc-{back}-{n}",
                    "h",
                    {"number": f"24-{back}{n}", "kind": "sale"},
                    at.date().isoformat(),
                    MILLION,
                    1_000 * MILLION,
                ),
            )
            for n in range(5)
        ]
        fails = back == 0
        _send(
            ledger,
            "shipments",
            at,
            {"read": 25, "sent": 25, "documents": 5},
            {"money": "5000.00"},
            window={"by_day": by_day},
            steps=steps,
            fails=fails,
        )
    ledger = Ledger(database, link, clock=lambda: NOW)
    ledger.received("goods", "r-goods", "CRMWare", message_text(40), 40)
    words = Confirmations(database, link, clock=lambda: NOW)
    with database.session() as session:
        from ledger.standing import newest

        stock = newest(session, link)["stock"].id
    words.ask(stock - 4, "person", NOW + timedelta(days=2))
    words.say(
        stock - 4,
        Word(
            Verdict.REMARKS,
            "Сидорова, ИТ производителя",
            NOW - timedelta(hours=3),
            "Проверьте склад 2",
            author="Иванова А.",
        ),
    )
    words.ask(stock, "person", NOW + timedelta(days=5))


def _at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _frame(rows: Sequence[Aside]) -> Any:
    import pandas as pd

    names = ("kind", "our_id", "name", "reason", "said", "quantity", "value")
    return pd.DataFrame([{name: getattr(row, name) for name in names} for row in rows], columns=list(names))


def _send(
    ledger: Ledger,
    exchange: str,
    at: datetime,
    counts: Mapping[str, Any],
    totals: Mapping[str, Any],
    *,
    aside: Any = None,
    window: Mapping[str, Any] | None = None,
    steps: Sequence[tuple[Action, Item]] = (),
    rows: int = 25,
    fails: bool = False,
) -> None:
    more: dict[str, Any] = {"set_aside": aside} if aside is not None and len(aside) else {}
    parcel = ledger.prepare(
        exchange,
        f"{at:%Y%m%d}-{exchange}",
        [NewMessage("CRMWhBalanceEx" if exchange == "stock" else "CRMDespatch", message_text(rows), rows)],
        counts=counts,
        totals=totals,
        window=window or {},
        steps=steps,
        **more,
    )
    (message,) = ledger.to_send(parcel.id)
    ledger.sending(message)
    if fails:
        ledger.failed(message, "Сервис производителя не ответил за 120 с.", ambiguous=True)
        return
    ledger.answered(message, "<ok number='1'/>", 0.4 + rows / 100)
    ledger.finish(parcel.id)


def seed_rollout(database: Database, link: int) -> None:
    with database.begin() as session:
        passed = GateRecord(
            "goods",
            GateState.PASSED,
            "Получено товаров: 1200, единиц измерения: 5.",
            evidence={"goods": 1200, "units": 5, "parcel": 1},
        )
        rollout.store_gate(session, link, passed, NOW)
        waits = GateRecord(
            "correspondences",
            GateState.WAITS,
            "Сопоставлено 96 % товаров с остатком и 93,2 % их стоимости; пороги связи 90 % и 95 %.",
            "Сопоставьте товары (38) и единицы (2), начиная с самых дорогих. Затем продолжите: mi1c trial --link probe",
            evidence={"stock_goods": 1000, "matched": 960, "count_share": "96", "value_share": "93.2"},
        )
        rollout.store_gate(session, link, waits, NOW)
        reconcile(
            session,
            link,
            [
                Alarm(
                    "parked",
                    "orders",
                    "Отложено заказов: 3, старейший ждёт трое суток.",
                    "Сопоставьте товары этих заказов.",
                )
            ],
            NOW,
            kinds=(),
        )
