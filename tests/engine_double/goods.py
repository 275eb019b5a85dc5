"""Ranking, as in ``mappings.matching.goods``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

KEEP: Final = 8


def judged(ours: Any, theirs: Any, model: Any, normaliser: Any, *, keep: int) -> Any:
    """Return how many there were on both sides."""
    del model, normaliser, keep
    return SimpleNamespace(ranked=(len(ours), len(theirs)))
