"""Numbers and moments as people read them: ``1 234,50``, ``24.11.2026 08:15``; English: ``1,234.50``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from workplace.i18n import Lang

MICRO: Final = 1_000_000
THIN: Final = "\u202f"
"""A narrow space that no line breaks at, between thousands."""


def integer(number: int, lang: Lang = "ru") -> str:
    """Return a whole number with its thousands apart."""
    return f"{number:,}" if lang == "en" else f"{number:,}".replace(",", THIN)


def decimal(value: Decimal | int, digits: int, lang: Lang = "ru") -> str:
    """Return a number with so many digits after the point."""
    text = f"{value:,.{digits}f}"
    return text if lang == "en" else text.replace(",", THIN).replace(".", ",")


def money(micro: int, lang: Lang = "ru") -> str:
    """Return millionths of money with kopecks."""
    return decimal(Decimal(micro) / MICRO, 2, lang)


def told(text: object, lang: Lang = "ru") -> str:
    """Return a decimal that is kept as text with its thousands apart and the digits that it has; else the text."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return str(text)
    exponent = value.as_tuple().exponent
    return decimal(value, -exponent if isinstance(exponent, int) and exponent < 0 else 0, lang)


def short_money(micro: int, lang: Lang = "ru") -> str:
    """Return a sum of money as it is said: 1,2 млн, 350 тыс."""
    value = Decimal(micro) / MICRO
    for size, russian, english in ((10**9, "млрд", "bn"), (10**6, "млн", "m"), (10**3, "тыс.", "k")):
        if abs(value) >= size:
            return f"{decimal(value / size, 1, lang)}\u00a0{english if lang == 'en' else russian}"
    return decimal(value, 0, lang)


def quantity(micro: int, lang: Lang = "ru") -> str:
    """Return millionths of a quantity with the digits that it has, at most six."""
    whole, rest = divmod(abs(micro), MICRO)
    text = integer(whole, lang)
    if rest:
        text += ("." if lang == "en" else ",") + f"{rest:06d}".rstrip("0")
    return f"−{text}" if micro < 0 else text


def percent(share: float, lang: Lang = "ru") -> str:
    """Return per cent with one digit."""
    text = f"{share:.1f}"
    return f"{text}%" if lang == "en" else f"{text.replace('.', ',')}\u00a0%"


def moment(at: datetime | None) -> str:
    """Return a moment by the clock of this machine."""
    return "" if at is None else f"{at.astimezone():%d.%m.%Y %H:%M}"


def clock(at: datetime | None) -> str:
    """Return a moment with its seconds."""
    return "" if at is None else f"{at.astimezone():%d.%m.%Y %H:%M:%S}"


def day(iso: str) -> str:
    """Return an ISO date as people read it; what is none is left as it is."""
    try:
        return f"{date.fromisoformat(iso[:10]):%d.%m.%Y}"
    except ValueError:
        return iso


def size(number: int, lang: Lang = "ru") -> str:
    """Return bytes as people read them."""
    names = ("B", "KiB", "MiB") if lang == "en" else ("Б", "КиБ", "МиБ")
    value, place = Decimal(number), 0
    while value >= 1024 and place < len(names) - 1:  # noqa: PLR2004 - a kibibyte
        value, place = value / 1024, place + 1
    return f"{decimal(value, 1 if place else 0, lang)}\u00a0{names[place]}"


def seconds(value: float | None, lang: Lang = "ru") -> str:
    """Return how long something took."""
    if value is None:
        return ""
    if value < 90:  # noqa: PLR2004 - up to a minute and a half seconds are plainer
        digits = 1 if value < 10 else 0  # noqa: PLR2004 - three figures are enough
        return f"{decimal(Decimal(str(value)), digits, lang)}\u00a0{'s' if lang == 'en' else 'с'}"
    return f"{decimal(Decimal(str(value)) / 60, 1, lang)}\u00a0{'min' if lang == 'en' else 'мин'}"


def iso(at: datetime | None) -> str:
    """Return a moment for machines."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
