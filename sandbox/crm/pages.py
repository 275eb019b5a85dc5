"""The pages of the view, and how columns of the wire are called on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_COLUMNS: Final = {
    "WareHouseId": ("warehouse", "Склад"),
    "WareId": ("ware", "Код товара"),
    "WareName": ("name", "Товар"),
    "UnitId": ("unit", "Единица"),
    "Quantity": ("quantity", "Количество"),
    "Price": ("price", "Цена"),
    "DocumentDate": ("date", "Дата"),
    "DocumentNumber": ("number", "Номер"),
    "DocumentTypeId": ("document_type", "Вид документа"),
    "PayDate": ("pay_date", "Оплатить до"),
    "PersonId": ("person", "Сотрудник"),
    "CompanyId": ("company", "Код контрагента"),
    "CompanyName": ("company_name", "Контрагент"),
    "AddressId": ("address", "Код точки"),
    "AddressName": ("address_name", "Точка"),
    "Location": ("location", "Адрес"),
    "TaxCode": ("tax_code", "ИНН"),
    "CRMClientId": ("client", "Клиент CRM"),
    "CRMOrderNumber": ("order", "Заказ"),
    "CRMOrderDate": ("order_date", "Дата заказа"),
    "StatusId": ("status", "Статус"),
    "Comment": ("comment", "Примечание"),
    "HostName": ("host", "Компьютер"),
    "UserName": ("user", "Пользователь"),
    "OperationTime": ("time", "Время"),
    "Operation": ("operation", "Операция"),
    "AddressRegionType": ("region_type", "Вид территории"),
    "SaleChannel": ("channel", "Канал сбыта"),
    "PriceDate": ("date", "Дата"),
    "PriceTypeId": ("price_type", "Тип цены"),
    "PartNumber": ("part", "Партия"),
    "ProductionDate": ("produced", "Изготовлен"),
    "ExpirationDate": ("expires", "Годен до"),
}


def json_name(column: str) -> str:
    """Return a column's name in JSON; one that the service does not know keeps its own."""
    return _COLUMNS.get(column, (column, column))[0]


def heading(column: str) -> str:
    """Return a column's Russian heading; one that the service does not know keeps its own name."""
    return _COLUMNS.get(column, (column, column))[1]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the view: its Russian title, and the dataset (``block``) or book whose rows it shows."""

    title: str
    source: str
    block: bool = True


PAGES: Final[dict[str, Page]] = {
    "stock": Page("Остатки", "CRMWhBalanceLine"),
    "stock-batches": Page("Остатки по партиям", "CRMWhBalanceParts"),
    "shipments": Page("Отгрузки", "CRMDespatch"),
    "shipment-batches": Page("Отгрузки по партиям", "CRMDespatchParts"),
    "outlets": Page("Торговые точки", "outlets", block=False),
    "clients": Page("Торговые точки из отгрузок", "clients", block=False),
    "bans": Page("Заблокированные точки", "CRMBanAddress"),
    "statuses": Page("Статусы заказов", "statuses", block=False),
    "status-history": Page("Все пришедшие статусы", "CRMOrderStatus"),
    "goods": Page("Товары дистрибьютора", "goods", block=False),
    "prices": Page("Цены", "prices", block=False),
    "price-types": Page("Типы цен по точкам", "price-types", block=False),
    "debts": Page("Долги", "CRMSaldoAggregate"),
    "debt-documents": Page("Долги по документам", "CRMSaldoDoc"),
    "debt-tare": Page("Долги по таре", "CRMSaldoWare"),
}
"""All pages of rows but ``orders``, which has its own."""
