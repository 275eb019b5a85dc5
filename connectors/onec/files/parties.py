"""Counterparties as CommerceML has them: on their own, and inside documents with a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.onec.files import values

if TYPE_CHECKING:
    from connectors.onec.files.flat import Values

ROLES: Final = (
    "Продавец", "Покупатель", "Плательщик", "Получатель", "Комитент", "Комиссионер", "Лицензиар", "Лицензиат",
)  # fmt: skip
_SHOWN: Final = ("Наименование", "ПолноеНаименование", "ИНН", "КПП", "Адрес")


def fill_party(found: Values) -> None:
    """Give a counterparty the columns that every version has, whatever it calls them."""
    found["Ид"] = values.key(found.get("Ид", ""))
    found["ПолноеНаименование"] = (
        found.get("ОфициальноеНаименование") or found.get("ПолноеНаименование") or found.get("Наименование", "")
    )
    found.setdefault("Наименование", found["ПолноеНаименование"])
    if not found["Наименование"]:
        found["Наименование"] = found["ПолноеНаименование"]
    for path in ("Адрес", "АдресРегистрации", "ЮридическийАдрес"):
        text = found.get(f"{path}.Представление") or found.get(path, "")
        if text:
            found["Адрес"] = text
            break


def party_columns(found: Values) -> Values:
    """Return a document's columns of one of its parties: ``Покупатель``, ``Покупатель.ИНН``."""
    role = found.get("Роль") or "Контрагент"
    return {role: found["Ид"]} | {f"{role}.{name}": found.get(name, "") for name in _SHOWN}
