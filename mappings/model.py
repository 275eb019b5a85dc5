"""The canonical model: the tables that both sides are translated through, and how a source or a message is described.

Every room may import this module, and it imports none. It holds values only.

Columns of a frame by :class:`Kind`:

========  ==========================  ===========================================================================
kind      dtype in a pandas frame     meaning
========  ==========================  ===========================================================================
key       ``category`` of ``str``     an identity: a 1C reference (lower-case GUID), a code of theirs; "" = empty
text      ``object`` of ``str``       a name, a note; never null, "" = empty
micro     ``int64``                   a quantity or a sum of money in millionths, exact: 0.1 is 100000
integer   ``int64``                   a count
flag      ``bool``                    yes or no
moment    ``datetime64[s]``           wall clock of the side it came from, no zone; NaT = empty
========  ==========================  ===========================================================================

Millionths, because 1C keeps quantities to 3 digits and prices to 2 (``num=15.3``, ``num=15.2``) and the manufacturers'
clients round converted quantities to 6 (reference: xDataLink, rule 7): sums stay exact and are vectorised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

MICRO: Final = 1_000_000
"""How many parts a unit of quantity or money has in a ``micro`` column."""

EMPTY_REF: Final = "00000000-0000-0000-0000-000000000000"
"""How 1C writes an empty reference; in our frames an empty key is ``""``."""


class Kind(StrEnum):
    """What a column holds; the module's table gives dtypes and units."""

    KEY = "key"
    TEXT = "text"
    MICRO = "micro"
    INTEGER = "integer"
    FLAG = "flag"
    MOMENT = "moment"


class Exchange(StrEnum):
    """The exchanges by their glossary names; the value is what stands in the database, the CLI and the tags."""

    GOODS = "goods"
    STOCK = "stock"
    OUTLETS = "outlets"
    ORDERS = "orders"
    STATUSES = "statuses"
    SHIPMENTS = "shipments"
    OWN_GOODS = "own_goods"
    PRICES = "prices"
    CATALOGS = "catalogs"
    CONFIRMATIONS = "confirmations"


class Part(StrEnum):
    """What a layout describes besides the exchanges: schemes that travel within one."""

    STOCK_BATCHES = "stock_batches"
    BANNED = "banned"


class Override(StrEnum):
    """What a person may decide about an order or one of its lines; the value that goes with it is in brackets."""

    LEAVE_OUT = "leave_out"
    """The line is not taken over."""
    REPLACE_GOOD = "replace_good"
    """The line gets another good of ours (reference or code)."""
    COUNTERPARTY = "counterparty"
    """The payer (reference, code or name)."""
    CONTRACT = "contract"
    """The contract (reference or name)."""
    AGREEMENT = "agreement"
    """The agreement (reference or name)."""
    WAREHOUSE = "warehouse"
    """The warehouse (reference or name)."""
    ACCEPT = "accept"
    """A rule does not hold this time (kind of the reason: ``sum``, ``blocked``, ``quantity``, ``return``)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a canonical table."""

    name: str
    kind: Kind
    doc: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table: its columns, and those of them that together are unique."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> Column:
        """Return the column of that name; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _table(name: str, doc: str, key: tuple[str, ...], *columns: Column) -> Table:
    return Table(name, doc, columns, key)


GOODS: Final = _table(
    "goods",
    "Our goods (Номенклатура).",
    ("our_good",),
    Column("our_good", Kind.KEY, "reference in 1C"),
    Column("code", Kind.TEXT, "code in 1C as people see it", required=False),
    Column("name", Kind.TEXT, "name"),
    Column("full_name", Kind.TEXT, "name for printing", required=False),
    Column("article", Kind.TEXT, "article (Артикул)", required=False),
    Column("our_unit", Kind.KEY, "unit that balances are kept in"),
    Column("their_code", Kind.TEXT, "the manufacturer's code kept in a field of the good", required=False),
    Column("parent", Kind.KEY, "group", required=False),
    Column("is_group", Kind.FLAG, "a folder, not a good", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
ORDER_GOODS: Final = _table(
    "order_goods",
    "Cards of our goods as orders need them at this very moment.",
    ("our_good",),
    Column("our_good", Kind.KEY, "reference in 1C"),
    Column("name", Kind.TEXT, "name"),
    Column("our_unit", Kind.KEY, "unit that balances are kept in"),
    Column("vat_rate", Kind.KEY, "VAT rate of its card"),
    Column("is_group", Kind.FLAG, "a folder, not a good", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
UNITS: Final = _table(
    "units",
    "Our units and packages.",
    ("our_unit",),
    Column("our_unit", Kind.KEY, "reference in 1C"),
    Column("code", Kind.TEXT, "code, where the unit has one", required=False),
    Column("name", Kind.TEXT, "name: шт, упак (12 шт)"),
    Column("our_good", Kind.KEY, "the good that the package belongs to, or empty", required=False),
    Column("base_unit", Kind.KEY, "the unit that the factor counts in", required=False),
    Column("numerator", Kind.MICRO, "one of this unit is numerator/denominator base units", required=False),
    Column("denominator", Kind.MICRO, "see numerator", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
BARCODES: Final = _table(
    "barcodes",
    "Barcodes of our goods.",
    ("barcode",),
    Column("barcode", Kind.TEXT, "digits as scanned"),
    Column("our_good", Kind.KEY, "the good"),
    Column("our_unit", Kind.KEY, "the package it is printed on, or empty", required=False),
)
WAREHOUSES: Final = _table(
    "warehouses",
    "Our warehouses.",
    ("our_warehouse",),
    Column("our_warehouse", Kind.KEY, "reference in 1C"),
    Column("code", Kind.TEXT, "code, where it has one", required=False),
    Column("name", Kind.TEXT, "name"),
    Column("is_group", Kind.FLAG, "a folder", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
COUNTERPARTIES: Final = _table(
    "counterparties",
    "Our counterparties: legal persons (Контрагенты).",
    ("our_counterparty",),
    Column("our_counterparty", Kind.KEY, "reference in 1C"),
    Column("code", Kind.TEXT, "code, where it has one", required=False),
    Column("name", Kind.TEXT, "name"),
    Column("inn", Kind.TEXT, "ИНН", required=False),
    Column("kpp", Kind.TEXT, "КПП", required=False),
    Column("partner", Kind.KEY, "the partner it belongs to", required=False),
    Column("head", Kind.KEY, "its head office, itself or empty where it is one", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
OUTLETS: Final = _table(
    "outlets",
    "Our trade outlets, from the catalog that the link names.",
    ("our_outlet",),
    Column("our_outlet", Kind.KEY, "reference in 1C"),
    Column("code", Kind.TEXT, "code, where it has one", required=False),
    Column("name", Kind.TEXT, "name"),
    Column("parent", Kind.KEY, "the partner that it is a branch of, or empty", required=False),
    Column("counterparty", Kind.KEY, "the legal person it belongs to, where its card names it", required=False),
    Column("address", Kind.TEXT, "delivery address, where its card has one", required=False),
    Column("their_code", Kind.TEXT, "the manufacturer's code kept in a field of the card", required=False),
    Column("blocked", Kind.FLAG, "nothing may be sold to it", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
OUTLET_ADDRESSES: Final = _table(
    "outlet_addresses",
    "Addresses of our outlets where they lie in a table of contact information, one row each.",
    ("our_outlet", "line"),
    Column("our_outlet", Kind.KEY, "the outlet"),
    Column("line", Kind.INTEGER, "its number in the table"),
    Column("sort", Kind.TEXT, "what the row is: Адрес, Телефон", required=False),
    Column("address_kind", Kind.KEY, "which address: legal, of delivery", required=False),
    Column("address", Kind.TEXT, "as people read it"),
)
CONTRACTS: Final = _table(
    "contracts",
    "Contracts with our counterparties.",
    ("our_contract",),
    Column("our_contract", Kind.KEY, "reference in 1C"),
    Column("name", Kind.TEXT, "name"),
    Column("counterparty", Kind.KEY, "with whom"),
    Column("partner", Kind.KEY, "the partner", required=False),
    Column("organization", Kind.KEY, "our legal person", required=False),
    Column("until", Kind.MOMENT, "the last day it is in force", required=False),
    Column("status", Kind.TEXT, "the configuration's own word", required=False),
    Column("sort", Kind.TEXT, "with a customer or a supplier, the configuration's own word", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
AGREEMENTS: Final = _table(
    "agreements",
    "Agreements on the terms of sale (Соглашения), typical ones and those of one customer.",
    ("our_agreement",),
    Column("our_agreement", Kind.KEY, "reference in 1C"),
    Column("name", Kind.TEXT, "name"),
    Column("partner", Kind.KEY, "whose, empty = anybody's", required=False),
    Column("counterparty", Kind.KEY, "whose, empty = anybody's", required=False),
    Column("organization", Kind.KEY, "our legal person, empty = any", required=False),
    Column("typical", Kind.FLAG, "for any customer", required=False),
    Column("price_type", Kind.KEY, "the price type it names", required=False),
    Column("vat_included", Kind.FLAG, "its prices hold VAT", required=False),
    Column("pay_kind", Kind.TEXT, "how it is paid, the configuration's own word", required=False),
    Column("until", Kind.MOMENT, "the last day it is in force", required=False),
    Column("status", Kind.TEXT, "the configuration's own word", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
NAMED: Final = tuple(
    _table(
        name,
        doc,
        (key,),
        Column(key, Kind.KEY, "reference in 1C"),
        Column("code", Kind.TEXT, "code, where it has one", required=False),
        Column("name", Kind.TEXT, "name"),
        Column("deleted", Kind.FLAG, "marked for deletion", required=False),
    )
    for name, key, doc in (
        ("price_types", "our_price_type", "Kinds of prices (Виды цен)."),
        ("organizations", "our_organization", "Our legal persons (Организации)."),
        ("agents", "our_agent", "Agents and managers that orders may name."),
        ("currencies", "our_currency", "Currencies."),
    )
)
VAT_RATES: Final = _table(
    "vat_rates",
    "VAT rates.",
    ("our_vat_rate",),
    Column("our_vat_rate", Kind.KEY, "reference in 1C"),
    Column("name", Kind.TEXT, "name"),
    Column("rate", Kind.MICRO, "per cent; without VAT is 0"),
    Column("kind", Kind.TEXT, "the word by which goods' cards name it that hold no reference", required=False),
    Column("deleted", Kind.FLAG, "marked for deletion", required=False),
)
PRICES: Final = _table(
    "prices",
    "The last prices of our goods, for valuing what is unmatched.",
    ("our_good", "price_type"),
    Column("our_good", Kind.KEY, "the good"),
    Column("price_type", Kind.KEY, "the price type"),
    Column("price", Kind.MICRO, "money a unit"),
    Column("our_unit", Kind.KEY, "the unit it is for, empty = the good's own", required=False),
)
STOCK: Final = _table(
    "stock",
    "Balances of our warehouses at one moment.",
    ("our_warehouse", "our_good"),
    Column("our_warehouse", Kind.KEY, "the warehouse"),
    Column("our_good", Kind.KEY, "the good"),
    Column("quantity", Kind.MICRO, "on hand, in the good's own unit"),
    Column("reserved", Kind.MICRO, "of it promised to somebody", required=False),
)
STOCK_BATCHES: Final = _table(
    "stock_batches",
    "Balances of our warehouses by batch at one moment.",
    ("our_warehouse", "our_good", "batch"),
    Column("our_warehouse", Kind.KEY, "the warehouse"),
    Column("our_good", Kind.KEY, "the good"),
    Column("batch", Kind.KEY, "reference of the batch or series, empty = none"),
    Column("batch_number", Kind.TEXT, "its number as people read it", required=False),
    Column("made", Kind.MOMENT, "production date", required=False),
    Column("expires", Kind.MOMENT, "best before", required=False),
    Column("quantity", Kind.MICRO, "on hand, in the good's own unit"),
    Column("reserved", Kind.MICRO, "of it promised to somebody", required=False),
)
BATCHES: Final = _table(
    "batches",
    "Batches or series of goods, where balances name them by reference only.",
    ("batch",),
    Column("batch", Kind.KEY, "reference in 1C"),
    Column("batch_number", Kind.TEXT, "number or name"),
    Column("made", Kind.MOMENT, "production date", required=False),
    Column("expires", Kind.MOMENT, "best before", required=False),
)
SHIPMENTS: Final = _table(
    "shipments",
    "Lines of documents that ship, return or correct: one row a line, the document's head repeated.",
    ("document", "line"),
    Column("document", Kind.KEY, "reference of the document in 1C: its identity for the ledger"),
    Column("line", Kind.INTEGER, "number of the line"),
    Column("number", Kind.TEXT, "number; it restarts each year"),
    Column("date", Kind.MOMENT, "date of the document"),
    Column("version", Kind.TEXT, "changes with every write", required=False),
    Column("posted", Kind.FLAG, "posted (проведён)"),
    Column("deleted", Kind.FLAG, "marked for deletion"),
    Column("status", Kind.TEXT, "the configuration's own word", required=False),
    Column("our_outlet", Kind.KEY, "the outlet", required=False),
    Column("counterparty", Kind.KEY, "the payer", required=False),
    Column("consignee", Kind.KEY, "who receives the goods", required=False),
    Column("address", Kind.TEXT, "delivery address", required=False),
    Column("our_warehouse", Kind.KEY, "the warehouse of the head", required=False),
    Column("line_warehouse", Kind.KEY, "the warehouse of the line, empty = the head's", required=False),
    Column("agent", Kind.KEY, "the agent or manager", required=False),
    Column("our_order", Kind.KEY, "the order it comes from, head or line", required=False),
    Column("head_order", Kind.KEY, "the order that the head names", required=False),
    Column("basis", Kind.KEY, "the shipment that is returned or corrected", required=False),
    Column("due", Kind.MOMENT, "to be paid until", required=False),
    Column("vat_included", Kind.FLAG, "the price holds VAT", required=False),
    Column("our_good", Kind.KEY, "the good"),
    Column("our_unit", Kind.KEY, "the package that price and packages count in; empty: the good's own", required=False),
    Column("quantity", Kind.MICRO, "in the good's own unit; a correction's is signed"),
    Column("packages", Kind.MICRO, "in ``our_unit``", required=False),
    Column("price", Kind.MICRO, "money for one ``our_unit``"),
    Column("amount", Kind.MICRO, "sum of the line with VAT"),
    Column("vat", Kind.MICRO, "VAT of the line", required=False),
    Column("batch", Kind.KEY, "reference of the batch", required=False),
)
ORDERS_SHIPPED: Final = _table(
    "orders_shipped",
    "What orders of 1C are called at the manufacturer.",
    ("our_order",),
    Column("our_order", Kind.KEY, "reference in 1C"),
    Column("external", Kind.TEXT, "the manufacturer's order number"),
    Column("external_date", Kind.MOMENT, "the date of the manufacturer's order", required=False),
    Column("date", Kind.MOMENT, "date of the document in 1C"),
)
ORDER_STATES: Final = _table(
    "order_states",
    "Order documents in 1C and what became of them.",
    ("our_order",),
    Column("our_order", Kind.KEY, "reference in 1C"),
    Column("number", Kind.TEXT, "number in 1C"),
    Column("date", Kind.MOMENT, "date"),
    Column("external", Kind.TEXT, "the manufacturer's order number", required=False),
    Column("version", Kind.TEXT, "changes with every write", required=False),
    Column("posted", Kind.FLAG, "posted (проведён)"),
    Column("deleted", Kind.FLAG, "marked for deletion"),
    Column("status", Kind.TEXT, "the configuration's own word", required=False),
)
ORDER_PROGRESS: Final = _table(
    "order_progress",
    "What the configuration itself computes of an order's way.",
    ("our_order",),
    Column("our_order", Kind.KEY, "the order"),
    Column("state", Kind.TEXT, "the configuration's own word"),
    Column("shipped_percent", Kind.MICRO, "shipped, per cent", required=False),
)
ORDER_WORDS: Final = _table(
    "order_words",
    "The states of orders that a base's people have named themselves.",
    ("our_word",),
    Column("our_word", Kind.KEY, "reference in 1C"),
    Column("name", Kind.TEXT, "name, the word that a profile knows"),
)
THEIR_GOODS: Final = _table(
    "their_goods",
    "The manufacturer's goods and units: one row a good and unit.",
    ("their_good", "their_unit"),
    Column("their_good", Kind.KEY, "their code of the good"),
    Column("name", Kind.TEXT, "their name of the good"),
    Column("their_unit", Kind.KEY, "their code of the unit"),
    Column("unit_name", Kind.TEXT, "their name of the unit", required=False),
    Column("factor", Kind.MICRO, "how many base units one of this unit holds"),
    Column("barcode", Kind.TEXT, "barcode, where their layout has one", required=False),
)
TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        *(GOODS, ORDER_GOODS, UNITS, BARCODES, WAREHOUSES, COUNTERPARTIES, OUTLETS, OUTLET_ADDRESSES),
        *(CONTRACTS, AGREEMENTS, *NAMED, VAT_RATES, PRICES, STOCK, STOCK_BATCHES, BATCHES),
        *(SHIPMENTS, ORDERS_SHIPPED, ORDER_STATES, ORDER_PROGRESS, ORDER_WORDS, THEIR_GOODS),
    )
}


@dataclass(frozen=True, slots=True)
class Field:
    """Where a canonical column stands in a source: ``source`` is the 1C property, ``Номенклатура_Key``."""

    column: str
    kind: Kind
    source: str


@dataclass(frozen=True, slots=True)
class Since:
    """Only rows whose property ``source`` is at ``moment`` (the base's own wall clock, naive) or later."""

    source: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read from a 1C base and which columns it becomes; any 1C connector can carry it out.

    ``function`` is a virtual table (``Balance``, ``SliceLast``) with ``arguments`` as literal text without outer
    quotes: ``{"Condition": "Склад_Key eq guid'…'", "Dimensions": "Номенклатура,Склад"}``. ``where`` is an OData
    filter. ``key`` are the source properties that are unique together and give the order for paging.

    With ``section`` the rows are those of a tabular section: a field whose source begins with ``section/`` is of the
    line, any other is of the object and is repeated for each of its lines; paging is by objects. An object whose
    section is empty gives no row.

    ``constants`` are columns that the source does not have, with the text of their value; whoever asked fills them in.
    """

    table: str
    entity: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    function: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    where: str = ""
    section: str = ""
    since: Since | None = None
    constants: tuple[tuple[str, str], ...] = ()


WireType = Literal["String", "Integer", "Date", "DateTime", "Currency", "Decimal"]


@dataclass(frozen=True, slots=True)
class WireColumn:
    """A column of a dataset: ``field`` is the frame's column that fills it ("" = always empty), ``kind`` its kind.

    ``constant`` is written where no ``field`` is given.
    """

    name: str
    type: WireType
    field: str = ""
    kind: Kind = Kind.TEXT
    constant: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of a scheme. ``details`` hang under its rows, where ``link`` names the frame columns they share.

    ``nested`` tells how the details travel: inside their head's row, or flat beside it, repeating the key columns.
    """

    name: str
    columns: tuple[WireColumn, ...]
    details: tuple[Dataset, ...] = ()
    link: tuple[str, ...] = ()
    nested: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """How a window that does not fit one message travels: this column says ``first`` in part 1, ``rest`` after.

    The datasets ``ahead`` fill the parts before the others do: cards come before the rows that name them.
    """

    dataset: str
    column: str
    first: str = "0"
    rest: str = "1"
    ahead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme of the manufacturer's service: ``CRMWhBalanceEx`` ``set`` with its datasets in order."""

    name: str
    request: Literal["get", "set"]
    datasets: tuple[Dataset, ...]
    parts: Parts | None = None
