"""``mi1c link``: links from a terminal; the same block that the Prefect UI edits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from mi1c.cli.opening import entered, opened, server_answers
from mi1c.cli.wording import group
from mi1c.console import DONE, say, show_json, show_table

app = group("link", "Связи: одна база 1С ↔ один производитель.")


@app.command
def add(
    name: str,
    /,
    *,
    file: Annotated[Path | None, Parameter(help="YAML с настройками связи; «-»: стандартный ввод")] = None,
    json: bool = False,
) -> int:
    """Завести связь или заменить её настройки: из файла YAML, а без него вопросами, с проверкой базы.

    Пароли лучше передавать переменными MI1C_ONEC_PASSWORD и MI1C_CRM_PASSWORD, а не в файле.
    """
    import os
    import sys

    import yaml

    from mappings.profiles.profile import read_yaml

    settings = entered()
    values: dict[str, Any]
    if file is None:
        from mi1c.cli.wizard import asked_values

        values = asked_values()
    else:
        values = yaml.safe_load(sys.stdin.read()) if str(file) == "-" else read_yaml(file)
    for field in ("onec_password", "crm_password"):
        if secret := os.environ.get(f"MI1C_{field.upper()}"):
            values[field] = secret
    from foundation.settings import link_settings

    link_settings(values)
    server_answers(settings)
    from tasks.block import save_link

    save_link(name, values)
    next_step = f"Дальше: mi1c link check {name}, затем mi1c deploy {name}."
    say(f"Связь {name} сохранена. {next_step}", as_json=json, link=name)
    return DONE


@app.command(name="list")
def list_links(*, json: bool = False) -> int:
    """Показать все связи."""
    settings = entered()
    server_answers(settings)
    from tasks.block import link_names

    names = link_names()
    if json:
        show_json(names)
    else:
        show_table("Связи", {"связь": "left"}, [(name,) for name in names], empty="Заведите связь: mi1c link add.")
    return DONE


@app.command
def show(name: str, /, *, json: bool = False) -> int:
    """Показать настройки связи; пароли не показываются."""
    settings = entered()
    server_answers(settings)
    from foundation.settings import LinkSettings
    from tasks.block import load_link

    link = load_link(name)
    values = {field: getattr(link, field) for field in LinkSettings.model_fields}
    if json:
        show_json(values)
    else:
        from mi1c.cli.link_show import setting_word

        fields = LinkSettings.model_fields
        rows = [(fields[name].title or name, name, setting_word(fields[name], value)) for name, value in values.items()]
        show_table(f"Связь {name}", {"настройка": "left", "поле": "left", "значение": "left"}, rows)
    return DONE


@app.command
def check(name: str, /, *, json: bool = False) -> int:
    """Проверить связь: настройки, доступ к 1С и к сервису производителя, состав публикации по профилю."""
    from mi1c.cli.checking import show_look
    from tasks.checking import look_at

    return show_look(f"Связь {name}", *look_at(opened(name)), as_json=json)


@app.command
def request(
    *,
    company: Annotated[str, Parameter(help="наша организация, как в договоре с производителем")],
    contact: Annotated[str, Parameter(help="кому отвечать: имя, телефон, почта")],
    out: Annotated[Path | None, Parameter(help="файл для письма; без него письмо выводится")] = None,
    json: bool = False,
) -> int:
    """Составить письмо ИТ-службе производителя: запрос кода БД, пароля, адреса и правил обмена."""
    import sys
    from datetime import date

    from mi1c.letter import filled

    # The letter bears the date of the desk that it is written at.
    text = filled(company=company, contact=contact, day=date.today())  # noqa: DTZ011 - see above
    if out is not None:
        _new_file(out, text)
        say(f"Письмо в файле {out}. Отправьте его ИТ-службе производителя.", as_json=json, file=str(out))
    elif json:
        show_json({"letter": text})
    else:
        sys.stdout.write(text)
    return DONE


def _new_file(path: Path, text: str) -> None:
    """Write a file that is not there yet; raises Faults where it is, or its folder is not."""
    from foundation.errors import Fault, Faults

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        there = isinstance(error, FileExistsError)
        said, en = ("файл уже есть", "is there already") if there else (f"не пишется: {error.strerror}", "not writable")
        raise Faults(
            f"Письмо в файл {path} не записано.",
            [Fault(str(path), said, en)],
            en=f"The letter was not written to {path}.",
            todo="Укажите другой файл.",
            todo_en="Name another file.",
        ) from None
