"""What the command line itself says, in Russian: the help of every command, and errors of what was typed.

cyclopts has no catalogue of messages, so its formatter and its errors are worded here; an error that has no words yet
is told in cyclopts' own, under a Russian sentence that says where to look.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cyclopts import App, CoercionError, Group, MissingArgumentError, Parameter, UnknownOptionError, ValidationError
from cyclopts.exceptions import RepeatArgumentError, UnknownCommandError, UnusedCliTokensError
from cyclopts.help import DefaultFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cyclopts import CycloptsError
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

COMMANDS: Final = Group("Команды", sort_key=2)
ARGUMENTS: Final = Group("Что указать", sort_key=0)
PARAMETERS: Final = Group("Параметры", sort_key=1)

PLAIN: Final = Parameter(negative=())
"""A flag is given or not; ``--no-json`` beside each would only be one more thing to read."""

COMMON: Final = {
    "author": "кто решил",
    "entity": "таблица",
    "exchange": "обмен",
    "file": "файл .csv или .xlsx",
    "gate": "этап",
    "json": "вывести ответ для программ, JSON",
    "kind": "что сопоставляется",
    "limit": "сколько строк показать",
    "link": "имя связи",
    "login": "имя входа",
    "message": "номер сообщения",
    "name": "имя связи",
    "number": "номер заказа у производителя",
    "parcel": "номер посылки",
    "role": "server, worker или workplace",
    "scale": "во сколько раз больше данных",
    "top": "сколько вариантов показывать",
}
"""What parameters mean that a command leaves without a word of its own."""

FLAGS: Final = {"--help": "показать эту справку", "--version": "показать версию программы"}

USAGE: Final = {
    "[OPTIONS]": "[ПАРАМЕТРЫ]",
    "[ARGS]": "[ЕЩЁ]",
    "COMMAND": "КОМАНДА",
    "STR": "ТЕКСТ",
    "INT": "ЧИСЛО",
    "CHOICE": "СЛОВО",
    "PATH": "ФАЙЛ",
}
"""Words of cyclopts in a line of usage, and beside a parameter that takes a value."""

SILENT: Final = frozenset({'""', "()", "[]", "False", "None"})
"""Defaults that say nothing: the parameter is simply not given."""


def group(name: str, said: str) -> App:
    """Return a group of commands, ``mi1c NAME …``; its help has the headings that those of the others have."""
    panels: dict[str, Any] = {
        "group_commands": COMMANDS,
        "group_arguments": ARGUMENTS,
        "group_parameters": PARAMETERS,
        "help_format": "plaintext",
    }
    return App(name=name, help=said, result_action="return_value", **panels)


class Help(DefaultFormatter):
    """Help in Russian, one line a parameter: what it is, what it may be, whether it must be given."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one panel."""
        super().__call__(console, options, panel.copy(entries=[worded(each) for each in panel.entries]))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print the line of usage."""
        del options
        if usage:
            console.print(f"Как вызвать: {usage_line(str(usage))}\n", markup=False, style="bold", soft_wrap=True)


def usage_line(text: str) -> str:
    """Return a line of usage with cyclopts' own words in Russian."""
    return re.sub(r"\[?\b[A-Z]+\b\]?", lambda found: USAGE.get(found[0], found[0]), text).rstrip()


def worded(entry: HelpEntry) -> HelpEntry:
    """Return an entry whose description says in Russian all that cyclopts would add in English."""
    from attrs import evolve

    told = "; ".join(filter(None, [_said(entry), *_limits(entry)]))
    metavar = usage_line(entry.metavar) if entry.metavar else entry.metavar
    return evolve(entry, description=told, choices=None, default=None, required=False, metavar=metavar)


def _said(entry: HelpEntry) -> str:
    """Return what a parameter or command is."""
    names = (*entry.positive_names, entry.positional_label or "")
    for name in names:
        if name in FLAGS:
            return FLAGS[name]
    return _plain(entry.description) or next(
        (COMMON[bare] for name in names if (bare := name.lstrip("-").lower()) in COMMON), ""
    )


def _plain(description: object) -> str:
    """Return a description without its markup."""
    inner = getattr(description, "primary_renderable", description)
    return str(getattr(inner, "plain", inner) or "").strip()


def _limits(entry: HelpEntry) -> Iterator[str]:
    if entry.choices and not all(choice in _said(entry) for choice in entry.choices):
        yield "можно: " + ", ".join(entry.choices)
    if entry.default is not None and entry.default not in SILENT:
        yield f"иначе {entry.default}"
    if entry.required:
        yield "обязательно"


# -- errors of what was typed ------------------------------------------------------------------------------------------


def usage_error(error: CycloptsError) -> Text:
    """Return what is wrong with a command as typed, and where to look; cyclopts' own words stand below, dim."""
    from rich.text import Text

    command = " ".join(("mi1c", *(error.command_chain or ())))
    told = Text.assemble(("Команда записана неверно. ", "bold red"), said(error), "\n")
    told.append("Что делать. ", "bold").append(f"Посмотрите, как её вызвать: {command} --help\n")
    return told.append(english(error), "dim")


def english(error: CycloptsError) -> str:
    """Return cyclopts' own words."""
    error.verbose = False
    return str(error)


def said(error: CycloptsError) -> str:
    """Return what is wrong, in one Russian sentence."""
    match error:
        case UnknownCommandError():
            name = (error.unused_tokens or [""])[0]
            return f"Команды «{name}» нет. Есть: {', '.join(shown_commands(error.app))}."
        case UnknownOptionError():
            return f"Параметра {error.token.keyword or error.token.value} нет."
        case CoercionError():
            return _unfit(error)
        case ValidationError():
            return f"Значение {_name(error)} не подходит{_bounds(error.exception_message)}."
        case MissingArgumentError():
            return f"Не указано: {_name(error)}."
        case RepeatArgumentError():
            return f"Указано дважды: {error.token.keyword or error.token.value}."
        case UnusedCliTokensError():
            return f"Лишнее: {' '.join(error.unused_tokens or ())}."
    return "Её не удалось разобрать."


def shown_commands(app: App | None) -> Sequence[str]:
    """Return the commands of a group that its help lists."""
    return [name for name in app or () if not name.startswith("-") and app and app[name].show]


def _unfit(error: CoercionError) -> str:
    """Return which value does not fit, and which would."""
    value = f"«{error.token.value}» " if error.token else ""
    choices = (error.argument.get_choices() if error.argument else None) or ()
    if choices:
        return f"Значение {value}у {_name(error)} не подходит. Можно: {', '.join(choices)}."
    wanted = ", нужно целое число" if error.target_type is int else ""
    return f"Значение {value}у {_name(error)} не подходит{wanted}."


def _name(error: CycloptsError) -> str:
    return error.argument.name if error.argument else "параметр"


def _bounds(message: str) -> str:
    """Return the bounds of a number that cyclopts names in English."""
    found = re.search(r"(>=|<=|>|<) (\S+?)\.?$", message)
    words = {">=": "не меньше", "<=": "не больше", ">": "больше", "<": "меньше"}
    return f", нужно {words[found[1]]} {found[2]}" if found else ""
