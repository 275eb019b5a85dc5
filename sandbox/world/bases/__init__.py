"""The same world in the books of other configurations: УТ 11.4, КА, ERP, УНФ and БП.

The world is made for УТ 11.5. Its goods, warehouses, outlets, payers and sales are carried over under the same
references, so that what the manufacturer must hold is the same whichever base it comes from.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.world.bases import bp3, unf, ut114

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.content import BaseContent, World

CONFIGURATIONS: Final = Path(__file__).parents[2] / "onec" / "configurations"


def _same(world: World) -> BaseContent:
    return world.onec


BASES: Final[dict[str, Callable[[World], BaseContent]]] = {
    "ut11": _same,
    "ut114": ut114.content,
    "ka2": _same,
    "erp2": _same,
    "unf": unf.content,
    "bp3": bp3.content,
}
"""Configuration → what its base holds of a world."""


def configuration(name: str) -> Path:
    """Return the description of a configuration; raises KeyError for one that the sandbox does not serve."""
    if name not in BASES:
        raise KeyError(name)
    return CONFIGURATIONS / f"{name}.json"
