"""``mi1c service``: install and run the product as a service of the operating system."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from mi1c.cli.opening import entered
from mi1c.cli.wording import group
from mi1c.console import DONE, FAILED, say, show_json

if TYPE_CHECKING:
    from mi1c.service import Linux, Windows

app = group("service", "Служба операционной системы.")

Role = Literal["server", "worker", "workplace"]
DRY = Parameter(help="показать файлы и команды, ничего не делая")
USER = Parameter(help="пользователь службы, Linux")
ROLES = Parameter(name="--role", help="что работает на этой машине; без него всё")
WINSW = Parameter(help="WinSW под именем службы, Windows")


def _service(user: str, roles: tuple[Role, ...], data: Path | None, winsw: Path | None) -> Linux | Windows:
    from mi1c.service import WINDOWS_SERVICE, Layout, Linux, Windows

    if sys.platform == "win32" or winsw is not None:
        folder = data or Path(r"C:\ProgramData\MI1C")
        return Windows(Layout(data=str(folder)), winsw or folder / f"{WINDOWS_SERVICE}.exe")
    chosen = roles or Layout().roles
    return Linux(Layout(user=user, data=str(data or Layout().data), roles=chosen))


def _do(service: Linux | Windows, action: str, done: str, *, dry_run: bool, json: bool) -> int:
    from mi1c.service import shown

    if dry_run:
        texts = list(shown(service, action))
        if json:
            files = service.files() if action == "install" else {}
            show_json(
                {"files": {str(path): text for path, text in files.items()}, "commands": service.commands(action)}
            )
        else:
            sys.stdout.write("\n".join(texts) + "\n")
        return DONE
    service.do(action)
    say(done, as_json=json, action=action)
    return DONE


@app.command
def install(
    *,
    user: Annotated[str, USER] = "mi1c",
    role: Annotated[tuple[Role, ...], ROLES] = (),
    data: Annotated[Path | None, Parameter(help="папка данных")] = None,
    winsw: Annotated[Path | None, WINSW] = None,
    dry_run: Annotated[bool, DRY] = False,
    json: bool = False,
) -> int:
    """Установить службу: файлы, пользователь, запуск при загрузке. Нужны права администратора."""
    service = _service(user, role, data, winsw)
    return _do(service, "install", "Служба установлена. Дальше: mi1c service start.", dry_run=dry_run, json=json)


@app.command
def start(
    *,
    winsw: Annotated[Path | None, WINSW] = None,
    dry_run: Annotated[bool, DRY] = False,
    json: bool = False,
) -> int:
    """Запустить службу."""
    return _do(_service("mi1c", (), None, winsw), "start", "Служба запущена.", dry_run=dry_run, json=json)


@app.command
def stop(
    *,
    winsw: Annotated[Path | None, WINSW] = None,
    dry_run: Annotated[bool, DRY] = False,
    json: bool = False,
) -> int:
    """Остановить службу; начатые обмены продолжатся после запуска с того же места."""
    return _do(_service("mi1c", (), None, winsw), "stop", "Служба остановлена.", dry_run=dry_run, json=json)


@app.command
def status(
    *,
    winsw: Annotated[Path | None, WINSW] = None,
    dry_run: Annotated[bool, DRY] = False,
    json: bool = False,
) -> int:
    """Показать, работает ли служба; код 1, если нет."""
    from foundation.errors import Fatal

    try:
        return _do(_service("mi1c", (), None, winsw), "status", "Служба работает.", dry_run=dry_run, json=json)
    except Fatal as error:
        if "code" not in error.facts:
            raise
        say("Служба не работает: mi1c service start.", as_json=json, running=False, code=error.facts["code"])
        return FAILED


@app.command
def uninstall(
    *,
    winsw: Annotated[Path | None, WINSW] = None,
    dry_run: Annotated[bool, DRY] = False,
    json: bool = False,
) -> int:
    """Снять службу; данные, настройки и пользователь остаются."""
    done = "Служба снята. Данные и настройки остались на месте."
    return _do(_service("mi1c", (), None, winsw), "uninstall", done, dry_run=dry_run, json=json)


@app.command(show=False)
def run(role: Role, /) -> int:
    """Стать частью службы: так её запускает systemd."""
    from mi1c.roles import become

    become(role, entered())
    return DONE
