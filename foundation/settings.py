"""Settings: of this process (environment, ``.env``) and of a link (what an admin enters).

``LinkSettings`` is the one description of a link: the Prefect block ``mi1c-link`` inherits it, the terminal fills it,
the flows read it. Every wrong value is told at once, by the field's Russian title.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from foundation.errors import Fault, Faults
from foundation.order_settings import OrderSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY: Final = 1440
"""Minutes in a day."""

HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")

INTERVALS: Final = {
    "goods": 1440,
    "catalogs": 720,
    "stock": 60,
    "outlets": 1440,
    "orders": 15,
    "statuses": 15,
    "shipments": 240,
    "confirmations": 15,
}
"""Minutes between runs of each exchange, unless its link says otherwise."""


def _names(value: object) -> object:
    """Split ``a, b`` as it stands in an environment variable."""
    return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]


class ProcessSettings(BaseSettings):
    """What a process needs to know before it can open anything; from ``MI1C_…`` variables or ``.env``.

    ``MI1C_ENV_FILE`` names another file than ``.env``: runs start in folders of their own, where there is none.
    """

    model_config = SettingsConfigDict(
        env_prefix="MI1C_", env_file=os.environ.get("MI1C_ENV_FILE", ".env"), extra="ignore"
    )

    data: Path = Field(Path(".mi1c"), description="folder of the database, logs and Prefect's home")
    database_url: str = Field("", description="SQLAlchemy URL; empty = SQLite in the data folder")
    prefect_api_url: str = Field("http://127.0.0.1:4200/api", description="address of the Prefect server's API")
    pool: str = Field("mi1c", description="Prefect work pool")
    workplace_url: str = Field("", description="address of the operator's pages, for links in artifacts")
    workplace_host: str = Field("127.0.0.1", description="what the workplace listens on; loopback unless told")
    workplace_port: int = Field(4280, description="port of the workplace", ge=1, le=65_535)
    proxy_header: str = Field(
        "", description="header in which a reverse proxy names who has signed in, e.g. X-Remote-User; empty = none"
    )
    proxy_addresses: Names = Field(("127.0.0.1", "::1"), description="addresses of the proxy whose header is believed")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer token that /metrics asks for; empty = from this machine only"
    )

    notify_blocks: Names = Field((), description="Prefect notification blocks: slack-webhook/ops, custom-webhook/ours")
    webhook_url: SecretStr = Field(SecretStr(""), description="address that alerts are posted to as JSON")
    mail_host: str = Field("", description="SMTP server for alerts; empty = no mail")
    mail_port: int = Field(25, description="its port", ge=1, le=65_535)
    mail_tls: Literal["none", "starttls", "tls"] = Field("none", description="how the connection is protected")
    mail_user: str = Field("", description="user of the SMTP server; empty = no sign-in")
    mail_password: SecretStr = Field(SecretStr(""), description="its password")
    mail_from: str = Field("mi1c@localhost", description="sender of alerts")
    mail_to: Names = Field((), description="recipients: admin@example.ru, it@example.ru")

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in; the data folder is made for it."""
        if self.database_url:
            return self.database_url
        self.data.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{(self.data / 'mi1c.sqlite').resolve()}"


def _web_address(value: str) -> str:
    value = value.strip()
    if not value.startswith(("http://", "https://")):
        raise ValueError("адрес должен начинаться с http:// или https://")
    if "@" in value.split("/")[2]:
        raise ValueError("имя и пароль вводятся в своих полях, не в адресе")
    return value.rstrip("/")


def _web_address_or_none(value: str) -> str:
    return _web_address(value) if value.strip() else ""


def _slug(value: str) -> str:
    if not value or not all(c.isascii() and (c.isalnum() or c == "-") for c in value) or value != value.lower():
        raise ValueError("имя связи: латинские строчные буквы, цифры и дефис, например baltika-msk")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("часовой пояс пишется как Europe/Moscow или Asia/Yekaterinburg") from None
    return value


def _hours(value: str) -> str:
    """Check a daily window ``HH:MM-HH:MM``; it may go over midnight, and is empty where there is none."""
    value = value.strip().replace("–", "-").replace(" ", "")
    if value and not HOURS.fullmatch(value):
        raise ValueError("время пишется как 08:00-20:00")
    begin, _, end = value.partition("-")
    if value and begin == end:
        raise ValueError("начало и конец не должны совпадать")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Slug = Annotated[str, AfterValidator(_slug)]
Hours = Annotated[str, AfterValidator(_hours)]
Confirmation = Literal["none", "person", "service"]
ShipmentKind = Literal["sale", "return", "correction"]


class LinkBasics(BaseModel):
    """What a link is without its orders; see :class:`LinkSettings`."""

    model_config = ConfigDict(validate_default=True)

    onec_kind: Literal["odata", "v77", "files"] = Field(
        "odata",
        title="Как читается 1С",
        description="odata: веб-сервер 1С 8; v77: папка базы 1С 7.7 (DBF); files: папка обмена CommerceML",
    )
    onec_folder: str = Field(
        "",
        title="Папка 1С",
        description="для v77: папка базы; для files: папка, куда 1С пишет выгрузку",
    )
    onec_orders_folder: str = Field(
        "", title="Папка заказов для 1С 7.7", description="для v77: куда кладутся заказы и откуда читаются ответы"
    )
    onec_code_page: Literal["cp1251", "cp866"] = Field("cp1251", title="Кодировка базы 1С 7.7")
    onec_url: Annotated[str, AfterValidator(_web_address_or_none)] = Field(
        "",
        title="Адрес базы 1С",
        description="Адрес публикации, например https://server/ut или https://server/ut/odata/standard.odata",
    )
    onec_user: str = Field("", title="Пользователь 1С")
    onec_password: SecretStr = Field(SecretStr(""), title="Пароль пользователя 1С")
    profile: str = Field(
        "ut11",
        title="Профиль конфигурации 1С",
        description="ut11: УТ 11.5; ut114: УТ 11.4; ka2: КА 2.5; erp2: ERP 2.5; unf: УНФ 3.0; bp3: БП 3.0",
    )
    profile_parameters: dict[str, str] = Field(
        default_factory=dict,
        title="Параметры профиля",
        description="Например какой справочник считать торговыми точками и в каком реквизите код производителя",
    )
    profile_overrides: dict[str, str] = Field(
        default_factory=dict,
        title="Замены реквизитов профиля",
        description=(
            "Для доработанной базы: «таблица.колонка» → реквизит, например goods.article → АртикулПоставщика; "
            "пусто убирает реквизит"
        ),
    )
    page_rows: int = Field(4000, title="Строк на страницу", ge=100, le=20_000)
    connections: int = Field(4, title="Соединений с 1С одновременно", ge=1, le=16)
    onec_timeout: float = Field(90.0, title="Сколько секунд ждать ответа 1С", ge=5, le=900)
    stock_moment: Literal["now", "current"] = Field(
        "current",
        title="Момент остатков",
        description="current: текущие итоги, быстро; now: остаток на момент запуска, при записи в базу не меняется",
    )

    crm_url: WebAddress = Field(title="Адрес веб-сервиса производителя")
    crm_user: str = Field(title="Пользователь веб-сервиса (код БД)", min_length=1, max_length=64)
    crm_password: SecretStr = Field(SecretStr(""), title="Пароль пользователя веб-сервиса")
    crm_auth: Literal["none", "basic", "ntlm", "attribute"] = Field(
        "none",
        title="Как передаётся пароль",
        description="none: не передаётся; basic: HTTP Basic; ntlm: вход Windows; attribute: атрибут сообщения",
    )
    crm_auth_attribute: str = Field("password", title="Имя атрибута с паролем", description="для способа attribute")
    crm_soap: Literal["1.1", "1.2"] = Field("1.1", title="Версия SOAP")
    crm_own_wsdl: bool = Field(False, title="Не запрашивать ?WSDL у сервиса")  # noqa: FBT003 - the default's value
    crm_timeout: float = Field(120.0, title="Сколько секунд ждать ответа сервиса", ge=5, le=900)
    layout: str = Field("monolit", title="Раскладка сервиса производителя")
    cap_mib: float = Field(4.0, title="Предел сообщения, МиБ", gt=0.001, le=28)

    warehouses: dict[str, str] = Field(
        default_factory=dict,
        title="Склады",
        description="Наш склад (наименование или ссылка) → код склада у производителя. Остальные склады не выгружаются",
    )
    zeros: Literal["omit", "send", "listed"] = Field(
        "omit",
        title="Нулевые остатки",
        description="omit: не выгружать; send: выгружать прочитанные; listed: по каждому сопоставленному товару",
    )
    negatives: Literal["omit", "zero", "send"] = Field(
        "omit", title="Отрицательные остатки", description="omit: не выгружать; zero: выгружать ноль; send: как есть"
    )
    reserved: Literal["include", "subtract"] = Field(
        "include", title="Зарезервированный товар", description="include: входит в остаток; subtract: вычитается"
    )
    price_type: str = Field("", title="Вид цены для оценки", description="Наименование; пусто: последняя любая цена")

    days: int = Field(14, title="Отгрузки за прошедшие N дней", ge=1, le=366)
    late_days: int = Field(
        45,
        title="За сколько дней проверять изменённые задним числом документы",
        description="Документы старше окна только проверяются: изменённые называются, предлагается окно шире",
        ge=1,
        le=732,
    )
    shipment_kinds: list[ShipmentKind] = Field(
        default=["sale", "return", "correction"],
        title="Какие документы отгрузки выгружать",
        description="sale: реализации; return: возвраты; correction: корректировки реализации",
        min_length=1,
    )
    shipment_price: Literal["with_vat", "without_vat"] = Field(
        "with_vat", title="Цена в отгрузках", description="with_vat: с НДС; without_vat: без НДС"
    )
    shipments_unmatched: Literal["line", "document"] = Field(
        "line",
        title="Товар отгрузки не сопоставлен",
        description="line: ждёт только строка; document: ждёт весь документ",
    )
    shipments_no_outlet: Literal["wait", "ours"] = Field(
        "wait",
        title="Точка отгрузки не сопоставлена",
        description="При сопоставлении у дистрибутора. wait: документ ждёт; ours: выгружать наш код",
    )
    shipments_future: Literal["send", "omit"] = Field(
        "omit", title="Отгрузки с датой в будущем", description="omit: не выгружать; send: выгружать"
    )
    waiting_statuses: list[str] = Field(
        default_factory=lambda: ["КПредоплате"],
        title="Статусы неотгруженных реализаций",
        description="Проведённая реализация в таком статусе ещё не отгружена и не выгружается",
    )
    number_year: bool = Field(
        True,  # noqa: FBT003 - the default's value
        title="Год перед номером документа",
        description="24-ПД00-000017: номера 1С каждый год начинаются заново",
    )
    number_prefixes: dict[str, str] = Field(
        default_factory=lambda: {"return": "В", "correction": "К"},
        title="Знак вида перед номером документа",
        description="Вид (sale, return, correction) → что ставить, чтобы номера разных видов не совпали",
    )
    our_codes: Literal["ref", "code"] = Field(
        "ref", title="Наши коды для производителя", description="ref: ссылка 1С; code: код справочника, где он есть"
    )
    layout_values: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        title="Значения словарей производителя",
        description="Вместо значений раскладки, например shipment_kind: {correction: CustReturn}",
    )
    layout_columns: dict[str, str] = Field(
        default_factory=dict,
        title="Колонки раскладки",
        description=(
            "«обмен.набор.колонка» → чем заполнять: поле, =постоянное значение, пусто убирает колонку; например "
            "shipments.CRMDespatch.SaleChannel → =1"
        ),
    )
    matching_side: Literal["distributor", "manufacturer"] = Field(
        "distributor",
        title="Где сопоставляются точки",
        description="distributor: у дистрибутора; manufacturer: у производителя",
    )
    outlets_send: Literal["auto", "always"] = Field(
        "auto",
        title="Выгружать торговые точки",
        description="auto: если точки сопоставляет производитель; always: в любом случае",
    )
    several_counterparties: Literal["park", "main", "documents"] = Field(
        "park",
        title="Если у партнёра точки несколько контрагентов",
        description="park: точка ждёт; main: головной; documents: тот единственный, на которого оформлены отгрузки",
    )
    stop_list: list[str] = Field(
        default_factory=list,
        title="Стоп-лист",
        description="Точки и контрагенты, которым не отгружать: наименование, код, ссылка или ИНН",
    )
    block_expired: bool = Field(
        False,  # noqa: FBT003 - the default's value
        title="Блокировать точки с истёкшим договором",
        description="если у контрагента есть договоры с покупателем и все они истекли",
    )
    own_goods: Literal["all", "matched"] = Field(
        "all", title="Какие наши товары выгружать", description="all: все; matched: только сопоставленные"
    )
    own_goods_groups: list[str] = Field(
        default_factory=list,
        title="Группы наших товаров для выгрузки",
        description="Наименования или ссылки групп, вместе с подчинёнными; пусто: все группы",
    )
    price_types: dict[str, str] = Field(
        default_factory=dict,
        title="Виды цен",
        description="Наш вид цен (наименование или ссылка) → тип цены производителя. Остальные не выгружаются",
    )
    price_conflict: Literal["park", "highest", "lowest"] = Field(
        "park",
        title="Если у товаров с одним кодом производителя разные цены",
        description="park: цена ждёт; highest: выгружается наибольшая; lowest: выгружается наименьшая",
    )
    price_addresses: bool = Field(
        False,  # noqa: FBT003 - the default's value
        title="Выгружать виды цен точек",
        description="по действующим соглашениям с клиентами",
    )
    stock_by_batch: bool = Field(False, title="Остатки по партиям (сериям)")  # noqa: FBT003 - the default's value
    confirmations: dict[str, Confirmation] = Field(
        default_factory=dict,
        title="Подтверждения производителя",
        description="Обмен → кто подтверждает. none: никто; person: человек; service: веб-сервис производителя",
    )
    confirmation_days: int = Field(5, title="Сколько дней ждать подтверждения", ge=1, le=60)
    confirmation_remind_days: int = Field(
        2, title="Через сколько дней напомнить о подтверждении", description="0: не напоминать", ge=0, le=60
    )
    intervals: dict[str, int] = Field(
        default_factory=lambda: dict(INTERVALS),
        title="Интервалы обменов, минут",
        description="обмен → минут между запусками; больше суток: целое число суток",
    )
    working_hours: Hours = Field(
        "", title="Рабочие часы обменов", description="с–по, например 08:00-20:00; пусто: круглосуточно"
    )
    exchange_hours: dict[str, Hours] = Field(
        default_factory=dict,
        title="Рабочие часы отдельных обменов",
        description="обмен → с–по вместо общих рабочих часов; пусто: круглосуточно",
    )
    quiet_window: Hours = Field(
        "", title="Тихое окно 1С", description="с–по, например 01:30-05:00: обмены по расписанию в это время не идут"
    )
    pilot_onec_user: str = Field(
        "",
        title="Пользователь 1С для автоматического режима",
        description="для запусков по расписанию в опытной эксплуатации; пусто: тот же, что и для ручных",
    )
    pilot_onec_password: SecretStr = Field(SecretStr(""), title="Пароль пользователя 1С для автоматического режима")

    matched_count_share: float = Field(
        90.0, title="Порог сопоставления, % товаров с остатком", description="для тестового запуска", ge=0, le=100
    )
    matched_value_share: float = Field(
        95.0,
        title="Порог сопоставления, % стоимости остатков",
        description="для тестового запуска; доля ниже порога в опытной эксплуатации: предупреждение",
        ge=0,
        le=100,
    )
    parcel_hours: float = Field(1.0, title="Предупреждать о посылке без ответа через, часов", gt=0, le=720)
    parked_hours: float = Field(24.0, title="Предупреждать об отложенных заказах старше, часов", gt=0, le=720)
    time_zone: Annotated[str, AfterValidator(_zone)] = Field("Europe/Moscow", title="Часовой пояс базы 1С")

    @field_validator("onec_url", "onec_user", "onec_folder")
    @classmethod
    def _needed_for_its_kind(cls, value: str, info: ValidationInfo) -> str:
        """Refuse an empty field that the link's kind of base cannot be reached without."""
        web = info.data.get("onec_kind", "odata") == "odata"
        if not value.strip() and web == (info.field_name != "onec_folder"):
            raise ValueError("не заполнено")
        return value

    @field_validator("intervals")
    @classmethod
    def _every_minute_at_most(cls, value: dict[str, int]) -> dict[str, int]:
        wrong = [f"{exchange}: {minutes}" for exchange, minutes in value.items() if minutes < 1]
        if wrong:
            raise ValueError("интервал не меньше минуты: " + ", ".join(wrong))
        uneven = [f"{exchange}: {minutes}" for exchange, minutes in value.items() if minutes > DAY and minutes % DAY]
        if uneven:
            raise ValueError("интервал больше суток задаётся целым числом суток (1440 минут): " + ", ".join(uneven))
        return value

    @property
    def cap_bytes(self) -> int:
        """The size that no message may pass, in bytes of the request as it leaves."""
        return int(self.cap_mib * 1024 * 1024)


class LinkSettings(OrderSettings, LinkBasics):
    """A link: one 1C base ↔ one manufacturer, as its admin describes it."""


def link_settings(values: Mapping[str, Any]) -> LinkSettings:
    """Check a link's values; raises :class:`Faults` with every wrong field at once, and no secret in it."""
    try:
        return LinkSettings.model_validate(dict(values))
    except ValidationError as error:
        raise settings_faults(error, LinkSettings) from None


def settings_faults(error: ValidationError, model: type[BaseModel]) -> Faults:
    """Turn a validation error into the operator's sentences; the entered values are left out: some are secret."""
    faults = []
    for each in error.errors(include_input=False, include_url=False):
        path = ".".join(str(part) for part in each["loc"])
        field = model.model_fields.get(str(each["loc"][0])) if each["loc"] else None
        title = field.title if field and field.title else path
        problem = _RUSSIAN.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        faults.append(Fault(path, f"«{title}»: {problem.format(**(each.get('ctx') or {}))}", each["msg"]))
    return Faults(
        "Настройки заполнены с ошибками.",
        faults,
        en="The settings are wrong.",
        todo="Исправьте перечисленное и повторите.",
        todo_en="Mend what is listed and try again.",
    )


_RUSSIAN = {
    "missing": "не заполнено",
    "string_too_short": "не заполнено",
    "string_too_long": "слишком длинно, не более {max_length} знаков",
    "literal_error": "можно только {expected}",
    "greater_than_equal": "не меньше {ge}",
    "less_than_equal": "не больше {le}",
    "greater_than": "больше {gt}",
    "int_parsing": "нужно целое число",
    "float_parsing": "нужно число",
    "extra_forbidden": "такой настройки нет",
}
