"""What is wrong with a row: told as faults, or by refusing the file where a sum would be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.onec.files import values, words
from connectors.onec.files.documents import OPERATIONS
from foundation.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.onec.files.flat import Values
    from connectors.onec.files.records import Row

Problem = tuple[str, str, str]
"""Column, what is wrong in Russian and in English; no value, so that like problems are counted together."""

_AMOUNTS: Final = {
    "Предложения": ("Количество",),
    "Цены": ("Цена",),
    "Остатки": ("Количество",),
    "Документы": ("Сумма",),
    "СтрокиДокументов": ("Количество", "Цена", "Сумма"),
}
"""Numbers of which a wrong one would be a wrong sum: where one cannot be read, the file is refused."""

_NAMED: Final = {"Группы", "Товары", "Склады", "ТипыЦен", "Контрагенты"}
_MOMENTS: Final = {"Документы": ("Момент", "Дата1С")}
_FLAGS: Final = {"Документы": ("Проведен", "Удален", "Отменен"), "Товары": ("Удален",), "Контрагенты": ("Удален",)}
_INN: Final = {0, 10, 12}
_KPP: Final = {0, 9}
_CODE: Final = 3


def check(row: Row, path: str) -> Iterator[Problem]:
    """Yield what is wrong with a row; raises BadAnswer for an amount that is no number. ``path`` says which row."""
    found = row.cells
    if found is None:
        return
    yield from _amounts(row.entity, found, path)
    for column in _MOMENTS.get(row.entity, ()):
        yield from _moment(column, found.get(column, ""))
    for column in _FLAGS.get(row.entity, ()):
        try:
            values.flag(found.get(column, ""))
        except values.Unreadable:
            yield column, "не да и не нет, принято как нет", "neither yes nor no, taken as no"
    if row.entity in _NAMED and not found.get("Наименование"):
        yield "Наименование", "пусто", "is empty"
    yield from _codes(row.entity, found)


def _amounts(entity: str, found: Values, path: str) -> Iterator[Problem]:
    for column in _AMOUNTS.get(entity, ()):
        text = found.get(column, "")
        try:
            values.micro(text)
        except values.Unreadable:
            raise words.bad_number(f"{path}, {column}") from None
        if not values.is_exact(text):
            yield column, "больше шести знаков после запятой, округлено", "more than six digits, rounded"
        if not text and entity == "Цены":
            yield column, "пусто, принято как 0", "is empty, taken as 0"


def _moment(column: str, text: str) -> Iterator[Problem]:
    try:
        values.moment(text)
    except values.Unreadable:
        yield column, "не похоже на дату, оставлено пустым", "is no date, left empty"
        return
    if text and not values.has_time(text):
        yield column, "без времени, принято начало дня", "has no time, taken as midnight"
    elif text.endswith("Z") or "+" in text:
        yield column, "указан часовой пояс, время взято как написано", "has a zone, the clock is taken as written"


def _codes(entity: str, found: Values) -> Iterator[Problem]:
    if entity in {"Контрагенты", "УчастникиДокументов"}:
        if len(found.get("ИНН", "")) not in _INN:
            yield "ИНН", "не 10 и не 12 знаков", "has neither 10 nor 12 characters"
        if len(found.get("КПП", "")) not in _KPP:
            yield "КПП", "не 9 знаков", "has not 9 characters"
    elif entity == "Товары":
        if not found.get("Единица"):
            yield "БазоваяЕдиница", "не указана", "is not given"
        if 0 < len(found.get("БазоваяЕдиница.Код", "").strip()) < _CODE:
            yield "БазоваяЕдиница.Код", "короче трёх знаков, дополнен нулями", "has under three digits, filled up"
    elif entity == "Документы" and found["ХозОперация"] not in OPERATIONS:
        yield "ХозОперация", "нет в стандарте", "is not in the standard"


class Notes:
    """Faults of one file, like ones counted together: the first place, and how many more; at most ``limit`` kinds."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._first: dict[Problem, str] = {}
        self._more: dict[Problem, int] = {}
        self._beyond = 0

    def add(self, path: str, problem: Problem) -> None:
        """Take a problem of the row at ``path`` over."""
        if problem in self._first:
            self._more[problem] = self._more.get(problem, 0) + 1
        elif len(self._first) < self._limit:
            self._first[problem] = path
        else:
            self._beyond += 1

    def faults(self) -> tuple[Fault, ...]:
        """Return the faults in the order of their first places."""
        made = []
        for (column, said, en), path in self._first.items():
            more = self._more.get((column, said, en), 0)
            tail, tail_en = (f" (и ещё {more})", f" (and {more} more)") if more else ("", "")
            made.append(Fault(f"{path}, {column}" if column else path, said + tail, en + tail_en))
        if self._beyond:
            made.append(Fault("файл", f"и ещё {self._beyond} замечаний", f"and {self._beyond} more faults"))
        return tuple(made)
