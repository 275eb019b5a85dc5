"""Lines of an order in our goods and units: exact quantities, prices that follow their unit, sums and VAT to a kopeck.

How many of our unit one of theirs is comes from the confirmed pair of units and, where the line is in another unit of
the same good, from the manufacturer's own factors (a box of 12 pieces). A price is for one unit, so it is divided by
what the quantity is multiplied with. The line's sum is price × quantity as the manufacturer wrote them, rounded once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mappings.model import MICRO
from mappings.translate.order_values import Reason
from mappings.unit_names import meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from foundation.order_settings import OrderSettings
    from mappings.translate.order_books import Books, Good
    from mappings.translate.order_values import Line

THEIRS: Final = "CRM"
"""What the manufacturer's own code begins with in a line (reference: xDataLink, rule 2)."""

KOPECK: Final = 10_000
"""A kopeck in millionths of a rouble."""

_DIVISIBLE: Final = frozenset({"litre", "kilogram", "metre"})
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def divided(number: int, by: int) -> int:
    """Return ``number / by`` rounded half away from zero; ``by`` is above zero."""
    doubled = 2 * abs(number) + by
    rounded = doubled // (2 * by)
    return rounded if number >= 0 else -rounded


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of our document; ``our_unit`` is a package or "" for the good's own unit, which ``quantity`` counts.

    ``their_quantity`` and ``per`` (how many of our own unit one of theirs is, numerator and denominator) tell later
    what of the manufacturer's line was shipped.
    """

    line: int
    our_good: str
    name: str
    our_unit: str
    packages: int
    quantity: int
    price: int
    amount: int
    vat_rate: str
    vat: int
    total: int
    their_unit: str
    their_quantity: int
    per: tuple[int, int]
    own_unit: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """How lines of one code and unit become ours: packages and own units in one unit of theirs, VAT per cent."""

    good: Good
    package: str
    unit_name: str
    whole: bool
    packs: tuple[int, int]
    base: tuple[int, int]
    rate: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Several goods of ours stand for one of theirs, and the link's rule chooses by stock."""

    lanes: tuple[Lane, ...]
    reason: Reason


class Lanes:
    """Lanes of the orders at hand, each made once; ``find`` returns a lane, a choice, or why there is none."""

    def __init__(self, books: Books, settings: OrderSettings) -> None:
        self._books, self._settings = books, settings
        self._known: dict[tuple[str, str], Lane | Choice | Reason] = {}

    def find(self, code: str, their_unit: str) -> Lane | Choice | Reason:
        """Return how lines of a code and unit are taken over."""
        key = (code, their_unit)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(code.strip(), their_unit.strip())
        return known

    def replaced(self, value: str, code: str, their_unit: str) -> Lane | Reason:
        """Return the lane for a good of ours that a person named in the place of the line's own."""
        good = self._ours(value)
        theirs = self._their_good(code)
        return good if isinstance(good, Reason) else self._lane(good, theirs, their_unit.strip())

    def _find(self, code: str, their_unit: str) -> Lane | Choice | Reason:
        if not code:
            return Reason("good", "", "В строке нет кода товара.", "Сообщите производителю.")
        if not code.startswith(THEIRS):
            good = self._ours(code)
            return good if isinstance(good, Reason) else self._lane(good, "", their_unit)
        theirs = self._their_good(code)
        ours = self._books.paired.get(theirs, ())
        name = self._books.their_names.get(theirs, "")
        if not ours:
            said = f"Товар производителя {theirs} «{name}» не сопоставлен."
            return Reason("good", theirs, said, "Сопоставьте его с нашим товаром: заказ оформится сам.", name=name)
        if len(ours) > 1:
            return self._chosen(theirs, name, ours, their_unit)
        good = self._ours(ours[0])
        return good if isinstance(good, Reason) else self._lane(good, theirs, their_unit)

    def _their_good(self, code: str) -> str:
        """Return their code without its mark; a code of theirs may itself begin with it."""
        bare = code.removeprefix(THEIRS)
        names = self._books.their_names
        return code if code in names and bare not in names else bare

    def _ours(self, code: str) -> Good | Reason:
        books = self._books
        ref = books.goods_by_code.get(code, code.lower())
        good = books.goods.get(ref)
        if good is None:
            said = f"Нашего товара с кодом {code} в 1С нет."
            todo = "Проверьте соответствие у производителя: код товара изменился или удалён."
            return Reason("good", code, said, todo)
        if good.gone:
            said = f"Наш товар «{good.name}» {good.gone}."
            return Reason("good", ref, said, "Сопоставьте с другим товаром или снимите пометку.", name=good.name)
        return good

    def _chosen(self, theirs: str, name: str, ours: tuple[str, ...], their_unit: str) -> Lane | Choice | Reason:
        settings = self._settings
        goods = [self._books.goods[ref] for ref in ours if ref in self._books.goods and not self._books.goods[ref].gone]
        names = tuple(f"{good.name} ({good.ref})" for good in goods)
        said = f"Товару производителя {theirs} «{name}» соответствует наших товаров: {len(ours)}."
        todo = "Выберите товар для строки (replace_good) или задайте правило выбора в связи."
        reason = Reason("good_choice", theirs, said, todo, name=name, choice=names)
        if settings.order_good_choice == "preferred" and theirs in settings.preferred_goods:
            good = self._ours(settings.preferred_goods[theirs])
            return good if isinstance(good, Reason) else self._lane(good, theirs, their_unit)
        if settings.order_good_choice != "in_stock":
            return reason
        lanes = [self._lane(good, theirs, their_unit) for good in goods]
        fit = tuple(lane for lane in lanes if isinstance(lane, Lane))
        if not fit:
            return next((lane for lane in lanes if isinstance(lane, Reason)), reason)
        return Choice(fit, replace(reason, said=f"{said} Ни одного не хватает на складе целиком."))

    def _lane(self, good: Good, theirs: str, their_unit: str) -> Lane | Reason:
        books = self._books
        theirs = theirs or books.theirs.get(good.ref, "")
        their_unit = their_unit or self._base_unit(theirs)
        rate = books.vat_rates.get(good.vat_rate)
        if rate is None:
            said = f"В карточке товара «{good.name}» нет ставки НДС."
            return Reason("vat", good.ref, said, "Укажите ставку НДС в карточке товара.", name=good.name)
        unit = self._unit(good, theirs, their_unit)
        if unit is None:
            said = f"Единица производителя «{their_unit}» товара «{good.name}» не сопоставлена."
            todo = "Сопоставьте единицу товара с единицей производителя и её коэффициент."
            return Reason("unit", f"{theirs or good.ref}:{their_unit}", said, todo, name=good.name)
        package, packs, base = unit
        own = books.packages.get(package or good.unit)
        name = own.name if own else ""
        meant = meaning(name)
        whole = meant is not None and meant.dimension not in _DIVISIBLE
        return Lane(good, package, name, whole, packs.as_integer_ratio(), base.as_integer_ratio(), rate.rate)

    def _base_unit(self, theirs: str) -> str:
        """Return the base unit of a good of theirs: a line without a unit is counted in it."""
        fit = [unit for (good, unit), factor in self._books.their_units.items() if good == theirs and factor == MICRO]
        return fit[0] if len(fit) == 1 else ""

    def _unit(self, good: Good, theirs: str, their_unit: str) -> tuple[str, Fraction, Fraction] | None:
        """Return (package or "", packages in one unit of theirs, our own units in it)."""
        books = self._books
        pair = books.units.get((good.ref, good.unit)) or books.units.get(("", good.unit))
        if pair is not None and pair[0] == their_unit:
            ratio = Fraction(pair[1].denominator, pair[1].numerator)
            return "", ratio, ratio
        packages = [
            package
            for ours in books.units_of.get(good.ref, ())
            if ours != good.unit and (package := self._as_package(good, ours, their_unit))
        ]
        if len(packages) == 1:
            return packages[0]
        if pair is None:
            return None
        line_factor, pair_factor = books.their_units.get((theirs, their_unit)), books.their_units.get((theirs, pair[0]))
        if not line_factor or not pair_factor:
            return None
        ratio = Fraction(line_factor, pair_factor) * Fraction(pair[1].denominator, pair[1].numerator)
        return "", ratio, ratio

    def _as_package(self, good: Good, ours: str, their_unit: str) -> tuple[str, Fraction, Fraction] | None:
        pair, package = self._books.units.get((good.ref, ours)), self._books.packages.get(ours)
        fits = package is not None and package.base in {"", good.unit} and package.numerator > 0
        if pair is None or pair[0] != their_unit or package is None or not fits or package.denominator <= 0:
            return None
        packs = Fraction(pair[1].denominator, pair[1].numerator)
        return ours, packs, packs * Fraction(package.numerator, package.denominator)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How the document counts: digits of quantities and prices, and whether prices hold VAT."""

    quantity_digits: int = 3
    price_digits: int = 2
    vat_included: bool = True


def draft_line(
    line: Line, lane: Lane, how: Arithmetic, *, fractions: bool
) -> tuple[DraftLine, tuple[str, ...]] | Reason:
    """Return a line of our document and what was rounded of it, or why it cannot be one.

    ``fractions``: a part of an indivisible unit is taken all the same, and a quantity that 1C cannot keep is rounded.
    """
    if line.quantity <= 0 or line.price < 0:
        said = f"Строка {line.line}: количество должно быть больше нуля, цена не меньше нуля."
        return Reason("quantity", str(line.line), said, "Сообщите производителю.", line.line, lane.good.name)
    (above, below), (own_above, own_below) = lane.packs, lane.base
    step: int = 10 ** (6 - how.quantity_digits)
    packages = divided(line.quantity * above, below * step) * step
    quantity = divided(line.quantity * own_above, own_below * step) * step
    exact = packages * below == line.quantity * above and quantity * own_below == line.quantity * own_above
    notes: list[str] = []
    if not exact or (lane.whole and packages % MICRO):
        shown = plain(divided(line.quantity * above, below))
        said = f"строка {line.line}: {shown} {lane.unit_name} товара «{lane.good.name}»"
        why = "единица неделимая" if exact else "точно не записать"
        if not fractions:
            todo = "Договоритесь о количестве, исправьте коэффициент или примите как есть (accept quantity)."
            told = f"{said[:1].upper()}{said[1:]}: {why}."
            return Reason("quantity", str(line.line), told, todo, line.line, lane.good.name)
        notes.append(f"{said}: {why}, записано {plain(packages)}")
    least: int = 10 ** (6 - how.price_digits)
    price = divided(line.price * below, above * least) * least
    if price * above != line.price * below:
        exact_price = plain(divided(line.price * below, above))
        notes.append(f"строка {line.line}: цена {exact_price} округлена до {plain(price)}")
    amount, vat, total = sums(line.price, line.quantity, lane.rate, vat_included=how.vat_included)
    return (
        DraftLine(
            line.line, lane.good.ref, lane.good.name, lane.package, packages, quantity, price, amount,
            lane.good.vat_rate, vat, total, line.their_unit, line.quantity, lane.base,
            lane.good.unit,
        ),
        tuple(notes),
    )  # fmt: skip


def sums(price: int, quantity: int, rate: int, *, vat_included: bool) -> tuple[int, int, int]:
    """Return a line's sum, VAT and sum with VAT in millionths, each rounded half up to a kopeck as 1C does it.

    ``rate`` is per cent in millionths. With prices that hold VAT the sum holds it too.
    """
    amount = divided(price * quantity, MICRO * KOPECK) * KOPECK
    whole = 100 * MICRO
    if vat_included:
        return amount, divided(amount * rate, (whole + rate) * KOPECK) * KOPECK, amount
    vat = divided(amount * rate, whole * KOPECK) * KOPECK
    return amount, vat, amount + vat


def in_stock(choice: Choice, line: Line, free: Callable[[str], int]) -> Lane | None:
    """Return the lane of the good that there is enough of, the one with most first; None where none suffices."""
    ranked = sorted(choice.lanes, key=lambda lane: -free(lane.good.ref))
    for lane in ranked:
        above, below = lane.base
        if free(lane.good.ref) * below >= line.quantity * above:
            return lane
    return None


def plain(micro: int) -> str:
    """Return millionths as people read them: 2147,963."""
    whole, part = divmod(abs(micro), MICRO)
    text = f"{whole},{part:06d}".rstrip("0").rstrip(",")
    return f"-{text}" if micro < 0 else text


def looks_like_ref(text: str) -> bool:
    """Whether a text is a 1C reference."""
    return _GUID.fullmatch(text.strip().lower()) is not None
