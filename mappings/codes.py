"""Which of our identities leaves for the manufacturer: the 1C reference, or the code that people see.

A catalog that keeps no codes at all (Контрагенты of УТ 11) sends references either way; a thing without a code in a
catalog that has them waits, as a reference among codes would be taken for another thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Identity = Literal["ref", "code"]


def leaving(things: Iterable[tuple[str, str]], identity: Identity) -> dict[str, str]:
    """Return reference → what leaves, for things as (reference, code); "" for a thing that has to wait."""
    known = [(ref, code.strip()) for ref, code in things]
    if identity == "ref" or not any(code for _, code in known):
        return {ref: ref for ref, _ in known}
    return dict(known)
