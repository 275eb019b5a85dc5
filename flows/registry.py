"""Every exchange and where its flow is, imported when asked for: the front door names them without loading any."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Fault, Faults, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLOWS: Final[dict[str, str]] = {
    "goods": "flows.goods.goods",
    "catalogs": "flows.catalogs.catalogs",
    "stock": "flows.stock.stock",
    "outlets": "flows.outlets.outlets",
    "orders": "flows.orders.orders",
    "statuses": "flows.statuses.statuses",
    "shipments": "flows.shipments.shipments",
    "own_goods": "flows.own_goods.own_goods",
    "prices": "flows.prices.prices",
    "confirmations": "flows.confirmations.confirmations",
}
"""Exchange → entrypoint of its flow."""


def installed(known: Mapping[str, str] = FLOWS) -> list[str]:
    """Return the exchanges that this version can run."""
    return [exchange for exchange, path in known.items() if find_spec(path.rpartition(".")[0]) is not None]


def flow_of(exchange: str, known: Mapping[str, str] = FLOWS) -> Callable[..., Any]:
    """Return the flow of an exchange; raises Faults for a name that does not exist, NotFound for one not built yet."""
    path = known.get(exchange)
    there = installed(known)
    if path is None:
        names = ", ".join(there)
        raise Faults(
            f"Обмена «{exchange}» нет.",
            [Fault("exchange", f"есть {names}", f"there are {names}")],
            en=f"There is no exchange {exchange!r}.",
            todo="Укажите один из перечисленных.",
            todo_en="Name one of those.",
        )
    if exchange not in there:
        raise NotFound(
            f"Обмен «{exchange}» в этой версии программы ещё не выполняется.",
            en=f"This version of the program cannot run the exchange {exchange!r} yet.",
            todo="Обновите МИ1С до версии, в которой он есть.",
            todo_en="Upgrade MI1C to a version that has it.",
            exchange=exchange,
        )
    module, _, name = path.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
