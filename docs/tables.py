"""``python -m docs.tables``: the tables of settings and commands in the manual, made from the program's own words.

A table stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; what people add (advice, examples) is in
``docs/settings.yaml`` and ``docs/commands.yaml``. Which exchange works on which base is taken from ``docs/bases.md``,
which the tests write (``make bases``). ``--check`` changes nothing and ends with 1 where a page is behind.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

import yaml
from pydantic import SecretStr

from foundation.settings import LinkSettings, ProcessSettings
from mi1c.cli import app
from mi1c.cli.wording import COMMON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cyclopts import App, Argument
    from pydantic.fields import FieldInfo

DOCS: Final = Path(__file__).parent
READMES: Final = (DOCS.parent / "README.md", DOCS.parent / "README.ru.md")
MARK: Final = re.compile(r"<!-- begin (?P<name>\S+) -->\n.*?<!-- end (?P=name) -->", re.DOTALL)


# -- commands ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the program: its words after ``mi1c``, its sentence, its parameters; ``shown``: help lists it."""

    name: str
    said: str
    parameters: tuple[Argument, ...]
    shown: bool

    @property
    def slug(self) -> str:
        """The name of its picture."""
        return self.name.replace(" ", "-")


def commands(of: App = app, path: tuple[str, ...] = ()) -> Iterator[Command]:
    """Yield every command of the program, those of groups after their group."""
    for name in of:
        if name.startswith("-"):
            continue
        found, words = of[name], (*path, name)
        if found.default_command:
            yield Command(" ".join(words), found.help, tuple(found.assemble_argument_collection()), found.show)
        yield from commands(found, words)


def described_commands() -> dict[str, dict[str, Any]]:
    """Return what people say of the commands: name → page, example, note."""
    told: dict[str, dict[str, Any]] = yaml.safe_load((DOCS / "commands.yaml").read_text("utf-8"))
    return told


def command_section(command: Command, told: Mapping[str, Any]) -> str:
    """Return a command as it stands in the manual: what it does, an example, its parameters, its picture."""
    first, _, rest = command.said.partition("\n")
    lines = [f"### `mi1c {command.name}`", "", " ".join([first, *rest.split()])]
    if told.get("note"):
        lines += ["", " ".join(told["note"].split())]
    lines += ["", *(f"    {line}" for line in told["run"].strip().splitlines()), ""]
    rows = [row for each in command.parameters if (row := parameter_row(each))]
    if rows:
        lines += ["| параметр | значение |", "|---|---|", *rows, ""]
    if not told.get("silent"):
        lines += [f"![mi1c {command.name}](pictures/{command.slug}.svg)", ""]
    return "\n".join(lines)


def parameter_row(argument: Argument) -> str:
    """Return a parameter as a line of a table; ``--json`` is every command's and has none."""
    name = argument.name
    bare = name.lstrip("-").lower()
    if bare == "json":
        return ""
    meaning = argument.parameter.help or COMMON[bare]
    choices = argument.get_choices() or ()
    if choices and not all(choice in meaning for choice in choices):
        meaning += ": " + ", ".join(f"`{choice}`" for choice in choices)
    default = argument.field_info.default
    if argument.required:
        meaning += " (обязательно)"
    elif isinstance(default, str | int) and not isinstance(default, bool) and default != "":
        meaning += f" (иначе {default})"
    return f"| `{name}` | {escaped(meaning)} |"


def command_page(page: str) -> str:
    """Return the commands of a page, in the order of ``commands.yaml``."""
    known = {each.name: each for each in commands()}
    told = described_commands()
    return "\n".join(
        command_section(known[name], about) for name, about in told.items() if about["page"] == page and name in known
    )


# -- settings ----------------------------------------------------------------------------------------------------------


def described_settings() -> dict[str, Any]:
    """Return what people say of the settings: of a link by groups, of a process by name."""
    told: dict[str, Any] = yaml.safe_load((DOCS / "settings.yaml").read_text("utf-8"))
    return told


def link_table() -> str:
    """Return the settings of a link, a table a group."""
    lines: list[str] = []
    for group in described_settings()["link"]:
        lines += [f"### {group['group']}", ""]
        lines += ["| настройка | значение | по умолчанию | совет |", "|---|---|---|---|"]
        for name, advice in group["fields"].items():
            field = LinkSettings.model_fields[name]
            meaning = ". ".join(filter(None, [field.title, sentence(field.description or ""), limits(field)]))
            lines.append(f"| `{name}` | {escaped(meaning)} | {default_of(field)} | {escaped(advice or '')} |")
        lines.append("")
    return "\n".join(lines)


def process_table() -> str:
    """Return the settings of a process."""
    told = described_settings()["process"]
    lines = ["| переменная | значение | по умолчанию | совет |", "|---|---|---|---|"]
    for name, said in told.items():
        field = ProcessSettings.model_fields[name]
        meaning = ". ".join(filter(None, [said["means"], limits(field)]))
        lines.append(
            f"| `MI1C_{name.upper()}` | {escaped(meaning)} | {default_of(field)} | {escaped(said['advice'])} |"
        )
    return "\n".join(lines)


def sentence(text: str) -> str:
    """Return a description with a capital and without its stop: the table joins it to the title."""
    if re.match(r"[a-z_0-9]+:", text):  # a list of values begins with a word of the program
        return text
    return text[:1].upper() + text[1:].removesuffix(".")


def limits(field: FieldInfo) -> str:
    """Return what values a field takes, where its type says so and its description does not."""
    words = [f"`{word}`" for word in choices_of(field.annotation) if not named_in(word, field.description or "")]
    bounds = {
        name: getattr(each, name) for each in field.metadata for name in ("ge", "gt", "le") if hasattr(each, name)
    }
    least = f"От {plain(bounds['ge'])}" if "ge" in bounds else f"Больше {plain(bounds['gt'])}" if "gt" in bounds else ""
    most = f"до {plain(bounds['le'])}" if "le" in bounds else ""
    return "; ".join(filter(None, [", ".join(words), " ".join(filter(None, [least, most]))]))


def named_in(word: str, text: str) -> bool:
    """Whether a description names a value already."""
    return re.search(rf"\b{word}\b", text) is not None


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the words that a type allows, also inside of a list or a dictionary's values."""
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation))
    return tuple(word for inner in get_args(annotation) for word in choices_of(inner))


def default_of(field: FieldInfo) -> str:
    """Return a default as people read it."""
    if field.is_required():
        return "обязательно"
    value = field.get_default(call_default_factory=True)
    match value:
        case SecretStr() | "" | () | [] | {}:
            return "пусто"
        case bool():
            return "да" if value else "нет"
        case dict():
            return "; ".join(f"`{name}`: {plain(each)}" for name, each in value.items())
        case list() | tuple():
            return ", ".join(f"`{each}`" for each in value)
        case int() | float():
            return plain(value)
    return f"`{value}`"


def plain(value: object) -> str:
    """Return a number as people read it: 4,5 and 20 000; anything else as it is."""
    if isinstance(value, int | float):
        return f"{value:,.12g}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
    return str(value)


def profile_table() -> str:
    """Return the parameters of every profile."""
    lines: list[str] = []
    for path in sorted((DOCS.parent / "mappings" / "profiles").glob("*.yaml")):
        profile = yaml.safe_load(path.read_text("utf-8"))
        lines += [f"### `{profile['name']}`: {profile['title']}", ""]
        if "parameters" not in profile and "extends" in profile:
            lines += [f"Параметры те же, что у `{profile['extends']}`.", ""]
            continue
        lines += ["| параметр | значение | по умолчанию |", "|---|---|---|"]
        for name, about in profile.get("parameters", {}).items():
            meaning = " ".join(about["doc"].split())
            words = "; ".join(f"`{word}`: {said}" for word, said in about.get("choices", {}).items())
            lines.append(f"| `{name}` | {escaped('. '.join(filter(None, [meaning, words])))} | {defaults(about)} |")
        lines.append("")
    return "\n".join(lines)


def defaults(about: dict[str, Any]) -> str:
    """Return the default of a profile's parameter, and those that go with the choice that it follows."""

    def shown(value: str) -> str:
        return f"`{value}`" if value else "пусто"

    chosen = [f"`{about['follows']}`={word}: {shown(value)}" for word, value in about.get("defaults", {}).items()]
    return "; ".join([shown(about.get("default", "")), *chosen])


def escaped(text: str) -> str:
    """Return a text as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


# -- bases -------------------------------------------------------------------------------------------------------------

ENGLISH: Final = {
    "База": "base",
    "Классификатор": "`goods`",
    "Остатки": "`stock`",
    "Торговые точки": "`outlets`",
    "Заказы": "`orders`",
    "Статусы заказов": "`statuses`",
    "Отгрузки": "`shipments`",
    "1С 7.7, ТиС (DBF)": "1C 7.7, ТиС (DBF)",
    "Папка обмена CommerceML": "CommerceML exchange folder",
    "да": "yes",
    "нет": "no",
    "не проходит": "fails",
}
"""Cells of the table of bases in English; names of configurations stay as they are."""


def bases_table() -> str:
    """Return which exchange works on which base, as the tests have written it."""
    lines = (DOCS / "bases.md").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith("|"))


def bases_table_in_english() -> str:
    """Return the same table, cell by cell, for those who read no Russian."""

    def cell(text: str) -> str:
        return f" {ENGLISH.get(text.strip(), text.strip())} " if text.strip("-") else text

    return "\n".join("|".join(map(cell, line.split("|"))) for line in bases_table().splitlines())


# -- pages -------------------------------------------------------------------------------------------------------------


TABLES: Final[dict[str, Callable[[], str]]] = {
    "link-settings": link_table,
    "process-settings": process_table,
    "profile-parameters": profile_table,
    "commands-admin": lambda: command_page("admin"),
    "commands-link": lambda: command_page("link"),
    "commands-matching": lambda: command_page("matching"),
    "commands-operator": lambda: command_page("operator"),
    "bases": bases_table,
    "bases-en": bases_table_in_english,
}
"""What may stand between marks."""


def renewed(text: str) -> str:
    """Return a page with its tables made anew."""

    def table(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- begin {name} -->\n{TABLES[name]().strip()}\n<!-- end {name} -->"

    return MARK.sub(table, text)


def pages() -> list[Path]:
    """Return every page of the documents, and the two that greet."""
    return [*sorted(DOCS.rglob("*.md")), *READMES]


def main() -> int:
    """Renew the pages; returns the exit code."""
    parser = argparse.ArgumentParser(description="Renews the manual's tables from the program.")
    parser.add_argument("--check", action="store_true", help="change nothing; 1 where a page is behind")
    check = parser.parse_args().check
    behind = [path for path in pages() if renewed(path.read_text("utf-8")) != path.read_text("utf-8")]
    for path in behind:
        sys.stdout.write(f"{path.relative_to(DOCS.parent)}\n")
        if not check:
            path.write_text(renewed(path.read_text("utf-8")), "utf-8")
    return 1 if check and behind else 0


if __name__ == "__main__":
    sys.exit(main())
