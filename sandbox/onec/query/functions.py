"""The functions of ``$filter`` that 1C has, and the ones of OData that it has not."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sandbox.onec.errors import Refusal, internal
from sandbox.onec.values import Kind, moment_text

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING: Final = frozenset(
    {
        *("length", "indexof", "replace", "tolower", "toupper", "trim"),
        *("years", "days", "hours", "minutes", "seconds", "floor", "ceiling"),
    }
)
"""Functions of OData that the platform does not have."""

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the kinds of its arguments (``optional`` of them may be left out), of its result, and itself."""

    takes: tuple[Kind, ...]
    gives: Kind
    call: Callable[..., Any]
    optional: int = 0


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@lru_cache(maxsize=64)
def _template(template: str) -> re.Pattern[str]:
    parts = []
    for part in re.findall(r"\[[^\]]*\]|.", template, re.DOTALL):
        if part == "%":
            parts.append(".*")
        elif part == "_":
            parts.append(".")
        elif len(part) > 1:
            parts.append(part)
        else:
            parts.append(re.escape(part))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        raise wrong_arguments("like") from None


def _like(text: str, template: str) -> bool:
    return _template(template).fullmatch(text) is not None


def _substring(text: str, start: Any, length: Any = None) -> str:
    begin = max(int(start), 0)
    return text[begin:] if length is None else text[begin : begin + max(int(length), 0)]


def _round(value: Any, digits: Any = 0) -> Decimal:
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
    except InvalidOperation:
        raise internal("Переполнение") from None


def _dateadd(text: str, unit: str, count: Any) -> str:
    moment, number, unit = _moment(text), int(count), unit.lower()
    try:
        if unit in _SECONDS:
            return moment_text(moment + timedelta(seconds=_SECONDS[unit] * number))
        if unit in _MONTHS:
            years, month = divmod(moment.month - 1 + _MONTHS[unit] * number, 12)
            year = moment.year + years
            day = min(moment.day, calendar.monthrange(year, month + 1)[1])
            return moment_text(moment.replace(year=year, month=month + 1, day=day))
    except (OverflowError, ValueError):
        raise internal("Дата вне допустимого диапазона") from None
    raise wrong_arguments("dateadd")


def _datedifference(first: str, second: str, unit: str) -> int:
    a, b, unit = _moment(first), _moment(second), unit.lower()
    if unit in _MONTHS:
        size = _MONTHS[unit]
        return (b.year * 12 + b.month - 1) // size - (a.year * 12 + a.month - 1) // size
    if unit not in _SECONDS:
        raise wrong_arguments("datedifference")
    # 1C counts the borders crossed: from 23:59 to 00:01 is one day.
    size, start = _SECONDS[unit], datetime(1, 1, 1)  # noqa: DTZ001 - wall clock
    return int((b - start).total_seconds()) // size - int((a - start).total_seconds()) // size


def wrong_arguments(name: str) -> Refusal:
    """Refuse a call whose arguments do not fit."""
    return Refusal(400, "21", f"Неверные параметры функции {name}")


def missing_function(name: str) -> Refusal:
    """Refuse a function of OData that the platform does not implement."""
    return Refusal(501, "21", f"Функция {name} не реализована")


_TWO_TEXTS: Final = (Kind.TEXT, Kind.TEXT)


def _part(read: Callable[[datetime], int]) -> Function:
    return Function((Kind.MOMENT,), Kind.NUMBER, lambda text: read(_moment(text)))


FUNCTIONS: Final[dict[str, Function]] = {
    "concat": Function(_TWO_TEXTS, Kind.TEXT, lambda a, b: a + b),
    "startswith": Function(_TWO_TEXTS, Kind.FLAG, lambda a, b: a.startswith(b)),
    "endswith": Function(_TWO_TEXTS, Kind.FLAG, lambda a, b: a.endswith(b)),
    "substringof": Function(_TWO_TEXTS, Kind.FLAG, lambda part, whole: part in whole),
    "like": Function(_TWO_TEXTS, Kind.FLAG, _like),
    "substring": Function((Kind.TEXT, Kind.NUMBER, Kind.NUMBER), Kind.TEXT, _substring, optional=1),
    "round": Function((Kind.NUMBER, Kind.NUMBER), Kind.NUMBER, _round, optional=1),
    "dateadd": Function((Kind.MOMENT, Kind.TEXT, Kind.NUMBER), Kind.MOMENT, _dateadd),
    "datedifference": Function((Kind.MOMENT, Kind.MOMENT, Kind.TEXT), Kind.NUMBER, _datedifference),
    "year": _part(lambda moment: moment.year),
    "quarter": _part(lambda moment: (moment.month + 2) // 3),
    "month": _part(lambda moment: moment.month),
    "day": _part(lambda moment: moment.day),
    "dayofyear": _part(lambda moment: moment.timetuple().tm_yday),
    "dayofweek": _part(lambda moment: moment.isoweekday()),
    "hour": _part(lambda moment: moment.hour),
    "minute": _part(lambda moment: moment.minute),
    "second": _part(lambda moment: moment.second),
}
