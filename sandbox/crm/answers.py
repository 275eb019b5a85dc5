"""Writing what the service gives out: the same self-describing tables, with a column order of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape, quoteattr

from sandbox.crm.values import Value, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from sandbox.content import CrmOrder, CrmUnit
    from sandbox.crm.holdings import Holdings

PROLOG: Final = '<?xml version="1.0" encoding="windows-1251"?>'

_WARE: Final = (
    ("WareId", "String"),
    ("WareName", "String"),
    ("UnitId", "String"),
    ("UnitName", "String"),
    ("Quantity", "Currency"),
)
_ORDER: Final = (
    ("ActionDate", "Date"),
    ("AddressId", "String"),
    ("CRMClientId", "String"),
    ("CompanyId", "String"),
    ("CreateId", "String"),
    ("CRMDbId", "String"),
    ("CRMOrderDate", "Date"),
    ("CRMOrderNumber", "String"),
    ("CRMPayKindId", "String"),
    ("CRMWareHouseId", "String"),
    ("PersonId", "String"),
    ("StatusId", "String"),
    ("Summa", "Currency"),
    ("WareHouseId", "String"),
    ("DocumentTypeId", "String"),
    ("PriceTypeId", "String"),
)
_LINE: Final = (
    ("CRMOrderDate", "Date"),
    ("CRMWareHouseId", "String"),
    ("LineNumber", "Integer"),
    ("WareHouseId", "String"),
    ("WareId", "String"),
    ("UnitId", "String"),
    ("Price", "Currency"),
    ("Quantity", "Currency"),
)
_OPTION: Final = (
    ("CRMOrderDate", "Date"),
    ("OptionTypeId", "String"),
    ("OptionTypeName", "String"),
    ("Value", "String"),
)
_NUMBER: Final = ("CRMOrderNumber", "String")
_CONFIRMATION: Final = (
    ("MessageId", "Integer"),
    ("SchemeName", "String"),
    ("DocumentNumber", "String"),
    ("Verdict", "String"),
    ("Remark", "String"),
    ("ConfirmDate", "DateTime"),
)

Details = Literal["nested", "flat"]


@dataclass(slots=True)
class Out:
    """A dataset to be written; each of ``details`` has its rows grouped by this dataset's rows in ``groups``."""

    name: str
    columns: Sequence[tuple[str, str]]
    rows: list[tuple[Value, ...]] = field(default_factory=list)
    details: tuple[Out, ...] = ()
    groups: list[list[tuple[Value, ...]]] = field(default_factory=list)


def goods(holdings: Holdings, *, barcode_column: str = "") -> list[Out]:
    """Return the manufacturer's goods: a row a good and unit; ``barcode_column`` adds the barcode under that name."""
    columns = (*_WARE, (barcode_column, "String")) if barcode_column else _WARE

    def row(ware: tuple[str, str, str], unit: CrmUnit) -> tuple[Value, ...]:
        values = (ware[0], ware[1], unit.unit_id, unit.name, unit.factor)
        return (*values, ware[2]) if barcode_column else values

    rows = [row((good.ware_id, good.name, good.barcode), unit) for good in holdings.goods for unit in good.units]
    return [Out("CRMWare", columns, rows)]


def orders(holdings: Holdings, *, details: Details) -> list[Out]:
    """Return the orders that no status has answered yet, with lines and options inside them or beside them."""
    head = Out("CRMOrder", _ORDER)
    nested = details == "nested"
    lines = Out("CRMOrderLine", _LINE if nested else (_NUMBER, *_LINE))
    options = Out("CRMOrderOption", _OPTION if nested else (_NUMBER, *_OPTION))
    for order in holdings.waiting():
        key = () if nested else (order.number,)
        head.rows.append(_order_row(order, holdings))
        lines.groups.append([(*key, *row) for row in _line_rows(order, holdings)])
        options.groups.append([(*key, *row) for row in _option_rows(order)])
    if nested:
        head.details = (lines, options)
        return [head]
    for each in (lines, options):
        each.rows = [row for group in each.groups for row in group]
    return [head, lines, options]


def confirmations(holdings: Holdings, scheme: str) -> list[Out]:
    """Return every verdict that was given so far."""
    rows: list[tuple[Value, ...]] = [
        (given.message, given.scheme, given.document, given.verdict, given.remark, given.at)
        for given in holdings.verdicts
    ]
    return [Out(scheme, _CONFIRMATION, rows)]


def ware_code(ware_id: str, holdings: Holdings) -> str:
    """Return the distributor's code where it is matched, else the manufacturer's, which begins with ``CRM``."""
    matched = holdings.ware_matches.get(ware_id)
    return matched or (ware_id if ware_id.startswith("CRM") else f"CRM{ware_id}")


def _order_row(order: CrmOrder, holdings: Holdings) -> tuple[Value, ...]:
    company, address = holdings.outlet_matches.get(order.crm_client_id, ("", ""))
    total = sum((line.price * line.quantity for line in order.lines), start=order.lines[0].price * 0)
    return (
        order.action_date,
        address,
        order.crm_client_id,
        company,
        "CRM",
        holdings.user,
        order.date,
        order.number,
        order.pay_kind,
        order.warehouse_id,
        order.person_id,
        "Entered",
        round(total, 2),
        order.warehouse_id,
        order.document_type,
        order.price_type,
    )


def _line_rows(order: CrmOrder, holdings: Holdings) -> list[tuple[Value, ...]]:
    warehouse = order.warehouse_id
    return [
        (
            order.date,
            warehouse,
            number,
            warehouse,
            ware_code(line.ware_id, holdings),
            line.unit_id,
            line.price,
            line.quantity,
        )
        for number, line in enumerate(order.lines, 1)
    ]


def _option_rows(order: CrmOrder) -> list[tuple[Value, ...]]:
    named = (
        ("ClientName", "Наименование торговой точки", order.client_name),
        ("ClientAddress", "Адрес торговой точки", order.client_address),
    )
    return [(order.date, *option) for option in (*order.options, *named) if option[2]]


def given(scheme: str, tables: Sequence[Out], *, order: Random | None, comma: bool) -> str:
    """Return a scheme with its tables, as a piece for :func:`together`.

    ``order`` shuffles the columns of every dataset and slips an unknown one in now and then; None leaves them be.
    """
    dealt = [_Dealt(table, order) for table in tables]
    schema = "".join(each.schema() for each in dealt)
    rows = "".join(each.whole(comma=comma) for each in dealt)
    data = f"<data><s>{schema}</s><o>{rows}</o></data>"
    return f'<scheme name={quoteattr(scheme)} request="get">{data}</scheme>'


def taken(scheme: str, *, message: int) -> str:
    """Return the piece that says a ``set`` was taken, with the message's number at the service."""
    return f'<scheme name={quoteattr(scheme)} request="set" message="{message}"/>'


def refused(scheme: str, request: str, text: str) -> str:
    """Return the piece that says a scheme was refused."""
    error = f"<error>{escape(text)}</error>"
    return f"<scheme name={quoteattr(scheme)} request={quoteattr(request)}>{error}</scheme>"


def together(user: str, pieces: Sequence[str]) -> str:
    """Return a whole answer from the pieces of its schemes."""
    return _labelled(f"{PROLOG}<extdata user={quoteattr(user)}>{''.join(pieces)}</extdata>")


def failed(text: str) -> str:
    """Return the answer to a document that could not be taken at all."""
    return _labelled(f"{PROLOG}<extdata><error>{escape(text)}</error></extdata>")


def _labelled(text: str) -> str:
    """Return the text with what windows-1251 lacks as character references, as a server under that label writes it."""
    return text.encode("windows-1251", "xmlcharrefreplace").decode("windows-1251")


class _Dealt:
    """A dataset whose columns were dealt out in their order for one answer."""

    def __init__(self, table: Out, order: Random | None) -> None:
        self.table = table
        self.places: list[int] = list(range(len(table.columns)))
        self.extra = ""
        if order is not None:
            if order.random() < 1 / 3:
                self.extra = f"Reserved{order.randrange(10, 99)}"
                self.places.append(-1)
            order.shuffle(self.places)
        self.details = [_Dealt(detail, order) for detail in table.details]

    def schema(self) -> str:
        columns = (self.table.columns[place] if place >= 0 else (self.extra, "String") for place in self.places)
        fields = "".join(f'<f name="{name}" type="{kind}"/>' for name, kind in columns)
        details = "".join(detail.schema() for detail in self.details)
        return f'<d name="{self.table.name}">{fields}{details}</d>'

    def whole(self, *, comma: bool) -> str:
        rows = self.table.rows
        inside = [
            "".join(detail.some(detail.table.groups[number], comma=comma) for detail in self.details)
            for number in range(len(rows) if self.details else 0)
        ]
        return self.some(rows, comma=comma, inside=inside)

    def some(self, rows: Sequence[tuple[Value, ...]], *, comma: bool, inside: Sequence[str] = ()) -> str:
        written = []
        for number, row in enumerate(rows):
            cells = (_cell(row[place] if place >= 0 else "-", comma=comma) for place in self.places)
            written.append(f"<r>{''.join(cells)}{inside[number] if inside else ''}</r>")
        return f'<d name="{self.table.name}">{"".join(written)}</d>'


def _cell(value: Value, *, comma: bool) -> str:
    text = write(value, comma=comma)
    return f"<f>{escape(text)}</f>" if text else "<f/>"
