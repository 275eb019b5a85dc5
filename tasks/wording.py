"""What results, counts and totals are called in Russian: one table for the terminal, the reports and the forms.

Programs read the English keys (``--json``, the ledger); people read these words. A test holds that every key of every
exchange has its word here. Knows no Prefect, so that a command that only reads the database starts fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from ledger.verdicts import RUSSIAN as VERDICTS
from tasks.order_counts import FATES, ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXCHANGES: Final = {
    "goods": "Классификатор товаров",
    "catalogs": "Справочники 1С",
    "stock": "Остатки",
    "outlets": "Торговые точки",
    "orders": "Заказы",
    "statuses": "Статусы заказов",
    "shipments": "Отгрузки",
    "own_goods": "Наши товары",
    "prices": "Цены",
    "confirmations": "Подтверждения",
}


@dataclass(frozen=True, slots=True)
class Way:
    """Which way rows go: what those that went are called, and those that a rule keeps back."""

    sent: str
    left_out: str


OUT: Final = Way("выгружено", "не выгружается по правилу")
PLANNED: Final = Way("будет выгружено", "не выгружается по правилу")
IN: Final = Way("загружено", "не загружается по правилу")
ANSWERS: Final = Way("учтено ответов сервиса", "не учтено")

COMING: Final = frozenset({"goods"})
"""Exchanges whose rows are counted like those of an export, but come in."""

REASONED: Final = {
    "unmatched": "ждёт",
    "refused": "отклонено",
    "banned": "заблокировано",
    "flagged": "проверить",
    "outlets_left": "точка без вида цен",
}
"""Counts by reason, besides those that a rule keeps back."""

COUNTED: Final = {
    "lines": "строк в сообщениях",
    "gone": "нет у нас, осталось у производителя",
    "added": "добавлено нулевых строк",
    "documents": "документов",
    "documents_added": "из них новых",
    "documents_changed": "из них изменено",
    "documents_gone": "исчезло документов",
    "late": "изменено вне окна",
    "outlets": "точек с видом цен",
    "ban_list_sent": "списков заблокированных в посылке",
}
"""Plain counts; those that are 0 are left out, but for the lines of messages, where rows became any."""

CATALOGS: Final = {
    "good": "товаров",
    "unit": "единиц измерения",
    "warehouse": "складов",
    "counterparty": "контрагентов",
    "outlet": "торговых точек",
}
CHECKED: Final = {
    "from_forms": "слово взято из формы прерванного запуска",
    "from_service": "слово пришло от сервиса",
    "reminded": "напомнили",
    "overdue": "срок прошёл",
    "left_for_later": "запуск продолжится в следующий раз",
    "problems": "не удалось",
}
RESULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "catalogs": {name: f"прочитано {said}" for name, said in CATALOGS.items()},
    "orders": {**ORDERS, "told": "ответов производителю"},
    "confirmations": CHECKED,
}
"""Exchange → key of its result → what it is called, where an exchange does not count rows like the others."""

APART: Final = frozenset({"fates", "rows", "parcel", "confirmation"})
"""Keys of results that are no plain figures: each is told in its own way."""

TOTALS: Final = {
    "read": "сумма количеств, прочитано",
    "converted": "после пересчёта единиц",
    "sent": "сумма количеств, выгружено",
    "rounding": "разница от округления строк",
    "kept": "из прочитанного выгружается",
    "amount_read": "сумма с НДС, прочитано",
    "amount_sent": "сумма с НДС, выгружается",
    "unknown batches": "партий, которых нет в справочнике",
    "prices": "цен",
    "sum": "сумма цен",
    "goods": "товаров",
    "units": "строк единиц измерения",
    "outlets": "торговых точек",
    "banned": "заблокированных",
    "value": "стоимость остатков по последним ценам",
    "matched_value": "из неё сопоставлено",
}
"""Control totals of a parcel; those of the statuses are called by the statuses themselves."""

MONEY: Final = frozenset({"amount_read", "amount_sent", "sum", "value", "matched_value"})
NOTHING: Final = "нет"


# -- counts and results ------------------------------------------------------------------------------------------------


def way_of(exchange: str) -> Way:
    """Return which way the rows of an exchange go."""
    return IN if exchange in COMING else OUT


def count_rows(counts: Mapping[str, Any], way: Way = OUT) -> list[dict[str, object]]:
    """Return where the rows ended, as a table: what → how many."""
    return [{"что": said, "сколько": value} for said, value in _counted(counts, way)]


def _counted(counts: Mapping[str, Any], way: Way) -> Iterator[tuple[str, object]]:
    yield "прочитано строк", counts.get("read", 0)
    yield way.sent, counts.get("sent", 0)
    for key, title in {"left_out": way.left_out, **REASONED}.items():
        yield from ((f"{title}: {reason}", number) for reason, number in (counts.get(key) or {}).items())
    for key, said in COUNTED.items():
        if counts.get(key) or (key == "lines" and key in counts):
            yield said, counts[key]


def result_rows(exchange: str, result: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return the result of an exchange as people read it: what → how many, which parcels, which word.

    A key without a word is shown as it is rather than lost; the test of this table keeps that from happening.
    """
    words = RESULTS.get(exchange)
    rows = list(_counted(result, way_of(exchange)) if words is None and "read" in result else _named(exchange, result))
    rows += [(FATES.get(name, name), number) for name, number in (result.get("fates") or {}).items()]
    if result.get("rows"):
        rows += _counted(result["rows"], ANSWERS)
    if result.get("parcel"):
        rows.append(("посылка в журнале", f"№ {result['parcel']}"))
    if result.get("confirmation"):
        rows.append(("подтверждение", VERDICTS.get(result["confirmation"], result["confirmation"])))
    return rows


def _named(exchange: str, result: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    words = RESULTS.get(exchange) or {"sent": way_of(exchange).sent}
    for key in [*words, *(key for key in result if key not in words)]:
        if key in result and key not in APART:
            yield words.get(key, key), _plain(result[key])


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or NOTHING
    return value


def total_rows(totals: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return control totals as people read them: what → 1 693 918,257."""
    return [(TOTALS.get(name, name), figure(value, money_=name in MONEY)) for name, value in totals.items()]


# -- numbers and sentences ---------------------------------------------------------------------------------------------


def money(micro: int) -> str:
    """Return money as people read it: 1 234,50."""
    return spaced(f"{Decimal(micro).scaleb(-6):,.2f}")


def amount(micro: int) -> str:
    """Return a quantity as people read it: 2 147,963."""
    return spaced(format(Decimal(micro).scaleb(-6).normalize(), ",f"))


def figure(value: object, *, money_: bool = False) -> str:
    """Return a number of the ledger, or text of one, as people read it; what is no number comes back as it is."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    return spaced(f"{exact:,.2f}" if money_ else format(exact.normalize(), ",f"))


def percent(share: float) -> str:
    """Return a share of a hundred as people read it: 97,6 %."""
    return f"{share:g} %".replace(".", ",")


def spaced(text: str) -> str:
    """Return a number that Python wrote with ``,`` and ``.`` as people read it: 1 234,50."""
    return text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def stopped(text: str) -> str:
    """Return what a person wrote with one full stop at its end, whether he wrote one or not."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
