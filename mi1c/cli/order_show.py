"""``mi1c orders show``: one order in words, its lines with the names of the goods, what it waits for and its story."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from mi1c.console import console, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.order_values import Event, Record
    from tasks.links import Link

KINDS: Final = {"order": "заказ", "return": "возврат"}
PAIR: Final = {"что": "left", "значение": "left"}


def show_order(link: Link, found: Record, story: Sequence[Event]) -> None:
    """Print an order: what it is, its lines, why it waits and what to do, decisions, story."""
    show_table(f"Заказ {found.number}", PAIR, about(link, found))
    columns = {"строка": "right", "товар": "left", "количество": "right", "единица": "left"}
    show_table("Строки", columns | {"цена": "right", "сумма": "right"}, lines(link, found), empty="Строк нет.")
    reasons = [
        (each.get("line") or "", each["said"], each.get("todo", ""), "; ".join(each.get("choice", ())))
        for each in found.reasons
    ]
    columns = {"строка": "right", "почему ждёт": "left", "что делать": "left", "выбор": "left"}
    show_table("Причины", columns, reasons, empty="Заказ ничего не ждёт.")
    show_table("Решения", dict.fromkeys(RULED, "left"), decided(found), empty="Решений не было.")
    steps = [(moment(each.at), event_word(each.event), each.author or "программа", each.note) for each in story]
    show_table("История", {"когда": "left", "что": "left", "кто": "left", "подробно": "left"}, steps)
    if found.pending:
        console().print(
            "Производитель прислал изменение, которого в документе ещё нет. Что делать. Принять его: "
            f"mi1c orders release {found.number} …; оставить документ как есть: то же с --keep.",
            markup=False,
            soft_wrap=True,
        )


RULED: Final = ("строка", "решение", "значение", "кто", "почему")


def about(link: Link, found: Record) -> list[tuple[str, str]]:
    """Return what an order is: state, document, dates, outlet, kind, and what the manufacturer wrote beside it."""
    from ledger.order_values import RUSSIAN

    content = found.content
    rows = [
        ("состояние", RUSSIAN[found.state]),
        ("вид", _kind(link, str(content.get("kind") or ""))),
        ("дата заказа", _day(content.get("date"))),
        ("доставить", _day(content.get("wanted"))),
        ("точка производителя", str(content.get("their_outlet") or "")),
        ("наша точка (код)", str(content.get("outlet_code") or "")),
        ("документ 1С", _document(found)),
    ]
    rows += [(name or option, value) for option, name, value in content.get("options") or ()]
    return [(said, value) for said, value in rows if value]


def lines(link: Link, found: Record) -> list[tuple[Any, ...]]:
    """Return the lines: number, good by its name, quantity, their unit, price, sum."""
    from mappings.catalog import good_names
    from mappings.model import MICRO
    from tasks.wording import amount, money

    listed = found.content.get("lines") or []
    with link.database.session() as session:
        names = good_names(session, link.id, [each["good_code"] for each in listed])
    return [
        (
            each["line"],
            _good(each["good_code"], names),
            amount(each["quantity"]),
            each["their_unit"],
            money(each["price"]),
            money(each["price"] * each["quantity"] // MICRO),
        )
        for each in listed
    ]


def _good(code: str, names: Mapping[str, str]) -> str:
    """Return a good by its name; of one of theirs, which is not matched, with its code, by which it is looked for."""
    if code not in names:
        return f"{code} (нет в справочнике)"
    return f"{names[code]} (код производителя {code[3:]})" if code.startswith("CRM") else names[code]


def decided(found: Record) -> list[tuple[Any, ...]]:
    """Return the decisions in force."""
    from ledger.order_values import ACTIONS

    return [
        (each.line or "весь заказ", ACTIONS[each.action], each.value, each.author, each.reason)
        for each in found.overrides
    ]


def event_word(event: str) -> str:
    """Return how a step of the story is called; one of an older version that has no word comes back as it is."""
    from ledger.order_values import EVENTS

    return EVENTS.get(event, event)


def moment(at: datetime) -> str:
    """Return a moment by this machine's clock."""
    return f"{at.astimezone():%d.%m.%Y %H:%M:%S}"


def _kind(link: Link, theirs: str) -> str:
    """Return the kind of an order in words: the layout says what the manufacturer calls them."""
    known = {code: kind for kind, code in link.layout.values.get("order_kind", {}).items()}
    return KINDS.get(known.get(theirs, ""), theirs)


def _day(iso: Any) -> str:
    return f"{datetime.fromisoformat(str(iso)):%d.%m.%Y %H:%M}".removesuffix(" 00:00") if iso else ""


def _document(found: Record) -> str:
    """Return the document as 1C calls it: «ЗаказКлиента ПД00-000042», and its reference."""
    if not found.document:
        return "ещё не создан"
    kind = found.entity.removeprefix("Document_")
    return f"{kind} {found.document_number or 'без номера'}, ссылка {found.document}"
