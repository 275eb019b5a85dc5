"""Partners and counterparties of УТ as the one catalog of counterparties that УНФ and БП have.

A payer keeps its reference. An outlet, a child partner in УТ, becomes a counterparty of its own: a branch whose head is
the payer, with its own address and reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world.bases.rows import picked
from sandbox.world.numbers import EMPTY_REF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.world.bases.rows import Ground

CONTACT = ("LineNumber", "Тип", "Вид_Key", "Представление", "Страна", "Регион", "Город", "НомерТелефона", "Значение")


def counterparties(known: Ground) -> Iterator[tuple[dict[str, Any], dict[str, Any], bool]]:
    """Yield (card without what only one configuration has, the УТ card it comes from, whether it buys)."""
    base = known.base
    partners = {each["Ref_Key"]: each for each in base["Catalog_Партнеры"]}
    payers = {each["Ref_Key"]: each for each in base["Catalog_Контрагенты"]}
    serial = 0
    for card in payers.values():
        serial += 1
        buys = bool(partners[card["Партнер_Key"]].get("Клиент"))
        yield {**_card(card, serial), "ГоловнойКонтрагент_Key": EMPTY_REF}, card, buys
    for ref, payer in outlet_payers(known).items():
        card = partners[ref]
        serial += 1
        own = {**_card(card, serial), "ГоловнойКонтрагент_Key": payer, "ИНН": payers[payer]["ИНН"], "КПП": ""}
        yield own, payers[payer], True


def outlet_payers(known: Ground) -> dict[str, str]:
    """Return the payer of each outlet: its one counterparty, or the one that documents name; else the first."""
    base = known.base
    of_partner: dict[str, list[str]] = {}
    for card in base["Catalog_Контрагенты"]:
        of_partner.setdefault(card["Партнер_Key"], []).append(card["Ref_Key"])
    said = {
        row["Партнер_Key"]: row["Контрагент_Key"]
        for name in ("Document_ЗаказКлиента", "Document_РеализацияТоваровУслуг")
        for row in base[name]
    }
    outlets = [each for each in base["Catalog_Партнеры"] if each["Parent_Key"] != EMPTY_REF]
    return {each["Ref_Key"]: said.get(each["Ref_Key"]) or of_partner[each["Parent_Key"]][0] for each in outlets}


def _card(card: dict[str, Any], serial: int) -> dict[str, Any]:
    own = picked(card, ("Ref_Key", "Description", "НаименованиеПолное", "DeletionMark", "ИНН", "КПП"))
    contacts = [picked(row, CONTACT) for row in card.get("КонтактнаяИнформация", ())]
    return {**own, "Code": f"00-{serial:06d}", "IsFolder": False, "КонтактнаяИнформация": contacts}


def contracts(known: Ground) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield (the contract with its owner, the УТ contract it comes from); only payers have contracts."""
    for number, card in enumerate(known.base["Catalog_ДоговорыКонтрагентов"], start=1):
        own = picked(card, ("Ref_Key", "Description", "DeletionMark", "Организация_Key"))
        yield {**own, "Code": f"00-{number:06d}", "Owner_Key": card["Контрагент_Key"]}, card
