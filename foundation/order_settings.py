"""Settings of a link for orders and their statuses; :class:`foundation.settings.LinkSettings` takes them in.

Nothing here stands in for an unknown value silently: a map that lacks a value parks the order, and only an explicit
``ignore`` leaves the value out.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, field_validator


class OrderSettings(BaseModel):
    """How a link takes the manufacturer's orders."""

    order_document: Literal["request", "realization"] = Field(
        "request",
        title="Каким документом принимать заказ",
        description="request: заказ клиента; realization: реализация",
    )
    order_posting: bool = Field(default=False, title="Проводить документ заказа")
    order_updates: bool = Field(
        default=False,
        title="Изменять документ по изменённому заказу",
        description="Пока по нему не отгружали; иначе изменённый заказ ждёт решения оператора",
    )
    order_returns: Literal["park", "document"] = Field(
        "park", title="Возвраты", description="park: ждут оператора; document: создаётся документ возврата"
    )
    order_connections: int = Field(1, title="Документов заказов одновременно", ge=1, le=16)
    order_good_choice: Literal["only_one", "in_stock", "preferred"] = Field(
        "only_one",
        title="Несколько наших товаров на один товар производителя",
        description="only_one: ждёт оператора; in_stock: тот, которого хватает на складе; preferred: по списку ниже",
    )
    preferred_goods: dict[str, str] = Field(
        default_factory=dict,
        title="Предпочитаемые товары",
        description="Код товара производителя → наш товар (ссылка или код)",
    )
    order_contract: Literal["single_active", "by_organization", "none"] = Field(
        "single_active",
        title="Договор заказа",
        description=(
            "single_active: единственный действующий; by_organization: единственный с организацией связи; "
            "none: без договора"
        ),
    )
    order_agreement: Literal["own_or_typical", "single_active", "typical", "named", "none"] = Field(
        "own_or_typical",
        title="Соглашение заказа",
        description=(
            "own_or_typical: своё, а если его нет, типовое; single_active: единственное действующее; "
            "typical: типовое; named: из следующей настройки; none: без соглашения"
        ),
    )
    order_agreement_name: str = Field("", title="Соглашение по имени", description="для способа named")
    organization: str = Field(
        "", title="Организация", description="Наименование или ссылка; пусто: по договору или единственная в базе"
    )
    order_currency: str = Field("643", title="Валюта заказов", description="Код, наименование или ссылка")
    order_warehouse: str = Field(
        "",
        title="Склад заказов",
        description="Наименование или ссылка; пусто: по коду склада в заказе и настройке «Склады»",
    )
    order_price_type: Literal["map", "agreement", "ignore"] = Field(
        "map",
        title="Вид цены заказа",
        description="map: по настройке «Виды цен»; agreement: из соглашения; ignore: не брать",
    )
    order_price_types: dict[str, str] = Field(
        default_factory=dict, title="Виды цен", description="Код вида цены производителя → наш вид цены"
    )
    order_agent: Literal["map", "ignore"] = Field(
        "map", title="Агент заказа", description="map: по настройке «Агенты»; ignore: не брать"
    )
    order_agents: dict[str, str] = Field(
        default_factory=dict, title="Агенты", description="Код агента производителя → наш пользователь или сотрудник"
    )
    order_pay_kind: Literal["map", "agreement", "ignore"] = Field(
        "map",
        title="Вид оплаты заказа",
        description="map: по настройке «Виды оплаты»; agreement: из соглашения; ignore: не брать",
    )
    order_pay_kinds: dict[str, str] = Field(
        default_factory=dict, title="Виды оплаты", description="Код вида оплаты производителя → форма оплаты в 1С"
    )
    order_vat_included: bool = Field(default=True, title="Цены заказа включают НДС")
    order_blocked: Literal["park", "accept"] = Field(
        "park", title="Заказ закрытой для продаж точки", description="park: заказ ждёт оператора; accept: принимается"
    )
    order_fractions: Literal["park", "accept"] = Field(
        "park",
        title="Дробное количество неделимых единиц",
        description="park: заказ ждёт оператора; accept: записывается как есть",
    )
    order_tolerance: int = Field(0, title="Допустимое расхождение суммы заказа, копеек", ge=0, le=1_000_000)
    order_comment_payer: bool = Field(
        default=False,
        title="Плательщик из комментария «ю.1234567»",
        description="Код или ИНН нашего контрагента после «ю.» в комментарии заказа",
    )
    statuses: dict[str, str] = Field(
        default_factory=dict,
        title="Статусы заказов у производителя",
        description="Наше слово (parked, created, shipped …) → значение производителя; заменяет раскладку",
    )

    @field_validator("statuses")
    @classmethod
    def _known_words(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - set(STATUS_WORDS))
        if unknown:
            raise ValueError(f"нет таких статусов: {', '.join(unknown)}; есть {', '.join(STATUS_WORDS)}")
        return value


STATUS_WORDS = (
    *("received", "parked", "refused", "created", "posted", "working", "partly", "shipped", "cancelled", "deleted"),
)
"""Our words of an order's status, in the order of its life."""
