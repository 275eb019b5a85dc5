"""Settings: of this process (environment, ``.env``) and of a link (what an admin enters).

``LinkSettings`` is the one description of a link: the Prefect block ``mi1c-link`` inherits it, the terminal fills it,
the flows read it. Every wrong value is told at once, by the field's Russian title.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.errors import Fault, Faults
from foundation.order_settings import OrderSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProcessSettings(BaseSettings):
    """What a process needs to know before it can open anything; from ``MI1C_…`` variables or ``.env``."""

    model_config = SettingsConfigDict(env_prefix="MI1C_", env_file=".env", extra="ignore")

    data: Path = Field(Path(".mi1c"), description="folder of the database, logs and Prefect's home")
    database_url: str = Field("", description="SQLAlchemy URL; empty = SQLite in the data folder")
    prefect_api_url: str = Field("http://127.0.0.1:4200/api", description="address of the Prefect server's API")
    pool: str = Field("mi1c", description="Prefect work pool")
    workplace_url: str = Field("", description="address of the operator's pages, for links in artifacts")

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


WebAddress = Annotated[str, AfterValidator(_web_address)]
Slug = Annotated[str, AfterValidator(_slug)]
Confirmation = Literal["none", "person", "service"]


class LinkBasics(BaseModel):
    """What a link is without its orders; see :class:`LinkSettings`."""

    model_config = ConfigDict(validate_default=True)

    onec_url: WebAddress = Field(
        title="Адрес базы 1С",
        description="Адрес публикации, например https://server/ut или https://server/ut/odata/standard.odata",
    )
    onec_user: str = Field(title="Пользователь 1С", min_length=1)
    onec_password: SecretStr = Field(SecretStr(""), title="Пароль пользователя 1С")
    profile: str = Field("ut11", title="Профиль конфигурации 1С", description="ut11: Управление торговлей 11")
    profile_parameters: dict[str, str] = Field(
        default_factory=dict,
        title="Параметры профиля",
        description="Например какой справочник считать торговыми точками и в каком реквизите код производителя",
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
    crm_auth: Literal["none", "basic", "ntlm", "attribute"] = Field("none", title="Как передаётся пароль")
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
    negatives: Literal["omit", "zero", "send"] = Field("omit", title="Отрицательные остатки")
    reserved: Literal["include", "subtract"] = Field("include", title="Зарезервированный товар")
    price_type: str = Field("", title="Вид цены для оценки", description="Наименование; пусто: последняя любая цена")

    days: int = Field(14, title="Отгрузки за прошедшие N дней", ge=1, le=366)
    matching_side: Literal["distributor", "manufacturer"] = Field("distributor", title="Где сопоставляются точки")
    confirmations: dict[str, Confirmation] = Field(
        default_factory=dict, title="Подтверждения производителя", description="обмен → none, person или service"
    )
    intervals: dict[str, int] = Field(
        default_factory=lambda: {"goods": 1440, "catalogs": 720, "stock": 60, "orders": 15, "statuses": 15},
        title="Интервалы обменов, минут",
        description="обмен → минут между запусками",
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field("Europe/Moscow", title="Часовой пояс базы 1С")

    @field_validator("intervals")
    @classmethod
    def _every_minute_at_most(cls, value: dict[str, int]) -> dict[str, int]:
        wrong = [f"{exchange}: {minutes}" for exchange, minutes in value.items() if minutes < 1]
        if wrong:
            raise ValueError("интервал не меньше минуты: " + ", ".join(wrong))
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
