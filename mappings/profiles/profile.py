"""A profile: how one 1C configuration holds our entities, as YAML beside this module.

An entity of a profile names a canonical table, the published set (and virtual table) it is read from, and the 1C
property of every canonical column. ``{parameter}`` in a value is filled from the link's parameters of the profile; a
field whose source becomes empty is left out, which only an optional column may be.

A table that a configuration may hold in several ways has a variant for each (``outlets.partner``,
``outlets.consignee``), and a parameter with ``choices`` says which one a link means. Variants that no parameter chooses
are parts of one table (``units.classifier``, ``units.package``): all of them are read.

A profile may inherit another one (:mod:`mappings.profiles.inherit`), and a link may override single values of it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from foundation.errors import Fault, Faults
from mappings import model
from mappings.profiles.inherit import overridden, resolved
from mappings.profiles.orders import OrderDocument
from mappings.profiles.signs import Signs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

_HOLE = re.compile(r"\{(\w+)\}")
_FILES = (
    "Группы|Товары|Единицы|Штрихкоды|Свойства|ТипыЦен|Склады|Предложения|Цены|Остатки|Контрагенты"
    "|Документы|СтрокиДокументов|УчастникиДокументов"
)
_V77 = r"(Справочник|Документ|Регистр)\.(\w+|\{\w+\})(\.Строки)?|Журнал"
_ENTITY = rf"^(\{{\w+\}}|[A-Z][A-Za-z]+_\w+|{_FILES}|{_V77})$"
"""A parameter, a set of OData (``Catalog_Склады``), a table of the exchange folder (``Склады``), or one of 7.7."""

CATALOG: Final = re.compile(r"[A-Z][A-Za-z]+_\w+")
"""How a published set is named; a link may name one instead of a choice, which then stands for ``catalog``."""


class Parameter(BaseModel):
    """A choice that a link makes: its default and what it means, in Russian.

    ``choices`` are the words it may take and what each means; ``chooses`` are the tables whose variant it selects.
    ``follows``: another parameter with choices; ``defaults`` are by that one's word, ``default`` for all others.
    """

    model_config = ConfigDict(extra="forbid")

    default: str = ""
    follows: str = ""
    defaults: dict[str, str] = Field(default_factory=dict)
    doc: str
    choices: dict[str, str] = Field(default_factory=dict)
    chooses: list[str] = Field(default_factory=list)

    def choice(self, value: str) -> str:
        """Return the choice that a value stands for, "" for none."""
        if value in self.choices:
            return value
        return "catalog" if "catalog" in self.choices and CATALOG.fullmatch(value) else ""


class Entity(BaseModel):
    """Where one canonical table stands in the configuration; with ``section`` its rows are of a tabular section.

    ``optional``: it is read only where a link's settings ask for it, so a base may do without. A source ``=1`` of a set
    of OData is a constant.

    ``counts`` and ``amount`` are of lines of documents. ``unit``: quantities are in the line's own unit, ``packages``,
    and are brought into the good's by the unit's factor. ``document``: a sum holds VAT only where the document's prices
    do.
    """

    model_config = ConfigDict(extra="forbid")

    entity: str = Field(pattern=_ENTITY)
    function: str = Field("", pattern=r"^\w*$")
    arguments: dict[str, str] = Field(default_factory=dict)
    where: str = ""
    section: str = Field("", pattern=r"^\w*$")
    optional: bool = False
    counts: Literal["own", "unit"] = "own"
    amount: Literal["gross", "document"] = "gross"
    key: list[str] = Field(min_length=1)
    fields: dict[str, str] = Field(min_length=1)


class VatKind(BaseModel):
    """A VAT rate where cards name it by a word: ``rate`` per cent; ``word`` is what a document's line says.

    Without a ``word`` the line holds a reference, looked up in ``vat_rates`` by the kind and the rate.
    """

    model_config = ConfigDict(extra="forbid")

    rate: int = Field(ge=0, le=100)
    word: str = ""


class Profile(BaseModel):
    """One 1C configuration, described.

    ``vat``: the word of a good's card → its rate, where cards hold no reference of ``vat_rates``. ``signs``: by what
    the configuration is recognised.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    configurations: list[str] = Field(min_length=1)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    entities: dict[str, Entity] = Field(min_length=1)
    orders: dict[Literal["request", "realization", "return"], OrderDocument] = Field(default_factory=dict)
    vat: dict[str, VatKind] = Field(default_factory=dict)
    signs: Signs = Field(default_factory=Signs)

    @model_validator(mode="after")
    def _agrees_with_the_model(self) -> Self:
        problems = [problem for name, entity in self.entities.items() for problem in self._problems(name, entity)]
        problems += [
            f"orders.{name}: параметр {{{hole}}} не описан в parameters"
            for name, document in self.orders.items()
            for hole in sorted(document.holes() - {*self.parameters})
        ]
        problems += [
            problem for name, parameter in self.parameters.items() for problem in self._strays(name, parameter)
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _strays(self, name: str, parameter: Parameter) -> list[str]:
        """Return what a parameter follows that is not there: another parameter, or one of its words."""
        at = f"parameters.{name}"
        if parameter.follows and parameter.follows not in self.parameters:
            return [f"{at}.follows: параметр {parameter.follows} не описан в parameters"]
        words = self.parameters[parameter.follows].choices if parameter.follows else {}
        return [f"{at}.defaults.{word}: такого выбора нет" for word in parameter.defaults if word not in words]

    def _problems(self, name: str, entity: Entity) -> list[str]:
        table = model.TABLES.get(table_of(name))
        if table is None:
            return [f"entities.{name}: такой таблицы нет, есть {', '.join(model.TABLES)}"]
        known = {column.name for column in table.columns}
        at = f"entities.{name}.fields"
        problems = [f"{at}.{column}: такой колонки нет" for column in entity.fields if column not in known]
        problems += [
            f"{at}.{column.name}: обязательная колонка не заполнена"
            for column in table.columns
            if column.required and column.name not in entity.fields
        ]
        values = [*entity.fields.values(), *entity.arguments.values(), entity.entity, entity.where, *entity.key]
        holes = {hole for value in values for hole in _HOLE.findall(value)}
        problems += [
            f"entities.{name}: параметр {{{hole}}} не описан в parameters"
            for hole in sorted(holes - {*self.parameters})
        ]
        return problems

    def filled(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return every parameter's value: the link's, else the default, which may follow another parameter's choice.

        Raises Faults on one that is not known.
        """
        unknown = sorted(set(parameters) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "нет параметров"
            raise Faults(
                f"Профиль {self.name} не знает параметров связи.",
                [Fault(f"profile_parameters.{name}", f"есть только: {known}", f"known: {known}") for name in unknown],
                en=f"Profile {self.name} does not know some of the link's parameters.",
                todo="Исправьте параметры профиля в связи.",
                todo_en="Mend the profile's parameters in the link.",
            )
        values = {name: parameters.get(name, parameter.default) for name, parameter in self.parameters.items()}
        for name, parameter in self.parameters.items():
            if parameter.follows and name not in parameters:
                chosen = self.parameters[parameter.follows].choice(values[parameter.follows])
                values[name] = parameter.defaults.get(chosen, parameter.default)
        wrong = [
            Fault(
                f"profile_parameters.{name}",
                f"«{values[name]}»: можно {'; '.join(f'{word} ({doc})' for word, doc in parameter.choices.items())}",
                f"one of {', '.join(parameter.choices)}",
            )
            for name, parameter in self.parameters.items()
            if parameter.choices and not parameter.choice(values[name])
        ]
        if wrong:
            raise Faults(
                f"Параметры профиля {self.name} указаны с ошибками.",
                wrong,
                en=f"Parameters of profile {self.name} are wrong.",
                todo="Исправьте параметры профиля в связи.",
                todo_en="Mend the profile's parameters in the link.",
            )
        return values

    def choice(self, parameter: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return what a link chose: the word, ``catalog`` where it named a catalog of its own."""
        return self.parameters[parameter].choice(self.filled(parameters or {})[parameter])

    def entity_of(self, table: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return the entity that holds a table for a link: itself, or the variant that it chose; "" where none does."""
        for name, parameter in self.parameters.items():
            if table in parameter.chooses:
                variant = f"{table}.{self.choice(name, parameters)}"
                if variant in self.entities:
                    return variant
        return table if table in self.entities else ""

    def used(self, parameters: Mapping[str, str], also: Collection[str] = ()) -> list[str]:
        """Return the entities that a link reads: no variants that it did not choose, and of optional ones ``also``."""
        chosen = {table for parameter in self.parameters.values() for table in parameter.chooses}
        return [
            name
            for name, entity in self.entities.items()
            if name in also
            or (
                not entity.optional
                and (table_of(name) not in chosen or name == self.entity_of(table_of(name), parameters))
            )
        ]

    def reading(
        self,
        table: str,
        parameters: Mapping[str, str] | None = None,
        *,
        arguments: Mapping[str, str] | None = None,
        since: tuple[str, datetime] | None = None,
    ) -> model.Reading:
        """Return how to read a canonical table, or one of its sources (``shipments.return``).

        ``arguments`` are added to the virtual table's own; ``since``: a canonical column and the moment from which on
        rows are wanted. Raises KeyError where the configuration does not hold the table or the column.
        """
        entity = self.entities[self.entity_of(table, parameters)]
        values = self.filled(parameters or {})

        def fill(text: str) -> str:
            return _HOLE.sub(lambda hole: values[hole[1]], text)

        columns = model.TABLES[table_of(table)]
        fields = tuple(
            model.Field(column, columns.column(column).kind, source)
            for column, template in entity.fields.items()
            if (source := fill(template))
        )
        constants = tuple(field for field in fields if field.source.startswith("=") and CATALOG.match(entity.entity))
        fields = tuple(field for field in fields if field not in constants)
        own = {name: fill(value) for name, value in entity.arguments.items()}
        return model.Reading(
            table=table_of(table),
            entity=fill(entity.entity),
            fields=fields,
            key=tuple(fill(part) for part in entity.key),
            function=entity.function,
            arguments={**own, **(arguments or {})},
            where=fill(entity.where),
            section=entity.section,
            constants=tuple((field.column, field.source[1:]) for field in constants),
            since=model.Since(fill(entity.fields[since[0]]), since[1]) if since else None,
        )

    def sources(self, table: str) -> dict[str, str]:
        """Return the sources of a table that has several (shipments: sale, return, correction): kind → name."""
        return {name.partition(".")[2]: name for name in self.entities if table_of(name) == table}

    def parts(self, table: str, parameters: Mapping[str, str] | None = None) -> list[str]:
        """Return the entities that a table is read from: the one that holds it, or all its parts; empty = none."""
        chosen = {each for parameter in self.parameters.values() for each in parameter.chooses}
        if table in self.entities or table in chosen or "." in table:
            name = self.entity_of(table, parameters)
            return [name] if name else []
        return [name for name, entity in self.entities.items() if table_of(name) == table and not entity.optional]


def table_of(name: str) -> str:
    """Return the canonical table of an entity of a profile: ``shipments.return`` is one source of ``shipments``."""
    return name.partition(".")[0]


def profiles() -> list[str]:
    """Return the names of the profiles that come with the product."""
    return sorted(Path(str(each)).stem for each in files(__package__ or "").iterdir() if each.name.endswith(".yaml"))


def load_profile(name: str | Path, overrides: Mapping[str, str] | None = None) -> Profile:
    """Return a profile by name or from a YAML file, with the values that a link puts in the place of its own.

    Raises :class:`Faults` with everything that is wrong in it.
    """
    data = _whole(read_yaml(Path(name)) if str(name).endswith((".yaml", ".yml")) else _shipped(str(name)))
    if overrides and isinstance(data, dict):
        data = overridden(data, overrides)
    return _parsed(data, str(name))


def _shipped(name: str) -> Any:
    if name not in profiles():
        known = ", ".join(profiles())
        raise Faults(
            f"Профиля «{name}» нет.",
            [Fault("profile", f"есть {known}", f"known are {known}")],
            en=f"There is no profile {name!r}.",
            todo="Выберите профиль из списка.",
            todo_en="Choose one of the list.",
        )
    return _yaml_of(name)


@cache
def _yaml_of(name: str) -> Any:
    return yaml.safe_load((files(__package__ or "") / f"{name}.yaml").read_text("utf-8"))


def _whole(data: Any) -> Any:
    return resolved(data, _shipped)


def parse_profile(data: object, where: str) -> Profile:
    """Check a profile's data with all it inherits; raises :class:`Faults` with every fault and its path."""
    return _parsed(_whole(data), where)


def _parsed(data: object, where: str) -> Profile:
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise description_faults(error, f"Профиль {where}", f"Profile {where}") from None


def description_faults(error: ValidationError, what: str, what_en: str) -> Faults:
    """Turn a validation error of a profile or a layout into faults with paths, one a line of ours."""
    faults = []
    for each in error.errors(include_url=False):
        path = ".".join(str(part) for part in each["loc"])
        for line in each["msg"].removeprefix("Value error, ").split("\n"):
            own_path, _, said = line.partition(": ") if not path else (path, "", line)
            faults.append(Fault(own_path, _SAID.get(each["type"], said), said or each["type"]))
    return Faults(
        f"{what} описан с ошибками ({len(faults)}).",
        faults,
        en=f"{what_en} has {len(faults)} faults.",
        todo="Исправьте перечисленное в файле YAML.",
        todo_en="Mend what is listed in the YAML file.",
    )


_SAID = {
    "missing": "не заполнено",
    "extra_forbidden": "такого ключа нет",
    "string_pattern_mismatch": "не похоже на имя: проверьте написание",
    "string_type": "нужна строка",
    "dict_type": "нужен набор «имя: значение»",
    "list_type": "нужен список",
    "too_short": "пусто",
    "literal_error": "такого значения нет",
}


def read_yaml(path: Path) -> Any:
    """Return a YAML file's data; raises :class:`Faults` where the file is not there or is no YAML."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        fault = Fault(str(path), "файла нет", "no such file")
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        place = getattr(error, "problem_mark", None)
        line = f"строка {place.line + 1}: " if place else ""
        fault = Fault(str(path), f"{line}не читается как YAML в UTF-8", f"not YAML in UTF-8: {type(error).__name__}")
    raise Faults("Файл не прочитан.", [fault], en="The file was not read.", todo="Исправьте файл.", todo_en="Mend it.")
