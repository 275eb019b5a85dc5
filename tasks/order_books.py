"""The books that orders are resolved with, filled as orders need them: pairs from the database, cards from 1C itself.

Cards are read from 1C now, not from the last reading of the catalogs: a good that was deleted an hour ago must not be
sold. Each key is asked for once a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connectors.onec.odata.urls import is_guid
from mappings import order_pairs
from mappings.model import MICRO, Override
from mappings.translate.order_books import Books, Counterparty, Good, Named, Outlet, Package, Terms
from mappings.translate.order_lines import THEIRS
from mappings.translate.order_parties import PAYER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import pandas as pd

    from connectors.onec.odata import OneC
    from mappings.translate.order_values import Decision, Order
    from tasks.links import Link


@dataclass(slots=True)
class Library:
    """Books that grow with the orders that are put before it; ``onec`` is open while it is used."""

    link: Link
    onec: OneC
    books: Books = field(default_factory=Books)
    _known: dict[str, set[str]] = field(default_factory=dict)
    _vat_of: dict[str, str] = field(default_factory=dict)

    def open(self) -> None:
        """Read the small catalogs: warehouses, legal persons, currencies, price types, agents, VAT rates."""
        books = self.books
        for table, key, rows in (
            ("warehouses", "our_warehouse", books.warehouses),
            ("organizations", "our_organization", books.organizations),
            ("currencies", "our_currency", books.currencies),
            ("price_types", "our_price_type", books.price_types),
            ("agents", "our_agent", books.agents),
        ):
            if table in self.link.profile.entities:
                rows += [_named(row, key) for row in self._read(table) if not row.get("is_group")]
        self._open_vat()
        if "agreements" in self.link.profile.entities:
            whole = self.link.settings.order_agreement == "named"
            books.agreements += map(_agreement, self._read("agreements") if whole else self._where("typical", "true"))

    def _open_vat(self) -> None:
        """Read the VAT rates, and learn what the words of goods' cards mean where cards hold words."""
        rows = [*self._read("vat_rates")] if "vat_rates" in self.link.profile.entities else []
        self.books.vat_rates = {row["our_vat_rate"]: _named(row, "our_vat_rate") for row in rows}
        for word, kind in self.link.profile.vat.items():
            rate = kind.rate * MICRO
            if kind.word:
                self._vat_of[word] = kind.word
                self.books.vat_rates[kind.word] = Named(kind.word, kind.word, rate=rate)
                continue
            fit = [row for row in rows if row["rate"] == rate and not row.get("deleted")]
            own = [row for row in fit if row.get("kind", "") == word] or fit
            if own:
                self._vat_of[word] = own[0]["our_vat_rate"]

    def prepare(self, orders: Sequence[tuple[Order, Sequence[Decision]]]) -> None:
        """Read everything that these orders ask for and that no order before them did."""
        self._goods(orders)
        outlets = self._outlets([order for order, _ in orders])
        payers = self._payers(orders, outlets)
        self._terms(payers)

    # -- goods ---------------------------------------------------------------------------------------------------------

    def _goods(self, orders: Sequence[tuple[Order, Sequence[Decision]]]) -> None:
        link, books = self.link, self.books
        codes = {line.good_code.strip() for order, _ in orders for line in order.lines}
        chosen = {each.value for _, all_ in orders for each in all_ if each.action is Override.REPLACE_GOOD}
        chosen |= set(link.settings.preferred_goods.values())
        theirs = {code.removeprefix(THEIRS) for code in codes if code.startswith(THEIRS)}
        theirs |= {code for code in codes if code.startswith(THEIRS)}
        theirs = self._fresh("theirs", theirs)
        ours = {code for code in codes if not code.startswith(THEIRS)} | chosen
        with link.database.session() as session:
            if link.settings.our_codes == "code":
                books.goods_by_code |= order_pairs.refs_by_code(session, link.id, "good", self._fresh("codes", ours))
            paired = order_pairs.ours_of(session, link.id, "good", theirs)
            books.paired |= paired
            refs = {books.goods_by_code.get(code, code.lower()) for code in ours}
            refs |= {ref for each in paired.values() for ref in each}
            refs = self._fresh("goods", _references(refs))
            books.theirs |= order_pairs.theirs_of(session, link.id, "good", refs)
            asked = theirs | self._fresh("theirs", {books.theirs[ref] for ref in refs if ref in books.theirs})
            for their_id, name, unit, factor in order_pairs.their_goods(session, link.id, asked):
                books.their_names[their_id] = name
                books.their_units[their_id, unit] = factor
            for pair in order_pairs.unit_pairs(session, link.id, refs):
                books.add_unit(*pair)
        for row in self._any("order_goods", "our_good", refs):
            gone = "группа, а не товар" if row.get("is_group") else "помечен на удаление" if row.get("deleted") else ""
            books.goods[row["our_good"]] = Good(
                row["our_good"],
                row["name"],
                row["our_unit"],
                self._vat_of.get(vat := row.get("vat_rate", ""), vat),
                gone,
            )
        self._packages(refs)
        self._stock({ref for each in paired.values() if len(each) > 1 for ref in each})

    def _packages(self, goods: Collection[str]) -> None:
        books = self.books
        wanted = {books.goods[ref].unit for ref in goods if ref in books.goods}
        wanted |= {unit for ref in goods for unit in books.units_of.get(ref, ())}
        with self.link.database.session() as session:
            for card in order_pairs.our_cards(session, self.link.id, "unit", self._fresh("units", wanted)):
                factor = card["numerator"], card["denominator"]
                books.packages[card["our_id"]] = Package(
                    card["our_id"], card["name"], card["owner_id"], card["unit_id"], *factor
                )

    def _stock(self, goods: Collection[str]) -> None:
        if self.link.settings.order_good_choice != "in_stock" or not goods:
            return
        for row in self._any("stock", "our_good", goods):
            free = row["quantity"] - row.get("reserved", 0)
            self.books.stock[row["our_good"], row["our_warehouse"]] = free

    # -- parties -------------------------------------------------------------------------------------------------------

    def _outlets(self, orders: Sequence[Order]) -> set[str]:
        """Read the outlets that orders name; return those that are new here."""
        link, books = self.link, self.books
        codes = {order.outlet_code for order in orders if order.outlet_code}
        theirs = self._fresh("their outlets", {order.their_outlet for order in orders if order.their_outlet})
        with link.database.session() as session:
            if link.settings.our_codes == "code":
                found = order_pairs.refs_by_code(session, link.id, "outlet", self._fresh("outlet codes", codes))
                books.outlets_by_code |= found
            books.outlets_of |= order_pairs.ours_of(session, link.id, "outlet", theirs)
            refs = {books.outlets_by_code.get(code, code.lower()) for code in codes}
            refs |= {ref for their_id in theirs for ref in books.outlets_of.get(their_id, ())}
            refs = self._fresh("outlets", _references(refs))
            cards = {card["our_id"]: card for card in order_pairs.our_cards(session, link.id, "outlet", refs)}
        for row in self._any("outlets", "our_outlet", refs):
            ref = row["our_outlet"]
            card = cards.get(ref, {})
            books.outlets[ref] = Outlet(
                ref,
                row["name"],
                row.get("parent", ""),
                row.get("counterparty", "") or card.get("owner_id", ""),
                row.get("address", "") or card.get("address", ""),
                bool(row.get("blocked")) or bool(card.get("blocked")),
                bool(row.get("deleted")),
            )
        return refs & set(books.outlets)

    def _payers(self, orders: Sequence[tuple[Order, Sequence[Decision]]], outlets: Collection[str]) -> set[str]:
        """Read the counterparties of outlets and those that orders or people name; return the new ones."""
        link, books = self.link, self.books
        told = {order.company_code for order, _ in orders if order.company_code}
        named = {each.value.strip() for _, all_ in orders for each in all_ if each.action is Override.COUNTERPARTY}
        if link.settings.order_comment_payer:
            typed = (PAYER.search(order.option("Comment")) for order, _ in orders)
            named |= {found[1] for found in typed if found}
        near = {books.outlets[ref].owner for ref in outlets}
        partners = {each for ref in outlets for each in (ref, books.outlets[ref].parent)} - {""}
        with link.database.session() as session:
            if link.settings.our_codes == "code":
                found = order_pairs.refs_by_code(session, link.id, "counterparty", self._fresh("companies", told))
                books.counterparties_by_code |= found
            refs = {books.counterparties_by_code.get(code, code.lower()) for code in told} | near
            refs |= order_pairs.refs_called(session, link.id, "counterparty", self._fresh("named", named))
        before = set(books.counterparties)
        rows = [*self._any("counterparties", "our_counterparty", self._fresh("counterparties", _references(refs)))]
        if any(each.column == "partner" for each in link.reading("counterparties").fields):
            rows += self._any("counterparties", "partner", self._fresh("partners", partners))
        for row in rows:
            books.add(_counterparty(row))
        return set(books.counterparties) - before

    def _terms(self, payers: Collection[str]) -> None:
        profile, books, settings = self.link.profile, self.books, self.link.settings
        if "contracts" in profile.entities and settings.order_contract != "none":
            for row in self._any("contracts", "counterparty", payers):
                books.contracts.setdefault(row["counterparty"], []).append(_contract(row))
        if "agreements" not in profile.entities or settings.order_agreement in {"none", "named", "typical"}:
            return
        columns = {each.column for each in self.link.reading("agreements").fields}
        rows: list[dict[str, Any]] = []
        if "counterparty" in columns:
            rows += self._any("agreements", "counterparty", payers)
        if "partner" in columns:
            partners = {books.counterparties[ref].partner for ref in payers}
            partners |= {ref for each in books.outlets.values() for ref in (each.ref, each.parent)}
            rows += self._any("agreements", "partner", self._fresh("agreement partners", partners - {""}))
        known = {each.ref for each in books.agreements}
        fresh = {row["our_agreement"]: row for row in rows if row["our_agreement"] not in known}
        books.agreements += map(_agreement, fresh.values())

    # -- reading -------------------------------------------------------------------------------------------------------

    def _fresh(self, what: str, keys: Iterable[str]) -> set[str]:
        """Return the keys that were not asked for before."""
        known = self._known.setdefault(what, set())
        fresh = set(keys) - known - {""}
        known |= fresh
        return fresh

    def _read(self, table: str) -> Iterator[dict[str, Any]]:
        return _rows(self.onec.read(self.link.reading(table)))

    def _where(self, column: str, literal: str) -> Iterator[dict[str, Any]]:
        reading = self.link.reading("agreements")
        sources = {each.column: each.source for each in reading.fields}
        if column not in sources:
            return iter(())
        return _rows(self.onec.read(replace(reading, where=f"{sources[column]} eq {literal}")))

    def _any(self, table: str, column: str, keys: Collection[str]) -> Iterator[dict[str, Any]]:
        """Return the rows of a table whose column is one of these references."""
        if not keys:
            return iter(())
        reading = self.link.reading(table)
        source = next(each.source for each in reading.fields if each.column == column)
        return _rows(self.onec.read_any(reading, source, sorted(keys)))


def _references(texts: Iterable[str]) -> set[str]:
    """Return those of the texts that can be a reference: any other would make the request to 1C wrong."""
    return {text for text in texts if is_guid(text)}


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield rows as Python's own values; an empty moment is None."""
    columns = []
    for name in frame.columns:
        series = frame[name]
        moments = getattr(series.dtype, "kind", "") == "M"
        columns.append(series.to_numpy().astype(object).tolist() if moments else series.tolist())
    names = list(frame.columns)
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _named(row: dict[str, Any], key: str) -> Named:
    return Named(row[key], row["name"], row.get("code", ""), bool(row.get("deleted")), row.get("rate", 0))


def _counterparty(row: dict[str, Any]) -> Counterparty:
    return Counterparty(
        row["our_counterparty"],
        row["name"],
        row.get("partner", ""),
        row.get("inn", "").strip(),
        row.get("code", "").strip(),
        bool(row.get("deleted")),
    )


def _contract(row: dict[str, Any]) -> Terms:
    return _terms(row, "our_contract")


def _agreement(row: dict[str, Any]) -> Terms:
    return _terms(row, "our_agreement")


def _terms(row: dict[str, Any], key: str) -> Terms:
    texts = {
        name: row.get(name, "")
        for name in ("counterparty", "partner", "organization", "status", "sort", "price_type", "pay_kind")
    }
    typical, deleted = bool(row.get("typical")), bool(row.get("deleted"))
    return Terms(row[key], row["name"], until=row.get("until"), typical=typical, deleted=deleted, **texts)
