"""What each ``set`` scheme does to the holdings: first everything is checked, then everything is applied.

Balances: ``SkipDelete=0`` (or no parameter, as the older dialect sends) drops all balances of the scheme. Shipments:
``SkipDelete=0`` drops from ``WorkDate`` on. ``SkipDelete=1`` appends blindly, so what is sent twice is there twice.
Outlets, own goods, statuses and prices are written by key. Blocked outlets and debts are whole lists: the last holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sandbox.crm.holdings import Block
from sandbox.crm.schemes import SETS, Refusal
from sandbox.crm.tables import Rows, is_below, joined, needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.crm.holdings import Holdings
    from sandbox.crm.values import Value

ANSWERS: Final = frozenset({"Transfered", "Dispatched"})
"""Statuses after which an order is not given out again (the first is spelt as the field spells it)."""

OUTLET_KEY: Final = ("CompanyId", "AddressId")


@dataclass(slots=True)
class Taken:
    """What a message did: rows stored, rows dropped before, and what somebody should know of it."""

    rows: int = 0
    dropped: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Message:
    """A message that was read: its datasets by name."""

    scheme: str
    tables: dict[str, Rows]

    def block(self, name: str, head: str = "") -> Block:
        """Return a dataset's rows, with those of its head where it has one; raises Refusal."""
        rows = self.tables.get(name)
        if rows is None:
            raise Refusal(f"Нет набора данных {name}")
        columns, values = joined(rows, self.tables.get(head))
        needed(rows, SETS[self.scheme][name], columns)
        return Block(columns, values)

    def parameter(self, dataset: str, column: str, default: Value = None) -> Value:
        """Return a value of the one row of a parameter dataset; raises Refusal."""
        rows = self.tables.get(dataset)
        if rows is None:
            return default
        if len(rows.values) != 1:
            raise Refusal(f"{dataset}: ожидается одна строка, пришло {len(rows.values)}")
        return rows.values[0][rows.columns.index(column)] if column in rows.columns else default

    def keeps_old(self, dataset: str) -> bool:
        """Tell whether the message is appended (``SkipDelete=1``); raises Refusal."""
        skip = self.parameter(dataset, "SkipDelete", 0)
        if skip not in (0, 1):
            raise Refusal(f"{dataset}: SkipDelete может быть 0 или 1, пришло «{skip}»")
        return skip == 1

    def remarks(self) -> tuple[str, ...]:
        """Return what stands in the message beyond the columns that the service knows; it is kept all the same."""
        known = SETS[self.scheme]
        return tuple(
            f"{rows.name}: столбец {name} службе неизвестен, сохранён как есть"
            for rows in self.tables.values()
            for name in rows.columns
            if name not in known[rows.name]
        )


def accept(message: Message, holdings: Holdings) -> Taken:
    """Check a message and apply it to the holdings; raises Refusal before anything is changed."""
    taken = _SCHEMES[message.scheme](message, holdings)
    taken.remarks = (*message.remarks(), *taken.remarks)
    return taken


def _balances(message: Message, holdings: Holdings) -> Taken:
    has_lines = "CRMWhBalanceLine" in message.tables
    if not has_lines and "WareId" in getattr(message.tables.get("CRMWhBalance"), "columns", ()):
        # The dialect of one table: a row of the head is a line.
        block = message.block("CRMWhBalance")
    else:
        block = message.block("CRMWhBalanceLine", "CRMWhBalance")
    needed_columns = {"WareHouseId", "WareId", "Quantity"} - set(block.columns)
    if needed_columns:
        raise Refusal(f"CRMWhBalanceEx: нет столбца {', '.join(sorted(needed_columns))}")
    return _replace_all(message, holdings, "CRMWhBalanceLine", block)


def _balances_by_batch(message: Message, holdings: Holdings) -> Taken:
    return _replace_all(message, holdings, "CRMWhBalanceParts", message.block("CRMWhBalanceParts"))


def _replace_all(message: Message, holdings: Holdings, dataset: str, block: Block) -> Taken:
    dropped = 0 if message.keeps_old("CRMWhBalanceParam") else holdings.drop(dataset)
    holdings.append(dataset, block)
    return Taken(len(block.rows), dropped)


def _shipments(message: Message, holdings: Holdings) -> Taken:
    lines, batches = message.tables.get("CRMDespatch"), message.tables.get("CRMDespatchParts")
    blocks = {"CRMDespatch": message.block("CRMDespatch")} if lines else {}
    if batches:  # under the line that they divide, or instead of lines
        inside = lines is not None and is_below(batches, lines)
        blocks["CRMDespatchParts"] = message.block("CRMDespatchParts", "CRMDespatch" if inside else "")
    if not blocks:
        raise Refusal("Нет набора данных CRMDespatch или CRMDespatchParts")
    outlets = [message.block(name) for name in ("CRMClientAddress", "CRMExtClientAddressDef") if name in message.tables]
    if "CRMDespatchParam" not in message.tables:
        raise Refusal("Нет набора данных CRMDespatchParam")
    start = message.parameter("CRMDespatchParam", "WorkDate")
    if not isinstance(start, datetime):
        raise Refusal("CRMDespatchParam: нет столбца WorkDate")
    taken = Taken()
    if not message.keeps_old("CRMDespatchParam"):
        for name in ("CRMDespatch", "CRMDespatchParts"):
            taken.dropped += holdings.drop_from(name, "DocumentDate", start)
    for name, block in blocks.items():
        holdings.append(name, block)
        taken.rows += len(block.rows)
        if early := _before(block, start):
            taken.remarks += (f"{name}: строк раньше {start:%d.%m.%Y} {early}, повтор сообщения их удвоит",)
    for block in outlets:
        holdings.note("clients", OUTLET_KEY, block)
    return taken


def _before(block: Block, start: datetime) -> int:
    place = block.columns.index("DocumentDate")
    return sum(isinstance(value := row[place], datetime) and value < start for row in block.rows)


def _outlets(message: Message, holdings: Holdings) -> Taken:
    return _note(holdings, "outlets", OUTLET_KEY, message.block("CRMExtClientAddressDef"))


def _own_goods(message: Message, holdings: Holdings) -> Taken:
    return _note(holdings, "goods", ("WareId",), message.block("CRMWareSUP"))


def _prices(message: Message, holdings: Holdings) -> Taken:
    block = message.block("CRMWarePrice")
    types = [message.block(name) for name in ("PriceAddress", "CRMWarePriceAddress") if name in message.tables]
    taken = _note(holdings, "prices", ("PriceDate", "PriceTypeId", "WareId", "UnitId"), block)
    for each in types:
        taken.rows += _note(holdings, "price-types", OUTLET_KEY, each).rows
    return taken


def _note(holdings: Holdings, book: str, key: tuple[str, ...], block: Block) -> Taken:
    holdings.note(book, key, block)
    return Taken(len(block.rows))


def _bans(message: Message, holdings: Holdings) -> Taken:
    block = message.block("CRMBanAddress")
    dropped = holdings.drop("CRMBanAddress")
    holdings.append("CRMBanAddress", block)
    return Taken(len(block.rows), dropped)


def _debts(message: Message, holdings: Holdings) -> Taken:
    blocks = {name: message.block(name) for name in SETS["CRMSaldoEx"] if name in message.tables}
    if not blocks:
        raise Refusal("Нет набора данных CRMSaldoAggregate, CRMSaldoDoc или CRMSaldoWare")
    taken = Taken()
    for name in SETS["CRMSaldoEx"]:
        taken.dropped += holdings.drop(name)
    for name, block in blocks.items():
        holdings.append(name, block)
        taken.rows += len(block.rows)
    return taken


def _statuses(message: Message, holdings: Holdings) -> Taken:
    block = message.block("CRMOrderStatus")
    for number, record in enumerate(block.records(), 1):
        if record["CRMOrderNumber"] not in holdings.orders:
            raise Refusal(f"CRMOrderStatus, строка {number}: заказ «{record['CRMOrderNumber']}» неизвестен")
    for record in block.records():
        if record["StatusId"] in ANSWERS:
            holdings.answered.add(str(record["CRMOrderNumber"]))
    holdings.append("CRMOrderStatus", block)
    return _note(holdings, "statuses", ("CRMOrderNumber",), block)


_SCHEMES: Final[dict[str, Callable[[Message, Holdings], Taken]]] = {
    "CRMWhBalanceEx": _balances,
    "CRMWhBalanceExParts": _balances_by_batch,
    "CRMExtClientAddressDef": _outlets,
    "CRMBanAddress": _bans,
    "CRMOrderStatus": _statuses,
    "CRMDespatchEx": _shipments,
    "CRMWareSUP": _own_goods,
    "CRMWarePrice": _prices,
    "CRMSaldoEx": _debts,
}
