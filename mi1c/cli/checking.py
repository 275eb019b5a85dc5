"""``mi1c check``: what a 1C base lacks of all that a profile needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened
from mi1c.console import DONE, FAILED, console, number, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foundation.errors import Fault
    from tasks.looking import Look


def check(
    *,
    profile: Annotated[str, Parameter(help="профиль или файл YAML")] = "",
    metadata: Annotated[Path | None, Parameter(help="сохранённый $metadata")] = None,
    link: Annotated[str, Parameter(help="связь вместо профиля и файла")] = "",
    layout: Annotated[str, Parameter(help="раскладка или файл YAML: проверить её на придуманных строках")] = "",
    set_: Annotated[list[str] | None, Parameter(name="--set", help="параметр профиля: имя=значение")] = None,
    json: bool = False,
) -> int:
    """Сказать, чего базе 1С не хватает для профиля, и что с этим делать."""
    from foundation.errors import Fault, Faults
    from tasks.checking import check_metadata, look_at, missing_in, recognised_in

    if layout:
        from mappings.layouts.layout import load_layout
        from tasks.layout_trial import try_layout

        return show_faults(f"Раскладка {layout}", try_layout(load_layout(layout)), as_json=json)
    if link:
        return show_look(f"Связь {link}", *look_at(opened(link)), as_json=json)
    if metadata is None:
        raise Faults(
            "Нечего проверять.",
            [Fault("check", "нужны --metadata (и --profile), либо --link", "give --metadata, or --link")],
            en="Nothing to check.",
            todo="Пример: mi1c check --profile ut11 --metadata metadata.xml",
            todo_en="For example: mi1c check --profile ut11 --metadata metadata.xml",
        )
    entered()
    parameters = dict(each.split("=", 1) for each in set_ or [] if "=" in each)
    likely = recognised_in(metadata)
    chosen = profile or (likely[0].profile if likely else "")
    if not chosen:
        raise Faults(
            "Конфигурация не распознана.",
            [Fault("profile", "выберите профиль сами: --profile", "name the profile yourself: --profile")],
            en="The configuration is none of the known ones.",
        )
    faults = check_metadata(chosen, metadata, parameters)
    code = show_faults(f"Профиль {chosen}", faults, as_json=json, recognised=[each.profile for each in likely])
    if not json:
        show_steps(missing_in(chosen, metadata, parameters))
    return code


def show_faults(title: str, faults: Sequence[Fault], *, as_json: bool, **more: Any) -> int:
    """Print what is wrong, or that nothing is; returns the exit code."""
    if as_json:
        show_json({"ok": not faults, "faults": list(faults), **more})
    elif not faults:
        console().print(f"{title}: всё, что нужно, на месте.")
    else:
        out = console()
        out.print(f"{title}: не хватает ({len(faults)}):")
        for fault in faults:
            out.print(f"  • {fault.path}: {fault.said}", markup=False)
    return FAILED if faults else DONE


def show_look(title: str, found: Look | None, faults: Sequence[Fault], *, as_json: bool) -> int:
    """Print what a look at a base found; returns the exit code."""
    if found is None:
        return show_faults(title, faults, as_json=as_json)
    if as_json:
        return show_faults(title, faults, as_json=True, **told(found))
    out = console()
    out.print(f"Конфигурация: {found.title} (профиль {found.profile.name}).", markup=False)
    code = show_faults(title, faults, as_json=False)
    show_steps(found.steps)
    show_outlets(found)
    if speed := found.speed:
        out.print(
            f"Ответ базы: {_seconds(speed.small)} на строку, {_seconds(speed.page)} на {number(speed.rows)} строк. "
            f"Предлагается: строк на страницу (page_rows) {speed.page_rows}, соединений (connections) "
            f"{speed.connections}."
        )
    return code


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} с".replace(".", ",")


def told(found: Look) -> dict[str, Any]:
    """Return a look for a program."""
    from dataclasses import asdict

    return {
        "profile": found.profile.name,
        "title": found.title,
        "recognised": [each.profile for each in found.likely],
        "missing": found.missing,
        "steps": found.steps,
        "outlets": [asdict(each) for each in found.outlets],
        "outlet": found.outlet,
        "speed": asdict(found.speed) if found.speed else None,
        "cached": found.cached,
    }


def show_steps(listed: Sequence[str]) -> None:
    """Print the steps that publish what is missing."""
    out = console()
    for place, step in enumerate(listed, start=1):
        out.print(f"  {place}. {step}", markup=False)


def show_outlets(found: Look) -> None:
    """Print what may count as an outlet, with counts, and which is proposed."""
    if not found.outlets:
        return
    rows = [
        (each.value, each.meaning, "не читается" if each.count is None else each.count,
         "← предлагается" if each.value == found.outlet else "")
        for each in found.outlets
    ]  # fmt: skip
    columns: dict[str, Any] = {"торговая точка": "left", "что это": "left", "строк": "right", "": "left"}
    show_table("Параметр профиля outlets", columns, rows)
