"""``mi1c link add`` without a file: questions, and a look at the base that answers as many of them as it can."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mi1c.console import console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.onec.odata import OneC
    from tasks.looking import Look


class Ask(Protocol):
    """How a question is put: the text, what an empty answer means, whether the answer is a secret."""

    def __call__(self, question: str, default: str = "", *, secret: bool = False) -> str:
        """Return the answer, or ``default`` for an empty one."""


def on_terminal(question: str, default: str = "", *, secret: bool = False) -> str:
    """Ask on the terminal."""
    from rich.prompt import Prompt

    answer: str = Prompt.ask(
        question, default=default, password=secret, console=console(stderr=True), show_default=bool(default)
    )
    return answer.strip()


def asked_values(ask: Ask = on_terminal, *, folder: Path | None = None) -> dict[str, Any]:
    """Return the settings of a link: what was asked for and what the base showed. Raises what the base raises."""
    from connectors.onec.odata import OneC, OneCAddress
    from foundation.settings import link_settings
    from tasks.looking import look

    values: dict[str, Any] = {
        "onec_url": ask("Адрес базы 1С (http://сервер/база)"),
        "onec_user": ask("Пользователь 1С"),
        "onec_password": ask("Пароль пользователя 1С", secret=True),
    }
    with OneC(OneCAddress(values["onec_url"], values["onec_user"], values["onec_password"])) as onec:
        found = look(onec, {}, folder=folder)
        tell(found)
        values |= proposed(found, ask)
        values["warehouses"] = asked_warehouses(onec, found, ask)
    values |= {
        "crm_url": ask("Адрес веб-сервиса производителя"),
        "crm_user": ask("Пользователь веб-сервиса (код БД)"),
        "crm_password": ask("Пароль пользователя веб-сервиса", secret=True),
        "layout": ask("Раскладка сервиса производителя", "monolit"),
    }
    link_settings(values)
    return values


def tell(found: Look) -> None:
    """Show what the look found, and what the base lacks with the steps that mend it."""
    from mi1c.cli.checking import show_look

    show_look("База 1С", found, found.faults, as_json=False)


def proposed(found: Look, ask: Ask) -> dict[str, Any]:
    """Return the settings that the base itself proposes, each confirmed."""
    made: dict[str, Any] = {"profile": ask("Профиль", found.profile.name)}
    if found.outlet:
        made["profile_parameters"] = {"outlets": ask("Торговая точка (outlets)", found.outlet)}
    if found.speed:
        made |= {"page_rows": found.speed.page_rows, "connections": found.speed.connections}
    return made


def asked_warehouses(onec: OneC, found: Look, ask: Ask) -> dict[str, str]:
    """Ask for each warehouse of the base which one of the manufacturer it is; an empty answer leaves it out."""
    reading = found.profile.reading("warehouses")
    if reading.entity in found.missing:
        return {}
    names: Mapping[str, str] = dict(_warehouses(onec.read(reading)))
    answers = {ref: ask(f"Код склада «{name}» у производителя (пусто: не выгружать)") for ref, name in names.items()}
    return {ref: theirs for ref, theirs in answers.items() if theirs}


def _warehouses(frame: Any) -> list[tuple[str, str]]:
    flags = {name: frame[name].tolist() if name in frame else [False] * len(frame) for name in ("is_group", "deleted")}
    rows = zip(frame["our_warehouse"].tolist(), frame["name"].tolist(), *flags.values(), strict=True)
    return [(ref, name) for ref, name, group, deleted in rows if not group and not deleted]
