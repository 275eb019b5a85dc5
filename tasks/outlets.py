"""Outlets: read and composed, compared with what the manufacturer holds, and written into a parcel."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from foundation.database import utc_now
from foundation.errors import BadAnswer, TooLarge
from ledger.documents import Difference, Item, compare, digest, held
from ledger.parcels import Ledger
from mappings.catalog import store_ours
from mappings.codes import leaving
from mappings.model import Exchange, Part
from mappings.outlet_cards import PLACES, Cards, compose
from mappings.their_outlets import waiting
from mappings.translate.outlets import (
    REPLACED,
    VANISHED,
    Classifier,
    Identity,
    Stops,
    Told,
    blocked,
    expired_companies,
    translate,
)
from tasks.exporting import messages
from tasks.extract import extract
from tasks.running import run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from ledger.values import NewMessage, Parcel
    from mappings.catalog import Stored
    from mappings.model import Scheme
    from mappings.their_outlets import TheirOutlet
    from mappings.translate.outlets import Ban
    from tasks.links import Link

    Reader = Callable[[Link, str], pd.DataFrame]

log = logging.getLogger(__name__)

MANY: Final = 10
SHARE: Final = 0.2
"""More vanished outlets than both of these are an accident until a person says otherwise."""

BANS: Final = "ban/"
"""Keys of what is held begin so for a banned pair; an outlet's key is our reference."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a run would send and how that differs from what they hold.

    ``bans_differ``: the ban list is to be sent; ``bans_told``: the layout has a scheme for it.
    """

    classifier: Classifier
    outlets: Difference
    bans: Difference
    bans_told: bool
    read: int

    @property
    def bans_differ(self) -> bool:
        """Whether the ban list at the manufacturer is another one."""
        return self.bans_told and bool(self.bans.added or self.bans.changed or self.bans.gone)


def sends(link: Link) -> bool:
    """Whether the link sends its outlets: the manufacturer matches them, or the link wants it in any case."""
    return link.settings.outlets_send == "always" or link.settings.matching_side == "manufacturer"


# -- reading -----------------------------------------------------------------------------------------------------------


def read_cards(link: Link, counterparties: pd.DataFrame | None = None, *, read: Reader = extract) -> Cards:
    """Read what the link's outlets are composed of, and compose them; ``read`` reads a table."""
    parameters = link.settings.profile_parameters
    choice = link.profile.choice("outlets", parameters)
    several = link.settings.several_counterparties
    return compose(
        choice,
        read(link, "outlets"),
        counterparties=read(link, "counterparties") if counterparties is None else counterparties,
        addresses=read(link, "outlet_addresses") if link.reads("outlet_addresses") else None,
        address_kind=link.profile.filled(parameters).get("address_kind", ""),
        several=several,
        payers=read(link, "outlets.delivery_address") if several == "documents" else None,
        partners=read(link, "outlets.partner") if choice in PLACES else None,
    )


def read_stops(link: Link, *, read: Reader = extract) -> Stops:
    """Read why outlets of the link may be blocked besides their own cards."""
    expired: set[str] = set()
    if link.settings.block_expired:
        expired = expired_companies(read(link, "contracts.sales"), link.now().date())
    return Stops(frozenset(word.strip().casefold() for word in link.settings.stop_list), expired)


def store_outlets(link: Link, cards: Cards, stops: Stops) -> Stored:
    """Store the outlets with their history, for matching."""
    with link.database.begin() as session:
        return store_ours(session, link.id, "outlet", cards.frame(blocked(cards, stops)), utc_now())


# -- translating -------------------------------------------------------------------------------------------------------


@task(
    name="Перевести торговые точки",
    task_run_name="Перевести торговые точки",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def transform_outlets(link: Link, cards: Cards, stops: Stops, *, everything: bool) -> Outgoing:
    """Translate outlets and compare them with what the manufacturer holds; ``everything`` sends the same ones again."""
    return translate_outlets(link, cards, stops, everything=everything)


def translate_outlets(link: Link, cards: Cards, stops: Stops, *, everything: bool = False) -> Outgoing:
    """Translate outlets with the codes that leave, against the ledger."""
    identity = link.settings.our_codes
    with link.database.session() as session:
        known = held(session, link.id, Exchange.OUTLETS)
    theirs = {key: item for key, item in known.items() if not key.startswith(BANS)}
    banned = {key: item for key, item in known.items() if key.startswith(BANS)}
    whole = translate(
        cards,
        outlet_codes=leaving([(each.id, each.code) for each in cards.outlets], identity),
        company_codes=leaving([(each.id, each.code) for each in cards.counterparties.values()], identity),
        stopped=blocked(cards, stops),
        told=Told(
            {key: _identity(item) for key, item in theirs.items()},
            [_identity(item) for item in banned.values() if item.identity.get("reason") == REPLACED],
        ),
    )
    if not everything:
        _check_vanished(whole, len(theirs))
    outlets = compare(theirs, (Item(row.our_outlet, digest(*row), row.identity._asdict()) for row in whole.rows))
    bans = compare(banned, map(_ban, whole.bans), replaced=banned)
    changed = {item.key for item in outlets.added} | {new.key for _, new in outlets.changed}
    classifier = whole.only({row.our_outlet for row in whole.rows} if everything else changed)
    return Outgoing(classifier, outlets, bans, Part.BANNED in link.layout.exchanges, cards.read)


def _check_vanished(whole: Classifier, before: int) -> None:
    """Raise BadAnswer where so many outlets vanished that rights or settings must have changed, not the outlets."""
    gone = sum(ban.reason == VANISHED for ban in whole.bans)
    if gone > MANY and gone > before * SHARE:
        raise BadAnswer(
            f"Из 1С исчезли {gone} из {before} точек, которые есть у производителя. Ничего не отправлено.",
            en=f"{gone} of {before} outlets that the manufacturer holds vanished from 1C. Nothing was sent.",
            todo="Проверьте права пользователя 1С и параметр «Торговая точка». Если так и задумано, запустите обмен с"
            " параметром everything: исчезнувшие будут заблокированы.",
            todo_en="Check the 1C user's rights and the outlets parameter; run with everything=true to ban them.",
            gone=gone,
            before=before,
        )


def _identity(item: Item) -> Identity:
    return Identity(item.identity["company"], item.identity["outlet"])


def _ban(ban: Ban) -> Item:
    told = {**ban.identity._asdict(), "reason": ban.reason}
    # Why a pair was banned is not sent, but that it was replaced must be known for ever.
    return Item(
        f"{BANS}{ban.identity.company}|{ban.identity.outlet}", digest(*ban.identity, ban.reason == REPLACED), told
    )


# -- loading -----------------------------------------------------------------------------------------------------------


@task(name="Подготовить посылку", task_run_name="Подготовить посылку", cache_policy=NO_CACHE, persist_result=False)
def prepare_outlets(link: Link, going: Outgoing) -> Parcel:
    """Write the parcel: the outlets that changed, and the whole ban list where it changed; without both no message."""
    steps = [*going.outlets.steps(), *(going.bans.steps() if going.bans_told else ())]
    parcel = Ledger(link.database, link.id).prepare(
        Exchange.OUTLETS,
        run_id(),
        outlet_messages(link, going),
        counts=outlet_counts(going),
        totals={"outlets": str(len(going.classifier.rows)), "banned": str(len(going.classifier.bans))},
        window={"date": link.now().date().isoformat()},
        set_aside=going.classifier.set_aside,
        steps=steps,
    )
    log.info("Посылка %d подготовлена", parcel.id)
    return parcel


def outlet_messages(link: Link, going: Outgoing) -> Iterator[NewMessage]:
    """Yield the classifier's messages, in parts under the link's cap, and the ban list's one."""
    outlets, bans = going.classifier.tables()
    if len(outlets):
        scheme = link.layout.scheme(Exchange.OUTLETS)
        yield from messages(link, scheme, {scheme.datasets[0].name: outlets})
    if going.bans_differ:
        scheme = link.layout.scheme(Part.BANNED)
        yield _whole_list(link, scheme, {scheme.datasets[0].name: bans})


def outlet_counts(going: Outgoing) -> dict[str, Any]:
    """Return the counts of a parcel: the rows, the ban list by reason, what a person should look at."""
    banned = _by(ban.reason for ban in going.classifier.bans)
    flagged = _by(flag.flag for flag in going.classifier.flags)
    more = {"banned": banned, "flagged": flagged, "ban_list_sent": int(going.bans_differ)}
    return {**going.classifier.counts.as_json(), **more}


def _by(names: Iterator[str]) -> dict[str, int]:
    return dict(Counter(names))


def _whole_list(link: Link, scheme: Scheme, frames: Mapping[str, pd.DataFrame]) -> NewMessage:
    """Return a list that replaces the one before; in parts only the last part of it would hold."""
    made = list(messages(link, scheme, frames))
    if len(made) > 1:
        raise TooLarge(
            f"Список заблокированных точек не помещается в одно сообщение ({len(made)}): производитель сохранит только"
            " последнюю часть.",
            en=f"The list of blocked outlets needs {len(made)} messages, and only the last would hold.",
            todo="Увеличьте предел сообщения связи, если сервис производителя принимает больше.",
            todo_en="Raise the link's message limit, if the manufacturer's service takes more.",
        )
    return made[0]


def their_waiting(link: Link) -> list[TheirOutlet]:
    """Return the manufacturer's outlets, known from its orders, that are not matched."""
    with link.database.session() as session:
        return waiting(session, link.id)
