"""The manufacturer's own side of the service: what is held, what came, new orders, matches and verdicts."""

from __future__ import annotations

import threading
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sandbox.crm import ordering, view
from sandbox.crm.holdings import Holdings, Verdict
from sandbox.http import Double

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sandbox.content import CrmContent, CrmOrder
    from sandbox.crm.journal import Journal
    from sandbox.http import Request, Response

_NO_WARES: Final[Mapping[str, str | None]] = MappingProxyType({})
_NO_OUTLETS: Final[Mapping[str, Sequence[str] | None]] = MappingProxyType({})


class Office(Double):
    """What a person or a test does and sees at the manufacturer; the same is served under ``/_sandbox/``."""

    def __init__(
        self, contents: Sequence[CrmContent], journal: Journal, *, seed: int, clock: Callable[[], datetime]
    ) -> None:
        super().__init__()
        self.users = {content.user: Holdings.of(content) for content in contents}
        self.journal = journal
        self.lock = threading.RLock()
        self._clock = clock
        self._random = Random(seed)

    def holdings(self, user: str) -> Holdings:
        """Return what is held of a distributor; raises KeyError."""
        return self.users[user]

    def rows(self, user: str, page: str = "stock") -> list[dict[str, Any]]:
        """Return a page of the view (``view.PAGES``) as JSON values; raises KeyError."""
        with self.lock:
            return view.rows(self.users[user], page)

    def totals(self, user: str) -> dict[str, dict[str, Any]]:
        """Return rows and exact sums by scheme, as JSON values; raises KeyError."""
        with self.lock:
            return view.totals(self.users[user])

    def add_orders(self, user: str, orders: Iterable[CrmOrder | dict[str, Any]] = (), *, random: int = 0) -> list[str]:
        """Add orders (or make some up) and return their numbers; raises KeyError, ValueError, TypeError."""
        with self.lock:
            holdings, now = self.users[user], self._clock().replace(microsecond=0)
            known = dict(holdings.orders)
            numbers = []
            for each in (*orders, *([None] * random)):
                free = ordering.free_number(known)
                if each is None:
                    order = ordering.made_up(holdings, number=free, rng=self._random, now=now)
                elif isinstance(each, dict):
                    order = ordering.from_json(each, number=free, now=now)
                else:
                    order = each
                if order.number in known:
                    raise ValueError(f"there is an order {order.number} already")
                known[order.number] = order
                numbers.append(order.number)
            holdings.orders = known
            return numbers

    def match(
        self,
        user: str,
        *,
        wares: Mapping[str, str | None] = _NO_WARES,
        outlets: Mapping[str, Sequence[str] | None] = _NO_OUTLETS,
    ) -> None:
        """Match wares to the distributor's codes and clients to (company, address); None undoes.

        Raises KeyError, ValueError.
        """
        found = {client: tuple(pair) if pair else None for client, pair in outlets.items()}
        with self.lock:
            holdings = self.users[user]
            for client, pair in found.items():
                match pair:
                    case (company, address):
                        holdings.outlet_matches[client] = (str(company), str(address))
                    case None:
                        holdings.outlet_matches.pop(client, None)
                    case _:
                        raise ValueError("an outlet is matched to a pair: company, address")
            for ware, code in wares.items():
                if code:
                    holdings.ware_matches[ware] = code
                else:
                    holdings.ware_matches.pop(ware, None)

    def judge(
        self,
        user: str,
        scheme: str,
        verdict: str,
        *,
        remark: str = "",
        documents: Sequence[str] = (),
        message: int | None = None,
    ) -> int:
        """Say ``accepted`` or ``refused`` of a message, or of its documents: the last of its scheme unless told.

        Returns the message's number. Raises KeyError, and ValueError where there is no such message.
        """
        if verdict not in ("accepted", "refused"):
            raise ValueError("a verdict is accepted or refused")
        with self.lock:
            holdings = self.users[user]
            numbers = [
                arrival.number
                for arrival in self.journal.arrivals
                if (arrival.user, arrival.scheme, arrival.outcome) == (user, scheme, "accepted")
                and message in (None, arrival.number)
            ]
            if not numbers:
                raise ValueError(f"no message of {scheme} was accepted yet")
            now = self._clock().replace(microsecond=0)
            for each in documents or ("",):
                holdings.verdicts.append(Verdict(numbers[-1], scheme, each, verdict, remark, now))
            return numbers[-1]

    def control(self, request: Request, tail: str) -> Response | None:
        """Answer the pages under ``/_sandbox/``: see view.py."""
        return view.control(self, request, tail)
