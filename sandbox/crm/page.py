"""The page for people: what the manufacturer holds of one distributor, in Russian, without scripts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Final

from sandbox.crm.pages import PAGES, heading
from sandbox.crm.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.crm.holdings import Holdings
    from sandbox.crm.office import Office
    from sandbox.crm.values import Value

SHOWN: Final = 200
"""Rows of a table on the page; the JSON pages have all."""

_OUTCOMES: Final = {"accepted": "✓ принято", "given": "→ отдано", "refused": "✕ отказ"}
_VERDICTS: Final = {"accepted": "✓ подтверждено", "refused": "✕ отклонено"}

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; max-width: 80rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; } h2 small, p { color: var(--dim); font-weight: normal; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
th { text-align: left; font-weight: 600; } .n { text-align: right; font-variant-numeric: tabular-nums; }
"""


def render(office: Office, user: str) -> str:
    """Return the page of one user as HTML; everything that came from outside is escaped."""
    holdings = office.users[user]
    names = _names(holdings)
    parts = [_messages(office, user), _orders(holdings)]
    for shown in PAGES.values():
        book = [] if shown.block else holdings.book(shown.source)
        records = list(islice(holdings.rows(shown.source), SHOWN)) if shown.block else book[:SHOWN]
        if records:
            columns = list(records[0])
            heads = [heading(column) for column in columns]
            cells = [[record.get(column) for column in columns] for record in records]
            if "WareId" in columns and "WareName" not in columns:
                heads.append("Товар у производителя")
                wares = [names.get(str(record.get("WareId")), "") for record in records]
                cells = [[*row, ware] for row, ware in zip(cells, wares, strict=True)]
            parts.append(_table(shown.title, heads, cells, holdings.count(shown.source) if shown.block else len(book)))
    title = f"Данные дистрибьютора {escape(user)} у производителя"
    return (
        f'<!DOCTYPE html>\n<html lang="ru"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><h1>{title}</h1>\n{''.join(parts)}</body></html>\n"
    )


def _names(holdings: Holdings) -> dict[str, str]:
    names = {good.ware_id: good.name for good in holdings.goods}
    return names | {ours: names.get(theirs, "") for theirs, ours in holdings.ware_matches.items()}


def _messages(office: Office, user: str) -> str:
    arrivals = [arrival for arrival in office.journal.arrivals if arrival.user == user]
    verdicts = {given.message: _VERDICTS[given.verdict] for given in office.users[user].verdicts}
    rows: list[list[Value]] = [
        [
            arrival.number,
            arrival.at,
            arrival.scheme,
            _OUTCOMES[arrival.outcome],
            arrival.rows,
            arrival.dropped,
            "; ".join((arrival.error, *arrival.remarks)).strip("; "),
            verdicts.get(arrival.number, ""),
        ]
        for arrival in reversed(arrivals[-SHOWN:])
    ]
    heads = ["№", "Когда", "Схема", "Итог", "Строк", "Удалено прежних", "Замечания", "Слово производителя"]
    return _table("Обращения", heads, rows, len(arrivals)) if rows else "<p>Обращений ещё не было.</p>"


def _orders(holdings: Holdings) -> str:
    rows: list[list[Value]] = [
        [
            order.number,
            order.date,
            order.client_name,
            order.client_address,
            len(order.lines),
            "✓ отвечен" if order.number in holdings.answered else "ждёт ответа",
        ]
        for order in holdings.orders.values()
    ]
    heads = ["Заказ", "Дата", "Точка", "Адрес", "Строк", "Состояние"]
    return _table("Заказы", heads, rows[:SHOWN], len(rows)) if rows else ""


def _table(title: str, heads: Sequence[str], rows: Sequence[Iterable[Value]], total: int) -> str:
    count = f"{_grouped(str(total))}" + (f", показаны {len(rows)}" if len(rows) < total else "")
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>\n" for row in rows)
    return f"<h2>{title} <small>строк: {count}</small></h2>\n<table><tr>{head}</tr>\n{body}</table>\n"


def _cell(value: Value) -> str:
    match value:
        case None:
            return "<td></td>"
        case Decimal() | int():
            return f'<td class="n">{_grouped(plain(Decimal(value)))}</td>'
        case datetime():
            has_time = value.hour or value.minute or value.second
            return f"<td>{value:%d.%m.%Y %H:%M}</td>" if has_time else f"<td>{value:%d.%m.%Y}</td>"
    return f"<td>{escape(str(value))}</td>"


def _grouped(number: str) -> str:
    """Return a number as an accountant writes it: ``1 234,5``."""
    whole, _, part = number.partition(".")
    spaced = f"{int(whole):,}".replace(",", "\N{NO-BREAK SPACE}") if whole.lstrip("-").isdecimal() else whole
    spaced = f"-{spaced}" if whole == "-0" else spaced
    return f"{spaced},{part}" if part else spaced
