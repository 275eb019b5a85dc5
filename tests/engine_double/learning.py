"""What learning needs, as in ``mappings.matching.learning``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    ranked: Any
    answers: Any
