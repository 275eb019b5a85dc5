"""Orders into the outbox: one file an order, written whole, never twice by one external number.

1C deletes or moves a file when it has loaded it, so an order that is no longer in the outbox was taken; our copy in
``written`` remembers it. The file goes out first and the copy second: a crash between the two writes the order again,
and 1C finds it by its Ид, which is the external number.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from connectors.onec.files.disk import reaching, write_whole
from connectors.onec.files.orders import order_xml
from foundation.errors import MI1CError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from connectors.onec.files.address import FolderAddress
    from connectors.onec.files.orders import Order

Fate = Literal["written", "waiting", "replaced", "taken", "differs", "refused"]
"""``written``: the file lies there now. ``waiting``: it lay there before. ``replaced``: an older text of it lay there.
``taken``: 1C took it earlier, nothing was written. ``differs``: 1C took it earlier with another text, nothing was
written. ``refused``: the order cannot be written, see ``reason``."""

_UNSAFE: Final = re.compile(r"[^0-9A-Za-zА-Яа-яЁё-]+")


@dataclass(frozen=True, slots=True)
class OrderOut:
    """What became of an order: its fate and the name of its file."""

    number: str
    fate: Fate
    file: str
    reason: MI1CError | None = None


def file_name(number: str) -> str:
    """Return the name of an order's file: readable, and unique by the hash of the whole number."""
    digest = hashlib.sha256(number.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"order_{_UNSAFE.sub('-', number)[:40]}_{digest}.xml"


def orders_out(address: FolderAddress, orders: Iterable[Order], *, again: bool = False) -> list[OrderOut]:
    """Write orders; returns the fate of each in their order. One that is wrong stops no other.

    ``again``: an order that 1C has taken is written once more, for an operator who knows that it was lost there.
    Raises Unreachable where the folder is not there.
    """
    with reaching(address):
        if not address.root.is_dir():
            raise FileNotFoundError(address.root)
        address.written.mkdir(parents=True, exist_ok=True)
        return [_out(address, order, again=again) for order in orders]


def _out(address: FolderAddress, order: Order, *, again: bool) -> OrderOut:
    name = file_name(order.number)
    try:
        content = order_xml(order)
    except MI1CError as error:
        return OrderOut(order.number, "refused", name, error)
    lying, copy = _content(address.going / name), _content(address.written / name)
    if lying == content:
        if copy != content:
            write_whole(address.written / name, content)
        return OrderOut(order.number, "waiting", name)
    if lying is None and copy is not None and not again:
        return OrderOut(order.number, "taken" if copy == content else "differs", name)
    write_whole(address.going / name, content)
    write_whole(address.written / name, content)
    return OrderOut(order.number, "written" if lying is None else "replaced", name)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
