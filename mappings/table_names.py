"""What the canonical tables are called where an operator reads them."""

from __future__ import annotations

from typing import Final

SAID: Final[dict[str, str]] = {
    "goods": "товары",
    "units": "единицы измерения",
    "barcodes": "штрихкоды",
    "warehouses": "склады",
    "counterparties": "контрагенты",
    "outlets": "торговые точки",
    "outlet_addresses": "адреса торговых точек",
    "contracts": "договоры",
    "agreements": "соглашения",
    "price_types": "виды цен",
    "organizations": "организации",
    "agents": "агенты",
    "vat_rates": "ставки НДС",
    "currencies": "валюты",
    "prices": "цены",
    "stock": "остатки",
    "stock_batches": "остатки по партиям",
    "batches": "партии",
    "shipments": "отгрузки",
    "order_goods": "товары заказов",
    "orders_shipped": "отгруженные заказы",
    "order_states": "состояния заказов",
    "order_progress": "исполнение заказов",
    "order_words": "названия состояний заказов",
    "their_goods": "товары производителя",
}
"""How an operator reads the name of a table."""
