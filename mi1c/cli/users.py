"""``mi1c user``: who may use the workplace."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from mi1c.cli.opening import entered
from mi1c.cli.wording import group
from mi1c.console import DONE, say, show_json, show_table

if TYPE_CHECKING:
    from foundation.database import Database

app = group("user", "Пользователи рабочего места.")


@app.command
def add(
    login: str,
    /,
    *,
    role: Annotated[Literal["viewer", "operator", "admin"], Parameter(help="что можно: смотреть, решать, всё")],
    name: Annotated[str, Parameter(help="как показывать его решения; иначе как имя входа")] = "",
    no_password: Annotated[bool, Parameter(help="входит только через обратный прокси")] = False,
    json: bool = False,
) -> int:
    """Завести пользователя; пароль спрашивается или берётся из MI1C_USER_PASSWORD."""
    from workplace.access import TITLES, Role, add_user

    password = "" if no_password else os.environ.get("MI1C_USER_PASSWORD") or _asked()
    with _database().begin() as session:
        made = add_user(session, login, Role(role), password=password, name=name)
    say(f"{made.login}: {TITLES[made.role]}.", as_json=json, login=made.login, role=made.role)
    return DONE


@app.command(name="list")
def list_users(*, json: bool = False) -> int:
    """Показать пользователей."""
    from workplace.access import TITLES, users

    with _database().session() as session:
        found = users(session)
    if json:
        show_json(found)
        return DONE
    rows = [
        (
            each.login,
            each.name,
            TITLES[each.role],
            "пароль" if each.has_password else "прокси",
            f"{each.created_at.astimezone():%d.%m.%Y}",
        )
        for each in found
    ]
    columns = {"имя": "left", "кто": "left", "роль": "left", "вход": "left", "заведён": "left"}
    empty = "Заведите первого: mi1c user add ИМЯ --role admin."
    show_table("Пользователи рабочего места", columns, rows, empty=empty)
    return DONE


@app.command
def remove(login: str, /, *, json: bool = False) -> int:
    """Удалить пользователя и закончить его сеансы; его решения остаются под его именем."""
    from workplace.access import remove_user

    with _database().begin() as session:
        remove_user(session, login)
    say(f"Пользователь {login} удалён.", as_json=json, removed=login)
    return DONE


def _asked() -> str:
    """Ask for a password twice; raises Faults where the two differ or there is none."""
    from foundation.errors import Fault, Faults

    first = getpass.getpass("Пароль: ")
    if first and first == getpass.getpass("Ещё раз: "):
        return first
    raise Faults(
        "Пользователь не заведён.",
        [Fault("password", "пароли не совпали или пустые", "the passwords differ or are empty")],
        en="The user was not added.",
        todo="Введите один и тот же пароль дважды или укажите --no-password.",
        todo_en="Enter the same password twice, or give --no-password.",
    )


def _database() -> Database:
    from foundation.database import migrate, open_database

    database = open_database(entered().database)
    migrate(database)
    return database
