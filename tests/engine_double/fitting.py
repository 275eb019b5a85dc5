"""Fitting, as in ``mappings.matching.fitting``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine_double.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.engine_double.learning import Lesson


def refitted(current: Model, lessons: Sequence[Lesson], *, version: str) -> Model:
    """Return a model that counts what it was taught; the current one where that was taught before."""
    (lesson,) = lessons
    taught = {"pairs": int((lesson.answers >= 0).sum())}
    return current if current.figures.get("pairs") == taught["pairs"] else Model(version, taught)
