"""The schemes that the service knows: datasets, columns, types, and which of them must be there.

A column in the short notation of :func:`_rules`: ``Name`` (text), ``Name:i`` (integer), ``Name:n`` (number), ``Name:d``
(date); ``+`` after it: the column must be declared; ``!``: declared and filled in every row. Columns beyond these are
kept as they came: what is sent differs between manufacturers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refusal(Exception):
    """The service says no; the text goes into ``extdata/error`` or ``extdata/scheme/error``."""


class Type(StrEnum):
    """What a column's values are."""

    TEXT = ""
    INTEGER = "i"
    NUMBER = "n"
    MOMENT = "d"


DECLARED: Final[dict[str, Type]] = {
    "String": Type.TEXT,
    "Integer": Type.INTEGER,
    "Currency": Type.NUMBER,
    "Decimal": Type.NUMBER,
    "Date": Type.MOMENT,
    "DateTime": Type.MOMENT,
}
"""The type names that stand in a message's own schema."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the service asks of one column."""

    type: Type
    declared: bool = False
    filled: bool = False


Rules = dict[str, Rule]


def _rules(text: str) -> Rules:
    rules = {}
    for word in text.split():
        name, _, kind = word.rstrip("+!").partition(":")
        rules[name] = Rule(Type(kind), declared=word[-1] in "+!", filled=word[-1] == "!")
    return rules


_OUTLET: Final = "AddressId! CompanyId+ AddressName CompanyName Location TaxCode CRMClientId"
_BALANCE_HEAD: Final = "WareHouseId! DocumentDate:d DocumentNumber PersonId"
_LINE: Final = (
    "CompanyId+ AddressId+ AddressRegionType SaleChannel CRMOrderNumber CRMOrderDate:d DocumentTypeId Operation:i"
    " DocumentNumber! DocumentDate:d! PayDate:d WareHouseId+ WareId! UnitId Price:n! Quantity:n!"
)
_BATCH: Final = "PartNumber+ ProductionDate:d ExpirationDate:d"
_DEBTS: Final = (
    "SaldoDate:d CompanyId! AddressId+ ProductId ProductName mCreditLimit:n mCustInvoice:n mCustInvoiceAllow:n"
    " mCustInvoiceOverdue:n mCustReturn:n mDebtDocBank:n mDebtDocCash:n mDebtDocCopy:n mReturnableDebt:n"
    " mVendInvoice:n mVendReturn:n mCredDoc:n mTotalBalance:n"
)
_DEBT_DOCUMENTS: Final = (
    "CompanyId! AddressId+ ProductId ProductName DocumentNumber! DocumentDate:d ActionDate:d PaymentDate:d"
    " OverduePeriod:i CustInvoiceSumm:n CustReturnSumm:n PayDocSumm:n"
)

SETS: Final[Mapping[str, Mapping[str, Rules]]] = {
    "CRMWhBalanceEx": {
        "CRMWhBalanceParam": _rules("SkipDelete:i!"),
        "CRMWhBalance": _rules(f"{_BALANCE_HEAD} WareId UnitId Quantity:n"),
        "CRMWhBalanceLine": _rules("WareId! UnitId Quantity:n!"),
    },
    "CRMWhBalanceExParts": {
        "CRMWhBalanceParam": _rules("SkipDelete:i!"),
        "CRMWhBalanceParts": _rules(f"WareHouseId! DocumentDate:d WareId! UnitId Quantity:n! {_BATCH}"),
    },
    "CRMExtClientAddressDef": {"CRMExtClientAddressDef": _rules(_OUTLET)},
    "CRMBanAddress": {"CRMBanAddress": _rules("CompanyId+ AddressId!")},
    "CRMOrderStatus": {
        "CRMOrderStatus": _rules("CRMOrderNumber! StatusId! Comment HostName OperationTime:d UserName"),
    },
    "CRMDespatchEx": {
        "CRMDespatchParam": _rules("WorkDate:d! SkipDelete:i! IsSupplyConvertClients:i"),
        "CRMDespatch": _rules(_LINE),
        "CRMDespatchParts": _rules(f"{_LINE} {_BATCH}"),
        "CRMClientAddress": _rules(_OUTLET),
        "CRMExtClientAddressDef": _rules(_OUTLET),
    },
    "CRMWareSUP": {"CRMWareSUP": _rules("WareId! WareName!")},
    "CRMWarePrice": {
        "CRMWarePrice": _rules("PriceDate:d! PriceTypeId! WareId! UnitId Price:n!"),
        "PriceAddress": _rules("AddressId! CompanyId PriceTypeId!"),
        "CRMWarePriceAddress": _rules("AddressId! CompanyId PriceTypeId!"),
    },
    "CRMSaldoEx": {
        "CRMSaldoAggregate": _rules(_DEBTS),
        "CRMSaldoDoc": _rules(_DEBT_DOCUMENTS),
        "CRMSaldoWare": _rules("CompanyId! AddressId+ WareId! FACode Quantity:n! Summ:n"),
    },
}
"""Schemes that are sent to the service (``request="set"``)."""
