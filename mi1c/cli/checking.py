"""``mi1c check``: what a 1C base lacks of all that a profile needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened
from mi1c.console import DONE, FAILED, console, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foundation.errors import Fault


def check(
    *,
    profile: Annotated[str, Parameter(help="профиль или файл YAML")] = "",
    metadata: Annotated[Path | None, Parameter(help="сохранённый $metadata")] = None,
    link: Annotated[str, Parameter(help="связь вместо профиля и файла")] = "",
    set_: Annotated[list[str] | None, Parameter(name="--set", help="параметр профиля: имя=значение")] = None,
    json: bool = False,
) -> int:
    """Сказать, чего базе 1С не хватает для профиля, и что с этим делать."""
    from foundation.errors import Fault, Faults
    from tasks.checking import check_link, check_metadata

    if link:
        return show_faults(f"Связь {link}", check_link(opened(link)), as_json=json)
    if not profile or metadata is None:
        raise Faults(
            "Нечего проверять.",
            [Fault("check", "нужны --profile и --metadata, либо --link", "give --profile and --metadata, or --link")],
            en="Nothing to check.",
            todo="Пример: mi1c check --profile ut11 --metadata metadata.xml",
            todo_en="For example: mi1c check --profile ut11 --metadata metadata.xml",
        )
    entered()
    parameters = dict(each.split("=", 1) for each in set_ or [] if "=" in each)
    return show_faults(f"Профиль {profile}", check_metadata(profile, metadata, parameters), as_json=json)


def show_faults(title: str, faults: Sequence[Fault], *, as_json: bool) -> int:
    """Print what is wrong, or that nothing is; returns the exit code."""
    if as_json:
        show_json({"ok": not faults, "faults": list(faults)})
    elif not faults:
        console().print(f"{title}: всё, что нужно, на месте.")
    else:
        out = console()
        out.print(f"{title}: не хватает ({len(faults)}):")
        for fault in faults:
            out.print(f"  • {fault.path}: {fault.said}", markup=False)
    return FAILED if faults else DONE
