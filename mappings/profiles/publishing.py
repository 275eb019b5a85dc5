"""What a person does in 1C so that a base publishes what a link needs: steps by mouse, and the same as 1C's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mappings.profiles.check import human

if TYPE_CHECKING:
    from collections.abc import Sequence

_MENUS: Final = {
    "unf": "Настройки → Ещё больше возможностей → Синхронизация данных",
    "bp3": "Администрирование → Настройки программы → Синхронизация данных",
}
_MENU: Final = "НСИ и администрирование → Администрирование → Синхронизация данных"
"""Where the page is in УТ, КА and ERP."""

_COLLECTIONS: Final = {
    "Catalog": "Справочники",
    "Document": "Документы",
    "InformationRegister": "РегистрыСведений",
    "AccumulationRegister": "РегистрыНакопления",
    "AccountingRegister": "РегистрыБухгалтерии",
    "ChartOfAccounts": "ПланыСчетов",
}


def steps(profile: str, entities: Sequence[str]) -> list[str]:
    """Return the steps that publish these sets, for an operator; empty where nothing is missing.

    A tabular section is published with its owner, and a register's records with the register.
    """
    owners = list(dict.fromkeys(map(_owner, entities)))
    if not owners:
        return []
    listed = "; ".join(f"«{human(owner)}»" for owner in owners)
    menu = _MENUS.get(profile, _MENU)
    script = "Если такой страницы нет, выполните в 1С с полными правами (внешняя обработка или консоль кода):"
    return [
        f"Откройте базу с полными правами: {menu} → Настройка автоматического REST-сервиса → Состав.",
        f"Отметьте: {listed}. Нажмите «Записать и закрыть».",
        f"{script}\n{code(owners)}",
        "Проверьте ещё раз: mi1c check --link СВЯЗЬ.",
    ]


def code(owners: Sequence[str]) -> str:
    """Return 1C's code that adds sets to the composition, leaving there what is in it."""
    lines = ["    Состав = ПолучитьСоставСтандартногоИнтерфейсаOData();"]
    for owner in owners:
        kind, _, name = owner.partition("_")
        lines.append(f"    Состав.Добавить(Метаданные.{_COLLECTIONS.get(kind, kind)}.{name});")
    lines.append("    УстановитьСоставСтандартногоИнтерфейсаOData(Состав);")
    return "\n".join(lines)


def _owner(entity: str) -> str:
    """Return the object of 1C that a set belongs to; names hold underscores, so only known endings are cut."""
    return entity.removesuffix("_RecordType").removesuffix("_КонтактнаяИнформация")
